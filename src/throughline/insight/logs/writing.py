"""Writes a log as CSV, XES or OCEL 2.0; what was written is read again as the same log."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from lxml import etree

from throughline.flow.mining.log import NEVER, EventLog, instant
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.xes import LIFECYCLE, NAME, RESOURCE, TIME

XES_NAMESPACE = "http://www.xes-standard.org/"
KEYS = {"resource": RESOURCE, "lifecycle": LIFECYCLE}
EXTENSIONS = {
    "Concept": ("concept", "concept.xesext"),
    "Time": ("time", "time.xesext"),
    "Organizational": ("org", "org.xesext"),
    "Lifecycle": ("lifecycle", "lifecycle.xesext"),
}
CASE_OBJECT, PERSON_OBJECT = "case", "resource"


def write_log(log: EventLog, path: str | Path) -> None:
    """
    Write a log; the name says the form: ``.csv``, ``.xes``, ``.json``, ``.xml`` or ``.sqlite`` (OCEL 2.0), the text
    forms also with ``.gz``.

    Raises:
        LogUnreadable: the name says none of these.
        OSError: the file cannot be written.
    """
    file = Path(path)
    suffixes = [each.lower() for each in file.suffixes if each.lower() != ".gz"]
    form = _FORMS.get(suffixes[-1] if suffixes else "")
    if form is None:
        raise LogUnreadable(
            f"{file.name} does not say how the log is to be written: .csv, .xes, .json, .xml or .sqlite."
        )
    form(log, file)


@contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    with cast(IO[bytes], gzip.open(path, "wb")) if path.suffix.lower() == ".gz" else path.open("wb") as stream:
        yield stream


Event = tuple[str, str, str, dict[str, str]]


def _events(log: EventLog) -> Iterator[Event]:
    """Case, activity, time and the other columns of each event."""
    columns = {name: column.to_list() for name, column in log.columns.items()}
    if log.started is not None:
        columns["start_time"] = [None if at == NEVER else _text(at) for at in log.started.tolist()]
    if log.enabled is not None:
        columns["enable_time"] = [None if at == NEVER else _text(at) for at in log.enabled.tolist()]
    activities = log.activity.to_list()
    for number, (case, at) in enumerate(zip(log.case_of.tolist(), log.at.tolist(), strict=True)):
        values = {name: word for name, column in columns.items() if (word := column[number]) is not None}
        yield log.names[case], activities[number] or "", _text(at), values


def _text(at: int) -> str:
    return instant(at).isoformat(timespec="microseconds")


def _csv(log: EventLog, path: Path) -> None:
    names = [*log.columns]
    extra = ["start_time"] * (log.started is not None) + ["enable_time"] * (log.enabled is not None)
    with _written(path) as stream, io.TextIOWrapper(stream, encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["case_id", "activity", *extra, "end_time" if extra else "time", *names])
        for case, activity, time, values in _events(log):
            own = [values.get(name, "") for name in extra]
            writer.writerow([case, activity, *own, time, *(values.get(name, "") for name in names)])


def _xes(log: EventLog, path: Path) -> None:
    with _written(path) as stream, etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element("log", {"xes.version": "1849-2016", "xes.features": ""}, nsmap={None: XES_NAMESPACE}):
            for name, (prefix, file) in EXTENSIONS.items():
                xml.write(etree.Element("extension", name=name, prefix=prefix, uri=f"{XES_NAMESPACE}{file}"))
            trace: etree._Element | None = None
            current = None
            for case, activity, time, values in _events(log):
                if case != current:
                    if trace is not None:
                        xml.write(trace)
                    current, trace = case, etree.Element("trace")
                    etree.SubElement(trace, "string", key=NAME, value=case)
                event = etree.SubElement(cast(etree._Element, trace), "event")
                etree.SubElement(event, "string", key=NAME, value=activity)
                etree.SubElement(event, "date", key=TIME, value=time)
                for name, value in values.items():
                    etree.SubElement(event, "string", key=KEYS.get(name, name), value=_xml_text(value))
            if trace is not None:
                xml.write(trace)


def _xml_text(value: str) -> str:
    """The characters that XML can hold."""
    return "".join(letter for letter in value if letter >= " " or letter in "\t\n\r")


def _objects(log: EventLog) -> list[tuple[str, str]]:
    """Id and type of the objects: every case, and everybody who did something."""
    people = log.columns["resource"].used() if "resource" in log.columns else ()
    cases = set(log.names)
    return [(name, CASE_OBJECT) for name in log.names] + [(_person(name, cases), PERSON_OBJECT) for name in people]


def _person(name: str, cases: Container[str]) -> str:
    """The id of a person as an object: the name, unless a case is called so."""
    return f"resource:{name}" if name in cases else name


def _links(case: str, values: dict[str, str], cases: Container[str]) -> list[tuple[str, str]]:
    """Object id and qualifier of what an event belongs to."""
    person = values.get("resource")
    return [(case, CASE_OBJECT)] + ([(_person(person, cases), PERSON_OBJECT)] if person is not None else [])


def _attribute_names(log: EventLog) -> list[str]:
    return [name for name in log.columns if name != "resource"]


def _ocel_json(log: EventLog, path: Path) -> None:
    names, cases = _attribute_names(log), set(log.names)
    kinds = [{"name": name, "type": "string"} for name in names]
    document = {
        "objectTypes": [{"name": kind, "attributes": []} for kind in (CASE_OBJECT, PERSON_OBJECT)],
        "eventTypes": [{"name": word, "attributes": kinds} for word in log.activity.used()],
        "objects": [{"id": name, "type": kind, "attributes": [], "relationships": []} for name, kind in _objects(log)],
        "events": [
            {
                "id": f"e{number}",
                "type": activity,
                "time": time,
                "attributes": [{"name": name, "value": value} for name, value in values.items() if name != "resource"],
                "relationships": [{"objectId": item, "qualifier": how} for item, how in _links(case, values, cases)],
            }
            for number, (case, activity, time, values) in enumerate(_events(log), 1)
        ],
    }
    with _written(path) as stream:
        stream.write(json.dumps(document, ensure_ascii=False).encode())


def _ocel_xml(log: EventLog, path: Path) -> None:
    cases = set(log.names)
    with _written(path) as stream, etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element("log"):
            with xml.element("object-types"):
                for kind in (CASE_OBJECT, PERSON_OBJECT):
                    xml.write(etree.Element("object-type", name=kind))
            with xml.element("event-types"):
                for word in log.activity.used():
                    xml.write(etree.Element("event-type", name=word))
            with xml.element("objects"):
                for name, kind in _objects(log):
                    xml.write(etree.Element("object", id=name, type=kind))
            with xml.element("events"):
                for number, (case, activity, time, values) in enumerate(_events(log), 1):
                    event = etree.Element("event", id=f"e{number}", type=activity, time=time)
                    attributes = etree.SubElement(event, "attributes")
                    for name, value in values.items():
                        if name != "resource":
                            etree.SubElement(attributes, "attribute", name=name).text = _xml_text(value)
                    objects = etree.SubElement(event, "objects")
                    for item, how in _links(case, values, cases):
                        etree.SubElement(objects, "relationship", {"object-id": item, "qualifier": how})
                    xml.write(event)


def _ocel_sqlite(log: EventLog, path: Path) -> None:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    try:
        with connection:
            _fill(connection, log)
    finally:
        connection.close()


def _fill(connection: sqlite3.Connection, log: EventLog) -> None:
    names, cases = _attribute_names(log), set(log.names)
    tables = {word: f"type{number}" for number, word in enumerate(log.activity.used(), 1)}
    connection.executescript(
        "create table object (ocel_id text primary key, ocel_type text);"
        "create table event (ocel_id text primary key, ocel_type text);"
        "create table event_object (ocel_event_id text, ocel_object_id text, ocel_qualifier text);"
        "create table object_object (ocel_source_id text, ocel_target_id text, ocel_qualifier text);"
        "create table event_map_type (ocel_type text primary key, ocel_type_map text);"
        "create table object_map_type (ocel_type text primary key, ocel_type_map text);"
    )
    connection.executemany("insert into object values (?, ?)", _objects(log))
    connection.executemany("insert into event_map_type values (?, ?)", tables.items())
    for kind in (CASE_OBJECT, PERSON_OBJECT):
        connection.execute("insert into object_map_type values (?, ?)", (kind, kind))
        connection.execute(f"create table object_{kind} (ocel_id text, ocel_time text, ocel_changed_field text)")
    own = "".join(f', "{name.replace(chr(34), "")}" text' for name in names)
    for table in tables.values():
        connection.execute(f"create table event_{table} (ocel_id text primary key, ocel_time text{own})")
    for number, (case, activity, time, values) in enumerate(_events(log), 1):
        event = f"e{number}"
        connection.execute("insert into event values (?, ?)", (event, activity))
        row = [event, time, *(values.get(name) for name in names)]
        connection.execute(f"insert into event_{tables[activity]} values ({', '.join('?' * len(row))})", row)
        links = [(event, item, how) for item, how in _links(case, values, cases)]
        connection.executemany("insert into event_object values (?, ?, ?)", links)


_FORMS = {
    ".csv": _csv,
    ".xes": _xes,
    ".json": _ocel_json,
    ".jsonocel": _ocel_json,
    ".xml": _ocel_xml,
    ".xmlocel": _ocel_xml,
    ".sqlite": _ocel_sqlite,
}
