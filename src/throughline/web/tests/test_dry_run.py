"""The page of the dry run: what the last real cases would have done in a draft."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import WorkItem
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.insight.errands import leases
from throughline.insight.simulation import dry_runs
from throughline.insight.simulation.models import DryRun
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.tables import figures

pytestmark = [pytest.mark.django_db, pytest.mark.req("I4", "A2")]

PAGE = "/procedures/call-first/simulations/dry-run/"
HEADLINE = "1 of 1 would have gone elsewhere."


@pytest.fixture
def drafted(cast: Cast, at: datetime, lead: Lead) -> Lead:
    """A lead that was called, and a draft in which cases end somewhere else."""
    later = at + timedelta(hours=2)
    operations.complete_work_item(
        work_item_id=WorkItem.objects.get().pk, outcome="reached", answers={"note": "All clear."},
        by=Actor.user(cast.maya), at=later,
    )  # fmt: skip
    worker.drain(limit=50, at=later)
    drawing = CALL_FIRST.replace(b'name="Done"', b'name="Handed over"')
    operations.save_draft(key="call-first", drawing=drawing, by=Actor.user(cast.admin), at=later)
    return lead


def tried(client: Client, at: datetime, version: str = "2") -> str:
    """Ask for a dry run, have it done, and return its address."""
    address = str(client.post(PAGE, {"version": version, "of": "50"})["Location"])
    run = leases.claim(DryRun, at=at)
    assert run is not None
    dry_runs.try_cases(run, clock=lambda: at, wanted=lambda: True)
    return address


class TestDryRun:
    def test_is_reached_from_the_simulations(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get("/procedures/call-first/simulations/").content.decode()

        assert f'href="{PAGE}"' in page

    def test_tells_who_would_have_gone_elsewhere_and_leads_to_the_records(
        self, cast: Cast, drafted: Lead, sign_in: SignIn, at: datetime
    ) -> None:
        client = sign_in(cast.maya)

        page = client.get(tried(client, at)).content.decode()

        assert HEADLINE in page
        assert figures(page, "Where the ways part")["Done"][0] == "Handed over"
        assert f'href="/leads/{drafted.pk}/"' in page
        assert "Make first contact → Handed over" in page
        assert figures(page, "How they end") == {
            "End": ["Did", "Would have"], "Done": ["1", "0"], "Handed over": ["0", "1"],
        }  # fmt: skip

    def test_narrows_to_one_place(self, cast: Cast, drafted: Lead, sign_in: SignIn, at: datetime) -> None:
        client = sign_in(cast.maya)
        page = tried(client, at)

        one, other = (client.get(page, {"at": place}) for place in ("Done → Handed over", "Elsewhere → There"))

        assert "Cases that part at Done → Handed over" in one.content.decode()
        assert "Ada Byron" not in other.content.decode()

    def test_the_version_that_runs_changes_nothing(
        self, cast: Cast, drafted: Lead, sign_in: SignIn, at: datetime
    ) -> None:
        client = sign_in(cast.maya)

        page = client.get(tried(client, at, version="1")).content.decode()

        assert "All 1 would have gone the same way." in page

    def test_is_kept_and_listed(self, cast: Cast, drafted: Lead, sign_in: SignIn, at: datetime) -> None:
        client = sign_in(cast.maya)
        address = tried(client, at)

        page = client.get(PAGE).content.decode()

        assert f'href="{address}"' in page
        assert "Done" in figures(page, "Your dry runs")["The last 50 cases"]

    def test_a_version_that_there_is_not_is_refused(self, cast: Cast, drafted: Lead, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).post(PAGE, {"version": "9"}).status_code == 404


class TestProgress:
    def test_the_page_shows_how_far_it_is_and_asks_again(self, cast: Cast, drafted: Lead, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        address = str(client.post(PAGE, {"version": "2"})["Location"])

        page = client.get(address).content.decode()

        assert "Waits for a worker: 0 %" in page
        assert f'hx-get="{address}progress/"' in page

    def test_the_page_is_loaded_anew_when_it_has_ended(
        self, cast: Cast, drafted: Lead, sign_in: SignIn, at: datetime
    ) -> None:
        client = sign_in(cast.maya)

        answer = client.get(f"{tried(client, at)}progress/")

        assert answer["HX-Refresh"] == "true"

    def test_can_be_stopped_and_asked_for_again(self, cast: Cast, drafted: Lead, sign_in: SignIn, at: datetime) -> None:
        client = sign_in(cast.maya)
        address = str(client.post(PAGE, {"version": "2"})["Location"])
        while_waiting = client.post(PAGE, {"version": "2"})

        stopped = client.post(f"{address}cancellation/", follow=True)

        assert while_waiting.status_code == 409
        assert "The dry run is stopped." in stopped.content.decode()
        assert leases.claim(DryRun, at=at) is None
        assert client.post(PAGE, {"version": "2"}).status_code == 302


@pytest.mark.req("L1")
class TestOthers:
    def test_count_nothing_that_they_may_not_see(
        self, cast: Cast, drafted: Lead, sign_in: SignIn, at: datetime
    ) -> None:
        client = sign_in(cast.ines)

        page = client.get(tried(client, at)).content.decode()

        assert "No case that you may see can be tried yet." in page
        assert "Ada Byron" not in page
        assert "Where the ways part" not in page

    @pytest.mark.parametrize("way", ["", "progress/", "cancellation/"])
    def test_reach_no_dry_run_of_somebody_else(
        self, cast: Cast, drafted: Lead, sign_in: SignIn, at: datetime, way: str
    ) -> None:
        address = tried(sign_in(cast.maya), at)

        answers = [sign_in(each).generic("POST" if "cancel" in way else "GET", address + way)
                   for each in (cast.ines, cast.admin)]  # fmt: skip

        assert [answer.status_code for answer in answers] == [404, 404]

    def test_who_has_lost_sight_of_a_case_sees_it_in_no_result(
        self, cast: Cast, drafted: Lead, sign_in: SignIn, at: datetime
    ) -> None:
        client = sign_in(cast.maya)
        address = tried(client, at)
        Lead.objects.filter(pk=drafted.pk).update(owner=cast.ines, team=cast.south)

        page = client.get(address).content.decode()

        assert "Ada Byron" not in page
        assert "1 of 1" not in page
