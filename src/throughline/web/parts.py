"""
The small values that templates place: what a page shows, already in words.

Views make them from what queries return. A template never asks a model, so each partial renders alone and a page's
number of queries is decided in its view. Those of which a page has dozens, and those by which what was drawn is kept
(``hot.draw_kept``), are named tuples: made and compared at a third of what a dataclass takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

Tone = Literal["", "good", "wait", "late", "news"]


class NavigationItem(NamedTuple):
    """
    A line of the side bar. ``under``: the pages below this address are its own, too; those below ``url`` unless said.
    """

    label: str
    icon: str
    url: str
    current: bool = False
    shortcut: str = ""
    under: str = ""


class NavigationGroup(NamedTuple):
    """A titled part of the side bar."""

    title: str
    items: tuple[NavigationItem, ...]


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to this page."""

    label: str
    url: str


class Tab(NamedTuple):
    """One of several ways to look at the same thing."""

    label: str
    icon: str
    url: str
    current: bool = False


class Cell(NamedTuple):
    """
    One value of a list or page, in words.

    ``kind`` decides how it is drawn: ``text``, ``person``, ``pill``, ``tags``, ``moment``, ``link``, ``number``,
    ``email``, ``phone``, ``url``, ``long``, ``boolean``.
    """

    text: str
    kind: str = "text"
    url: str = ""
    tone: Tone = ""
    moment: datetime | None = None
    tags: tuple[str, ...] = ()
    name: str = ""
    label: str = ""
    editable: bool = False

    @property
    def is_filled(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.text or self.tags or self.moment)


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column of a list. ``sort_url`` orders by it; ``sorted`` is the value of ``aria-sort``, empty when unsorted. Cells
    of an ``editable`` one may be changed in place.
    """

    name: str
    label: str
    numeric: bool = False
    sort_url: str = ""
    sorted: Literal["", "ascending", "descending"] = ""
    editable: bool = False


class Row(NamedTuple):
    """
    A record in a list: the words of its first cell lead to its page; ``cells`` are the others. Both are drawn, that is
    escaped; empty where there is nothing to be seen.

    ``version`` is the one that is shown; ``cell_url`` is where its cells are changed in place, empty when they are not.
    """

    id: int
    url: str
    title: str
    first: str
    cells: list[str]
    version: int = 0
    cell_url: str = ""


class Choice(NamedTuple):
    """An option of a select box or menu."""

    value: str
    label: str
    chosen: bool = False
    tone: Tone = ""


class Filter(NamedTuple):
    """A field of the filter bar; ``kind`` is ``choice``, ``text``, ``day``, ``boolean`` or ``number``."""

    name: str
    label: str
    kind: str
    value: str = ""
    choices: tuple[Choice, ...] = ()


class Chip(NamedTuple):
    """A filter that is set, with the address of the page without it."""

    label: str
    remove_url: str


class StepNote(NamedTuple):
    """The next step of a record in few words, for cards and rows."""

    label: str
    when: str
    tone: Tone
    icon: str = "workflow"


class Card(NamedTuple):
    """A record on a board, its pills drawn. It can go to other columns when it has a ``move_url``."""

    id: int
    url: str
    title: str
    subtitle: str
    owner: str
    pills: tuple[str, ...]
    move_url: str
    version: int
    figure: str = ""
    step: StepNote | None = None


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """
    A column of a board: ``count`` of all records in it, ``sum`` as its head tells it, ``sums`` of all that was asked
    for by field, ``more_url`` when only some are shown.
    """

    value: str
    label: str
    count: str
    cards: tuple[Card, ...]
    sum: str = ""
    more_url: str = ""
    sums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of a comment; ``spoken_to`` when it names a colleague."""

    text: str
    spoken_to: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """
    A comment in the timeline. ``seen``: who has seen it, in words, for its author; the addresses are empty where there
    is nothing to be done.
    """

    id: int
    words: tuple[Words, ...]
    answers: str = ""
    edited: bool = False
    seen: str = ""
    answer_url: str = ""
    edit_url: str = ""
    delete_url: str = ""


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """
    Something that happened, as the timeline tells it; ``body`` is quoted text, ``said`` a comment, ``promise_url``
    where a promise is made of it, ``former`` the name under which it happened, before a merge.
    """

    icon: str
    title: str
    by: str
    at: datetime
    tone: Tone = ""
    body: str = ""
    url: str = ""
    said: Said | None = None
    promise_url: str = ""
    former: str = ""


