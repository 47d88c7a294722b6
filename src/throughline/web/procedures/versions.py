"""Versions of a procedure: what is different between two, and moving running cases from one to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures.operations import start_migration, stop_migration, take_back_migration
from throughline.core.procedures.queries import migration as moving
from throughline.core.procedures.queries import overview as queries
from throughline.core.procedures.queries.approving import stewardship
from throughline.core.records import registry
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn.compare import change_marks, overlaid
from throughline.flow.bpmn.diff import Change
from throughline.flow.bpmn.model import Definitions
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.web.answers import Asked, done, parameters, signed_in, signed_in_json
from throughline.web.parts import Choice, Tone
from throughline.web.procedures.drawings import PUBLISH
from throughline.web.procedures.frame import STATUS_WORDS, frame
from throughline.web.records.filters import address
from throughline.web.records.present import url_of

PAGE = 25

KIND_WORDS: Mapping[str, tuple[Any, Tone]] = {
    "added": (gettext_lazy("new"), "good"),
    "removed": (gettext_lazy("gone"), "late"),
    "renamed": (gettext_lazy("renamed"), "news"),
    "moved": (gettext_lazy("moved"), "news"),
    "type": (gettext_lazy("kind of step"), "wait"),
    "condition": (gettext_lazy("condition"), "wait"),
    "form": (gettext_lazy("form"), "wait"),
    "assignee": (gettext_lazy("who"), "wait"),
    "due": (gettext_lazy("until when"), "wait"),
    "action": (gettext_lazy("action"), "wait"),
    "decision": (gettext_lazy("decision"), "wait"),
    "event": (gettext_lazy("event"), "wait"),
    "way": (gettext_lazy("way"), "news"),
    "rule": (gettext_lazy("rule"), "wait"),
    "setting": (gettext_lazy("setting"), ""),
}


# -- All versions ------------------------------------------------------------------------------------------------------


@signed_in
def show_versions(request: Asked, key: str) -> HttpResponse:
    """Show all versions, what is different between neighbours, and the movings of cases between them."""
    found = queries.procedure(key=key)
    running = queries.running_by_version(procedure=key)
    before = {version.number: older.number for version, older in zip(found.versions, found.versions[1:], strict=False)}
    published = found.latest("published")
    may_move = access.allows(request.user, PUBLISH)
    rows = [_version(key, version, before.get(version.number)) for version in found.versions]
    for row in rows:
        row["running"] = running.get(row["number"], 0)
        can_leave = may_move and row["running"] and published is not None and row["number"] != published.number
        row["move_url"] = _new_url(key, row["number"]) if can_leave else ""
    context = frame(found, "versions") | {
        "versions": rows,
        "movings": [_moving(key, row) for row in moving.migrations(procedure=key)],
        "care": stewardship(procedure=key),
        "care_url": reverse("web:procedure_care", args=[key]),
        "publish_url": reverse("web:procedure_publishing", args=[key]) if found.latest("draft") else "",
        "retire_url": reverse("web:procedure_retirement", args=[key]) if may_move and published else "",
        "now": request.at,
    }
    return render(request, "procedures/versions.html", context)


def _version(key: str, version: queries.VersionRow, before: int | None) -> dict[str, Any]:
    base = reverse("web:procedure_draw", args=[key])
    diff = reverse("web:version_diff", args=[key])
    words, tone = STATUS_WORDS[version.status]
    return {
        "number": version.number,
        "label": _("Version %(n)d") % {"n": version.number},
        "url": base if version.status == "draft" else f"{base}?version={version.number}",
        "diff_url": f"{diff}?from={before}&to={version.number}" if before is not None else "",
        "status": words,
        "tone": tone,
        "note": version.note,
        "by": version.by,
        "at": version.at,
    }


def _new_url(key: str, source: int) -> str:
    return f"{reverse('web:migration_new', args=[key])}?from={source}"


# -- What is different -------------------------------------------------------------------------------------------------


@signed_in
def show_diff(request: Asked, key: str) -> HttpResponse:
    """Show what is different between two versions, as a table."""
    found = queries.procedure(key=key)
    source, target = (_number(found, request.GET.get(name, "")) for name in ("from", "to"))
    changes = moving.version_diff(procedure=key, source=source, target=target)
    look = request.GET.get("look", "") if request.GET.get("look") in LOOKS else "one"
    context = frame(found, "versions") | {
        "pictures": _pictures(found, source, target, changes, look),
        "looks": _looks(request, look),
        "sources": _version_choices(found, source),
        "targets": _version_choices(found, target),
        "title": _("From version %(a)d to version %(b)d") % {"a": source, "b": target},
        "changes": [
            {
                "kind": KIND_WORDS[change.kind][0],
                "tone": KIND_WORDS[change.kind][1],
                "label": change.label,
                "aspect": change.aspect,
                "words": change.words,
                "before": change.before,
                "after": change.after,
            }
            for change in changes
        ],
        "versions_url": reverse("web:procedure_versions", args=[key]),
    }
    return render(request, "procedures/diff.html", context)


LOOKS = {"one": gettext_lazy("In one drawing"), "two": gettext_lazy("Side by side")}


def _looks(request: Asked, chosen: str) -> list[dict[str, Any]]:
    given = parameters(request.GET)
    return [
        {"label": label, "url": f"?{address(given | {'look': name})}", "current": name == chosen}
        for name, label in LOOKS.items()
    ]


def _pictures(
    found: queries.Drawn, source: int, target: int, changes: Sequence[Change], look: str
) -> list[dict[str, Any]]:
    """Draw two versions with what is different, in one drawing or beside each other."""
    ids = {version.number: version.id for version in found.versions}
    files = queries.drawings(version_ids=[ids[source], ids[target]])
    old, new = (bpmn.read(files[ids[number]]) for number in (source, target))
    words = {kind: str(said) for kind, (said, _tone) in KIND_WORDS.items()}
    before, after = change_marks(old, new, changes, words)
    if look == "one":
        title = _("Version %(b)d with what was in version %(a)d") % {"a": source, "b": target}
        return [_drawn(overlaid(old, new), {**before, **after}, title, "both-")]
    return [
        _drawn(old, before, _("Version %(n)d") % {"n": source}, "before-"),
        _drawn(new, after, _("Version %(n)d") % {"n": target}, "after-"),
    ]


def _drawn(drawing: Definitions, marks: Mapping[str, Mark], title: str, prefix: str) -> dict[str, Any]:
    return {"title": title, "svg": SafeString(render_svg(drawing, marks, id_prefix=prefix, title=title)), "id": prefix}


def _number(found: queries.Drawn, text: str) -> int:
    version = next((version for version in found.versions if str(version.number) == text), None)
    if version is None:
        raise NotFound(_("“%(name)s” has no version %(n)s.") % {"name": found.name, "n": text or "?"})
    return version.number


def _version_choices(found: queries.Drawn, chosen: int) -> list[Choice]:
    label = _("Version %(n)d, %(status)s")
    return [
        Choice(
            str(version.number),
            label % {"n": version.number, "status": str(STATUS_WORDS[version.status][0]).lower()},
            chosen=version.number == chosen,
        )
        for version in found.versions
    ]


@signed_in_json
def show_impact(request: Asked, key: str) -> HttpResponse:
    """Say what publishing the draft would mean for the cases under way."""
    if queries.procedure(key=key).latest("draft") is None:
        return JsonResponse({"words": _("Nothing is different from what runs."), "steps": [], "changes": []})
    impact = moving.publish_impact(procedure=key)
    return JsonResponse(
        {
            "words": impact.words,
            "steps": [{"label": step.label, "count": step.count, "fate": step.fate} for step in impact.steps],
            "changes": [change.words if change.label in change.words else f"{change.label}: {change.words}"
                        for change in impact.changes],
        }
    )  # fmt: skip


# -- Moving cases: before ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step at which cases wait: how many, where they go, what they could go to instead."""

    name: str
    label: str
    count: int
    problem: str
    choices: tuple[Choice, ...]


