"""
What a simulation is told: who comes when, who is there, how long things take, which way they go.

A :class:`Scenario` is what one file says and nothing more; whatever it leaves out stays None (or empty) and is filled
from the chart and from named defaults when it is joined with one (:mod:`throughline.flow.simulate.setting`). Durations
are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from throughline.flow.calendars import BusinessCalendar
from throughline.flow.simulate.distributions import Distribution

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""Where the virtual clock begins when nothing else is said: a Monday morning."""


@dataclass(frozen=True, slots=True)
class Window:
    """So many cases come between two times of these days (minutes since midnight of the arrivals' calendar's zone)."""

    days: tuple[int, ...]
    opens: int
    closes: int
    cases: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """
    When cases come: by ``gaps`` between them (of the calendar's working time, if it names one), in the ``windows`` of a
    timetable, or at ``times`` taken from history (aware, ascending).
    """

    gaps: Distribution | None = None
    windows: tuple[Window, ...] = ()
    times: tuple[datetime, ...] = ()
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """
    People (or machines) who do the same work: how many, what an hour of work costs, when they are there.

    ``roles`` are further names by which steps may ask for them: lanes' roles, skills.
    """

    amount: int = 1
    cost_per_hour: float = 0.0
    calendar: str | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A step ends with the BPMN error ``code`` in this share of its executions."""

    code: str
    probability: float


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Work of several cases that is done together: when ``size`` pieces wait, when the oldest has waited ``wait`` or none
    has come for ``quiet`` (seconds), or at times of the day (``at``, minutes since midnight in ``zone``).

    Of a ``parallel`` batch all begin and end together and the longest decides; else one after the other is done without
    anything between. ``scale`` is what batching makes of every duration.
    """

    size: int | None = None
    wait: float | None = None
    quiet: float | None = None
    at: tuple[int, ...] = ()
    zone: str = "UTC"
    parallel: bool = False
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """
    What is known of one step.

    ``resources``: who can do it, the first that is free in this order. ``priority``: a number, or FEEL over the
    variables of the case; higher is done first. ``cost``: of one execution, besides the people's time. ``outcomes``:
    shares of the values its outcome variable takes. ``results``: further variables it sets. ``target``: within how many
    seconds of becoming due it should be done.
    """

    duration: Distribution | None = None
    resources: tuple[str, ...] = ()
    priority: float | str | None = None
    cost: float | None = None
    outcomes: Mapping[str, float] = field(default_factory=dict)
    results: Mapping[str, Variable] = field(default_factory=dict)
    failure: Failure | None = None
    target: float | None = None
    batch: Batch | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """How long a message or signal is waited for, in which share of the waits it comes at all, and what it brings."""

    delay: Distribution
    probability: float = 1.0
    payload: Mapping[str, Variable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a case by chance: a number of a distribution, or one of some ``values`` (FEEL) by weight."""

    numbers: Distribution | None = None
    values: tuple[Any, ...] = ()
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """See the module. ``warm_up``: the share of the first cases that is not counted."""

    process: str | None = None
    start: datetime | None = None
    arrivals: Arrivals | None = None
    cases: int | None = None
    replications: int | None = None
    warm_up: float | None = None
    seed: int | None = None
    calendars: Mapping[str, BusinessCalendar] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    tasks: Mapping[str, TaskFigures] = field(default_factory=dict)
    flows: Mapping[str, float] = field(default_factory=dict)
    messages: Mapping[str, Answer] = field(default_factory=dict)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    records: tuple[Mapping[str, Any], ...] = ()
