"""The dry run: the last real cases in a draft, where each would have gone, on the drawing and by record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from throughline.core.procedures.queries import overview
from throughline.core.records import registry
from throughline.core.records.titles import record_titles
from throughline.flow import bpmn
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.flow.simulate.dry_run import Compared, Verdict
from throughline.insight.simulation import dry_runs
from throughline.insight.simulation.dry_runs import Tried
from throughline.insight.simulation.models import DryRun
from throughline.insight.simulation.operations import cancel_dry_run, request_dry_run
from throughline.web.answers import Asked, done, signed_in
from throughline.web.errands import bar, bar_anew, status_in_words
from throughline.web.parts import Choice, Tone
from throughline.web.procedures.frame import chosen_version, frame
from throughline.web.records.present import url_of
from throughline.web.simulation.shown import share

OFFERED = (50, 200, 500, 1_000, 5_000)
USUAL = 200
ROWS = 50
NEWS: dict[str, Tone] = {"same": "", "elsewhere": "wait", "unknown": "wait"}


# --- all of one's own -------------------------------------------------------------------------------------------------
@signed_in
def show_all(request: Asked, key: str) -> HttpResponse:
    """Show the dry runs that the reader has asked for, and the form of a new one; or ask for it."""
    found = overview.procedure(key=key)
    if request.method == "POST":
        version, limit = (request.POST.get(name, "") for name in ("version", "of"))
        made = request_dry_run(
            procedure=key,
            version=int(version) if version.isdecimal() else 0,
            limit=int(limit) if limit.isdecimal() else USUAL,
            by=request.by,
            at=request.at,
        )
        return redirect(reverse("web:dry_run", args=[key, made.pk]))
    version_row = chosen_version(request, found) or found.latest("draft") or found.latest("published")
    context = frame(found, "simulations") | {
        "all_url": reverse("web:procedure_simulations", args=[key]),
        "runs": [_row(key, row) for row in dry_runs.dry_runs(procedure=key, user=request.user)],
        "versions": [
            Choice(
                str(each.number),
                _("Version %(n)d") % {"n": each.number},
                chosen=version_row is not None and each.number == version_row.number,
            )
            for each in found.versions
        ],
        "limits": [Choice(str(each), f"{each:,}", chosen=each == USUAL) for each in OFFERED],
    }
    return render(request, "simulation/dry_runs.html", context)


def _row(key: str, row: dry_runs.DryRunRow) -> dict[str, Any]:
    words, tone = status_in_words(row.status)
    return {
        "url": reverse("web:dry_run", args=[key, row.id]),
        "label": _("The last %(n)s cases") % {"n": f"{row.limit:,}"},
        "version": _("Version %(n)d") % {"n": row.version},
        "status": words,
        "tone": tone,
        "at": row.requested_at,
    }


# --- one --------------------------------------------------------------------------------------------------------------
@signed_in
def show(request: Asked, key: str, dry_run_id: int) -> HttpResponse:
    """Show what the last cases would have done in a version, or how far trying them is."""
    found = overview.procedure(key=key)
    run = dry_runs.dry_run(procedure=key, run_id=dry_run_id, user=request.user)
    words, tone = status_in_words(run.status)
    context = frame(found, "simulations") | {
        "all_url": reverse("web:simulation_dry_run", args=[key]),
        "title": _("The last %(n)s cases in version %(version)d")
        % {"n": f"{run.limit:,}", "version": run.version.number},
        "status": words,
        "tone": tone,
        "problem": run.problem,
        "at": run.requested_at,
        "errand": _bar(run, key),
    }
    if run.result is not None:
        context |= _told(dry_runs.tried(run, user=request.user), found.name, request)
    return render(request, "simulation/dry_run.html", context)


def _bar(run: DryRun, key: str) -> dict[str, Any]:
    here = [key, run.pk]
    return bar(
        run,
        url=reverse("web:dry_run_progress", args=here),
        page_url=reverse("web:dry_run", args=here),
        cancel_url=reverse("web:dry_run_cancel", args=here),
    )


@signed_in
def progress(request: Asked, key: str, dry_run_id: int) -> HttpResponse:
    """Show how far trying the cases is; once it has ended, have the page loaded anew."""
    return bar_anew(request, _bar(dry_runs.dry_run(procedure=key, run_id=dry_run_id, user=request.user), key))


@require_POST
@signed_in
def cancel(request: Asked, key: str, dry_run_id: int) -> HttpResponse:
    """Stop trying the cases."""
    run = dry_runs.dry_run(procedure=key, run_id=dry_run_id, user=request.user)
    cancel_dry_run(run_id=run.pk, by=request.by, at=request.at)
    return done(request, reverse("web:simulation_dry_run", args=[key]), _("The dry run is stopped."))


def _told(tried: Tried, name: str, request: Asked) -> dict[str, Any]:
    groups = _groups(tried, request)
    chosen = request.GET.get("at", "")
    return {
        "tried": tried,
        "headline": _headline(tried),
        "figures": _figures(tried),
        "picture": _picture(tried, name),
        "groups": groups,
        "shown": _cases(tried, chosen),
        "chosen": next((group["label"] for group in groups if group["at"] == chosen), ""),
        "clear_url": _here(request, at=""),
        "outcomes": _outcomes(tried),
        "left_out": [{"label": str(_WHY[why]()), "count": f"{count:,}"} for why, count in tried.left_out.items()],
    }


_WHY = {
    "by hand": lambda: _("were skipped, moved or corrected by hand"),
    "another procedure": lambda: _("waited for a case of another procedure"),
    "record gone": lambda: _("are about a record that is gone for good"),
    "not repeated": lambda: _("do not take their own way again with what is known of them"),
}


def _headline(tried: Tried) -> str:
    changed = sum(count for verdict, count in tried.run.counts.items() if verdict != "same")
    if not tried.found:
        return _("No case that you may see can be tried yet.")
    if not changed:
        return _("All %(n)d would have gone the same way.") % {"n": len(tried.found)}
    said = ngettext(
        "%(n)d of %(all)d would have gone elsewhere.", "%(n)d of %(all)d would have gone elsewhere.", changed
    )
    return said % {"n": changed, "all": len(tried.found)}


def _figures(tried: Tried) -> list[dict[str, str]]:
    labels: tuple[tuple[Verdict, str], ...] = (
        ("same", _("Would have gone the same way")),
        ("elsewhere", _("Would have gone elsewhere")),
        ("unknown", _("Would have come to a step where nobody knows the answer")),
    )
    total = len(tried.found)
    return [
        {
            "label": label,
            "value": f"{tried.run.counts.get(verdict, 0):,}",
            "beside": share(tried.run.counts.get(verdict, 0) / total) if total else "",
        }
        for verdict, label in labels
    ]


def _picture(tried: Tried, name: str) -> SafeString:
    """Draw the version with how many cases took each way, and by how many that is more or fewer than it was."""
    now: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for each in tried.found.values():
        now.update(set(each.now.travelled))
        before.update(set(each.before.travelled))
    drawing = bpmn.read(tried.drawing)
    flows = {flow.id for process in drawing.processes for flow in process.flows}
    most = max((abs(now[each] - before[each]) for each in now if each not in flows), default=0)
    marks = {
        each: Mark(count=count) if each in flows else Mark(count=count, **_difference(count - before[each], most))
        for each, count in now.items()
    }
    title = _("%(name)s: how many of the tried cases take each way; beside the steps, by how many more or fewer")
    return SafeString(render_svg(drawing, marks, id_prefix="dry-", title=title % {"name": name}))


def _difference(difference: int, most: int) -> dict[str, Any]:
    if not difference:
        return {}
    sign = "+" if difference > 0 else "−"
    heat = 3 if abs(difference) * 3 >= most * 2 else 2 if abs(difference) * 3 >= most else 1
    return {"heat": heat, "note": f"{sign}{abs(difference):,}"}


def _at(each: Compared) -> str:
    """Return where the two ways part as it stands in an address."""
    return "" if each.verdict == "same" else " → ".join(part or "–" for part in each.parts_at)


def _groups(tried: Tried, request: Asked) -> list[dict[str, Any]]:
    """Return where ways part, the most cases first."""
    counted = Counter(_at(each) for each in tried.found.values() if each.verdict != "same")
    parts = {_at(each): each for each in tried.found.values()}
    return [
        {
            "at": at,
            "label": at,
            "before": parts[at].parts_at[0] or _("the end"),
            "now": parts[at].parts_at[1] or _("the end"),
            "asks": parts[at].verdict == "unknown",
            "count": f"{count:,}",
            "url": _here(request, at=at),
        }
        for at, count in counted.most_common(ROWS)
    ]


def _here(request: Asked, **changed: str) -> str:
    given: QueryDict = request.GET.copy()
    for name, value in changed.items():
        if value:
            given[name] = value
        else:
            given.pop(name, None)
    return f"?{given.urlencode()}"


def _cases(tried: Tried, chosen: str) -> list[dict[str, Any]]:
    """Return the cases that would have gone elsewhere, or those that part at one place, with both ways."""
    wanted: Iterable[tuple[int, Compared]] = (
        (case, each)
        for case, each in tried.found.items()
        if each.verdict != "same" and (not chosen or _at(each) == chosen)
    )
    rows = list(wanted)[:ROWS]
    titles = record_titles([tried.records.get(case) for case, _each in rows])
    words = {"elsewhere": _("elsewhere"), "unknown": _("stands there")}
    return [
        {
            "title": titles.get(ref, "") if (ref := tried.records.get(case)) else _("Case %(n)d") % {"n": case},
            "url": url_of(registry.get(ref.type), ref.id) if ref else "",
            "before": [*each.before.steps, each.before.end],
            "now": [*each.now.steps, each.now.end or ", ".join(each.now.waits_at)],
            "verdict": words[each.verdict],
            "tone": NEWS[each.verdict],
            "problem": each.now.problem,
        }
        for case, each in rows
    ]


def _outcomes(tried: Tried) -> list[dict[str, str]]:
    """Return how often each end was reached, and would have been."""
    before: Counter[str] = Counter()
    now: Counter[str] = Counter()
    for (was, would), count in tried.run.outcomes.items():
        before[was] += count
        now[would] += count
    return [
        {"label": end or _("not ended"), "before": f"{before[end]:,}", "now": f"{now[end]:,}"}
        for end in sorted({*before, *now}, key=lambda end: (-before[end], end))
    ]
