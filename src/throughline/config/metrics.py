"""
``/metrics``: the figures of running procedures in the text format of Prometheus (version 0.0.4).

Written by hand from one query module: a dozen gauges need no client library, and with several web processes its
counters would have to be shared through files. Everything is read from the database, so any web process answers alike.

Who may read: with METRICS_TOKEN set, whoever sends it (``Authorization: Bearer …``); without, this machine only.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from throughline.core.procedures.lateness import BOUNDS
from throughline.core.procedures.queries.figures import Figures, figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HERE = frozenset({"127.0.0.1", "::1"})

Sample = tuple[dict[str, str], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with its samples, each with labels."""

    name: str
    kind: str
    help: str
    samples: tuple[Sample, ...]
    """Labels and value of each; in a histogram a label ``""`` holds the ending of the name."""


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with all figures; 403 to who may not read them, 503 when the database does not answer."""
    if not _may_read(request):
        return HttpResponse("Send METRICS_TOKEN as a bearer token.\n", status=403, content_type="text/plain")
    try:
        found = figures(at=datetime.now(UTC))
    except DatabaseError:
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    return HttpResponse(written(of(found)), content_type=CONTENT_TYPE)


def _may_read(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    if not token:
        return request.META.get("REMOTE_ADDR") in HERE and "HTTP_X_FORWARDED_FOR" not in request.META
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(sent.encode(), token.encode())


def of(found: Figures) -> Iterator[Metric]:
    """Return the metrics that tell of the figures."""
    yield _gauge("inbox_commands", "Commands that wait to be worked off.", found.commands)
    yield _gauge("inbox_lag_seconds", "How long the oldest of them has waited.", found.lag_seconds)
    yield _gauge("inbox_parked", "Commands of cases that are held.", found.parked)
    yield _labelled("cases", "Open cases.", "status", found.cases.items())
    yield _gauge("tokens", "Tokens of open cases.", found.tokens)
    yield _gauge(
        "steps_per_second", "Commands worked off per second, in the last five minutes.", found.steps_per_second
    )
    yield _gauge("batch_size", "Commands worked off together on average, in the last five minutes.", found.batch_size)
    yield _gauge("timers", "Armed timers.", found.timers)
    yield _gauge("timers_overdue", "Timers that are due and have not fired.", found.timers_overdue)
    yield _gauge("timer_lag_seconds", "Since when the oldest of them is due.", found.timer_lag_seconds)
    yield _gauge("timer_late_seconds", "How late the latest timer fired a moment ago.", found.timer_late_seconds)
    yield _lateness(found)
    yield _gauge("outbox_wishes", "Outside actions that wait.", found.outside)
    yield _gauge("outbox_lag_seconds", "Since when the oldest of them is due.", found.outside_lag_seconds)
    yield _gauge("incidents", "Open incidents.", found.incidents)
    yield _gauge("messages_buffered", "Messages that came early and are kept.", found.buffered)
    yield _gauge("watchdog_findings", "Open cases that nothing could move, when it looked last.", found.watchdog)
    yield _gauge("workers", "Worker processes that are alive.", sum(worker.alive for worker in found.workers))
    connections = found.connections
    yield _labelled(
        "connection_up",
        "Whether a connection works.",
        "connection",
        ((each.key, each.state == "closed" and not each.paused) for each in connections),
    )
    yield _labelled(
        "connection_waiting",
        "Outside actions that wait for a connection.",
        "connection",
        ((each.key, each.waiting) for each in connections),
    )
    yield _labelled(
        "worker_commands_total",
        "Commands worked off by a worker since it started.",
        "worker",
        ((each.name, each.commands) for each in found.workers),
        kind="counter",
    )


def _lateness(found: Figures) -> Metric:
    """Return the histogram of how late timers were, worker by worker, since each of them counts from its own start."""
    samples: list[Sample] = []
    for worker in found.workers:
        of, late = {"worker": worker.name}, worker.lateness
        for bound, count in zip((*BOUNDS, "+Inf"), late.up_to, strict=True):
            samples.append(({"": "_bucket", **of, "le": str(bound)}, count))
        samples += [({"": "_sum", **of}, late.seconds), ({"": "_count", **of}, late.timers)]
    text = "From the instant a timer was due to the commit of its step."
    return Metric("timer_lateness_seconds", "histogram", text, tuple(samples))


def _gauge(name: str, text: str, value: float) -> Metric:
    return Metric(name, "gauge", text, (({}, value),))


def _labelled(name: str, text: str, label: str, values: Iterable[tuple[str, float]], *, kind: str = "gauge") -> Metric:
    return Metric(name, kind, text, tuple(({label: key}, value) for key, value in values))


def written(metrics: Iterable[Metric]) -> str:
    """Return metrics as text; their names begin with ``throughline_``."""
    return "".join(line + "\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    name = f"throughline_{metric.name}"
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} {metric.kind}"
    for labels, value in metric.samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items() if key)
        full = f"{name}{labels.get('', '')}"
        yield f"{full}{{{inside}}} {float(value)!r}" if inside else f"{full} {float(value)!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
