"""Changing many records from the list: looked at, done, taken back; and taking lists away as files."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from typing import Any

import openpyxl  # type: ignore[import-untyped, unused-ignore]
import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.records import bulk_edit, operations, registry
from throughline.core.records.models import BulkRun
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web import moments
from throughline.web.records import bulk
from throughline.web.tests.conftest import SignIn

HTMX = {"HX-Request": "true"}


@pytest.fixture
def leads(cast: Cast, at: datetime) -> list[Lead]:
    """Give three leads of Maya's and one of Ines's."""
    made = []
    for name, region, by in (
        ("Ada", "EU", cast.maya),
        ("=cmd()", "US", cast.maya),
        ("Cem", "EU", cast.maya),
        ("Dan", "EU", cast.ines),
    ):
        values = {"name": name, "region": region, "interest": "Cards", "employees": 5}
        made.append(capture_lead(values=values, by=Actor.user(by), at=at))
    return made


def keys(leads: list[Lead]) -> str:
    """Return keys as the form sends them."""
    return ",".join(str(lead.pk) for lead in leads)


class TestChange:
    """The form in which everything can be changed."""

    def test_all_that_match_are_changed_and_taken_back(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        page = maya.post("/leads/bulk/", {"all": "yes", "do": "change", "state": "region=EU&view=all"}).content.decode()
        assert "Change 2 records" in page
        [ids] = re.findall(r'name="ids" value="([^"]+)"', page)
        assert ids == f"{leads[0].pk},{leads[2].pk}"

        wish = {"ids": ids, "state": "", "names": "region", "region": "Alps", "add_tags": "vip", "reason": ""}
        page = maya.post("/leads/bulk/change/", {**wish, "do": "look"}).content.decode()
        assert re.findall(r"<dd class=\"numeric\">(\d+)</dd>", page) == ["2", "0", "0"]
        assert "<del>EU</del> → <ins>Alps</ins>" in page
        first = re.search(r'<button[^>]* name="do" value="([^"]*)"', page)
        assert first is not None
        assert first[1] == "look", "Enter in a field presses the first button: it drops no field and changes nothing."
        assert set(Lead.objects.values_list("region", flat=True)) == {"EU", "US"}

        page = maya.post("/leads/bulk/change/", {**wish, "do": "go"}, follow=True).content.decode()
        assert list(Lead.objects.order_by("pk").values_list("region", flat=True)) == ["Alps", "US", "Alps", "EU"]
        run = BulkRun.objects.get()
        assert f'action="/leads/changes/{run.pk}/undoing/"' in page

        maya.post(f"/leads/changes/{run.pk}/undoing/")
        assert list(Lead.objects.order_by("pk").values_list("region", flat=True)) == ["EU", "US", "EU", "EU"]
        assert not Lead.objects.exclude(tags=[]).exists()
        assert "taken back" in maya.get("/leads/changes/").content.decode()

    @pytest.mark.req("L1")
    def test_rows_of_another_team_are_not_touched(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        ines = sign_in(cast.ines)
        wish = {"ids": keys(leads), "names": "region", "region": "Alps", "do": "go"}

        ines.post("/leads/bulk/change/", wish)

        assert list(Lead.objects.order_by("pk").values_list("region", flat=True)) == ["EU", "US", "EU", "Alps"]
        run = BulkRun.objects.get()
        assert sign_in(cast.maya).get(f"/leads/changes/{run.pk}/").status_code == 404
        assert sign_in(cast.maya).post(f"/leads/changes/{run.pk}/undoing/").status_code == 404

    def test_a_value_that_cannot_be_read_is_told_at_its_field(
        self, cast: Cast, leads: list[Lead], sign_in: SignIn
    ) -> None:
        sent = {"ids": keys(leads), "names": "employees", "employees": "many", "do": "go"}

        answer = sign_in(cast.maya).post("/leads/bulk/change/", sent)

        assert answer.status_code == 422
        assert 'id="f-employees-error"' in answer.content.decode()
        assert not BulkRun.objects.exists()

    def test_many_wait_for_a_worker_and_tell_how_far_they_are(
        self, cast: Cast, leads: list[Lead], at: datetime, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bulk_edit, "AT_ONCE", 1)
        maya = sign_in(cast.maya)
        sent = {"ids": keys(leads), "names": "region", "region": "Alps", "do": "go"}

        answer = maya.post("/leads/bulk/change/", sent)

        run = BulkRun.objects.get()
        assert (answer["Location"], run.status) == (f"/leads/changes/{run.pk}/", "waiting")
        assert 'hx-trigger="load delay:1s"' in maya.get(answer["Location"], headers=HTMX).content.decode()
        claimed = bulk_edit.claim(at=at)
        assert claimed is not None
        bulk_edit.carry_out(run=claimed, clock=lambda: at)
        page = maya.get(answer["Location"], headers=HTMX).content.decode()
        assert ("3 of 3 looked at" in page, "Take it back" in page, "load delay" in page) == (True, True, False)

    @pytest.mark.parametrize(
        ("sent", "sentence"),
        [
            ({"do": "tag", "tag": ""}, "Type the tag"),
            ({"do": "assign"}, "Choose who"),
        ],
    )
    def test_simple_things_say_what_is_missing(
        self, cast: Cast, leads: list[Lead], sign_in: SignIn, sent: dict[str, str], sentence: str
    ) -> None:
        answer = sign_in(cast.maya).post("/leads/bulk/", {**sent, "record": [leads[0].pk]}, headers=HTMX)

        assert (answer.status_code, sentence in answer.content.decode()) == (422, True)


@pytest.mark.req("M2")
class TestADayLater:
    """What was done stands where it can be taken back."""

    def test_a_change_is_offered_and_taken_back_however_many_came_after_it(
        self, cast: Cast, leads: list[Lead], at: datetime, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sign_in(cast.maya).post("/leads/bulk/", {"do": "tag", "tag": "first", "record": [leads[0].pk, leads[1].pk]})
        first = BulkRun.objects.get()
        for number in range(bulk.PAGE):
            sign_in(cast.maya).post("/leads/bulk/", {"do": "tag", "tag": f"t{number}", "record": [leads[2].pk]})
        operations.update_record(
            spec=registry.get("lead"), record_id=leads[0].pk, values={"region": "Alps"}, by=Actor.user(cast.tom), at=at
        )
        monkeypatch.setattr(moments, "now", lambda: at + timedelta(days=1))
        maya = sign_in(cast.maya)
        undoing = f'action="/leads/changes/{first.pk}/undoing/"'

        latest = maya.get("/leads/changes/").content.decode()
        [following] = re.findall(r'href="(\?after=\d+)" rel="next"', latest)
        older = maya.get(f"/leads/changes/{following}").content.decode()
        assert [undoing in page for page in (latest, older)] == [False, True]
        assert 'rel="next"' not in older
        assert undoing in maya.get(f"/leads/changes/{first.pk}/").content.decode()

        maya.post(f"/leads/changes/{first.pk}/undoing/")
        assert list(Lead.objects.order_by("pk").values_list("region", "tags")[:2]) == [("Alps", []), ("US", [])]
        assert undoing not in maya.get(f"/leads/changes/{following}").content.decode()

    @pytest.mark.req("L1")
    def test_the_pages_of_another_are_empty(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        sign_in(cast.maya).post("/leads/bulk/", {"do": "tag", "tag": "first", "record": [leads[0].pk]})
        run = BulkRun.objects.get()

        for address in ("", f"?after={run.pk + 1}", f"?after={run.pk}", "?after=nonsense", f"?after={'9' * 40}"):
            page = sign_in(cast.ines).get(f"/leads/changes/{address}")
            assert (page.status_code, "undoing" in page.content.decode()) == (200, False)

    def test_the_bin_offers_and_gives_back_what_was_put_away(
        self, cast: Cast, leads: list[Lead], at: datetime, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sign_in(cast.maya).post("/leads/bulk/", {"do": "delete", "record": [leads[0].pk]})
        sign_in(cast.maya).post(f"/leads/{leads[1].pk}/bin/")
        run = BulkRun.objects.get()
        operations.update_record(
            spec=registry.get("lead"), record_id=leads[2].pk, values={"region": "Alps"}, by=Actor.user(cast.tom), at=at
        )
        monkeypatch.setattr(moments, "now", lambda: at + timedelta(days=1))
        maya = sign_in(cast.maya)

        page = maya.get("/leads/bin/").content.decode()
        offered = [f'value="{lead.pk}"' in page for lead in leads[:2]]
        maya.post("/leads/bin/restorations/", {"record": [leads[1].pk]})
        assert f'action="/leads/changes/{run.pk}/undoing/"' in maya.get("/leads/changes/").content.decode()
        maya.post(f"/leads/changes/{run.pk}/undoing/")

        assert offered == [True, True]
        assert list(Lead.objects.filter(deleted_at=None).order_by("pk").values_list("region", flat=True)) == [
            "EU",
            "US",
            "Alps",
            "EU",
        ]


class TestExport:
    """Lists as files."""

    @staticmethod
    def table(answer: Any) -> list[list[str]]:
        """Return the rows of a CSV answer."""
        return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    @pytest.mark.req("L1")
    def test_what_one_sees_is_what_one_takes_away(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).get("/leads/export/csv/?columns=name,region,employees&region=EU&sort=name")

        assert answer["Content-Disposition"] == 'attachment; filename="leads-2026-03-02.csv"'
        assert self.table(answer) == [
            ["Number", "Name", "Region", "Employees"],
            [leads[0].number, "Ada", "EU", "5"],
            [leads[2].number, "Cem", "EU", "5"],
            [leads[3].number, "Dan", "EU", "5"],
        ]
        told = Entry.objects.get(event="records.exported")
        assert (told.actor_id, told.data["columns"], told.data["records"]) == (
            str(cast.omar.pk),
            ["name", "region", "employees"],
            3,
        )

    @pytest.mark.req("L1")
    def test_who_may_not_export_takes_nothing(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        for person in (cast.maya, cast.ivo, cast.hana, cast.ines):
            assert sign_in(person).get("/leads/export/csv/").status_code == 403
        assert not Entry.objects.filter(event="records.exported").exists()
        assert "/leads/export/" not in sign_in(cast.maya).get("/leads/").content.decode()
        assert "/leads/export/csv/" in sign_in(cast.omar).get("/leads/").content.decode()

    @pytest.mark.req("L1")
    def test_a_hidden_field_stays(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        role = cast.omar.roles.get()
        role.permissions = {**role.permissions, "fields": {"lead": {"region": "hidden"}}}
        role.save()

        answer = sign_in(cast.omar).get("/leads/export/csv/?columns=name,region")

        assert self.table(answer)[0] == ["Number", "Name"]

    def test_no_text_becomes_a_formula(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).get("/leads/export/csv/?columns=name&region=US")

        assert self.table(answer)[1][1] == "'=cmd()"

    def test_a_workbook_has_figures_as_figures_and_texts_as_texts(
        self, cast: Cast, leads: list[Lead], sign_in: SignIn
    ) -> None:
        answer: Any = sign_in(cast.omar).get("/leads/export/xlsx/?columns=name,employees,created_at&region=US")

        sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
        heading, row = list(sheet.iter_rows(values_only=True))
        assert heading == ("Number", "Name", "Employees", "Created")
        assert row[1:3] == ("=cmd()", 5)
        assert sheet["B2"].data_type == "s"
        assert isinstance(row[3], datetime)

    def test_there_are_no_other_forms(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        assert sign_in(cast.omar).get("/leads/export/pdf/").status_code == 404
