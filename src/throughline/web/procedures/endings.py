"""How the cases of a procedure ended: per end event, parted by a field of their records, and the cases themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from throughline.core import access
from throughline.core.procedures import charts
from throughline.core.procedures.models.case import RUNNING, CaseStatus
from throughline.core.procedures.queries import (
    CountedCase,
    OutcomeCount,
    cases_counted,
    names_of,
    outcomes,
    parting_fields,
)
from throughline.core.procedures.queries import overview as queries
from throughline.core.recordref import RecordRef
from throughline.core.records import FieldSpec, FieldType, registry
from throughline.core.records.spec import LINKS
from throughline.core.records.titles import record_titles
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, parameters, signed_in
from throughline.web.parts import Choice, Crumb
from throughline.web.procedures.frame import chosen_version, frame
from throughline.web.records.filters import address
from throughline.web.records.present import url_of

PAGE = 50
HEAPS = 25
"""So many values of a field have a line of their own; the smaller ones are put together."""
OPEN, CANCELLED, ENDED = "(open)", "(cancelled)", "(ended)"
"""Ways of a case that no end event of a drawing names: an end event may have no name."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A count in words and with its share of all, and where its cases are listed."""

    count: int
    share: str
    url: str


@dataclass(frozen=True, slots=True)
class End:
    """A way to end. ``where``: what the end event lies in or comes after, when its name does not tell it apart."""

    label: str
    where: str
    node: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Ends:
    """All cases that the asker may see: how many, how many of them are under way, and one line for each way to end."""

    all: Figure
    open: Figure
    lines: tuple[End, ...]


@dataclass(frozen=True, slots=True)
class Heap:
    """The cases whose records have one value: all of them, and then one figure for each way."""

    label: str
    all: Figure
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Parted:
    """The cases parted by a field of their records; ``ways`` are the columns after all of them."""

    fields: tuple[Choice, ...]
    field: str
    ways: tuple[str, ...]
    heaps: tuple[Heap, ...]
    version: str


class Cases:
    """The cases of one procedure as the page asks for them: of one version or all, as far as the asker may see them."""

    def __init__(self, found: queries.Drawn, request: Asked) -> None:
        chosen_version(request, found)
        number = request.GET.get("version", "")
        self.key, self.user, self.number = found.key, request.user, number
        self.version = int(number) if number else None

    def counted(self, part_by: str = "") -> list[OutcomeCount]:
        """Count them by how they ended."""
        return outcomes(procedure=self.key, user=self.user, version=self.version, part_by=part_by)

    def figure(self, count: int, of: int, **which: str) -> Figure:
        """Return a count with its share and the address of its cases; the words are those ``show_cases`` reads."""
        query = address({**which, "version": self.number})
        url = reverse("web:procedure_cases", args=[self.key]) + (f"?{query}" if query else "")
        return Figure(count, f"{count / of:.1%}" if of else "", url if count else "")


# -- Per end event -----------------------------------------------------------------------------------------------------


def ends(found: queries.Drawn, running: charts.Running, request: Asked) -> Ends:
    """Return how the cases ended, the largest count first."""
    cases = Cases(found, request)
    counts: Counter[tuple[str, str]] = Counter()
    for each in cases.counted():
        counts[_way(each), each.end_node] += each.count
    total, under_way = counts.total(), sum(count for (way, _node), count in counts.items() if way == OPEN)
    ways = Counter(way for way, _node in counts)
    return Ends(
        all=cases.figure(total, total),
        open=cases.figure(under_way, total, way=OPEN),
        lines=tuple(
            End(
                label=_words(way),
                where=_place(running, node) if ways[way] > 1 else "",
                node=node,
                figure=cases.figure(count, total, way=way, end=node),
            )
            for (way, node), count in counts.most_common()
            if way != OPEN
        ),
    )


def _place(running: charts.Running, node: str) -> str:
    """Say what an end event lies in, or after which step it comes."""
    found = running.chart.by_id.get(node)
    if found is None:
        return _("no longer in the drawing")
    if found.body.node is not None:
        return found.body.node.label
    return _("after “%(step)s”") % {"step": found.incoming[0].source.label} if found.incoming else ""


