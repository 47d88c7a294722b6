"""The page of operation: queues, lag, lateness, rates, the ways out of the house and the workers, at this instant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures.operations import pause_connection, resume_connection
from throughline.core.procedures.queries.figures import ConnectionRow, Figures, WorkerRow, figures
from throughline.web import moments
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Metric, Tone

LATE_SECONDS = 5.0
"""From then on a queue or a timer is shown as late."""

STATES: dict[str, tuple[Any, Tone]] = {
    "closed": (gettext_lazy("works"), "good"),
    "open": (gettext_lazy("does not answer"), "late"),
    "half-open": (gettext_lazy("is tried again"), "wait"),
}


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show how the machinery is doing; the page asks again by itself."""
    access.require_ability(
        request.user, access.REPAIR_PROCEDURES, otherwise=_("Your roles do not let you look after procedures.")
    )
    found = figures(at=request.at)
    context = {
        "metrics": _metrics(found),
        "connections": [_connection(row) for row in found.connections],
        "workers": [_worker(row) for row in found.workers],
        "watched_at": found.watched_at,
        "now": request.at,
    }
    return render(request, "operation/show.html", context)


def _metrics(found: Figures) -> list[Metric]:
    under_way = sum(found.cases.values())
    return [
        Metric(_number(found.commands), _("commands waiting"), tone=_late(found.lag_seconds)),
        Metric(_seconds(found.lag_seconds), _("the oldest waits"), tone=_late(found.lag_seconds)),
        Metric(number_format(found.steps_per_second, 1), _("steps a second")),
        Metric(number_format(found.batch_size, 1), _("steps in one go")),
        Metric(_seconds(found.timer_late_seconds), _("latest timer came late"), tone=_late(found.timer_late_seconds)),
        Metric(_seconds(found.lateness.quantile(0.5)), _("half of the timers are late by at most")),
        Metric(
            _seconds(found.lateness.quantile(0.99)),
            _("99 of 100 timers are late by at most"),
            tone=_late(found.lateness.quantile(0.99)),
        ),
        Metric(_number(found.timers_overdue), _("timers due now"), tone=_late(found.timer_lag_seconds)),
        Metric(_number(found.timers), _("timers set")),
        Metric(_number(under_way), _("cases under way"), reverse("web:procedures")),
        Metric(_number(found.cases["held"]), _("cases held"), tone="late" if found.cases["held"] else ""),
        Metric(_number(found.incidents), _("incidents"), reverse("web:incidents"), "late" if found.incidents else ""),
        Metric(_number(found.outside), _("calls out of the house waiting"), tone=_late(found.outside_lag_seconds)),
        Metric(_number(found.buffered), _("messages nobody waits for yet")),
        Metric(_number(found.watchdog), _("cases that nothing can move"), tone="late" if found.watchdog else ""),
    ]


def _number(count: int) -> str:
    return number_format(count, use_l10n=True, force_grouping=True)


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else moments.length(timedelta(seconds=seconds))


def _late(seconds: float) -> Tone:
    return "late" if seconds > LATE_SECONDS else ""


def _connection(row: ConnectionRow) -> dict[str, Any]:
    words, tone = (_("paused"), "wait") if row.paused else STATES.get(row.state, (row.state, ""))
    deed = "web:connection_resumption" if row.paused else "web:connection_pause"
    return {
        "key": row.key,
        "state": words,
        "tone": tone,
        "waiting": row.waiting,
        "oldest_at": row.oldest_at,
        "retry_at": row.retry_at,
        "last_success_at": row.last_success_at,
        "last_failure_at": row.last_failure_at,
        "last_failure": row.last_failure,
        "paused": row.paused,
        "url": reverse(deed, args=[row.key]),
    }


def _worker(row: WorkerRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "started_at": row.started_at,
        "seen_at": row.seen_at,
        "alive": row.alive,
        "commands": row.commands,
        "late": _seconds(row.timer_late_seconds),
    }


@require_POST
@signed_in
def pause(request: Asked, key: str) -> HttpResponse:
    """Let nothing more go out over a connection until it is resumed."""
    pause_connection(key=key, reason=request.POST.get("reason", ""), by=request.by, at=request.at)
    return done(request, reverse("web:operation"), _("Nothing goes out over “%(key)s” now.") % {"key": key})


@require_POST
@signed_in
def resume(request: Asked, key: str) -> HttpResponse:
    """Let what waits for a connection go out again."""
    resume_connection(key=key, by=request.by, at=request.at)
    return done(request, reverse("web:operation"), _("“%(key)s” is used again.") % {"key": key})
