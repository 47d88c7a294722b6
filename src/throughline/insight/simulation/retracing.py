"""
Past cases in two charts, tried by a process of its own that knows no database.

Only cases count that take their own way again in their own version. What the record said in the instant of the start
may have led to it, or have come of it, so a case is told both ways and the first that leads the way it went is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from throughline.flow import bpmn, dmn
from throughline.flow.calendars import BusinessCalendar
from throughline.flow.engine import Chart, compile_chart
from throughline.flow.simulate.dry_run import Compared, PastCase, compare, way_of
from throughline.insight.errands.desk import GENTLY
from throughline.insight.errands.processes import processes


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a chart is compiled of; ``process``: which one of the file, None leaves it to the kernel."""

    drawing: bytes
    process: str | None
    decisions: Mapping[str, str]

    def compiled(self) -> Chart:
        """
        Return the chart.

        Raises:
            bpmn.Unreadable, dmn.Unreadable, ChartRefused: it cannot run.
        """
        models = {ref: dmn.compile_model(dmn.read(text.encode())) for ref, text in self.decisions.items()}
        return compile_chart(bpmn.read(self.drawing), process=self.process, decisions=models)


@dataclass(frozen=True, slots=True)
class Gone:
    """
    A case that ended: on which ``version`` (its key), at which node, by which steps of the drawing, and ``tellings``,
    what may have led there.
    """

    version: int
    end: str
    steps: tuple[str, ...]
    tellings: tuple[PastCase, ...]


@dataclass
class _Desk:
    """What the process keeps: the charts that cases ran on, and the other one."""

    versions: Mapping[int, Drawn]
    other: Chart
    calendars: Mapping[str, BusinessCalendar]
    charts: dict[int, Chart]

    def chart(self, version: int) -> Chart:
        if version not in self.charts:
            self.charts[version] = self.versions[version].compiled()
        return self.charts[version]

    def retrace(self, case: Gone) -> Compared | None:
        own = self.chart(case.version)
        end = own.by_id[case.end].label if case.end in own.by_id else case.end
        for past in case.tellings:
            way = way_of(own, past, self.calendars)
            if way.end == end and case.steps == tuple(each for each in way.travelled if each in own.by_id):
                return compare(past, way, way_of(self.other, past, self.calendars))
        return None


_desk: _Desk | None = None


def _begin(versions: Mapping[int, Drawn], other: Drawn, calendars: Mapping[str, BusinessCalendar]) -> None:
    global _desk  # noqa: PLW0603  the process has one, set once
    _desk = _Desk(versions, other.compiled(), calendars, {})


def retrace(cases: Sequence[Gone]) -> list[Compared | None]:
    """Return how each case would have gone, None for one that does not take its own way again. In the process."""
    assert _desk is not None
    return [_desk.retrace(case) for case in cases]


@contextmanager
def desk(
    versions: Mapping[int, Drawn], other: Drawn, calendars: Mapping[str, BusinessCalendar]
) -> Iterator[ProcessPoolExecutor]:
    """Give a process that tries cases; what it has not begun when this ends is given up."""
    with processes(1, begin=_begin, given=(versions, other, calendars), nice=GENTLY) as pool:
        yield pool
