"""Who the customers are: groups, cohorts, portraits, what they say; each leads to the list of just these records."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.records import registry
from throughline.core.records.spec import FieldSpec, FieldType
from throughline.insight.customers import (
    Cohort,
    Group,
    Heap,
    Portrait,
    Source,
    Theme,
    cohorts,
    groups,
    heaps_of,
    portraits,
    purchases,
    sayings,
    segments,
    themes,
)
from throughline.insight.customers.buying import FORMER_DAYS, FREQUENT, RECENT_DAYS, REPEATED, today_of
from throughline.web.answers import Asked, signed_in
from throughline.web.insight.views import require_reports, tabs
from throughline.web.parts import Choice
from throughline.web.records.filters import address
from throughline.web.simulation.shown import share

IN_ADDRESS = 300
"""So many customers fit into the address of a list; of larger groups, those who paid most."""


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show the customers that the reader may see."""
    require_reports(request)
    today = today_of(request.user, request.at)
    bought = purchases(user=request.user)
    found = portraits(user=request.user, bought=bought, today=today)
    sees_contacts = access.grants(request.user).scope("contact", access.VIEW) is not access.Scope.NONE
    context = {
        "tabs": tabs("customers"),
        "customers": f"{len(bought.by_customer()):,}",
        "deals": f"{len(bought.won):,}",
        "revenue": _money(sum(each.amount for each in bought.won), bought.currency),
        "others": bought.others,
        "currency": bought.currency,
        "has_customers": bool(bought.won),
        "grid": _grid(groups(bought=bought, today=today), bought.currency, contacts=sees_contacts),
        "frequencies": (
            _("%(n)d and more") % {"n": FREQUENT},
            _("%(n)d or %(m)d") % {"n": REPEATED, "m": FREQUENT - 1},
            _("one or none"),
        ),
        "cohorts": [_cohort(each) for each in cohorts(bought=bought, today=today)],
        "ages": range(12),
        "portraits": [
            {"title": title, "rows": [_portrait(each, bought.currency) for each in found if each.spec.type == kind]}
            for kind, title in (
                ("organization", _("Organizations")),
                ("contact", _("People")),
                ("lead", _("Where enquiries come from")),
            )
        ],
        "in_address": IN_ADDRESS,
        "themes": _themes(request, contacts=sees_contacts),
    }
    return render(request, "customers/customers.html", context)


def _money(amount: Any, currency: str) -> str:
    return f"{amount:,.0f} {currency}"


def list_url(record_type: str, filter_: Mapping[str, Any]) -> str:
    """Return the address of the list of just the records that a filter takes; it can be kept as a view there."""
    page = reverse("web:record_list", args=[registry.get(record_type).address])
    return f"{page}?{address({'f': json.dumps(filter_, separators=(',', ':'))})}"


def _of_customers(record_type: str, customers: Sequence[int]) -> str:
    chosen = list(customers[:IN_ADDRESS])
    return list_url(record_type, {"field": "organization", "op": "one_of", "value": chosen}) if chosen else ""


# --- recency, frequency, money ----------------------------------------------------------------------------------------
def _grid(found: Sequence[Group], currency: str, *, contacts: bool) -> list[dict[str, Any]]:
    names = (
        _("bought in the last %(n)d days") % {"n": RECENT_DAYS},
        _("bought in the last %(n)d days, but not lately") % {"n": FORMER_DAYS},
        _("bought longer ago than that"),
    )
    return [
        {"name": name, "cells": [_cell(each, currency, contacts) for each in found if each.recency == row]}
        for row, name in enumerate(names)
    ]


def _cell(group: Group, currency: str, contacts: bool) -> dict[str, Any]:
    return {
        "count": f"{len(group.customers):,}",
        "revenue": _money(group.revenue, currency) if group.customers else "",
        "url": _of_customers("contact" if contacts else "deal", group.customers),
        "deals_url": _of_customers("deal", group.customers) if contacts else "",
        "is_cut": len(group.customers) > IN_ADDRESS,
    }


