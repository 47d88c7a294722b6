"""The list of steps: looking at it, and every change of it as a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.drafting.operations import change_draft, redo_change, undo_change
from throughline.core.drafting.queries import undoable
from throughline.core.procedures.operations import save_draft
from throughline.core.procedures.queries import overview as queries
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import bpmn, check
from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit import Row
from throughline.flow.bpmn.render import render_svg
from throughline.flow.check.standard import standard
from throughline.web.answers import Asked, parameters, signed_in
from throughline.web.parts import Choice, FormField, FormSection
from throughline.web.procedures.catalogue import catalogue, known
from throughline.web.procedures.drawings import DESIGN
from throughline.web.procedures.frame import frame
from throughline.web.procedures.start import first_drawing
from throughline.web.steps import forms, spans
from throughline.web.steps.shown import Step, Titles, loose_remarks, steps
from throughline.web.steps.ways import Ways, ways_of, ways_sent

LATE = "Late"
"""What the deadline of a step is called in the chart when the list made it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The drawing that is worked on: the draft, else what runs. ``digest`` tells it from others."""

    found: queries.Drawn
    xml: bytes
    digest: str
    chart: model.Definitions

    def row(self, node: str) -> Row:
        """
        Return the row of a step.

        Raises:
            NotFound: it is gone.
        """
        row = next((row for row in edit.outline(self.chart) if row.id == node), None)
        if row is None:
            raise NotFound(_("This step is no longer in the drawing. Look at the list again."))
        return row


def standing(key: str) -> Standing:
    """
    Return the drawing of a procedure that is worked on.

    Raises:
        NotFound: there is no such procedure.
        Refusal: the drawing cannot be read.
    """
    found = queries.procedure(key=key)
    version = found.latest("draft") or found.latest("published")
    if version is None:
        xml, digest = first_drawing(found.key, found.name, found.record_type), ""
    else:
        xml, digest = queries.drawing(version_id=version.id), version.digest
    try:
        return Standing(found, xml, digest, bpmn.read(xml))
    except bpmn.Unreadable as problem:
        raise Refusal("unreadable", _("The drawing cannot be read: %(why)s") % {"why": problem}) from None


def findings(at: Standing) -> list[check.Finding]:
    """Return what is wrong with a drawing."""
    return [*standard(at.xml), *check.check(at.chart, known())]


# -- Looking -----------------------------------------------------------------------------------------------------------


@signed_in
def show(request: Asked, key: str) -> HttpResponse:
    """Show the steps; ``?step=`` opens one, ``?add=`` asks what comes after one."""
    return _page(request, standing(key))


@dataclass(frozen=True, slots=True)
class Open:
    """The step that is open: its forms, and where they are sent."""

    sections: list[FormSection]
    fields: list[forms.FieldRow]
    has_fields: bool
    ways: Ways | None
    late: tuple[FormField, ...]
    is_late: bool
    places: tuple[Choice, ...]
    urls: Mapping[str, str]


def _page(
    request: Asked, at: Standing, *, refusal: Refusal | None = None, step: str = "", add: str = ""
) -> HttpResponse:
    key = at.found.key
    offered = catalogue(request)
    may_draw = access.allows(request.user, DESIGN)
    told = findings(at)
    rows = steps(at.chart, told, Titles.of(offered))
    chosen = step or request.GET.get("step", "")
    adding = add or request.GET.get("add", "")
    open_step = next((each for each in rows if each.id == chosen), None) if may_draw else None
    undo = undoable(key=key, digest=at.digest) if may_draw else None
    base = reverse("web:procedure_outline", args=[key])
    context = frame(at.found, "outline") | {
        "steps": rows,
        "chosen": open_step.id if open_step else "",
        "open": _open(open_step, at, offered, request.POST, refusal) if open_step else None,
        "adding": adding if may_draw else "",
        "add_groups": step_groups(offered) if may_draw else [],
        "add_way": request.GET.get("way", "") or request.POST.get("way", ""),
        "add_url": reverse("web:step_addition", args=[key]),
        "remarks": loose_remarks(at.chart, told),
        "errors": sum(1 for each in told if each.severity == "error"),
        "warnings": sum(1 for each in told if each.severity != "error"),
        "may_draw": may_draw,
        "undo": undo,
        "undo_url": reverse("web:outline_undo", args=[key]),
        "redo_url": reverse("web:outline_redo", args=[key]),
        "base": base,
        "seen": at.digest,
        "error": refusal.message if refusal and not refusal.fields else "",
        "picture": SafeString(render_svg(at.chart, id_prefix="outline-", title=at.found.name)),
    }
    return render(request, "steps/outline.html", context, status=refusal.status if refusal else 200)


def step_groups(offered: Mapping[str, Any]) -> list[tuple[str, list[Choice]]]:
    """Return the step catalogue as a list can place it: what has a place in the flow."""
    left_out = {"bpmn:Participant", "bpmn:TextAnnotation", "bpmn:DataObjectReference", "bpmn:SubProcess"}
    groups = []
    for group in offered["groups"]:
        entries = [
            Choice(each["key"], each["title"])
            for each in group["steps"]
            if each["element"] not in left_out and each["element"] != "bpmn:StartEvent"
        ]
        if entries:
            groups.append((group["title"], entries))
    return groups


def _open(
    step: Step, at: Standing, offered: Mapping[str, Any], sent: Mapping[str, str], refusal: Refusal | None
) -> Open:
    key, rows = at.found.key, edit.outline(at.chart)
    urls = {
        name: reverse(f"web:step_{name}", args=[key, step.id])
        for name in ("settings", "ways", "lateness", "place", "removal")
    }
    shown = forms.sections(step.row, at.chart, offered)
    if refusal is not None:
        shown = [_again(section, sent, refusal) for section in shown]
    exception = next((row for row in rows if row.after == step.id and row.node.name == LATE), None)
    return Open(
        sections=shown,
        fields=forms.field_rows(step.row),
        has_fields=isinstance(step.row.node, model.UserTask),
        ways=ways_of(step.row, rows),
        late=_late_fields(step, exception, offered) if isinstance(step.row.node, model.UserTask) else (),
        is_late=exception is not None,
        places=_places(step.row, rows),
        urls=urls,
    )


def _again(section: FormSection, sent: Mapping[str, str], refusal: Refusal) -> FormSection:
    """A section as it was sent, with what is wrong at its fields."""
    fields = (
        replace(field, value=sent.get(field.name, field.value), error=refusal.fields.get(field.name, ""))
        for field in section.fields
    )
    return replace(section, fields=tuple(fields))


def _late_fields(step: Step, exception: Row | None, offered: Mapping[str, Any]) -> tuple[FormField, ...]:
    timer = next(iter(getattr(exception.node, "definitions", ())), None) if exception else None
    due = timer.duration.text if isinstance(timer, model.TimerEventDefinition) and timer.duration else ""
    work = step.row.node.extensions.work_item
    span = spans.read(due or (work.due if work else ""))
    actions = tuple(
        Choice(each["key"], each["title"])
        for group in offered["groups"]
        for each in group["steps"]
        if each["key"].startswith("action-")
    )
    return (
        FormField("within", _("Longer than"), "number", str(span.number) if span else "24", required=True),
        FormField("unit", _("Unit"), "choice", span.unit if span else "hours", choices=spans.units("")),
        FormField("step", _("Then"), "choice", "action-notify.manager", required=True, choices=actions),
    )


def _places(row: Row, rows: tuple[Row, ...]) -> tuple[Choice, ...]:
    movable = not isinstance(row.node, model.StartEvent | model.EndEvent | model.BoundaryEvent) and len(row.exits) <= 1
    if not movable:
        return ()
    found = []
    for each in rows:
        if each.id == row.id or each.depth != row.depth or isinstance(each.node, model.EndEvent):
            continue
        name = each.node.name or each.id
        if len(each.exits) <= 1:
            found.append(Choice(each.id, _("%(n)d %(name)s") % {"n": each.number, "name": name}))
        for exit_ in each.exits if len(each.exits) > 1 else ():
            label = exit_.label or exit_.target_name
            found.append(Choice(f"{each.id}|{exit_.flow}", f"{each.number} {name} → {label}"))
    return tuple(found)


# -- Changing ----------------------------------------------------------------------------------------------------------


def _changed(request: Asked, key: str, change: forms.Edit, what: str) -> None:
    if queries.procedure(key=key).versions == ():
        at = standing(key)
        save_draft(key=key, drawing=at.xml, by=request.by, at=request.at)
    change_draft(key=key, edit=change, what=what, by=request.by, at=request.at, seen=request.POST.get("seen", ""))
    messages.success(request, what)


def _to(key: str, step: str = "", *, opened: bool = True) -> HttpResponse:
    base = reverse("web:procedure_outline", args=[key])
    if not step:
        return HttpResponseRedirect(base)
    return HttpResponseRedirect(f"{base}?step={step}#open" if opened else f"{base}#step-{step}")


@require_POST
@signed_in
def add(request: Asked, key: str) -> HttpResponse:
    """Add a step behind another one."""
    at, offered = standing(key), catalogue(request)
    after, name = request.POST.get("after", ""), request.POST.get("name", "").strip()
    try:
        step = template_of(offered, request.POST.get("kind", ""))
        made: list[str] = []

        def change(chart: model.Definitions) -> model.Definitions:
            chart, node = edit.add_after(chart, after=after, step=step, name=name, way=request.POST.get("way", ""))
            made.append(node)
            return chart

        title = name or step.node.name or _("Step")
        _changed(request, key, change, _("Added “%(name)s”.") % {"name": title})
    except Refusal as refusal:
        return _page(request, at, refusal=refusal, add=after)
    return _to(key, made[0])


def template_of(offered: Mapping[str, Any], kind: str) -> edit.Template:
    """
    Return the template of a step of the catalogue.

    Raises:
        Refusal: there is none of this kind that a list can place.
    """
    found = next((each for group in offered["groups"] for each in group["steps"] if each["key"] == kind), None)
    if found is None:
        raise Refusal("no_kind", _("Choose what kind of step it is."), "kind")
    try:
        return edit.template(found)
    except edit.NotEditable as refused:
        raise Refusal("not_editable", str(refused), "kind") from None


def _kept(
    request: Asked, key: str, node: str, change_of: Callable[[Row, forms.Given], forms.Edit], said: str
) -> HttpResponse:
    """Change a step as a form asks, and say so by its name; or show what is wrong with the form."""
    at = standing(key)
    row = at.row(node)
    given = parameters(request.POST)
    try:
        _changed(request, key, change_of(row, given), said % {"name": given.get("name") or row.node.name})
    except Refusal as refusal:
        return _page(request, at, refusal=refusal, step=node)
    return _to(key, node)


@require_POST
@signed_in
def set_up(request: Asked, key: str, node: str) -> HttpResponse:
    """Keep what was set on a step."""
    offered = catalogue(request)
    return _kept(request, key, node, lambda row, given: forms.settings_of(row, given, offered), _("Kept “%(name)s”."))


@require_POST
@signed_in
def lead_on(request: Asked, key: str, node: str) -> HttpResponse:
    """Say what comes after a step."""
    return _kept(request, key, node, ways_sent, _("The ways after “%(name)s” are kept."))


@require_POST
@signed_in
def be_late(request: Asked, key: str, node: str) -> HttpResponse:
    """Say what happens when a step takes too long, or that nothing does."""
    offered = catalogue(request)
    said = _("Kept what happens when “%(name)s” is late.")
    return _kept(request, key, node, lambda row, given: lateness_of(row, given, offered), said)


def lateness_of(row: Row, given: forms.Given, offered: Mapping[str, Any]) -> forms.Edit:
    """
    Return the change that a form about lateness asks for.

    Raises:
        Refusal: it says no time.
    """
    if given.get("remove"):
        return lambda chart: edit.remind(chart, node=row.id, after="", name=LATE, step=None)[0]
    after = forms.span_of(given)
    if not after:
        raise Refusal("no_number", _("Write a whole number, such as 24."), "within")
    step = template_of(offered, given.get("step", ""))
    clock = row.node.extensions.work_item.clock if row.node.extensions.work_item else "elapsed"
    title = _("“%(name)s” is late") % {"name": row.node.name}

    def change(chart: model.Definitions) -> model.Definitions:
        chart, told = edit.remind(
            chart, node=row.id, after=after, name=LATE, step=step, clock=clock, end_name=_("Told")
        )
        action = step.node.extensions.action
        if action is None or not any(each.name == "title" for each in action.inputs):
            return chart
        inputs = {each.name: each.value for each in action.inputs} | {"title": forms.quoted_text(title, "step")}
        return edit.set_action(chart, node=told, action=action.name, inputs=inputs)

    return change


@require_POST
@signed_in
def move(request: Asked, key: str, node: str) -> HttpResponse:
    """Put a step behind another one."""
    at = standing(key)
    row = at.row(node)
    after, _bar, way = request.POST.get("after", "").partition("|")
    if not after:
        return _page(request, at, refusal=Refusal("no_place", _("Choose behind which step.")), step=node)
    try:
        _changed(
            request, key, lambda chart: edit.move_after(chart, node=node, after=after, way=way),
            _("Moved “%(name)s”.") % {"name": row.node.name},
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, at, refusal=refusal, step=node)
    return _to(key, node)


@require_POST
@signed_in
def remove(request: Asked, key: str, node: str) -> HttpResponse:
    """Take a step away."""
    at = standing(key)
    row = at.row(node)
    try:
        name = row.node.name or node
        _changed(request, key, lambda chart: edit.delete(chart, node=node), _("Removed “%(name)s”.") % {"name": name})
    except Refusal as refusal:
        return _page(request, at, refusal=refusal, step=node)
    before = next((each.id for each in edit.outline(at.chart) if any(e.target == node for e in each.exits)), "")
    return _to(key, before, opened=False)


@require_POST
@signed_in
def undo(request: Asked, key: str) -> HttpResponse:
    """Take the last change back."""
    what = undo_change(key=key, by=request.by, at=request.at)
    messages.success(request, _("Taken back: %(what)s") % {"what": what})
    return _to(key)


@require_POST
@signed_in
def redo(request: Asked, key: str) -> HttpResponse:
    """Make the change again that was taken back."""
    what = redo_change(key=key, by=request.by, at=request.at)
    messages.success(request, _("Done again: %(what)s") % {"what": what})
    return _to(key)
