"""
The review of a drawing: upload → what was understood, beside what was drawn → draft.

Each question is a button; a review can be left at any time and stands as it was. Accepting makes a draft, which
its page can take back.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.models import Role
from throughline.core.procedures.operations import create_procedure, save_draft
from throughline.core.procedures.queries import overview
from throughline.core.records import registry
from throughline.core.refusals import NotFound, Refusal
from throughline.core.sketches import operations
from throughline.core.sketches.models import ImportedDrawing, Stage
from throughline.core.sketches.operations import PagePurpose, Purpose
from throughline.flow import bpmn
from throughline.flow.bpmn import model
from throughline.flow.charts.formats import Form, Reading
from throughline.flow.charts.picture import pictured
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice
from throughline.web.procedures.drawings import DESIGN
from throughline.web.procedures.keys import key_of, named
from throughline.web.procedures.start import first_drawing
from throughline.web.sketches.backdrops import picture_answer

SHOWN = 50
FORMS = {
    Form.BPMN: gettext_lazy("BPMN"),
    Form.DRAWIO: gettext_lazy("draw.io"),
    Form.VISIO: gettext_lazy("Visio"),
    Form.LUCID: gettext_lazy("Lucidchart"),
    Form.TABLE: gettext_lazy("Table of shapes"),
    Form.SVG: gettext_lazy("Vector picture"),
    Form.PICTURE: gettext_lazy("Picture"),
}
STAGES: dict[str, tuple[Any, str]] = {
    Stage.OPEN: (gettext_lazy("under review"), "wait"),
    Stage.ACCEPTED: (gettext_lazy("became a draft"), "good"),
}
BECAME = {
    "task": gettext_lazy("steps"),
    "userTask": gettext_lazy("steps of people"),
    "manualTask": gettext_lazy("manual steps"),
    "sendTask": gettext_lazy("steps that send"),
    "receiveTask": gettext_lazy("steps that wait for a message"),
    "serviceTask": gettext_lazy("automatic steps"),
    "scriptTask": gettext_lazy("calculations"),
    "businessRuleTask": gettext_lazy("decision tables"),
    "callActivity": gettext_lazy("other procedures"),
    "subProcess": gettext_lazy("sub-processes"),
    "exclusiveGateway": gettext_lazy("decisions"),
    "parallelGateway": gettext_lazy("forks and joins"),
    "inclusiveGateway": gettext_lazy("choices of several"),
    "complexGateway": gettext_lazy("complex decisions"),
    "eventBasedGateway": gettext_lazy("waits for what comes first"),
    "startEvent": gettext_lazy("beginnings"),
    "endEvent": gettext_lazy("ends"),
    "intermediateCatchEvent": gettext_lazy("waits"),
    "intermediateThrowEvent": gettext_lazy("events"),
    "boundaryEvent": gettext_lazy("events at steps"),
    "dataObject": gettext_lazy("data"),
    "dataObjectReference": gettext_lazy("data"),
    "dataStoreReference": gettext_lazy("stores"),
    "textAnnotation": gettext_lazy("notes"),
    "lane": gettext_lazy("lanes"),
    "participant": gettext_lazy("pools"),
    "part": gettext_lazy("words and marks of other shapes"),
    "sequenceFlow": gettext_lazy("arrows"),
    "association": gettext_lazy("dotted lines"),
}
"""What shapes and lines became, in words."""


# -- The list and the file ---------------------------------------------------------------------------------------------


def _require_design(request: Asked) -> None:
    access.require_ability(
        request.user, DESIGN, otherwise=_("Your roles do not let you draw procedures. Ask a manager.")
    )


@signed_in
def show_list(request: Asked) -> HttpResponse:
    """Show the drawings that the asker has brought."""
    _require_design(request)
    rows = ImportedDrawing.objects.filter(owner=request.user).select_related("procedure")[:SHOWN]
    context = {
        "drawings": [_line(row) for row in rows],
        "new_url": reverse("web:drawing_new"),
        "now": request.at,
    }
    return render(request, "sketches/list.html", context)


def _line(row: ImportedDrawing) -> dict[str, Any]:
    words, tone = STAGES[row.stage]
    became = row.procedure
    return {
        "name": row.name,
        "file_name": row.file_name,
        "form": FORMS[Form(row.form)],
        "status": words,
        "tone": tone,
        "at": row.sent_at,
        "url": reverse("web:drawing", args=[row.pk]),
        "draft_url": reverse("web:procedure_draw", args=[became.key]) if became is not None else "",
    }


@signed_in
def send(request: Asked) -> HttpResponse:
    """Show the form for a drawing, or take it in."""
    _require_design(request)
    context: dict[str, Any] = {"list_url": reverse("web:drawings"), "error": ""}
    if request.method != "POST":
        return render(request, "sketches/send.html", context)
    sent = request.FILES.get("file")
    if sent is None:
        return render(request, "sketches/send.html", context | {"error": _("Choose a file first.")}, status=422)
    try:
        made = operations.send_drawing(content=sent.read(), file_name=sent.name or "", by=request.by, at=request.at)
    except Refusal as refusal:
        return render(request, "sketches/send.html", context | {"error": refusal.message}, status=refusal.status)
    return redirect(reverse("web:drawing", args=[made.pk]))


# -- The review --------------------------------------------------------------------------------------------------------


@signed_in
def review(request: Asked, drawing_id: int) -> HttpResponse:
    """Show what was drawn beside what was understood, with what is to be asked."""
    _require_design(request)
    return _page(request, operations.get_drawing(drawing_id=drawing_id, by=request.by), None)


def _page(request: Asked, drawing: ImportedDrawing, refusal: Refusal | None) -> HttpResponse:
    context = _common(request, drawing, refusal)
    if drawing.form == Form.PICTURE:
        context["picture_url"] = reverse("web:drawing_picture", args=[drawing.pk])
    else:
        context |= _understood(drawing, operations.reading_of(drawing))
    return render(request, "sketches/review.html", context, status=refusal.status if refusal else 200)


def _common(request: Asked, drawing: ImportedDrawing, refusal: Refusal | None) -> dict[str, Any]:
    given = parameters(request.POST) if refusal else {}
    args = [drawing.pk]
    procedures = overview.library(user=request.user, at=request.at)
    return {
        "drawing": drawing,
        "form": FORMS[Form(drawing.form)],
        "list_url": reverse("web:drawings"),
        "answer_url": reverse("web:drawing_answer", args=args),
        "page_url": reverse("web:drawing_page", args=args),
        "accept_url": reverse("web:drawing_acceptance", args=args),
        "back_url": reverse("web:drawing_taking_back", args=args),
        "forget_url": reverse("web:drawing_forgetting", args=args),
        "trace_url": reverse("web:drawing_tracing", args=args) if drawing.form == Form.SVG else "",
        "is_open": drawing.stage == Stage.OPEN,
        "draft_url": reverse("web:procedure_draw", args=[drawing.procedure.key]) if drawing.procedure else "",
        "pages": [
            (place, name or _("Page %(n)d") % {"n": place + 1}, place == drawing.page)
            for place, name in enumerate(drawing.pages)
        ],
        "pages_url": reverse("web:drawing_pages", args=args),
        "name": given.get("name", drawing.name),
        "records": [
            Choice(spec.type, str(spec.label), chosen=spec.type == given.get("record", "lead"))
            for spec in registry.everything()
        ],
        "procedures": [Choice(row.key, row.name, chosen=row.key == given.get("into", "")) for row in procedures],
        "error": refusal.message if refusal else "",
    }


def _understood(drawing: ImportedDrawing, reading: Reading) -> dict[str, Any]:
    numbers: dict[str, list[int]] = {}
    questions = []
    for number, doubt in enumerate(reading.doubts, start=1):
        if doubt.element and not doubt.answer:
            numbers.setdefault(doubt.element, []).append(number)
        chosen = next((choice.label for choice in doubt.choices if choice.value == doubt.answer), doubt.answer)
        questions.append({"number": number, "doubt": doubt, "answered": chosen})
    marks = {key: bpmn.Mark(note=" ".join(f"?{number}" for number in found)) for key, found in numbers.items()}
    return {
        "source": SafeString(pictured(reading.sketch, title=_("As it was drawn")) if reading.sketch else ""),
        "result": SafeString(
            bpmn.render_svg(reading.chart, marks, id_prefix="result-", title=_("What was understood"))
        ),
        "questions": questions,
        "open_count": len(reading.open_doubts),
        "reading": reading,
        "share": round(100 * reading.connected / reading.lines) if reading.lines else 100,
        "became": _became(reading),
        "left_out": [fate for fate in reading.fates if not fate.became],
        "lanes": _lanes(drawing, reading),
    }


def _became(reading: Reading) -> list[tuple[str, int]]:
    counts = Counter(str(BECAME.get(fate.became, fate.became)) for fate in reading.fates if fate.became)
    return counts.most_common()


def _lanes(drawing: ImportedDrawing, reading: Reading) -> list[dict[str, Any]]:
    roles = list(Role.objects.order_by("name").values_list("key", "name"))
    return [
        {
            "id": lane.id,
            "name": lane.name or _("Steps outside of all lanes"),
            "choices": [Choice(key, name, chosen=key == _role_of(lane, drawing, roles)) for key, name in roles],
        }
        for lane in reading.lanes
    ]


def _role_of(lane: model.Lane, drawing: ImportedDrawing, roles: list[tuple[str, str]]) -> str:
    """Return the key of the role that a lane is: as it was said, as the file says, or as it is called."""
    if lane.id in drawing.roles:
        return str(drawing.roles[lane.id])
    if lane.extensions.role is not None:
        return lane.extensions.role.key
    words = lane.name.casefold().strip()
    fitting = (key for key, name in roles if words and words in (key.casefold(), name.casefold()))
    near = (key for key, name in roles if words and (name.casefold() in words or key.casefold() in words))
    return next(fitting, "") or next(near, "")


@signed_in
def picture(request: Asked, drawing_id: int) -> HttpResponse:
    """Show a picture that was brought to be traced."""
    found = operations.get_drawing(drawing_id=drawing_id, by=request.by)
    if found.form != Form.PICTURE:
        raise NotFound(_("There is nothing to look at here. Look at the drawing."))
    return picture_answer(found.file)


# -- Answers -----------------------------------------------------------------------------------------------------------


@require_POST
@signed_in
def answer(request: Asked, drawing_id: int) -> HttpResponse:
    """Answer one question, or open it again."""
    said = request.POST.get("words", "").strip() or request.POST.get("answer", "")
    operations.answer_doubt(
        drawing_id=drawing_id, key=request.POST.get("key", ""), answer=said, by=request.by, at=request.at
    )
    return redirect(reverse("web:drawing", args=[drawing_id]) + "#questions")


@require_POST
@signed_in
def turn(request: Asked, drawing_id: int) -> HttpResponse:
    """Review another page of the file."""
    page = request.POST.get("page", "")
    operations.turn_to_page(
        drawing_id=drawing_id, page=int(page) if page.isdecimal() else -1, by=request.by, at=request.at
    )
    return redirect(reverse("web:drawing", args=[drawing_id]))


@require_POST
@signed_in
def trace(request: Asked, drawing_id: int) -> HttpResponse:
    """Leave what was read in a vector picture, and trace it instead."""
    operations.take_as_picture(drawing_id=drawing_id, by=request.by, at=request.at)
    return redirect(reverse("web:drawing", args=[drawing_id]))


@require_POST
@signed_in
def accept(request: Asked, drawing_id: int) -> HttpResponse:
    """Make the drawing a draft, or keep the roles of its lanes for later."""
    drawing = operations.get_drawing(drawing_id=drawing_id, by=request.by)
    given = parameters(request.POST)
    roles = {name.removeprefix("lane."): role for name, role in given.items() if name.startswith("lane.")}
    try:
        if roles:
            operations.map_lanes(drawing_id=drawing_id, roles=roles, by=request.by, at=request.at)
        if given.get("do") == "keep":
            return done(request, reverse("web:drawing", args=[drawing_id]), _("Kept. Come back when you like."))
        key = _accepted(request, drawing, given)
    except NotFound:
        raise
    except Refusal as refusal:
        drawing.refresh_from_db()
        return _page(request, drawing, refusal)
    return done(request, reverse("web:procedure_draw", args=[key]), _("The drawing is a draft now. Draw on."))


def _accepted(request: Asked, drawing: ImportedDrawing, given: dict[str, str]) -> str:
    into = given.get("into", "")
    name = into or named(given.get("name", ""), otherwise=_("Give the procedure a name, such as “Lead to deal”."))
    key = into or key_of(name)
    record = given.get("record", "")
    if drawing.form != Form.PICTURE:
        purpose = Purpose(name=name, record_type="" if into else record, into=into)
        operations.accept_drawing(drawing_id=drawing.pk, key=key, purpose=purpose, by=request.by, at=request.at)
        return key
    if not into:
        create_procedure(key=key, name=name, record_type=record, by=request.by, at=request.at, owner_id=request.user.pk)
        save_draft(key=key, drawing=first_drawing(key, name, record), by=request.by, at=request.at)
    content = operations.content_of(drawing)
    operations.lay_behind(procedure=key, content=content, file_name=drawing.file_name, by=request.by, at=request.at)
    operations.forget_drawing(drawing_id=drawing.pk, by=request.by, at=request.at)
    return key


@require_POST
@signed_in
def accept_pages(request: Asked, drawing_id: int) -> HttpResponse:
    """Make drafts of several pages at once."""
    drawing = operations.get_drawing(drawing_id=drawing_id, by=request.by)
    given = parameters(request.POST)
    chosen = [
        int(page) for page in request.POST.getlist("pages") if page.isdecimal() and int(page) < len(drawing.pages)
    ]
    try:
        names = {
            page: named(given.get(f"name.{page}", ""), otherwise=_("Give each chosen page a name.")) for page in chosen
        }
        purposes = [PagePurpose(page, key_of(name), name) for page, name in names.items()]
        made = operations.accept_pages(
            drawing_id=drawing_id, purposes=purposes, record_type=given.get("record", ""), by=request.by, at=request.at
        )
    except NotFound:
        raise
    except Refusal as refusal:
        drawing.refresh_from_db()
        return _page(request, drawing, refusal)
    said = ngettext(
        "%(n)d page is a draft now. Steps that are called like another page call it.",
        "%(n)d pages are drafts now. Steps that are called like another page call it.",
        len(made),
    ) % {"n": len(made)}
    return done(request, reverse("web:procedures"), said)


@require_POST
@signed_in
def take_back(request: Asked, drawing_id: int) -> HttpResponse:
    """Undo the accepting of a drawing."""
    operations.take_back(drawing_id=drawing_id, by=request.by, at=request.at)
    return done(request, reverse("web:drawing", args=[drawing_id]), _("Taken back. The review is open again."))


@require_POST
@signed_in
def forget(request: Asked, drawing_id: int) -> HttpResponse:
    """Throw a drawing away."""
    operations.forget_drawing(drawing_id=drawing_id, by=request.by, at=request.at)
    return done(request, reverse("web:drawings"), _("The drawing is gone."))
