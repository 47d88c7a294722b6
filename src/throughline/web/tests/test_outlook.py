"""What is predicted of an open case, on its record's page and in the work list."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.procedures.models import Case
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.insight.prediction.models import Outlook
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("I2")]


@pytest.fixture
def outlook(lead: Lead, at: datetime) -> Outlook:
    """The lead's case is likely over in three days, and late."""
    case = Case.objects.get(record_id=lead.pk)
    return Outlook.objects.create(
        case=case, version=case.version, learned_at=at, ends_at=at + timedelta(days=3), late=0.8
    )


class TestRecordPage:
    def test_says_what_is_likely_and_where_it_was_examined(
        self, cast: Cast, lead: Lead, outlook: Outlook, sign_in: SignIn
    ) -> None:
        page = words_of(sign_in(cast.maya).get(f"/leads/{lead.pk}/"))

        assert "over in about 3 d" in page
        assert "a step becomes late with 80.0%" in page
        assert "/procedures/call-first/mined/prediction/?version=1" in page

    def test_says_nothing_without_a_prediction(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        assert "data-outlook" not in words_of(sign_in(cast.maya).get(f"/leads/{lead.pk}/"))

    def test_says_when_it_takes_longer_than_it_should(
        self, cast: Cast, lead: Lead, outlook: Outlook, at: datetime, sign_in: SignIn
    ) -> None:
        Outlook.objects.update(ends_at=at - timedelta(days=1))

        assert "takes longer than most" in words_of(sign_in(cast.maya).get(f"/leads/{lead.pk}/"))


class TestMyWork:
    def test_says_it_beside_the_step(self, cast: Cast, lead: Lead, outlook: Outlook, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.maya).get("/?show=queue")) + words_of(sign_in(cast.maya).get("/"))

        assert "likely over in 3 d" in page
        assert "likely late (80.0%)" in page
