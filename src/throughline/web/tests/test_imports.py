"""The wizard of imports: from the file to the records, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.records import operations as records
from throughline.core.records import registry
from throughline.core.records.imports import running
from throughline.core.records.imports.models import Import
from throughline.core.tests.cast import Cast
from throughline.crm.people.models import Contact, Organization
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.tables import words

PEOPLE = "First name,Last name,Contact at,Birthday\nAda,Byron,ada@x.org,10/12/1815\nMei,Lin,nonsense,01/02/1990\n"


def upload(client: Client, text: str, type_: str = "contact") -> Any:
    """Send a file."""
    sent = {"type": type_, "file": SimpleUploadedFile("people.csv", text.encode())}
    return client.post("/imports/new/", sent)


def finish(at: datetime) -> None:
    """Let the worker carry it out."""
    while running.advance_imports(at=at):
        pass


@pytest.mark.req("K1")
class TestWizard:
    """Step by step."""

    def test_the_columns_are_shown_with_samples_and_what_must_be_said(self, cast: Cast, sign_in: SignIn) -> None:
        alma = sign_in(cast.alma)

        sent = upload(alma, PEOPLE)
        page = alma.get(sent.headers["Location"]).content.decode()

        assert "ada@x.org · nonsense" in words(page)
        assert '<option value="first_name" selected>' in page
        assert "can be read in more than one way" in page

    def test_from_the_file_to_the_records_and_back(self, cast: Cast, at: datetime, sign_in: SignIn) -> None:
        alma = sign_in(cast.alma)
        upload(alma, PEOPLE)
        run = Import.objects.get()
        here = f"/imports/{run.pk}/"
        said = {
            "column.0": "first_name", "column.1": "last_name", "column.2": "email", "column.3": "birthday_on",
            "policy": "skip",
        }  # fmt: skip

        unclear = alma.post(f"{here}columns/", said)
        assert unclear.status_code == 422
        assert "may mean" in words(unclear.content.decode())
        alma.post(f"{here}columns/", said | {"order.3": "dd-mm-yyyy"})
        assert alma.get(f"{here}values/").headers["Location"] == f"{here}trial/"
        trial = words(alma.get(f"{here}trial/").content.decode())
        assert "1 created" in trial
        assert "Line 3, column Contact at" in trial
        assert not Contact.objects.exists()
        alma.post(f"{here}start/")
        assert "running" in words(alma.get(here).content.decode())
        finish(at)

        result = alma.get(here).content.decode()
        assert Contact.objects.get().birthday_on.isoformat() == "1815-12-10"  # type: ignore[union-attr]
        assert "Take the import back" in result
        assert "no e-mail address" in alma.get(f"{here}refused/").content.decode()
        assert "people.csv" in alma.get("/imports/").content.decode()

        alma.post(f"{here}taking-back/")
        assert not Contact.objects.filter(deleted_at=None).exists()
        assert "Taken back by Alma Reyes" in words(alma.get(here).content.decode())

    def test_the_people_of_enquiries_are_offered_to_go_with_them(
        self, cast: Cast, at: datetime, sign_in: SignIn
    ) -> None:
        alma = sign_in(cast.alma)
        upload(alma, "Name,E-Mail,Interest\nAda Byron,ada@x.org,Maps\nMei Lin,mei@y.org,Maps\n", "lead")
        here = f"/imports/{Import.objects.get().pk}/"
        alma.post(f"{here}start/")
        finish(at)

        assert "what it made along and nobody touched: 2 contacts" in words(alma.get(here).content.decode())
        alma.post(f"{here}taking-back/", {"along": "yes"})

        assert not Contact.objects.filter(deleted_at=None).exists()
        assert "made along" not in words(alma.get(here).content.decode())

    def test_unknown_values_come_with_what_was_meant(self, cast: Cast, at: datetime, sign_in: SignIn) -> None:
        alma = sign_in(cast.alma)
        upload(alma, "Name,Type\nAcme,Custmer\n", "organization")
        here = f"/imports/{Import.objects.get().pk}/"
        alma.post(f"{here}columns/", {"column.0": "name", "column.1": "type", "policy": "skip"})

        page = alma.get(f"{here}values/").content.decode()
        assert '<option value="Customer" selected>' in page
        alma.post(f"{here}values/", {"text.0": "Custmer", "value.0": "Customer"})
        alma.post(f"{here}start/")
        finish(at)

        assert Organization.objects.get().type == "Customer"

    def test_lines_put_aside_are_decided_on_the_page(self, cast: Cast, at: datetime, sign_in: SignIn) -> None:
        values = {"last_name": "Byron", "email": "ada@x.org"}
        known = records.create_record(spec=registry.get("contact"), values=values, by=Actor.user(cast.alma), at=at)
        alma = sign_in(cast.alma)
        upload(alma, "Last name,E-Mail,City\nKing,ada@x.org,Paris\n")
        here = f"/imports/{Import.objects.get().pk}/"
        alma.post(
            f"{here}columns/",
            {"column.0": "last_name", "column.1": "email", "column.2": "city", "policy": "ask"},
        )
        alma.post(f"{here}start/")
        finish(at)
        assert "are these known?" in alma.get(here).content.decode()

        alma.post(f"{here}decision/", {"line": "2", "policy": "update"})

        assert Contact.objects.get(pk=known.pk).city == "Paris"

    def test_what_is_no_table_gets_one_sentence(self, cast: Cast, sign_in: SignIn) -> None:
        alma = sign_in(cast.alma)

        answer = upload(alma, "ada@x.org,5\n")

        assert answer.status_code == 422
        assert "first line looks like data" in answer.content.decode()
        assert not Import.objects.exists()

    def test_without_a_file_it_asks_for_one(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.alma).post("/imports/new/", {"type": "contact"})

        assert answer.status_code == 422
        assert "Choose a file" in answer.content.decode()

    def test_a_file_can_be_forgotten(self, cast: Cast, sign_in: SignIn) -> None:
        alma = sign_in(cast.alma)
        upload(alma, PEOPLE)

        alma.post(f"/imports/{Import.objects.get().pk}/discarding/")

        assert "Nothing was imported yet" in alma.get("/imports/").content.decode()

    @pytest.mark.req("L1")
    def test_somebody_elses_import_is_not_there(self, cast: Cast, sign_in: SignIn) -> None:
        upload(sign_in(cast.alma), PEOPLE)
        ines = sign_in(cast.ines)
        here = f"/imports/{Import.objects.get().pk}/"

        for address in (here, f"{here}columns/", f"{here}values/", f"{here}trial/", f"{here}refused/"):
            assert ines.get(address).status_code == 404
        for verb in ("start", "taking-back", "discarding"):
            assert ines.post(f"{here}{verb}/").status_code == 404
        assert "people.csv" not in ines.get("/imports/").content.decode()

    @pytest.mark.req("L1")
    def test_who_may_import_nothing_is_told_so(self, cast: Cast, sign_in: SignIn) -> None:
        ivo = sign_in(cast.ivo)

        shown = ivo.get("/imports/").content.decode()
        assert "New import" not in shown
        assert "Your roles do not let you bring in files." in shown
        assert upload(ivo, PEOPLE).status_code == 422
