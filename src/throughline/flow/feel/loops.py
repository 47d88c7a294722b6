"""
Filters, for, some and every.

Theory of operation. Each iteration adds a frame with its variable, so inner iterations and functions made in the body
see the value of their own turn. A filter binds the item; its condition may turn out to be a position instead, which
the value for the first item shows, since a position never depends on the item (DMN 1.5, table 68).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from throughline.flow.feel import nodes
from throughline.flow.feel.binding import ITEM, Closure, Frame, Local
from throughline.flow.feel.compiler import COMPILERS, compile_node
from throughline.flow.feel.reads import mentions
from throughline.flow.feel.run import Run
from throughline.flow.temporal import Date
from throughline.flow.values import Range, kind

PARTIAL = "partial"


def compile_filter(node: nodes.Filter, scope: Local | None) -> Closure:
    source = compile_node(node.source, scope)
    if isinstance(node.condition, nodes.Literal) and isinstance(node.condition.value, Decimal):
        position = node.condition.value
        return lambda run, frame: item_at(run, node.at, as_list(source(run, frame)), position)
    condition = compile_node(node.condition, Local(ITEM, scope, is_item=True))

    def select(run: Run, frame: Frame) -> Any:
        items = as_list(source(run, frame))
        if items is None:
            return None
        first = condition(run, (items[0] if items else None, frame))
        if type(first) is Decimal:
            return item_at(run, node.at, items, first)
        run.spend(len(items))
        kept = [item for item in items[1:] if condition(run, (item, frame)) is True]
        return [items[0], *kept] if first is True and items else kept

    return select


def as_list(value: Any) -> list[Any] | None:
    return value if type(value) is list or value is None else [value]


def item_at(run: Run, at: int, items: list[Any] | None, position: Decimal) -> Any:
    """The item at a position from 1, or from -1 backwards; null outside."""
    if items is None:
        return None
    if position == position.to_integral_value() and position.adjusted() < 18:
        place = int(position)
        if 0 < place <= len(items):
            return items[place - 1]
        if -len(items) <= place < 0:
            return items[place]
    run.warn(at, f"Expected a position within the list of {len(items)}, but {position}.")
    return None


# --- iterations -------------------------------------------------------------------------------------------------------

Turns = Callable[[Run, Frame], Iterator[Frame] | None]


class NotIterable(Exception):
    """An iteration is over something that is no list: the whole loop is null."""


def compile_iterations(
    iterations: tuple[nodes.Iteration, ...], scope: Local | None, at: int
) -> tuple[Callable[[Run, Frame], Iterator[Frame]], Local | None]:
    """A generator of the frames of all turns, the last variable fastest, and the scope the body has in them."""
    compiled: list[Closure] = []
    for iteration in iterations:
        compiled.append(compile_domain(iteration, scope, at))
        scope = Local(iteration.name, scope)

    def frames(run: Run, frame: Frame, depth: int = 0) -> Iterator[Frame]:
        domain = compiled[depth](run, frame)
        last = depth + 1 == len(compiled)
        for value in domain:
            run.spend()
            inner = (value, frame)
            if last:
                yield inner
            else:
                yield from frames(run, inner, depth + 1)

    return frames, scope


def compile_domain(iteration: nodes.Iteration, scope: Local | None, at: int) -> Closure:
    """A closure that gives what the variable runs through. Raises NotIterable when run over something else."""
    source = compile_node(iteration.source, scope)
    if iteration.end is not None:
        end = compile_node(iteration.end, scope)
        return lambda run, frame: steps(run, at, source(run, frame), end(run, frame))

    def items(run: Run, frame: Frame) -> Any:
        value = source(run, frame)
        if type(value) is list:
            return value
        if isinstance(value, Range):
            return range_steps(run, at, value)
        run.warn(at, f"Expected a list to go through, but {kind(value)}.")
        raise NotIterable

    return items


def steps(run: Run, at: int, start: Any, end: Any) -> Iterator[Any]:
    """The whole numbers or days from one to the other, upwards or downwards, both included."""
    wrap, first, last = whole_ends(run, at, start, end)
    return map(wrap, range(first, last + 1) if first <= last else range(first, last - 1, -1))


def range_steps(run: Run, at: int, value: Range) -> Iterator[Any]:
    """The whole numbers or days inside a range."""
    wrap, first, last = whole_ends(run, at, value.start, value.end)
    return map(wrap, range(first if value.start_included else first + 1, last + 1 if value.end_included else last))


def whole_ends(run: Run, at: int, start: Any, end: Any) -> tuple[Callable[[int], Any], int, int]:
    """Both ends as integers, and what makes a value of one again. Raises NotIterable."""
    if isinstance(start, Date) and isinstance(end, Date):
        return Date, start.days, end.days
    if isinstance(start, Decimal) and isinstance(end, Decimal) and is_whole(start) and is_whole(end):
        return Decimal, int(start), int(end)
    run.warn(at, f"Expected two whole numbers or dates to go through, but {kind(start)} and {kind(end)}.")
    raise NotIterable


def is_whole(number: Decimal) -> bool:
    return number.adjusted() < 18 and number == number.to_integral_value()


def compile_for(node: nodes.For, scope: Local | None) -> Closure:
    """The results so far are bound as ``partial``, copied for each turn since a body may keep them."""
    uses_partial = mentions(node.body, PARTIAL)
    turns, inner = compile_iterations(node.iterations, scope, node.at)
    body = compile_node(node.body, Local(PARTIAL, inner) if uses_partial else inner)

    def loop(run: Run, frame: Frame) -> list[Any] | None:
        results: list[Any] = []
        try:
            for turn in turns(run, frame):
                if uses_partial:
                    run.spend(len(results) // 64)
                    results.append(body(run, (list(results), turn)))
                else:
                    results.append(body(run, turn))
        except NotIterable:
            return None
        return results

    return loop


def compile_quantified(node: nodes.Quantified, scope: Local | None) -> Closure:
    """``some`` is decided by the first true, ``every`` by the first false; a null leaves it open (rule 46)."""
    turns, inner = compile_iterations(node.iterations, scope, node.at)
    condition, decisive = compile_node(node.condition, inner), not node.every
    opposite = not decisive

    def decide(run: Run, frame: Frame) -> Any:
        certain = True
        try:
            for turn in turns(run, frame):
                verdict = condition(run, turn)
                if verdict is decisive:
                    return decisive
                if verdict is not opposite:
                    certain = False
                    if verdict is not None:
                        run.warn(node.at, f"Expected true or false after satisfies, but {kind(verdict)}.")
                        return None
        except NotIterable:
            return None
        return opposite if certain else None

    return decide


COMPILERS[nodes.Filter] = compile_filter
COMPILERS[nodes.For] = compile_for
COMPILERS[nodes.Quantified] = compile_quantified
