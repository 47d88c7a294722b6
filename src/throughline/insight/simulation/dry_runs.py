"""
The last real cases of a procedure, tried in another version: where each of them would have gone.

Theory of operation. Of a case are kept what started it, what people and machines answered, when, and what its record
said at every moment. :mod:`~throughline.flow.simulate.dry_run` gives the same answers to the version that the case ran
on and to the other one. Only cases count that take their own way again in their own version: one that was skipped,
moved or corrected by hand, that waited for a case of another procedure, or of whose record too little is known, is left
out and told with the reason. Changes of the record that the case itself made come when they came, in both versions.

Everything is narrowed to the cases that the asker may see. Nothing is written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.models import Case, CaseInput, Procedure, ProcedureVersion
from throughline.core.procedures.models.case import CaseStatus
from throughline.core.procedures.past import Past, pasts
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import bpmn, dmn
from throughline.flow.calendars import BusinessCalendar
from throughline.flow.engine import Chart, ChartRefused, compile_chart, decode_command, decode_event
from throughline.flow.engine import commands as cmd
from throughline.flow.engine import events as ev
from throughline.flow.simulate.dry_run import (
    Changed,
    Compared,
    DryRun,
    Given,
    PastCase,
    Sent,
    compare,
    summed_up,
    way_of,
)
from throughline.insight.simulation.operations import decisions_of

MOST = 1_000
"""More cases than this are not tried at once."""

Why = Literal["by hand", "another procedure", "record gone", "not repeated"]
BY_HAND = (cmd.Skip, cmd.Move, cmd.Migrate, cmd.SetVariables, cmd.Observe)
ELSEWHERE = (cmd.ChildFinished, cmd.ChildEscalated)


@dataclass(frozen=True, slots=True)
class Tried:
    """
    Past cases in another version. ``found``: those that could be compared, by case; ``left_out``: why others could not;
    ``records``: what each case was about; ``drawing``: the other version's.
    """

    version: int
    drawing: bytes
    run: DryRun
    found: Mapping[int, Compared]
    left_out: Mapping[Why, int]
    records: Mapping[int, RecordRef]


def try_past_cases(*, procedure: str, version: int, user: User, limit: int = 200) -> Tried:
    """
    Try the last ``limit`` cases that ended, of those that ``user`` may see, in a version (by its number).

    Raises:
        NotFound: there is no such procedure or version.
        Refusal: the version cannot run; the sentence says why.
    """
    found = Procedure.objects.filter(key=procedure).first()
    other = ProcedureVersion.objects.filter(procedure=found, number=version).first()
    if found is None or other is None:
        raise NotFound("There is no such version any more. Look at the versions of the procedure.")
    chart = _compiled(other)
    rows = list(
        Case.objects.filter(
            seen_by(user, [found.record_type]), version__procedure=found, process="", sandbox=False,
            status=CaseStatus.FINISHED, parent=None,
        )
        .order_by("-ended_at", "-pk")
        .only("version_id", "record_type", "record_id", "started_at", "end_node")[: min(limit, MOST)]
    )  # fmt: skip
    records = {case.pk: ref for case in rows if (ref := _ref(case)) is not None}
    known = pasts(records.values(), since=min(case.started_at for case in rows)) if rows else {}
    inputs = _inputs(rows)
    calendars = flow_calendars()
    compared: dict[int, Compared] = {}
    left_out: Counter[Why] = Counter()
    for case in rows:
        one = _tried(case, inputs[case.pk], known, chart, calendars)
        if isinstance(one, Compared):
            compared[case.pk] = one
        else:
            left_out[one] += 1
    return Tried(version, bytes(other.bpmn), summed_up(list(compared.values())), compared, left_out, records)


def _compiled(version: ProcedureVersion) -> Chart:
    try:
        definitions = bpmn.read(bytes(version.bpmn))
        models = {ref: dmn.compile_model(dmn.read(text.encode())) for ref, text in decisions_of(version).items()}
        return compile_chart(definitions, process=charts.main_process(definitions), decisions=models)
    except (bpmn.Unreadable, dmn.Unreadable, ChartRefused) as problem:
        raise Refusal("not_runnable", f"This version cannot run yet. {problem}", "version") from problem


def _ref(case: Case) -> RecordRef | None:
    return RecordRef(case.record_type, case.record_id) if case.record_type and case.record_id is not None else None


def _inputs(cases: Sequence[Case]) -> dict[int, list[CaseInput]]:
    found: defaultdict[int, list[CaseInput]] = defaultdict(list)
    wanted = CaseInput.objects.filter(case_id__in=[case.pk for case in cases])
    if cases:
        wanted = wanted.filter(at__gte=min(case.started_at for case in cases))
    for row in wanted.order_by("case_id", "number").only("case_id", "number", "at", "command", "events"):
        found[row.case_id].append(row)
    return found


def _tried(
    case: Case,
    inputs: Iterable[CaseInput],
    known: Mapping[RecordRef, Past],
    chart: Chart,
    calendars: Mapping[str, BusinessCalendar],
) -> Compared | Why:
    """Return how a case would have gone, or why that cannot be told."""
    ref = _ref(case)
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
    own = charts.running(case.version_id)
    for before in (False, True):  # what changed in the instant of the start may have led to it, or have come of it
        past = told.case(case, known.get(ref) if ref else None, before=before)
        way = way_of(own.chart, past, calendars)
        if way.end == own.label(case.end_node) and tuple(told.steps) == tuple(_visits(way.travelled, own.chart)):
            return compare(past, way, way_of(chart, past, calendars))
    return "not repeated"


def _events(row: CaseInput) -> list[ev.AnyEvent]:
    return [decode_event(bytes(each)) for each in msgspec.json.decode(bytes(row.events), type=list[msgspec.Raw])]


def _visits(travelled: Iterable[str], chart: Chart) -> Iterable[str]:
    return (each for each in travelled if each in chart.by_id)


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
