"""The next step of a record, as its card shows it: what, who, until when, the form, and the place on the drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.procedures import permits
from throughline.core.procedures.queries import Position, TokenAt, WorkRow
from throughline.flow import bpmn
from throughline.flow.bpmn import extensions as chart
from throughline.flow.bpmn.model import Definitions
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.web import moments
from throughline.web.answers import Asked
from throughline.web.parts import Choice, FormField, NextStep, Outcome
from throughline.web.queues.named import NOBODY, queue_named
from throughline.web.ways import way

HOPS = 2
"""How far around its place the small drawing shows the chart."""

CLOCKS = {"elapsed": gettext_lazy("elapsed time"), "business": gettext_lazy("business hours")}
WAITS = {
    "work": gettext_lazy("a person"),
    "action": gettext_lazy("an automatic action"),
    "timer": gettext_lazy("the clock"),
    "message": gettext_lazy("a message"),
    "signal": gettext_lazy("a signal"),
    "condition": gettext_lazy("a condition"),
    "child": gettext_lazy("another procedure"),
    "gateway": gettext_lazy("the other ways"),
    "scope": gettext_lazy("the steps inside"),
    "incident": gettext_lazy("a repair"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case in which nobody has to do anything now: where it stands and what it waits for."""

    title: str
    words: str
    picture: SafeString
    incident: str = ""


def next_step(
    row: WorkRow,
    position: Position | None,
    request: Asked,
    *,
    may_edit: bool,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refusal: str = "",
) -> NextStep:
    """Return the card of a work item; ``given`` and ``errors`` bring back a form that was refused."""
    tone = moments.tone(row.due_at, now=request.at) if row.due_at else ""
    in_queue = row.assignee is None and permits.is_in_queue(request.user, row.queue)
    queue = queue_named(request, row.queue) if row.assignee is None else NOBODY
    faults = dict(errors or {})
    return NextStep(
        work_item=row.id,
        title=row.title,
        procedure=row.procedure_name,
        procedure_url=way("web:procedure_live", row.procedure),
        who=row.assignee_name,
        queue=queue.name,
        queue_url=queue.url,
        due_at=row.due_at,
        clock_words=str(CLOCKS.get(row.clock, "")),
        tone=tone,
        guidance=row.guidance.strip(),
        outcomes=tuple(
            Outcome(outcome.value, outcome.label or outcome.value, is_first=index == 0)
            for index, outcome in enumerate(row.outcomes)
        ),
        fields=tuple(form_field(field, given or {}, faults) for field in row.fields),
        mine=row.mine or in_queue or may_edit,
        can_claim=row.assignee is None and (in_queue or may_edit),
        refusal=refusal or faults.get("outcome", ""),
        picture=picture(position) if position else SafeString(""),
        record=str(row.record) if row.record else "",
        playbook_url=f"{way('web:procedure_playbook', row.procedure)}?version={row.version}#step-{row.node}",
    )


def form_field(field: chart.FormField, given: Mapping[str, str], errors: Mapping[str, str]) -> FormField:
    """Return a field of a step's form as any form shows it."""
    return FormField(
        name=field.name,
        label=field.label or field.name,
        kind=field.type if field.type in ("text", "number", "date", "boolean", "choice") else "string",
        value=given.get(field.name, ""),
        required=field.required,
        choices=tuple(Choice(choice, choice) for choice in field.choices),
        error=errors.get(field.name, ""),
    )


def waiting(position: Position) -> Waiting | None:
    """Return what a case waits for in which nobody has to do anything, or None when it has ended."""
    token = next(iter(position.tokens), None)
    if token is None:
        return None
    return Waiting(token.label, _words(token), picture(position), token.incident_message)


def _words(token: TokenAt) -> str:
    if token.waits_for == "work":  # the step is done, and the case has not been moved yet
        return _("Goes on in a moment.")
    waits_for = WAITS.get(token.waits_for, token.waits_for)
    if token.due_at is None:
        return _("Waits for %(what)s.") % {"what": waits_for}
    until = moments.date_and_time(token.due_at)
    return _("Waits for %(what)s, until %(until)s.") % {"what": waits_for, "until": until}


def picture(position: Position) -> SafeString:
    """Draw the stretch of the chart around where the case stands, with the way so far."""
    here: dict[str, Mark] = {}
    for token in position.tokens:
        row = next((step for step in position.next_steps if step.token == token.token), None)
        who = _("you") if row is not None and row.mine else _("here")
        here[token.node] = Mark(here=who, incident=token.incident_message, overdue=int(token.overdue))
    around = position.tokens[0].node if position.tokens else ""
    drawn = _drawn(position.drawing, position.nodes | position.flows, tuple(here.items()), around)
    return SafeString(drawn.replace(PREFIX, f"case{position.case}-"))


PREFIX = "case-in-place-"
"""What stands in kept drawings where the ids of a case begin."""


@lru_cache(maxsize=256)
def _drawn(drawing: bytes, done: frozenset[str], here: tuple[tuple[str, Mark], ...], around: str) -> str:
    """Draw a stretch of a chart. Many cases stand at the same step after the same way, so what was drawn is kept."""
    marks = {name: Mark(done=True) for name in done} | dict(here)
    return render_svg(read_drawing(drawing), marks, around=around, hops=HOPS, id_prefix=PREFIX)


@lru_cache(maxsize=256)
def read_drawing(drawing: bytes) -> Definitions:
    """Read a drawing; versions never change, so what was read is kept."""
    return bpmn.read(drawing)
