"""Importing line by line: the same imports as on the pages, by command."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from throughline.cli import INTERRUPTED, NO, OK, WRONG, import_lines, main
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import operations as records
from throughline.core.records import registry
from throughline.core.records.imports import running
from throughline.core.records.imports.models import Import, Policy
from throughline.core.records.imports.operations import own_import, stage_file
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.people.models import Contact
from throughline.platform.faults import Fault

PEOPLE = "First name,Last name,E-Mail,City\nAda,Byron,ada@x.org,London\nMei,Lin,mei@y.org,Taipei\n"
KNOWN = "First name,Last name,E-Mail,City\nAda,King,ADA@x.org,Paris\nMei,Lin,mei@y.org,\n"
FIVE = "Last name\n" + "".join(f"N{n}\n" for n in range(5))

Out = pytest.CaptureFixture[str]


@contextmanager
def at_hand() -> Iterator[None]:
    """Stand in for the surroundings of a command: Django is set up, and this is its database."""
    try:
        yield
    except Refusal as refusal:
        raise Fault(refusal.message) from refusal


@pytest.fixture(autouse=True)
def surroundings(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands use the database of the test."""
    for command in ("import_lines", "import_records", "import_resume", "import_held", "import_decide", "import_undo"):
        monkeypatch.setattr(f"throughline.cli.{command}.product", at_hand)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the place of the file."""
    return tmp_path / "people.csv"


@pytest.fixture
def ada(cast: Cast, at: Any) -> Contact:
    """Give a contact that the file knows too."""
    values = {"first_name": "Ada", "last_name": "Byron", "email": "ada@x.org"}
    made: Contact = records.create_record(spec=registry.get("contact"), values=values, by=Actor.user(cast.alma), at=at)
    return made


def bring(file: Path, text: str, *words: str) -> int:
    """Import contacts from a file with this text."""
    file.write_text(text, encoding="utf-8")
    return main(["import", "records", "contact", str(file), *words])


@pytest.mark.req("K1")
class TestPolicy:
    """What happens with records that are known already."""

    def test_is_to_leave_them_unless_something_else_is_said(self, file: Path, ada: Contact, capsys: Out) -> None:
        assert bring(file, KNOWN) == OK

        told = capsys.readouterr()
        made = Import.objects.get()
        assert told.out == (
            f"contact: 2 lines, 1 created, 0 changed, 1 known already, 0 put aside, 0 refused. Import {made.pk}.\n"
        )
        assert (made.policy, made.status, made.whole) == ("skip", "done", False)
        assert Contact.objects.get(pk=ada.pk).last_name == "Byron"

    def test_may_be_to_fill_and_change_them(self, file: Path, ada: Contact, capsys: Out) -> None:
        assert bring(file, KNOWN, "--policy", "update", "--json") == OK

        told = json.loads(capsys.readouterr().out)
        assert (told["created"], told["updated"], told["import"]) == (1, 1, Import.objects.get().pk)
        assert Contact.objects.values_list("last_name", "city").get(pk=ada.pk) == ("King", "Paris")

    def test_may_be_to_make_another(self, file: Path, ada: Contact) -> None:
        assert bring(file, KNOWN, "--policy", "create") == OK

        assert Contact.objects.filter(email="ada@x.org").count() == 2

    def test_may_be_to_ask_on_the_page(self, file: Path, ada: Contact, capsys: Out) -> None:
        assert bring(file, KNOWN, "--policy", "ask") == NO

        made = Import.objects.get()
        assert made.held == 1
        told = capsys.readouterr().err
        assert f"1 lines wait for a decision: on the page of the import (/imports/{made.pk}/), or by" in told

    def test_is_one_of_those_of_the_pages(self) -> None:
        assert list(import_lines.POLICIES) == Policy.values


@pytest.mark.req("K1")
class TestMapping:
    """What the columns are, without a file that says so."""

    def test_is_guessed_and_shown_with_samples(self, file: Path, capsys: Out) -> None:
        text = "Last name,Birthday,Mood\nByron,13/02/2026,calm\nLin,01/02/2026,\n"

        assert bring(file, text) == OK

        told = capsys.readouterr().err
        assert "  Last name: last_name, read as text (Byron, Lin)\n" in told
        assert "  Birthday: birthday_on, read as date, dd-mm-yyyy (13/02/2026, 01/02/2026)\n" in told
        assert "  Mood: left out (calm)\n" in told

    def test_is_refused_while_the_order_of_days_is_open(self, file: Path, capsys: Out) -> None:
        text = "Last name,Birthday\nByron,01/02/2026\n"

        assert bring(file, text) == WRONG

        told = capsys.readouterr().err
        assert 'dd-mm-yyyy or mm-dd-yyyy (say which: --date "Birthday=dd-mm-yyyy") (01/02/2026)' in told
        assert '"01/02/2026" may mean dd-mm-yyyy or mm-dd-yyyy.' in told
        assert not Import.objects.exists()
        assert bring(file, text, "--date", "Birthday=mm-dd-yyyy") == OK
        assert str(Contact.objects.get().birthday_on) == "2026-01-02"

    def test_is_refused_while_a_column_is_only_perhaps_a_field(self, file: Path, capsys: Out) -> None:
        text = "Last name,Reached at\nByron,ada@x.org\n"

        assert bring(file, text) == WRONG

        told = capsys.readouterr().err
        assert "  Reached at: perhaps email, read as email (ada@x.org)\n" in told
        assert told.endswith(
            'throughline: The column "Reached at" is perhaps email. Say so with --column "Reached at=email", '
            'or leave it out with --column "Reached at=".\n'
        )
        assert not Import.objects.exists()
        assert bring(file, text, "--column", "Reached at=") == OK
        assert Contact.objects.get().email == ""
        assert bring(file, text, "--column", "Reached at=email", "--policy", "create") == OK
        assert Contact.objects.filter(email="ada@x.org").count() == 1

    def test_of_a_file_is_taken_as_it_is(self, file: Path, tmp_path: Path, capsys: Out) -> None:
        mapping = tmp_path / "people.yaml"
        mapping.write_text("columns: {Who: last_name, Where: city}\n")

        assert bring(file, "Who,Where\nByron,Rome\n", "--mapping", str(mapping)) == OK

        assert "as far as they can be told" not in capsys.readouterr().err
        assert Contact.objects.values_list("last_name", "city").get() == ("Byron", "Rome")

    def test_of_a_wrong_option_is_refused(self, file: Path, capsys: Out) -> None:
        assert bring(file, PEOPLE, "--column", "City") == WRONG

        assert '--column expects COLUMN=…, but there is "City".' in capsys.readouterr().err


@pytest.mark.req("K1")
class TestDryRun:
    """What would be done."""

    def test_counts_shows_problems_and_leaves_nothing(self, file: Path, ada: Contact, capsys: Out) -> None:
        text = KNOWN + "No,Mail,nonsense,Rome\n"

        assert bring(file, text, "--dry-run", "--policy", "update") == NO

        told = capsys.readouterr()
        assert told.out == (
            "contact: 3 lines; there would be 1 created, 1 changed, 0 known already, 0 put aside, 1 refused.\n"
        )
        assert "Line 4, column E-Mail:" in told.err
        assert list(Contact.objects.values_list("last_name", flat=True)) == ["Byron"]
        assert not Import.objects.exists()

    def test_says_as_json_what_it_says_in_words(self, file: Path, capsys: Out) -> None:
        assert bring(file, PEOPLE + "No,Mail,nonsense,Rome\n", "--dry-run", "--json") == NO

        told = json.loads(capsys.readouterr().out)
        assert (told["dry_run"], told["lines"], told["created"], told["refused"]) == (True, 3, 2, 1)
        assert told["problems"][0]["line"] == 4
        assert told["columns"]["E-Mail"] == "email"

    def test_shows_values_that_nothing_is_called(self, file: Path, capsys: Out) -> None:
        file.write_text("Name,Type\nAcme,Custmer\n")

        assert main(["import", "records", "organization", str(file), "--dry-run"]) == NO

        assert 'Type: nothing is called "Custmer" (1 lines).' in (told := capsys.readouterr().err)
        assert "values: {Type: {Custmer: Customer}}" in told


@pytest.mark.req("K1")
class TestProgress:
    """How far it is, on standard error."""

    def test_is_a_line_now_and_then(self, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
        monkeypatch.setattr(running, "BATCH", 2)

        assert bring(file, FIVE) == OK

        told = [line for line in capsys.readouterr().err.splitlines() if " of 5 lines: " in line]
        assert [line.partition(",")[0] for line in told] == [
            "2 of 5 lines: 2 created", "4 of 5 lines: 4 created", "5 of 5 lines: 5 created",
        ]  # fmt: skip

    def test_is_one_line_on_a_terminal(self, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
        monkeypatch.setattr(running, "BATCH", 2)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

        assert bring(file, FIVE) == OK

        assert capsys.readouterr().err.count("\r") == 3

    def test_waits_while_a_worker_is_at_it(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        own = running.advance_import
        waits: list[float] = []

        def worked(*, import_id: int, at: Any) -> int:
            if not waits:
                return 0
            return own(import_id=import_id, at=at)

        monkeypatch.setattr(running, "advance_import", worked)
        monkeypatch.setattr("throughline.cli.import_runs.time.sleep", waits.append)

        assert bring(file, PEOPLE) == OK

        assert len(waits) == 1
        assert Contact.objects.count() == 2


@pytest.mark.req("K1")
class TestErrors:
    """The lines that were refused."""

    TEXT = PEOPLE + "No,Mail,nonsense,=SUM(A1)\n"

    def test_are_written_with_their_reasons(self, file: Path, tmp_path: Path, capsys: Out) -> None:
        errors = tmp_path / "refused.csv"

        assert bring(file, self.TEXT, "--errors", str(errors)) == NO

        with errors.open(encoding="utf-8-sig", newline="") as opened:
            header, line = list(csv.reader(opened))
        assert header == ["Line", "Problem", "First name", "Last name", "E-Mail", "City"]
        assert (line[0], line[-1]) == ("4", "'=SUM(A1)")
        assert "no e-mail address" in line[1]
        assert Contact.objects.count() == 2
        assert "Line 4: E-Mail:" in capsys.readouterr().err

    def test_corrected_are_imported_from_the_file(self, file: Path, tmp_path: Path) -> None:
        errors = tmp_path / "refused.csv"
        bring(file, self.TEXT, "--errors", str(errors))
        corrected = errors.read_text(encoding="utf-8-sig").replace("nonsense", "no@mail.org")

        assert bring(file, corrected) == OK

        assert Contact.objects.filter(email="no@mail.org").exists()

    def test_need_a_place_before_anything_begins(self, file: Path, tmp_path: Path, capsys: Out) -> None:
        assert bring(file, self.TEXT, "--errors", str(tmp_path / "nowhere" / "refused.csv")) == WRONG
        assert bring(file, self.TEXT, "--errors", "-", "--json") == WRONG
        assert bring(file, self.TEXT, "--errors", "-", "--dry-run") == WRONG

        told = capsys.readouterr().err.splitlines()
        assert [line.partition(".")[0] for line in told][1:] == [
            "throughline: Standard output takes the JSON or the refused lines",
            "throughline: A dry run shows the first problems only",
        ]
        assert not Import.objects.exists()


@pytest.mark.req("K1")
class TestResume:
    """After something came between."""

    @pytest.fixture
    def stopped(self, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> Import:
        """Give an import that was interrupted in its second batch."""
        whole, batches = running.carry_out, []

        def interrupted(*given: Any, **named: Any) -> None:
            whole(*given, **named)
            batches.append(given)
            if len(batches) == 2:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(running, "BATCH", 2)
            patch.setattr(running, "carry_out", interrupted)
            assert bring(file, FIVE) == INTERRUPTED
        made = Import.objects.get()
        assert f"`throughline import resume {made.pk}` goes on with it" in capsys.readouterr().err
        return made

    def test_goes_on_after_the_last_line_that_is_in(self, stopped: Import, capsys: Out) -> None:
        assert (stopped.status, stopped.passed, Contact.objects.count()) == ("running", 2, 2)

        assert main(["import", "resume", str(stopped.pk), "--json"]) == OK

        told = json.loads(capsys.readouterr().out)
        assert (told["status"], told["created"], told["import"]) == ("done", 5, stopped.pk)
        assert sorted(Contact.objects.values_list("last_name", flat=True)) == ["N0", "N1", "N2", "N3", "N4"]

    def test_tries_again_what_could_not_go_on(self, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
        def refused(*given: Any, **named: Any) -> None:
            raise Refusal("away", "The price book is not there.")

        with monkeypatch.context() as patch:
            patch.setattr(running, "carry_out", refused)
            assert bring(file, FIVE) == NO
        made = Import.objects.get()
        assert "It was stopped after line 0: The price book is not there." in capsys.readouterr().err

        assert main(["import", "resume", str(made.pk)]) == OK

        made.refresh_from_db()
        assert (made.status, made.problem, Contact.objects.count()) == ("done", "", 5)

    def test_of_one_that_is_done_tells_what_came_of_it(self, file: Path, tmp_path: Path, capsys: Out) -> None:
        bring(file, TestErrors.TEXT)
        capsys.readouterr()
        errors = tmp_path / "refused.csv"

        assert main(["import", "resume", str(Import.objects.get().pk), "--errors", str(errors)]) == NO

        assert "2 created" in capsys.readouterr().out
        assert errors.read_text(encoding="utf-8-sig").count("\n") == 2
        assert Contact.objects.count() == 2

    def test_of_what_did_not_begin_or_was_taken_back_is_refused(self, file: Path, cast: Cast, at: Any) -> None:
        spec, by = registry.get("contact"), Actor.user(cast.alma)
        draft = stage_file(spec=spec, content=PEOPLE.encode(), file_name="people.csv", by=by, at=at)
        bring(file, PEOPLE)
        taken_back = str(Import.objects.exclude(pk=draft.pk).get().pk)
        main(["import", "undo", taken_back])

        assert main(["import", "resume", str(draft.pk)]) == WRONG
        assert main(["import", "resume", taken_back]) == WRONG
        assert main(["import", "resume", str(draft.pk + 1000)]) == WRONG


@pytest.mark.req("M2")
class TestUndo:
    """Taking an import back."""

    def test_takes_away_what_was_made_and_gives_back_what_was_changed(
        self, file: Path, ada: Contact, capsys: Out
    ) -> None:
        bring(file, KNOWN, "--policy", "update")
        made = Import.objects.get()
        capsys.readouterr()

        assert main(["import", "undo", str(made.pk)]) == OK

        assert capsys.readouterr().out == f"Import {made.pk} of people.csv is taken back.\n"
        known = Contact.objects.get(deleted_at=None)
        assert (known.pk, known.last_name, known.city, known.name) == (ada.pk, "Byron", "", "Ada Byron")
        assert main(["import", "undo", str(made.pk)]) == WRONG

    def test_tells_what_was_changed_since(self, file: Path, cast: Cast, at: Any, capsys: Out) -> None:
        bring(file, PEOPLE)
        made, own = Import.objects.get(), Contact.objects.get(email="ada@x.org")
        records.update_record(
            spec=registry.get("contact"), record_id=own.pk, values={"city": "Rome"}, by=Actor.user(cast.admin), at=at
        )
        capsys.readouterr()

        assert main(["import", "undo", str(made.pk)]) == NO

        told = capsys.readouterr()
        assert told.out.endswith("is taken back; 1 things were changed since and stay.\n")
        assert told.err == "Line 2, Ada Byron: It was changed since and stays.\n"
        assert list(Contact.objects.filter(deleted_at=None)) == [own]

    @pytest.mark.parametrize(("words", "left"), [((), 1), (("--along",), 0)])
    def test_takes_along_what_was_made_beside_when_asked(self, file: Path, words: tuple[str, ...], left: int) -> None:
        file.write_text("Name,E-Mail\nBo Diaz,bo@z.org\n")
        assert main(["import", "records", "lead", str(file)]) == OK
        assert Contact.objects.count() == 1

        assert main(["import", "undo", str(Import.objects.get().pk), *words]) == OK

        assert Contact.objects.filter(deleted_at=None).count() == left

    def test_of_one_that_was_imported_whole_is_the_same(self, file: Path, capsys: Out) -> None:
        file.write_text(PEOPLE)
        assert main(["import", "contact", str(file)]) == OK
        capsys.readouterr()

        assert main(["import", "undo", str(Import.objects.get().pk), "--json"]) == OK

        assert json.loads(capsys.readouterr().out)["status"] == "undone"
        assert not Contact.objects.filter(deleted_at=None).exists()


@pytest.mark.req("L1")
class TestPerson:
    """In whose name."""

    def test_is_the_company_whose_imports_stand_with_the_administrators(self, file: Path, cast: Cast) -> None:
        bring(file, PEOPLE)

        made = Import.objects.get()
        assert (made.actor_kind, made.by) == ("import", "people.csv")
        assert own_import(import_id=made.pk, by=Actor.user(cast.admin)) == made
        with pytest.raises(NotFound):
            own_import(import_id=made.pk, by=Actor.user(cast.ines))

    def test_may_be_somebody_on_whose_page_it_stands_and_is_taken_back(self, file: Path, cast: Cast) -> None:
        assert bring(file, PEOPLE, "--as", " Alma@example.com") == OK

        made, browser = Import.objects.get(), _browser(cast.alma)
        assert (made.actor_kind, made.by) == ("user", "Alma Reyes")
        assert f"/imports/{made.pk}/" in browser.get("/imports/").content.decode()
        assert browser.post(f"/imports/{made.pk}/taking-back/").status_code < 400
        made.refresh_from_db()
        assert made.status == "undone"

    def test_holds_what_their_roles_allow(self, file: Path, capsys: Out) -> None:
        assert bring(file, PEOPLE, "--as", "ivo@example.com") == WRONG

        assert "Your roles do not let you import contacts." in capsys.readouterr().err
        assert not Contact.objects.exists()

    def test_reaches_only_the_own_imports(self, file: Path) -> None:
        bring(file, PEOPLE, "--as", "alma@example.com")
        number = str(Import.objects.get().pk)

        assert main(["import", "resume", number, "--as", "ines@example.com"]) == WRONG
        assert main(["import", "undo", number, "--as", "ines@example.com"]) == WRONG

        assert Contact.objects.filter(deleted_at=None).count() == 2

    def test_must_have_an_account(self, file: Path, capsys: Out) -> None:
        assert bring(file, PEOPLE, "--as", "nobody@example.com") == WRONG

        assert "Nobody has an account with the address nobody@example.com." in capsys.readouterr().err


def _browser(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser
