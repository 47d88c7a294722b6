"""
Finding the rules of a table that can match, without trying each.

Theory of operation. The cells of one column are laid out on the axes of their constants (`axes`). For each segment of
an axis a bit set says which rules match there; the bit sets are made in one sweep over the segments, in which a span
sets its rule's bit where it begins and clears it behind its end. Looking up a value is a binary search for its segment.
The bit sets of the columns are intersected; rules with an opaque cell stay in and are evaluated, on the few rules that
are left.

For null, every cell understood is evaluated once and the answers are kept. For a value of a kind that no cell of the
column speaks about, all cells are evaluated: then tables are as slow as without an index, and as right.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.flow.dmn.axes import Axis, Cuts, axis_of
from throughline.flow.dmn.cells import Cell
from throughline.flow.values import Value


@dataclass(frozen=True, slots=True)
class _Layout:
    """One axis of a column: ``masks`` by segment; ``check`` are the rules whose cell must be evaluated."""

    axis: Axis
    ends: list[Any]
    masks: list[int]
    check: int

    def mask_at(self, value: Value) -> int:
        key = self.axis.key(value)
        place = bisect_left(self.ends, key)
        at_end = place < len(self.ends) and self.ends[place] == key
        return self.masks[2 * place + at_end]


class Column:
    """
    The cells of one input clause. ``holds`` evaluates the cell of a rule without variables in scope; ``dashes`` are the
    rules whose cell lets everything pass, as a bit set.
    """

    __slots__ = ("_everything", "_holds", "_layouts", "_null", "_opaque", "dashes")

    def __init__(self, cells: Sequence[Cell], holds: Callable[[int, Value], bool]) -> None:
        self._holds = holds
        self._everything = (1 << len(cells)) - 1
        self.dashes = _bits(index for index, cell in enumerate(cells) if cell.any)
        self._opaque = _bits(index for index, cell in enumerate(cells) if cell.opaque)
        self._layouts = {axis.kind: _laid_out(cells, axis, self.dashes) for axis in _axes(cells)}
        self._null: int | None = None

    def candidates(self, value: Value) -> tuple[int, int]:
        """The rules that can match the value as a bit set, and those of them whose cell must still be evaluated."""
        if value is None:
            return self._matching_null() | self._opaque, self._opaque
        axis = axis_of(value)
        layout = None if axis is None else self._layouts.get(axis.kind)
        if layout is None:
            return self._everything, self._everything & ~self.dashes
        return layout.mask_at(value) | layout.check, layout.check

    def _matching_null(self) -> int:
        if self._null is None:
            understood = self._everything & ~self.dashes & ~self._opaque
            self._null = self.dashes | _bits(rule for rule in rules_of(understood) if self._holds(rule, None))
        return self._null


def rules_of(bits: int) -> Iterator[int]:
    """The rules in a bit set, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _bits(rules: Iterator[int]) -> int:
    found = 0
    for rule in rules:
        found |= 1 << rule
    return found


def _axes(cells: Sequence[Cell]) -> list[Axis]:
    """The axes that the cells speak about."""
    found: dict[str, Axis] = {}
    for cell in cells:
        for stretch in cell.stretches:
            axis = axis_of(stretch.low if stretch.low is not None else stretch.high)
            if axis is not None:  # pragma: no branch - a cell with an end that has no axis is opaque, without stretches
                found[axis.kind] = axis
    return list(found.values())


def _laid_out(cells: Sequence[Cell], axis: Axis, any_value: int) -> _Layout:
    of_axis = [[stretch for stretch in cell.stretches if _on(stretch.low, stretch.high, axis)] for cell in cells]
    cuts = Cuts(axis, (stretch for stretches in of_axis for stretch in stretches))
    toggles = [0] * (cuts.last + 2)
    check = 0
    for rule, (cell, stretches) in enumerate(zip(cells, of_axis, strict=True)):
        bit = 1 << rule
        if cell.opaque or (cell.negated and len(stretches) < len(cell.stretches)):
            check |= bit
        elif not cell.any:
            for first, last in cuts.spans(stretches, negated=cell.negated):
                toggles[first] ^= bit
                toggles[last + 1] ^= bit
    masks: list[int] = []
    running = any_value
    for toggle in toggles[:-1]:
        running ^= toggle
        masks.append(running)
    return _Layout(axis, cuts.ends, masks, check)


def _on(low: Value, high: Value, axis: Axis) -> bool:
    found = axis_of(low if low is not None else high)
    return found is not None and found.kind == axis.kind
