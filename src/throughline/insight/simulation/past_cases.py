"""
Past cases as a dry run takes them: what started each, what people and machines answered, and what its record said.

Left out, with the reason, is what was skipped, moved or corrected by hand, what waited for a case of another procedure,
and what is about a record that is gone. Changes of the record that the case itself made come when they came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.models import Case, CaseInput, Procedure, ProcedureVersion
from throughline.core.procedures.models.case import CaseStatus
from throughline.core.procedures.past import Past, pasts
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.recordref import RecordRef
from throughline.flow import bpmn
from throughline.flow.engine import commands as cmd
from throughline.flow.engine import decode_command, decode_event
from throughline.flow.engine import events as ev
from throughline.flow.simulate.dry_run import Changed, Given, PastCase, Sent
from throughline.insight.simulation.operations import decisions_of
from throughline.insight.simulation.retracing import Drawn, Gone

Why = Literal["by hand", "another procedure", "record gone", "not repeated"]
BY_HAND = (cmd.Skip, cmd.Move, cmd.Migrate, cmd.SetVariables, cmd.Observe)
ELSEWHERE = (cmd.ChildFinished, cmd.ChildEscalated)


def last_cases(*, procedure: Procedure, user: User, limit: int) -> list[Case]:
    """Return the cases of a procedure that ended last, of those that ``user`` may see. One query."""
    found = Case.objects.filter(
        seen_by(user, [procedure.record_type]), version__procedure=procedure, process="", sandbox=False,
        status=CaseStatus.FINISHED, parent=None,
    )  # fmt: skip
    columns = ("version_id", "record_type", "record_id", "started_at", "end_node")
    return list(found.order_by("-ended_at", "-pk").only(*columns)[:limit])


def drawn(drawing: bytes, decisions: Mapping[str, str]) -> Drawn:
    """Return what a chart is compiled of."""
    return Drawn(drawing, charts.main_process(bpmn.read(drawing)), dict(decisions))


def versions_of(cases: Iterable[Case]) -> dict[int, Drawn]:
    """Return what the versions that cases ran on are compiled of, by their keys."""
    found = ProcedureVersion.objects.in_bulk({case.version_id for case in cases})
    return {key: drawn(bytes(version.bpmn), decisions_of(version)) for key, version in found.items()}


def gone(cases: Sequence[Case]) -> dict[int, Gone | Why]:
    """Return how each of some cases went, or why it cannot be tried. A handful of queries for all of them."""
    records = [ref for case in cases if (ref := ref_of(case)) is not None]
    known = pasts(records, since=min(case.started_at for case in cases)) if cases else {}
    inputs = _inputs(cases)
    return {case.pk: _gone(case, inputs[case.pk], known) for case in cases}


def ref_of(case: Case) -> RecordRef | None:
    """Return what a case is about."""
    return RecordRef(case.record_type, case.record_id) if case.record_type and case.record_id is not None else None


def _inputs(cases: Sequence[Case]) -> dict[int, list[CaseInput]]:
    found: defaultdict[int, list[CaseInput]] = defaultdict(list)
    wanted = CaseInput.objects.filter(case_id__in=[case.pk for case in cases])
    if cases:
        wanted = wanted.filter(at__gte=min(case.started_at for case in cases))
    for row in wanted.order_by("case_id", "number").only("case_id", "number", "at", "command", "events"):
        found[row.case_id].append(row)
    return found


def _gone(case: Case, inputs: Iterable[CaseInput], known: Mapping[RecordRef, Past]) -> Gone | Why:
    ref = ref_of(case)
    if ref is not None and ref not in known:
        return "record gone"
    told = _Told()
    for row in inputs:
        command = decode_command(bytes(row.command))
        if isinstance(command, BY_HAND):
            return "by hand"
        if isinstance(command, ELSEWHERE):
            return "another procedure"
        told.take(command, _events(row), row.at)
    past = known.get(ref) if ref else None
    return Gone(
        version=case.version_id,
        end=case.end_node,
        steps=tuple(told.steps),
        tellings=(told.case(case, past, before=False), told.case(case, past, before=True)),
    )


def _events(row: CaseInput) -> list[ev.AnyEvent]:
    return [decode_event(bytes(each)) for each in msgspec.json.decode(bytes(row.events), type=list[msgspec.Raw])]


@dataclass(slots=True)
class _Told:
    """The inputs of a case, taken one after the other, as what a dry run asks for."""

    start: str | None = None
    began_at: datetime | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    answers: defaultdict[str, list[Given]] = field(default_factory=lambda: defaultdict(list))
    messages: list[Sent] = field(default_factory=list)
    entered: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)

    def take(self, command: cmd.Command, events: Iterable[ev.AnyEvent], at: datetime) -> None:
        """Take one input with the events it led to."""
        self.began_at = self.began_at or at
        self._say(command, at)
        for event in events:
            if isinstance(event, ev.Entered | ev.Passed) and event.node:
                self.steps.append(event.node)
            if isinstance(event, ev.Entered):
                self.entered[event.token] = (event.node, at)

    def _say(self, command: cmd.Command, at: datetime) -> None:
        assert self.began_at is not None
        match command:
            case cmd.Start():
                self.start, self.variables, self.payload = command.node, command.variables, command.payload
            case cmd.CompleteWork():
                self._answer(command.token, at, command.variables)
            case cmd.ActionFinished():
                result = command.result if isinstance(command.result, dict) else {}
                self._answer(command.activation, at, result)
            case cmd.ActionFailed(code=str(code)):
                self._answer(command.activation, at, {}, code)
            case cmd.ThrowError():
                self._answer(command.token, at, {}, command.code)
            case cmd.ReceiveMessage():
                self.messages.append(Sent(command.name, at - self.began_at, command.payload))
            case cmd.ReceiveSignal():
                self.messages.append(Sent(command.name, at - self.began_at))
            case _:
                pass

    def _answer(self, token: int, at: datetime, variables: Mapping[str, Any], error: str | None = None) -> None:
        node, since = self.entered.get(token, ("", at))
        if node:
            self.answers[node].append(Given(variables, at - since, error))

    def case(self, case: Case, past: Past | None, *, before: bool) -> PastCase:
        """Return all of it, with what the record said."""
        began = self.began_at or case.started_at
        facts = {} if past is None else {past.record_type: past.at(began, before=before)}
        return PastCase(
            str(case.pk),
            began,
            self.variables,
            facts,
            self.answers,
            self.messages,
            changes=() if past is None else tuple(_changes(past, began, facts[past.record_type])),
            start=self.start,
            asked=frozenset(node for node, _at in self.entered.values()),
            payload=self.payload,
        )


def _changes(past: Past, began: datetime, said: Mapping[str, Any]) -> Iterable[Changed]:
    """Give what the record said from each later moment on at which it changed."""
    for at in sorted({at for at, _former in past.changes if at >= began}):
        now = past.at(at)
        fields = tuple(f"{past.record_type}.{name}" for name in sorted(now) if now[name] != said.get(name))
        if fields:
            yield Changed(max(at - began, timedelta(0)), {past.record_type: now}, fields)
        said = now
