"""The discussion of a procedure: marks on the drawing, remarks beside it, rounds, links, and what was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.discussion import operations, queries
from throughline.core.discussion.models import Remark, Standing
from throughline.core.discussion.operations import About, Suggestion
from throughline.core.procedures.queries import overview
from throughline.core.refusals import NotFound, Refusal
from throughline.core.teamwork.queries import colleagues
from throughline.flow import bpmn
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice
from throughline.web.procedures.drawings import DESIGN
from throughline.web.procedures.frame import chosen_version, frame

KINDS = {
    "name": gettext_lazy("Call it"),
    "guidance": gettext_lazy("Tell people"),
    "due": gettext_lazy("Give it time"),
    "why": gettext_lazy("Say why"),
    "after": gettext_lazy("Put a step behind it"),
    "leave_out": gettext_lazy("Leave it out"),
}
"""Suggestions in words."""
STANDINGS: dict[str, tuple[Any, str]] = {
    Standing.OPEN: (gettext_lazy("open"), "wait"),
    Standing.DONE: (gettext_lazy("done"), "good"),
    Standing.TAKEN: (gettext_lazy("in the draft"), "good"),
    Standing.DECLINED: (gettext_lazy("declined"), ""),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A remark with its replies, and what may be done with it."""

    remark: Remark
    who: str
    about: str
    suggests: str
    standing: Any
    tone: str
    replies: list[tuple[Remark, str]]
    may_settle: bool
    may_take: bool


@signed_in
def show(request: Asked, key: str) -> HttpResponse:
    """Show the discussion of a procedure."""
    return _page(request, key, None, {})


def _chosen(request: Asked, key: str) -> tuple[overview.Drawn, overview.VersionRow]:
    found = overview.procedure(key=key)
    version = chosen_version(request, found) or found.latest("draft") or found.latest("published")
    if version is None:
        raise NotFound(_("Nothing is drawn in “%(name)s” yet. Open the drawing.") % {"name": found.name})
    return found, version


def _page(request: Asked, key: str, refusal: Refusal | None, given: Mapping[str, str]) -> HttpResponse:
    found, version = _chosen(request, key)
    chart = bpmn.read(overview.drawing(version_id=version.id))
    element = given.get("element", request.GET.get("step", ""))
    everything = queries.remarks(procedure=key)
    may_design = access.allows(request.user, DESIGN)
    places = queries.places(chart)
    context = frame(found, "discussion") | {
        "picture": SafeString(_picture(chart, everything, found.name)),
        "number": version.number,
        "step": element,
        "steps": [Choice(each.id, each.name, chosen=each.id == element) for each in places if not each.is_arrow],
        "arrows": [Choice(each.id, each.name, chosen=each.id == element) for each in places if each.is_arrow],
        "kinds": [Choice(kind, str(words), chosen=given.get("kind") == kind) for kind, words in KINDS.items()],
        "remarks": _said(everything, request, element, may_design=may_design),
        "decisions": queries.decisions(procedure=key),
        "rounds": [_round(each, request) for each in queries.rounds(procedure=key)],
        "may_design": may_design,
        "people": [each for each in colleagues() if each.key != request.user.pk],
        "links": queries.links(procedure=key, at=request.at) if may_design else [],
        "urls": {
            "remarks": reverse("web:discussion_remarks", args=[key]) + f"?version={version.number}",
            "decisions": reverse("web:discussion_decisions", args=[key]) + f"?version={version.number}",
            "rounds": reverse("web:discussion_rounds", args=[key]) + f"?version={version.number}",
            "links": reverse("web:discussion_links", args=[key]) + f"?version={version.number}",
            "here": reverse("web:procedure_discussion", args=[key]),
        },
        "given": given,
        "error": refusal.message if refusal else "",
        "now": request.at,
    }
    return render(request, "discussion/show.html", context, status=refusal.status if refusal else 200)


def _picture(chart: bpmn.model.Definitions, found: list[Remark], name: str) -> str:
    nodes = {each.id for process in chart.processes for each, _place in process.walk()}
    arrows = {
        each.id
        for process in chart.processes
        for each, _place in process.walk()
        if isinstance(each, bpmn.model.SequenceFlow)
    }
    marks = {
        key: bpmn.Mark(count=count) if key in arrows else bpmn.Mark(note=_("%(n)d open") % {"n": count}, heat=1)
        for key, count in queries.open_by_element(found).items()
        if key in nodes
    }
    return bpmn.render_svg(chart, marks, id_prefix="talk-", title=name)


def _said(found: list[Remark], request: Asked, element: str, *, may_design: bool) -> list[Said]:
    replies: dict[int, list[tuple[Remark, str]]] = {}
    for each in found:
        if each.answers_id is not None:
            replies.setdefault(each.answers_id, []).append((each, who_said(each)))
    shown = [each for each in found if each.answers_id is None and (not element or each.element == element)]
    shown.sort(key=lambda each: (each.standing != Standing.OPEN, -each.said_at.timestamp(), -each.pk))
    return [
        Said(
            remark=each,
            who=who_said(each),
            about=each.element_name,
            suggests=suggested(each),
            standing=STANDINGS[each.standing][0],
            tone=STANDINGS[each.standing][1],
            replies=replies.get(each.pk, []),
            may_settle=may_design or each.author_id == request.user.pk,
            may_take=may_design and bool(each.suggestion) and each.standing == Standing.OPEN,
        )
        for each in shown
    ]


def who_said(each: Remark) -> str:
    """Return who has said a remark."""
    return each.author.name if each.author is not None else _("%(name)s (guest)") % {"name": each.guest}


