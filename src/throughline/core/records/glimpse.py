"""
Reading a little of many records: for lists, boards and titles, which show a few columns of rows that have sixty.

Theory of operation. Building a record costs ten times what reading its columns costs, and a page shows fifty to two
hundred. So whoever shows many asks a ``Glimpse`` first for what it will want (``at`` a path, ``of`` a title) and gets
functions in return; ``rows`` then fetches just these columns as tuples, on which the functions work. A title that says
what it reads (``Derived``) is worked out of columns too. One that does not is worked out of the loaded record: slower,
never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet

from throughline.core.arrays import any_of, array_of
from throughline.core.records.spec import Derived, RecordSpec, follow
from throughline.core.rows import Gapped, fetch, fetch_planned

Row = tuple[Any, ...]
Told = Callable[[Row], Any]
"""A function of a row: what was asked for."""


class Glimpse:
    """What is to be read of records of a type."""

    def __init__(self, spec: RecordSpec) -> None:
        self.spec = spec
        self._places: dict[Any, int] = {}
        self._whole = False

    def at(self, path: str) -> Told:
        """Ask for the value at the end of a path (``contact__name``), None where a step on the way is empty."""
        return itemgetter(self._place(path))

    def of(self, told: Callable[[Any], Any], *, link: str = "") -> Told:
        """Ask for a title or subtitle: of the record, or of the one that the field ``link`` points at."""
        if not isinstance(told, Derived):
            self._whole = True
            return itemgetter(self._place((told, link)))
        places = [self._place(f"{link}__{path}" if link else path) for path in told.reads]
        if not places:
            return lambda _row: told.of()
        if len(places) == 1:
            (only,) = places
            return lambda row: told.of(row[only])
        several = itemgetter(*places)
        return lambda row: told.of(*several(row))

    @property
    def paths(self) -> list[str]:
        """The paths that are read at; where whole records must be, of all that belongs to them."""
        if self._whole:
            return list(self.spec.paths)
        return list(self._places)

    def rows(self, found: QuerySet[Any]) -> list[Row]:
        """Return what was asked for, a tuple for each record found, in its order. One query."""
        if not self._whole:
            return list(found.values_list(*self._places))
        loaded = found.select_related(*self.spec.select_related)
        return [tuple(_value(record, place) for place in self._places) for record in loaded]

    def of_keys(self, keys: Sequence[int]) -> list[Row]:
        """
        Return what was asked for of the records with these keys, in their order; some may have gone meanwhile. One
        query, by a statement that is written once for what is asked; none without keys.
        """
        if not keys:
            return []
        place = self._place("id")
        if self._whole:
            rows = self.rows(self.spec.model._default_manager.filter(any_of("pk", keys)))
        else:
            asked = _by_key(self.spec.model, tuple(self._places))
            statement = asked.filled((f"{asked.columns[place][0]} = ANY(%s::bigint[])", [array_of(keys)]))
            rows = asked.loaded(fetch(*statement) if asked.has_values else fetch_planned(*statement))
        found = {row[place]: row for row in rows}
        return [found[key] for key in keys if key in found]

    def _place(self, wanted: Any) -> int:
        return self._places.setdefault(wanted, len(self._places))


@lru_cache(maxsize=512)
def _by_key(model: type[Any], paths: tuple[str, ...]) -> Gapped:
    return Gapped(model._default_manager.order_by().values_list(*paths))


def _value(record: Any, place: Any) -> Any:
    if isinstance(place, str):
        return follow(record, place)
    told, link = place
    subject = follow(record, link) if link else record
    return None if subject is None else told(subject)