# --- cohorts ----------------------------------------------------------------------------------------------------------
def _cohort(cohort: Cohort) -> dict[str, Any]:
    count = len(cohort.customers)
    return {
        "month": f"{cohort.month:%Y-%m}",
        "count": f"{count:,}",
        "url": _of_customers("deal", cohort.customers),
        "cells": [
            {"share": share(stayed), "revenue": f"{paid / count:,.0f}"}
            for stayed, paid in zip(cohort.stayed, cohort.revenue, strict=True)
        ],
        "empty": range(12 - len(cohort.stayed)),
    }


# --- what they say ----------------------------------------------------------------------------------------------------
COLUMNS = 6
"""So many heaps of customers stand beside each other."""


def _themes(request: Asked, *, contacts: bool) -> dict[str, Any]:
    """Return the themes of what customers said, parted by a field of theirs that the reader chooses."""
    said = sayings(user=request.user)
    found = themes(said)
    fields = segments(user=request.user)
    field = next((each for each in fields if each.name == request.GET.get("by")), fields[0] if fields else None)
    heaps = heaps_of(field, user=request.user, today=today_of(request.user, request.at)) if field else {}
    counted = Counter(heaps[customer] for theme in found for customer in theme.customers if customer in heaps)
    columns = [word for word, _count in sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:COLUMNS]]
    record = "contact" if contacts else "deal"
    return {
        "said": f"{len(said):,}",
        "bys": [Choice(each.name, str(each.label), chosen=each is field) for each in fields],
        "columns": [_word_of(field, word) for word in columns] if field else [],
        "rows": [_theme(theme, record, [_in_heap(theme, heaps, word) for word in columns]) for theme in found],
    }


def _in_heap(theme: Theme, heaps: Mapping[int, str], word: str) -> list[int]:
    return [customer for customer in theme.customers if heaps.get(customer) == word]


def _theme(theme: Theme, record: str, parted: Sequence[Sequence[int]]) -> dict[str, Any]:
    return {
        "word": theme.word,
        "examples": theme.examples,
        "customers": {"count": f"{len(theme.customers):,}", "url": _of_customers(record, theme.customers)},
        "sources": [_source(source, theme.word, count) for source, count in theme.sayings.items()],
        "cells": [{"count": f"{len(each):,}", "url": _of_customers(record, each)} for each in parted],
    }


def _source(source: Source, word: str, count: int) -> dict[str, str]:
    """Return where a theme stands, with the list of just these records."""
    spec = registry.get(source.record)
    field = spec.by_name[source.field]
    filter_: dict[str, Any] = {"field": field.name, "op": "contains", "value": word}
    if field.type is FieldType.CHOICE:  # has no text to look into, but values with such words
        chosen = [str(each.value) for each in field.choices if word in str(each.value).lower()]
        filter_ = {"field": field.name, "op": "one_of", "value": chosen}
    return {
        "label": f"{spec.plural}: {field.label}",
        "count": f"{count:,}",
        "url": list_url(source.record, filter_),
    }


# --- portraits --------------------------------------------------------------------------------------------------------
def _portrait(portrait: Portrait, currency: str) -> dict[str, Any]:
    whole = sum(heap.count for heap in portrait.heaps) + portrait.rest
    return {
        "label": portrait.field.label,
        "heaps": [_heap(portrait, heap, whole, currency) for heap in portrait.heaps],
        "rest": f"{portrait.rest:,}" if portrait.rest else "",
        "with_money": portrait.spec.type == "organization",
    }


def _heap(portrait: Portrait, heap: Heap, whole: int, currency: str) -> dict[str, Any]:
    return {
        "word": _word_of(portrait.field, heap.value),
        "count": f"{heap.count:,}",
        "share": share(heap.count / whole),
        "url": list_url(portrait.spec.type, heap.filter),
        "customers": "" if heap.customers is None else f"{heap.customers:,}",
        "revenue": "" if heap.revenue is None else _money(heap.revenue, currency),
    }


def _word_of(field: FieldSpec, value: str) -> str:
    """Return what people call the heap of a value."""
    if not value:
        return _("not known")
    if field.type is FieldType.BOOLEAN:
        return _("yes") if value == "True" else _("no")
    choices = {str(each.value): str(each.label) for each in field.choices}
    return choices.get(value, value)
