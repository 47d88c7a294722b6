"""The list of likely pairs, as far as somebody may see both, and what people say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.discretion import subtitle_for
from throughline.core.records.matching.events import ToldApart
from throughline.core.records.matching.models import LikelyPair
from throughline.core.records.matching.reading import compared, rule_of
from throughline.core.records.matching.weights import Reason, sureness
from throughline.core.records.operations import locked
from throughline.core.records.spec import RecordSpec
from throughline.core.rows import fetch


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a pair as the list shows it."""

    id: int
    title: str
    subtitle: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A likely pair: how sure it is in percent, and why, as far as the reader may know."""

    record_type: str
    one: Side
    other: Side
    sureness: int
    bits: float
    reasons: tuple[Reason, ...]


def compared_types() -> list[RecordSpec]:
    """Return the types whose records are compared."""
    return [spec for spec in registry.everything() if spec.matching is not None]


def open_pairs(*, spec: RecordSpec, user: User, limit: int = 50, offset: int = 0) -> list[Pair]:
    """Return undecided pairs of which ``user`` may see both, the surest first."""
    rows = list(_open(spec, user).order_by("-bits", "id")[offset : offset + limit])
    ids = {key for row in rows for key in (row.one_id, row.other_id)}
    records = spec.model._default_manager.select_related(*spec.related).in_bulk(ids)
    readable, below = _readable(spec, user), subtitle_for(spec, user)

    def side(key: int) -> Side:
        return Side(key, spec.title(records[key]), below(records[key]))

    return [
        Pair(
            spec.type,
            side(row.one_id),
            side(row.other_id),
            sureness(row.bits),
            row.bits,
            tuple(Reason(**reason) for reason in row.reasons if reason["trait"] in readable),
        )
        for row in rows
    ]


def count_open(*, spec: RecordSpec, user: User, most: int = 1000) -> int:
    """Return how many undecided pairs there are of which ``user`` may see both, at most ``most``."""
    return _open(spec, user)[:most].count()


def likely_of(*, spec: RecordSpec, user: User, record_id: int) -> list[Side]:
    """
    Return what one record is likely the same as and ``user`` may see, undecided, the surest first. One query where
    there is nothing.
    """
    if spec.matching is None:
        return []
    ids = [key for (key,) in fetch(_LIKELY, {"record": record_id, "type": spec.type, "open": LikelyPair.Status.OPEN})]
    if not ids:
        return []
    seen = compared(spec).filter(access.visible(spec, user)).select_related(*spec.related).in_bulk(ids)
    below = subtitle_for(spec, user)
    return [Side(key, spec.title(seen[key]), below(seen[key])) for key in ids if key in seen]


_LIKELY = """
SELECT one_id + other_id - %(record)s FROM matching_likelypair
WHERE record_type = %(type)s AND status = %(open)s AND (one_id = %(record)s OR other_id = %(record)s)
ORDER BY bits DESC, id
"""


def _open(spec: RecordSpec, user: User) -> QuerySet[LikelyPair]:
    seen = spec.model._default_manager.filter(access.visible(spec, user), deleted_at=None, sandbox=False).values("pk")
    return LikelyPair.objects.filter(
        record_type=spec.type, status=LikelyPair.Status.OPEN, one_id__in=seen, other_id__in=seen
    )


def _readable(spec: RecordSpec, user: User) -> frozenset[str]:
    rights = access.field_rights(user, spec)
    return frozenset(trait.name for trait in rule_of(spec).traits if rights.reads(trait.source))


@transaction.atomic
def tell_apart(*, spec: RecordSpec, ids: Sequence[int], by: Actor, at: datetime) -> None:
    """
    Remember that two records that look alike are different things, so that nobody is asked again.

    Raises:
        NotFound, NotAllowed: the actor may not change both.
    """
    one, other = sorted(ids)
    locked(spec, [one, other], by=by, action=access.EDIT)
    LikelyPair.objects.update_or_create(
        record_type=spec.type,
        one_id=one,
        other_id=other,
        defaults={"status": LikelyPair.Status.DIFFERENT, "decided_at": at, "decided_by": by.label},
        create_defaults={
            "status": LikelyPair.Status.DIFFERENT,
            "decided_at": at,
            "decided_by": by.label,
            "bits": 0.0,
            "found_at": at,
        },
    )
    facts = [
        journal.Fact(ToldApart(other=second), RecordRef(spec.type, first))
        for first, second in ((one, other), (other, one))
    ]
    journal.record_many(facts, by=by, at=at)
