"""
What a record type declares once, and everything generated reads: fields, lists, board, page, search, import, facts.

Pure data and small functions over one record; the table is named, never queried here.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from throughline.core.records import stored

if TYPE_CHECKING:
    from django.db.models import Model, Q

    from throughline.core.access import Lean
    from throughline.core.actor import Actor
    from throughline.core.journal import JournalEvent
    from throughline.core.recordref import RecordRef
    from throughline.core.records.matching.rule import MatchingRule
    from throughline.core.records.models import KeptSum, Record
    from throughline.core.records.quality.rule import QualityRule


class FieldType(StrEnum):
    """What kind of value a field holds; widgets, filters, sorting, import and FEEL follow from it."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    TAGS = "tags"
    LIST = "list"
    ADDRESS = "address"
    USER = "user"
    TEAM = "team"
    RECORD = "record"


TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL})
NUMBERS = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY, FieldType.DURATION})
TIMES = frozenset({FieldType.DATE, FieldType.DATETIME})
LINKS = frozenset({FieldType.USER, FieldType.TEAM, FieldType.RECORD})
UNSORTABLE = frozenset({FieldType.LONG_TEXT, FieldType.TAGS, FieldType.LIST, FieldType.ADDRESS, FieldType.MULTI_CHOICE})


MASK = "••••"
"""What stands where somebody may know that there is a value, but not which."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a picklist. ``tone`` colours its badge (``good``, ``bad``, ``warn``, ``info`` or nothing)."""

    value: str
    label: str
    tone: str = ""

    @staticmethod
    def of(choices: Iterable[tuple[str, Any]], **tones: str) -> tuple[Choice, ...]:
        """Return choices for a Django ``choices`` list; ``tones`` by the value's first word in lower case."""
        return tuple(
            Choice(value, str(label), tones.get(value.split(" ", 1)[0].lower(), "")) for value, label in choices
        )


