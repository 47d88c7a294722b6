"""Imported logs, from the file that is sent to the log that is mined, shared and removed."""

from __future__ import annotations

import gzip
import io
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.files.models import Blob
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.refusals import Conflict, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.insight.errands import leases
from throughline.insight.logs import queries, readings
from throughline.insight.logs.models import ImportedLog, LogReading
from throughline.insight.logs.operations import cancel_reading, delete_log, request_reading, send_log, share_log

pytestmark = [pytest.mark.django_db, pytest.mark.req("I2")]

CSV = b"""ticket,step,when,who
7,Open,2026-01-05T09:00:00Z,Petra
7,Close,2026-01-05T11:00:00Z,Tom
8,Open,2026-01-06T09:00:00Z,Petra
"""
XES = b"""<?xml version="1.0"?><log><trace><string key="concept:name" value="7"/>
<event><string key="concept:name" value="Open"/><date key="time:timestamp" value="2026-01-05T09:00:00Z"/></event>
<event><string key="concept:name" value="Close"/><date key="time:timestamp" value="2026-01-05T11:00:00Z"/></event>
</trace></log>"""
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/hostname">]><log>&a;</log>'


def sent(by: User, at: datetime, content: bytes = CSV, file_name: str = "desk.csv") -> ImportedLog:
    return send_log(
        content=io.BytesIO(content), file_name=file_name, size=len(content), by=Actor.user(by), at=at, name=""
    )


def asked(log: ImportedLog, by: User, at: datetime, **changed: Any) -> LogReading:
    columns = {**log.columns, **changed}
    return request_reading(log_id=log.pk, name=log.name, columns=columns, by=Actor.user(by), at=at)


def claimed(at: datetime) -> LogReading:
    reading = leases.claim(LogReading, at=at)
    assert reading is not None
    return reading


def read(log: ImportedLog, by: User, at: datetime, **changed: Any) -> ImportedLog:
    """Have a log read, as a worker does; give it as it is then."""
    asked(log, by, at, **changed)
    reading = claimed(at)
    readings.read(reading, clock=lambda: at, wanted=lambda: True)
    reading.refresh_from_db()
    assert reading.problem == ""
    return ImportedLog.objects.get(pk=log.pk)


