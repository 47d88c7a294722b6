"""The trial of a draft: who tries it, where test records stand, what was caught, what was said about steps."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.discussion import queries as discussion
from throughline.core.discussion.operations import About, add_remark
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.procedures import proving
from throughline.core.procedures.operations import end_trial, pass_time, start_trial, walk_draft
from throughline.core.procedures.operations.trials import running_trial
from throughline.core.procedures.queries import overview as queries
from throughline.core.procedures.queries.trials import TrialNow, trial_now
from throughline.core.records import registry
from throughline.core.refusals import Refusal
from throughline.flow.bpmn.model import Definitions, FlowNode
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.web.answers import Asked, done, signed_in
from throughline.web.discussion.views import STANDINGS
from throughline.web.parts import Choice
from throughline.web.procedures.frame import frame
from throughline.web.proving.shown import labels_of, text_of
from throughline.web.records.present import url_of
from throughline.web.trials.records import test_record


@signed_in
def show_trial(request: Asked, key: str) -> HttpResponse:
    """Show the trial, or begin one."""
    refusal: Refusal | None = None
    if request.method == "POST":
        testers = [int(each) for each in request.POST.getlist("tester") if each.isdecimal()]
        try:
            start_trial(key=key, testers=testers, by=request.by, at=request.at)
            return done(request, _here(key), _("The trial has begun. Those who try are told."))
        except Refusal as told:
            refusal = told
    return _page(request, key, refusal)


def _here(key: str) -> str:
    return reverse("web:procedure_trial", args=[key])


def _page(request: Asked, key: str, refusal: Refusal | None = None) -> HttpResponse:
    found = queries.procedure(key=key)
    trial = trial_now(procedure=key, user=request.user)
    version = found.latest("draft")
    drawing = proving.drawn(queries.version(version_id=version.id)) if version else None
    labels = labels_of(drawing) if drawing else {}
    chosen = request.POST.getlist("tester") or [str(request.user.pk)]
    context = frame(found, "trial") | {
        "trial": trial,
        "walks": [_walk(key, row, labels) for row in trial.walks] if trial else [],
        "caught": [_caught(row, labels) for row in trial.caught] if trial else [],
        "remarks": [
            {"row": row, "step": labels.get(row.element, row.element_name), "standing": STANDINGS[row.standing]}
            for row in discussion.said_in_trials(procedure=key)
        ],
        "steps": [Choice(each.id, each.name) for each in _steps(drawing)] if drawing else [],
        "picture": _picture(drawing, trial, found.name) if drawing and trial else "",
        "has_draft": version is not None,
        "may_draw": access.allows(request.user, access.DESIGN_PROCEDURES),
        "people": [Choice(str(k), name, chosen=str(k) in chosen) for k, name in names_of_colleagues()],
        "error": refusal.message if refusal else "",
        "action": _here(key),
        "walk_url": reverse("web:trial_walks", args=[key]),
        "remark_url": reverse("web:trial_remarks", args=[key]),
        "end_url": reverse("web:trial_end", args=[key]),
        "now": request.at,
    }
    return render(request, "trials/trial.html", context, status=refusal.status if refusal else 200)


def _steps(drawing: Definitions) -> list[FlowNode]:
    walked = (item for process in drawing.processes for item, _container in process.walk())
    return [item for item in walked if isinstance(item, FlowNode) and item.name]


def _picture(drawing: Definitions, trial: TrialNow, title: str) -> SafeString:
    counts: dict[str, int] = {}
    for row in trial.walks:
        for node in row.nodes:
            counts[node] = counts.get(node, 0) + 1
    marks = {node: Mark(count=count) for node, count in counts.items()}
    for caught in trial.caught:
        known = marks.get(caught.node, Mark())
        marks[caught.node] = Mark(count=known.count, done=True, note=_("caught"))
    return SafeString(render_svg(drawing, marks, id_prefix="trial-", title=title))


def _walk(key: str, row: Any, labels: dict[str, str]) -> dict[str, Any]:
    spec = registry.find(row.record.type) if row.record else None
    over = row.status in ("finished", "cancelled")
    return {
        "title": row.title or _("Case %(n)d") % {"n": row.case},
        "url": url_of(spec, row.record.id) if spec and row.record and row.mine else "",
        "tester": row.tester,
        "where": ", ".join(labels.get(node, node) for node in row.nodes),
        "status": _("ended, as the drawing was changed") if over and row.is_stale else _("ended") if over else "",
        "time_url": reverse("web:trial_time", args=[key, row.case]) if row.has_clock and row.mine else "",
    }


def _caught(row: Any, labels: dict[str, str]) -> dict[str, Any]:
    inputs = [(name, text_of(value)) for name, value in row.inputs.items()]
    return {"action": row.action, "step": labels.get(row.node, row.node), "inputs": inputs, "at": row.at}


@require_POST
@signed_in
def walk(request: Asked, key: str) -> HttpResponse:
    """Make a test record and send it through the draft; go to its page."""
    ref = _begin(request, key)
    spec = registry.find(ref.type) if ref else None
    to = url_of(spec, ref.id) if spec and ref else _here(key)
    return done(request, to, _("The test record is on its way. Nothing leaves the house."))


@transaction.atomic
def _begin(request: Asked, key: str) -> Any:
    trial = running_trial(key=key, by=request.by)
    ref = test_record(request, trial.version.procedure.record_type, request.POST.get("name", ""))
    walk_draft(key=key, record=ref, by=request.by, at=request.at)
    return ref


@require_POST
@signed_in
def let_pass(request: Asked, key: str, case_id: int) -> HttpResponse:
    """Let the next deadline of a test case fall due now."""
    pass_time(key=key, case_id=case_id, by=request.by, at=request.at)
    return done(request, _here(key), _("The next deadline falls due now."))


@require_POST
@signed_in
def say(request: Asked, key: str) -> HttpResponse:
    """Keep a remark about a step; it stands in the discussion and on the drawing."""
    node, words = request.POST.get("node", ""), request.POST.get("words", "")
    try:
        trial = running_trial(key=key, by=request.by)
        about = About(key, trial.version.number, node)
        add_remark(about=about, body=words, in_trial=True, by=request.by, at=request.at)
    except Refusal as refusal:
        return _page(request, key, refusal)
    return done(request, _here(key), _("Noted at the step."))


@require_POST
@signed_in
def end(request: Asked, key: str) -> HttpResponse:
    """End the trial and take away what it made."""
    count = end_trial(key=key, by=request.by, at=request.at)
    said = _("The trial is over: %(n)d test cases and their records are gone. What was said stays.") % {"n": count}
    return done(request, _here(key), said)
