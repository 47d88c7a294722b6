"""
The space of inputs of a table, cut into pieces inside which no cell changes its answer.

Theory of operation. Each column is cut at the ends of its cells (`axes`). What lies between is an `Atom`: a point or
an open stretch that every cell of the column either lets pass whole or not at all. What the declared values of the
column rule out is left out, and so is what does not exist: between two neighbouring days there is nothing. A box of
the space is a choice of atoms per column; words and an example can be given for it.

Null is left aside: a table is analysed for inputs that are there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from throughline.flow.dmn.axes import AXES, Axis, Cuts, Span, Stretch, axis_of, complement, merged
from throughline.flow.dmn.cells import Cell
from throughline.flow.temporal import DAY, HOUR, MINUTE, SECOND
from throughline.flow.values import Value, feel_text

OTHER_TEXT = "something else"
SHOWN_ENDS = 6


@dataclass(frozen=True, slots=True)
class Layer:
    """One axis of a column: the cuts, the segments that can occur in order, and the number of the first one's atom."""

    cuts: Cuts
    possible: tuple[int, ...]
    first: int


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of a column: ``layer`` and ``segment`` place it; None stands for everything, where nothing is cut."""

    layer: int | None
    segment: int


class ColumnSpace:
    """
    The atoms of one column, which people know by its ``name`` and FEEL by the ``text`` of its expression.

    ``certain[a]`` are the rules whose cell lets atom ``a`` pass, ``possible[a]`` those whose cell must be evaluated,
    both as bit sets.
    """

    def __init__(self, name: str, text: str, cells: Sequence[Cell], axis: Axis | None, allowed: Cell | None) -> None:
        self.name = name
        self.text = text
        self.cells = tuple(cells)
        domain = allowed if allowed is not None and allowed.stretches and not allowed.opaque else None
        self.layers: list[Layer] = []
        placed: list[Atom] = []
        for number, each in enumerate(_axes(cells, axis, domain)):
            layer = _layer(each, cells, domain, len(placed))
            self.layers.append(layer)
            placed.extend(Atom(number, segment) for segment in layer.possible)
        self.atoms: list[Atom] = placed or [Atom(None, 0)]
        self.certain = [0] * len(self.atoms)
        self.possible = [0] * len(self.atoms)
        self.never: list[int] = []
        for rule, cell in enumerate(cells):
            self._place(rule, cell)

    def _place(self, rule: int, cell: Cell) -> None:
        """Note which atoms the cell of a rule lets pass."""
        bit = 1 << rule
        if cell.opaque or any(self._unsure(cell, layer) for layer in self.layers):
            self.possible = [mask | bit for mask in self.possible]
            return
        passing = range(len(self.atoms)) if cell.any else self._passing(cell)
        for atom in passing:
            self.certain[atom] |= bit
        if not passing and not cell.null:
            self.never.append(rule)

    def _passing(self, cell: Cell) -> list[int]:
        """The atoms that lie in the stretches of the cell, or outside them when it is negated."""
        found: list[int] = []
        for layer in self.layers:
            stretches = _on(cell.stretches, layer.cuts.axis)
            for first, last in layer.cuts.spans(stretches, negated=cell.negated):
                start, end = bisect_left(layer.possible, first), bisect_right(layer.possible, last)
                found.extend(range(layer.first + start, layer.first + end))
        return found

    def _unsure(self, cell: Cell, layer: Layer) -> bool:
        """Whether the cell excludes values of another kind than the layer's, which only evaluating it can tell."""
        return cell.negated and len(_on(cell.stretches, layer.cuts.axis)) < len(cell.stretches)

    def example(self, atoms: Iterable[int]) -> Value:
        """
        Give a value inside one of the atoms, a plain one where there is a choice; null when the column is not cut.
        """
        chosen = [self.atoms[number] for number in atoms]
        best = min(chosen, key=lambda atom: (atom.segment % 2 == 0, atom.segment == 0))
        if best.layer is None:
            return None
        found = [
            _inside(self.layers[best.layer].cuts, each.segment) for each in (best, *chosen) if each.layer == best.layer
        ]
        return OTHER_TEXT if best.segment % 2 == 0 and OTHER_TEXT in found else found[0]

    def words(self, atoms: Sequence[int]) -> str:
        """Say in words which values the atoms hold; empty when they are all there are."""
        if len(atoms) == len(self.atoms):
            return ""
        by_layer: dict[int, list[int]] = {}
        for number in atoms:
            atom = self.atoms[number]
            if atom.layer is not None:  # pragma: no branch - an atom of no layer is all there is
                by_layer.setdefault(atom.layer, []).append(atom.segment)
        parts = [_words(self.layers[layer], segments) for layer, segments in by_layer.items()]
        return f"{self.name} is {' or '.join(parts)}"