@signed_in
def new_migration(request: Asked, key: str) -> HttpResponse:
    """
    Show what moving the cases of a version would do, step by step and case by case, or have it done.

    The address says from where (``from``), and where steps go (``step.ID``).
    """
    access.require_ability(
        request.user, PUBLISH, otherwise=_("Your roles do not let you move cases to another version. Ask a manager.")
    )
    found = queries.procedure(key=key)
    given = parameters(request.POST if request.method == "POST" else request.GET)
    source = _number(found, given.get("from", ""))
    published = found.latest("published")
    if published is None:
        raise Refusal("wrong_target", _("There is no published version to move the cases to. Publish one first."))
    nodes = {name.removeprefix("step."): goal for name, goal in given.items() if name.startswith("step.") and goal}
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            begun = start_migration(
                procedure=key, source=source, target=published.number, nodes=nodes, reason=given.get("reason", ""),
                by=request.by, at=request.at,
            )  # fmt: skip
            return redirect(reverse("web:migration", args=[key, begun.pk]))
        except Refusal as told:
            refusal = told
    after = given.get("after", "")
    preview = moving.migration_preview(
        procedure=key, source=source, target=published.number, user=request.user, nodes=nodes,
        after=int(after) if after.isdecimal() else 0, limit=PAGE + 1,
    )  # fmt: skip
    shown = preview.cases[:PAGE]
    next_page = given | {"after": str(shown[-1].case)} if len(preview.cases) > PAGE else {}
    context = frame(found, "versions") | {
        "title": _("Move cases to version %(n)d") % {"n": published.number},
        "summary": _summary(preview),
        "source": source,
        "steps": [_step_row(step, refusal) for step in preview.steps],
        "cases": [_case_row(case) for case in shown],
        "next_url": f"?{address(next_page)}" if next_page else "",
        "movable": preview.total - preview.cannot,
        "button": ngettext("Move %(n)d case", "Move %(n)d cases", preview.total - preview.cannot)
        % {"n": preview.total - preview.cannot},
        "reason": given.get("reason", ""),
        "error": refusal.message if refusal else "",
        "reason_missing": refusal is not None and "reason" in refusal.fields,
        "action": reverse("web:migration_new", args=[key]),
        "versions_url": reverse("web:procedure_versions", args=[key]),
        "diff_url": f"{reverse('web:version_diff', args=[key])}?from={source}&to={published.number}",
        "drawing_url": f"{reverse('web:procedure_draw', args=[key])}?version={published.number}",
    }
    status = refusal.status if refusal else 200
    return render(request, "procedures/migration_new.html", context, status=status)