def follow(record: Any, path: str) -> Any:
    """Return the value at the end of a path (``contact__name``), None when a step on the way is empty."""
    value = record
    before, dot, custom = path.partition("custom__")
    if dot and (not before or before.endswith("__")):
        owner = follow(record, before.removesuffix("__")) if before else record
        key, _, form = custom.partition("__")
        return stored.READ[form](owner.custom.get(key)) if owner is not None else None
    for step in path.split("__"):
        if value is None:
            return None
        value = getattr(value, step)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """
    One field of a record type.

    ``path`` leads to the value from the record, ``__`` between steps, when it is not the field's own name
    (``contact__email``). ``to`` names the record type a link points at. ``read_only`` fields are written by operations
    of the capability only, ``at_creation`` ones once, with the record. ``personal`` values go into the erasable part
    of the journal; ``sensitive`` ones are hidden unless a role says otherwise. ``aliases`` are other names under which
    files bring the field.

    ``custom`` fields were defined here by people and lie in the JSON column; their ``path`` leads there like any other
    (``stored``), ``indexed`` once a worker has made its index. ``required_at`` are columns of the board at which the
    field must be filled, ``default`` is the stored value of a new record that says nothing. ``masked`` is set for a
    reader who may know that there is a value, but not which. ``also`` gives, for a link of which a record may have more
    beside the one it keeps, the predicate of records that have one of these keys in either place on a day;
    ``also_in`` says where these stand: the table, and its column with the key of the record. ``bounds`` are the
    least and the most that a whole number may be.
    """

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    path: str = ""
    choices: Sequence[Choice] = ()
    to: str = ""
    required: bool = False
    read_only: bool = False
    at_creation: bool = False
    personal: bool = False
    sensitive: bool = False
    open_choices: bool = False
    sort_path: str = ""
    max_length: int = 0
    help: str = ""
    aliases: tuple[str, ...] = ()
    custom: bool = False
    searched: bool = False
    required_at: tuple[str, ...] = ()
    default: Any = None
    indexed: bool = False
    masked: bool = False
    also: Callable[[Sequence[int], date], Q] | None = None
    also_in: tuple[str, str] | None = None
    bounds: tuple[int, int] | None = None

    @property
    def source(self) -> str:
        """The path from the record to the value."""
        return self.path or self.name

    @property
    def column(self) -> str:
        """The attribute that holds the stored value: the key of a link, the value of anything else."""
        return f"{self.source}_id" if self.type in LINKS and not self.custom else self.source

    @property
    def is_through(self) -> bool:
        """Whether the value lies on another record that this one points at."""
        return "__" in self.source and not self.custom

    @property
    def holds_null(self) -> bool:
        """Whether a custom field without a value is NULL in a query (and not an empty text or list)."""
        return self.custom and stored.FORMS[self.type] not in stored.NEVER_EMPTY

    @property
    def sortable(self) -> bool:
        """Whether a list can be sorted by it."""
        return self.type not in UNSORTABLE and not self.masked

    @property
    def order_path(self) -> str:
        """The path that sorts as people expect: a stated form for names, the key of the choice otherwise."""
        return self.sort_path or self.column

    def value_of(self, record: Any) -> Any:
        """Return the stored value of the field, None when a step on the way is empty. Links give keys."""
        value = follow(record, self.column)
        return self.mask(value) if self.masked else value

    def mask(self, value: Any) -> str:
        """Return what is shown for a value to who may not know it; nothing for nothing."""
        return "" if value is None or value in ("", [], {}) else MASK

    def as_masked(self) -> FieldSpec:
        """Return the field for who may not know its values: a text, neither sorted nor changed."""
        return replace(self, masked=True, read_only=True)

    def put(self, record: Any, value: Any) -> str:
        """Set the stored value on a loaded record, and return the attribute that changed."""
        if not self.custom:
            setattr(record, self.column, value)
            return self.column
        kept = stored.to_keep(value)
        others = {key: each for key, each in record.custom.items() if key != self.name}
        record.custom = others if kept is None else {**others, self.name: kept}
        return "custom"

    def read_custom(self, custom: Mapping[str, Any]) -> Any:
        """Return the stored value of a custom field out of the JSON column."""
        return stored.READ[stored.FORMS[self.type]](custom.get(self.name))

    def linked(self, record: Any) -> Any:
        """Return the linked object (user, team or record) of a link field, or None. A query for a custom field."""
        return self.find(self.value_of(record)) if self.custom else follow(record, self.source)

    def find(self, key: int | None) -> Any:
        """Return what a custom link with this key points at, or None. One query."""
        return _find_linked(self, key)

    def choice(self, value: str) -> Choice | None:
        """Return the choice with this value."""
        return next((choice for choice in self.choices if choice.value == value), None)


def _nothing(_described: FieldSpec, _key: Any) -> Any:
    return None


_find_linked: Callable[[FieldSpec, Any], Any] = _nothing


def links_are_found_by(find: Callable[[FieldSpec, Any], Any]) -> None:
    """Say how the linked object of a custom field is found; called once at start-up."""
    global _find_linked  # noqa: PLW0603 - this module knows no tables
    _find_linked = find


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the record form and page: a heading and fields in order."""

    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """A verb of the capability offered on a record's page: its name (``lead.qualify``), label and needed permission."""

    name: str
    label: str
    permission: str = "edit"
    needs_reason: bool = False
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Derived:
    """
    What is worked out of a record (its title, a member of its FEEL context): ``of`` is given what stands at the paths
    ``reads``, in order.

    Naming the paths lets a reader of many records fetch these columns and build no records.
    """

    reads: tuple[str, ...]
    of: Callable[..., Any]

    def value_of(self, record: Any) -> Any:
        """Return it for a loaded record."""
        return self.of(*(follow(record, path) for path in self.reads))

    __call__ = value_of

    def without(self, blanks: Mapping[str, Any]) -> Derived:
        """Return the same with these values standing at some of the paths, whatever a record has there."""
        places = {self.reads.index(path): blank for path, blank in blanks.items()}

        def told(*values: Any) -> Any:
            given = iter(values)
            return self.of(*(places[at] if at in places else next(given) for at in range(len(self.reads))))

        return Derived(tuple(path for path in self.reads if path not in blanks), told)


