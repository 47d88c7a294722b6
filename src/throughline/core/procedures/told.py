"""What expressions about an entry of the journal see: the entry, and the record it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from throughline.core.journal import Recorded
from throughline.core.procedures import feel
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.context import facts
from throughline.flow.engine.formula import Formula

_formulas: dict[str, Formula] = {}


class Told:
    """Facts of the records that a batch of entries is about, read set-wise when the first expression asks for them."""

    def __init__(self) -> None:
        self._known: dict[RecordRef, Mapping[str, Any]] = {}

    def read(self, refs: Iterable[RecordRef]) -> None:
        """Read the records that are not known yet; one query per record type."""
        missing = {ref for ref in refs if ref not in self._known and registry.find(ref.type) is not None}
        if missing:
            self._known.update(facts(missing))

    def context(self, entry: Recorded) -> dict[str, Any]:
        """
        Return what ``where`` sees: the entry's record by its type, and its values as ``event`` and under the first word
        of its name.

        ``activity.logged`` about a lead gives ``lead`` (the record), ``activity`` and ``event`` (what was logged).
        Where the two share a name, the record's fields win.
        """
        told = feel.context({**entry.data, **entry.personal})
        record = dict(self._known.get(entry.about, {}))
        context = {entry.event.partition(".")[0]: told, "event": told}
        if record:
            context[entry.about.type] = {**context.get(entry.about.type, {}), **record}
        return context

    def fulfils(self, entry: Recorded, where: str) -> bool:
        """Say whether a condition on the entry holds; an empty one always does."""
        if not where.strip():
            return True
        if where not in _formulas:
            _formulas[where] = Formula(where)
        return _formulas[where](self.context(entry), feel.instant(entry.at)) is True
