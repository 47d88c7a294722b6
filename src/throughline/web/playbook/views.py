"""The playbook of a procedure: read on the page or as PDF, confirmed with a short check, and who has read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core.discussion.models import Decision
from throughline.core.discussion.queries import decisions
from throughline.core.playbook import queries
from throughline.core.playbook.operations import MOST, confirm_reading, set_check
from throughline.core.playbook.paper import printed
from throughline.core.playbook.queries import Book
from throughline.core.playbook.samples import sample_context
from throughline.core.procedures.queries import overview
from throughline.core.refusals import Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn.render.palette import LIGHT
from throughline.flow.charts.guide import Part, Question, filled_in
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice, Tab
from throughline.web.procedures.frame import STATUS_WORDS, chosen_version, frame

CLOCKS = {"elapsed": gettext_lazy("every hour counts"), "business": gettext_lazy("working hours count")}
KINDS = {
    "subject": gettext_lazy("Subject"),
    "body": gettext_lazy("Text"),
    "text": gettext_lazy("Text"),
    "title": gettext_lazy("Title"),
    "message": gettext_lazy("Message"),
    "html": gettext_lazy("Text"),
}
SUBJECT, BODIES = "subject", ("text", "body", "html")
"""Words with a subject and one of these are a mail."""
STRETCH = (760.0, 210.0)
"""The size of the picture of a step's surroundings, in units of the drawing."""


def _book(request: Asked, key: str) -> Book:
    found = overview.procedure(key=key)
    version = chosen_version(request, found)
    wanted = request.POST.get("role", request.GET.get("role"))
    number = version.number if version is not None else None
    told = queries.book(procedure=key, user=request.user, role=wanted or "", version=number)
    if wanted is not None:
        return told
    own = queries.own_role(user=request.user, roles=list(told.guide.roles))
    return queries.book(procedure=key, user=request.user, role=own, version=number) if own else told


@signed_in
def show(request: Asked, key: str) -> HttpResponse:
    """Show the playbook as it is told to a role: to the asker's own unless another is chosen."""
    told = _book(request, key)
    if request.GET.get("as") == "pdf":
        return _pdf(told)
    return _page(request, told, None, {})


def _page(
    request: Asked,
    told: Book,
    refusal: Refusal | None,
    given: dict[str, str],
    *,
    wrong: Sequence[tuple[Question, str]] = (),
) -> HttpResponse:
    key, changed = told.key, set(told.changed)
    here = reverse("web:procedure_playbook", args=[key])
    roles = (("", _("Everybody")), *told.guide.roles.items())
    rows = [_row(told, part, number, new=part.id in changed) for number, part in enumerate(told.parts, start=1)]
    may_see = queries.may_see_readers(procedure=key, user=request.user)
    context = frame(overview.procedure(key=key), "playbook") | {
        "about": told.guide.about,
        "version": told.number,
        "status": STATUS_WORDS[told.status][0],
        "roles": [
            Tab(name, "users", f"{here}?role={role}&version={told.number}", current=role == told.role)
            for role, name in roles
        ],
        "role": told.role,
        "new": [row for row in rows if row["new"]],
        "steps": [row for row in rows if not row["new"]],
        "gone": len(told.gone),
        "is_first": told.is_first,
        "confirmed_at": told.confirmed_at,
        "questions": [
            {
                "question": each,
                "given": given.get(each.key, ""),
                "error": (refusal.fields if refusal else {}).get(each.key),
            }
            for each in told.questions
        ],
        "error": refusal.message if refusal else "",
        "wrong": wrong,
        "tries": told.tries,
        "confirm_url": reverse("web:playbook_reading", args=[key]) + f"?version={told.number}",
        "pdf_url": f"{here}?role={told.role}&version={told.number}&as=pdf",
        "readers": queries.readers(book=told) if may_see else None,
        "check_url": reverse("web:playbook_check", args=[key]) if may_see else "",
        "most": [Choice(str(number), str(number), chosen=number == told.most) for number in range(1, MOST + 1)],
        "now": request.at,
    }
    return render(request, "playbook/show.html", context, status=refusal.status if refusal else 200)


def _row(told: Book, part: Part, number: int, *, new: bool) -> dict[str, Any]:
    return {
        "number": number,
        "part": part,
        "new": new,
        "clock": CLOCKS.get(part.clock, ""),
        "turns": [(turn.label, turn.words) for turn in part.turns if turn.words],
        "picture": SafeString(_picture(told, part, f"s{number}-")),
        **_words(told, part),
    }


