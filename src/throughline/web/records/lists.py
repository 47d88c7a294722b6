"""The list and the board of a record type: views, filters, groups, sums, paging, and the next step of each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Literal

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from throughline.core import access
from throughline.core.procedures.queries.overview import NextStepNote, next_steps
from throughline.core.records import FieldSpec, FieldType, RecordRef, RecordSpec
from throughline.core.records.discretion import subtitle_for
from throughline.core.records.glimpse import Glimpse
from throughline.core.records.glimpse import Row as Glimpsed
from throughline.core.records.groups import Group, groups, month_of, totals
from throughline.core.records.queries import Column as BoardGroup
from throughline.core.records.queries import board, list_columns, listing
from throughline.core.records.spec import NUMBERS
from throughline.core.records.sums import Total, summable
from throughline.core.refusals import NotFound, Refusal
from throughline.web import moments
from throughline.web.answers import Asked, signed_in
from throughline.web.parts import BoardColumn, Card, Column, GroupLine, ListPage, Pager, Row, StepNote
from throughline.web.records.columns import drawn, ways_to
from throughline.web.records.filters import address
from throughline.web.records.head import head
from throughline.web.records.money import Teller, own_currency
from throughline.web.records.present import TONES, cell_with, slug
from throughline.web.records.state import LAYOUTS, State, as_text, first_view, is_gone, joined, read_state
from throughline.web.ways import way

CARDS = 25
ON_CARDS = ("rating", "kind", "type", "tier")
"""Choices that a card shows as a pill, where the type has them and they are not the column itself."""


@signed_in
def show_list(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show a page of the list, or its groups."""
    state = read_state(request, spec)
    if is_gone(state):
        raise NotFound(_("This view is gone, or is not shared with you. Choose another one above the list."))
    elsewhere = _layout_of_first(state)
    if elsewhere:
        return redirect(elsewhere)
    status = 200
    try:
        page = _grouped(request, state) if state.look.group else _listed(request, state)
    except Refusal as refusal:
        page, status = _refused(request, state, refusal), refusal.status
    return render(request, "records/list.html", {"page": page, "now": request.at}, status=status)


def _layout_of_first(state: State) -> str:
    """Return where the view that opens first is shown, when that is no list; empty otherwise."""
    first = None if state.given else first_view(state.views)
    if first is None or first.layout == "list":
        return ""
    return f"{way(f'web:{LAYOUTS[first.layout]}', slug(state.spec))}?view={first.pk}"


def _refused(request: Asked, state: State, refusal: Refusal) -> ListPage:
    """Show why there is nothing to be seen, with all there is to change it."""
    return ListPage(**head(request, state, problem=refusal.message), columns=(), rows=(), pager=Pager(""))


def _listed(request: Asked, state: State) -> ListPage:
    spec = state.spec
    columns = list_columns(spec, request.user, state.look.columns)
    glimpse = Glimpse(spec)
    row = row_of(glimpse, columns, request)
    found = listing(glimpse=glimpse, user=request.user, query=state.query(), at=request.at)
    many = access.can(request.user, access.EDIT, spec)
    sums = summable(spec, request.user, [each.name for each in columns])
    return ListPage(
        **head(request, state, totals=bool(sums) and bool(found.rows)),
        columns=_columns(state, columns, request),
        rows=[row(each) for each in found.rows],
        pager=_pager(state, len(found.rows), str(found.count), found.after),
        bulk_url=way("web:record_bulk", slug(spec)) if many else "",
        owners=state.bar.people if many and access.can(request.user, access.ASSIGN, spec) else (),
        all_count=str(found.count) if found.after or state.given.get("after") else "",
    )


