"""The page of the dry run: what the last real cases would have done in a draft."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import WorkItem
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
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


class TestDryRun:
    def test_is_reached_from_the_simulations(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get("/procedures/call-first/simulations/").content.decode()

        assert f'href="{PAGE}"' in page

    def test_tells_who_would_have_gone_elsewhere_and_leads_to_the_records(
        self, cast: Cast, drafted: Lead, sign_in: SignIn
    ) -> None:
        page = sign_in(cast.maya).get(PAGE).content.decode()

        assert HEADLINE in page
        assert figures(page, "Where the ways part")["Done"][0] == "Handed over"
        assert f'href="/leads/{drafted.pk}/"' in page
        assert "Make first contact → Handed over" in page
        assert figures(page, "How they end") == {
            "End": ["Did", "Would have"], "Done": ["1", "0"], "Handed over": ["0", "1"],
        }  # fmt: skip

    def test_narrows_to_one_place(self, cast: Cast, drafted: Lead, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)

        assert (
            "Cases that part at Done → Handed over" in client.get(PAGE, {"at": "Done → Handed over"}).content.decode()
        )
        assert "Ada Byron" not in client.get(PAGE, {"at": "Elsewhere → There"}).content.decode()

    def test_the_version_that_runs_changes_nothing(self, cast: Cast, drafted: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get(PAGE, {"version": "1", "of": "50"}).content.decode()

        assert "All 1 would have gone the same way." in page

    @pytest.mark.req("L1")
    def test_counts_nothing_that_the_asker_may_not_see(self, cast: Cast, drafted: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.ines).get(PAGE).content.decode()

        assert "No case that you may see can be tried yet." in page
        assert "Ada Byron" not in page
        assert "Where the ways part" not in page
