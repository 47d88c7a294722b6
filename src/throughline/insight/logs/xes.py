"""
Logs in XES (IEEE 1849): which attributes of its traces and events are what.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from throughline.flow.mining.log import EventLog
from throughline.insight.logs.columns import Columns
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.gathering import Gathering
from throughline.insight.logs.limits import Limits
from throughline.insight.logs.progress import Progress
from throughline.insight.logs.traces import Trace, traces

NAME, TIME, RESOURCE, LIFECYCLE = "concept:name", "time:timestamp", "org:resource", "lifecycle:transition"


def read_xes(
    stream: BinaryIO,
    name: str,
    columns: Columns,
    keep: Sequence[str] | None,
    *,
    limits: Limits,
    progress: Progress,
) -> tuple[EventLog, Columns]:
    """
    Return the log in ``stream`` and the attributes it was taken from; ``name`` is what messages call the file.

    Attributes of a trace become columns ``case:NAME``.

    Raises:
        LogUnreadable: it is no XES, or damaged.
    """
    found = Columns(
        case=columns.case or NAME,
        activity=columns.activity or NAME,
        time=columns.time or TIME,
        resource=columns.resource or RESOURCE,
        lifecycle=columns.lifecycle or LIFECYCLE,
        classifier=columns.classifier,
    )
    reader = _Reader(name, found, keep, limits)
    for trace in traces(stream, name, limits):
        reader.add(trace)
        progress.events = len(reader.gathering)
    return reader.log(), found


class _Reader:
    def __init__(self, name: str, columns: Columns, keep: Sequence[str] | None, limits: Limits) -> None:
        self.columns = columns
        self.own = {columns.activity, columns.time, columns.resource, columns.lifecycle}
        self.keep = keep
        self.gathering = Gathering(name, limits)
        self.unnamed = 0

    def add(self, trace: Trace) -> None:
        """Add the events of one trace."""
        columns, case = self.columns, self._name(trace)
        shared = {f"case:{key}": value for key, value in trace.attributes.items() if key != columns.case}
        shared = {key: value for key, value in shared.items() if self._is_kept(key)}
        for values in trace.events:
            told: dict[str, str | None] = dict(shared)
            told["resource"] = values.get(str(columns.resource))
            told["lifecycle"] = values.get(str(columns.lifecycle))
            if self.keep != []:
                told.update((key, value) for key, value in values.items() if key not in self.own and self._is_kept(key))
            self.gathering.add(case, self._activity(values), values.get(str(columns.time)), told)
        self.gathering.check_size()

    def log(self) -> EventLog:
        """Return what was read. Raises LogUnreadable when there is nothing."""
        if self.unnamed:
            self.gathering.warnings.append(f"{self.unnamed:,} cases have no name and were numbered.")
        if not len(self.gathering):
            raise LogUnreadable(f"{self.gathering.name} holds no events.")
        return self.gathering.log()

    def _name(self, trace: Trace) -> str:
        name = trace.attributes.get(str(self.columns.case))
        if name is None:
            self.unnamed += 1
            return f"unnamed {self.unnamed}"
        return name

    def _activity(self, values: dict[str, str]) -> str | None:
        if not self.columns.classifier:
            return values.get(str(self.columns.activity))
        parts = [values[key] for key in self.columns.classifier if key in values]
        return "+".join(parts) or None

    def _is_kept(self, key: str) -> bool:
        return self.keep is None or key in self.keep
