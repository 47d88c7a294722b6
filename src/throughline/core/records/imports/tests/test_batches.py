"""Imports in batches: their borders, lines that repeat others, a worker that is killed, and what is done behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Count

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures.undoing import undo_import
from throughline.core.records import bulk, importing, registry, search
from throughline.core.records import operations as records
from throughline.core.records.imports import lines, operations, running
from throughline.core.records.imports.guessing import mapping_of
from throughline.core.records.imports.models import Import, ImportedRecord, StagedRow
from throughline.core.records.models import SearchDue, SearchRow
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact

HEADER = "Key,Last name,E-Mail,City\n"


def line(number: int, email: str = "", city: str = "") -> str:
    """Write a line of its own."""
    return f"K{number},Name{number},{email or f'n{number}@x.org'},{city}\n"


def begun(text: str, cast: Cast, at: datetime, type_: str = "contact", policy: str = "skip") -> Import:
    """Stage a file and let it begin."""
    by = Actor.user(cast.alma)
    made = operations.stage_file(spec=registry.get(type_), content=text.encode(), file_name="people.csv", by=by, at=at)
    operations.set_mapping(import_id=made.pk, mapping=mapping_of(made.mapping), policy=policy, by=by, at=at)
    return operations.begin_import(import_id=made.pk, by=by, at=at)


def carried_out(run: Import, at: datetime) -> Import:
    """Let the worker go to the end."""
    while running.advance_imports(at=at):
        pass
    run.refresh_from_db()
    return run


@pytest.fixture(params=[1, 3, 4, 7, 8, 50])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Give batches of so many lines: shorter than the file of seven lines, as long, longer."""
    monkeypatch.setattr(running, "BATCH", request.param)
    monkeypatch.setattr(lines, "AT_ONCE", request.param)
    return int(request.param)


@pytest.mark.req("K1")
class TestBorders:
    """Wherever a batch ends, the same comes of the file."""

    TEXT = HEADER + "".join([
        line(0), line(1), line(2, email="n0@x.org", city="Rome"), line(3, email="nonsense"), line(4),
        line(5, email="n1@x.org", city="Oslo"), line(0, city="Bonn"),
    ])  # fmt: skip
    """Seven lines: the third and the last are the first one again, the sixth the second, the fourth cannot be read."""

    def test_repeats_are_known_within_a_batch_and_across(self, cast: Cast, at: datetime, batch: int) -> None:
        made = carried_out(begun(self.TEXT, cast, at), at)

        assert (made.status, made.created, made.existing, made.refused) == ("done", 3, 3, 1)
        assert made.passed == made.lines == 7
        assert sorted(Contact.objects.values_list("external_id", flat=True)) == ["K0", "K1", "K4"]
        assert [row.line for row in StagedRow.objects.filter(run=made)] == [5]

    def test_repeats_change_what_an_earlier_line_made(self, cast: Cast, at: datetime, batch: int) -> None:
        made = carried_out(begun(self.TEXT, cast, at, policy="update"), at)

        assert (made.created, made.updated, made.refused) == (3, 3, 1)
        assert dict(Contact.objects.values_list("external_id", "city")) == {"K0": "Bonn", "K1": "Oslo", "K4": ""}

    def test_each_record_has_its_line_and_its_entry(self, cast: Cast, at: datetime, batch: int) -> None:
        carried_out(begun(self.TEXT, cast, at), at)

        told = Entry.objects.filter(event="contact.added").values_list("record_id", flat=True)
        assert sorted(told) == sorted(Contact.objects.values_list("pk", flat=True))
        lines_of = dict(ImportedRecord.objects.values_list("record_id", "line"))
        by_key = {key: lines_of[pk] for pk, key in Contact.objects.values_list("pk", "external_id")}
        assert by_key == {"K0": 2, "K1": 3, "K4": 6}

    def test_it_is_taken_back_as_a_whole(self, cast: Cast, at: datetime, batch: int) -> None:
        made = carried_out(begun(self.TEXT, cast, at), at)

        undo_import(import_id=made.pk, by=Actor.user(cast.alma), at=at + timedelta(days=1))

        assert not Contact.objects.filter(deleted_at=None).exists()

    def test_the_people_of_leads_are_made_once(self, cast: Cast, at: datetime, batch: int) -> None:
        made = carried_out(begun(self.TEXT.replace("City", "Origin"), cast, at, type_="lead"), at)

        assert (made.created, made.existing, made.refused) == (5, 1, 1)
        enquiries = Lead.objects.values_list("contact__email").annotate(Count("pk"))
        assert dict(enquiries) == {"n0@x.org": 2, "n1@x.org": 2, "n4@x.org": 1}

    def test_the_days_of_the_whole_file_say_how_they_are_written(self, cast: Cast, at: datetime, batch: int) -> None:
        days = ["01/02/2026", "", "", "", "", "", "13/02/2026"]
        text = "Key,Last name,Birthday,Next activity\n" + "".join(f"K{n},N,{day},\n" for n, day in enumerate(days))

        made = begun(text, cast, at)
        carried_out(made, at)

        assert made.mapping["dates"] == {"Birthday": "dd-mm-yyyy", "Next activity": "yyyy-mm-dd"}
        assert [str(day) for day in Contact.objects.order_by("external_id").values_list("birthday_on", flat=True)] == [
            "2026-02-01", *["None"] * 5, "2026-02-13",
        ]  # fmt: skip


