"""
Reads that every record type shares: list page, counts, board, record page, timeline. All under the asker's rights.

Lists are paged by key: the cursor holds the sort value and key of the last row, and the next page begins behind it, so
a page costs the same at any depth. Counts are exact up to a cap and the planner's estimate beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count as Counted
from django.db.models import F, QuerySet, Window
from django.db.models.expressions import Func
from django.db.models.functions import RowNumber

from throughline.core import access
from throughline.core.arrays import any_of
from throughline.core.identity.models import User
from throughline.core.journal import kinds
from throughline.core.journal.read import Place, TimelineEntry, timeline
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.discretion import subtitle_for, with_words
from throughline.core.records.filters import Filter, Reading, all_of, predicate
from throughline.core.records.glimpse import Glimpse, Row
from throughline.core.records.kept_sums import summed_by
from throughline.core.records.keyset import Order, Question, read_cursor, write_cursor
from throughline.core.records.merging.queries import Former, formers
from throughline.core.records.models import Record
from throughline.core.records.patience import in_time
from throughline.core.records.spec import FieldSpec, FieldType, RecordSpec, Section
from throughline.core.records.sums import Summed, Total, summable
from throughline.core.records.text import fold
from throughline.core.refusals import NotFound, Refusal
from throughline.core.rows import Followed, Statement, compiled, expected_each, rows_up_to

PAGE = 50
"""So many records of a list are shown at once, unless asked otherwise."""
COUNTED = 10_000
"""Up to so many rows are counted; beyond, the planner's estimate is shown as such."""
FAR_BEYOND = 2
"""Where the planner expects so many times more, nothing is counted: to find the first ten thousand can take long."""


# -- Lists -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListQuery:
    """
    What a list shows. ``sort`` is a field name, ``-`` before it for descending; ``after`` the cursor of the last page.

    ``text`` narrows to rows in which search finds all its words. ``deleted`` shows the bin, ``sandbox`` only test
    records, ``exported`` only what the asker may take away.
    """

    filter: Filter = field(default_factory=dict)
    sort: str = ""
    text: str = ""
    after: str = ""
    limit: int = PAGE
    deleted: bool = False
    sandbox: bool = False
    exported: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of records (loaded with what their columns need) and the cursor of the next one, empty on the last."""

    records: list[Any]
    after: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many: exact, or about so many."""

    number: int
    exact: bool

    def __str__(self) -> str:
        return f"{self.number:,}" if self.exact else f"about {self.number:,}"


def rows(*, spec: RecordSpec, user: User, query: ListQuery, at: datetime) -> QuerySet[Any]:
    """
    Return the records a list query means, unsorted and not loaded: for counts, exports and bulk changes.

    Raises:
        Refusal: the filter cannot be read.
    """
    return _rows(spec, access.seen_of(user), query, at)


def _rows(spec: RecordSpec, seen: access.Seen, query: ListQuery, at: datetime) -> QuerySet[Any]:
    user = seen.user
    found = _narrowed(spec, user, query, at).filter(seen.those(spec))
    words = fold(query.text).split()[:8]
    return found.filter(with_words(spec, user, words, found)) if words else found


def _narrowed(spec: RecordSpec, user: User, query: ListQuery, at: datetime) -> QuerySet[Any]:
    """Return what a list query means among all records of the type, but for its words: not yet what is seen of it."""
    found: QuerySet[Any] = spec.model._default_manager.filter(sandbox=query.sandbox)
    found = found.exclude(deleted_at=None) if query.deleted else found.filter(deleted_at=None)
    if query.exported:
        found = found.filter(access.visible(spec, user, access.EXPORT))
    return found.filter(predicate(spec, query.filter, Reading(user, at))) if query.filter else found


def list_page(*, spec: RecordSpec, user: User, query: ListQuery, at: datetime) -> Page:
    """
    Return one page of a list. One query, whatever the columns.

    Raises:
        Refusal: the filter, the sorting or the cursor cannot be read, or rests on a hidden field.
    """
    order = _order(spec, user, query)
    question = _question(spec, user, query, at, order)
    with in_time(spec, query.filter, query.sort):
        keys, after = _keys(question, order, query)
    return Page(_loaded(spec, keys), after)


