"""The page that shares a pile out: effect first, then done, then taken back."""

from __future__ import annotations

import re

import pytest

from throughline.core.procedures.models import WorkItem
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.tables import figures

pytestmark = [pytest.mark.django_db, pytest.mark.req("B8")]

STEP = "/procedures/call-first/steps/call/"
PAGE = f"{STEP}sharing/"


class TestShareOut:
    def test_is_reached_from_the_pile(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get(STEP).content.decode()

        assert f'formaction="{PAGE}"' in page
        assert "See the effect first" in page

    def test_shows_the_effect_does_it_and_takes_it_back(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        item, omar = WorkItem.objects.get(), sign_in(cast.omar)
        given = {"item": str(item.pk), "to": str(cast.tom.pk)}

        looked = omar.post(PAGE, given | {"do": "look"}).content.decode()

        assert figures(looked, "What it would do")["Until all of it is done"][:2] == ["30 min", "30 min"]
        assert figures(looked, "Who has how much to do")["Tom Berg"] == ["+1", "0 s", "30 min"]
        assert "Half an hour each is assumed for Make first contact." in looked
        assert WorkItem.objects.get().assignee == cast.maya

        did = omar.post(PAGE, given | {"do": "do"})

        after = omar.get(did["Location"]).content.decode()
        assert "1 case has changed hands." in after
        assert WorkItem.objects.get().assignee == cast.tom
        found = re.search(r'name="moved" value="([^"]+)"', after)
        assert found is not None

        omar.post(f"{PAGE}undo/", {"moved": found[1]})

        assert WorkItem.objects.get().assignee == cast.maya

    def test_a_link_that_somebody_changed_is_refused(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).post(f"{PAGE}undo/", {"moved": "W1sxLDEsMV1d:no"})

        assert "This link is not complete." in answer.content.decode()

    @pytest.mark.req("L1")
    def test_shows_nothing_of_what_may_not_be_seen(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        given = {"item": str(WorkItem.objects.get().pk), "to": str(cast.ines.pk), "do": "do"}

        page = sign_in(cast.ines).post(PAGE, given).content.decode()

        assert "None of the selected cases waits there any more." in page
        assert WorkItem.objects.get().assignee == cast.maya