def _summary(preview: moving.MigrationPreview) -> str:
    told = ngettext("%(n)d case is under way on version %(v)d.", "%(n)d cases are under way on version %(v)d.",
                    preview.total) % {"n": preview.total, "v": preview.source}  # fmt: skip
    if not preview.cannot:
        return told
    left = ngettext("%(n)d of them would be left where it is.", "%(n)d of them would be left where they are.",
                    preview.cannot) % {"n": preview.cannot}  # fmt: skip
    return f"{told} {left}"


def _step_row(step: moving.StepMove, refusal: Refusal | None) -> StepRow:
    problem = refusal.fields.get(step.node, step.problem) if refusal else step.problem
    choices = tuple(Choice(node, label, chosen=node == step.target) for node, label in step.choices)
    if not any(choice.chosen for choice in choices):
        stay = Choice("" if step.problem else step.target, step.target_label or _("Choose…"), chosen=True)
        choices = (stay, *choices)
    return StepRow(f"step.{step.node}", step.label, step.count, problem, choices)


def _case_row(case: moving.CaseMove) -> dict[str, Any]:
    return {
        "about": case.record_title or _("Case %(n)d") % {"n": case.case},
        "url": url_of(registry.get(case.record.type), case.record.id) if case.record else "",
        "moves": case.moves,
        "problems": case.problems,
        "listens": ", ".join(case.listens),
        "stops": ", ".join(case.stops),
    }