def bin_page(*, spec: RecordSpec, user: User, query: ListQuery, at: datetime) -> Page:
    """
    Return one page of what lies in the bin and ``user`` may see, what was put there last first. One query.

    Raises:
        Refusal: the filter or the cursor cannot be read.
    """
    order = Order(_PUT_AWAY, descending=True, cursor=read_cursor(query.after))
    question = _question(spec, user, replace(query, deleted=True), at, order)
    keys, after = _keys(question, order, query)
    return Page(_loaded(spec, keys), after)


_PUT_AWAY = FieldSpec(name="deleted_at", label="Put away", type=FieldType.DATETIME, read_only=True)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list as a glimpse shows it, the cursor of the next one, and how many there are in all, if counted."""

    rows: list[Row]
    after: str
    count: Count | None


def listing(*, glimpse: Glimpse, user: User, query: ListQuery, at: datetime, counted: bool = True) -> Listing:
    """
    Return one page of a list, with no more of each record than ``glimpse`` asks for. Two queries beside the rights.

    Raises:
        Refusal: the filter, the sorting or the cursor cannot be read, or rests on a hidden field.
    """
    order = _order(glimpse.spec, user, query)
    question = _question(glimpse.spec, user, query, at, order)
    with in_time(glimpse.spec, query.filter, query.sort):
        keys, after = _keys(question, order, query)
        if not counted:
            number = None
        elif not query.after and not after:
            number = Count(len(keys), exact=True)
        else:
            number = _counted(question.all if question else None)
    return Listing(glimpse.of_keys(keys), after, number)


def _order(spec: RecordSpec, user: User, query: ListQuery) -> Order:
    sort = query.sort or spec.default_sort
    name = sort.removeprefix("-")
    described = spec.by_name.get(name)
    if described is None or not described.sortable or not access.field_rights(user, spec).reads(name):
        raise Refusal("unknown_sorting", f'{spec.plural} cannot be sorted by "{name}".')
    return Order(described, sort.startswith("-"), read_cursor(query.after))


def _question(spec: RecordSpec, user: User, query: ListQuery, at: datetime, order: Order) -> Question | None:
    """Return what a list asks, by ways where the indexes of the ways have its order."""
    seen = access.seen_of(user)
    ways = seen.ways_apart(spec) if _has_index_by_way(spec, query, order) else []
    found = _narrowed(spec, user, query, at) if ways else _rows(spec, seen, query, at)
    return Question.of(found, order.path, ways)


_MADE_AT = "created_at"


def _has_index_by_way(spec: RecordSpec, query: ListQuery, order: Order) -> bool:
    """
    Return whether indexes have just what is asked of each owner and of each team, in its order.

    With any further condition the way of which nothing meets it would be gone through to its end.
    """
    if order.path != _MADE_AT or query.text or query.deleted or query.sandbox or query.exported:
        return False
    conditions = all_of(query.filter)
    if conditions is None:
        return False
    others = [(each.get("field"), each.get("op", "is")) for each in conditions if each.get("field") != _MADE_AT]
    return not others or (len(others) == 1 and others[0] in [(name, "is") for name in spec.newest_within])


def _keys(question: Question | None, order: Order, query: ListQuery) -> tuple[list[int], str]:
    """Return the keys of a page, and the cursor of the next one."""
    if question is None:
        return [], ""
    limit = max(1, min(query.limit, 500))
    found = question.first(limit + 1, order, kept=limit == PAGE)
    return [key for _, key in found[:limit]], write_cursor(*found[limit - 1]) if len(found) > limit else ""


def _loaded(spec: RecordSpec, keys: Sequence[int]) -> list[Any]:
    """Return the records with these keys and what their columns need, in their order. One query."""
    if not keys:
        return []
    found = spec.model._default_manager.filter(any_of("pk", keys)).select_related(*spec.select_related)
    by_key = {record.pk: record for record in found}
    return [by_key[key] for key in keys if key in by_key]


# -- Counts ------------------------------------------------------------------------------------------------------------


def count(*, spec: RecordSpec, user: User, query: ListQuery, at: datetime) -> Count:
    """Return how many records a list query means: counted up to ``COUNTED``, the planner's estimate beyond."""
    with in_time(spec, query.filter, ""):
        found = rows(spec=spec, user=user, query=query, at=at)
        return _counted(compiled(found.order_by().values("pk")))


