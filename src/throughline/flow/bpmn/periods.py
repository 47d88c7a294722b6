"""Lengths of time in the words of people."""

from __future__ import annotations

import re
from typing import Final

_PERIOD: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_ONLY_PERIOD: Final = re.compile(r'=?\s*(?:duration\(\s*"([^"]+)"\s*\)|"?(P[0-9YMWDTHS]+)"?)\s*')
_UNITS: Final = ("year", "month", "week", "day", "hour", "minute", "second")


def spoken(text: str) -> str:
    """Return a length of time in words (``duration("PT24H")`` → 24 hours); any other text stays as it is written."""
    only = _ONLY_PERIOD.fullmatch(text.strip())
    found = _PERIOD.fullmatch(only[1] or only[2]) if only else None
    numbers = found.groups() if found else ()
    parts = [
        f"{number} {unit}{'' if number == '1' else 's'}"
        for number, unit in zip(numbers, _UNITS, strict=False)
        if number is not None
    ]
    return " ".join(parts) or text
