"""The pages of coaching."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.notify.models import Notification
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.coaching.models import CoachingNote
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.web.tests.conftest import SignIn, words_of


@pytest.fixture
def deal(cast: Cast, at: datetime) -> Deal:
    """Give a deal of Maya's whose next step is late."""
    ship_pipeline(by=Actor.system(), at=at)
    values = {"name": "Acme turbines", "next_step_due_at": at - timedelta(days=3)}
    made: Deal = create_record(
        spec=registry.get("deal"), values=values, by=Actor.user(cast.maya), at=at - timedelta(days=9)
    )
    return made


@pytest.mark.req("D3")
@pytest.mark.usefixtures("deal")
class TestOverview:
    def test_a_manager_goes_from_the_number_to_the_deals(self, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        page = omar.get("/coaching/").content.decode()

        (late,) = re.findall(r'href="([^"]+)">1<span class="sr-only"> deals whose next step is late', page)
        listed = words_of(omar.get(html.unescape(late)))

        assert "Acme turbines" in listed
        assert 'href="/coaching/"' in page

    def test_another_team_sees_nothing_of_it(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        ines = sign_in(cast.ines)

        assert "Maya Lin" not in words_of(ines.get("/coaching/"))
        assert ines.get(f"/coaching/{cast.maya.pk}/").status_code == 404

    def test_hr_is_told_no_and_offered_no_link(self, cast: Cast, sign_in: SignIn) -> None:
        hana = sign_in(cast.hana)

        assert hana.get("/coaching/").status_code == 403
        assert 'href="/coaching/"' not in hana.get("/").content.decode()


@pytest.mark.req("D3")
class TestPerson:
    def test_a_note_is_written_read_and_taken_back(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        omar, maya = sign_in(cast.omar), sign_in(cast.maya)

        omar.post(f"/coaching/{cast.maya.pk}/notes/", {"body": "Ask <b>when</b>", "deal": deal.pk})
        message = Notification.objects.get(user=cast.maya, kind="coaching")
        followed = maya.get(f"/notifications/{message.pk}/")
        page = maya.get(followed.headers["Location"]).content.decode()

        assert "Ask &lt;b&gt;when&lt;/b&gt;" in page
        assert f'href="/deals/{deal.pk}/">Acme turbines' in page
        assert "What you talked about" not in page
        note = CoachingNote.objects.get()
        assert maya.post(f"/coaching/notes/{note.pk}/withdrawal/").status_code == 404
        omar.post(f"/coaching/notes/{note.pk}/withdrawal/")
        assert "Ask" not in words_of(maya.get(f"/coaching/{cast.maya.pk}/"))

    def test_an_empty_note_is_refused_with_what_was_looked_at(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).post(f"/coaching/{cast.maya.pk}/notes/", {"body": " "})

        assert answer.status_code == 422
        assert "Write down what you talked about." in answer.content.decode()

    def test_a_deal_that_the_reader_does_not_see_is_not_named(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        sign_in(cast.omar).post(f"/coaching/{cast.maya.pk}/notes/", {"body": "Well done", "deal": deal.pk})
        Deal.objects.filter(pk=deal.pk).update(owner=cast.ines, team=cast.south)

        page = words_of(sign_in(cast.maya).get(f"/coaching/{cast.maya.pk}/"))

        assert "Well done" in page
        assert "Acme turbines" not in page
