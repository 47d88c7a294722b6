"""Writing, reading and sealing the journal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.journal import Fact, JournalEvent, event
from throughline.core.journal.models import Entry, PersonalValues, Segment
from throughline.core.journal.partitions import begin_era, ensure_partitions
from throughline.core.journal.read import Cursor, follow, timeline
from throughline.core.journal.seal import seal, verify
from throughline.core.journal.upkeep import look_after
from throughline.core.recordref import RecordRef

SOMEBODY = Actor("system", "", "Somebody")
LEAD = RecordRef("lead", 7)


@event("test.happened", "Something happened", personal=("name",))
class Happened(JournalEvent):
    """An event of these tests."""

    what: str
    name: str = ""


def happen(at: datetime, what: str = "it", **more: Any) -> journal.Recorded:
    """Write one fact in a transaction of its own."""
    with transaction.atomic():
        return journal.record(Happened(what=what, name=more.pop("name", "")), by=SOMEBODY, at=at, about=LEAD, **more)


def settle() -> None:
    """Wait until every transaction that is older than the last entry has ended, those of other databases too."""
    wait_for(max(Entry.objects.values_list("txid", flat=True)))


def wait_for(txid: int) -> None:
    """Wait until every transaction up to this one has ended."""
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::text::xid8 < pg_snapshot_xmin(pg_current_snapshot())", [str(txid)])
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise TimeoutError("Expected older transactions on the server to end within 30 seconds, but one still runs.")


@pytest.mark.django_db
class TestRecord:
    """One fact and many."""

    def test_a_fact_keeps_who_when_and_about_what(self, at: datetime) -> None:
        recorded = happen(at, "a call")

        entry = Entry.objects.get(pk=recorded.id)
        assert (entry.event, entry.at, entry.record_type, entry.record_id) == ("test.happened", at, "lead", 7)
        assert (entry.actor_kind, entry.actor_label, entry.data) == ("system", "Somebody", {"what": "a call"})

    @pytest.mark.usefixtures("nobody_listens")
    def test_many_facts_keep_their_order_in_two_statements(self, at: datetime, django_assert_num_queries: Any) -> None:
        facts = [Fact(Happened(what=str(n)), LEAD) for n in range(500)]

        with django_assert_num_queries(2):
            recorded = journal.record_many(facts, by=SOMEBODY, at=at)

        assert [entry.data["what"] for entry in recorded] == [str(n) for n in range(500)]
        assert [entry.id for entry in recorded] == sorted(entry.id for entry in recorded)
        assert Entry.objects.get(pk=recorded[123].id).data == {"what": "123"}

    def test_causes_are_counted(self, at: datetime) -> None:
        first = happen(at)
        second = happen(at, cause=first.id)
        third = happen(at, cause=second.id)

        assert [entry.depth for entry in (first, second, third)] == [0, 1, 2]

    @pytest.mark.django_db(transaction=True)
    def test_a_fact_outside_a_transaction_is_refused(self, at: datetime) -> None:
        with pytest.raises(RuntimeError, match="transaction"):
            journal.record(Happened(what="x"), by=SOMEBODY, at=at, about=LEAD)

    @pytest.mark.req("L4")
    @pytest.mark.parametrize("statement", ["UPDATE journal_entry SET event = 'x'", "DELETE FROM journal_entry"])
    def test_the_database_refuses_to_change_an_entry(self, at: datetime, statement: str) -> None:
        happen(at)

        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

        assert Entry.objects.count() == 1


@pytest.mark.django_db
class TestOnRecorded:
    """Those who react to facts."""

    def test_a_listener_that_fails_undoes_the_fact(self, at: datetime) -> None:
        def fail(entries: Any) -> None:
            raise ValueError("no")

        journal.on_recorded(fail)
        try:
            with pytest.raises(ValueError, match="no"):
                happen(at)
        finally:
            journal.forget_listener(fail)

        assert not Entry.objects.exists()


@pytest.mark.django_db
class TestPersonalValues:
    """What erasure takes away."""

    @pytest.mark.req("L3")
    def test_erasure_takes_the_values_and_leaves_the_fact(self, at: datetime) -> None:
        happen(at, name="Ada")
        assert timeline(about=[LEAD])[0].data == {"what": "it", "name": "Ada"}

        erased = journal.erase_personal(whose=LEAD)

        shown = timeline(about=[LEAD])[0]
        assert erased == 1
        assert (shown.data, shown.erased) == ({"what": "it"}, True)


@pytest.mark.django_db
class TestTimeline:
    """The history of records."""

    def test_pages_go_back_in_time_without_gap_or_repetition(self, at: datetime) -> None:
        for n in range(7):
            happen(at + timedelta(minutes=n // 2), str(n))

        first = timeline(about=[LEAD], limit=3)
        second = timeline(about=[LEAD], limit=3, before=first[-1].place)
        third = timeline(about=[LEAD], limit=3, before=second[-1].place)

        assert [entry.data["what"] for entry in (*first, *second, *third)] == ["6", "5", "4", "3", "2", "1", "0"]

    def test_other_records_are_left_out(self, at: datetime) -> None:
        happen(at)

        assert timeline(about=[RecordRef("lead", 8), RecordRef("deal", 7)]) == []
        assert timeline(about=[]) == []


@pytest.fixture
def other_connection(django_db_blocker: Any) -> Iterator[psycopg.Connection[Any]]:
    """Give a second connection to the test database, as another process has."""
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"],
        password=settings["PASSWORD"] or None, dbname=settings["NAME"],
    ) as other:  # fmt: skip
        yield other
        other.rollback()


@pytest.mark.django_db(transaction=True)
class TestFollow:
    """Reading everything by cursor."""

    def test_the_cursor_waits_for_transactions_that_began_before(
        self, at: datetime, other_connection: psycopg.Connection[Any]
    ) -> None:
        other_connection.execute("SELECT pg_current_xact_id()")  # an older transaction runs and will commit later
        late = happen(at, "committed first")

        while_running, place = follow(after=Cursor())
        other_connection.execute(
            "INSERT INTO journal_entry (era, txid, at, event, actor_kind, actor_id, actor_label, record_type,"
            " record_id, data, depth, sandbox) VALUES (0, pg_current_xact_id(), %s, 'test.happened', '', '', '',"
            " 'lead', 1, '{\"what\": \"committed last\"}', 0, false)",
            [at],
        )
        other_connection.commit()
        settle()
        afterwards, end = follow(after=place)

        assert while_running == []
        assert [entry.data["what"] for entry in afterwards] == ["committed last", "committed first"]
        assert end.id == late.id
        assert follow(after=end) == ([], end)

    def test_entries_of_an_earlier_era_are_read_whatever_their_transaction_was(self, at: datetime) -> None:
        happen(at, "restored")
        with connection.cursor() as cursor:  # as if the entry came from a cluster that had run for long
            cursor.execute("ALTER TABLE journal_entry_default DISABLE TRIGGER ALL")
            cursor.execute("UPDATE journal_entry SET txid = '9000000000000'")
            cursor.execute("ALTER TABLE journal_entry_default ENABLE TRIGGER ALL")
        assert follow(after=Cursor()) == ([], Cursor())

        begin_era(at=at)
        happen(at, "new")
        with connection.cursor() as cursor:
            cursor.execute("SELECT txid FROM journal_entry WHERE era = 1")
            wait_for(int(cursor.fetchone()[0]))

        assert [entry.data["what"] for entry in follow(after=Cursor())[0]] == ["restored", "new"]


def sealed(at: datetime) -> Segment | None:
    """Seal what has been written so far."""
    settle()
    return seal(at=at)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("L4")
class TestSeal:
    """The chain of digests."""

    def test_a_whole_chain_verifies_also_after_erasure(self, at: datetime) -> None:
        happen(at, "one", name="Ada")
        first = sealed(at)
        happen(at, "two")
        second = sealed(at)
        journal.erase_personal(whose=LEAD)

        assert first is not None
        assert second is not None
        assert (first.number, first.entries, second.number, second.entries) == (1, 1, 2, 1)
        assert seal(at=at) is None
        assert verify() == []

    @pytest.mark.parametrize(
        ("tampering", "told"),
        [
            ('UPDATE journal_entry SET data = \'{"what": "else"}\' WHERE id = %s', "at least one was changed"),
            ("UPDATE journal_entry SET actor_label = 'Somebody else' WHERE id = %s", "at least one was changed"),
            ("DELETE FROM journal_entry WHERE id = %s", "but there are 1"),
        ],
    )
    def test_tampering_is_found_in_its_segment(self, at: datetime, tampering: str, told: str) -> None:
        happen(at, "before")
        sealed(at)
        victim = happen(at, "true")
        happen(at, "also true")
        sealed(at)

        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE journal_entry_default DISABLE TRIGGER ALL")
            cursor.execute(tampering, [victim.id])
            cursor.execute("ALTER TABLE journal_entry_default ENABLE TRIGGER ALL")

        (broken,) = verify()
        assert broken.segment == 2
        assert told in broken.message

    def test_changed_personal_values_are_found(self, at: datetime) -> None:
        victim = happen(at, name="Ada")
        sealed(at)

        PersonalValues.objects.filter(entry_id=victim.id).update(values={"name": "Eve"})

        (broken,) = verify()
        assert broken.entry_id == victim.id

    def test_resealing_a_changed_segment_breaks_the_next_one(self, at: datetime) -> None:
        happen(at, "one")
        sealed(at)
        happen(at, "two")
        sealed(at)

        Segment.objects.filter(number=1).update(digest=b"x" * 32)

        assert {broken.segment for broken in verify()} == {1, 2}


@pytest.mark.django_db(transaction=True)
class TestEnsurePartitions:
    """Monthly partitions."""

    def test_missing_months_are_made_once_and_take_over_what_lay_in_the_default_one(self, at: datetime) -> None:
        late = happen(datetime.fromisoformat("2031-05-17T12:00:00+00:00"), "far away")
        try:
            made = ensure_partitions(first_on=date(2031, 4, 30), last_on=date(2031, 6, 1))

            with connection.cursor() as cursor:
                cursor.execute("SELECT tableoid::regclass::text FROM journal_entry WHERE id = %s", [late.id])
                (lies_in,) = cursor.fetchone()
            assert made == ["journal_entry_2031_04", "journal_entry_2031_05", "journal_entry_2031_06"]
            assert lies_in == "journal_entry_2031_05"
            assert ensure_partitions(first_on=date(2031, 4, 1), last_on=date(2031, 6, 30)) == []
            with pytest.raises(IntegrityError, match="append-only"):
                Entry.objects.filter(pk=late.id).update(event="x")
        finally:
            with connection.cursor() as cursor:
                for name in ("04", "05", "06"):
                    cursor.execute(f"DROP TABLE IF EXISTS journal_entry_2031_{name}")


@pytest.mark.django_db(transaction=True)
class TestLookAfter:
    """What a worker does for the journal."""

    def test_it_seals_once_a_minute_and_makes_partitions_ahead(self) -> None:
        at = datetime.fromisoformat("2033-01-15T12:00:00+00:00")
        happen(at, "one")
        settle()
        try:
            first = look_after(at=at)
            happen(at, "two")
            settle()
            too_soon = look_after(at=at + timedelta(seconds=59))
            second = look_after(at=at + timedelta(seconds=60))

            assert first is not None
            assert second is not None
            assert (too_soon, first.entries, second.entries) == (None, 1, 1)
            assert ensure_partitions(first_on=date(2033, 1, 1), last_on=date(2033, 3, 1)) == []
            assert verify() == []
        finally:
            with connection.cursor() as cursor:
                for month in ("01", "02", "03"):
                    cursor.execute(f"DROP TABLE IF EXISTS journal_entry_2033_{month}")
