"""What every mining page begins with: the source, the cases that the filters leave, the clock, and where links lead."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.queries import overview
from throughline.core.refusals import Refusal
from throughline.flow.mining.business import business_time
from throughline.flow.mining.filters import AnyFilter, Going, NoSuchColumn, filtered
from throughline.flow.mining.flows import Elapsed, calendar_time
from throughline.flow.mining.log import EventLog, of_rows
from throughline.flow.mining.variants import digest, variants
from throughline.insight.mined.sources import Source, log_source, procedure_source
from throughline.web.answers import Asked, parameters
from throughline.web.counts import cases_in_words
from throughline.web.mined.adding import FIELDS, SPANS, added, in_words
from throughline.web.mined.address import Address
from throughline.web.parts import Chip, Choice, Tab
from throughline.web.procedures.frame import chosen_version, frame

WAYS = (
    ("map", gettext_lazy("Map"), "route"),
    ("statistics", gettext_lazy("Statistics"), "table"),
    ("variants", gettext_lazy("Ways"), "git-branch"),
    ("cases", gettext_lazy("Cases"), "list"),
    ("dots", gettext_lazy("Dots"), "layout-grid"),
    ("drawing", gettext_lazy("Drawing"), "workflow"),
    ("conformance", gettext_lazy("Should and did"), "list-checks"),
    ("stream", gettext_lazy("Value stream"), "timer"),
    ("prediction", gettext_lazy("Prediction"), "sparkles"),
)
WORDS_AT_MOST = 60
EMPTY = of_rows([])


@dataclass(frozen=True)
class Looked:
    """One look at a source. ``log``: what the filters leave of it."""

    source: Source
    address: Address
    log: EventLog
    elapsed: Elapsed
    frame: dict[str, Any]

    def url(self, way: str, address: Address | None = None, *more: Any) -> str:
        """Return the address of a page about this source: with these choices, or those of ``address``."""
        name = f"web:{self.source.kind}_mined" if way == "map" else f"web:{self.source.kind}_mined_{way}"
        return reverse(name, args=[self.source.key, *more]) + (address or self.address).query()

    def cases_url(self, *filters: AnyFilter) -> str:
        """Return the address of the cases behind a figure."""
        return self.url("cases", self.address.adding(*filters))

    @cached_property
    def context(self) -> dict[str, Any]:
        """What the head and the filters of the page show."""
        return {**self.frame, "looked": self, **_filters(self)}


def look(request: Asked, kind: str, key: str, way: str) -> Looked | HttpResponse:
    """
    Return what a page is about, or where to go when the form added a filter.

    Raises:
        NotFound: there is no such source, or it may not be seen.
        Refusal: a filter cannot be read.
    """
    address = Address.of(request.GET)
    source, head = _source(request, kind, key)
    looked_at = Looked(source, address, source.log, calendar_time, head)
    given = parameters(request.GET)
    if any(given.get(name) for name in FIELDS):
        return redirect(looked_at.url(way, address.adding(*added(given))))
    elapsed = _clock(address.clock)
    try:
        log = filtered(source.log, address.filters, elapsed)
    except (NoSuchColumn, ValueError) as problem:
        raise Refusal("filter_unreadable", str(problem)) from problem
    head["ways"] = [
        Tab(str(label), icon, looked_at.url(name), current=name == way)
        for name, label, icon in WAYS
        if name != "drawing" or kind == "procedure"
    ]
    return Looked(source, address, log, elapsed, head)


def _source(request: Asked, kind: str, key: str) -> tuple[Source, dict[str, Any]]:
    if kind == "log":
        source = log_source(log_id=int(key), user=request.user)
        imported = source.imported
        assert imported is not None
        return source, {"imported": imported, "title": source.name, "is_mine": imported.owner_id == request.user.pk}
    found = overview.procedure(key=key)
    version = chosen_version(request, found) or found.latest("published") or found.latest("retired")
    head = frame(found, "mined") | {"title": found.name}
    if version is None:
        return Source("procedure", key, found.name, EMPTY), head | {"never_ran": True}
    run = [each for each in found.versions if each.status != "draft"][:6]
    source = procedure_source(procedure=key, user=request.user, version=version.number)
    if len(run) > 1:
        head["versions"] = [
            Choice(str(each.number), _("Version %(n)d") % {"n": each.number}, chosen=each.number == version.number)
            for each in run
        ]
    return source, head


def _clock(key: str) -> Elapsed:
    calendar = flow_calendars().get(key) if key else None
    return calendar_time if calendar is None else business_time(calendar)


def _filters(looked: Looked) -> dict[str, Any]:
    log, address = looked.source.log, looked.address
    steps = sorted(log.activity.used())
    choices = {
        "steps": steps,
        "starts": sorted(log.activity.at(log.first).used()),
        "ends": sorted(log.activity.at(log.last).used()),
        "people": sorted(log.columns["resource"].used()) if "resource" in log.columns else [],
    }
    places = _variant_places(log) if any(isinstance(each, Going) and each.digests for each in address.filters) else {}
    return {
        "chips": [
            Chip(in_words(each, places), _here(address.without(place))) for place, each in enumerate(address.filters)
        ],
        "clear_url": _here(address.having(filters=())),
        "kept": address.items(),
        "choices": {name: [Choice(word, word) for word in words] for name, words in choices.items()},
        "attributes": _attributes(log),
        "spans": [Choice(value, str(label)) for value, label in SPANS.items()],
        "clocks": [Choice("", _("elapsed time"), chosen=not address.clock)]
        + [
            Choice(key, _("working time (%(name)s)") % {"name": key}, chosen=key == address.clock)
            for key in sorted(flow_calendars())
        ],
        "counted": _("%(n)s of %(cases)s") % {"n": f"{looked.log.cases:,}", "cases": cases_in_words(log.cases)},
        "is_filtered": bool(address.filters),
        "discovery_url": looked.url("discovery"),
        "export_name": f"web:{looked.source.kind}_mined_export",
    }


def _here(address: Address) -> str:
    return address.query() or "?"


def _variant_places(log: EventLog) -> dict[str, int]:
    return {digest(activities): place for place, activities in enumerate(variants(log).activities)}


def _attributes(log: EventLog) -> list[tuple[str, list[Choice]]]:
    """The words of each column that has few of them, for the form."""
    found = []
    for name, column in log.columns.items():
        if name in ("node", "resource", "lifecycle") or not 0 < len(column.words) <= WORDS_AT_MOST:
            continue
        words = sorted(column.used())
        found.append((name, [Choice(json.dumps([name, word]), f"{name}: {word}") for word in words]))
    return found
