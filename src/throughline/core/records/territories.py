"""Territories: parts of the market, by fields of their records, and the people who work on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from throughline.core import access, journal
from throughline.core.access.events import TerritoryDefined, TerritoryRestored, TerritoryRetired
from throughline.core.access.holding import HeldTerritory
from throughline.core.access.models import Territory
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.keys import free_key
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.spec import FieldType, RecordSpec
from throughline.core.records.text import clean, fold
from throughline.core.records.values import plain, read_value
from throughline.core.refusals import NotFound, Refusal
from throughline.core.rows import counted_to

FIELD_TYPES = frozenset(
    {FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL, FieldType.CHOICE, FieldType.BOOLEAN,
     FieldType.INTEGER, FieldType.RECORD, FieldType.USER, FieldType.TEAM}
)  # fmt: skip
"""What a territory may be made of: fields with one value that can be named."""
COUNTED = 10_000
EXAMPLES = 5


# -- Writing -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_territory(
    *,
    name: str,
    record_type: str,
    where: Mapping[str, Sequence[Any]],
    member_ids: Sequence[int],
    by: Actor,
    at: datetime,
    key: str = "",
    may_edit: bool = False,
) -> Territory:
    """
    Make a territory, or change the one with this key: records of a type whose fields have certain values.

    Without a key it is a new one, whose key is made of the name.

    Raises:
        NotAllowed: the actor has not the ability ``settings.roles``.
        Refusal: a field is unknown, a value cannot be read, or nothing is said; the record type is another one.
    """
    _require(by)
    spec = registry.find(record_type)
    if spec is None:
        raise Refusal("no_such_type", "Choose a record type.", "record_type")
    if not clean(name):
        raise Refusal("nameless_territory", "Give the territory a name.", "name")
    known = Territory.objects.select_for_update().filter(key=key).first() if key else None
    if known is not None and known.record_type != record_type:
        raise Refusal("other_type", "A territory keeps its record type. Make another territory.", "record_type")
    values = {"name": clean(name)[:200], "record_type": record_type, "where": read_where(spec, where)}
    territory, _ = Territory.objects.update_or_create(
        key=key or free_key(Territory, slugify(fold(name)) or "territory"), defaults={**values, "may_edit": may_edit}
    )
    members = list(User.objects.filter(pk__in=member_ids).order_by("pk"))
    territory.members.set(members)
    event = TerritoryDefined(
        key=territory.key,
        name=territory.name,
        record_type=record_type,
        where=territory.where,
        may_edit=may_edit,
        members=[member.pk for member in members],
    )
    journal.record(event, by=by, at=at, about=RecordRef("territory", territory.pk))
    return territory


@transaction.atomic
def retire_territory(*, key: str, by: Actor, at: datetime) -> Territory:
    """
    Let a territory open records to nobody any more; its rule and its people are kept.

    Raises:
        NotAllowed: the actor has not the ability ``settings.roles``.
        NotFound: there is no such territory in use.
    """
    territory = _kept(key, by, retired=False)
    territory.retired_at = at
    territory.save(update_fields=["retired_at"])
    event = TerritoryRetired(key=key, name=territory.name)
    journal.record(event, by=by, at=at, about=RecordRef("territory", territory.pk))
    return territory


@transaction.atomic
def restore_territory(*, key: str, by: Actor, at: datetime) -> Territory:
    """
    Put a retired territory to use again.

    Raises:
        NotAllowed: the actor has not the ability ``settings.roles``.
        NotFound: there is no such retired territory.
    """
    territory = _kept(key, by, retired=True)
    territory.retired_at = None
    territory.save(update_fields=["retired_at"])
    event = TerritoryRestored(key=key, name=territory.name)
    journal.record(event, by=by, at=at, about=RecordRef("territory", territory.pk))
    return territory


def _require(by: Actor) -> None:
    user = access.user_of(by)
    if user is not None:
        may_manage(user)


def _kept(key: str, by: Actor, *, retired: bool) -> Territory:
    _require(by)
    found = Territory.objects.select_for_update().filter(key=key).exclude(retired_at__isnull=retired).first()
    if found is None:
        raise NotFound("There is no such territory. Look at the list.")
    return found


def read_where(spec: RecordSpec, where: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """
    Return the rule of a territory as it is kept.

    Raises:
        Refusal: a field is unknown, a value cannot be read, or nothing is said.
    """
    read: dict[str, list[Any]] = {}
    for name, values in where.items():
        described = spec.by_name.get(name)
        if described is None or described.type not in FIELD_TYPES:
            raise Refusal("no_such_field", f'{spec.plural} have no field "{name}" to tell them apart by.', "where")
        try:
            read[name] = [plain(read_value(described, value)) for value in values]
        except ValueError as wrong:
            raise Refusal("unreadable_value", str(wrong), "where") from wrong
    if not read or not all(read.values()):
        raise Refusal("empty_territory", "Say which values of which fields make the territory.", "where")
    return read


# -- Reading -----------------------------------------------------------------------------------------------------------


def may_manage(user: User) -> None:
    """
    Go on only when somebody may change territories.

    Raises:
        NotAllowed: their roles do not let them.
    """
    access.require_ability(user, access.MANAGE_ROLES, otherwise="Ask an administrator to change territories.")


@dataclass(frozen=True, slots=True)
class Extent:
    """How many records fall into a territory, as far as the asker sees them (at most ``COUNTED``), and the newest."""

    number: int
    exact: bool
    examples: tuple[tuple[int, str], ...] = ()


def extent(*, record_type: str, where: Mapping[str, Sequence[Any]], user: User, examples: bool = False) -> Extent:
    """Return how much falls into a territory; two queries with examples, one without, none of a type that is gone."""
    spec = registry.find(record_type)
    if spec is None:
        return Extent(0, exact=True)
    lying = HeldTerritory("", record_type, {name: list(values) for name, values in where.items()}, False)
    manager = spec.model._default_manager
    found = manager.filter(access.visible(spec, user), lying.predicate(spec), Q(deleted_at=None, sandbox=False))
    number = counted_to(found, COUNTED + 1)
    shown = found.select_related(*spec.select_related).order_by("-created_at", "-pk")[:EXAMPLES] if examples else ()
    return Extent(min(number, COUNTED), number <= COUNTED, tuple((each.pk, spec.title(each)) for each in shown))


def territories() -> list[Territory]:
    """Return all territories by name, with their members; those in use first. Two queries."""
    rows = Territory.objects.prefetch_related("members").order_by("name", "pk")
    return sorted(rows, key=lambda each: each.retired_at is not None)


def get_territory(key: str) -> Territory:
    """
    Return a territory.

    Raises:
        NotFound: there is none with this key.
    """
    found = Territory.objects.prefetch_related("members").filter(key=key).first()
    if found is None:
        raise NotFound("There is no such territory. Look at the list.")
    return found
