"""
Replications on several processors, or on several machines by Ray.

Theory of operation. A replication depends on the seed and its number only (:mod:`throughline.flow.simulate.chance`), so
it does not matter where it is computed or in which order: the figures are put together by number, and the result is the
same to the last byte. What travels is the question (drawing, scenario, decisions); each process sets it up once and
keeps it.

Ray is not part of the product: ``pip install throughline[ray]``, on every machine of the cluster.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from typing import Any

from throughline.flow import bpmn, dmn
from throughline.flow.simulate import read_scenario, set_up
from throughline.flow.simulate.experiment import Cancelled, CarriedBy, Result, Runner, Watch
from throughline.flow.simulate.floor import Records
from throughline.flow.simulate.log import csv_text
from throughline.flow.simulate.measure import Figures, measure
from throughline.flow.simulate.setting import Setting
from throughline.insight.errands.processes import processes

HERE = "auto"
"""The address of a Ray that is started for this one question, on this machine."""


class NoRay(RuntimeError):
    """Ray was asked for, but is not there or cannot be reached; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Question:
    """
    What is simulated: a drawing, the scenario document, decision models by ``ref``.

    ``with_log``: the first replication is given as an event log, too; ``with_series``: with its figures over time.
    """

    drawing: bytes
    scenario: Mapping[str, Any]
    decisions: Mapping[str, bytes]
    with_log: bool = False
    with_series: bool = False

    def setting(self) -> Setting:
        """
        Return what is simulated, joined.

        Raises:
            BadScenario, bpmn.Unreadable, dmn.Unreadable, ChartRefused: it cannot be.
        """
        models = {ref: dmn.compile_model(dmn.read(file)) for ref, file in self.decisions.items()}
        return set_up(bpmn.read(self.drawing), read_scenario(self.scenario), decisions=models)


@dataclass(frozen=True, slots=True)
class Replica:
    """One replication: its number, its figures, who carried its cases, and its log where that was asked for."""

    number: int
    figures: Figures
    carried_by: CarriedBy
    log: str | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Where replications are computed: in so many processes here, or by the Ray at an address."""

    processes: int = 1
    ray: str | None = None


def simulate_spread(question: Question, spread: Spread, *, watch: Watch | None = None) -> tuple[Result, str | None]:
    """
    Run all replications of a question; return the result and the log of the first, where that was asked for.

    Raises:
        Cancelled: ``watch`` said so.
        NoRay: there is no Ray.
        BadScenario, bpmn.Unreadable, dmn.Unreadable, ChartRefused, CommandRefused, Endless, NoWorkingTime: it cannot be
            simulated; the message says why.
    """
    setting = question.setting()
    count = setting.replications
    found: dict[int, Replica] = {}
    for replica in _replicas(question, spread, count):
        found[replica.number] = replica
        if watch is not None and not watch(len(found) / count):
            raise Cancelled
    ordered = [found[number] for number in range(count)]
    carried_by: CarriedBy = "kernel" if any(each.carried_by == "kernel" for each in ordered) else "table"
    return Result(setting, tuple(each.figures for each in ordered), carried_by), ordered[0].log


def _replicas(question: Question, spread: Spread, count: int) -> Iterator[Replica]:
    packed = pickle.dumps(question)
    if spread.ray is not None:
        return _by_ray(packed, spread.ray, count)
    return _by_processes(packed, min(spread.processes, count), count)


# --- in a process -----------------------------------------------------------------------------------------------------
_kept: dict[bytes, tuple[Question, Runner]] = {}


def replicate(packed: bytes, number: int) -> Replica:
    """Run one replication of a packed question, in a process that may have run others of it."""
    if packed not in _kept:
        _kept.clear()
        asked: Question = pickle.loads(packed)  # noqa: S301  our own, from the process that started this one
        _kept[packed] = asked, Runner(asked.setting())
    question, runner = _kept[packed]
    records: Records = runner.replicate(number)
    is_first = number == 0
    figures = measure(runner.setting, records, runner.shifts, series=question.with_series and is_first)
    log = "".join(csv_text(runner.setting, records)) if question.with_log and is_first else None
    return Replica(number, figures, runner.carried_by, log)


# --- here -------------------------------------------------------------------------------------------------------------
def _by_processes(packed: bytes, at_once: int, count: int) -> Iterator[Replica]:
    if at_once == 1:
        yield from (replicate(packed, number) for number in range(count))
        return
    with processes(at_once) as pool:
        for done in as_completed([pool.submit(replicate, packed, number) for number in range(count)]):
            yield done.result()


# --- over machines ----------------------------------------------------------------------------------------------------
def _by_ray(packed: bytes, address: str, count: int) -> Iterator[Replica]:
    ray = _reached(address)
    try:
        remote = ray.remote(replicate)
        question = ray.put(packed)
        waiting: Sequence[Any] = [remote.remote(question, number) for number in range(count)]
        while waiting:
            done, waiting = ray.wait(waiting)
            yield from ray.get(done)
    except ray.exceptions.RayTaskError as problem:
        raise problem.as_instanceof_cause() from problem
    finally:
        ray.shutdown()


def _reached(address: str) -> Any:
    try:
        import ray
    except ImportError as problem:
        sentence = "Ray is not installed. Install it with “pip install throughline[ray]”, or use --processes."
        raise NoRay(sentence) from problem
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    starting: dict[str, Any] = {} if address == HERE else {"address": address}
    try:
        ray.init(log_to_driver=False, include_dashboard=False if address == HERE else None, **starting)
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as problem:
        raise NoRay(f"There is no Ray at {address}: {str(problem).splitlines()[0]}") from problem
    return ray
