"""The page of what was mined."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import WorkItem
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.req("I2", "I3")]

PAGE = "/procedures/call-first/mined/"


@pytest.fixture
def called(cast: Cast, at: datetime, lead: Lead) -> Lead:
    """A lead that was called two hours after it came."""
    later = at + timedelta(hours=2)
    item = WorkItem.objects.get()
    operations.complete_work_item(
        work_item_id=item.pk, outcome="reached", answers={"note": "All clear."}, by=Actor.user(cast.maya), at=later
    )
    worker.drain(limit=50, at=later)
    return lead


class TestMined:
    def test_is_one_of_the_ways_to_look_at_a_procedure(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get("/procedures/call-first/live/").content.decode()

        assert f'href="{PAGE}"' in page

    def test_shows_what_happened(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get(PAGE).content.decode()

        assert "2 h on average" in page
        assert "1 of 1 cases kept to the chart." in page
        assert "<svg" in page

    def test_filters_everything_at_once(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get(PAGE, {"at_least": "3"}).content.decode()

        assert "No case is left by this filter." in page
        assert "No step was left yet." in page
        assert "0 of 0 cases kept to the chart." in page

    def test_says_what_it_cannot_read(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).get(PAGE, {"at_least": "long"})

        assert answer.status_code == 422
        assert "Write a number of days" in answer.content.decode()

    @pytest.mark.req("L1")
    def test_shows_nobody_what_they_may_not_see(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.ines).get(PAGE).content.decode()

        assert "2 h on average" not in page
        assert "0 of 0 cases kept to the chart." in page
