"""The test cases of a procedure: all of them, one with its drawing, running them, taking over what comes now."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures import proving
from throughline.core.procedures.operations import accept_outcome, remove_test, run_tests
from throughline.core.procedures.queries import overview as queries
from throughline.core.procedures.queries.proving import (
    TestRow,
    kept_test,
    kept_tests,
    latest_version,
    reproof_of,
)
from throughline.core.refusals import NotFound
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Tone
from throughline.web.procedures.frame import frame
from throughline.web.proving import shown

ORIGINS = {
    "made": gettext_lazy("walked on the drawing"),
    "recorded": gettext_lazy("recorded from a real case"),
    "shipped": gettext_lazy("came with a pack"),
}
STATES: dict[str, tuple[Any, Tone, str]] = {
    "passed": (gettext_lazy("passes"), "good", "circle-check"),
    "failed": (gettext_lazy("fails"), "late", "circle-x"),
    "new": (gettext_lazy("not run yet"), "", "circle"),
}


@signed_in
def show_tests(request: Asked, key: str) -> HttpResponse:
    """Show the test cases of a procedure, failing ones first."""
    found = queries.procedure(key=key)
    rows = kept_tests(procedure=key)
    failed = sum(row.state == "failed" for row in rows)
    context = frame(found, "tests") | {
        "tests": [_line(key, row) for row in rows],
        "failed": failed,
        "summary": _summary(rows, failed),
        "may_draw": access.allows(request.user, access.DESIGN_PROCEDURES),
        "has_drawing": bool(found.latest("draft") or found.latest("published")),
        "reproof": reproof_of(procedure=key),
        "run_url": reverse("web:tests_run", args=[key]),
        "walk_url": reverse("web:test_walk", args=[key]),
        "cases_url": reverse("web:procedure_cases", args=[key]),
        "now": request.at,
    }
    return render(request, "proving/tests.html", context)


def _summary(rows: list[TestRow], failed: int) -> str:
    if not rows:
        return ""
    count = ngettext("%(n)d test case", "%(n)d test cases", len(rows)) % {"n": len(rows)}
    if failed:
        return _("%(count)s, %(failed)d failing. A version with a failing one is not published.") % {
            "count": count,
            "failed": failed,
        }
    return _("%(count)s. They run before a version is published.") % {"count": count}


def _line(key: str, row: TestRow) -> dict[str, Any]:
    words, tone, icon = STATES[row.state]
    return {
        "name": row.name,
        "url": reverse("web:procedure_test", args=[key, row.id]),
        "origin": ORIGINS[row.origin],
        "by": row.by,
        "state": words,
        "tone": tone,
        "icon": icon,
        "departure": row.departures[0]["words"] if row.departures else "",
        "ran_on": row.ran_on,
        "ran_at": row.ran_at,
    }


@require_POST
@signed_in
def run(request: Asked, key: str) -> HttpResponse:
    """Run all test cases on the draft, or on the version that runs."""
    proved = run_tests(procedure=key, by=request.by, at=request.at)
    failed = sum(not each.verdict.passed for each in proved)
    said = _("All test cases pass.") if not failed else _("%(n)d test cases fail.") % {"n": failed}
    return done(request, shown.tests_url(key), said)


@signed_in
def show_test(request: Asked, key: str, test_id: int) -> HttpResponse:
    """Show a test case: what it gives and expects, and what the drawing makes of it now."""
    found = queries.procedure(key=key)
    row = kept_test(procedure=key, test_id=test_id)
    version = _version(found, request.GET.get("version", ""))
    drawing = shown.drawn(version)
    verdict = proving.verdict_of(drawing, row.members, proving.tables_of(version, drawing))
    labels = shown.labels_of(drawing)
    came = verdict.outcome
    context = frame(found, "tests") | {
        "title": row.name,
        "origin": ORIGINS[row.origin],
        "by": row.by,
        "created_at": row.created_at,
        "version": version.number,
        "passed": verdict.passed,
        "departures": [{"words": each.words, "step": labels.get(each.element, "")} for each in verdict.departures],
        "given": shown.given(row.members, labels),
        "answers": shown.answers(row.members, labels),
        "expected": shown.expected(row.members),
        "came": " > ".join(came.trace) if came else "",
        "picture": shown.picture(drawing, came, verdict.departures, row.name),
        "may_draw": access.allows(request.user, access.DESIGN_PROCEDURES),
        "tests_url": shown.tests_url(key),
        "removal_url": reverse("web:test_removal", args=[key, test_id]),
        "acceptance_url": reverse("web:test_acceptance", args=[key, test_id]),
        "walk_url": f"{reverse('web:test_walk', args=[key])}?test={test_id}",
        "now": request.at,
    }
    return render(request, "proving/test.html", context)


def _version(found: queries.Drawn, number: str) -> Any:
    if not number:
        return latest_version(procedure=found.key)
    chosen = next((version for version in found.versions if str(version.number) == number), None)
    if chosen is None:
        raise NotFound(_("“%(name)s” has no version %(n)s.") % {"name": found.name, "n": number})
    return queries.version(version_id=chosen.id)


@require_POST
@signed_in
def remove(request: Asked, key: str, test_id: int) -> HttpResponse:
    """Remove a test case."""
    remove_test(procedure=key, test_id=test_id, by=request.by, at=request.at)
    return done(request, shown.tests_url(key), _("The test case is gone."))


@require_POST
@signed_in
def accept(request: Asked, key: str, test_id: int) -> HttpResponse:
    """Expect what comes now."""
    accept_outcome(procedure=key, test_id=test_id, by=request.by, at=request.at)
    said = _("What comes now is expected from now on.")
    return done(request, reverse("web:procedure_test", args=[key, test_id]), said)