def _counted(asked: Statement | None) -> Count:
    if asked is None:
        return Count(0, exact=True)
    (planned,) = expected_each([asked])
    if planned > FAR_BEYOND * COUNTED:
        return Count(planned, exact=False)
    counted = rows_up_to(COUNTED + 1, asked)
    return Count(counted, exact=True) if counted <= COUNTED else Count(max(planned, counted), exact=False)


# -- Board -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a board: its choice, how many records it holds, what was asked to be summed, the first cards."""

    value: str
    label: str
    tone: str
    count: int
    totals: Mapping[str, Total]
    records: list[Any]


def board(
    *,
    spec: RecordSpec,
    user: User,
    query: ListQuery,
    at: datetime,
    cards: int = 30,
    glimpse: Glimpse | None = None,
    of: Sequence[str] = (),
    base: str = "",
) -> list[Column]:
    """
    Return the columns of the board with their first cards, newest first. Few queries, whatever the number of columns.

    With a ``glimpse`` the cards are rows of it, else loaded records. Fields named in ``of`` are summed as far as
    ``user`` may read them; ``base``: the currency of which the day does not matter.

    Raises:
        Refusal: the type has no board, its column field is hidden, or the filter cannot be read.
    """
    described = spec.by_name.get(spec.board_column)
    if described is None or not access.field_rights(user, spec).reads(described.name):
        raise Refusal("no_board", f"{spec.plural} have no board. Use the list.")
    found = rows(spec=spec, user=user, query=query, at=at)
    fields = summable(spec, user, of)
    parts = summed_by(found=found, spec=spec, user=user, query=query, at=at, by=described, of=fields, base=base)
    keys = _first_keys(found, described, {value: part.count for value, part in parts.items()}, cards)
    shown = _cards(spec, described, keys, glimpse)
    return [
        Column(choice.value, choice.label, choice.tone, part.count, part.totals, shown.get(choice.value, []))
        for choice in described.choices
        for part in [parts.get(choice.value, Summed())]
    ]


def _cards(
    spec: RecordSpec, described: FieldSpec, keys: Sequence[int], glimpse: Glimpse | None
) -> dict[str, list[Any]]:
    found = spec.model._default_manager.filter(pk__in=keys).order_by("-created_at", "-pk")
    if glimpse is not None:
        column, cards = glimpse.at(described.column), glimpse.rows(found)
    else:
        column, cards = described.value_of, list[Any](found.select_related(*spec.select_related))
    shown: dict[str, list[Any]] = {}
    for card in cards:
        shown.setdefault(column(card), []).append(card)
    return shown


LONG_COLUMN = 2_000
"""From so many cards on, the newest of a column are read from the index in its order."""


def _first_keys(found: QuerySet[Any], described: FieldSpec, counts: Mapping[str, int], cards: int) -> list[int]:
    """
    Return the keys of the newest records of every column.

    The head of a long column is read from the index. Where only a few of a column are the asker's, the index would be
    gone through to its end for them; those columns are read as a whole and numbered.
    """
    heads = [
        found.filter(**{described.column: value}).order_by("-created_at", "-pk").values_list("pk", flat=True)[:cards]
        for value, number in counts.items()
        if number > LONG_COLUMN
    ]
    short = [value for value, number in counts.items() if 0 < number <= LONG_COLUMN]
    newest = [F("created_at").desc(), F("pk").desc()]
    place = Window(RowNumber(), partition_by=[F(described.column)], order_by=newest)
    numbered = found.filter(**{f"{described.column}__in": short}).order_by().annotate(place=place)
    keys = list(numbered.filter(place__lte=cards).values_list("pk", flat=True)) if short else []
    return keys + (list(heads[0].union(*heads[1:], all=True)) if heads else [])


