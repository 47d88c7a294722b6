"""
PM4Py on the questions of the mining benchmarks. Runs in its own environment; mining_peer.py knows the conversation.

A line in is ``{"ask": name, ...}``; a line out is ``{"seconds": processor, "answer": ...}``. PM4Py is AGPL: it is a
peer to be measured and an oracle to be compared with, and no part of the product.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections import Counter
from typing import Any

import pandas as pd
import pm4py
from pm4py.algo.conformance.alignments.petri_net import algorithm as alignments
from pm4py.objects.log.importer.xes import importer as xes_importer
from pm4py.objects.petri_net.obj import PetriNet
from pm4py.objects.petri_net.utils import petri_utils
from pm4py.objects.petri_net.utils.initial_marking import discover_initial_marking
from pm4py.statistics.variants.pandas import get as variants_get

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
PARAMETERS = {"show_progress_bar": False}
kept: dict[str, Any] = {}


def read_xes(path: str) -> dict[str, int]:
    """Read a log with PM4Py's own streaming reader."""
    log = xes_importer.apply(path, variant=xes_importer.Variants.ITERPARSE, parameters=PARAMETERS)
    return {"cases": len(log), "events": sum(map(len, log))}


def load(path: str, case: str, activity: str, time_column: str) -> dict[str, int]:
    """Keep a table as PM4Py wants it."""
    frame = pd.read_csv(path)
    kept["log"] = pm4py.format_dataframe(frame, case_id=case, activity_key=activity, timestamp_key=time_column)
    return {"events": len(kept["log"])}


def flows() -> dict[str, int]:
    """Find the flow graph with medians."""
    graph, _, _ = pm4py.discover_performance_dfg(kept["log"], perf_aggregation_key="median")
    return {"arcs": len(graph)}


def variants() -> dict[str, int]:
    """Find the variants."""
    return {"variants": len(variants_get.get_variants_count(kept["log"], parameters=PARAMETERS))}


def align(activities: list[str], loop: bool, log: str) -> dict[str, float]:
    """Align a log with one of the two hand-written models of the helpdesk data."""
    if "traces" not in kept:
        kept["traces"] = xes_importer.apply(log, parameters=PARAMETERS)
    net, first, last = _net(activities, loop=loop)
    costs = {t: 10_000 if t.label is not None else 0 for t in net.transitions}
    begin = time.process_time()
    found = alignments.apply_log(
        kept["traces"], net, first, last,
        parameters={**PARAMETERS, "model_cost_function": costs, "sync_cost_function": dict.fromkeys(costs, 0)},
        variant=alignments.Variants.VERSION_STATE_EQUATION_A_STAR,
    )  # fmt: skip
    kept["seconds"] = time.process_time() - begin
    moves = Counter(sum(">>" in step and step[1] is not None for step in each["alignment"]) for each in found)
    return {"cost": sum(cost * count for cost, count in moves.items()), "fitting": moves[0]}


def _net(names: list[str], *, loop: bool) -> tuple[PetriNet, Any, Any]:
    net = PetriNet("model")
    places = [PetriNet.Place(f"p{n}") for n in range(len(names) + 1)]
    for place in places:
        net.places.add(place)
    for number, name in enumerate(names):
        transition = PetriNet.Transition(f"t{number}", name)
        net.transitions.add(transition)
        petri_utils.add_arc_from_to(places[number], transition, net)
        petri_utils.add_arc_from_to(transition, places[number + 1], net)
    if loop:  # any number of (Wait, then optionally Take in charge ticket) after the second step
        waited = PetriNet.Place("waited")
        net.places.add(waited)
        for source, label, target in (
            (places[2], "Wait", waited),
            (waited, names[1], places[2]),
            (waited, None, places[2]),
        ):
            transition = PetriNet.Transition(f"{source.name}{label}", label)
            net.transitions.add(transition)
            petri_utils.add_arc_from_to(source, transition, net)
            petri_utils.add_arc_from_to(transition, target, net)
    first = discover_initial_marking(net)
    last = type(first)()
    last[places[-1]] = 1
    return net, first, last


def discover(log: str, noise: float) -> dict[str, float]:
    """Find a net by the inductive miner and say how well it fits."""
    frame = pm4py.read_xes(log)
    begin = time.process_time()
    net, first, last = pm4py.discover_petri_net_inductive(frame, noise_threshold=noise)
    kept["seconds"] = time.process_time() - begin
    fitness = pm4py.fitness_alignments(frame, net, first, last)
    precision = pm4py.precision_alignments(frame, net, first, last)
    return {"log_fitness": fitness["log_fitness"], "precision": precision}


def main() -> None:
    """Answer each line."""
    asks = {each.__name__: each for each in (read_xes, load, flows, variants, align, discover)}
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        ask = asks[request.pop("ask")]
        kept.pop("seconds", None)
        begin = time.process_time()
        answer = ask(**request)
        seconds = kept.get("seconds", time.process_time() - begin)
        print(json.dumps({"seconds": seconds, "answer": answer}), file=out, flush=True)


if __name__ == "__main__":
    main()
