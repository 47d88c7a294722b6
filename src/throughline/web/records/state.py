"""
How somebody looks at a list: read from the address, which may name a saved view and say what is different from it.

An address is all there is: it can be sent, kept and gone back to. ``view`` names a saved view (``all`` none, not even
the one to open first), ``f`` is a filter as core has it, the fields of the bar narrow further; ``sort``, ``columns``,
``group`` and ``by`` (fields that place records in time) say the rest. What an address does not say, the view says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import FieldSpec, RecordSpec
from throughline.core.records.filters import Filter
from throughline.core.records.models import SavedView
from throughline.core.records.queries import ListQuery
from throughline.core.records.spec import TIMES, UNSORTABLE
from throughline.core.records.views import Look, look_of, views_for
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, parameters
from throughline.web.records.filters import Bar, address, read_bar

LAYOUTS = {"list": "record_list", "board": "record_board", "calendar": "record_calendar", "timeline": "record_spans"}
"""Layout → the name of its page."""
PAGE = 50
ALL = "all"


@dataclass(frozen=True, slots=True)
class State:
    """What an address says of a list. ``given`` are its parameters, ``meaning`` all filters together."""

    spec: RecordSpec
    given: Mapping[str, str]
    views: tuple[SavedView, ...]
    view: SavedView | None
    bar: Bar
    look: Look
    meaning: Filter
    text: str

    @property
    def sort(self) -> str:
        """The sorting, by the type's own when nothing else is said."""
        return self.look.sort or self.spec.default_sort

    @property
    def narrowing(self) -> frozenset[str]:
        """The parameters of the address that are values of fields."""
        return frozenset(each.name for each in self.bar.filters)

    @property
    def is_changed(self) -> bool:
        """Whether the address says something else than its view."""
        if self.view is None:
            return bool(self.meaning or self.look.sort or self.look.columns or self.look.group)
        return {**self.look.stored, "filter": self.meaning} != look_of(self.view).stored

    def to(self, **changes: str) -> str:
        """Return the part behind the question mark with something else; pages begin at the top again."""
        return "?" + address({**self.kept, **changes})

    @property
    def kept(self) -> dict[str, str]:
        """The parameters without the place in the pages."""
        return {name: value for name, value in self.given.items() if name != "after"}

    def query(self, **more: Any) -> ListQuery:
        """Return what core is asked for."""
        after = self.given.get("after", "")
        return ListQuery(filter=self.meaning, sort=self.sort, text=self.text, **{"after": after, "limit": PAGE, **more})


def read_state(request: Asked, spec: RecordSpec, layout: str = "list") -> State:
    """
    Return what the address of a request says.

    Raises:
        Refusal: the filter of the address is no JSON.
        NotFound: its view is gone, or not shared with the reader.
    """
    given = parameters(request.GET)
    views = tuple(views_for(spec=spec, user=request.user))
    view = _view(views, given)
    saved = look_of(view) if view is not None else Look()
    bar = read_bar(spec, request.user, request.GET)
    kept = _read_filter(given["f"]) if "f" in given else saved.filter
    rights = access.field_rights(request.user, spec)
    look = Look(
        layout=layout,
        filter=kept,
        sort=_sortable(spec, rights, given.get("sort", saved.sort), strict="sort" in given),
        columns=tuple(name for name in _listed(given, "columns", saved.columns) if rights.reads(name)),
        group=_groupable(spec, request.user, given.get("group", saved.group)),
        dates=tuple(name for name in _listed(given, "by", saved.dates) if _is_time(spec, rights, name)),
    )
    return State(spec, given, views, view, bar, look, joined(kept, bar.meaning), given.get("q", ""))


def first_view(views: tuple[SavedView, ...]) -> SavedView | None:
    """Return the view that opens first for whoever these are offered to."""
    return next((view for view in views if getattr(view, "is_first", False)), None)


def _view(views: tuple[SavedView, ...], given: Mapping[str, str]) -> SavedView | None:
    chosen = given.get("view", "")
    if not given:
        return first_view(views)
    return next((view for view in views if str(view.pk) == chosen), None)


def is_gone(state: State) -> bool:
    """Whether the address names a view that is not there for its reader."""
    return state.view is None and state.given.get("view", ALL) not in ("", ALL)


def _read_filter(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise Refusal("unreadable_filter", _("The filter in this address cannot be read. Build it anew."))
    return read


def as_text(filter_: Filter) -> str:
    """Return a filter as addresses have it."""
    return json.dumps(filter_, ensure_ascii=False, separators=(",", ":"))


def joined(*filters: Filter) -> dict[str, Any]:
    """Return the filter that asks for all of several; groups of the same kind become one."""
    members: list[Any] = []
    for each in filters:
        if each:
            members.extend(each["all"] if set(each) == {"all"} else [each])
    return {"all": members} if len(members) > 1 else dict(members[0]) if members else {}


def _listed(given: Mapping[str, str], name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for part in given[name].split(",") if part) if name in given else otherwise


def _sortable(spec: RecordSpec, rights: access.FieldRights, sort: str, *, strict: bool) -> str:
    """A view's sorting by what its reader may not see falls away; an address's is refused by core."""
    name = sort.removeprefix("-")
    return sort if strict or (name in spec.by_name and rights.reads(name)) else ""


def _groupable(spec: RecordSpec, user: User, name: str) -> str:
    return name if name and any(name == each.name for each in groupable(spec, user)) else ""


def groupable(spec: RecordSpec, user: User) -> tuple[FieldSpec, ...]:
    """Return the fields by which a list can be put into groups, for somebody."""
    rights = access.field_rights(user, spec)
    return access.grants(user).remembered(
        (groupable, spec.shape),
        lambda: tuple(
            each
            for each in spec.by_name.values()
            if rights.reads(each.name) and each.type not in UNSORTABLE and each.name not in ("id", "version")
        ),
    )


def _is_time(spec: RecordSpec, rights: access.FieldRights, name: str) -> bool:
    described = spec.by_name.get(name)
    return described is not None and described.type in TIMES and rights.reads(name)


def time_fields(spec: RecordSpec, user: User) -> tuple[FieldSpec, ...]:
    """Return the fields that can place a record in time, for somebody."""
    rights = access.field_rights(user, spec)
    return access.grants(user).remembered(
        (time_fields, spec.shape),
        lambda: tuple(each for each in spec.by_name.values() if each.type in TIMES and rights.reads(each.name)),
    )
