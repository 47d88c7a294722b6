"""
Logs in XES (IEEE 1849), read trace by trace.

Theory of operation. A trace at a time is parsed, read and forgotten, so memory follows the events kept and not the
file. What most questions need, four attributes of each event, usually stands at the same place in every event; so each
is looked for first where it was found last.
Document types are refused, so there are no entities to expand and nothing to fetch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

from lxml import etree

from throughline.flow.mining.log import EventLog
from throughline.insight.logs.columns import Columns
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.gathering import Gathering
from throughline.insight.logs.limits import Bounded, Limits
from throughline.insight.logs.progress import Progress

NAME, TIME, RESOURCE, LIFECYCLE = "concept:name", "time:timestamp", "org:resource", "lifecycle:transition"
OF_MEMORY = 16
"""The part of the memory that the text of one trace may take: as a tree it takes some ten times as much."""
ROLE_OF = {RESOURCE: "resource", LIFECYCLE: "lifecycle"}


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
    try:
        for trace in traces(stream, name, limits):
            reader.add(trace)
            progress.events = len(reader.gathering)
    except etree.XMLSyntaxError as problem:
        raise LogUnreadable(f"{name} is damaged or no XML (line {problem.lineno}: {problem.msg}).") from problem
    return reader.log(), found


def traces(stream: BinaryIO, name: str, limits: Limits) -> Iterator[etree._Element]:
    """
    Give the traces one by one, each forgotten when the next is asked for; ``name`` is what messages call the file.

    Raises:
        LogUnreadable: it is XML, but no XES, or has a document type, or a trace that is too large for the memory.
        lxml.etree.XMLSyntaxError: it is damaged.
    """
    most = limits.memory_bytes // OF_MEMORY
    bounded = Bounded(stream, most, f"{name} has a case of more than {most // 1_000_000:,} MB. Take smaller ones.")
    parsing = etree.iterparse(
        cast(BinaryIO, bounded), events=("start", "end"), tag=("{*}log", "{*}trace"), resolve_entities=False,
        no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, remove_blank_text=True,
    )  # fmt: skip
    is_log = False
    for event, node in parsing:
        if event == "start":
            if not is_log:
                _refuse_document_type(node, name)
                is_log = True
        elif node.tag.endswith("trace"):
            yield node
            bounded.begin_anew()
            node.clear()
            while node.getprevious() is not None:
                del node.getparent()[0]
    if not is_log:
        raise LogUnreadable(f"{name} is XML, but no XES: it has no log inside.")


def _refuse_document_type(node: etree._Element, name: str) -> None:
    info = node.getroottree().docinfo
    if info.internalDTD is not None or info.doctype:
        raise LogUnreadable(f"{name} has a document type declaration, which XES does not need. Remove the DOCTYPE.")


class _Reader:
    def __init__(self, name: str, columns: Columns, keep: Sequence[str] | None, limits: Limits) -> None:
        self.columns = columns
        self.keep = keep
        self.gathering = Gathering(name, limits)
        self.unnamed = 0
        self.is_plain = keep is not None and not keep and not columns.classifier
        self.slots: list[_Slot] = []

    def add(self, trace: etree._Element) -> None:
        """Add the events of one trace."""
        case = self._name(trace)
        if self.is_plain:
            self._add_plain(trace, case)
        else:
            self._add_each(trace, case)
        self.gathering.check_size()

    def log(self) -> EventLog:
        """Return what was read. Raises LogUnreadable when there is nothing."""
        if self.unnamed:
            self.gathering.warnings.append(f"{self.unnamed:,} cases have no name and were numbered.")
        if not len(self.gathering):
            raise LogUnreadable(f"{self.gathering.name} holds no events.")
        return self.gathering.log()

    def _name(self, trace: etree._Element) -> str:
        for child in trace:
            if child.get("key") == self.columns.case:
                return child.get("value") or ""
            if child.tag.endswith("event"):
                break
        name = next((c.get("value") for c in trace if c.get("key") == self.columns.case), None)
        if name is None:
            self.unnamed += 1
            name = f"unnamed {self.unnamed}"
        return name

    # --- four attributes, at the places where they usually stand --------------------------------------------------
    def _add_plain(self, trace: etree._Element, case: str) -> None:
        if not self.slots:
            self._prepare()
        here = [slot for slot in self.slots if slot.may_be_in(trace)]
        events = 0
        for event in trace.iterchildren("{*}event"):
            events += 1
            for slot in here:
                try:
                    child = event[slot.place]
                except IndexError:
                    slot.seek(event)
                    continue
                if child.get("key") == slot.key:
                    slot.column.append(child.get("value"))
                else:
                    slot.seek(event)
        for slot in self.slots:
            if slot not in here:
                slot.column += [None] * events
        self.gathering.cases += [case] * events

    def _prepare(self) -> None:
        gathered, columns = self.gathering, self.columns
        for role in ROLE_OF.values():
            gathered.columns.setdefault(role, [])
        self.slots = [
            _Slot(columns.activity, gathered.activities),
            _Slot(columns.time, gathered.times),
            _Slot(columns.resource, gathered.columns["resource"]),
            _Slot(columns.lifecycle, gathered.columns["lifecycle"]),
        ]

    # --- any attributes, event by event ---------------------------------------------------------------------------
    def _add_each(self, trace: etree._Element, case: str) -> None:
        shared = {f"case:{key}": value for key, value in attributes_of(trace).items() if key != self.columns.case}
        shared = {key: value for key, value in shared.items() if self._is_kept(key)}
        own = (self.columns.activity, self.columns.time, self.columns.resource, self.columns.lifecycle)
        for node in trace:
            if not node.tag.endswith("event"):
                continue
            values = attributes_of(node)
            columns: dict[str, str | None] = dict(shared)
            columns["resource"] = values.get(str(self.columns.resource))
            columns["lifecycle"] = values.get(str(self.columns.lifecycle))
            columns.update((key, value) for key, value in values.items() if key not in own and self._is_kept(key))
            self.gathering.add(case, self._activity(values), values.get(str(self.columns.time)), columns)

    def _activity(self, values: dict[str, str]) -> str | None:
        if not self.columns.classifier:
            return values.get(str(self.columns.activity))
        parts = [values[key] for key in self.columns.classifier if key in values]
        return "+".join(parts) or None

    def _is_kept(self, key: str) -> bool:
        return self.keep is None or key in self.keep


_HAS = etree.XPath("boolean(*/*[@key=$key])")


class _Slot:
    """
    One attribute, the place among its siblings where it was found last, and the column that its values go to.

    Many logs lack one of the four throughout: after an event without it, whole traces are asked before their events.
    """

    __slots__ = ("column", "is_missed", "key", "place")

    def __init__(self, key: str | None, column: list[str | None]) -> None:
        self.key = key or ""
        self.column = column
        self.place = 0
        self.is_missed = False

    def may_be_in(self, trace: etree._Element) -> bool:
        """Say whether events of the trace are to be asked for the attribute."""
        return not self.is_missed or bool(_HAS(trace, key=self.key))

    def seek(self, event: etree._Element) -> None:
        """Append the attribute of an event to the column, wherever it stands; None when the event lacks it."""
        for place, child in enumerate(event):
            if child.get("key") == self.key:
                self.place = place
                self.is_missed = False
                self.column.append(child.get("value"))
                return
        self.is_missed = True
        self.column.append(None)


def attributes_of(node: etree._Element) -> dict[str, str]:
    """Return the attributes of a trace or event; nested ones are left out."""
    return {key: child.get("value", "") for child in node if (key := child.get("key")) is not None}
