"""
Direct replay: cases of our own against the version of the chart that they ran on.

Theory of operation. The engine names node, token and flow in every event, so nothing has to be guessed or aligned: one
pass over the events of a case says where it left the drawing. The engine never does so by itself; people do, when they
skip or move a step, and what watches rather than acts may see a step that was not next: one that was left out before
came in the wrong order, any other is unexpected. Deviations carry the words that people use: skipped, moved,
unexpected, wrong order, after the end, late, wrong person. A deviation with a reason that a permitted person gave is an
*approved exception* and is told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from throughline.flow.engine.chart import Chart

Kind = Literal["skipped", "moved", "unexpected", "wrong order", "after the end", "late", "wrong person", "implausible"]

ARRIVING = frozenset({"entered", "passed", "joined"})
"""Words of the event log for a token that comes to a node."""


@dataclass(frozen=True, slots=True)
class Happened:
    """
    One event of a case, as the event log has it, with what the work item says of a human step.

    ``kind``: the word of the event log. ``due_at``: when the step was to be done. ``by``: who did it, ``allowed``: who
    may, None when anybody may. ``reason``: why a permitted person departed from the chart.
    """

    case: int
    seq: int
    at: datetime
    kind: str
    node: str
    previous: str = ""
    flow: str = ""
    due_at: datetime | None = None
    by: str = ""
    allowed: frozenset[str] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a case left the chart. ``late_by`` is only given for what is late."""

    case: int
    kind: Kind
    node: str
    at: datetime
    by: str = ""
    late_by: timedelta | None = None
    approved: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    """
    What a replay found: how many cases there were, how many of them have no departure, and the departures in order.

    ``not_approved``: cases with a departure that nobody approved.
    """

    cases: int
    conforming_cases: int
    not_approved: int
    departures: tuple[Departure, ...]

    @property
    def fitness(self) -> float:
        """The share of cases without a departure; 1 when there are none."""
        return self.conforming_cases / self.cases if self.cases else 1.0

    def by_element(self) -> Mapping[tuple[str, Kind], int]:
        """Return in how many cases each kind of departure happened at each node, the most frequent first."""
        found = Counter({(each.node, each.kind, each.case) for each in self.departures})
        return dict(Counter((node, kind) for node, kind, _ in found).most_common())


def replay(chart: Chart, events: Iterable[Happened]) -> Replay:
    """Replay the events of cases, which come in the order of case and ``seq``."""
    arrows = {(node.id, flow.id) for node in chart.nodes for flow in node.incoming}
    cases: set[int] = set()
    departures: list[Departure] = []
    over: set[int] = set()
    for event in events:
        cases.add(event.case)
        if event.kind != "unexpected" or not _made_up_for(departures, event):
            departures += _departures(event, arrows, over=event.case in over)
        if event.kind == "case finished":
            over.add(event.case)
    strayed = {each.case for each in departures}
    return Replay(
        len(cases),
        len(cases - strayed),
        len({each.case for each in departures if not each.approved}),
        tuple(departures),
    )


def _made_up_for(departures: list[Departure], event: Happened) -> bool:
    """Turn a step that was left out, and is now done after all, into one in the wrong order, if there is one."""
    for place in range(len(departures) - 1, -1, -1):
        each = departures[place]
        if each.case != event.case:
            return False
        if each.kind == "skipped" and each.node == event.node and not each.approved:
            departures[place] = replace(each, kind="wrong order", at=event.at, by=event.by)
            return True
    return False


def _departures(event: Happened, arrows: Set[tuple[str, str]], *, over: bool) -> Iterator[Departure]:
    if event.kind in ("skipped", "moved", "unexpected", "implausible"):
        kind: Kind = event.kind  # type: ignore[assignment]  # the words are the same
        approved = bool(event.reason) and event.kind in ("skipped", "moved")
        yield _departure(event, kind, approved=approved)
    elif over and event.kind in ARRIVING:
        yield _departure(event, "after the end")
    elif event.kind in ARRIVING and event.flow and (event.node, event.flow) not in arrows:
        yield _departure(event, "unexpected")
    if event.kind == "completed":
        if event.due_at is not None and event.at > event.due_at:
            yield _departure(event, "late", late_by=event.at - event.due_at)
        if event.allowed is not None and event.by and event.by not in event.allowed:
            yield _departure(event, "wrong person")


def _departure(event: Happened, kind: Kind, *, late_by: timedelta | None = None, approved: bool = False) -> Departure:
    return Departure(event.case, kind, event.node, event.at, event.by, late_by, approved, event.reason)