@signed_in
def show_rows(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show the rows of one group, to be put below its heading."""
    page = _listed(request, read_state(request, spec))
    return render(request, "records/_table.html", {"page": page, "now": request.at, "selectable": False})


@signed_in
def show_totals(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show the sums of the columns of a list, to be put below it."""
    state = read_state(request, spec)
    of = summable(spec, request.user, [each.name for each in list_columns(spec, request.user, state.look.columns)])
    query, base = state.query(after=""), own_currency(spec)
    found = totals(spec=spec, user=request.user, query=query, at=request.at, of=of, base=base)
    teller = Teller(request.at.date())
    sums = [teller.told(each, found[each.name]) for each in of if each.name in found]
    return render(request, "records/_totals.html", {"sums": sums})


@signed_in
def show_board(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show the board."""
    state = read_state(request, spec, "board")
    if is_gone(state):
        raise NotFound(_("This view is gone, or is not shared with you. Choose another one above the list."))
    status = 200
    try:
        page = _board(request, state)
    except Refusal as refusal:
        page, status = _refused(request, state, refusal), refusal.status
    return render(request, "records/list.html", {"page": page, "now": request.at}, status=status)


Noted = Callable[[Glimpse], Callable[[Glimpsed], StepNote | None]]
"""What is told of a card that has no next step: it asks for what it reads, and gives what makes a note of a row."""


def board_page(request: Asked, spec: RecordSpec, *, of: Sequence[str] = (), noted: Noted | None = None) -> ListPage:
    """
    Return the board of a type; the part that a moved card swaps is made from the same. ``of``: what is summed beside
    the field that the type names; ``noted``: what is told of a card without a next step.
    """
    return _board(request, read_state(request, spec, "board"), of, noted)


def _board(request: Asked, state: State, of: Sequence[str] = (), noted: Noted | None = None) -> ListPage:
    spec = state.spec
    glimpse = Glimpse(spec)
    card = _card(glimpse, request)
    key, note = glimpse.at("id"), noted(glimpse) if noted else lambda _row: None
    base = own_currency(spec)
    parted = board(
        spec=spec,
        user=request.user,
        query=state.query(),
        at=request.at,
        cards=CARDS,
        glimpse=glimpse,
        of=(spec.board_sum, *of),
        base=base,
    )
    teller = Teller(request.at.date(), base)
    keys = [key(row) for group in parted for row in group.records]
    steps = {ref.id: _step_note(step, request) for ref, step in _next_steps(spec, keys, request).items()}

    def cards(group: BoardGroup) -> tuple[Card, ...]:
        return tuple([card(row, steps.get(key(row)) or note(row)) for row in group.records])

    return ListPage(
        **head(request, state),
        columns=(),
        rows=(),
        pager=Pager(""),
        columns_of_board=[_board_column(spec, group, cards(group), teller) for group in parted],
    )


def _next_steps(spec: RecordSpec, keys: Sequence[int], request: Asked) -> Mapping[RecordRef, NextStepNote]:
    return next_steps(records=[RecordRef(spec.type, key) for key in keys], at=request.at)


# -- Groups ------------------------------------------------------------------------------------------------------------


def _grouped(request: Asked, state: State) -> ListPage:
    spec, user = state.spec, request.user
    described = spec.field(state.look.group)
    columns = list_columns(spec, user, state.look.columns)
    of = summable(spec, user, [each.name for each in columns])
    base = own_currency(spec)
    found = groups(spec=spec, user=user, query=state.query(), by=described.name, at=request.at, of=of, base=base)
    teller = Teller(request.at.date())
    return ListPage(
        **head(request, state),
        columns=_columns(state, columns, request),
        rows=(),
        pager=Pager(_groups_in_words(len(found.groups))),
        group_lines=[_group_line(state, described, group, of, teller) for group in found.groups],
        grouped_by=str(described.label),
        more_groups=found.more,
    )


def _groups_in_words(count: int) -> str:
    return ngettext("%(n)d group", "%(n)d groups", count) % {"n": count}


def _group_line(state: State, described: FieldSpec, group: Group, of: Sequence[FieldSpec], teller: Teller) -> GroupLine:
    month = month_of(group)
    label = formats.date_format(month, "YEAR_MONTH_FORMAT") if month else group.label
    narrowed = {"group": "", "f": as_text(joined(state.meaning, group.filter))}
    shown = {name: value for name, value in state.kept.items() if name not in state.narrowing}
    query = address({**shown, "view": state.given.get("view", "") or "all", **narrowed})
    name = slug(state.spec)
    return GroupLine(
        label=label or _("No %(field)s") % {"field": str(described.label).lower()},
        count=formats.number_format(group.count, force_grouping=True),
        sums=tuple(
            (str(each.label), _sum(each, group.totals[each.name], teller))
            for each in of
            if each.name in group.totals and group.totals[each.name].filled
        ),
        rows_url=f"{way('web:record_rows', name)}?{query}",
        url=f"{way('web:record_list', name)}?{query}&group=",
        tone=TONES.get(group.tone, ""),
    )


def _sum(described: FieldSpec, total: Total, teller: Teller) -> str:
    told = teller.told(described, total)
    return f"{told.text} ({told.rates})" if told.rates else told.text


# -- Rows --------------------------------------------------------------------------------------------------------------


def _columns(state: State, fields: Sequence[FieldSpec], request: Asked) -> list[Column]:
    rights = access.field_rights(request.user, state.spec)
    can = access.can(request.user, access.EDIT, state.spec)
    told = [_column(state, each, can and _is_editable(each) and rights.writes(each.name)) for each in fields]
    return told if _leading(fields) else [Column("", str(state.spec.label)), *told]


def _leading(columns: Sequence[FieldSpec]) -> FieldSpec | None:
    """Return the first column where its words lead to the record's page; else the title stands before it and does."""
    return columns[0] if columns and columns[0].type is FieldType.TEXT else None


def _is_editable(described: FieldSpec) -> bool:
    return not described.is_through and not described.read_only


def _column(state: State, described: FieldSpec, editable: bool) -> Column:
    numeric = described.type in NUMBERS
    if not described.sortable:
        return Column(described.name, str(described.label), numeric, editable=editable)
    standing: Literal["", "ascending", "descending"] = ""
    if state.sort.removeprefix("-") == described.name:
        standing = "descending" if state.sort.startswith("-") else "ascending"
    other_way = f"-{described.name}" if standing == "ascending" else described.name
    url = state.to(sort=other_way)
    return Column(described.name, str(described.label), numeric, url, standing, editable)


def row_of(glimpse: Glimpse, columns: Sequence[FieldSpec], request: Asked) -> Callable[[Glimpsed], Row]:
    """Return what makes a row of the list out of what was glimpsed of a record."""
    spec = glimpse.spec
    key, title, way = glimpse.at("id"), glimpse.of(spec.title), ways_to(spec)
    version, cells = glimpse.at("version"), ways_to(spec)
    held_by = glimpse.at("owner_id"), glimpse.at("team_id")
    leading = _leading(columns)
    first = drawn(leading, glimpse, now=request.at) if leading else lambda _row: ""
    others = [drawn(described, glimpse, now=request.at) for described in columns[1 if leading else 0 :]]
    may = cache(lambda owner, team: access.can(request.user, access.EDIT, spec, access.Held(0, owner, team)))

    def made(row: Glimpsed) -> Row:
        pk = key(row)
        cell_url = f"{cells(pk)}cells/" if may(held_by[0](row), held_by[1](row)) else ""
        return Row(pk, way(pk), title(row), first(row), [draw(row) for draw in others], version(row), cell_url)

    return made


def _pager(state: State, shown: int, counted: str, after: str) -> Pager:
    return Pager(
        shown=_("%(shown)d of %(all)s") % {"shown": shown, "all": counted},
        first_url=state.to() if state.given.get("after") else "",
        next_url=state.to(after=after) if after else "",
    )


# -- Cards -------------------------------------------------------------------------------------------------------------


def _board_column(spec: RecordSpec, group: BoardGroup, cards: tuple[Card, ...], teller: Teller) -> BoardColumn:
    by_column = f"{way('web:record_list', slug(spec))}?{address({spec.board_column: group.value})}"
    return BoardColumn(
        value=group.value,
        label=str(group.label),
        count=formats.number_format(group.count, force_grouping=True),
        cards=cards,
        sums={name: teller.rounded(spec.field(name), total) for name, total in group.totals.items()},
        sum=teller.rounded(spec.field(spec.board_sum), group.totals.get(spec.board_sum)) if spec.board_sum else "",
        more_url=by_column if group.count > len(cards) else "",
    )


def _card(glimpse: Glimpse, request: Asked) -> Callable[[Glimpsed, StepNote | None], Card]:
    """Return what makes a card out of what was glimpsed of a record, and what is to be noted of it."""
    spec, user = glimpse.spec, request.user
    rights = access.field_rights(user, spec)
    key, version, owner = glimpse.at("id"), glimpse.at("version"), glimpse.at("owner__name")
    title, subtitle = glimpse.of(spec.title), glimpse.of(subtitle_for(spec, user))
    owner_id, team_id = glimpse.at("owner_id"), glimpse.at("team_id")
    reached = cache(lambda owner, team: access.can(user, access.EDIT, spec, access.Held(0, owner, team)))
    way, move_way, query = ways_to(spec), ways_to(spec, "record_move"), _query(request)
    named = [spec.by_name[name] for name in ON_CARDS if name in spec.by_name and name != spec.board_column]
    pills = [drawn(each, glimpse, now=request.at) for each in named if rights.reads(each.name)]
    figure = _figure(glimpse, rights)
    is_movable = bool(spec.board_column) and not spec.field(spec.board_column).read_only

    def may_change(pk: int, *held_by: int | None) -> bool:
        return reached(*held_by) or access.can(user, access.EDIT, spec, access.Held(pk, *held_by))

    def made(row: Glimpsed, note: StepNote | None) -> Card:
        pk = key(row)
        movable = is_movable and may_change(pk, owner_id(row), team_id(row))
        return Card(
            id=pk,
            url=way(pk),
            title=title(row),
            subtitle=subtitle(row),
            owner=owner(row) or "",
            pills=tuple([pill(row) for pill in pills]),
            move_url=f"{move_way(pk)}{query}" if movable else "",
            version=version(row),
            figure=figure(row),
            step=note,
        )

    return made


def _query(request: Asked) -> str:
    """What a moved card sends along, so that the board that comes back is filtered as before."""
    query = request.GET.urlencode()
    return f"?{query}" if query else ""


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