def _on(stretches: Iterable[Stretch], axis: Axis) -> list[Stretch]:
    return [each for each in stretches if axis_of_stretch(each) is axis]


def axis_of_stretch(stretch: Stretch) -> Axis | None:
    """Give the axis on which a stretch lies."""
    return axis_of(stretch.low if stretch.low is not None else stretch.high)


def _axes(cells: Sequence[Cell], axis: Axis | None, domain: Cell | None) -> list[Axis]:
    """The axes of a column: that of its declared values, or of its type, else those its cells speak about."""
    if domain is not None:
        return _distinct(domain.stretches)
    if axis is not None and (axis.kind == "boolean" or any(_on(cell.stretches, axis) for cell in cells)):
        return [axis]
    return _distinct(stretch for cell in cells for stretch in cell.stretches)


def _distinct(stretches: Iterable[Stretch]) -> list[Axis]:
    found = (axis_of_stretch(stretch) for stretch in stretches)
    return list(dict.fromkeys(axis for axis in found if axis is not None))


def _layer(axis: Axis, cells: Sequence[Cell], domain: Cell | None, first: int) -> Layer:
    stretches = [stretch for cell in (*cells, *([domain] if domain else [])) for stretch in _on(cell.stretches, axis)]
    if axis.kind == "boolean":
        stretches += [Stretch(truth, truth, True, True) for truth in (False, True)]
    cuts = Cuts(axis, stretches)
    spans: list[Span] = [(0, cuts.last)]
    if domain is not None:
        spans = cuts.spans(_on(domain.stretches, axis), negated=domain.negated)
    possible = (segment for first, last in spans for segment in range(first, last + 1))
    return Layer(cuts, tuple(segment for segment in possible if _exists(cuts, segment)), first)


def _exists(cuts: Cuts, segment: int) -> bool:
    """Whether there is any value in a segment."""
    if segment % 2 == 1:
        return True
    if cuts.axis.kind == "boolean":
        return False
    place = segment // 2
    if cuts.axis.kind == "string" and place == 0 and cuts.ends and cuts.ends[0] == "":
        return False
    if cuts.axis.kind == "string" and 0 < place < len(cuts.ends) and cuts.ends[place] == cuts.ends[place - 1] + "\0":
        return False
    if not cuts.axis.steps or place == 0 or place == len(cuts.ends):
        return True
    return bool(cuts.ends[place] - cuts.ends[place - 1] > 1)


def _inside(cuts: Cuts, segment: int) -> Value:
    """A value of the segment."""
    place = segment // 2
    if segment % 2 == 1:
        return cuts.axis.value(cuts.ends[place])
    low = cuts.ends[place - 1] if place > 0 else None
    high = cuts.ends[place] if place < len(cuts.ends) else None
    between = BETWEEN.get(cuts.axis.kind)
    return cuts.axis.value(between(low, high) if between else _step_between(low, high, UNITS.get(cuts.axis.kind, (1,))))


