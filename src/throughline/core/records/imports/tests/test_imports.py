"""Importing a file step by step: staged, guessed, tried, carried out in batches, decided, taken back."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.procedures.undoing import undo_import
from throughline.core.records import operations as records
from throughline.core.records import registry
from throughline.core.records.imports import operations, running
from throughline.core.records.imports.faults import FileRefused
from throughline.core.records.imports.guessing import LIKELY, NONE, SURE, guess_columns, unknown_values
from throughline.core.records.imports.models import Import, ImportedRecord, Policy
from throughline.core.records.mapping import ImportMapping
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.people.models import Contact, Organization

LATER = timedelta(days=1)
PEOPLE = "First name,Last name,E-Mail,City\nAda,Byron,ada@x.org,London\nMei,Lin,mei@y.org,Taipei\n"


def staged(text: str, user: User, at: datetime, type_: str = "contact", name: str = "people.csv") -> Import:
    """Stage a file."""
    return operations.stage_file(
        spec=registry.get(type_), content=text.encode(), file_name=name, by=Actor.user(user), at=at
    )


def run(text: str, user: User, at: datetime, policy: str = "skip", type_: str = "contact", **mapping: Any) -> Import:
    """Stage a file, say how it is meant, and let the worker carry it out."""
    made, by = staged(text, user, at, type_), Actor.user(user)
    meant = msgspec.convert({**made.mapping, **mapping}, type=ImportMapping, strict=False)
    operations.set_mapping(import_id=made.pk, mapping=meant, policy=policy, by=by, at=at)
    operations.begin_import(import_id=made.pk, by=by, at=at)
    while running.advance_imports(at=at):
        pass
    made.refresh_from_db()
    return made


def contact(cast: Cast, at: datetime, **values: Any) -> Contact:
    """Make a contact of Alma's."""
    made: Contact = records.create_record(spec=registry.get("contact"), values=values, by=Actor.user(cast.alma), at=at)
    return made


@pytest.mark.req("K1")
class TestGuessing:
    """What the file seems to say."""

    def test_columns_are_known_by_name_then_by_what_they_look_like(self, cast: Cast, at: datetime) -> None:
        lines = [["Ada", "ada@x.org", "01/02/2026", "?"], ["Mei", "mei@y.org", "03/04/2026", "!"]]

        guesses = guess_columns(registry.get("contact"), ["First name", "Contact at", "Birthday", "Mood"], lines)

        assert [(guess.field, guess.confidence) for guess in guesses] == [
            ("first_name", SURE), ("email", LIKELY), ("birthday_on", SURE), ("", NONE),
        ]  # fmt: skip
        assert guesses[2].orders == ("dd-mm-yyyy", "mm-dd-yyyy")
        assert guesses[2].is_unclear
        assert guesses[0].samples == ("Ada", "Mei")

    def test_values_that_nothing_is_called_come_with_what_was_meant(self, cast: Cast, at: datetime) -> None:
        rows = [["Acme", "Custmer"], ["Looms", "Partner"], ["Mills", "Custmer"]]

        (unknown,) = unknown_values(registry.get("organization"), ["Name", "Type"], rows, ImportMapping())

        assert (unknown.text, unknown.count, unknown.meant) == ("Custmer", 2, "Customer")

    def test_a_value_that_is_mapped_is_asked_about_no_more(self, cast: Cast, at: datetime) -> None:
        mapping = ImportMapping(values={"Type": {"Custmer": "Customer"}})

        assert unknown_values(registry.get("organization"), ["Name", "Type"], [["A", "Custmer"]], mapping) == []


