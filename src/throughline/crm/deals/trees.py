"""
An organization with all that hang together with it, and what was and may be sold to them, over the whole tree.

A reader sees the organizations and deals that are theirs to see: what hangs below one that they do not see hangs for
them below the next one above, and deals that they do not see are in no sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Case, Count, Q, Sum, Value, When
from django.db.models.functions import TruncDate

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.rows import fetch
from throughline.crm.deals.models import Deal, StageKind
from throughline.crm.deals.prices import exchange
from throughline.crm.people.models import Organization

MOST = 500
"""A tree of more organizations is cut off there."""
DEEPEST = 20

_TREE = """
WITH RECURSIVE above AS (
    SELECT id, parent_id, ARRAY[id] AS seen FROM people_organization WHERE id = %s
    UNION ALL
    SELECT o.id, o.parent_id, seen || o.id FROM above JOIN people_organization o ON o.id = above.parent_id
    WHERE NOT o.id = ANY(seen) AND cardinality(seen) < %s
), below AS (
    (SELECT id, NULL::bigint AS parent_id, ARRAY[id] AS seen FROM above ORDER BY cardinality(seen) DESC LIMIT 1)
    UNION ALL
    SELECT o.id, o.parent_id, seen || o.id FROM below JOIN people_organization o ON o.parent_id = below.id
    WHERE NOT o.id = ANY(seen) AND cardinality(seen) < %s AND o.deleted_at IS NULL AND NOT o.sandbox
)
SELECT id, parent_id FROM below LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Branch:
    """
    One organization of a tree, ``depth`` steps below the top, with sums over itself and all below (``members``).

    Amounts are in the company's currency at the rates of the day; None for who may not read amounts of deals.
    """

    id: int
    name: str
    depth: int
    members: tuple[int, ...]
    open: int
    open_amount: Decimal | None
    won: int
    won_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Tree:
    """Branches from the top down, siblings by name; ``unrated`` deals have a currency without a rate."""

    branches: tuple[Branch, ...]
    currency: str
    unrated: int


@dataclass(slots=True)
class _Sold:
    open: int = 0
    open_amount: Decimal = Decimal(0)
    won: int = 0
    won_amount: Decimal = Decimal(0)

    def add(self, other: _Sold) -> None:
        self.open += other.open
        self.open_amount += other.open_amount
        self.won += other.won
        self.won_amount += other.won_amount


def tree_of(*, organization_id: int, user: User, at: datetime) -> Tree | None:
    """Return the tree that an organization is part of; None when it stands alone for ``user``. Four queries."""
    parents: dict[int, int | None] = dict(fetch(_TREE, [organization_id, DEEPEST, DEEPEST, MOST]))
    if len(parents) < 2:
        return None
    seen = Organization.objects.filter(access.visible(registry.get("organization"), user), pk__in=parents)
    names = {key: (sort, name) for key, sort, name in seen.values_list("pk", "sort_name", "name")}
    if len(names) < 2 or organization_id not in names:
        return None
    above = {key: _seen_above(key, parents, names) for key in names}
    sold, currency, unrated = _sold(set(names), user, at)
    amounts = access.field_rights(user, registry.get("deal")).reads("amount")
    branches = tuple(_branches(None, 0, above, names, sold, amounts=amounts))
    return Tree(branches, currency, unrated if amounts else 0)


def _seen_above(key: int, parents: Mapping[int, int | None], names: Mapping[int, object]) -> int | None:
    above = parents.get(key)
    while above is not None and above not in names:
        above = parents.get(above)
    return above


def _sold(keys: set[int], user: User, at: datetime) -> tuple[dict[int, _Sold], str, int]:
    rates = exchange()
    seen = access.visible(registry.get("deal"), user)
    deals = Deal.objects.filter(seen, organization__in=keys, deleted_at=None, sandbox=False)
    closed = Case(When(~Q(currency=rates.base), then=TruncDate("closed_at", tzinfo=UTC)), default=Value(None))
    rows = deals.annotate(day=closed).values_list("organization_id", "stage__kind", "currency", "day").order_by()
    found: dict[int, _Sold] = {}
    unrated = 0
    for key, kind, currency, day, count, amount in rows.annotate(Count("id"), Sum("amount")):
        told = found.setdefault(key, _Sold())
        worth = rates.convert(amount or Decimal(0), currency, day or at.date())
        unrated += count if worth is None else 0
        if kind == StageKind.OPEN:
            told.add(_Sold(open=count, open_amount=worth or Decimal(0)))
        elif kind == StageKind.WON:
            told.add(_Sold(won=count, won_amount=worth or Decimal(0)))
    return found, rates.base, unrated


def _branches(
    top: int | None,
    depth: int,
    above: Mapping[int, int | None],
    names: Mapping[int, tuple[str, str]],
    sold: Mapping[int, _Sold],
    *,
    amounts: bool,
) -> Iterator[Branch]:
    """Give what hangs below ``top``, each followed by what hangs below it."""
    for key in sorted((key for key, parent in above.items() if parent == top), key=lambda key: (*names[key], key)):
        under = list(_branches(key, depth + 1, above, names, sold, amounts=amounts))
        members = (key, *(branch.id for branch in under))
        whole = _Sold()
        for member in members:
            whole.add(sold.get(member, _Sold()))
        yield Branch(
            id=key,
            name=names[key][1],
            depth=depth,
            members=members,
            open=whole.open,
            open_amount=whole.open_amount if amounts else None,
            won=whole.won,
            won_amount=whole.won_amount if amounts else None,
        )
        yield from under
