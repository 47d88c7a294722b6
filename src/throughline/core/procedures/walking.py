"""
Walking a drawing with made-up data: where a test case stands after its answers, and what can be said there.

A walk is a test case without expectation (``flow.simulate.proving``). Whoever walks answers at one of its *stops*; the
answer is added and the whole way is gone again, so a walk has no state but its answers and can be taken back step by
step.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from throughline.core.procedures import calendars, proving
from throughline.core.procedures.charts import main_process
from throughline.core.procedures.models import ProcedureVersion
from throughline.core.procedures.reads import facts_read
from throughline.core.procedures.veils import Told, Veil, least
from throughline.core.records import registry
from throughline.core.records.spec import FieldSpec
from throughline.flow import dmn
from throughline.flow.bpmn import extensions as settings
from throughline.flow.bpmn import model
from throughline.flow.engine import ChartRefused, compile_chart
from throughline.flow.simulate.members import written
from throughline.flow.simulate.proving import expectation, iso
from throughline.flow.simulate.world import Awaited, Outcome


@dataclass(frozen=True, slots=True)
class Stop:
    """
    A place at which a walk waits: ``kind`` is work, action, message, signal or timer.

    ``work`` has outcomes and form of a human step, ``outputs`` the variables an action gives, ``due`` how long after
    the beginning a timer falls due (ISO), ``wait`` how long from now.
    """

    kind: str
    node: str
    label: str
    name: str = ""
    work: settings.WorkItem | None = None
    outputs: tuple[str, ...] = ()
    due: str = ""
    wait: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a walk has come to; ``problem`` is a sentence when the drawing cannot be walked."""

    outcome: Outcome | None
    stops: tuple[Stop, ...]
    problem: str = ""


def first_members(version: ProcedureVersion, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a walk that has just begun: people and actions with results are asked, others go by."""
    drawing = proving.drawn(version)
    return {
        "process": main_process(drawing),
        "variables": dict(variables),
        "auto": "tasks",
        "hold": [node.id for node in _nodes(drawing) if _is_asked(node)],
        "answers": [],
        "calendars": calendars.written() if b"business" in bytes(version.bpmn) else {},
    }


def walk(version: ProcedureVersion, members: Mapping[str, Any]) -> Walk:
    """Go a way and say where it has come to."""
    drawing = proving.drawn(version)
    verdict = proving.verdict_of(drawing, members, proving.tables_of(version, drawing))
    if verdict.outcome is None:
        return Walk(None, (), verdict.departures[0].words)
    nodes = {node.id: node for node in _nodes(drawing)}
    waiting = [stop for each in verdict.outcome.waiting if (stop := _stop(nodes.get(each["id"]))) is not None]
    passed = verdict.outcome.after
    awaited = [
        _awaited(each, passed) for each in verdict.outcome.awaited if each.kind in ("message", "signal", "timer")
    ]
    return Walk(verdict.outcome, (*waiting, *awaited))


@dataclass(frozen=True, slots=True)
class MadeUp:
    """
    A walk of a real record with made-up values in place of what tells of a person.

    ``members`` is None where it would go another way than the record did; ``told`` are the values then, some of which
    would have to be kept deliberately.
    """

    members: dict[str, Any] | None
    told: tuple[Told, ...]


def made_up(
    version: ProcedureVersion, members: Mapping[str, Any], facts: Mapping[str, Any], *, keep: Collection[str] = ()
) -> MadeUp:
    """
    Return the members of a walk as a test case may keep them: ``facts`` (FEEL values) is what the record said.

    First every personal value is made up and what the record knows of others is left out; where the walk then goes
    another way, what stands for a value is like it, and others stay with made-up texts.
    """
    record_type = version.procedure.record_type
    wanted = _way(walk(version, members))
    shown: dict[str, Any] = {}

    def veiled(alike: Collection[str] | None, *, with_linked: bool) -> tuple[bool, Collection[str]]:
        veil = Veil(record_type, keep, alike)
        told = veil.record({name: value for name, value in facts.items() if veil.is_own(name, value)})
        if with_linked:
            told |= veil.linked({name: value for name, value in facts.items() if not veil.is_own(name, value)})
        said = {name: written(value) for name, value in told.items()}
        shown["members"] = {**members, "variables": {**members["variables"], record_type: said}}
        shown["told"] = tuple(veil.told.values())
        return _way(walk(version, shown["members"])) == wanted, list(veil.told)

    for with_linked in (False, True):
        needed = least(partial(veiled, with_linked=with_linked))
        if needed is not None:
            veiled(needed, with_linked=with_linked)
            return MadeUp(shown["members"], shown["told"])
    return MadeUp(None, shown["told"])


def _way(gone: Walk) -> object:
    """What makes two walks the same: where they went and stand, and when; not what actions were given."""
    if gone.outcome is None:
        return gone.problem
    expected = expectation(gone.outcome)
    asked = [(each["action"], each["at"]) for each in expected.pop("effects", ())]
    return expected, asked


def fields_read(version: ProcedureVersion) -> list[FieldSpec] | None:
    """Return the fields of the record that a version's expressions look at, by name; None: the drawing cannot run."""
    try:
        names = names_read(version)
    except ChartRefused:
        return None
    spec = registry.find(version.procedure.record_type)
    if spec is None:
        return []
    return [spec.by_name[name] for name in sorted(names or ()) if name in spec.by_name]


def names_read(version: ProcedureVersion) -> frozenset[str] | None:
    """
    Return what a version's expressions look at in the record; None: that cannot be told, so everything.

    Raises:
        ChartRefused: the drawing cannot run.
    """
    drawing = proving.drawn(version)
    tables = proving.models_of(version, drawing)
    chart = compile_chart(drawing, process=main_process(drawing), decisions=proving.compiled(tables))
    read = {ref: dmn.read(table) for ref, table in tables.items()}
    return facts_read(chart, version.procedure.record_type, read)


def _nodes(drawing: model.Definitions) -> list[model.FlowNode]:
    walked = (item for process in drawing.processes for item, _ in process.walk())
    return [item for item in walked if isinstance(item, model.FlowNode)]


def _is_asked(node: model.FlowNode) -> bool:
    if isinstance(node, model.UserTask | model.ManualTask):
        return True
    action = node.extensions.action
    return action is not None and bool(action.outputs)


def _stop(node: model.FlowNode | None) -> Stop | None:
    if node is None or not _is_asked(node):
        return None
    label = node.name or node.id
    if node.extensions.action is not None:
        return Stop("action", node.id, label, outputs=tuple(each.name for each in node.extensions.action.outputs))
    return Stop("work", node.id, label, work=node.extensions.work_item)


def _awaited(each: Awaited, passed: timedelta) -> Stop:
    if each.due_after is None:
        return Stop(each.kind, each.node, each.label, name=each.name)
    wait = max(timedelta(0), each.due_after - passed)
    return Stop(each.kind, each.node, each.label, name=each.name, due=iso(each.due_after), wait=iso(wait))
