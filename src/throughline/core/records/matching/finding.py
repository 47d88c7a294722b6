"""
Looking for what a record is likely the same as, at the moment somebody makes or changes it.

The records that share a key are fetched, those the asker may not see are left out, the rest is compared. What is told
of a trait follows the right to read its field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.discretion import subtitle_for
from throughline.core.records.matching.blocks import keys_of
from throughline.core.records.matching.compare import levels_of
from throughline.core.records.matching.pairing import likely
from throughline.core.records.matching.reading import common_among, rule_of, texts_of, weights_of
from throughline.core.records.matching.rule import Texts
from throughline.core.records.matching.weights import Reason, sureness
from throughline.core.records.spec import RecordSpec, follow
from throughline.core.records.values import column_of, read_values

CANDIDATES = 500
"""So many records are compared with one."""


@dataclass(frozen=True, slots=True)
class Found:
    """A record that is likely the same: how sure that is in percent, and why."""

    id: int
    title: str
    subtitle: str
    bits: float
    reasons: tuple[Reason, ...]

    @property
    def sureness(self) -> int:
        """How likely it is, in percent."""
        return sureness(self.bits)


def find_duplicates(
    *, spec: RecordSpec, values: Mapping[str, Any], user: User, but: int | None = None, limit: int = 5
) -> list[Found]:
    """
    Return the records that ``user`` may see and that are likely what ``values``, by field name, describe.

    The surest come first; ``but`` is left out. Types without a matching rule have none.

    Raises:
        Refusal: values cannot be stored.
    """
    if spec.matching is None:
        return []
    record = _described(spec, read_values(spec, values, partial=True, through=spec.import_through))
    return _alike(spec, spec.matching.texts([follow(record, path) for path in spec.matching.paths]), user, but, limit)


def _described(spec: RecordSpec, stored: Mapping[str, Any]) -> Any:
    """Return a record that is not kept, with what is said of the records that it points at (``contact__email``)."""
    declared = {name: value for name, value in stored.items() if not spec.field(name).custom}
    own = {name: value for name, value in declared.items() if not spec.field(name).is_through}
    record = spec.model(**{column_of(spec.field(name)): value for name, value in own.items()})
    beside: dict[str, dict[str, Any]] = {}
    for name in declared.keys() - own.keys():
        link, _, column = spec.field(name).source.partition("__")
        beside.setdefault(link, {})[column] = declared[name]
    for link, columns in beside.items():
        if getattr(record, link) is None:
            linked = registry.get(spec.field(link).to)
            setattr(record, link, linked.model(**columns))
            linked.hooks.derive(getattr(record, link))
    spec.hooks.derive(record)
    return record


def _alike(spec: RecordSpec, texts: Texts, user: User, but: int | None, limit: int) -> list[Found]:
    rule = rule_of(spec)
    keys = set(keys_of(rule, texts))
    keys -= common_among(spec.type, keys)
    candidates = (
        texts_of(spec, sharing(spec.type, sorted(keys)) - {but or 0}, where=access.visible(spec, user)) if keys else {}
    )
    if not candidates:
        return []
    ids = list(candidates)
    pairs = np.array([(0, place + 1) for place in range(len(ids))], np.int64)
    levels = levels_of(rule, [texts, *candidates.values()], pairs)
    found = likely(rule, weights_of(spec), pairs, levels)[:limit]
    rights, below = access.field_rights(user, spec), subtitle_for(spec, user)
    records = spec.model._default_manager.select_related(*spec.related).in_bulk([ids[near.other - 1] for near in found])
    return [
        Found(
            key,
            spec.title(records[key]),
            below(records[key]),
            near.bits,
            tuple(reason for reason in near.reasons if rights.reads(rule.traits[rule.place[reason.trait]].source)),
        )
        for near in found
        if (key := ids[near.other - 1]) in records
    ]


_SHARING = "SELECT record_id FROM matching_recordkeys WHERE record_type = %s AND keys && %s::bigint[] LIMIT %s"


def sharing(record_type: str, keys: Sequence[int]) -> set[int]:
    """Return the records that share one of the keys; at most ``CANDIDATES``."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARING, [record_type, list(keys), CANDIDATES])
        return {row[0] for row in cursor.fetchall()}
