"""Data quality: on the page of a record, and over all that somebody may see."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.records.quality import keeping
from throughline.core.tests.cast import Cast
from throughline.crm.people.models import Contact
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = pytest.mark.req("K1")


@pytest.fixture
def ada(cast: Cast, at: datetime) -> Contact:
    """Give a contact of Maya's without a way to reach her, whom nobody has touched for over a year."""
    by, then = Actor.user(cast.maya), at - timedelta(days=400)
    values = {"first_name": "Ada", "last_name": "Byron", "email": "ada@gmial.com"}
    made: Contact = create_record(spec=registry.get("contact"), values=values, by=by, at=then)
    keeping.keep_scores(spec=registry.get("contact"), ids=[made.pk], at=at)
    return made


class TestRecord:
    def test_says_how_good_it_is_and_what_to_mend(self, cast: Cast, ada: Contact, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.maya).get(f"/contacts/{ada.pk}/"))

        for word in ("30 of 100", "E-mail cannot be right (−20)", "no Phone or Mobile (−15)", "last touched"):
            assert word in page


class TestPage:
    def test_shows_scores_fields_and_weights_and_leads_to_the_records(
        self, cast: Cast, ada: Contact, sign_in: SignIn
    ) -> None:
        maya = sign_in(cast.maya)

        page = words_of(maya.get("/quality/?kind=contact"))
        (missing,) = re.findall(r'href="([^"]+)">1<span class="sr-only"> without Phone<', page)
        (poor,) = re.findall(r'href="([^"]+)">0 to 39<', page)

        assert "30 of 100 on average" in page
        assert "Touched lately" in page
        assert "Ada Byron" in words_of(maya.get(html.unescape(missing)))
        assert "Ada Byron" in words_of(maya.get(html.unescape(poor)))
        assert 'href="/quality/"' in page

    def test_is_there_for_every_type_that_somebody_may_see(self, cast: Cast, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        for spec in registry.everything():
            assert maya.get(f"/quality/?kind={spec.type}").status_code == 200
        assert maya.get("/quality/?kind=shoe").status_code == 404
        assert sign_in(cast.hana).get("/quality/?kind=deal").status_code == 404

    @pytest.mark.req("L1")
    def test_counts_nothing_of_another_team(self, cast: Cast, ada: Contact, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.ines).get("/quality/?kind=contact"))

        assert "Nothing to look at yet" in page
        assert "of 100" not in page
