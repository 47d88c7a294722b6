"""
The value stream map of a procedure: its main path with what the journal tells of each step.

The main path is where most of the cases went that the asker may see; times are those of these cases, on the version
that runs now; what waits is what waits this moment. What a step is worth is said in the drawing. A procedure that never
ran has a map without times, which is where estimates begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast

import numpy as np

from throughline.core.identity.models import User
from throughline.core.procedures.queries import live, overview
from throughline.core.refusals import NotFound
from throughline.flow import bpmn
from throughline.flow.bpmn import model
from throughline.flow.charts.views import Figure
from throughline.flow.charts.views.main_path import main_path
from throughline.flow.charts.views.planned import Plan
from throughline.flow.charts.views.stream_map import Station, Whole, future_map, stream_map
from throughline.flow.charts.views.stream_plan import foreseen
from throughline.flow.mining.flows import Elapsed, calendar_time, cases_with
from throughline.flow.mining.log import EventLog
from throughline.flow.mining.value_stream import StreamStep, ValueStream, Worth, value_stream
from throughline.insight.mined.drawing import used
from throughline.insight.mined.sources import procedure_source

State = Literal["now", "future"]
Said = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the steps of a procedure, by node: how each went, in how many cases, by how many people."""

    steps: Mapping[str, StreamStep]
    shares: Mapping[str, float]
    people: Mapping[str, int]
    waiting: Mapping[str, int]


def value_stream_of(*, procedure: str, user: User, at: datetime, plan: Plan, state: State, said: Said) -> Figure:
    """
    Return the value stream map of a procedure as it is ``now``, or with the estimates of its ``plan`` as the
    ``future``. ``said`` writes seconds in words.

    Raises:
        NotFound: there is no such procedure, or nothing is drawn in it.
    """
    found = overview.procedure(key=procedure)
    chosen = found.latest("published") or found.latest("retired") or next(iter(found.versions), None)
    if chosen is None:
        raise NotFound(f"Nothing is drawn in {found.name} yet. Open the drawing.")
    definitions = bpmn.read(overview.drawing(version_id=chosen.id))
    taken: dict[str, int] = {}
    known = _Known({}, {}, {}, {})
    if chosen.status != "draft":
        happened = used(procedure=procedure, user=user, version=chosen.number)
        taken = {arrow.flow: arrow.count for arrow in happened.arrows}
        known = _known(procedure, user, chosen.number, at)
    try:
        path = main_path(definitions, taken)
    except LookupError:
        raise NotFound(f"Nothing is drawn in {found.name} yet. Open the drawing.") from None
    stations = [_station(node, known) for node in path if isinstance(node, model.Activity)]
    if state == "future":
        return future_map(foreseen(stations, plan), title=f"{found.name}: value stream, future state", said=said)
    return stream_map(stations, Whole.of(stations), title=f"{found.name}: value stream", said=said)


def stream_of_log(
    log: EventLog, *, worth: Mapping[str, Worth], title: str, said: Said, elapsed: Elapsed = calendar_time
) -> tuple[ValueStream, Figure]:
    """Return the value stream of any log with its map: all of its steps, in the order in which cases come to them."""
    stream = value_stream(log, elapsed, worth=worth)
    share = _shares(log)
    stations = [
        station(each, key=each.activity, name=each.activity, share=share[each.activity]) for each in stream.steps
    ]
    return stream, stream_map(stations, Whole(stream.lead_seconds, stream.process_seconds), title=title, said=said)


def worth_of(nodes: Iterable[Any]) -> dict[str, Worth]:
    """Return what a chart says that its steps are worth, by name; ``nodes`` of a drawing or of a compiled chart."""
    found: dict[str, Worth] = {}
    for node in nodes:
        element = getattr(node, "element", node)
        flag = getattr(getattr(element, "extensions", None), "value_adding", None)
        if node.name and flag is not None:
            found[node.name] = cast(Worth, flag.value)
    return found


def station(
    step: StreamStep,
    *,
    key: str,
    name: str,
    share: float | None = None,
    people: int | None = None,
    queue: float | None = None,
) -> Station:
    """Return a step of a value stream as it stands on the map."""
    lead, works = step.lead.mean, step.process.mean
    waits = None if lead is None else max(lead - (works or 0.0), 0.0)
    right = step.complete_and_accurate
    return Station(key, name, waits, works, queue, people, right, share, step.worth or "")


def _known(procedure: str, user: User, version: int, at: datetime) -> _Known:
    log = procedure_source(procedure=procedure, user=user, version=version).log
    by_node = replace(log, activity=log.columns["node"]) if log.cases else log
    waiting = live(procedure=procedure, user=user, at=at).nodes
    return _Known(
        {step.activity: step for step in value_stream(by_node).steps},
        _shares(by_node),
        _people(by_node),
        {node.node: node.count for node in waiting},
    )


def _shares(log: EventLog) -> dict[str, float]:
    """In which share of the cases each activity occurs."""
    return {name: count / log.cases for name, count in cases_with(log).items()}


def _people(log: EventLog) -> dict[str, int]:
    """How many people did each activity; those that nobody did are left out."""
    if "resource" not in log.columns:
        return {}
    who, kinds = log.columns["resource"], len(log.activity.words)
    done = who.codes >= 0
    pairs = np.unique(who.codes[done].astype(np.int64) * kinds + log.activity.codes[done])
    counts: list[int] = np.bincount(pairs % max(kinds, 1), minlength=kinds).tolist()
    return {word: count for word, count in zip(log.activity.words, counts, strict=False) if count}


def _station(node: model.FlowNode, known: _Known) -> Station:
    name, queue = node.name or node.id, known.waiting.get(node.id)
    made = Station(node.id, name, queue=queue)
    step = known.steps.get(node.id)
    if step is not None:
        share, people = known.shares.get(node.id), known.people.get(node.id)
        made = station(step, key=node.id, name=name, share=share, people=people, queue=queue)
    flag = node.extensions.value_adding
    return replace(made, worth=flag.value if flag is not None else "")