NOTHING = Derived((), lambda: "")
"""What a type says that says nothing."""


Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hooks:
    """
    What a capability adds to the generic operations; each works on the loaded record, before it is written.

    ``check(record)`` raises a ``Refusal`` when the record as a whole may not be so. ``derive(record)`` fills derived
    columns. ``assigned(record, reason, at)`` lets an assignment move more than owner and team. The latter two return
    the names of the columns they set. ``settle(record, before, at)`` does what follows from a change of some fields,
    given what they were before by name (empty for a new record), and returns the columns it set with what the journal
    is told beside the change itself. ``changed(records, by, at)`` runs after the rows are written, in their
    transaction. ``absorbed(survivor, absorbed, taken)`` keeps of two merged records what one record has no place for:
    given both as they were and the fields taken from the absorbed one, after all that pointed there points at the
    survivor; it returns the rows that it added, which taking the merge back takes out.
    """

    check: Callable[[Any], None] = lambda _record: None
    derive: Callable[[Any], Sequence[str]] = lambda _record: ()
    assigned: Callable[[Any, str, datetime], Sequence[str]] = lambda _record, _reason, _at: ()
    settle: Callable[[Any, Values, datetime], tuple[Sequence[str], Sequence[JournalEvent]]] = (
        lambda _record, _before, _at: ((), ())
    )
    changed: Callable[[Sequence[Any], Actor, datetime], None] = lambda _records, _by, _at: None
    absorbed: Callable[[Any, Any, Collection[str]], Sequence[Model]] = lambda _survivor, _absorbed, _taken: ()


@dataclass(frozen=True, slots=True)
class Created:
    """What a set-wise creation did: keys by place in the input (None where nothing was made) and how many existed."""

    ids: list[int | None]
    existing: int


Create = Callable[..., Any]
"""``create(*, values, by: Actor, at: datetime)``: makes one record from values by field name, and returns it."""

