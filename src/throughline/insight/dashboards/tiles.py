"""
Tiles: what they ask, how large they are, where they stand. Pure.

A dashboard is twelve columns wide; tiles flow in their order. Sizes are chosen from a few, so that rows fit together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

WIDTHS = (3, 4, 6, 8, 12)
HEIGHTS = (2, 3, 4, 6)
MOST = 30


class Kind(StrEnum):
    """What a tile shows."""

    NUMBER = "number"
    TREND = "trend"
    BARS = "bars"
    FUNNEL = "funnel"
    TABLE = "table"
    HEAT = "heat"


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """
    One tile. ``id`` is its own within the dashboard.

    ``kpi`` for all but funnels and heat; ``by`` parts bars; ``step`` is the trend's; ``procedure`` is the drawing of a
    heat; ``where`` narrows figures (dimension → value).
    """

    id: int
    kind: Kind
    kpi: str = ""
    by: str = ""
    step: str = ""
    procedure: str = ""
    where: dict[str, str] = {}
    wide: int = 4
    high: int = 2


NATURAL: Mapping[Kind, tuple[int, int]] = {
    Kind.NUMBER: (3, 2), Kind.TREND: (6, 3), Kind.BARS: (6, 3), Kind.FUNNEL: (6, 3), Kind.TABLE: (6, 4),
    Kind.HEAT: (12, 4),
}  # fmt: skip
"""How large a new tile is."""


def read(stored: Sequence[Any]) -> list[Tile]:
    """Return stored tiles as values."""
    return msgspec.convert(stored, list[Tile])


def stored(tiles: Sequence[Tile]) -> list[dict[str, Any]]:
    """Return tiles as they are stored."""
    found: list[dict[str, Any]] = msgspec.to_builtins(list(tiles))
    return found


def added(tiles: Sequence[Tile], tile: Tile) -> list[Tile]:
    """Return the tiles with a new one at the end, with an id and its natural size."""
    wide, high = NATURAL[tile.kind]
    number = max((each.id for each in tiles), default=0) + 1
    return [*tiles, msgspec.structs.replace(tile, id=number, wide=wide, high=high)]


def moved(tiles: Sequence[Tile], tile_id: int, place: int) -> list[Tile]:
    """Return the tiles with one at another place, counted from 0; places beyond the ends are the ends."""
    tile = next(each for each in tiles if each.id == tile_id)
    others = [each for each in tiles if each.id != tile_id]
    place = max(0, min(place, len(others)))
    return [*others[:place], tile, *others[place:]]


def resized(tiles: Sequence[Tile], tile_id: int, *, wide: int, high: int) -> list[Tile]:
    """Return the tiles with one of another size, the nearest there is."""
    nearest = (min(WIDTHS, key=lambda each: abs(each - wide)), min(HEIGHTS, key=lambda each: abs(each - high)))
    return [
        msgspec.structs.replace(each, wide=nearest[0], high=nearest[1]) if each.id == tile_id else each
        for each in tiles
    ]


def stepped(tile: Tile, *, wide: int = 0, high: int = 0) -> tuple[int, int]:
    """Return the size of a tile that is so many steps wider and higher."""
    return _step(WIDTHS, tile.wide, wide), _step(HEIGHTS, tile.high, high)


def _step(sizes: Sequence[int], size: int, steps: int) -> int:
    place = min(range(len(sizes)), key=lambda each: abs(sizes[each] - size))
    return sizes[max(0, min(place + steps, len(sizes) - 1))]