class TestSendLog:
    def test_guesses_the_columns_and_shows_some_events(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at)

        assert log.look["names"] == ["ticket", "step", "when", "who"]
        assert log.look["rows"][0] == ["7", "Open", "2026-01-05T09:00:00Z", "Petra"]
        assert (log.columns["case"], log.columns["activity"], log.columns["time"]) == ("ticket", "step", "when")
        assert log.name == "desk"

    def test_leaves_open_what_cannot_be_guessed(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at, b"amount,when\n1.5,2026-01-05\n2.5,2026-01-06\n")

        assert log.columns["case"] is None
        assert log.columns["time"] == "when"

    def test_looks_into_xes(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at, gzip.compress(XES), "desk.xes.gz")

        assert log.look["kind"] == "xes"
        assert log.look["rows"][1] == ["Close", "2026-01-05T11:00:00Z"]

    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (gzip.compress(CSV * 2000)[:300], "desk.csv.gz", "desk.csv.gz is cut off or damaged"),
            (gzip.compress(XES * 2000)[:300], "desk.xes.gz", "desk.xes.gz is cut off or damaged"),
            (ENTITIES, "desk.xes", "desk.xes has a document type declaration"),
            (b"a,b\n", "desk.csv", "desk.csv holds no events."),
            (b"\x00\x01\x02" * 50, "picture.bin", "picture.bin is no event log"),
            (b"<html><body/></html>", "page.xes", "page.xes is XML, but no XES"),
            (b"{", "log.json", "log.json"),
        ],
        ids=["cut csv", "cut xes", "entities", "no rows", "binary", "html", "broken json"],
    )
    def test_says_in_a_sentence_what_is_wrong_and_keeps_nothing(
        self, cast: Cast, at: datetime, content: bytes, name: str, sentence: str
    ) -> None:
        with pytest.raises(Refusal) as refused:
            sent(cast.maya, at, content, name)

        assert sentence in refused.value.message
        assert "sent-log" not in refused.value.message
        assert ImportedLog.objects.count() == 0

    def test_refuses_what_is_too_large_before_it_is_read(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal, match="a log may have 512 MB"):
            send_log(content=io.BytesIO(CSV), file_name="huge.csv", size=10**10, by=Actor.user(cast.maya), at=at)

    def test_says_so_when_the_reader_dies(self, cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        killed = subprocess.CompletedProcess([], returncode=-9, stdout="", stderr="")
        monkeypatch.setattr(subprocess, "run", lambda *_a, **_k: killed)

        with pytest.raises(Refusal, match="needs more memory"):
            sent(cast.maya, at)

    def test_a_name_cannot_lead_out_of_its_folder(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at, CSV, "../../..")

        assert log.look["kind"] == "table"


class TestReading:
    def test_keeps_the_log_and_not_the_file(self, cast: Cast, at: datetime) -> None:
        log = read(sent(cast.maya, at), cast.maya, at)

        content = queries.content(log)
        assert (log.cases, log.events) == (2, 3)
        assert log.first_at == datetime(2026, 1, 5, 9, tzinfo=UTC)
        assert content.names == ["7", "8"]
        assert content.activity.to_list() == ["Open", "Close", "Open"]
        assert content.columns["resource"].to_list() == ["Petra", "Tom", "Petra"]
        assert Blob.objects.get().pk == log.kept_id

    def test_is_in_the_journal(self, cast: Cast, at: datetime) -> None:
        log = read(sent(cast.maya, at), cast.maya, at)

        entry = Entry.objects.get(event="log.imported")
        assert (entry.record_id, entry.data["events"]) == (log.pk, 3)

    def test_counts_what_was_doubtful(self, cast: Cast, at: datetime) -> None:
        doubtful = CSV + b"8,,2026-01-06T10:00:00Z,Tom\n9,Open,someday,Tom\n"

        log = read(sent(cast.maya, at, doubtful), cast.maya, at)

        assert log.events == 3
        assert any("1 event has no activity and was left out." in warning for warning in log.warnings)
        assert any("1 event has a time that cannot be read" in warning for warning in log.warnings)

    def test_reads_mixed_dates_and_says_so(self, cast: Cast, at: datetime) -> None:
        mixed = b"case,activity,time\n" + b"1,A,2026-01-05 09:00\n" * 3 + b"1,B,13.01.2026 09:00\n"

        log = read(sent(cast.maya, at, mixed), cast.maya, at)

        assert log.events == 4
        assert any("written differently" in warning for warning in log.warnings)

    def test_takes_the_columns_that_were_confirmed(self, cast: Cast, at: datetime) -> None:
        log = read(sent(cast.maya, at), cast.maya, at, case="who", resource=None)

        assert queries.content(log).names == ["Petra", "Tom"]

    def test_asks_for_a_column_that_is_missing(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal) as refused:
            read(sent(cast.maya, at), cast.maya, at, case="")

        assert refused.value.fields == {"case": "Say which column is the case."}

    def test_refuses_one_column_for_two_things(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal) as refused:
            read(sent(cast.maya, at), cast.maya, at, resource="step")

        assert refused.value.fields["resource"].startswith("“step” is chosen twice.")

    def test_says_it_when_times_cannot_be_read_and_stays_as_it_was(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at)
        asked(log, cast.maya, at, time="who", resource=None)
        reading = claimed(at)

        readings.read(reading, clock=lambda: at, wanted=lambda: True)

        reading.refresh_from_db()
        assert reading.status == "failed"
        assert "cannot be read (such as “Petra”)" in reading.problem
        assert "--time-format" not in reading.problem
        assert "sent-log" not in reading.problem
        assert read(log, cast.maya, at).events == 3

    def test_is_done_once(self, cast: Cast, at: datetime) -> None:
        log = read(sent(cast.maya, at), cast.maya, at)

        with pytest.raises(Conflict):
            read(log, cast.maya, at)

    def test_only_its_owner_reads_it(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at)

        with pytest.raises(NotFound):
            read(log, cast.tom, at)

    def test_is_asked_for_once_at_a_time(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at)
        asked(log, cast.maya, at)

        with pytest.raises(Conflict):
            asked(log, cast.maya, at)

    def test_tells_how_many_events_were_read(self, cast: Cast, at: datetime) -> None:
        asked(sent(cast.maya, at), cast.maya, at)
        reading = claimed(at)

        readings.read(reading, clock=lambda: at, wanted=lambda: True)

        reading.refresh_from_db()
        assert (reading.status, reading.progress, reading.events_read) == ("done", 1.0, 3)

    def test_a_reader_that_dies_leaves_the_file_and_a_sentence(
        self, cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = sent(cast.maya, at)
        asked(log, cast.maya, at)
        reading = claimed(at)
        with monkeypatch.context() as patched:
            patched.setattr(readings, "DESK", "throughline.insight.logs.faults")  # says nothing and ends

            readings.read(reading, clock=lambda: at, wanted=lambda: True)

        reading.refresh_from_db()
        assert "needs more memory" in reading.problem
        assert read(log, cast.maya, at).events == 3


class TestCancelReading:
    def test_leaves_the_file_as_it_was_sent(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at)
        asked(log, cast.maya, at)
        reading = claimed(at)

        cancel_reading(log_id=log.pk, by=Actor.user(cast.maya), at=at)
        readings.read(reading, clock=lambda: at, wanted=lambda: True)

        log.refresh_from_db()
        assert (log.kept_id, Blob.objects.get().pk) == (None, log.sent_id)
        told = Entry.objects.filter(event__startswith="log.reading").order_by("pk").values_list("event", flat=True)
        assert list(told) == ["log.reading_requested", "log.reading_cancelled"]
        assert read(log, cast.maya, at).events == 3

    def test_comes_too_late_for_what_has_ended(self, cast: Cast, at: datetime) -> None:
        log = read(sent(cast.maya, at), cast.maya, at)

        with pytest.raises(Refusal, match="ended already"):
            cancel_reading(log_id=log.pk, by=Actor.user(cast.maya), at=at)

    def test_only_by_its_owner(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at)
        asked(log, cast.maya, at)

        with pytest.raises(NotFound):
            cancel_reading(log_id=log.pk, by=Actor.user(cast.tom), at=at)

    def test_removing_a_log_ends_its_reading(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at)
        asked(log, cast.maya, at)

        delete_log(log_id=log.pk, by=Actor.user(cast.maya), at=at)

        assert leases.claim(LogReading, at=at) is None


@pytest.mark.req("L1")
class TestSharing:
    @pytest.mark.parametrize(
        ("sharing", "tom", "ines"),
        [("owner", False, False), ("team", True, False), ("everyone", True, True)],
    )
    def test_decides_who_sees_a_log(self, cast: Cast, at: datetime, sharing: str, tom: bool, ines: bool) -> None:
        log = read(sent(cast.maya, at), cast.maya, at)

        share_log(log_id=log.pk, sharing=sharing, by=Actor.user(cast.maya), at=at)

        assert [log.pk in [each.pk for each in queries.imported_logs(user=user)] for user in (cast.tom, cast.ines)] == [
            tom,
            ines,
        ]
        if not ines:
            with pytest.raises(NotFound):
                queries.imported_log(log_id=log.pk, user=cast.ines)

    def test_what_is_not_read_yet_is_seen_by_its_owner_only(self, cast: Cast, at: datetime) -> None:
        log = sent(cast.maya, at)
        ImportedLog.objects.update(sharing="everyone")

        assert [len(queries.imported_logs(user=user)) for user in (cast.maya, cast.tom)] == [1, 0]
        with pytest.raises(Conflict):
            queries.content(log)

    def test_only_the_owner_shares(self, cast: Cast, at: datetime) -> None:
        log = read(sent(cast.maya, at), cast.maya, at)

        with pytest.raises(NotFound):
            share_log(log_id=log.pk, sharing="everyone", by=Actor.user(cast.ines), at=at)


class TestDeleteLog:
    def test_leaves_no_content(self, cast: Cast, at: datetime) -> None:
        log = read(sent(cast.maya, at), cast.maya, at)

        delete_log(log_id=log.pk, by=Actor.user(cast.maya), at=at)

        assert (ImportedLog.objects.count(), Blob.objects.count()) == (0, 0)
        assert Entry.objects.filter(event="log.deleted").exists()

    def test_only_by_its_owner(self, cast: Cast, at: datetime) -> None:
        log = read(sent(cast.maya, at), cast.maya, at)

        with pytest.raises(NotFound):
            delete_log(log_id=log.pk, by=Actor.user(cast.tom), at=at)
