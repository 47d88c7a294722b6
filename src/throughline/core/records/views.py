"""Saved views: named ways to look at a record type, one's own or shared. (Web pages live in web/, not here.)"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import events
from throughline.core.records.filters import Filter, Reading, predicate
from throughline.core.records.models import SavedView
from throughline.core.records.spec import RecordSpec
from throughline.core.refusals import NotAllowed, NotFound, Refusal

LAYOUTS = ("list", "board", "calendar")


def views_for(*, spec: RecordSpec, user: User) -> list[SavedView]:
    """Return a person's own views and those shared with the person, by name."""
    shared = Q(shared=True) | Q(team__in=access.grants(user).team_ids)
    found = SavedView.objects.filter(Q(owner=user) | shared, record_type=spec.type)
    return list(found.select_related("owner").order_by("name", "id"))


@transaction.atomic
def save_view(
    *,
    spec: RecordSpec,
    name: str,
    user: User,
    at: datetime,
    filter_: Filter,
    sort: str = "",
    columns: Sequence[str] = (),
    layout: str = "list",
    team_id: int | None = None,
    shared: bool = False,
) -> SavedView:
    """
    Save a way to look at records under a name; the person's own view of this name is replaced.

    Raises:
        Refusal: the name is empty, or the filter or a column cannot be read.
        NotAllowed: sharing with everybody needs the ability ``views.share``; with a team, being in it.
    """
    if not name.strip():
        raise Refusal("nameless_view", "Give the view a name.", "name")
    predicate(spec, filter_, Reading(user, at))
    for column in columns:
        if column not in spec.by_name:
            raise Refusal("unknown_column", f'{spec.plural} have no column "{column}".', "columns")
    if shared:
        access.require_ability(user, "views.share", otherwise="Ask an administrator to share a view with everybody.")
    if team_id is not None and team_id not in access.grants(user).team_ids:
        raise NotAllowed("A view can be shared with your own teams only.")
    shown = {
        "filter": dict(filter_),
        "sort": sort,
        "columns": list(columns),
        "team_id": team_id,
        "shared": shared,
        "layout": layout if layout in LAYOUTS else "list",
        "updated_at": at,
    }
    view, _ = SavedView.objects.update_or_create(
        owner=user,
        record_type=spec.type,
        name=name.strip(),
        defaults=shown,
        create_defaults={**shown, "created_at": at},
    )
    event = events.ViewSaved(record_type=spec.type, name=view.name)
    journal.record(event, by=Actor.user(user), at=at, about=RecordRef("view", view.pk))
    return view


@transaction.atomic
def delete_view(*, view_id: int, user: User, at: datetime) -> None:
    """
    Delete a person's own view.

    Raises:
        NotFound: it is somebody else's, or gone.
    """
    view = SavedView.objects.filter(pk=view_id, owner=user).first()
    if view is None:
        raise NotFound("This view is gone, or belongs to somebody else.")
    event = events.ViewDeleted(record_type=view.record_type, name=view.name)
    journal.record(event, by=Actor.user(user), at=at, about=RecordRef("view", view.pk))
    view.delete()