# -- One record --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownField:
    """
    A field on a record's page: its declaration, stored value, linked object where it is a link, and the right to it.
    """

    spec: FieldSpec
    value: Any
    linked: Any
    writable: bool


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A record as its page shows it: only fields that may be seen, what may be done, and why it may be seen."""

    spec: RecordSpec
    record: Any
    title: str
    subtitle: str
    sections: list[tuple[Section, list[ShownField]]]
    can: Mapping[str, bool]
    why: list[str]


def get_record(*, spec: RecordSpec, user: User, record_id: int, trial: bool = True) -> Any:
    """
    Return one record with its links loaded.

    A record that only tries a draft is there for its owner and for who may draw procedures; never without ``trial``.

    Raises:
        NotFound: it does not exist, lies in the bin, or is not for ``user`` to see.
    """
    record = whole_record(spec, record_id)
    is_seen = record is not None and record.deleted_at is None and access.can(user, access.VIEW, spec, record)
    if record is None or not is_seen or (record.sandbox and not (trial and _tries(user, record))):
        raise no_such(spec, record_id)
    return record


def whole_record(spec: RecordSpec, record_id: int) -> Any | None:
    """Return a record with its links loaded, whoever may see it and wherever it lies; None if there is none."""
    return _followed(spec.model, spec.select_related).get(record_id)


@lru_cache(maxsize=256)
def _followed(model: type[Record], links: tuple[str, ...]) -> Followed[Record]:
    return Followed(model, links)


def no_such(spec: RecordSpec, record_id: int) -> NotFound:
    """Return what is said of a record that does not exist, in the words for one that somebody may not see."""
    number = f"{spec.model.number_prefix}-{record_id}"
    return NotFound(f"There is no {spec.label.lower()} {number}, or it is not yours to see. Look in the list.")


def _tries(user: User, record: Any) -> bool:
    return record.owner_id == user.pk or access.allows(user, access.DESIGN_PROCEDURES)


def record_page(*, spec: RecordSpec, user: User, record_id: int) -> RecordPage:
    """
    Return what a record's page shows.

    Raises:
        NotFound: it does not exist, lies in the bin, or is not for ``user`` to see.
    """
    record = get_record(spec=spec, user=user, record_id=record_id)
    may_edit = access.can(user, access.EDIT, spec, record)
    return RecordPage(
        spec=spec,
        record=record,
        title=spec.title(record),
        subtitle=subtitle_for(spec, user)(record),
        sections=shown_sections(spec, user, record, may_edit=may_edit),
        can={action: access.can(user, action, spec, record) for action in (access.EDIT, access.DELETE, access.ASSIGN)},
        why=access.why(user, spec, record),
    )


def shown_sections(
    spec: RecordSpec, user: User, record: Any, *, may_edit: bool
) -> list[tuple[Section, list[ShownField]]]:
    """Return the sections of the form with the fields that ``user`` may see; empty sections are left out."""
    rights = access.field_rights(user, spec)
    sections = []
    for section in spec.sections:
        shown = [
            _shown(spec.field(name), record, rights, may_edit)
            for name in section.fields
            if name in spec.by_name and (rights.reads(name) or rights.masks(name))
        ]
        if shown:
            sections.append((section, shown))
    return sections


def _shown(described: FieldSpec, record: Any, rights: access.FieldRights, may_edit: bool) -> ShownField:
    if not rights.reads(described.name):
        masked = described.as_masked()
        return ShownField(masked, masked.value_of(record), None, writable=False)
    writable = may_edit and rights.writes(described.name)
    linked = described.linked(record) if described.type in (FieldType.USER, FieldType.TEAM, FieldType.RECORD) else None
    changeable = writable and not described.read_only and not described.is_through
    return ShownField(described, described.value_of(record), linked, changeable)


def list_columns(spec: RecordSpec, user: User, names: Sequence[str] = ()) -> list[FieldSpec]:
    """Return the columns of a list that ``user`` may see: the given ones, else the type's own; some only masked."""
    rights = access.field_rights(user, spec)
    chosen = [spec.field(name) for name in (names or spec.list_columns) if name in spec.by_name]
    told = (each if rights.reads(each.name) else each.as_masked() for each in chosen)
    return [each for each in told if not each.masked or rights.masks(each.name)]