# -- Moving cases: while and after -------------------------------------------------------------------------------------

CASE_WORDS: Mapping[str, tuple[Any, Tone]] = {
    "waiting": (gettext_lazy("waits for its turn"), "wait"),
    "moved": (gettext_lazy("moved"), "good"),
    "refused": (gettext_lazy("left where it was"), "late"),
    "over": (gettext_lazy("had ended"), ""),
}


def _moving(key: str, row: moving.MigrationRow) -> dict[str, Any]:
    title = _("Back to version %(b)d") if row.takes_back else _("From version %(a)d to %(b)d")
    ended = row.total - row.waiting
    return {
        "id": row.id,
        "url": reverse("web:migration", args=[key, row.id]),
        "title": title % {"a": row.source, "b": row.target},
        "reason": row.reason,
        "by": row.started_by,
        "at": row.started_at,
        "is_running": row.status == "running",
        "total": row.total,
        "ended": ended,
        "percent": round(100 * ended / row.total) if row.total else 100,
        "counts": [
            {"label": CASE_WORDS[name][0], "tone": CASE_WORDS[name][1], "count": count}
            for name, count in (("waiting", row.waiting), ("moved", row.moved), ("refused", row.refused),
                                ("over", row.over))
            if count
        ],
        "can_be_taken_back": row.can_be_taken_back,
        "taken_back": row.taken_back_by is not None,
    }  # fmt: skip


@signed_in
def show_migration(request: Asked, key: str, migration_id: int) -> HttpResponse:
    """Show how far a moving of cases has come, and each case with the reason why it was left."""
    found = queries.procedure(key=key)
    row = next((row for row in moving.migrations(procedure=key) if row.id == migration_id), None)
    if row is None:
        raise NotFound(_("There is no such moving of cases."))
    after = request.GET.get("after", "")
    cases = moving.migration_cases(
        migration_id=migration_id, user=request.user, status=request.GET.get("status", ""),
        after=int(after) if after.isdecimal() else 0, limit=PAGE + 1,
    )  # fmt: skip
    shown = cases[:PAGE]
    next_page = parameters(request.GET) | {"after": str(shown[-1].case)} if len(cases) > PAGE else {}
    context = frame(found, "versions") | {
        "moving": _moving(key, row),
        "cases": [_moved_row(case) for case in shown],
        "next_url": f"?{address(next_page)}" if next_page else "",
        "may_decide": access.allows(request.user, PUBLISH),
        "stop_url": reverse("web:migration_stop", args=[key, migration_id]),
        "back_url": reverse("web:migration_taking_back", args=[key, migration_id]),
        "here": request.get_full_path(),
        "versions_url": reverse("web:procedure_versions", args=[key]),
        "now": request.at,
    }
    return render(request, "procedures/migration.html", context)


def _moved_row(case: moving.MigrationCaseRow) -> dict[str, Any]:
    words, tone = CASE_WORDS[case.status]
    return {
        "about": case.record_title or _("Case %(n)d") % {"n": case.case},
        "url": url_of(registry.get(case.record.type), case.record.id) if case.record else "",
        "status": words,
        "tone": tone,
        "problem": case.problem,
    }


@require_POST
@signed_in
def stop(request: Asked, key: str, migration_id: int) -> HttpResponse:
    """Move no more cases."""
    stop_migration(migration_id=migration_id, by=request.by, at=request.at)
    return done(request, reverse("web:migration", args=[key, migration_id]), _("No more cases are moved."))


@require_POST
@signed_in
def take_back(request: Asked, key: str, migration_id: int) -> HttpResponse:
    """Bring the moved cases back, as one action."""
    begun = take_back_migration(
        migration_id=migration_id, reason=request.POST.get("reason", ""), by=request.by, at=request.at
    )
    return done(request, reverse("web:migration", args=[key, begun.pk]), _("The cases are brought back."))