def _way(count: OutcomeCount | CountedCase) -> str:
    """Return under which word a case is counted: open, cancelled, or what its end is called."""
    if count.status in RUNNING:
        return OPEN
    return CANCELLED if count.status == CaseStatus.CANCELLED else count.outcome or ENDED


def _words(way: str) -> str:
    return {OPEN: _("Open"), CANCELLED: _("Cancelled"), ENDED: _("Ended")}.get(way, way)


# -- Parted by a field -------------------------------------------------------------------------------------------------


def parted(found: queries.Drawn, request: Asked) -> Parted | None:
    """
    Return the cases parted by the field that the address names, else by the first that lists are narrowed by.

    None when the procedure works on no records.

    Raises:
        Refusal: the address names no field, or one that makes no heaps.
    """
    fields = parting_fields(procedure=found.key, user=request.user)
    if not fields:
        return None
    field, cases = _chosen(fields, request.GET.get("by", "")), Cases(found, request)
    table, ways = _table(cases.counted(field.name))
    labels = _labels(field, table)
    heaps = [
        _heap(
            cases, labels[value], table[value], ways, {"by": field.name, "value": "" if value is None else str(value)}
        )
        for value in _ranked(table)[:HEAPS]
    ]
    if rest := _ranked(table)[HEAPS:]:
        heaps.append(_sum(_("%(n)d more") % {"n": len(rest)}, (table[value] for value in rest), ways))
    return Parted(
        fields=tuple(Choice(each.name, str(each.label), chosen=each is field) for each in fields),
        field=str(field.label),
        ways=tuple(_words(way) for way in ways),
        heaps=tuple(heaps),
        version=cases.number,
    )


def _chosen(fields: Sequence[FieldSpec], name: str) -> FieldSpec:
    found = next((field for field in fields if field.name == (name or fields[0].name)), None)
    if found is None:
        raise Refusal("no_heaps", _("Cases cannot be parted by “%(name)s”. Choose another field.") % {"name": name})
    return found


Table = dict[Any, Counter[str]]
"""Value → way → how many cases; texts without a letter are no value."""


def _table(counts: Iterable[OutcomeCount]) -> tuple[Table, list[str]]:
    table: Table = {}
    ways: Counter[str] = Counter({OPEN: 0})
    for each in counts:
        table.setdefault(None if each.value == "" else each.value, Counter())[_way(each)] += each.count
        ways[_way(each)] += each.count
    ended = [way for way, _count in ways.most_common() if way != OPEN]
    return table, [OPEN, *ended]


def _ranked(table: Table) -> list[Any]:
    return sorted(table, key=lambda value: (-table[value].total(), value is None, str(value)))


def _heap(cases: Cases, label: str, counts: Counter[str], ways: Sequence[str], which: Mapping[str, str]) -> Heap:
    total = counts.total()
    figures = tuple(cases.figure(counts[way], total, way=way, **which) for way in ways)
    return Heap(label, cases.figure(total, total, **which), figures)


def _sum(label: str, heaps: Iterable[Counter[str]], ways: Sequence[str]) -> Heap:
    counts = sum(heaps, Counter[str]())
    total = counts.total()
    figures = (Figure(counts[way], f"{counts[way] / total:.1%}", "") for way in ways)
    return Heap(label, Figure(total, "", ""), tuple(figures))


def _labels(field: FieldSpec, values: Iterable[Any]) -> dict[Any, str]:
    """Return the values of a field in words."""
    known = [value for value in values if value is not None]
    nothing = {None: _("No %(field)s") % {"field": str(field.label).lower()}}
    if field.type in LINKS:
        names = names_of(field, known)
        return nothing | {key: names.get(key, "–") for key in known}
    if field.type is FieldType.BOOLEAN:
        return nothing | {True: _("Yes"), False: _("No")}
    chosen = {value: field.choice(value) for value in known}
    return nothing | {value: str(choice.label) if choice else value for value, choice in chosen.items()}


