"""Writes of territories beyond those that every record shares: the rule, and who works on what falls in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from throughline.core import access
from throughline.core.access.events import TerritoryDefined
from throughline.core.access.models import Territory as Rule
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.keys import free_key
from throughline.core.records import registry
from throughline.core.records.operations import Change, create_record, locked, write_changes
from throughline.core.records.text import fold
from throughline.core.refusals import Conflict, Refusal
from throughline.core.territories.keeping import require_roles
from throughline.core.territories.models import Territory
from throughline.core.territories.rules import Where, in_words, read_where


@transaction.atomic
def define_territory(
    *,
    values: Mapping[str, Any],
    record_type: str,
    where: Where,
    member_ids: Sequence[int],
    by: Actor,
    at: datetime,
    may_edit: bool = False,
) -> Territory:
    """
    Make a territory from values by field name, together with its rule.

    Raises:
        NotAllowed: the actor has not the ability ``settings.roles``.
        Refusal: values cannot be stored, or the rule cannot be; see ``set_rule``.
    """
    territory: Territory = create_record(spec=registry.get("territory"), values=values, by=by, at=at)
    return set_rule(
        territory_id=territory.pk,
        record_type=record_type,
        where=where,
        member_ids=member_ids,
        may_edit=may_edit,
        by=by,
        at=at,
    )


@transaction.atomic
def set_rule(
    *,
    territory_id: int,
    record_type: str,
    where: Where,
    member_ids: Sequence[int],
    by: Actor,
    at: datetime,
    may_edit: bool = False,
    version: int | None = None,
) -> Territory:
    """
    Say which records of a type belong to a territory, and who works on them; with ``may_edit`` they change them, too.

    Raises:
        NotFound, NotAllowed: as for any change; or the actor has not the ability ``settings.roles``.
        Conflict: somebody else changed the territory since ``version``.
        Refusal: a field is unknown, a value cannot be read, or nothing is said; the record type is another one.
    """
    require_roles(by)
    spec = registry.find(record_type)
    if spec is None:
        raise Refusal("no_such_type", "Choose a record type.", "record_type")
    kept = read_where(spec, where)
    territories = registry.get("territory")
    territory: Territory = locked(territories, [territory_id], by=by, action=access.EDIT)[territory_id]
    if version is not None and version != territory.version:
        raise Conflict("Somebody changed this territory meanwhile. Look at it and save again.")
    rule = territory.rule or Rule(key=free_key(Rule, slugify(fold(territory.name)) or "territory"))
    if rule.pk is not None and rule.record_type != record_type:
        raise Refusal("other_type", "A territory keeps its record type. Make another territory.", "record_type")
    rule.name, rule.record_type, rule.where, rule.may_edit = territory.name, record_type, kept, may_edit
    rule.retired_at = None if territory.in_use else rule.retired_at or at
    rule.save()
    members = list(User.objects.filter(pk__in=member_ids).order_by("pk"))
    rule.members.set(members)
    territory.rule, territory.which, territory.people = rule, in_words(record_type, kept), len(members)
    event = TerritoryDefined(
        key=rule.key,
        name=rule.name,
        record_type=record_type,
        where=kept,
        may_edit=may_edit,
        members=[member.pk for member in members],
    )
    change = Change(territory, {"rule_id", "which", "people"}, [event])
    write_changes(spec=territories, changes=[change], by=by, at=at)
    return territory
