"""Writes of access: the shipped roles, and what people make of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from throughline.core import journal
from throughline.core.access import rules
from throughline.core.access.abilities import MANAGE_ROLES
from throughline.core.access.events import RoleSaved, RolesShipped
from throughline.core.access.permissions import Permissions
from throughline.core.access.renewal import renewed
from throughline.core.access.roles import SHIPPED
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal


@transaction.atomic
def ship_roles(*, by: Actor, at: datetime) -> list[Role]:
    """
    Make those shipped roles that are not there yet, bring the others to this version, and return all of them.

    A role that was changed stays changed: it is given what was shipped since, but for what somebody here decided.
    """
    known = {role.key: role for role in Role.objects.select_for_update().filter(key__in=SHIPPED)}
    for role in known.values():
        _bring_up(role, SHIPPED[role.key][1], by, at)
    new = [
        Role(key=key, name=name, permissions=permissions, shipped=True, shipped_permissions=permissions)
        for key, (name, permissions) in SHIPPED.items()
        if key not in known
    ]
    Role.objects.bulk_create(new)
    if new:
        event = RolesShipped(roles=[role.key for role in new])
        journal.record(event, by=by, at=at, about=RecordRef("role", new[0].pk))
    return list(Role.objects.filter(key__in=SHIPPED).order_by("id"))


def renew_roles(*, by: Actor, at: datetime) -> None:
    """Bring the roles of an installation to this version, new ones too; one that has none yet stays without."""
    if Role.objects.filter(shipped=True).exists():
        ship_roles(by=by, at=at)


def _bring_up(role: Role, shipped: Mapping[str, Any], by: Actor, at: datetime) -> None:
    if role.shipped_permissions == shipped:
        return
    before, role.permissions = (
        role.permissions,
        renewed(base=role.shipped_permissions or _first_of(role), here=role.permissions, new=shipped),
    )
    role.shipped_permissions = dict(shipped)
    role.save(update_fields=["permissions", "shipped_permissions"])
    if Permissions.read(before) != Permissions.read(role.permissions):
        event = RoleSaved(key=role.key, name=role.name, before=before, after=role.permissions)
        journal.record(event, by=by, at=at, about=RecordRef("role", role.pk))


def _first_of(role: Role) -> Mapping[str, Any]:
    """Return what a role was shipped with before that was kept with it: what its first change found, or what it is."""
    changes = Entry.objects.filter(event="access.role_saved", record_type="role", record_id=role.pk).order_by("id")
    first: Mapping[str, Any] | None = changes.values_list("data__before", flat=True).first()
    return role.permissions if first is None else first


@transaction.atomic
def save_role(*, key: str, name: str, permissions: Mapping[str, Any], by: Actor, at: datetime) -> Role:
    """
    Change how a role is called and what it may.

    Raises:
        NotAllowed: the actor has not the ability ``settings.roles``.
        NotFound: there is no such role.
        Refusal: something is no permission, or nobody would be left who may change roles.
    """
    user = rules.user_of(by)
    if user is not None:
        rules.require_ability(user, MANAGE_ROLES, otherwise="Your roles do not let you change roles.")
    role = Role.objects.select_for_update().filter(key=key).first()
    if role is None:
        raise NotFound("There is no such role. Look at the list.")
    if not name.strip():
        raise Refusal("nameless_role", "Give the role a name.", "name")
    try:
        read = Permissions.read(permissions)
    except msgspec.ValidationError as wrong:
        raise Refusal("no_permission", f"This cannot be a permission: {wrong}") from wrong
    before, role.permissions = role.permissions, msgspec.to_builtins(read)
    role.name = name.strip()[:200]
    role.save()
    if not rules.people_with(MANAGE_ROLES):
        raise Refusal("locked_out", "Nobody would be left who may change roles. Leave the ability to one role.")
    event = RoleSaved(key=key, name=role.name, before=before, after=role.permissions)
    journal.record(event, by=by, at=at, about=RecordRef("role", role.pk))
    return role