def record_timeline(
    *,
    spec: RecordSpec,
    user: User,
    record_id: int,
    before: Place | None = None,
    limit: int = 50,
    seen: Any = None,
    events: Sequence[str] = (),
    about: Mapping[RecordRef, Former | None] | None = None,
) -> list[TimelineEntry]:
    """
    Return what happened to a record and to what belongs to it, newest first; hidden fields are left out of changes.

    ``seen``: the record itself, when the caller has it from ``get_record`` for the same person, and ``about``, when it
    has that from ``told_of``. ``events`` narrows to these kinds.

    Raises:
        NotFound: it is not for ``user`` to see.
    """
    record = seen if seen is not None else get_record(spec=spec, user=user, record_id=record_id)
    told = told_of(spec, user, record) if about is None else about
    without = ("record.absorbed",) if any(told.values()) else ()  # the survivor tells of it
    entries = timeline(about=told, before=before, limit=limit, events=events, without=without)
    return [bounded(entry, user) for entry in entries]


def told_of(spec: RecordSpec, user: User, record: Any) -> dict[RecordRef, Former | None]:
    """
    Return whose history a record's timeline tells: its own, that of what belongs to it, and what records that were
    merged into one of these were before (with what they were), all as far as ``user`` may see them.
    """
    refs = [RecordRef(spec.type, record.pk), *(ref for ref in spec.timeline(record) if _sees(user, ref, record))]
    merged = formers(refs=refs, user=user)
    told: dict[RecordRef, Former | None] = {}
    for ref in refs:
        told |= {ref: None, **merged.get(ref, {})}
    return told


def _sees(user: User, ref: RecordRef, beside: Any) -> bool:
    """Return whether the person sees a record that one ``beside`` it names; no query for one that came with that."""
    spec = registry.get(ref.type)
    linked = (each for each in beside._state.fields_cache.values() if isinstance(each, spec.model))
    record = next((each for each in linked if each.pk == ref.id), None)
    if record is not None:
        return access.can(user, access.VIEW, spec, record)
    return bool(spec.model._default_manager.filter(access.visible(spec, user), pk=ref.id).exists())


_BY_FIELD = ("changes", "personal_changes", "values", "personal")


def bounded(entry: TimelineEntry, user: User) -> TimelineEntry:
    """
    Return an entry without what the person may not read of its record: neither changes of hidden fields nor values that
    an event names like them.
    """
    spec = registry.get(entry.about.type)
    rights = access.field_rights(user, spec)
    data = {
        key: {name: part for name, part in value.items() if rights.reads(name)}
        if key in _BY_FIELD and isinstance(value, dict)
        else value
        for key, value in entry.data.items()
        if all(_may_know(spec, user, name) for name in kinds.fields_told(entry.event, key))
    }
    return replace(entry, data=data)


def _may_know(spec: RecordSpec, user: User, name: str) -> bool:
    """Return whether a field may be read: of the record's type, if it has one, or of the one that is named with it."""
    kind, _, field = name.rpartition(".")
    told = registry.find(kind) if kind else spec
    return told is None or field not in told.by_name or access.field_rights(user, told).reads(field)


# -- Tags --------------------------------------------------------------------------------------------------------------


def tags_in_use(*, spec: RecordSpec, user: User, begins: str = "", limit: int = 50) -> list[tuple[str, int]]:
    """Return the tags of records that ``user`` may see, the most used first, with how often they are used."""
    found = spec.model._default_manager.filter(access.visible(spec, user), deleted_at=None, sandbox=False)
    unfolded = found.annotate(tag=Func(F("tags"), function="unnest")).values("tag")
    counted: dict[str, int] = {}
    for tag, uses in unfolded.annotate(uses=Counted("pk")).order_by("-uses", "tag").values_list("tag", "uses"):
        if tag.casefold().startswith(begins.casefold()):
            counted[tag] = uses
    return list(counted.items())[:limit]
