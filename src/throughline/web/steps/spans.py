"""Lengths of time between how charts write them (``PT24H``) and how people say them (24 hours)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from throughline.web.parts import Choice

_SPAN = re.compile(r'(?:duration\("(?P<quoted>[^"]+)"\)|(?P<plain>P[0-9A-Z]+))')
_ISO = re.compile(r"P(?:(?P<weeks>\d+)W|(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?")
PATTERNS = {"minutes": "PT{}M", "hours": "PT{}H", "days": "P{}D", "weeks": "P{}W"}


@dataclass(frozen=True, slots=True)
class Span:
    """A number of one unit: ``minutes``, ``hours``, ``days``, ``weeks``."""

    number: int
    unit: str

    @property
    def words(self) -> str:
        """The span as people say it."""
        return {
            "minutes": ngettext("%(n)d minute", "%(n)d minutes", self.number),
            "hours": ngettext("%(n)d hour", "%(n)d hours", self.number),
            "days": ngettext("%(n)d day", "%(n)d days", self.number),
            "weeks": ngettext("%(n)d week", "%(n)d weeks", self.number),
        }[self.unit] % {"n": self.number}

    @property
    def iso(self) -> str:
        """The span as ISO 8601 has it; weeks are written as days, which expressions know."""
        number, unit = (self.number * 7, "days") if self.unit == "weeks" else (self.number, self.unit)
        return PATTERNS[unit].format(number)

    @property
    def feel(self) -> str:
        """The span as an expression."""
        return f'duration("{self.iso}")'


def read(text: str) -> Span | None:
    """Return the span that an expression or ISO text is, None when it is not one number of one unit."""
    found = _SPAN.fullmatch(text.strip().removeprefix("=").strip())
    iso = _ISO.fullmatch(found["quoted"] or found["plain"]) if found else None
    given = [(unit, int(number)) for unit, number in iso.groupdict().items() if number] if iso else []
    return Span(given[0][1], given[0][0]) if len(given) == 1 else None


def units(chosen: str) -> tuple[Choice, ...]:
    """Return the units to choose from."""
    labels = {"minutes": _("minutes"), "hours": _("hours"), "days": _("days"), "weeks": _("weeks")}
    return tuple(Choice(unit, label, chosen=unit == chosen) for unit, label in labels.items())


def words(text: str) -> str:
    """Return an expression for a time in words, as far as it is a plain span."""
    found = read(text)
    return found.words if found else text
