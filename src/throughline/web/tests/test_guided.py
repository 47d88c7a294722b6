"""A guided procedure on the pages: on the record what is next and what departed, on the Live page how often."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import WorkItem
from throughline.core.recordref import RecordRef
from throughline.core.tests.cast import Cast
from throughline.crm.activities.operations import log_activity
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn, words_of

PROOF = b"<tl:evidence event='activity.logged' where='activity.kind = \"Call\"' outcome='reached'/>"
pytestmark = [pytest.mark.req("B10", "I3"), pytest.mark.django_db]


@pytest.fixture
def watched(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's that a guided procedure watches."""
    by = Actor.user(cast.admin)
    drawing = CALL_FIRST.replace(b'record="lead"', b'record="lead" watches="true"').replace(
        b"</tl:workItem>", b"</tl:workItem>" + PROOF
    )
    operations.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    operations.save_draft(key="call-first", drawing=drawing, by=by, at=at)
    operations.publish(key="call-first", by=by, at=at)
    made = capture_lead(values={"name": "Ada Byron", "email": "ada@x.org"}, by=Actor.user(cast.maya), at=at)
    worker.drain(at=at)
    return made


def departed(cast: Cast, lead: Lead, at: datetime) -> None:
    """Let a colleague of Maya's do the step that is hers."""
    about = [RecordRef("lead", lead.pk)]
    log_activity(kind="Call", subject="Said hello", about=about, by=Actor.user(cast.tom), at=at)
    worker.drain(at=at)


class TestRecord:
    def test_says_what_is_next_until_when_and_that_it_only_watches(
        self, cast: Cast, watched: Lead, sign_in: SignIn
    ) -> None:
        words = words_of(sign_in(cast.maya).get(f"/leads/{watched.pk}/"))

        assert 'class="panel guided"' in words
        assert "This procedure only watches" in words
        assert re.search(r"Next</span> <strong>Make first contact</strong> <span class=\"pill\"", words)

    def test_marks_departures(self, cast: Cast, watched: Lead, at: datetime, sign_in: SignIn) -> None:
        departed(cast, watched, at)

        words = words_of(sign_in(cast.maya).get(f"/leads/{watched.pk}/"))

        assert "Where it left the drawing" in words
        assert re.search(
            r"done by another person</span> Make first contact <span class=\"quiet small\">Tom Berg", words
        )

    def test_lets_a_step_be_said_to_be_done(self, cast: Cast, watched: Lead, at: datetime, sign_in: SignIn) -> None:
        item = WorkItem.objects.get(status="watched")
        given = {"outcome": "reached", "note": "They want a visit.", "guided": "1"}

        answer = sign_in(cast.maya).post(f"/work/{item.pk}/completion/", given)

        assert answer["Location"] == f"/leads/{watched.pk}/"
        item.refresh_from_db()
        assert (item.status, item.closed_by_label) == ("done", "Maya Lin")

    def test_asks_for_what_the_step_needs(self, cast: Cast, watched: Lead, sign_in: SignIn) -> None:
        item = WorkItem.objects.get(status="watched")

        answer = sign_in(cast.maya).post(f"/work/{item.pk}/completion/", {"outcome": "reached", "guided": "1"})

        assert answer.status_code == 422

    def test_ines_sees_nothing(self, cast: Cast, watched: Lead, sign_in: SignIn) -> None:
        assert sign_in(cast.ines).get(f"/leads/{watched.pk}/").status_code == 404


class TestLive:
    def test_counts_departures_by_step_and_leads_to_the_cases(
        self, cast: Cast, watched: Lead, at: datetime, sign_in: SignIn
    ) -> None:
        departed(cast, watched, at)
        maya = sign_in(cast.maya)

        words = words_of(maya.get("/procedures/call-first/live/"))

        assert "0 cases kept to the drawing (0.0%)." in words
        [url] = re.findall(r'href="([^"]*departure=wrong[^"]*)"', words)
        assert "Ada Byron" in words_of(maya.get(url.replace("&amp;", "&")))

    def test_a_departure_that_nobody_made_has_no_cases(self, cast: Cast, watched: Lead, sign_in: SignIn) -> None:
        words = words_of(sign_in(cast.maya).get("/procedures/call-first/cases/?departure=late&step=call"))

        assert "No case is counted here now" in words

    def test_ines_counts_nothing(self, cast: Cast, watched: Lead, at: datetime, sign_in: SignIn) -> None:
        departed(cast, watched, at)
        ines = sign_in(cast.ines)

        words = words_of(ines.get("/procedures/call-first/live/"))

        assert "0 cases kept to the drawing (–)." in words
        assert "departure=" not in words
        listed = words_of(ines.get("/procedures/call-first/cases/?departure=wrong+person"))
        assert "Ada Byron" not in listed

    def test_a_procedure_that_acts_has_no_such_part(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        assert 'id="strayed"' not in words_of(sign_in(cast.maya).get("/procedures/call-first/live/"))