@dataclass(frozen=True, slots=True)
class FormField:
    """
    A field of any form, bound to what was sent.

    ``kind``: ``string``, ``text``, ``number``, ``date``, ``datetime``, ``boolean``, ``choice``, ``email``, ``phone``,
    ``url``, ``tags``. ``was``: what is stored while the form is shown, so that only what is changed in it is sent on.
    ``theirs``: what somebody else has stored meanwhile, with the same in words. ``picks``: where suggestions come from
    while somebody types.
    """

    name: str
    label: str
    kind: str
    value: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    help: str = ""
    error: str = ""
    max_length: int = 0
    wide: bool = False
    autocomplete: str = ""
    was: str | None = None
    theirs: str | None = None
    theirs_words: str = ""
    picks: str = ""


@dataclass(frozen=True, slots=True)
class FormSection:
    """Fields under a heading."""

    title: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A button that ends a step."""

    value: str
    label: str
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class NextStep:
    """
    What is to be done with a record now: the answer to "what next?".

    ``due_words`` says until when and on which clock; ``mine`` whether the reader may do it. ``queue`` is called by its
    name while nobody has the step; ``queue_url`` leads there, for who may see it.
    """

    work_item: int
    title: str
    procedure: str
    procedure_url: str
    who: str
    queue: str
    queue_url: str
    due_at: datetime | None
    clock_words: str
    tone: Tone
    guidance: str
    outcomes: tuple[Outcome, ...]
    fields: tuple[FormField, ...]
    mine: bool
    can_claim: bool = False
    refusal: str = ""
    picture: str = ""
    record: str = ""
    playbook_url: str = ""

    @property
    def prefix(self) -> str:
        """What the ids of its form fields begin with: several steps may stand on one page."""
        return f"step{self.work_item}"


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A line of My work; it can be taken when it has a ``claim_url``. ``outlook``: what is predicted of its case."""

    id: int
    url: str
    title: str
    about: str
    procedure: str
    who: str
    due_at: datetime | None
    tone: Tone
    claim_url: str = ""
    outlook: str = ""


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """
    Lines of My work under a heading.

    Of what waits in a queue: ``url`` leads to it, ``note`` says how much waits there in all, ``late`` how much of that
    is overdue, and ``next_url`` is where the next one is taken.
    """

    title: str
    lines: tuple[WorkLine, ...]
    url: str = ""
    note: str = ""
    late: str = ""
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with what it counts; ``url`` leads to what was counted."""

    value: str
    label: str
    url: str = ""
    tone: Tone = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class SearchGroup:
    """Hits of one kind."""

    title: str
    hits: tuple[SearchHit, ...]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """
    A line of the search results, of the command palette or of what belongs to a record; without ``url`` it leads
    nowhere. ``note`` is quoted below it. ``click``: what of the page is pressed instead of going somewhere (CSS).
    """

    icon: str
    title: str
    url: str = ""
    subtitle: str = ""
    note: str = ""
    click: str = ""


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a list goes on. ``shown`` says in words what is shown."""

    shown: str
    first_url: str = ""
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group of a list: how many, their sums in words, where its rows come from and the list of just these."""

    label: str
    count: str
    sums: tuple[tuple[str, str], ...]
    rows_url: str
    url: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class ListTools:
    """
    What stands above and below a list: the views, what it shows in words, and the ways to change how one looks.

    ``view`` are the words and addresses of the view at hand, ``save`` what the form to save one needs; None when there
    is none.
    """

    views: tuple[Tab, ...] = ()
    view: dict[str, Any] | None = None
    save: dict[str, Any] | None = None
    sentence: str = ""
    problem: str = ""
    filter_url: str = ""
    clear_url: str = ""
    columns_url: str = ""
    totals_url: str = ""
    groups: tuple[Choice, ...] = ()
    exports: tuple[Tab, ...] = ()
    bin_url: str = ""
    changes_url: str = ""
    kept: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    """Everything that a list page or its swapped part needs."""

    kind: str
    title: str
    one: str
    icon: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    filters: Sequence[Filter]
    chips: Sequence[Chip]
    pager: Pager
    tabs: Sequence[Tab]
    query: str = ""
    sort: str = ""
    new_url: str = ""
    list_url: str = ""
    export_url: str = ""
    bulk_url: str = ""
    owners: Sequence[Choice] = ()
    columns_of_board: Sequence[BoardColumn] = ()
    tools: ListTools = field(default_factory=ListTools)
    group_lines: Sequence[GroupLine] = ()
    grouped_by: str = ""
    more_groups: bool = False
    all_count: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        """Whether the reader narrowed the list, so that an empty one means "nothing fits"."""
        return bool(self.chips or self.query)
