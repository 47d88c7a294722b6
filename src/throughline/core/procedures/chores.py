"""What a worker does beside the queues: move cases to other versions, carry out repairs, tell owners, watch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from throughline.core.procedures import setwise, telling, watchdog
from throughline.core.procedures.day_use import merge_day_use
from throughline.core.procedures.migration.carry import advance_migrations
from throughline.core.procedures.models import Upkeep
from throughline.core.procedures.operations.repairs import carry_out_repairs
from throughline.core.procedures.operations.stewardship import tell_due_reviews
from throughline.core.procedures.reproving import prove_again
from throughline.core.procedures.silence import end_silent
from throughline.core.records import kept_sums, search, vocabulary
from throughline.core.records.imports.running import advance_imports
from throughline.core.records.matching import following
from throughline.core.records.quality import keeping

Chore = Callable[[datetime], int]

PERIODIC: tuple[tuple[str, timedelta, Chore], ...] = (
    ("silent workers", timedelta(seconds=10), lambda at: end_silent(at=at)),
    ("tell owners", timedelta(seconds=15), lambda at: telling.tell_owners(at=at)),
    ("watchdog", timedelta(minutes=10), lambda at: watchdog.watch(at=at)),
    ("add up use", timedelta(seconds=30), lambda at: merge_day_use(at=at)),
    ("add up records", timedelta(seconds=30), lambda _at: kept_sums.add_up()),
    ("tell reviews", timedelta(minutes=10), lambda at: tell_due_reviews(at=at)),
    ("prove again", timedelta(seconds=30), lambda at: prove_again(at=at)),
    ("find duplicates", timedelta(seconds=2), lambda at: following.follow_journal(at=at)),
    ("score changes", timedelta(seconds=5), lambda at: keeping.follow_journal(at=at)),
    ("score all", timedelta(minutes=1), lambda at: keeping.walk(at=at)),
    ("learn likeness", timedelta(hours=1), lambda at: following.learn_all(at=at)),
    ("forget words", timedelta(days=1), lambda _at: vocabulary.forget_unused()),
)
"""Chores of which one worker does each, every so often, by name."""


def look_after(*, at: datetime) -> int:
    """
    Do what is due beside the queues, and return how much was done that may lead to more: cases moved, incidents
    repaired, lines imported, and when no import has lines to go, records that search learns of. Meant to be called by
    every worker again and again; it costs fourteen small queries when nothing is due.
    """
    for name, every, chore in PERIODIC:
        _periodically(name, every, chore, at)
    return advance_migrations(at=at) + carry_out_repairs(at=at) + (advance_imports(at=at) or search.feed_due())


_LOCK = 7_461_004
_DUE = """
SELECT 1 WHERE NOT EXISTS (SELECT FROM procedures_upkeep WHERE name = %s AND begun_at > %s)
    AND pg_try_advisory_xact_lock(%s::int, hashtext(%s))
"""
_BEGIN = """
INSERT INTO procedures_upkeep AS u (name, begun_at, found) VALUES (%s, %s, 0)
ON CONFLICT (name) DO UPDATE SET begun_at = EXCLUDED.begun_at WHERE u.begun_at <= %s
RETURNING name
"""


@transaction.atomic
def _periodically(name: str, every: timedelta, chore: Chore, at: datetime) -> None:
    """
    Do a chore when it was begun long enough ago; whoever comes first does it, in the transaction that says so. Who
    comes meanwhile does not wait for the end: a chore may take long, and others are due.
    """
    if not setwise.fetch(_DUE, [name, at - every, _LOCK, name]):
        return
    if setwise.fetch(_BEGIN, [name, at, at - every]):
        Upkeep.objects.filter(pk=name).update(found=chore(at))


def next_due() -> datetime | None:
    """Return when a repair is to be carried out next; the periodic chores come along with any other look."""
    due: datetime | None = setwise.fetch("SELECT min(due_at) FROM procedures_repair WHERE status = 'waiting'")[0][0]
    return due
