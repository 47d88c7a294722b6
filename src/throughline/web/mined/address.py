"""
What the address of a mining page says: which cases, by which clock, how much of the map.

Everything that is chosen stands in the address, so a page can be sent to somebody, kept, and gone back to. A filter is
an ``f`` with a small JSON document (:mod:`throughline.flow.mining.filters`); filters are applied in their
order. The fields of the form that adds one are read by :mod:`throughline.web.mined.adding`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from django.http import QueryDict
from django.utils.translation import gettext as _

from throughline.core.refusals import Refusal
from throughline.flow.mining.filters import AnyFilter

MEASURES = ("frequency", "cases", "mean", "median", "total")
ALL, USUAL_PATHS = 100, 30
FILTERS_AT_MOST = 20

_filter: msgspec.json.Decoder[AnyFilter] = msgspec.json.Decoder(AnyFilter)


@dataclass(frozen=True, slots=True)
class Address:
    """
    The choices of a page. ``clock``: the key of a business calendar, empty for elapsed time. ``activities``, ``paths``:
    how much of the map is shown, in percent. ``version``: of a procedure, 0 for the one that runs.
    """

    filters: tuple[AnyFilter, ...] = ()
    clock: str = ""
    measure: str = "frequency"
    activities: int = ALL
    paths: int = USUAL_PATHS
    version: int = 0

    @classmethod
    def of(cls, given: QueryDict) -> Address:
        """
        Return the choices of an address; what nobody could have chosen on the page is as if it was not there.

        Raises:
            Refusal: a filter cannot be read.
        """
        version = given.get("version", "")
        measure = given.get("measure", "")
        return cls(
            tuple(_read(text) for text in given.getlist("f")[:FILTERS_AT_MOST]),
            given.get("clock", ""),
            measure if measure in MEASURES else "frequency",
            _percent(given.get("activities", ""), ALL),
            _percent(given.get("paths", ""), USUAL_PATHS),
            int(version) if version.isdecimal() and len(version) < 9 else 0,
        )

    def items(self) -> list[tuple[str, str]]:
        """Return the parameters that are not as usual, in their order."""
        usual = Address()
        found: list[tuple[str, str]] = [("f", written(each)) for each in self.filters]
        for name in ("clock", "measure", "activities", "paths", "version"):
            value = getattr(self, name)
            if value != getattr(usual, name):
                found.append((name, str(value)))
        return found

    def query(self) -> str:
        """Return what stands behind the path, with its question mark, or nothing."""
        made = QueryDict(mutable=True)
        for name, value in self.items():
            made.appendlist(name, value)
        return f"?{made.urlencode()}" if made else ""

    def having(self, **changed: Any) -> Address:
        """Return the address with other choices."""
        return replace(self, **changed)

    def adding(self, *filters: AnyFilter) -> Address:
        """Return the address with more filters; those that are there already are not added again."""
        return replace(self, filters=(*self.filters, *(each for each in filters if each not in self.filters)))

    def without(self, place: int) -> Address:
        """Return the address without one of its filters."""
        return replace(self, filters=(*self.filters[:place], *self.filters[place + 1 :]))


def written(each: AnyFilter) -> str:
    """Return a filter as it stands in an address."""
    return msgspec.json.encode(each).decode()


def _read(text: str) -> AnyFilter:
    try:
        return _filter.decode(text)
    except msgspec.DecodeError as problem:
        raise Refusal(
            "filter_unreadable", _("The address has a filter that cannot be read. Choose it anew.")
        ) from problem


def _percent(text: str, usual: int) -> int:
    return min(int(text), ALL) if text.isdecimal() and len(text) < 9 else usual
