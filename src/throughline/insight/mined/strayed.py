"""
Where cases left a chart, and what that cost: by replaying a procedure's own cases, or by aligning any log with a chart.

Both ways give the same answer in the same words (:class:`Compared`), so one page shows both. What it cost is told in
three figures that are not mixed:

- *time of the cases*: how much longer, on average, cases with the departure took than cases without any;
- *work*: the mean working time of the step, for every time it was done beyond the chart, and with a minus for every
  time it was left out; nothing for what was merely late or done by somebody else;
- *money*: that work at the hourly rate of the step's role.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from throughline.flow.bpmn import model as bpmn
from throughline.flow.mining.conformance import Conformance, conform
from throughline.flow.mining.flows import Elapsed, calendar_time
from throughline.flow.mining.lifecycle import working_times
from throughline.flow.mining.log import EventLog, Mask
from throughline.flow.mining.replay import Departure, Replay
from throughline.flow.mining.spans import SECOND
from throughline.flow.mining.statistics import case_spans

DONE_BEYOND = frozenset({"extra", "unexpected", "after the end", "moved"})
LEFT_OUT = frozenset({"skipped"})
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Strayed:
    """
    One way in which cases left the chart at one step. ``how`` tells an extra further: ``repeated``, ``out of order`` …

    ``cases``: their names. ``moves``: how often. ``approved``: how often a permitted person gave a reason, ``reasons``
    the first of them. ``late_seconds``: how late, all together. ``longer_seconds``: how much longer such cases took on
    average than those that kept to the chart, None when there are none to compare with. ``work_seconds``, ``money``:
    see above; None where the log does not tell or nothing was done.
    """

    kind: str
    node: str | None
    step: str
    how: str
    cases: tuple[str, ...]
    moves: int
    approved: int = 0
    reasons: tuple[str, ...] = ()
    late_seconds: float = 0.0
    longer_seconds: float | None = None
    work_seconds: float | None = None
    money: float | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """
    How a log and a chart agree. ``method``: ``replayed``, ``exact`` or ``approximate`` (alignments). ``fitness``: the
    share of cases without departure when replayed, the mean fitness of the cases when aligned. ``unapproved``: cases
    with a departure that nobody approved. ``of_case``: the fitness of each case that strayed, when aligned.
    """

    method: str
    cases: int
    conforming: int
    fitness: float
    strayed: tuple[Strayed, ...]
    unapproved: int | None = None
    log_fitness: float | None = None
    precision: float | None = None
    of_case: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    cases: list[str] = field(default_factory=list)
    moves: int = 0
    approved: int = 0
    reasons: list[str] = field(default_factory=list)
    late: float = 0.0


Key = tuple[str, str | None, str, str]


@dataclass(frozen=True, slots=True)
class Rates:
    """What an hour of work costs: by role of the step, and of steps whose role has no rate."""

    by_role: Mapping[str, float] = field(default_factory=dict)
    otherwise: float | None = None
    role_of: Mapping[str, str] = field(default_factory=dict)

    def of(self, step: str) -> float | None:
        """Return the rate of a step by its name."""
        return self.by_role.get(self.role_of.get(step, ""), self.otherwise)


def replayed(
    log: EventLog, replay: Replay, labels: Mapping[str, str], rates: Rates, elapsed: Elapsed = calendar_time
) -> Compared:
    """Return what a direct replay found in the cases of ``log``, which are named by their numbers."""
    known = set(log.names)
    found: dict[Key, _Found] = defaultdict(_Found)
    unapproved = set()
    for each in replay.departures:
        name = str(each.case)
        if name in known:
            _note(found[each.kind, each.node, labels.get(each.node, each.node), ""], name, each)
            if not each.approved:
                unapproved.add(name)
    straying = {name for each in found.values() for name in each.cases}
    conforming = log.cases - len(straying)
    fitness = conforming / log.cases if log.cases else 1.0
    return Compared(
        "replayed", log.cases, conforming, fitness, _costed(log, found, straying, rates, elapsed), len(unapproved)
    )


def _note(found: _Found, name: str, each: Departure) -> None:
    if name not in found.cases[-1:]:
        found.cases.append(name)
    found.moves += 1
    found.approved += each.approved
    if each.reason and each.reason not in found.reasons:
        found.reasons.append(each.reason)
    found.late += each.late_by.total_seconds() if each.late_by else 0.0


def aligned(
    log: EventLog,
    definitions: bpmn.Definitions,
    mapping: Mapping[str, str],
    rates: Rates,
    elapsed: Elapsed = calendar_time,
) -> Compared:
    """
    Align a log with a chart; ``mapping``: the step that an activity of the log stands for, where names differ.

    Raises:
        NotComparable: the log cannot be laid over the chart; the message says why.
    """
    result = conform(log, definitions, mapping=mapping)
    found: dict[Key, _Found] = defaultdict(_Found)
    of_case: dict[str, float] = {}
    members = _cases_of_variants(result)
    for variant, cases in enumerate(members):
        names = [log.names[case] for case in cases]
        keys = list(result.deviations_of(variant))
        if keys:
            of_case.update(dict.fromkeys(names, result.fitness(variant)))
        for kind, node, activity, how in dict.fromkeys(keys):
            each = found[kind, node, activity, how]
            each.cases += names
            each.moves += keys.count((kind, node, activity, how)) * len(names)
    words = result.variants.words
    used = {code for sequence in result.variants.sequences for code in sequence}
    return Compared(
        "exact" if result.is_exact else "approximate",
        result.cases,
        result.conforming_cases,
        result.trace_fitness_mean,
        _costed(log, found, set(of_case), rates, elapsed),
        None,
        result.log_fitness,
        result.precision,
        of_case,
        result.warnings,
        tuple(sorted(words[code] for code in used if not result.nodes.get(code))),
    )


def _cases_of_variants(result: Conformance) -> list[list[int]]:
    order = np.argsort(result.variants.of_case, kind="stable")
    ends = np.cumsum(result.variants.counts)
    return [each.tolist() for each in np.split(order, ends[:-1])] if len(ends) else []


def _costed(
    log: EventLog, found: Mapping[Key, _Found], straying: set[str], rates: Rates, elapsed: Elapsed
) -> tuple[Strayed, ...]:
    seconds = case_spans(log, elapsed) / SECOND
    place = {name: number for number, name in enumerate(log.names)}
    kept = _mask(log, (name for name in log.names if name not in straying), place)
    usual = float(seconds[kept].mean()) if kept.any() else None
    working = {each.activity: each.working.mean for each in working_times(log, elapsed)}
    made = []
    for (kind, node, step, how), each in found.items():
        own = _mask(log, each.cases, place)
        work = _work(kind, each.moves, working.get(step))
        rate = rates.of(step)
        made.append(
            Strayed(
                kind,
                node,
                step,
                how,
                tuple(each.cases),
                each.moves,
                each.approved,
                tuple(each.reasons[:3]),
                each.late,
                None if usual is None else float(seconds[own].mean()) - usual,
                work,
                None if work is None or rate is None else work / HOUR * rate,
            )
        )
    return tuple(sorted(made, key=lambda each: (-len(each.cases), -each.moves, each.kind, each.step, each.how)))


def _mask(log: EventLog, names: Iterable[str], place: Mapping[str, int]) -> Mask:
    marked = np.zeros(log.cases, dtype=np.bool_)
    marked[[place[name] for name in names]] = True
    return marked


def _work(kind: str, moves: int, mean: float | None) -> float | None:
    if mean is None:
        return None
    return mean * moves if kind in DONE_BEYOND else -mean * moves if kind in LEFT_OUT else None
