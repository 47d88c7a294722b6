"""Numbers that must be whole: positions, lengths, scales, parts of dates."""

from __future__ import annotations

from decimal import Decimal

from throughline.flow.feel.errors import NoResult


def whole(number: Decimal) -> int:
    """The number as an int, its fraction cut off."""
    if number.adjusted() > 18:
        raise NoResult(f"Expected a number of at most 18 digits, but {number}.")
    return int(number)


def index_of_position(position: Decimal, length: int) -> int:
    """The index from 0 of a position from 1, or from -1 backwards. Raises NoResult outside of ``length``."""
    place = whole(position)
    if place == 0 or abs(place) > length:
        raise NoResult(f"Expected a position from 1 to {length} or from -{length} to -1, but {place}.")
    return place - 1 if place > 0 else length + place