# -- The cases behind a figure -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A case: of which record, how it ended, from when to when."""

    about: str
    url: str
    way: str
    tone: str
    version: int
    started_at: datetime
    ended_at: datetime | None
    test_url: str


@signed_in
def show_cases(request: Asked, key: str) -> HttpResponse:
    """
    Show the cases behind a figure of the Live page, the youngest first.

    The address says which: ``way`` (what their end is called, or open, or cancelled), ``end`` (the end event), ``by``
    and ``value`` (of a field of the record; no value is nothing in it), ``version``; ``departure`` and ``step``, of a
    guided procedure, ``among`` those of which version.
    """
    from throughline.web.procedures.strayed import cases_that, words_of

    found = queries.procedure(key=key)
    given = parameters(request.GET)
    departure = given.get("departure", "")
    field = _field(found, request, given.get("by", ""))
    value = _read(field, given.get("value", ""))
    way, before = given.get("way", ""), given.get("before", "")
    rows = cases_counted(
        procedure=key,
        user=request.user,
        statuses=_statuses(way),
        outcome={"": None, OPEN: None, CANCELLED: None, ENDED: ""}.get(way, way),
        end_node=given.get("end", ""),
        part_by=field.name if field else "",
        value=value,
        version=Cases(found, request).version,
        among=cases_that(found, request, departure, given.get("step", "")),
        before=int(before) if before.isdecimal() else None,
        limit=PAGE + 1,
    )
    shown = rows[:PAGE]
    next_page = address(given | {"before": str(shown[-1].case)}) if len(rows) > PAGE else ""
    context = frame(found, "live") | {
        "crumbs": [Crumb(found.name, reverse("web:procedure_live", args=[key]))],
        "title": words_of(departure) if departure else _words(way) if way else _("All cases"),
        "summary": _summary(field, value),
        "cases": _lines(key, shown),
        "may_record": access.allows(request.user, access.DESIGN_PROCEDURES),
        "shown": ngettext("%(n)d case shown", "%(n)d cases shown", len(shown)) % {"n": len(shown)},
        "next_url": f"?{next_page}" if next_page else "",
        "now": request.at,
    }
    return render(request, "procedures/cases.html", context)


def _statuses(way: str) -> Sequence[str]:
    return {"": (), OPEN: RUNNING, CANCELLED: (CaseStatus.CANCELLED,)}.get(way, (CaseStatus.FINISHED,))


def _field(found: queries.Drawn, request: Asked, name: str) -> FieldSpec | None:
    return _chosen(parting_fields(procedure=found.key, user=request.user), name) if name else None


def _read(field: FieldSpec | None, text: str) -> Any:
    if field is None or not text:
        return None
    if field.type in LINKS:
        if not text.isdecimal():
            raise Refusal("no_key", _("“%(text)s” names nothing here. Go back to the figures.") % {"text": text})
        return int(text)
    return text == "True" if field.type is FieldType.BOOLEAN else text


def _summary(field: FieldSpec | None, value: Any) -> str:
    newest = _("The youngest case comes first.")
    if field is None:
        return newest
    words = _labels(field, [value])[value]
    return words if value is None else f"{field.label}: {words}"


def _lines(key: str, rows: Sequence[CountedCase]) -> list[Line]:
    titles = record_titles([row.record for row in rows])
    return [_line(key, row, titles) for row in rows]


def _line(key: str, row: CountedCase, titles: dict[RecordRef, str]) -> Line:
    way = _way(row)
    return Line(
        about=(titles.get(row.record, "") if row.record else "") or _("Case %(n)d") % {"n": row.case},
        url=url_of(registry.get(row.record.type), row.record.id) if row.record else "",
        way=_words(way),
        tone={OPEN: "news", CANCELLED: "late"}.get(way, ""),
        version=row.version,
        started_at=row.started_at,
        ended_at=row.ended_at,
        test_url=reverse("web:case_test", args=[key, row.case]),
    )