def _words(told: Book, part: Part) -> dict[str, Any]:
    """The words that a step sends, with values of a made-up record; a mail as its subject and body."""
    said = filled_in(part, sample_context(told.record_type))
    by_name = dict(said)
    body = next((name for name in BODIES if name in by_name and SUBJECT in by_name), "")
    letter = {"subject": by_name[SUBJECT], "body": by_name[body]} if body else None
    rest = [(str(KINDS.get(name, name)), text) for name, text in said if not body or name not in (SUBJECT, body)]
    return {"letter": letter, "texts": rest, "is_filled": said != part.texts}


def _picture(told: Book, part: Part, prefix: str, **more: Any) -> str:
    marks = {part.id: bpmn.Mark(here=_("this step"))}
    try:
        return bpmn.render_svg(
            told.chart, marks, id_prefix=prefix, around=part.id, hops=1, within=STRETCH, title=part.name, **more
        )
    except LookupError:  # what is not drawn cannot be shown
        return ""


@require_POST
@signed_in
def confirm(request: Asked, key: str) -> HttpResponse:
    """Take the answers of the short check."""
    told = _book(request, key)
    if request.POST.get("try", str(told.tries)) != str(told.tries):
        return _page(request, told, Refusal("other_try", _("These are other questions now. Answer them.")), {})
    given = {each.key: request.POST.get(f"answer.{number}", "") for number, each in enumerate(told.questions, start=1)}
    try:
        reading = confirm_reading(
            procedure=key, number=told.number, role=told.role, answers=given, by=request.by, at=request.at
        )
    except Refusal as refusal:
        return _page(request, told, refusal, given)
    names = {part.id: part.name for part in told.parts}
    wrong = [(each, names[each.step]) for each in told.questions if given[each.key] != each.answer]
    if wrong:
        sentence = _("Not yet: look at these steps again, then answer once more.")
        return _page(request, _book(request, key), Refusal("check_wrong", sentence), {}, wrong=wrong)
    here = reverse("web:procedure_playbook", args=[key])
    said = _("Noted: you have read version %(n)d and understood it.") % {"n": reading.number}
    return done(request, f"{here}?role={told.role}", said)


@require_POST
@signed_in
def set_up(request: Asked, key: str) -> HttpResponse:
    """Keep how many questions the check asks."""
    number = request.POST.get("questions", "")
    set_check(procedure=key, questions=int(number) if number.isdecimal() else 0, by=request.by, at=request.at)
    return done(request, reverse("web:procedure_playbook", args=[key]), _("Kept. It holds from the next reading on."))


# -- On paper ----------------------------------------------------------------------------------------------------------


def _pdf(told: Book) -> HttpResponse:
    role = told.guide.roles.get(told.role, told.role) or _("Everybody")
    data = {
        "title": _("%(name)s: playbook") % {"name": told.name},
        "version": _("Version %(n)d (%(status)s)") % {"n": told.number, "status": STATUS_WORDS[told.status][0]},
        "role": role,
        "about": told.guide.about,
        "steps": [_on_paper(told, part, number) for number, part in enumerate(told.parts, start=1)],
        "decisions": [_decided(each) for each in decisions(procedure=told.key, number=told.number)],
        "words": {
            "why": _("Why:"),
            "asked": _("You fill in:"),
            "follows": _("What follows:"),
            "late": _("When it is late:"),
            "decisions": _("What was decided"),
        },
    }
    name = f"{told.key}-playbook-{told.number}.pdf"
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(printed(data), content_type="application/pdf", headers={"Content-Disposition": disposition})


def _decided(each: Decision) -> str:
    about = f"{each.element_name}: " if each.element_name else ""
    return f"{each.decided_at:%Y-%m-%d}, {each.decided_by.name}: {about}{each.body}"


def _on_paper(told: Book, part: Part, number: int) -> dict[str, Any]:
    due = _("within %(due)s, %(clock)s") % {"due": part.due, "clock": CLOCKS.get(part.clock, "")} if part.due else ""
    return {
        "number": number,
        "name": part.name,
        "who": part.role_name if part.by_hand else _("by itself"),
        "due": due,
        "picture": _picture(told, part, f"s{number}-", colours=LIGHT),
        "what": part.what,
        "why": part.why,
        "asked": part.asked,
        "texts": _on_one_sheet(told, part),
        "turns": [f"{turn.label}: {turn.words}" if turn.label else turn.words for turn in part.turns if turn.words],
        "late": part.late,
    }


def _on_one_sheet(told: Book, part: Part) -> list[tuple[str, str]]:
    """The words that a step sends by what they are: a mail as one, its subject before the text."""
    words = _words(told, part)
    letter = words["letter"]
    mail = [(_("Mail"), f"{letter['subject']}\n\n{letter['body']}")] if letter else []
    return [*mail, *words["texts"]]
