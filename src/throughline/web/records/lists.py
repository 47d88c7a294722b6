"""The list and the board of a record type: filters, sorting, paging, and the next step of each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.procedures.queries.overview import NextStepNote, next_steps
from throughline.core.records import FieldSpec, FieldType, RecordRef, RecordSpec
from throughline.core.records.glimpse import Glimpse
from throughline.core.records.glimpse import Row as Glimpsed
from throughline.core.records.queries import Column as BoardGroup
from throughline.core.records.queries import ListQuery, board, list_columns, listing
from throughline.core.records.spec import NUMBERS
from throughline.web import moments
from throughline.web.answers import Asked, parameters, signed_in
from throughline.web.parts import BoardColumn, Card, Column, ListPage, Pager, Row, StepNote, Tab
from throughline.web.records.columns import drawn, ways_to
from throughline.web.records.filters import Bar, address, read_bar
from throughline.web.records.present import cell_with, slug

PAGE = 50
CARDS = 25
ON_CARDS = ("rating", "kind", "type", "tier")
"""Choices that a card shows as a pill, where the type has them and they are not the column itself."""


@signed_in
def show_list(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show a page of the list."""
    bar = read_bar(spec, request.user, request.GET)
    query = _query(request, bar)
    columns = list_columns(spec, request.user)
    glimpse = Glimpse(spec)
    row = _row(glimpse, columns, request)
    found = listing(glimpse=glimpse, user=request.user, query=query, at=request.at)
    many = access.can(request.user, access.EDIT, spec)
    shown = ListPage(
        **_common(request, spec, bar, layout="list"),
        columns=_columns(request, columns, query.sort or spec.default_sort),
        rows=[row(each) for each in found.rows],
        pager=_pager(request, len(found.rows), str(found.count), found.after),
        bulk_url=reverse("web:record_bulk", args=[slug(spec)]) if many else "",
        owners=bar.people if many and access.can(request.user, access.ASSIGN, spec) else (),
    )
    return render(request, "records/list.html", {"page": shown, "now": request.at})


