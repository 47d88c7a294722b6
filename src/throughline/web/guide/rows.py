"""Rows of the forms of the guided path: sent as ``pain.0.text``, ``pain.0.kind`` …"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

BLANK = 2


def sent(given: Mapping[str, str], prefix: str) -> Iterator[dict[str, str]]:
    """Give the rows of a form under a prefix, in their order, with what was sent for each."""
    numbers = sorted(
        {int(parts[1]) for name in given if (parts := name.split("."))[0] == prefix and parts[1].isdecimal()}
    )
    for number in numbers:
        start = f"{prefix}.{number}."
        yield {name.removeprefix(start): value.strip() for name, value in given.items() if name.startswith(start)}


def shown(items: list[dict[str, Any]], blank: dict[str, Any]) -> list[dict[str, Any]]:
    """Return rows to fill in: what is there, and some empty ones."""
    rows = [*items, *(dict(blank) for _number in range(BLANK))]
    return [row | {"number": number} for number, row in enumerate(rows)]
