"""Sharing the pile of a step out anew: see what it would do, do it, take it back."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from throughline.core.identity.queries import colleagues
from throughline.core.procedures.queries import overview
from throughline.core.refusals import Refusal
from throughline.flow.simulate.piles import Effect, Figure
from throughline.insight.simulation.rebalance import Preview, preview, rebalance, take_back
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice, Tone
from throughline.web.procedures.frame import frame
from throughline.web.simulation.shown import span

SALT = "throughline.rebalance"


@signed_in
def share_out(request: Asked, key: str, node: str) -> HttpResponse:
    """Show what giving the selected work to the chosen people would do, or do it."""
    found = overview.procedure(key=key)
    here = reverse("web:procedure_sharing", args=[key, node])
    context = frame(found, "live") | {"step_url": reverse("web:procedure_step", args=[key, node]), "here": here}
    if request.method != "POST":
        token = request.GET.get("moved", "")
        context |= {"moved": token, "words": _handed(_moved(token))}
        return render(request, "simulation/rebalance.html", context)
    items = [int(each) for each in request.POST.getlist("item") if each.isdecimal()]
    people = [int(each) for each in request.POST.getlist("to") if each.isdecimal()]
    looked = preview(work_item_ids=items, people_ids=people, user=request.user, at=request.at)
    if request.POST.get("do") == "do":
        moved = rebalance(plan=looked.plan, by=request.by, at=request.at)
        token = signing.dumps([[item, was, now] for item, (was, now) in moved.items()], salt=SALT)
        return redirect(f"{here}?moved={token}")
    context |= {
        "items": sorted(looked.plan),
        "summary": ngettext("%(n)d case", "%(n)d cases", len(looked.plan)) % {"n": len(looked.plan)},
        "people": [Choice(str(each.pk), each.name, chosen=each.pk in people) for each in colleagues()],
        "rows": [] if looked.effect is None else _rows(looked.effect),
        "loads": _loads(looked),
        "nobodys": sum(who is None for who in looked.had.values()),
        "basis": _basis(looked),
    }
    return render(request, "simulation/rebalance.html", context)


@require_POST
@signed_in
def undo(request: Asked, key: str, node: str) -> HttpResponse:
    """Give work back to those who had it."""
    moved = _moved(request.POST.get("moved", ""))
    count = take_back(moved=moved, by=request.by, at=request.at)
    said = ngettext("%(n)d case is back where it was.", "%(n)d cases are back where they were.", count) % {"n": count}
    return done(request, reverse("web:procedure_step", args=[key, node]), said)


def _moved(token: str) -> dict[int, tuple[int | None, int]]:
    try:
        return {item: (was, now) for item, was, now in signing.loads(token, salt=SALT)}
    except signing.BadSignature:
        raise Refusal("unreadable_link", _("This link is not complete. Go back to the step and select anew.")) from None


def _handed(moved: dict[int, tuple[int | None, int]]) -> str:
    count = len(moved)
    return ngettext("%(n)d case has changed hands.", "%(n)d cases have changed hands.", count) % {"n": count}


def _rows(found: Effect) -> list[dict[str, Any]]:
    return [
        _row(_("Until a piece of work is done, mean"), found.until_done, span),
        _row(_("Until all of it is done"), found.all_done, span),
        _row(_("Done after it is due"), found.late, _number),
        _row(_("Waiting at a time, mean"), found.queue, _number),
    ]


def _number(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def _row(label: str, each: Figure, words: Any) -> dict[str, Any]:
    sign = "+" if each.difference > 0 else ""
    tone: Tone = "" if not each.certain else "good" if each.difference < 0 else "late"
    same = _("the same") if each.low == each.high == 0 else ""
    return {
        "label": label,
        "before": words(each.before),
        "after": words(each.after),
        "change": same or _("%(change)s (%(low)s to %(high)s)") % {
            "change": f"{sign}{words(each.difference)}", "low": words(each.low), "high": words(each.high),
        },
        "tone": tone,
        "certain": each.certain or bool(same),
    }  # fmt: skip


def _loads(looked: Preview) -> list[dict[str, str]]:
    found = {} if looked.effect is None else looked.effect.loads
    given = {who: sum(1 for each in looked.plan.values() if each == who) for who in looked.people}
    taken = {who: sum(1 for each in looked.had.values() if each == who) for who in looked.people}
    return [
        {
            "name": name,
            "before": span(found.get(who, (0.0, 0.0))[0]),
            "after": span(found.get(who, (0.0, 0.0))[1]),
            "pieces": " ".join(f"{sign}{count}" for sign, count in (("−", taken[who]), ("+", given[who])) if count),
        }
        for who, name in sorted(looked.people.items(), key=lambda each: each[1])
    ]


def _basis(looked: Preview) -> str:
    clock = _("in working time") if looked.in_working_time else _("every hour counted")
    said = _("From %(n)s pieces of work done lately, %(clock)s. What comes in meanwhile is not looked at.") % {
        "n": f"{looked.measured:,}", "clock": clock,
    }  # fmt: skip
    if looked.assumed:
        said += " " + _("Half an hour each is assumed for %(steps)s.") % {"steps": ", ".join(looked.assumed)}
    return said