@signed_in
def show_board(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show the board."""
    return render(request, "records/list.html", {"page": board_page(request, spec), "now": request.at})


def board_page(request: Asked, spec: RecordSpec) -> ListPage:
    """Return the board of a type; the part that a moved card swaps is made from the same."""
    bar = read_bar(spec, request.user, request.GET)
    query = _query(request, bar)
    glimpse = Glimpse(spec)
    card = _card(glimpse, request)
    key = glimpse.at("id")
    groups = board(spec=spec, user=request.user, query=query, at=request.at, cards=CARDS, glimpse=glimpse)
    notes = next_steps(
        records=[RecordRef(spec.type, key(row)) for group in groups for row in group.records], at=request.at
    )

    def cards(group: BoardGroup) -> tuple[Card, ...]:
        return tuple(card(row, notes.get(RecordRef(spec.type, key(row)))) for row in group.records)

    return ListPage(
        **_common(request, spec, bar, layout="board"),
        columns=(),
        rows=(),
        pager=Pager(""),
        columns_of_board=[_board_column(spec, group, cards(group)) for group in groups],
    )


def _query(request: Asked, bar: Bar) -> ListQuery:
    given = request.GET
    return ListQuery(
        filter=bar.meaning,
        sort=given.get("sort", ""),
        text=given.get("q", ""),
        after=given.get("after", ""),
        limit=PAGE,
    )


def _common(request: Asked, spec: RecordSpec, bar: Bar, *, layout: str) -> dict[str, Any]:
    name = slug(spec)
    list_url, board_url = reverse("web:record_list", args=[name]), reverse("web:record_board", args=[name])
    kept = address({key: value for key, value in parameters(request.GET).items() if key not in ("after", "sort")})
    tabs = (
        Tab(_("List"), "rows-3", f"{list_url}?{kept}", current=layout == "list"),
        Tab(_("Board"), "columns-3", f"{board_url}?{kept}", current=layout == "board"),
    )
    may_create = access.can(request.user, access.CREATE, spec)
    return {
        "kind": spec.type,
        "title": str(spec.plural),
        "one": str(spec.label),
        "icon": spec.icon,
        "filters": bar.filters,
        "chips": bar.chips,
        "tabs": tabs if spec.board_column else (),
        "query": request.GET.get("q", ""),
        "sort": request.GET.get("sort", ""),
        "list_url": board_url if layout == "board" else list_url,
        "new_url": reverse("web:record_new", args=[name]) if may_create else "",
        "extra": _words(spec),
    }


def _words(spec: RecordSpec) -> dict[str, str]:
    one = str(spec.label).lower()
    return {
        "new_label": _("New %(one)s") % {"one": one},
        "empty_title": _("No %(plural)s yet") % {"plural": str(spec.plural).lower()},
        "empty_text": _(EMPTY.get(spec.type, "Make the first one, or import a file.")),
    }


EMPTY = {
    "lead": (
        "A lead is one enquiry. It comes in by the form on your site, by import, or by hand, and then travels through "
        "its procedure: who calls, until when, what happens next."
    ),
    "contact": "Contacts are people. They appear by themselves when a lead comes in, or you make one by hand.",
    "organization": "Organizations are the companies behind your contacts and deals.",
    "activity": "Calls, meetings, notes and tasks appear here as soon as somebody logs one on a record's page.",
}


def _columns(request: Asked, fields: Sequence[FieldSpec], sort: str) -> list[Column]:
    kept = {key: value for key, value in parameters(request.GET).items() if key not in ("sort", "after")}
    return [_column(described, sort, kept) for described in fields]


def _column(described: FieldSpec, sort: str, kept: Mapping[str, str]) -> Column:
    numeric = described.type in NUMBERS
    if not described.sortable:
        return Column(described.name, str(described.label), numeric)
    standing: Literal["", "ascending", "descending"] = ""
    if sort.removeprefix("-") == described.name:
        standing = "descending" if sort.startswith("-") else "ascending"
    other_way = f"-{described.name}" if standing == "ascending" else described.name
    return Column(described.name, str(described.label), numeric, "?" + address({**kept, "sort": other_way}), standing)


def _row(glimpse: Glimpse, columns: Sequence[FieldSpec], request: Asked) -> Callable[[Glimpsed], Row]:
    """Return what makes a row of the list out of what was glimpsed of a record."""
    spec = glimpse.spec
    key, title, way = glimpse.at("id"), glimpse.of(spec.title), ways_to(spec)
    leading = columns[0] if columns and columns[0].type is FieldType.TEXT else None
    first = drawn(leading, glimpse, now=request.at) if leading else title
    others = [drawn(described, glimpse, now=request.at) for described in columns[1:]]

    def made(row: Glimpsed) -> Row:
        return Row(key(row), way(key(row)), title(row), first(row), tuple([draw(row) for draw in others]))

    return made


def _pager(request: Asked, shown: int, counted: str, after: str) -> Pager:
    kept = {key: value for key, value in parameters(request.GET).items() if key != "after"}
    return Pager(
        shown=_("%(shown)d of %(all)s") % {"shown": shown, "all": counted},
        first_url="?" + address(kept) if request.GET.get("after") else "",
        next_url="?" + address({**kept, "after": after}) if after else "",
    )


# -- Cards -------------------------------------------------------------------------------------------------------------


def _board_column(spec: RecordSpec, group: BoardGroup, cards: tuple[Card, ...]) -> BoardColumn:
    by_column = f"{reverse('web:record_list', args=[slug(spec)])}?{address({spec.board_column: group.value})}"
    return BoardColumn(
        value=group.value,
        label=str(group.label),
        count=formats.number_format(group.count, force_grouping=True),
        cards=cards,
        sum="" if group.total is None else formats.number_format(group.total, decimal_pos=0, force_grouping=True),
        more_url=by_column if group.count > len(cards) else "",
    )


def _card(glimpse: Glimpse, request: Asked) -> Callable[[Glimpsed, NextStepNote | None], Card]:
    """Return what makes a card out of what was glimpsed of a record, and of its next step."""
    spec, user = glimpse.spec, request.user
    rights = access.field_rights(user, spec)
    key, version, owner = glimpse.at("id"), glimpse.at("version"), glimpse.at("owner__name")
    title, subtitle = glimpse.of(spec.title), glimpse.of(spec.subtitle)
    held_by = glimpse.at("owner_id"), glimpse.at("team_id")
    way, move_way = ways_to(spec), ways_to(spec, "record_move")
    named = [spec.by_name[name] for name in ON_CARDS if name in spec.by_name and name != spec.board_column]
    pills = [drawn(each, glimpse, now=request.at) for each in named if rights.reads(each.name)]
    figure = _figure(glimpse, rights)
    is_movable = not spec.field(spec.board_column).read_only

    def made(row: Glimpsed, note: NextStepNote | None) -> Card:
        record = access.Held(key(row), *(each(row) for each in held_by))
        movable = is_movable and access.can(user, access.EDIT, spec, record)
        return Card(
            id=record.pk,
            url=way(record.pk),
            title=title(row),
            subtitle=subtitle(row),
            owner=owner(row) or "",
            pills=tuple([pill(row) for pill in pills]),
            move_url=move_way(record.pk) if movable else "",
            version=version(row),
            figure=figure(row),
            step=_step_note(note, request) if note else None,
        )

    return made


def _figure(glimpse: Glimpse, rights: access.FieldRights) -> Callable[[Glimpsed], str]:
    """Return what words the score on a card, where the type has one."""
    described = glimpse.spec.by_name.get("score")
    if described is None or not rights.reads("score"):
        return lambda _row: ""
    score, words = glimpse.at("score"), cache(lambda value: cell_with(described, value).text)
    return lambda row: words(score(row))


def _step_note(note: NextStepNote, request: Asked) -> StepNote:
    if note.due_at is None:
        return StepNote(note.title, "", "")
    gap = moments.short_length(abs(note.due_at - request.at))
    if note.overdue:
        return StepNote(note.title, _("overdue %(gap)s") % {"gap": gap}, "late", "triangle-alert")
    return StepNote(note.title, _("due %(gap)s") % {"gap": gap}, moments.tone(note.due_at, now=request.at), "clock")