def suggested(each: Remark) -> str:
    """Return in words what a remark suggests; empty when it suggests nothing."""
    if not each.suggestion:
        return ""
    words = str(KINDS.get(each.suggestion["kind"], each.suggestion["kind"]))
    return f"{words}: {each.suggestion['value']}" if each.suggestion["value"] else words


def _round(each: Any, request: Asked) -> dict[str, Any]:
    invited = list(each.invitations.all())
    mine = next((row for row in invited if row.user_id == request.user.pk), None)
    is_open = each.until > request.at
    return {
        "round": each,
        "is_open": is_open,
        "answered": [row.user.name for row in invited if row.answered_at],
        "silent": [row.user.name for row in invited if not row.answered_at],
        "answer_url": reverse("web:round_answer", args=[each.pk])
        if is_open and mine is not None and mine.answered_at is None
        else "",
    }


# -- Deeds -------------------------------------------------------------------------------------------------------------


def _about(request: Asked, key: str, given: Mapping[str, str]) -> About:
    _found, version = _chosen(request, key)
    return About(key, version.number, given.get("element", ""))


def _done_or_said(request: Asked, key: str, deed: Callable[[dict[str, str]], str]) -> HttpResponse:
    """Do something and go back to the discussion; a refusal is said on the page, with what was written."""
    given = parameters(request.POST)
    try:
        said = deed(given)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, key, refusal, given)
    return done(request, reverse("web:procedure_discussion", args=[key]), said)


@require_POST
@signed_in
def remark(request: Asked, key: str) -> HttpResponse:
    """Say something, answer, or suggest a change."""

    def deed(given: dict[str, str]) -> str:
        answers = given.get("answers", "")
        kind = given.get("kind", "")
        operations.add_remark(
            about=_about(request, key, given),
            body=given.get("body", ""),
            suggestion=Suggestion(kind, given.get("value", "")) if kind else None,
            answers=int(answers) if answers.isdecimal() else None,
            by=request.by,
            at=request.at,
        )
        return _("Said.")

    return _done_or_said(request, key, deed)


@require_POST
@signed_in
def decide(request: Asked, key: str) -> HttpResponse:
    """Write down what was decided."""

    def deed(given: dict[str, str]) -> str:
        about, of = _about(request, key, given), given.get("remark", "")
        operations.decide(
            about=about,
            body=given.get("body", ""),
            remark_id=int(of) if of.isdecimal() else None,
            by=request.by,
            at=request.at,
        )
        return _("It stands in the log of decisions.")

    return _done_or_said(request, key, deed)


@require_POST
@signed_in
def begin_round(request: Asked, key: str) -> HttpResponse:
    """Ask colleagues until a day."""

    def deed(given: dict[str, str]) -> str:
        invited = [int(each) for each in request.POST.getlist("invited") if each.isdecimal()]
        operations.begin_round(
            about=_about(request, key, given),
            question=given.get("question", ""),
            until=_end_of(given.get("until", ""), "until"),
            invited=invited,
            by=request.by,
            at=request.at,
        )
        return _("They have been asked.")

    return _done_or_said(request, key, deed)


def _end_of(day: str, field: str) -> datetime:
    """Return the end of a day where the asker is."""
    found = parse_date(day)
    if found is None:
        raise Refusal("no_day", _("Choose a day."), field)
    start = datetime(found.year, found.month, found.day, tzinfo=timezone.get_current_timezone())
    return start + timedelta(days=1)


@require_POST
@signed_in
def share(request: Asked, key: str) -> HttpResponse:
    """Make a link for outsiders; it is shown once."""

    def deed(given: dict[str, str]) -> str:
        _link, secret = operations.share(
            about=_about(request, key, given),
            name=given.get("name", ""),
            expires_at=_end_of(given.get("expires", ""), "expires"),
            may_remark=bool(given.get("may_remark")),
            by=request.by,
            at=request.at,
        )
        url = request.build_absolute_uri(reverse("web:shared_procedure", args=[secret]))
        messages.info(request, _("Copy the link now, it is not shown again: %(url)s") % {"url": url})
        return _("The link is made.")

    return _done_or_said(request, key, deed)


@require_POST
@signed_in
def settle(request: Asked, remark_id: int) -> HttpResponse:
    """Say how a remark stands."""
    found = operations.settle_remark(
        remark_id=remark_id, standing=request.POST.get("standing", ""), by=request.by, at=request.at
    )
    return redirect(reverse("web:procedure_discussion", args=[found.procedure.key]) + f"#remark-{found.pk}")


@require_POST
@signed_in
def take_over(request: Asked, remark_id: int) -> HttpResponse:
    """Carry a suggestion out on the draft."""
    draft = operations.take_over(remark_id=remark_id, by=request.by, at=request.at)
    url = reverse("web:procedure_draw", args=[draft.procedure.key])
    return done(request, url, _("The suggestion is in draft %(n)d. Look it over.") % {"n": draft.number})


@require_POST
@signed_in
def answer_round(request: Asked, round_id: int) -> HttpResponse:
    """Say that one has nothing to add."""
    found = operations.answer_round(round_id=round_id, by=request.by, at=request.at)
    url = reverse("web:procedure_discussion", args=[found.round.procedure.key])
    return done(request, url, _("Thank you."))


@require_POST
@signed_in
def revoke(request: Asked, link_id: int) -> HttpResponse:
    """Let a link lead nowhere any more."""
    link = operations.revoke_link(link_id=link_id, by=request.by, at=request.at)
    url = reverse("web:procedure_discussion", args=[link.procedure.key])
    return done(request, url, _("The link leads nowhere any more."))