@pytest.mark.req("K1")
class TestSteps:
    """From the file to the records."""

    def test_a_trial_tells_and_changes_nothing(self, cast: Cast, at: datetime) -> None:
        made = staged(PEOPLE + "No,Mail,nonsense,Rome\n", cast.alma, at)

        trial = operations.try_import(import_id=made.pk, by=Actor.user(cast.alma), at=at)

        assert (trial.created, trial.refused, trial.tried) == (2, 1, 2)
        assert trial.problems[0].line == 4
        assert not Contact.objects.exists()

    def test_good_lines_are_in_and_wrong_ones_come_back_as_a_file(self, cast: Cast, at: datetime) -> None:
        made = run(PEOPLE + "No,Mail,nonsense,=SUM(A1)\n", cast.alma, at)

        assert (made.status, made.created, made.refused) == ("done", 2, 1)
        header, line = list(csv.reader(io.StringIO(running.error_file(made))))
        assert header == ["Line", "Problem", "First name", "Last name", "E-Mail", "City"]
        assert line[0] == "4"
        assert "no e-mail address" in line[1]
        assert line[-1] == "'=SUM(A1)"

    def test_the_order_of_days_must_be_said_when_it_is_open(self, cast: Cast, at: datetime) -> None:
        made, by = staged("Last name,Birthday\nByron,01/02/2026\n", cast.alma, at), Actor.user(cast.alma)

        with pytest.raises(FileRefused, match="may mean"):
            operations.begin_import(import_id=made.pk, by=by, at=at)
        made = run("Last name,Birthday\nByron,01/02/2026\n", cast.alma, at, dates={"Birthday": "mm-dd-yyyy"})

        assert Contact.objects.get().birthday_on.isoformat() == "2026-01-02"  # type: ignore[union-attr]

    def test_a_killed_worker_goes_on_where_it_stopped(
        self, cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(running, "BATCH", 2)
        by = Actor.user(cast.alma)
        made = staged("Last name\n" + "".join(f"N{n}\n" for n in range(5)), cast.alma, at)
        operations.begin_import(import_id=made.pk, by=by, at=at)
        running.advance_imports(at=at)
        whole = running.carry_out

        def killed(*given: Any, **named: Any) -> None:
            whole(*given, **named)
            raise KeyboardInterrupt

        monkeypatch.setattr(running, "carry_out", killed)
        with pytest.raises(KeyboardInterrupt):
            running.advance_imports(at=at)
        assert Contact.objects.count() == 2
        monkeypatch.setattr(running, "carry_out", whole)
        while running.advance_imports(at=at):
            pass

        made.refresh_from_db()
        assert (made.status, made.created, made.passed) == ("done", 5, 5)
        assert Contact.objects.count() == 5

    def test_records_of_the_file_are_linked_with_each_other(self, cast: Cast, at: datetime) -> None:
        text = "Name,Parent\nMill,Works\nWorks,\nLost,Nowhere\n"

        made = run(text, cast.alma, at, type_="organization")

        parents = dict(Organization.objects.values_list("name", "parent__name"))
        assert parents == {"Mill": "Works", "Works": None, "Lost": None}
        assert made.warnings[-1]["lines"] == [4]

    def test_what_cannot_be_imported_or_by_whom_is_refused(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(NotAllowed):
            staged(PEOPLE, cast.ivo, at)
        with pytest.raises(Refusal, match="no lines below"):
            staged("Last name\n", cast.alma, at)
        with pytest.raises(FileRefused, match="Expected 2 cells"):
            staged("Last name,City\nByron\n", cast.alma, at)

    @pytest.mark.req("L1")
    def test_an_import_is_its_owners(self, cast: Cast, at: datetime) -> None:
        made = run(PEOPLE, cast.alma, at)

        with pytest.raises(NotFound):
            operations.own_import(import_id=made.pk, by=Actor.user(cast.ines))
        with pytest.raises(NotFound):
            undo_import(import_id=made.pk, by=Actor.user(cast.ines), at=at)
        assert operations.own_import(import_id=made.pk, by=Actor.user(cast.admin)) == made

    def test_it_begins_once(self, cast: Cast, at: datetime) -> None:
        made = run(PEOPLE, cast.alma, at)

        with pytest.raises(Conflict):
            operations.begin_import(import_id=made.pk, by=Actor.user(cast.alma), at=at)


@pytest.mark.req("K1")
class TestPolicies:
    """Lines that are known already."""

    KNOWN = "First name,Last name,E-Mail,City\nAda,King,ADA@x.org,Paris\nMei,Lin,mei@y.org,\n"

    @pytest.fixture
    def ada(self, cast: Cast, at: datetime) -> Contact:
        """Give a contact that the file knows too."""
        return contact(cast, at, first_name="Ada", last_name="Byron", email="ada@x.org")

    def test_skip_leaves_the_known_one(self, cast: Cast, at: datetime, ada: Contact) -> None:
        made = run(self.KNOWN, cast.alma, at, "skip")

        assert (made.created, made.existing) == (1, 1)
        assert Contact.objects.get(pk=ada.pk).last_name == "Byron"

    def test_update_fills_and_changes_it(self, cast: Cast, at: datetime, ada: Contact) -> None:
        made = run(self.KNOWN, cast.alma, at, "update")

        known = Contact.objects.get(pk=ada.pk)
        assert (made.created, made.updated) == (1, 1)
        assert (known.last_name, known.city, known.name) == ("King", "Paris", "Ada King")

    def test_create_makes_another(self, cast: Cast, at: datetime, ada: Contact) -> None:
        assert run(self.KNOWN, cast.alma, at, "create").created == 2
        assert Contact.objects.filter(email="ada@x.org").count() == 2

    def test_ask_puts_the_line_aside_until_it_is_decided(self, cast: Cast, at: datetime, ada: Contact) -> None:
        made = run(self.KNOWN, cast.alma, at, "ask")
        assert (made.created, made.held) == (1, 1)

        operations.decide_held(import_id=made.pk, lines=[2], policy=Policy.UPDATE, by=Actor.user(cast.alma), at=at)

        made.refresh_from_db()
        assert (made.held, made.updated) == (0, 1)
        assert Contact.objects.get(pk=ada.pk).city == "Paris"

    def test_a_line_that_repeats_another_is_that_one(self, cast: Cast, at: datetime) -> None:
        text = "Last name,E-Mail,City\nByron,a@x.org,\nByron,a@x.org,London\nByron,a@x.org,Paris\n"

        made = run(text, cast.alma, at, "update")

        assert (made.created, made.updated) == (1, 2)
        assert Contact.objects.get().city == "Paris"

    @pytest.mark.req("L1")
    def test_what_the_importer_may_not_see_is_not_known(self, cast: Cast, at: datetime) -> None:
        spec = registry.get("organization")
        records.create_record(spec=spec, values={"name": "Acme"}, by=Actor.user(cast.alma), at=at)

        made = run("Name\nAcme\n", cast.omar, at, type_="organization")

        assert (made.created, made.existing) == (1, 0)


@pytest.mark.req("M2")
class TestUndo:
    """A day later, as one action."""

    def test_what_was_made_goes_and_what_was_changed_is_as_before(self, cast: Cast, at: datetime) -> None:
        ada = contact(cast, at, first_name="Ada", last_name="Byron", email="ada@x.org")
        made = run(TestPolicies.KNOWN, cast.alma, at, "update")

        undone = undo_import(import_id=made.pk, by=Actor.user(cast.alma), at=at + LATER)

        known = Contact.objects.get(deleted_at=None)
        assert (known.pk, known.last_name, known.city, known.name) == (ada.pk, "Byron", "", "Ada Byron")
        assert (undone.status, undone.left) == ("undone", [])
        assert Entry.objects.get(event="records.import_undone").data["binned"] == 1

    def test_a_record_that_two_lines_changed_is_as_before_both(self, cast: Cast, at: datetime) -> None:
        contact(cast, at, last_name="Byron", email="a@x.org", city="Rome")
        made = run("Last name,E-Mail,City\nA,a@x.org,London\nB,a@x.org,Paris\n", cast.alma, at, "update")

        undo_import(import_id=made.pk, by=Actor.user(cast.alma), at=at + LATER)

        assert Contact.objects.values_list("last_name", "city").get() == ("Byron", "Rome")

    def test_what_was_changed_since_stays_and_is_listed(self, cast: Cast, at: datetime) -> None:
        made = run(PEOPLE, cast.alma, at)
        ada = Contact.objects.get(email="ada@x.org")
        records.update_record(
            spec=registry.get("contact"), record_id=ada.pk, values={"city": "Rome"}, by=Actor.user(cast.alma), at=at
        )

        undone = undo_import(import_id=made.pk, by=Actor.user(cast.alma), at=at + LATER)

        assert [each["title"] for each in undone.left] == ["Ada Byron"]
        assert list(Contact.objects.filter(deleted_at=None)) == [ada]

    def test_once_only_and_not_while_it_runs(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.alma)
        made = run(PEOPLE, cast.alma, at)
        undo_import(import_id=made.pk, by=by, at=at)

        with pytest.raises(Conflict):
            undo_import(import_id=made.pk, by=by, at=at)

    def test_an_import_of_the_command_line_can_be_taken_back_too(self, cast: Cast, at: datetime) -> None:
        from throughline.core.records.importing import import_rows

        by = Actor("import", "people.csv", "people.csv")
        import_rows(spec=registry.get("contact"), content=PEOPLE.encode(), by=by, at=at, file_name="people.csv")
        made = Import.objects.get()
        assert ImportedRecord.objects.count() == 2

        undo_import(import_id=made.pk, by=Actor.user(cast.admin), at=at + LATER)

        assert not Contact.objects.filter(deleted_at=None).exists()
