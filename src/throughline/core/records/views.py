"""
Saved views: named ways to look at a record type, one's own or shared. (Web pages live in web/, not here.)

A view says how to look, never what may be seen: whoever opens a shared one sees with their own rights. Columns, groups
and sorting by fields that are hidden from them fall away; a filter by such a field is refused, because leaving it out
would show more than the view says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import events
from throughline.core.records.filters import Filter, Reading, predicate
from throughline.core.records.models import FirstView, SavedView
from throughline.core.records.spec import RecordSpec
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.core.rows import Whole

LAYOUTS = ("list", "board", "calendar", "timeline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """
    How to look at records: as what, which, in what order, with which columns, in which groups, placed by which dates.

    Empty members mean what the record type says. ``sort`` is a field name, ``-`` before it for descending.
    """

    layout: str = "list"
    filter: Filter = field(default_factory=dict)
    sort: str = ""
    columns: tuple[str, ...] = ()
    group: str = ""
    dates: tuple[str, ...] = ()

    @property
    def stored(self) -> dict[str, Any]:
        """The columns of a saved view that hold it."""
        return {
            "layout": self.layout,
            "filter": dict(self.filter),
            "sort": self.sort,
            "columns": list(self.columns),
            "group": self.group,
            "dates": list(self.dates),
        }


def look_of(view: SavedView) -> Look:
    """Return how a saved view looks at records."""
    return Look(
        layout=view.layout,
        filter=view.filter,
        sort=view.sort,
        columns=tuple(view.columns),
        group=view.group,
        dates=tuple(view.dates),
    )


# -- Reading -----------------------------------------------------------------------------------------------------------


_OFFERED = Whole(
    SavedView,
    """
    JOIN identity_user o ON o.id = records_savedview.owner_id
    WHERE records_savedview.record_type = %(type)s
      AND (owner_id = %(user)s OR shared OR team_id = ANY(%(teams)s::bigint[]))
    ORDER BY records_savedview.name, records_savedview.id
    """,
    {
        "owner_name": "o.name",
        "is_first": """EXISTS (SELECT FROM records_firstview f WHERE f.view_id = records_savedview.id
                               AND f.user_id = %(user)s AND f.record_type = records_savedview.record_type)""",
    },
)


def views_for(*, spec: RecordSpec, user: User) -> list[SavedView]:
    """
    Return a person's own views and those shared with the person, by name; ``is_first`` marks the one to open,
    ``owner_name`` says whose each is.
    """
    given = {"user": user.pk, "type": spec.type, "teams": list(access.grants(user).team_ids)}
    return _OFFERED.fetch(given)


def get_view(*, spec: RecordSpec, user: User, view_id: int) -> SavedView:
    """
    Return a view that is the person's own or shared with the person.

    Raises:
        NotFound: there is none such.
    """
    view = next((each for each in views_for(spec=spec, user=user) if each.pk == view_id), None)
    if view is None:
        raise NotFound("This view is gone, or is not shared with you. Choose another one above the list.")
    return view


# -- Writing -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_view(
    *,
    spec: RecordSpec,
    name: str,
    user: User,
    at: datetime,
    look: Look,
    team_id: int | None = None,
    shared: bool = False,
) -> SavedView:
    """
    Save a way to look at records under a name; the person's own view of this name is replaced.

    Raises:
        Refusal: the name is empty, or something of the look cannot be read or is hidden from the person.
        NotAllowed: sharing with everybody needs the ability ``views.share``; with a team, being in it.
    """
    _check(spec, look, user, at)
    _may_share(user, team_id, shared)
    shown = {**look.stored, "team_id": team_id, "shared": shared, "updated_at": at}
    view, _ = SavedView.objects.update_or_create(
        owner=user,
        record_type=spec.type,
        name=_named(name),
        defaults=shown,
        create_defaults={**shown, "created_at": at},
    )
    _tell(view, user, at)
    return view


@transaction.atomic
def change_view(*, view_id: int, user: User, at: datetime, name: str, team_id: int | None, shared: bool) -> SavedView:
    """
    Give one's own view another name, and share it with others.

    Raises:
        NotFound: it is somebody else's, or gone.
        Refusal, NotAllowed: as for saving.
        Conflict: one has another view of this name.
    """
    view = _own(view_id, user)
    _may_share(user, team_id, shared)
    view.name, view.team_id, view.shared, view.updated_at = _named(name), team_id, shared, at
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "team", "shared", "updated_at"])
    except IntegrityError as taken:
        sentence = f"You have another view called {view.name}. Choose another name."
        raise Conflict(sentence, fields={"name": sentence}) from taken
    _tell(view, user, at)
    return view


@transaction.atomic
def delete_view(*, view_id: int, user: User, at: datetime) -> None:
    """
    Delete a person's own view.

    Raises:
        NotFound: it is somebody else's, or gone.
    """
    view = _own(view_id, user)
    event = events.ViewDeleted(record_type=view.record_type, name=view.name)
    journal.record(event, by=Actor.user(user), at=at, about=RecordRef("view", view.pk))
    view.delete()


@transaction.atomic
def open_first(*, spec: RecordSpec, user: User, view_id: int | None) -> None:
    """
    Let a person's list of a type open with a view, or (None) with all records again. Nobody else sees the difference.

    Raises:
        NotFound: the view is gone or not shared with the person.
    """
    mine = FirstView.objects.filter(user=user, record_type=spec.type)
    if view_id is None:
        mine.delete()
        return
    view = get_view(spec=spec, user=user, view_id=view_id)
    FirstView.objects.update_or_create(user=user, record_type=spec.type, defaults={"view": view})


def _own(view_id: int, user: User) -> SavedView:
    view = SavedView.objects.select_for_update().filter(pk=view_id, owner=user).first()
    if view is None:
        raise NotFound("This view is gone, or belongs to somebody else.")
    return view


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refusal("nameless_view", "Give the view a name.", "name")
    if len(name) > 120:
        raise Refusal("long_name", "A view's name has at most 120 characters. Shorten it.", "name")
    return name


def _check(spec: RecordSpec, look: Look, user: User, at: datetime) -> None:
    if look.layout not in LAYOUTS:
        raise Refusal("unknown_layout", f'{spec.plural} cannot be shown as "{look.layout}".', "layout")
    predicate(spec, look.filter, Reading(user, at))
    rights = access.field_rights(user, spec)
    named: Mapping[str, Sequence[str]] = {
        "columns": look.columns,
        "sort": (look.sort.removeprefix("-"),) if look.sort else (),
        "group": (look.group,) if look.group else (),
        "dates": look.dates,
    }
    for member, names in named.items():
        for name in names:
            if name not in spec.by_name or not rights.reads(name):
                raise Refusal("unknown_column", f'{spec.plural} have no field "{name}".', member)


def _may_share(user: User, team_id: int | None, shared: bool) -> None:
    if shared:
        access.require_ability(user, "views.share", otherwise="Ask an administrator to share a view with everybody.")
    if team_id is not None and team_id not in access.grants(user).team_ids:
        raise NotAllowed("A view can be shared with your own teams only.")


def _tell(view: SavedView, user: User, at: datetime) -> None:
    event = events.ViewSaved(record_type=view.record_type, name=view.name)
    journal.record(event, by=Actor.user(user), at=at, about=RecordRef("view", view.pk))
