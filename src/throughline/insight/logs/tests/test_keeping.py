"""A kept log is the log that was kept."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from throughline.flow.mining.log import NEVER, EventLog, Words, of_rows
from throughline.insight.logs.keeping import keep, kept

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def again(log: EventLog) -> EventLog:
    stream = io.BytesIO()
    keep(log, stream)
    return kept(stream)


class TestKept:
    def test_has_the_same_events(self) -> None:
        log = of_rows([("b", "Open", MONDAY), ("b", "Close", MONDAY + timedelta(days=400)), ("a", "Öffnen", MONDAY)])
        log = log.with_column("resource", Words.of(["Petra", None, "Tom"]))

        found = again(log)

        assert list(found.names) == list(log.names)
        assert found.activity.to_list() == log.activity.to_list()
        assert found.columns["resource"].to_list() == ["Petra", None, "Tom"]
        assert np.array_equal(found.at, log.at)
        assert np.array_equal(found.offsets, log.offsets)
        assert found.started is None

    def test_knows_beginnings(self) -> None:
        rows = of_rows([("a", "Open", MONDAY), ("a", "Close", MONDAY)])
        began = np.array([NEVER, int(rows.at[1]) - 60_000_000])
        log = EventLog(rows.names, rows.offsets, rows.activity, rows.at, started=began, warnings=("One was odd.",))

        found = again(log)

        assert found.started is not None
        assert np.array_equal(found.started, began)
        assert found.enabled is None
        assert found.warnings == ("One was odd.",)

    def test_runs_nothing_that_was_put_in(self) -> None:
        stream = io.BytesIO()
        keep(of_rows([("a", "Open", MONDAY)]), stream)
        evil = io.BytesIO()
        with zipfile.ZipFile(stream) as source, zipfile.ZipFile(evil, "w") as target:
            for name in source.namelist():
                if name != "at.npy":
                    target.writestr(name, source.read(name))
            with target.open("at.npy", "w") as out:
                np.lib.format.write_array(out, np.array([{}], dtype=object), allow_pickle=True)

        with pytest.raises(ValueError, match="Object arrays cannot be loaded"):
            kept(evil)
