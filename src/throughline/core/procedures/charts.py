"""
Compiled charts, one per version and process, kept for the life of the program.

A published version never changes, so its chart is compiled once. A draft (which sandbox cases run on) is known by its
digest as well, so that saving it compiles it anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from throughline.core.procedures.models import DecisionPin, ProcedureVersion
from throughline.core.procedures.reads import Names, facts_read
from throughline.flow import bpmn, dmn
from throughline.flow.bpmn.model import Definitions
from throughline.flow.engine import Chart, compile_chart

KEPT = 500
"""How many compiled charts are kept in memory; the ones not used for longest go first."""


@dataclass(frozen=True, slots=True)
class Running:
    """
    A version made ready to run: the chart and what the host says about it.

    ``processes``: the ids of all processes of the file; a call activity may start another one of them.
    ``reads``: the members of the record that its expressions look at (None: all).
    """

    version: int
    number: int
    procedure: int
    key: str
    name: str
    record_type: str
    processes: frozenset[str]
    reads: Names
    chart: Chart

    def label(self, node: str) -> str:
        """Return what people call a node of the chart; nodes that are gone keep their id."""
        found = self.chart.by_id.get(node)
        return found.label if found is not None else node


VersionKey = tuple[int, str]
"""A version by its primary key and one of its processes by id; an empty process is the procedure itself."""

_kept: OrderedDict[tuple[int, str, str], Running] = OrderedDict()
_published: dict[int, str] = {}
_lock = Lock()


def running(version_id: int, process: str = "") -> Running:
    """Return the compiled chart of a version."""
    return running_many([(version_id, process)])[(version_id, process)]


def running_many(keys: Iterable[VersionKey]) -> dict[VersionKey, Running]:
    """
    Return the compiled charts of versions, compiling those not known yet; one query at most when all are published.
    """
    wanted = set(keys)
    digests = _digests({version for version, _ in wanted})
    found: dict[VersionKey, Running] = {}
    for version, process in wanted:
        found[(version, process)] = _find((version, process, digests[version])) or _compile(version, process)
    return found


def drawing(version_id: int) -> bytes:
    """Return the BPMN file of a version; the files of published ones, which never change, are kept."""
    return _drawing(version_id, _digests({version_id})[version_id])


@lru_cache(maxsize=KEPT)
def _drawing(version_id: int, _digest: str) -> bytes:
    return bytes(ProcedureVersion.objects.values_list("bpmn", flat=True).get(pk=version_id))


def _digests(versions: set[int]) -> Mapping[int, str]:
    unknown = versions - _published.keys()
    digests = {version: _published[version] for version in versions - unknown}
    for row in ProcedureVersion.objects.filter(pk__in=unknown).values_list("pk", "digest", "status") if unknown else ():
        digests[row[0]] = row[1]
        if row[2] != ProcedureVersion.Status.DRAFT:
            _published[row[0]] = row[1]
    return digests


def _find(key: tuple[int, str, str]) -> Running | None:
    with _lock:
        known = _kept.get(key)
        if known is not None:
            _kept.move_to_end(key)
        return known


class NoSuchProcess(LookupError):
    """A version has no process of this id (any more)."""


def _compile(version_id: int, process: str) -> Running:
    version = ProcedureVersion.objects.select_related("procedure").get(pk=version_id)
    pins = DecisionPin.objects.filter(version=version).select_related("decision")
    models = {pin.ref: dmn.read(bytes(pin.decision.dmn)) for pin in pins}
    definitions = bpmn.read(bytes(version.bpmn))
    if process and process not in {each.id for each in definitions.processes}:
        raise NoSuchProcess(f"Version {version.number} has no process “{process}” any more.")
    chart = compile_chart(
        definitions,
        process=process or main_process(definitions),
        decisions={ref: dmn.compile_model(model) for ref, model in models.items()},
    )
    made = Running(
        version=version.pk,
        number=version.number,
        procedure=version.procedure_id,
        key=version.procedure.key,
        name=version.procedure.name,
        record_type=version.procedure.record_type,
        processes=frozenset(each.id for each in definitions.processes),
        reads=facts_read(chart, version.procedure.record_type, models),
        chart=chart,
    )
    with _lock:
        _kept[(version_id, process, version.digest)] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def main_process(definitions: Definitions) -> str | None:
    """
    Return the process that a file's procedure is: the one with ``tl:procedure``; None leaves the choice to the
    kernel.
    """
    return next((each.id for each in definitions.processes if each.extensions.procedure is not None), None)


def begin_alike(version: int, other: int) -> bool:
    """Say whether two versions begin in the same way, so that each case could start with either."""
    return starts_of(running(version).chart) == starts_of(running(other).chart)


def starts_of(chart: Chart) -> frozenset[tuple[str, ...]]:
    """Return what sets off each start of a chart and what it takes over, in words that can be compared."""

    def words(node: str) -> Iterator[str]:
        for output in chart.node(node).outputs:
            yield f"{output.name}={output.formula.text}"

    return frozenset(
        (
            start.node,
            start.kind,
            start.name,
            start.event,
            start.where.text if start.where else "",
            start.timer.text if start.timer else "",
            *words(start.node),
        )
        for start in chart.starts
    )


def forget_all() -> None:
    """Drop everything that is kept; tests use it when they rebuild the database under the same keys."""
    with _lock:
        _kept.clear()
        _published.clear()
