"""How people call records of any type: their titles, for many at once."""

from __future__ import annotations

from collections.abc import Sequence

from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.glimpse import Glimpse


def record_titles(refs: Sequence[RecordRef | None]) -> dict[RecordRef, str]:
    """Return how people call these records; one query per record type. The caller has checked that they may be seen."""
    by_type: dict[str, set[int]] = {}
    for ref in refs:
        if ref is not None:
            by_type.setdefault(ref.type, set()).add(ref.id)
    titles: dict[RecordRef, str] = {}
    for record_type, keys in by_type.items():
        spec = registry.find(record_type)
        if spec is None:
            continue
        glimpse = Glimpse(spec)
        key, title = glimpse.at("id"), glimpse.of(spec.title)
        rows = glimpse.rows(spec.model._default_manager.filter(pk__in=keys))
        titles.update({RecordRef(record_type, key(row)): title(row) for row in rows})
    return titles