CreateMany = Callable[..., Created]
"""``create_many(rows, *, by: Actor, at: datetime) -> Created``: the set-wise twin of creating, which imports use."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """
    What of a type may grow at run time: its declared fields together with those that people have defined here.

    It stays the same object until a definition changes, so what follows of it can be kept by it.
    """

    fields: tuple[FieldSpec, ...]
    list_columns: tuple[str, ...]
    filters: tuple[str, ...]
    sections: tuple[Section, ...]
    by_name: Mapping[str, FieldSpec]
    sensitive: frozenset[str]
    searched: tuple[FieldSpec, ...] = ()
    leans: Mapping[str, Sequence[Lean]] = field(default_factory=dict)


def _as_declared(_spec: RecordSpec, declared: Shape) -> Shape:
    return declared


_grown: Callable[[RecordSpec, Shape], Shape] = _as_declared


def shapes_grow_by(grown: Callable[[RecordSpec, Shape], Shape]) -> None:
    """Say how the shape of a type follows from the declared one; called once at start-up, asked at every question."""
    global _grown  # noqa: PLW0603 - this module knows no tables
    _grown = grown


def shaped(
    fields: Sequence[FieldSpec], list_columns: Sequence[str], filters: Sequence[str], sections: Sequence[Section]
) -> Shape:
    """Return a shape with all that follows from its fields."""
    by_name = {spec.name: spec for spec in (*fields, *COMMON_FIELDS)}
    return Shape(
        fields=tuple(fields),
        list_columns=tuple(list_columns),
        filters=tuple(filters),
        sections=tuple(sections),
        by_name=by_name,
        sensitive=frozenset(name for name, spec in by_name.items() if spec.sensitive),
        searched=tuple(spec for spec in fields if spec.searched),
    )


L = TypeVar("L")


class Live(Generic[L]):
    """An attribute of a type that is declared once and read grown: see ``Shape``."""

    def __init__(self, *default: L) -> None:
        self._default = default

    def __set_name__(self, owner: Any, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, spec: None, owner: Any) -> L: ...
    @overload
    def __get__(self, spec: RecordSpec, owner: Any) -> L: ...
    def __get__(self, spec: RecordSpec | None, owner: Any) -> L:
        if spec is None:
            if not self._default:
                raise AttributeError(self._name)
            return self._default[0]
        grown: L = getattr(spec.shape, self._name)
        return grown

    def __set__(self, spec: RecordSpec, value: L) -> None:
        spec.__dict__[f"declared_{self._name}"] = value


@dataclass(frozen=True, kw_only=True)
class RecordSpec:
    """
    A record type, declared once; ``fields``, ``list_columns``, ``filters``, ``sections`` and ``by_name`` are read with
    the custom fields of this moment (``Shape``), ``declared`` without.

    ``title``, ``subtitle`` and ``search_text`` are functions of one loaded record (with ``related`` followed); give
    them as ``Derived``, so that lists show many without loading them, and what somebody may not read can be left out.
    ``facts`` adds members to its FEEL context, by name; ``timeline`` names other records whose history belongs to
    its own. ``newest_within`` names fields of which indexes have for each value the newest of each owner and each team.
    ``board_column`` is the picklist field that makes the columns of the board. ``money_day`` is the field with
    the instant on whose day money of a record is exchanged; while it is empty, money counts as it does today.
    ``kept_sums`` is the table in which the records add themselves up. ``open`` are the lookups that select records
    still worked on, by which a person's load is counted. ``quality`` says what its data is worth, and goes with a
    column and field of this name. ``create`` makes a new one by an operation of the capability instead of the generic
    one; a type that is not ``made_by_itself`` is made on the page of the record that it is about. ``create_many`` takes
    rows of stored values by field name; ``import_through`` names fields of linked records it takes too,
    ``import_expects`` those whose absence in a line of a file deserves a remark.
    """

    type: str
    label: str
    plural: str
    model: builtins.type[Record]
    fields: Live[tuple[FieldSpec, ...]] = Live[tuple[FieldSpec, ...]]()  # noqa: RUF009 - a descriptor
    title: Callable[[Any], str]
    subtitle: Callable[[Any], str] = NOTHING
    search_text: Callable[[Any], Iterable[str]] = NOTHING
    list_columns: Live[tuple[str, ...]] = Live[tuple[str, ...]]()  # noqa: RUF009 - a descriptor
    filters: Live[tuple[str, ...]] = Live[tuple[str, ...]](())  # noqa: RUF009 - a descriptor
    default_sort: str = "-created_at"
    newest_within: tuple[str, ...] = ()
    board_column: str = ""
    board_sum: str = ""
    money_day: str = ""
    kept_sums: builtins.type[KeptSum] | None = None
    sections: Live[tuple[Section, ...]] = Live[tuple[Section, ...]](())  # noqa: RUF009 - a descriptor
    related: tuple[str, ...] = ()
    matching: MatchingRule | None = None
    quality: QualityRule | None = None
    open: Mapping[str, Any] = field(default_factory=dict)
    operations: tuple[OperationSpec, ...] = ()
    hooks: Hooks = field(default_factory=Hooks)
    facts: Mapping[str, Derived] = field(default_factory=dict)
    timeline: Callable[[Any], Iterable[RecordRef]] = lambda _record: ()
    create: Create | None = None
    made_by_itself: bool = True
    create_many: CreateMany | None = None
    import_through: tuple[str, ...] = ()
    import_expects: tuple[str, ...] = ()
    icon: str = "circle"
    slug: str = ""
    in_search: bool = True

    @property
    def address(self) -> str:
        """How addresses name the type: its own word for it, else its plural in small letters."""
        return self.slug or self.plural.lower().replace(" ", "-")

    @cached_property
    def declared(self) -> Shape:
        """The shape without custom fields."""
        own = self.__dict__
        return shaped(*(own[f"declared_{name}"] for name in ("fields", "list_columns", "filters", "sections")))

    @property
    def shape(self) -> Shape:
        """The shape of this moment."""
        return _grown(self, self.declared)

    @property
    def by_name(self) -> Mapping[str, FieldSpec]:
        """All fields by name, the ones that every record has included."""
        return self.shape.by_name

    @property
    def sensitive_fields(self) -> frozenset[str]:
        """Fields that are hidden unless a role says otherwise."""
        return self.shape.sensitive

    @property
    def leans(self) -> Mapping[str, Sequence[Lean]]:
        """What worked-out fields rest on, by name."""
        return {**self._declared_leans, **self.shape.leans}

    @cached_property
    def _declared_leans(self) -> Mapping[str, Sequence[Lean]]:
        """
        The score rests on all that counts in it: who may not see one of these may not see the score. A field of a
        linked record is as hidden here as there.
        """
        from throughline.core.access import Lean

        leans: dict[str, Sequence[Lean]] = {}
        for described in self.declared.fields:
            link, _, column = described.path.partition("__")
            if described.is_through and link in self.declared.by_name:
                linked = self.declared.by_name[link].to
                leans[described.name] = (Lean(linked, column, is_sensitive=described.sensitive, is_through=True),)
        if self.quality is not None:
            leans["quality"] = tuple(Lean(self.type, name) for name in self.quality.fields)
        return leans

    def words(self, record: Any) -> Iterable[str]:
        """Return what a record is found by beside its title: what its type says, and its searched custom fields."""
        yield from self.search_text(record)
        for described in self.shape.searched:
            value = described.value_of(record)
            yield from value if isinstance(value, list) else (str(value),) if value is not None else ()

    @cached_property
    def select_related(self) -> tuple[str, ...]:
        """What a list or page loads with the record, so that it needs no further query."""
        return tuple(dict.fromkeys(("owner", "team", *self.related)))

    @cached_property
    def derived(self) -> tuple[Derived, ...]:
        """Of title, subtitle and words those that say what they are worked out of."""
        return tuple(each for each in (self.title, self.subtitle, self.search_text) if isinstance(each, Derived))

    @cached_property
    def paths(self) -> frozenset[str]:
        """Where all lies that is read of a record with whatever is asked: its fields, their order, words, titles."""
        return frozenset(
            (
                *(path for each in self.declared.by_name.values() for path in (each.column, each.order_path)),
                *(path for each in self.derived for path in each.reads),
                *(f"{link}__id" for link in self.select_related),
            )
        )

    def field(self, name: str) -> FieldSpec:
        """
        Return a field by name.

        Raises:
            LookupError: the type has no such field.
        """
        found = self.by_name.get(name)
        if found is None:
            raise LookupError(f'Expected a field of {self.label.lower()}, but it has none called "{name}".')
        return found

    def creating(self, rows: Sequence[Values], *, by: Actor, at: datetime) -> Created:
        """Create records set-wise. Only for types with ``create_many``."""
        if self.create_many is None:
            raise LookupError(f"Expected {self.plural.lower()} to be made set-wise, but their type does not say how.")
        return self.create_many(rows, by=by, at=at)


def common_fields() -> tuple[FieldSpec, ...]:
    """Return the fields that every record has."""
    return (
        FieldSpec(name="id", label="Key", type=FieldType.INTEGER, read_only=True),
        FieldSpec(name="owner", label="Owner", type=FieldType.USER, sort_path="owner__name", aliases=("assigned_to",)),
        FieldSpec(name="team", label="Team", type=FieldType.TEAM, sort_path="team__name"),
        FieldSpec(name="tags", label="Tags", type=FieldType.TAGS, aliases=("labels",)),
        FieldSpec(name="external_id", label="External key", read_only=True, at_creation=True, max_length=200),
        FieldSpec(name="created_at", label="Created", type=FieldType.DATETIME, read_only=True),
        FieldSpec(name="created_by", label="Created by", read_only=True),
        FieldSpec(name="updated_at", label="Changed", type=FieldType.DATETIME, read_only=True),
        FieldSpec(name="updated_by", label="Changed by", read_only=True),
        FieldSpec(name="last_activity_at", label="Last activity", type=FieldType.DATETIME, read_only=True),
        FieldSpec(name="next_activity_at", label="Next activity", type=FieldType.DATETIME),
        FieldSpec(name="version", label="Version", type=FieldType.INTEGER, read_only=True),
    )


COMMON_FIELDS = common_fields()
