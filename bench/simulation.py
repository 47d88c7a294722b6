"""
How fast many cases travel in virtual time, beside Prosimos and a simulation written by hand with SimPy.

    python bench/simulation.py [--cases 20000] [--rounds 3] [--peers /path/to/python] [--large]

Five M/M/c stations in a row (c from 1 to 5, load 0.8), with calendars and an event log in ours and in Prosimos; SimPy
has neither. Every run is a process of its own that reports the processor time of the simulation alone (start and
imports apart), so a busy machine disturbs little; rounds are interleaved and the best of each counts. The peers are
installed in an environment of their own (peers.py, requirements-simulation.txt; no dependencies of ours), unless
``--peers`` names the interpreter of one that has them; a peer that is not there is named and not compared. ``--large``
adds 100,000 cases with the limits on time and memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from peers import environment

STATIONS = 5
TIMES_PROSIMOS, TIMES_SIMPY = 8.0, 0.5
LARGE_CASES, LARGE_SECONDS, LARGE_MEGABYTES = 100_000, 8.0, 300

OURS = """
import json, resource, sys, time
from throughline.flow import bpmn
from throughline.flow.simulate import read_scenario, set_up, simulate, document
from throughline.flow.simulate.log import csv_text
cases, folder = int(sys.argv[1]), sys.argv[2]
chart, scenario = open(folder + "/chart.bpmn", "rb").read(), json.load(open(folder + "/ours.json"))
began = time.process_time()
setting = set_up(bpmn.read(chart), read_scenario({**scenario, "cases": cases}))
def keep(number, records):
    with open(folder + "/ours.csv", "w") as log:
        log.writelines(csv_text(setting, records))
found = document(simulate(setting, keep=keep))
spent = time.process_time() - began
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, found["cycle_time"]["mean"]]))
"""

PROSIMOS = """
import json, resource, sys, time
from prosimos.simulation_engine import run_simulation
cases, folder = int(sys.argv[1]), sys.argv[2]
began = time.process_time()
run_simulation(folder + "/chart.bpmn", folder + "/prosimos.json", cases, folder + "/stats.csv",
               folder + "/prosimos.csv", "2026-01-05T09:00:00+00:00")
spent = time.process_time() - began
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, None]))
"""

SIMPY = """
import json, random, resource, sys, time
import simpy
cases = int(sys.argv[1])
began = time.process_time()
chance, environment = random.Random(1), simpy.Environment()
stations = [simpy.Resource(environment, capacity=number) for number in range(1, 6)]
total = 0.0
def case():
    global total
    arrived = environment.now
    for number, station in enumerate(stations, 1):
        with station.request() as request:
            yield request
            yield environment.timeout(chance.expovariate(1 / (48 * number)))
    total += environment.now - arrived
def arrivals():
    for _ in range(cases):
        yield environment.timeout(chance.expovariate(1 / 60))
        environment.process(case())