@pytest.mark.req("K1")
class TestKilled:
    """A worker that dies in the middle of a batch."""

    TEXT = HEADER + "".join(line(number) for number in range(5))

    @pytest.mark.parametrize("where", ["records", "journal", "lines"])
    def test_nothing_of_its_batch_stays_and_nothing_is_done_twice(
        self, cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        monkeypatch.setattr(running, "BATCH", 2)
        made = begun(self.TEXT, cast, at)
        running.advance_imports(at=at)

        def killed_after(whole: Callable[..., Any]) -> Callable[..., Any]:
            def dying(*given: Any, **named: Any) -> Any:
                whole(*given, **named)
                raise KeyboardInterrupt

            return dying

        module, name = {
            "records": (bulk, "insert_many"), "journal": (journal, "record_many"), "lines": (running, "copy"),
        }[where]  # fmt: skip
        with monkeypatch.context() as dying:
            dying.setattr(module, name, killed_after(getattr(module, name)))
            with pytest.raises(KeyboardInterrupt):
                running.advance_imports(at=at)

        assert Contact.objects.count() == ImportedRecord.objects.count() == 2
        assert Entry.objects.filter(event="contact.added").count() == 2
        carried_out(made, at)
        assert (made.status, made.created, made.passed) == ("done", 5, 5)
        assert sorted(Contact.objects.values_list("external_id", flat=True)) == [f"K{n}" for n in range(5)]
        assert Entry.objects.filter(event="contact.added").count() == 5


@pytest.mark.req("C5")
class TestSearchBehind:
    """Search learns of the many records of a batch after they are committed."""

    @pytest.fixture(autouse=True)
    def few_are_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let three records be many."""
        monkeypatch.setattr(search, "MANY", 3)

    TEXT = HEADER + "".join(line(number) for number in range(7))

    def found(self, cast: Cast) -> list[str]:
        """Return what Alma finds."""
        return sorted(hit.title for hit in search.search(user=cast.alma, text="name", types=["contact"]))

    def test_what_waits_is_written_with_the_records_and_fed_in_turn(self, cast: Cast, at: datetime) -> None:
        carried_out(begun(self.TEXT, cast, at), at)
        assert self.found(cast) == []
        assert [len(due.ids) for due in SearchDue.objects.order_by("pk")] == [3, 3, 1]

        fed = [search.feed_due() for _ in range(4)]

        assert fed == [3, 3, 1, 0]
        assert self.found(cast) == [f"Name{number}" for number in range(7)]

    def test_a_few_are_found_at_once(self, cast: Cast, at: datetime) -> None:
        carried_out(begun(HEADER + line(1) + line(2), cast, at), at)

        assert self.found(cast) == ["Name1", "Name2"]
        assert not SearchDue.objects.exists()

    def test_outside_of_imports_nothing_waits(self, cast: Cast, at: datetime) -> None:
        importing.import_rows(spec=registry.get("contact"), content=self.TEXT.encode(), by=Actor.user(cast.alma), at=at)

        assert len(self.found(cast)) == 7

    def test_what_was_changed_or_deleted_meanwhile_is_known_as_it_is(self, cast: Cast, at: datetime) -> None:
        carried_out(begun(self.TEXT, cast, at), at)
        spec, by = registry.get("contact"), Actor.user(cast.alma)
        changed, gone = Contact.objects.get(external_id="K1"), Contact.objects.get(external_id="K2")
        records.update_record(spec=spec, record_id=changed.pk, values={"last_name": "Nameless"}, by=by, at=at)
        records.delete_records(spec=spec, ids=[gone.pk], by=Actor.system(), at=at)

        while search.feed_due():
            pass

        assert self.found(cast) == ["Name0", "Name3", "Name4", "Name5", "Name6", "Nameless"]

    def test_an_import_that_was_taken_back_is_not_found(self, cast: Cast, at: datetime) -> None:
        made = carried_out(begun(self.TEXT, cast, at), at)
        undo_import(import_id=made.pk, by=Actor.user(cast.alma), at=at)

        while search.feed_due():
            pass

        assert not SearchRow.objects.filter(record_type="contact").exists()

    def test_a_worker_feeds_when_no_import_has_lines_to_go(self, cast: Cast, at: datetime) -> None:
        from throughline.core.procedures.chores import look_after

        made = begun(self.TEXT, cast, at)
        while look_after(at=at):
            pass

        made.refresh_from_db()
        assert made.status == "done"
        assert len(self.found(cast)) == 7
