"""``throughline simulate``: many cases of a chart in virtual time, with people, calendars and chance."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from throughline.cli import OK, read_bytes, read_text, say, write_bytes
from throughline.cli.batch import parse, write_json
from throughline.cli.run_chart import decisions_beside
from throughline.flow import bpmn, engine
from throughline.flow.calendars import NoWorkingTime
from throughline.flow.simulate import BadScenario, Endless, Scenario, document, read_scenario, set_up, simulate
from throughline.flow.simulate.floor import Records
from throughline.flow.simulate.log import csv_text
from throughline.flow.simulate.reading import MOST_CASES, MOST_REPLICATIONS
from throughline.platform.faults import Fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("chart", metavar="CHART.bpmn", help="the chart to simulate; - is standard input")
    parser.add_argument("--scenario", metavar="FILE", help="JSON or YAML: arrivals, resources, tasks, flows, …")
    parser.add_argument("--cases", type=int, metavar="N", help="so many cases come (else the scenario's, else 1000)")
    parser.add_argument("--replications", type=int, metavar="R", help="so many independent runs (else 10)")
    parser.add_argument("--seed", type=int, metavar="K", help="the same seed gives the same numbers (else 1)")
    parser.add_argument("--log", metavar="OUT.csv", help="write the first run as an event log")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Simulate and print the figures."""
    try:
        report = _report(arguments)
    except bpmn.Unreadable as problem:
        raise Fault(f"{arguments.chart}: {problem}") from problem
    except BadScenario as problem:
        raise Fault(f"{arguments.scenario or 'The scenario'}: {problem}") from problem
    except (engine.ChartRefused, engine.CommandRefused, Endless, NoWorkingTime) as problem:
        raise Fault(f"{arguments.chart} cannot be simulated. {problem}") from problem
    if arguments.json:
        write_json(report)
    else:
        print("\n".join(_lines(report)))  # noqa: T201
    return OK


def _report(arguments: argparse.Namespace) -> dict[str, Any]:
    definitions = bpmn.read(read_bytes(arguments.chart))
    scenario = _with_options(_scenario_file(arguments.scenario), arguments)
    setting = set_up(definitions, scenario, decisions=decisions_beside(arguments.chart, definitions))

    def keep(replication: int, records: Records) -> None:
        if replication == 0 and arguments.log:
            write_bytes(arguments.log, "".join(csv_text(setting, records)).encode())

    report = document(simulate(setting, keep=keep))
    if arguments.log and not arguments.json:
        say(f"The first run is in {arguments.log}.")
    return report


def _scenario_file(path: str | None) -> Scenario:
    if path is None:
        return Scenario()
    text = read_text(path)
    if path.endswith((".yaml", ".yml")):
        import yaml

        try:
            return read_scenario(yaml.safe_load(text))
        except yaml.YAMLError as problem:
            raise Fault(f"{path} is not YAML: {problem}".replace("\n", " ")) from problem
    return read_scenario(parse(text, what=path))


def _with_options(scenario: Scenario, arguments: argparse.Namespace) -> Scenario:
    """Let the options of the command stand above what the file says."""
    limits = {"cases": (1, MOST_CASES), "replications": (1, MOST_REPLICATIONS), "seed": (0, 2**63 - 1)}
    given = {name: getattr(arguments, name) for name in limits if getattr(arguments, name) is not None}
    for name, value in given.items():
        low, high = limits[name]
        if not low <= value <= high:
            raise Fault(f"Expected --{name} to be a whole number from {low} to {high}, but it is {value}.")
    return replace(scenario, **given)


# --- for people -------------------------------------------------------------------------------------------------------
def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"{report['cases']} cases, {report['replications']} runs, seed {report['seed']}"
    yield ""
    yield f"{'':28} {'mean':>12} {'95 % interval':>27} {'median':>12} {'p90':>12} {'p95':>12}"
    for name in ("cycle_time", "waiting_time", "processing_time", "idle_time"):
        yield f"{name.replace('_', ' '):28} {_spread(report[name])}"
    yield ""
    yield f"{'step':28} {'done':>10} {'waiting':>12} {'processing':>12} {'queue':>9} {'cost':>12}"
    for step in report["steps"].values():
        yield (
            f"{step['name'][:28]:28} {step['executions']:10.1f} {span(step['waiting']['mean']):>12} "
            f"{span(step['processing']['mean']):>12} {step['queue_mean']:9.2f} {step['cost']:12.2f}"
        )
    yield ""
    for name, each in report["resources"].items():
        yield f"{name[:28]:28} used {each['utilisation']:6.1%}   cost {each['cost']:12.2f}"
    for name, share in report["outcomes"].items():
        yield f"{name[:28]:28} {share:11.1%} of the cases"
    yield f"{'cost per case':28} {report['cost_per_case']:12.2f}"
    for assumption in report["assumptions"]:
        yield f"Assumed: {assumption}"


def _spread(figures: Mapping[str, Any]) -> str:
    ci95 = figures["ci95"]
    shown = "" if ci95 is None else f"{span(ci95[0])} to {span(ci95[1])}"
    return " ".join(
        [
            f"{span(figures['mean']):>12}",
            f"{shown:>27}",
            *(f"{span(figures[name]):>12}" for name in ("median", "p90", "p95")),
        ]
    )


def span(seconds: float) -> str:
    """Return a duration for people: its two largest units."""
    for unit, length, below, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= length:
            whole, rest = divmod(seconds, length)
            return f"{whole:.0f} {unit} {rest / part:.0f} {below}"
    return f"{seconds:.1f} s"