UNITS: Mapping[str, tuple[int, ...]] = {
    "days and time duration": (DAY, HOUR, MINUTE, SECOND, 1),
    "date and time": (DAY, HOUR, MINUTE, SECOND, 1),
    "time": (HOUR, MINUTE, SECOND, 1),
}


def _number_between(low: Decimal | None, high: Decimal | None) -> Decimal:
    """A whole number where there is one."""
    if high is None:
        return (low or Decimal(0)).to_integral_value(rounding="ROUND_FLOOR") + 1
    if low is None:
        return high.to_integral_value(rounding="ROUND_CEILING") - 1
    whole = low.to_integral_value(rounding="ROUND_FLOOR") + 1
    return whole if whole < high else (low + high) / 2


def _text_between(low: str | None, high: str | None) -> str:
    """A text that people can read where there is one."""
    candidates = (OTHER_TEXT, (low or "") + "…", (low or "") + " ", (low or "") + "\0", "")
    return next(each for each in candidates if (low is None or each > low) and (high is None or each < high))


BETWEEN: Mapping[str, Callable[[Any, Any], Any]] = {"string": _text_between, "number": _number_between}


def _step_between(low: int | None, high: int | None, units: Sequence[int]) -> int:
    """A key between two others, at a round distance."""
    if low is None:
        return 0 if high is None else high - units[0]
    return next(low + unit for unit in units if high is None or low + unit < high)


def _words(layer: Layer, segments: Sequence[int]) -> str:
    """The segments in words: points by their value, stretches by their ends, almost everything by what it is not."""
    cuts = layer.cuts
    spans = merged([(segment, segment) for segment in segments])
    missing = [segment for segment in layer.possible if segment not in set(segments)]
    if missing and all(segment % 2 == 1 for segment in missing) and any(segment % 2 == 0 for segment in segments):
        left_out = [_end(cuts, segment) for segment in missing]
        return f"not {left_out[0]}" if len(left_out) == 1 else f"none of {_listed(left_out, ', ')}"
    return _listed([_span_words(cuts, span) for span in _through_nothing(layer, spans)])


def _through_nothing(layer: Layer, spans: Sequence[Span]) -> list[Span]:
    """Spans joined where nothing lies between them, as between two days; single values of a list stay single."""
    if not layer.cuts.axis.steps or layer.cuts.axis.kind == "boolean":
        return list(spans)
    impossible = complement(merged([(segment, segment) for segment in layer.possible]), layer.cuts.last)
    inner = [span for span in impossible if any(first - 1 == span[1] for first, _ in spans)]
    inner = [span for span in inner if any(last + 1 == span[0] for _, last in spans)]
    return merged([*spans, *inner])


def _listed(parts: Sequence[str], between: str = " or ") -> str:
    shown = list(parts[:SHOWN_ENDS])
    if len(parts) > SHOWN_ENDS:
        shown.append(f"{len(parts) - SHOWN_ENDS} more")
    return between.join(shown)


def _span_words(cuts: Cuts, span: Span) -> str:
    first, last = span
    if first == last and first % 2 == 1:
        return _end(cuts, first)
    low = "" if first == 0 else f"{'at least' if first % 2 else 'above'} {_end(cuts, first - 1 + first % 2)}"
    high = "" if last == cuts.last else f"{'at most' if last % 2 else 'below'} {_end(cuts, last + 1 - last % 2)}"
    return " but ".join(part for part in (low, high) if part) or f"any {cuts.axis.kind}"


def _end(cuts: Cuts, segment: int) -> str:
    """The text of the end at an odd segment."""
    value: Any = cuts.axis.value(cuts.ends[segment // 2])
    return feel_text(value) if isinstance(value, (str, bool, Decimal)) else str(value)


def axis_named(kind: str) -> Axis | None:
    """The axis of a type by its name; None when the type has none."""
    return next((axis for axis in AXES.values() if axis.kind == kind), None)
