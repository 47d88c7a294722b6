"""Imported logs on their pages: from the file to the map, and out again."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from throughline.core.journal.models import Entry
from throughline.core.tests.cast import Cast
from throughline.insight.errands import leases
from throughline.insight.logs import readings
from throughline.insight.logs.models import ImportedLog, LogReading
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.req("I2")]

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CSV = b"""ticket,step,when,who,channel
7,Open,2026-01-05T09:00:00Z,Petra,mail
7,Solve,2026-01-05T11:00:00Z,Tom,mail
7,Close,2026-01-05T12:00:00Z,Petra,mail
8,Open,2026-01-06T09:00:00Z,Petra,phone
8,Close,2026-01-06T09:30:00Z,Petra,phone
"""


def send(client: Client, content: bytes = CSV, name: str = "desk.csv") -> str:
    answer = client.post("/logs/new/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


COLUMNS = {"name": "Desk", "case": "ticket", "activity": "step", "time": "when", "resource": "who"}


def confirmed(client: Client, **changed: str) -> str:
    """Send the log and confirm its columns; give the address where it is seen to be read."""
    address = send(client)
    answer = client.post(address, {**COLUMNS, **changed})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def work() -> None:
    """Have the log read that waits, as a worker does."""
    reading = leases.claim(LogReading, at=AT)
    assert reading is not None
    readings.read(reading, clock=lambda: AT, wanted=lambda: True)


def imported(client: Client) -> str:
    """Import the log with the columns as they were guessed; give its address."""
    address = confirmed(client)
    work()
    return str(client.get(address)["Location"])


class TestImport:
    def test_is_in_the_navigation(self, cast: Cast, sign_in: SignIn) -> None:
        assert 'href="/logs/"' in sign_in(cast.maya).get("/").content.decode()

    def test_teaches_when_there_is_none(self, cast: Cast, sign_in: SignIn) -> None:
        assert "No log yet" in sign_in(cast.maya).get("/logs/").content.decode()

    def test_shows_the_first_events_and_what_was_guessed(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)

        page = client.get(send(client)).content.decode()

        assert "<td>2026-01-05T09:00:00Z</td>" in page
        assert '<option value="ticket" selected>ticket</option>' in page

    def test_reads_it_and_shows_its_map(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)

        page = client.get(imported(client)).content.decode()

        assert "Open, then Solve: 1 time" in page
        assert "half within 2 h" in page
        assert "Desk" in client.get("/logs/").content.decode()

    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (gzip.compress(CSV * 2000)[:400], "desk.csv.gz", "desk.csv.gz is cut off or damaged"),
            (b"", "desk.csv", "desk.csv is empty"),
            (b"\x00\x01\x02" * 50, "photo.bin", "photo.bin is no event log"),
        ],
        ids=["cut off", "empty", "binary"],
    )
    def test_says_in_a_sentence_why_not(
        self, cast: Cast, sign_in: SignIn, content: bytes, name: str, sentence: str
    ) -> None:
        answer = sign_in(cast.maya).post("/logs/new/", {"file": SimpleUploadedFile(name, content)})

        assert answer.status_code == 422
        assert sentence in answer.content.decode()

    def test_asks_for_the_column_that_is_missing(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)

        answer = client.post(send(client), {"name": "Desk", "activity": "step", "time": "when"})

        assert answer.status_code == 422
        assert "Say which column is the case." in answer.content.decode()


class TestReading:
    def test_shows_how_far_it_is_and_asks_again(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        page = confirmed(client)
        LogReading.objects.update(status="running", started_at=AT, progress=0.42, events_read=1_200_000)

        shown = client.get(page).content.decode()

        assert "Under way: 42 % · 1,200,000 events read" in shown
        assert f'hx-get="{page.replace("columns", "reading")}"' in shown
        assert "is being read: 42 %" in client.get("/logs/").content.decode()

    def test_the_page_is_loaded_anew_when_it_has_ended(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        page = confirmed(client).replace("columns", "reading")
        before = client.get(page)
        work()

        assert "HX-Refresh" not in before
        assert client.get(page)["HX-Refresh"] == "true"

    def test_what_cannot_be_read_is_told_beside_the_columns(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        page = confirmed(client, time="who", resource="")
        work()

        shown = client.get(page).content.decode()

        assert "cannot be read (such as “Petra”)" in shown
        assert '<option value="who" selected>who</option>' in shown
        assert "could not be read" in client.get("/logs/").content.decode()

    def test_can_be_stopped(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        page = confirmed(client)

        stopped = client.post(page.replace("columns", "reading/cancellation"), follow=True).content.decode()

        assert "Reading is stopped." in stopped
        assert "Confirm the columns" in stopped
        assert not LogReading.objects.filter(status="waiting").exists()

    @pytest.mark.req("L1")
    @pytest.mark.parametrize("way", ["columns", "reading", "reading/cancellation"])
    def test_is_nobody_else_s(self, cast: Cast, sign_in: SignIn, way: str) -> None:
        page = confirmed(sign_in(cast.maya)).replace("columns", way)

        answer = sign_in(cast.ines).generic("POST" if "cancel" in way else "GET", page)

        assert answer.status_code == 404


class TestPages:
    def test_filter_by_attribute(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        address = imported(client)

        page = client.get(address, {"attribute": '["channel", "phone"]'}, follow=True).content.decode()

        assert "1 of 2 cases" in page
        assert "channel: phone" in page

    def test_show_a_case_with_all_it_has(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)

        page = client.get(f"{imported(client)}cases/7/").content.decode()

        assert "Solve" in page
        assert "<td>mail</td>" in page

    def test_hand_overs_and_dots(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        address = imported(client)

        assert "<td>Tom</td>" in client.get(f"{address}statistics/").content.decode()
        assert 'class="dot-chart"' in client.get(f"{address}dots/").content.decode()


class TestExport:
    @pytest.mark.parametrize("form", ["csv", "xes", "ocel"])
    def test_what_goes_out_comes_in_again(self, cast: Cast, sign_in: SignIn, form: str) -> None:
        client = sign_in(cast.maya)

        answer = client.get(f"{imported(client)}export/", {"form": form})

        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        name = answer["Content-Disposition"].split('"')[1]
        assert client.post("/logs/new/", {"file": SimpleUploadedFile(name, content)}).status_code == 302
        look = ImportedLog.objects.order_by("-pk").values_list("look", flat=True)[0]
        assert "Solve" in json.dumps(look) or look["kind"] == "objects"
        assert Entry.objects.filter(event="log.exported").exists()


@pytest.mark.req("L1")
class TestOthers:
    @pytest.mark.parametrize("way", ["", "statistics/", "ways/", "cases/", "cases/7/", "dots/", "export/?form=csv"])
    def test_a_log_that_is_not_shared_is_not_there(self, cast: Cast, sign_in: SignIn, way: str) -> None:
        address = imported(sign_in(cast.maya))

        answer = sign_in(cast.ines).get(f"{address}{way}")

        assert answer.status_code == 404
        assert "Desk" not in sign_in(cast.ines).get("/logs/").content.decode()

    def test_a_shared_one_is_and_only_its_owner_removes_it(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        address = imported(sign_in(cast.maya))
        sign_in(cast.maya).post(f"{address}sharing/", {"sharing": "everyone"})

        ines = sign_in(cast.ines)

        assert "What follows what" in ines.get(address).content.decode()
        assert ines.post(f"{address}deletion/").status_code == 404
        assert sign_in(cast.maya).post(f"{address}deletion/").status_code == 302
        assert ines.get(address).status_code == 404
