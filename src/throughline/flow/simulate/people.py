"""When cases come and what they bring with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from throughline.flow.calendars import local_instant
from throughline.flow.simulate.chance import UNIT, Draws, generator, spans, uniforms
from throughline.flow.temporal import zone_named

if TYPE_CHECKING:
    from throughline.flow.simulate.scenario import Variable, Window
    from throughline.flow.simulate.setting import Setting
    from throughline.flow.simulate.shifts import Shifts

MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
LONGEST = 366 * 100


def arrivals(setting: Setting, replication: int, shifts: Mapping[str, Shifts]) -> list[int]:
    """Return when each case comes, in microseconds since the start, ascending."""
    told = setting.arrivals
    if told.times:
        return [max(0, (each - setting.start) // MICROSECOND) for each in told.times[: setting.cases]]
    source = generator(setting.seed, replication, "arrivals")
    if told.windows:
        return _in_windows(setting, source)
    assert told.gaps is not None
    gaps = spans(told.gaps)(source, setting.cases)
    moments = accumulate(gaps)
    if told.calendar is None:
        return list(moments)
    open_time = shifts[told.calendar]
    return [open_time.finish(0, each) for each in moments]


def _in_windows(setting: Setting, source: np.random.Generator) -> list[int]:
    """Spread the cases of each window evenly by chance, day after day, until there are enough."""
    told = setting.arrivals
    zone = zone_named("UTC" if told.calendar is None else setting.calendars[told.calendar].zone)
    day = setting.start.astimezone(zone).date()
    found: list[int] = []
    for _ in range(LONGEST):
        today: list[int] = []
        for window in told.windows:
            if day.weekday() in window.days:
                today.extend(_in_window(window, local_instant(day, 0), zone, setting, source))
        found.extend(sorted(each for each in today if each >= 0))
        if len(found) >= setting.cases:
            return found[: setting.cases]
        day += DAY
    return found


def _in_window(window: Window, midnight: Any, zone: Any, setting: Setting, source: np.random.Generator) -> list[int]:
    begin, end = (
        ((midnight + timedelta(minutes=minutes)).replace(tzinfo=zone) - setting.start) // MICROSECOND
        for minutes in (window.opens, window.closes)
    )
    moments: list[int] = np.sort(source.integers(begin, max(end, begin + 1), window.cases)).tolist()
    return moments


def values_of(variable: Variable, seed: int, replication: int, purpose: str, cases: int) -> Callable[[int], Any]:
    """Return a function that gives the value of a variable for a case, anew at each visit."""
    if variable.numbers is not None:
        numbers = variable.numbers
        draws = Draws(seed, replication, purpose, cases, lambda source, count: numbers.sample(source, count).tolist())
        return lambda case: Decimal(repr(round(float(draws.take(case)), 9)))
    values = variable.values
    if len(values) == 1:
        return lambda case: values[0]  # noqa: ARG005
    weights = variable.weights or (1.0,) * len(values)
    total = sum(weights)
    edges = [round(each / total * UNIT) for each in accumulate(weights)]
    last = max(place for place, weight in enumerate(weights) if weight > 0)
    take = Draws(seed, replication, purpose, cases, uniforms).take

    def choose(case: int) -> Any:
        return values[min(int(np.searchsorted(edges, take(case), side="right")), last)]

    return choose


Inner = Callable[[int], tuple[dict[str, Any], Mapping[str, Any]]]


def inner(setting: Setting, replication: int) -> Inner:
    """Return a function that gives the variables and the facts a case begins with."""

    def of(name: str, variable: Variable) -> Callable[[int], Any]:
        return values_of(variable, setting.seed, replication, f"variable {name}", setting.cases)

    variables = [(name, of(name, each)) for name, each in setting.variables.items()]
    facts = [(name.split("."), of(name, each)) for name, each in setting.facts.items()]
    records = setting.records
    which = Draws(setting.seed, replication, "records", setting.cases, uniforms).take
    if not variables and not facts and not records:
        return lambda case: ({}, {})  # noqa: ARG005

    def begin(case: int) -> tuple[dict[str, Any], Mapping[str, Any]]:
        seen: dict[str, Any] = dict(records[which(case) * len(records) // UNIT]) if records else {}
        for path, choose in facts:
            _plant(seen, path, choose(case))
        return {name: choose(case) for name, choose in variables}, seen

    return begin


def _plant(tree: dict[str, Any], path: list[str], value: Any) -> None:
    """Set a member of a tree of contexts, leaving the contexts of others alone."""
    for name in path[:-1]:
        below = tree.get(name)
        tree[name] = dict(below) if isinstance(below, Mapping) else {}
        tree = tree[name]
    tree[path[-1]] = value
