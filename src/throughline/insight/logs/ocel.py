"""
Object-centric logs in OCEL 2.0 (arXiv 2403.01975): JSON, XML and SQLite, seen from one type of object.

Theory of operation. An object-centric event belongs to any number of objects. Looked at through one type of object,
the log is an ordinary one: each object of the type is a case, and an event is an event of each of them. Which type that
is can be said; otherwise it is the one with the most events. How many events appear in more than one case, and how many
in none, is told, because figures read differently then.
"""

from __future__ import annotations

import gzip
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
from lxml import etree

from throughline.flow.mining.log import EventLog
from throughline.insight.logs.columns import KNOWN, Columns, plain
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.gathering import Gathering
from throughline.insight.logs.limits import Bounded, Limits
from throughline.insight.logs.progress import Progress


@dataclass(slots=True)
class ObjectLog:
    """
    ``types``: the type of each object. ``events``: activity, time and attributes by event. ``links``: per event the
    objects it belongs to, in order.
    """

    types: dict[str, str] = field(default_factory=dict)
    events: dict[str, tuple[str, str, dict[str, str]]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def read_ocel(
    path: Path, kind: str, columns: Columns, keep: Sequence[str] | None, *, limits: Limits, progress: Progress
) -> tuple[EventLog, Columns]:
    """
    Return the log of the objects of one type, ``columns.case``, and the columns it was taken from.

    ``kind``: ``json``, ``xml`` or ``sqlite``.

    Raises:
        LogUnreadable: it is no OCEL 2.0, damaged, or has no such type.
    """
    objects = _objects(path, kind, limits)
    return _seen_from(objects, path.name, columns, keep, limits=limits, progress=progress)


def object_types(path: Path, kind: str, limits: Limits) -> dict[str, int]:
    """
    Return how many events link to objects of each type, the most frequent first: each can be the case.

    Raises:
        LogUnreadable: it is no OCEL 2.0, damaged, or links no event to an object.
    """
    used = _used_types(_objects(path, kind, limits), path.name)
    return {kind: used[kind] for kind in sorted(used, key=lambda kind: (-used[kind], kind))}


def _objects(path: Path, kind: str, limits: Limits) -> ObjectLog:
    objects = _READERS[kind](path, limits)
    if not objects.events:
        raise LogUnreadable(f"{path.name} holds no events.")
    return objects


def _used_types(objects: ObjectLog, name: str) -> Counter[str]:
    used = Counter(objects.types[each] for linked in objects.links.values() for each in linked if each in objects.types)
    if not used:
        raise LogUnreadable(f"{name} links no event to an object, so there is nothing that could be a case.")
    return used


def _seen_from(
    objects: ObjectLog,
    name: str,
    columns: Columns,
    keep: Sequence[str] | None,
    *,
    limits: Limits,
    progress: Progress,
) -> tuple[EventLog, Columns]:
    gathering = Gathering(name, limits)
    case = _case_type(objects, name, columns.case, gathering.warnings)
    person = columns.resource or _person_type(objects, case)
    several = without = 0
    for event, (activity, time, attributes) in objects.events.items():
        linked = objects.links.get(event, [])
        cases = list(dict.fromkeys(each for each in linked if objects.types.get(each) == case))
        several += len(cases) > 1
        without += not cases
        resource = next((each for each in linked if objects.types.get(each) == person), None)
        kept: dict[str, str | None] = {key: attributes[key] for key in attributes if keep is None or key in keep}
        kept["resource"] = resource or attributes.get(person or "resource")
        for each in cases:
            gathering.add(each, activity, time, kept)
        gathering.check_size()
        progress.events = len(gathering)
    if several:
        gathering.warnings.append(f"{several:,} events belong to more than one {case} and count once in each.")
    if without:
        gathering.warnings.append(f"{without:,} events belong to no {case} and were left out.")
    return gathering.log(), Columns(case=case, activity="type", time="time", resource=person)


def _case_type(objects: ObjectLog, name: str, asked: str | None, warnings: list[str]) -> str:
    used = _used_types(objects, name)
    ranked = sorted(used, key=lambda kind: (-used[kind], kind))
    if asked:
        found = next((kind for kind in ranked if plain(kind) == plain(asked)), None)
        if found is None:
            raise LogUnreadable(f"{name} has no events of objects of type “{asked}”; there are {', '.join(ranked)}.")
        return found
    if len(ranked) > 1:
        rest = ", ".join(ranked[1:])
        warnings.append(f"The cases are the objects of type “{ranked[0]}”; --case takes another one ({rest}).")
    return ranked[0]


def _person_type(objects: ObjectLog, case: str) -> str | None:
    words = {plain(word) for word in KNOWN["resource"]} | {"employee", "staff", "people"}
    return next((kind for kind in sorted(set(objects.types.values())) if plain(kind) in words and kind != case), None)


# --- JSON -------------------------------------------------------------------------------------------------------------
class _Link(msgspec.Struct, rename="camel"):
    object_id: str


class _Attribute(msgspec.Struct):
    name: str
    value: Any = None


class _Object(msgspec.Struct):
    id: str
    type: str


class _Event(msgspec.Struct):
    id: str
    type: str
    time: str
    attributes: list[_Attribute] = []
    relationships: list[_Link] = []


class _File(msgspec.Struct):
    events: list[_Event]
    objects: list[_Object]


def _json(path: Path, limits: Limits) -> ObjectLog:
    with _opened(path, limits) as stream:
        content = stream.read()
    try:
        file = msgspec.json.decode(content, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise LogUnreadable(f"{path.name} is no OCEL 2.0 in JSON: {problem}.") from problem
    log = ObjectLog({each.id: each.type for each in file.objects})
    for event in file.events:
        attributes = {each.name: str(each.value) for each in event.attributes if each.value is not None}
        log.events[event.id] = (event.type, event.time, attributes)
        log.links[event.id] = [link.object_id for link in event.relationships]
    return log


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[Bounded]:
    """Open a file, unpacked when it is compressed; all of it is in memory at once, so it must not be too large."""
    with path.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
    sentence = f"{path.name} is too large to be read at once. Save the log as OCEL 2.0 SQLite or CSV."
    with cast(BinaryIO, gzip.open(path)) if is_packed else path.open("rb") as stream:
        yield Bounded(stream, limits.memory_bytes // 4, sentence)


# --- XML --------------------------------------------------------------------------------------------------------------
def _xml(path: Path, limits: Limits) -> ObjectLog:
    log = ObjectLog()
    with _opened(path, limits) as stream:
        try:
            for node in _elements(stream, path.name):
                _take(log, node)
        except etree.XMLSyntaxError as problem:
            raise LogUnreadable(
                f"{path.name} is damaged or no XML (line {problem.lineno}: {problem.msg})."
            ) from problem
    return log


def _elements(stream: Bounded, name: str) -> Iterator[etree._Element]:
    parsing = etree.iterparse(
        cast(BinaryIO, stream), events=("start", "end"),
        tag=("{*}log", "{*}objects", "{*}events", "{*}object", "{*}event"),
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    is_first = True
    for event, node in parsing:
        if is_first:
            info = node.getroottree().docinfo
            if info.internalDTD is not None or info.doctype:
                raise LogUnreadable(f"{name} has a document type declaration, which OCEL does not need. Remove it.")
            is_first = False
        if event == "end" and node.get("id") is not None:
            yield node
            node.clear()


def _take(log: ObjectLog, node: etree._Element) -> None:
    if node.tag.endswith("object"):
        log.types[node.get("id", "")] = node.get("type", "")
        return
    attributes = {each.get("name", ""): each.text or "" for each in node.iterfind("{*}attributes/{*}attribute")}
    event = node.get("id", "")
    log.events[event] = (node.get("type", ""), node.get("time", ""), attributes)
    log.links[event] = [each.get("object-id", "") for each in node.iterfind("{*}objects/{*}*")]


# --- SQLite -----------------------------------------------------------------------------------------------------------
def _sqlite(path: Path, limits: Limits) -> ObjectLog:
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            _require_few(connection, path.name, limits)
            return _tables(connection)
        finally:
            connection.close()
    except sqlite3.Error as problem:
        raise LogUnreadable(f"{path.name} is no OCEL 2.0 in SQLite: {problem}.") from problem


BYTES_OF_ROW = 500
"""What an event, an object or a link takes in memory, about."""


def _require_few(connection: sqlite3.Connection, name: str, limits: Limits) -> None:
    """Raise LogUnreadable when there is more than fits into memory at once."""
    most = limits.memory_bytes // BYTES_OF_ROW
    for table in ("event", "object", "event_object"):
        (count,) = connection.execute(f'select count(*) from "{table}"').fetchone()
        if count > most:
            raise LogUnreadable(
                f"{name} has {count:,} rows in “{table}”; {most:,} are read at once. Take a part, such as one year."
            )


def _tables(connection: sqlite3.Connection) -> ObjectLog:
    log = ObjectLog(dict(connection.execute("select ocel_id, ocel_type from object")))
    maps = connection.execute("select ocel_type, ocel_type_map from event_map_type").fetchall()
    for kind, suffix in maps:
        rows = connection.execute(f'select * from "event_{str(suffix).replace(chr(34), "")}"')
        names = [each[0] for each in rows.description]
        for row in rows:
            values = dict(zip(names, row, strict=True))
            event, time = str(values.pop("ocel_id")), str(values.pop("ocel_time"))
            log.events[event] = (kind, time, {key: str(each) for key, each in values.items() if each is not None})
    for event, item in connection.execute("select ocel_event_id, ocel_object_id from event_object order by rowid"):
        log.links[event].append(item)
    return log


_READERS = {"json": _json, "xml": _xml, "sqlite": _sqlite}
