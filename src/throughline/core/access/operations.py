"""Writes of access: the shipped roles."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from throughline.core import journal
from throughline.core.access.events import RolesShipped
from throughline.core.access.roles import SHIPPED
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.recordref import RecordRef


@transaction.atomic
def ship_roles(*, by: Actor, at: datetime) -> list[Role]:
    """Make those shipped roles that are not there yet and return all of them. A role that was changed stays changed."""
    known = set(Role.objects.values_list("key", flat=True))
    new = [
        Role(key=key, name=name, permissions=permissions, shipped=True)
        for key, (name, permissions) in SHIPPED.items()
        if key not in known
    ]
    Role.objects.bulk_create(new)
    if new:
        event = RolesShipped(roles=[role.key for role in new])
        journal.record(event, by=by, at=at, about=RecordRef("role", new[0].pk))
    return list(Role.objects.filter(key__in=SHIPPED).order_by("id"))