environment.process(arrivals())
environment.run()
spent = time.process_time() - began
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, total / cases]))
"""


def write_files(folder: Path) -> None:
    """Write the chart and both scenarios."""
    numbers = range(1, STATIONS + 1)
    names = ["start", *(f"t{number}" for number in numbers), "end"]
    flows = "".join(
        f'<sequenceFlow id="f{place}" sourceRef="{one}" targetRef="{two}"/>'
        for place, (one, two) in enumerate(pairwise(names))
    )
    tasks = "".join(f'<task id="t{number}" name="T{number}"/>' for number in numbers)
    (folder / "chart.bpmn").write_text(
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="bench">'
        f'<process id="p" isExecutable="true"><startEvent id="start"/>{tasks}<endEvent id="end"/>{flows}'
        "</process></definitions>"
    )
    always = {"hours": [{"days": "MO-SU", "from": "00:00", "to": "24:00"}]}
    ours: dict[str, Any] = {
        "arrivals": {"distribution": "exponential", "mean": "PT60S"},
        "replications": 1,
        "warm_up": 0,
        "seed": 1,
        "calendars": {"always": always},
        "resources": {
            f"R{number}": {"amount": number, "cost_per_hour": 40, "calendar": "always"} for number in numbers
        },
        "tasks": {
            f"t{number}": {
                "duration": {"distribution": "exponential", "mean": f"PT{48 * number}S"},
                "resource": f"R{number}",
            }
            for number in numbers
        },
    }
    (folder / "ours.json").write_text(json.dumps(ours))
    (folder / "prosimos.json").write_text(json.dumps(prosimos_scenario()))


def prosimos_scenario() -> dict[str, Any]:
    """Return the same scenario in the words of Prosimos."""
    numbers = range(1, STATIONS + 1)
    always = [{"from": "MONDAY", "to": "SUNDAY", "beginTime": "00:00:00", "endTime": "23:59:59.999999"}]

    def exponential(mean: float) -> dict[str, Any]:
        values = [{"value": mean}, {"value": 0}, {"value": 1e9}]
        return {"distribution_name": "expon", "distribution_params": values}

    return {
        "resource_profiles": [
            {
                "id": f"pool{number}",
                "name": f"pool{number}",
                "resource_list": [
                    {
                        "id": f"R{number}",
                        "name": f"R{number}",
                        "cost_per_hour": "40",
                        "amount": number,
                        "calendar": "always",
                        "assignedTasks": [f"t{number}"],
                    }
                ],
            }
            for number in numbers
        ],
        "arrival_time_distribution": exponential(60),
        "arrival_time_calendar": always,
        "gateway_branching_probabilities": [],
        "task_resource_distribution": [
            {"task_id": f"t{number}", "resources": [{"resource_id": f"R{number}", **exponential(48 * number)}]}
            for number in numbers
        ],
        "resource_calendars": [{"id": "always", "name": "always", "time_periods": always}],
    }


def measured(python: str, program: str, cases: int, folder: Path) -> list[float] | None:
    """Return processor seconds, megabytes and mean cycle of one run; None when it cannot run there."""
    words = [python, "-c", program, str(cases), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip().splitlines()[-1] if done.stderr else "it said nothing", file=sys.stderr)
        return None
    found: list[float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def compare(python: str, cases: int, rounds: int, folder: Path) -> bool:
    """Print task executions per processor second and the ratios; say whether the goals are reached."""
    programs = {
        "ours, calendars and log": (sys.executable, OURS),
        "Prosimos, calendars and log": (python, PROSIMOS),
        "SimPy by hand, neither": (python, SIMPY),
    }
    best: dict[str, float] = {}
    for number in range(rounds):
        for name, (interpreter, program) in programs.items():
            if number and name not in best:
                continue
            found = measured(interpreter, program, cases, folder)
            if found is None:
                print(f"!!! NOT COMPARED with {name}: it does not run in {interpreter}.")
                continue
            best[name] = min(best.get(name, found[0]), found[0])
            if not number:
                cycle = "" if found[2] is None else f", mean cycle {found[2]:,.0f} s"
                print(f"{name:30s} first run {found[0]:6.2f} s, {found[1]:5,.0f} MB{cycle}")
    ours, *peers = programs
    print()
    for name, seconds in best.items():
        print(f"{name:30s} {cases * STATIONS / seconds:10,.0f} task executions/s of processor time")
    fine = True
    for name, goal in zip(peers, (TIMES_PROSIMOS, TIMES_SIMPY), strict=True):
        if name in best:
            ratio = best[name] / best[ours]
            print(f"{ratio:6.1f} times {name} (goal {goal:g})")
            fine = fine and ratio >= goal
    return fine


def large(folder: Path) -> bool:
    """Print what 100,000 cases of five tasks take; say whether they stay inside the limits."""
    found = measured(sys.executable, OURS, LARGE_CASES, folder)
    assert found is not None
    seconds, megabytes, _ = found
    print(f"{LARGE_CASES:,} cases x {STATIONS} tasks with log: {seconds:.2f} s (at most {LARGE_SECONDS:g})", end="")
    print(f", {megabytes:.0f} MB (at most {LARGE_MEGABYTES})")
    return seconds <= LARGE_SECONDS and megabytes <= LARGE_MEGABYTES


def main() -> int:
    """Run the comparison; exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", help="python with simpy and prosimos (default: an environment made for them)")
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder)
        peers = options.peers or str(environment("simulation") or sys.executable)
        fine = compare(peers, options.cases, options.rounds, folder)
        fine = (large(folder) if options.large else True) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
