"""
Real cases as test cases: what a case was told, by whom it was answered and when, as a scenario that can be run again.

Theory of operation. Every input of a case is kept (``case_input``) with the engine events it led to. Read in order they
give the answers of a scenario: waiting becomes *advance*, a step done becomes *complete*, a message a message. What the
record said at each moment is worked out backwards from what it says now, with the changes that the journal tells of;
where it changed between two inputs, the scenario sets it. Only members that the chart reads are taken.

A test case outlives the person it was about, so personal values and free text are replaced by made-up ones of the same
kind (``veils``), unless somebody keeps them deliberately. Whether the scenario then goes the way that the case went is
tried at once, and said; where the way depends on a value, what stands for it is like it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from throughline.core.procedures import calendars, charts, proving
from throughline.core.procedures.models import Case, CaseInput, ProcedureVersion
from throughline.core.procedures.past import Past, pasts
from throughline.core.procedures.veils import Told, Veil, least
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.flow.engine import Chart, decode_command, decode_event
from throughline.flow.engine import commands as cmd
from throughline.flow.engine import events as ev
from throughline.flow.engine import trace as tracing
from throughline.flow.simulate.members import written
from throughline.flow.simulate.proving import JOINT, Departure, expectation, iso

MOST = 400
"""Cases with more inputs than this are too long to be a test case."""
_UNWANTED: Mapping[type[cmd.Command], str] = {
    cmd.Skip: "a step was skipped by hand",
    cmd.Move: "it was moved by hand",
    cmd.Migrate: "it was moved to another version",
    cmd.Observe: "it belongs to a procedure that only watches",
    cmd.ChildFinished: "it waited for a case of another procedure",
    cmd.ChildEscalated: "it waited for a case of another procedure",
}
"""What makes a case no example of its procedure, in words."""


@dataclass(frozen=True, slots=True)
class Recording:
    """
    A real case as a test case.

    ``told`` lists the personal values. ``parts_at`` is None when running it goes the way the case went; otherwise what
    it meets first: a field that its conditions read has changed in a way that nobody has kept.
    """

    case: int
    procedure: str
    version: int
    record: RecordRef | None
    members: dict[str, Any]
    told: tuple[Told, ...]
    trace: str
    parts_at: Departure | None


def recorded(*, case_id: int, keep: Collection[str] = ()) -> Recording:
    """
    Return a real case as a test case; ``keep`` names the personal values that stay (``Told.path``).

    The caller has checked that the asker may see its record.

    Raises:
        NotFound: there is no such case.
        Refusal: it was not left to its procedure (skipped, moved, migrated, cancelled), called another one, or is too
            long.
    """
    case = Case.objects.select_related("version__procedure").defer("state").filter(pk=case_id).first()
    if case is None or case.sandbox:
        raise NotFound("There is no such case any more.")
    inputs = list(CaseInput.objects.filter(case_id=case.pk).order_by("number")[: MOST + 1])
    if len(inputs) > MOST or not inputs:
        raise Refusal("too_long", f"A case with more than {MOST} inputs is too long for a test case. Take another one.")

    def veiled(alike: Collection[str] | None) -> Recording:
        return _recorded(case, inputs, Veil(case.record_type, keep, alike))

    def tried(alike: Collection[str] | None) -> tuple[bool, Collection[str]]:
        made = veiled(alike)
        return made.parts_at is None, [told.path for told in made.told]

    return veiled(least(tried) or ())


def _recorded(case: Case, inputs: Sequence[CaseInput], veil: Veil) -> Recording:
    running = charts.running(case.version_id, case.process)
    told = _Retold(running.chart, _past(case, running.reads), veil)
    for row in inputs:
        told.take(decode_command(bytes(row.command)), _events(row), row.at)
    members: dict[str, Any] = {
        "process": running.chart.id,
        "variables": told.variables,
        "auto": "tasks",
        "hold": sorted(told.held),
        "answers": told.answers,
        "calendars": _calendars(told.answers, case.version),
    }
    way = JOINT.join(told.way)
    drawing = proving.drawn(case.version)
    verdict = proving.verdict_of(
        drawing, {**members, "expect": {"trace": way}}, proving.tables_of(case.version, drawing)
    )
    members["expect"] = {"trace": way} if verdict.outcome is None else expectation(verdict.outcome)
    return Recording(
        case=case.pk,
        procedure=running.key,
        version=running.number,
        record=RecordRef(case.record_type, case.record_id) if case.record_id else None,
        members=members,
        told=tuple(veil.told.values()),
        trace=way,
        parts_at=verdict.departures[0] if verdict.departures else None,
    )


def _events(row: CaseInput) -> list[ev.AnyEvent]:
    return [decode_event(bytes(each)) for each in msgspec.json.decode(bytes(row.events), type=list[msgspec.Raw])]


def _calendars(answers: list[dict[str, Any]], version: ProcedureVersion) -> dict[str, Any]:
    """Return the business calendars that a drawing may ask, as members; none when no time passes."""
    if not any("advance" in answer for answer in answers) or b"business" not in bytes(version.bpmn):
        return {}
    return calendars.written()


# --- inputs -----------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Retold:
    """The inputs of a case as a scenario, taken one after the other."""

    chart: Chart
    past: Past
    veil: Veil
    variables: dict[str, Any] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    way: list[str] = field(default_factory=list)
    nodes: dict[int, str] = field(default_factory=dict)
    now: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def take(self, command: cmd.Command, events: list[ev.AnyEvent], at: datetime) -> None:
        """Take one input with the events it led to."""
        unwanted = _UNWANTED.get(type(command))
        if unwanted is not None:
            raise Refusal("not_exemplary", f"This case is no example of its procedure: {unwanted}. Take another one.")
        if not isinstance(command, cmd.Cancel):
            self._pass_time(at)
            self._say(command)
            self.way.extend(tracing.names(self.chart, events))
        for event in events:
            if isinstance(event, ev.Entered):
                self.nodes[event.token] = event.node
                if event.phase in ("work", "action"):
                    self.held.add(event.node)

    def _pass_time(self, at: datetime) -> None:
        if self.now is not None and at > self.now:
            self.answers.append({"advance": iso(at - self.now)})
        self.now = at
        now = self.past.at(at)
        if self.facts and now != self.facts:
            self.answers.append({"set": self._record(now)})
        self.facts = now

    def _record(self, members: Mapping[str, Any]) -> dict[str, Any]:
        name = self.past.record_type
        return {name: _json(self.veil.record(members))} if name else {}

    def _say(self, command: cmd.Command) -> None:
        match command:
            case cmd.Start():
                self.variables = {**self._record(self.facts), **_json(self.veil.given("start", command.variables))}
                if command.payload:
                    self.variables.update(_json(self.veil.given("start", command.payload)))
            case cmd.CompleteWork():
                said = _json(self.veil.given("answer", command.variables))
                self._answer(complete=self.nodes.get(command.token, ""), variables=said)
            case cmd.ActionFinished():
                result = {"result": _json(command.result)} if isinstance(command.result, dict) else {}
                self._answer(complete=self.nodes.get(command.activation, ""), **result)
            case cmd.ActionFailed(code=str(code)):
                self._answer(bpmn_error={"at": self.nodes.get(command.activation, ""), "code": code})
            case cmd.ThrowError():
                self._answer(bpmn_error={"at": self.nodes.get(command.token, ""), "code": command.code})
            case cmd.ReceiveMessage():
                self._answer(message=command.name, payload=_json(self.veil.given("message", command.payload)))
            case cmd.ReceiveSignal():
                self._answer(signal=command.name)
            case cmd.SetVariables():
                self._answer(set=_json(self.veil.given("correction", command.variables)))
            case _:
                pass

    def _answer(self, **members: Any) -> None:
        self.answers.append(members)


def _json(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: written(value) for name, value in members.items()}


# --- what the record said ---------------------------------------------------------------------------------------------
def _past(case: Case, names: Collection[str] | None) -> Past:
    if not case.record_type or case.record_id is None:
        return Past("", {})
    ref = RecordRef(case.record_type, case.record_id)
    found = pasts([ref], since=case.started_at, names=names).get(ref)
    if found is None:
        raise Refusal("record_gone", "The record of this case is gone for good. Take another case.")
    return found
