"""
Behind the journal: the keys of all records and the list of likely pairs, kept up to date by a worker.

Theory of operation. Whatever writes a record tells the journal, so following it misses nothing: neither an import of
100,000 rows nor a change by a procedure. Each look takes the next entries, makes the keys of the records they are about
anew, fetches who shares one of them, compares, and writes the pairs that reach the threshold. An open pair of a changed
record that no longer reaches it goes; what somebody has decided stays. Keys, pairs and the place in the journal are
written in one transaction, so a killed worker repeats at most one look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from django.db import connection, transaction
from django.db.models import Q

from throughline.core.journal.models import Entry
from throughline.core.journal.read import Cursor, follow
from throughline.core.records import registry
from throughline.core.records.matching.blocks import COMMON, keys_of, pairs_sharing
from throughline.core.records.matching.compare import levels_of
from throughline.core.records.matching.models import CommonKey, Followed, LearnedWeights, LikelyPair, RecordKeys
from throughline.core.records.matching.pairing import drawn, likely
from throughline.core.records.matching.reading import common_among, compared, rule_of, texts_of, weights_of
from throughline.core.records.matching.rule import Texts
from throughline.core.records.matching.weights import Weights, learn
from throughline.core.records.spec import RecordSpec

NAME = "duplicates"
ENTRIES = 1_000
"""So many entries are looked at in one transaction: comparing a thousand contacts takes a worker half a second."""

AT_ONCE = 500
"""So many records are compared with the rest by one statement."""

ENOUGH = 500
SAMPLE = 20_000
"""Weights are learned from at least, and at most, so many records."""
LEARN_EVERY = timedelta(days=1)


def follow_journal(*, at: datetime, limit: int = ENTRIES) -> int:
    """Look at what was written since the last look; return how many entries there were."""
    with transaction.atomic():
        Followed.objects.get_or_create(pk=NAME)
        place = Followed.objects.select_for_update().get(pk=NAME)
        entries, cursor = follow(after=Cursor(place.era, place.txid, place.entry_id), limit=limit)
        for spec in _compared():
            refresh(spec=spec, ids=sorted(_touched(spec, entries)), at=at)
        place.era, place.txid, place.entry_id = cursor
        place.save()
    return len(entries)


def _compared() -> list[RecordSpec]:
    return [spec for spec in registry.everything() if spec.matching is not None]


def _touched(spec: RecordSpec, entries: Iterable[Entry]) -> set[int]:
    return {entry.record_id for entry in entries if entry.record_type == spec.type and not entry.sandbox}


@transaction.atomic
def refresh(*, spec: RecordSpec, ids: Sequence[int], at: datetime) -> None:
    """Make the keys of these records anew, and the likely pairs that they are part of."""
    for begin in range(0, len(ids), AT_ONCE):
        _refresh_some(spec, ids[begin : begin + AT_ONCE], at)


_UPSERT = """
INSERT INTO matching_recordkeys (record_type, record_id, keys)
SELECT %s, record_id, keys FROM jsonb_to_recordset(%s::jsonb) AS given (record_id bigint, keys bigint[])
ON CONFLICT (record_type, record_id) DO UPDATE SET keys = excluded.keys
"""


def _refresh_some(spec: RecordSpec, ids: Sequence[int], at: datetime) -> None:
    rule = rule_of(spec)
    texts = texts_of(spec, ids)
    keys = {key: keys_of(rule, own) for key, own in texts.items()}
    gone = set(ids) - set(texts)
    RecordKeys.objects.filter(record_type=spec.type, record_id__in=gone).delete()
    if keys:
        rows = [{"record_id": key, "keys": own} for key, own in keys.items()]
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT, [spec.type, msgspec.json.encode(rows).decode()])
    _write_pairs(spec, ids, _pairs_of(spec, texts, keys), at)


_Pair = tuple[int, int, float, list[Any]]


def _pairs_of(spec: RecordSpec, texts: dict[int, Texts], keys: dict[int, list[int]]) -> list[_Pair]:
    """Return the likely pairs that these records are part of."""
    others = _sharing(spec.type, keys)
    members = [*keys, *(key for key in others if key not in keys)]
    pairs = pairs_sharing([others.get(key, []) for key in members])
    pairs = pairs[pairs[:, 0] < len(keys)]  # at least one of the two is one of these
    texts = texts | texts_of(spec, {members[place] for place in np.unique(pairs)} - set(texts))
    rule = rule_of(spec)
    alive = np.array([members[one] in texts and members[other] in texts for one, other in pairs], bool)
    pairs = pairs[alive] if len(pairs) else pairs
    nothing = ("",) * len(rule.traits)
    levels = levels_of(rule, [texts.get(key, nothing) for key in members], pairs)
    return [
        (
            min(members[near.one], members[near.other]),
            max(members[near.one], members[near.other]),
            near.bits,
            msgspec.to_builtins(near.reasons),
        )
        for near in likely(rule, weights_of(spec), pairs, levels)
    ]


_SHARING = """
SELECT record_id, keys FROM matching_recordkeys WHERE record_type = %s AND keys && %s::bigint[]
"""


def _sharing(record_type: str, keys: dict[int, list[int]]) -> dict[int, list[int]]:
    """
    Return who shares a key with one of these records, with those of its keys that are shared.

    A key found to be common is remembered, so that its many records are fetched this once.
    """
    all_keys = {key for own in keys.values() for key in own}
    wanted = all_keys - common_among(record_type, all_keys)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SHARING, [record_type, sorted(wanted)])
        found = {key: [shared for shared in own if shared in wanted] for key, own in cursor.fetchall()}
    counts = Counter(key for own in found.values() for key in own)
    CommonKey.objects.bulk_create(
        [CommonKey(record_type=record_type, key=key) for key, count in counts.items() if count > COMMON],
        ignore_conflicts=True,
    )
    return found


_WRITE = """
INSERT INTO matching_likelypair (record_type, one_id, other_id, bits, reasons, found_at, status, decided_by)
SELECT %s, one_id, other_id, bits, reasons, %s, 'open', ''
FROM jsonb_to_recordset(%s::jsonb) AS given (one_id bigint, other_id bigint, bits float8, reasons jsonb)
ON CONFLICT (record_type, one_id, other_id) DO UPDATE SET bits = excluded.bits, reasons = excluded.reasons
"""


def _write_pairs(spec: RecordSpec, ids: Collection[int], pairs: Sequence[_Pair], at: datetime) -> None:
    found = {(one, other) for one, other, _, _ in pairs}
    open_ones = LikelyPair.objects.filter(
        Q(one_id__in=ids) | Q(other_id__in=ids), record_type=spec.type, status=LikelyPair.Status.OPEN
    )
    stale = [key for key, one, other in open_ones.values_list("pk", "one_id", "other_id") if (one, other) not in found]
    LikelyPair.objects.filter(pk__in=stale).delete()
    if pairs:
        rows = [dict(zip(("one_id", "other_id", "bits", "reasons"), pair, strict=True)) for pair in pairs]
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [spec.type, at, msgspec.json.encode(rows).decode()])


# -- Learning ----------------------------------------------------------------------------------------------------------


def learn_all(*, at: datetime) -> int:
    """Learn the weights of every type anew that has enough records and was not learned of lately; return how many."""
    recent = set(LearnedWeights.objects.filter(learned_at__gt=at - LEARN_EVERY).values_list("pk", flat=True))
    return sum(learn_weights(spec=spec, at=at) is not None for spec in _compared() if spec.type not in recent)


@transaction.atomic
def learn_weights(*, spec: RecordSpec, at: datetime) -> Weights | None:
    """Learn what the traits of a type tell from its latest records, and keep it; None when there are too few."""
    rule = rule_of(spec)
    latest = compared(spec).order_by("-id")
    texts = list(texts_of(spec, list(latest.values_list("pk", flat=True)[:SAMPLE])).values())
    if len(texts) < ENOUGH:
        return None
    pairs = pairs_sharing([keys_of(rule, own) for own in texts])
    weights = learn(rule, levels_of(rule, texts, pairs), drawn(rule, texts))
    LearnedWeights.objects.update_or_create(
        pk=spec.type, defaults={"weights": weights, "records": len(texts), "learned_at": at}
    )
    return weights
