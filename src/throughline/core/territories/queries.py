"""Reads of territories: how much falls in, and who works on it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from throughline.core import access
from throughline.core.access.holding import HeldTerritory
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.rows import counted_to
from throughline.core.territories.models import Territory
from throughline.core.territories.rules import Where

COUNTED = 10_000
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Extent:
    """How many records fall into a territory, as far as the asker sees them (at most ``COUNTED``), and the newest."""

    number: int
    exact: bool
    examples: tuple[tuple[int, str], ...] = ()


def extent(*, record_type: str, where: Where, user: User) -> Extent | None:
    """
    Return how much falls into a territory; None for who may not read all of the fields it is made of, to whom a number
    would tell their values. Two queries, none of a type that is gone.
    """
    spec = registry.find(record_type)
    if spec is None:
        return Extent(0, exact=True)
    rights = access.field_rights(user, spec)
    if not all(rights.reads(name) for name in where if name in spec.by_name):
        return None
    lying = HeldTerritory("", record_type, {name: list(values) for name, values in where.items()}, False)
    manager = spec.model._default_manager
    found = manager.filter(access.visible(spec, user), lying.predicate(spec), Q(deleted_at=None, sandbox=False))
    number = counted_to(found, COUNTED + 1)
    shown = found.select_related(*spec.select_related).order_by("-created_at", "-pk")[:EXAMPLES] if number else ()
    return Extent(min(number, COUNTED), number <= COUNTED, tuple((each.pk, spec.title(each)) for each in shown))


def people_on(territory: Territory) -> list[tuple[int, str]]:
    """Return key and name of those who work on a territory, by name; nobody while it has no rule."""
    if territory.rule is None:
        return []
    return list(territory.rule.members.order_by("name", "pk").values_list("pk", "name"))
