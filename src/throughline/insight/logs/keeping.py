"""
A log as one file of plain arrays: the form in which an imported log is kept.

Theory of operation. The file is a ZIP of arrays (NumPy's own format, numbers only) and a JSON document with the words.
Numbers are stored in the smallest type that holds them and packed lightly, so ten million events take some hundred
megabytes at most and are back in memory in about a second. Nothing in it is executed: object arrays are refused.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

import numpy as np

from throughline.flow.mining.log import EventLog, Ints, Words

FORM = 1
LIGHTLY = 1
"""How hard the arrays are packed; harder takes ten times as long and saves a fifth."""


def keep(log: EventLog, stream: BinaryIO) -> None:
    """Write a log into a binary stream that can be sought."""
    columns = dict(log.columns)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=LIGHTLY) as archive:
        document = {
            "form": FORM,
            "names": list(log.names),
            "activity": log.activity.words,
            "columns": {name: column.words for name, column in columns.items()},
            "warnings": log.warnings,
            "started": log.started is not None,
            "enabled": log.enabled is not None,
        }
        archive.writestr("log.json", json.dumps(document, ensure_ascii=False))
        _write(archive, "lengths", log.lengths)
        _write(archive, "activity", log.activity.codes)
        _write(archive, "at", np.diff(log.at, prepend=np.int64(0)))
        for place, column in enumerate(columns.values()):
            _write(archive, f"column{place}", column.codes)
        for name, instants in (("started", log.started), ("enabled", log.enabled)):
            if instants is not None:
                _write(archive, name, instants)


def kept(stream: BinaryIO) -> EventLog:
    """
    Read a log that :func:`keep` wrote.

    Raises:
        ValueError: it is of another form.
    """
    with zipfile.ZipFile(stream) as archive:
        document: Mapping[str, Any] = json.loads(archive.read("log.json"))
        if document["form"] != FORM:
            raise ValueError(f"Expected a kept log of form {FORM}, but it has form {document['form']}.")
        lengths = _read(archive, "lengths").astype(np.int64)
        return EventLog(
            document["names"],
            np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)]),
            Words(_read(archive, "activity").astype(np.int32), tuple(document["activity"])),
            np.cumsum(_read(archive, "at").astype(np.int64)),
            {
                name: Words(_read(archive, f"column{place}").astype(np.int32), tuple(words))
                for place, (name, words) in enumerate(document["columns"].items())
            },
            _read(archive, "started").astype(np.int64) if document["started"] else None,
            _read(archive, "enabled").astype(np.int64) if document["enabled"] else None,
            tuple(document["warnings"]),
        )


def _write(archive: zipfile.ZipFile, name: str, numbers: Ints) -> None:
    with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
        np.lib.format.write_array(cast(Any, stream), _smallest(numbers), allow_pickle=False)


def _read(archive: zipfile.ZipFile, name: str) -> Ints:
    with archive.open(f"{name}.npy") as stream:
        return cast(Ints, np.lib.format.read_array(cast(Any, stream), allow_pickle=False))


def _smallest(numbers: Ints) -> Ints:
    if not len(numbers):
        return numbers.astype(np.int8)
    low, high = int(numbers.min()), int(numbers.max())
    return numbers.astype(np.result_type(np.min_scalar_type(low), np.min_scalar_type(high), np.int8))
