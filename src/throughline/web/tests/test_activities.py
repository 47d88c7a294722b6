"""Activities on the pages: planned about a record, done where they are seen, logged with what came of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.notify.models import Notification
from throughline.core.recordref import RecordRef
from throughline.core.teamwork.models import Comment
from throughline.core.tests.cast import Cast
from throughline.crm.activities.models import Activity
from throughline.crm.activities.operations import plan_activity
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn, words_of

TO_PLAN = {
    "kind": "Meeting",
    "subject": "Show the pump",
    "starts_at": "2026-03-04T10:00",
    "minutes": "45",
    "participants": "Cem Kaya, mei@x.org",
    "reminder": "60",
}


@pytest.fixture
def planned(cast: Cast, lead: Lead, at: datetime) -> Activity:
    """Give a call about the lead that Maya has planned for tomorrow."""
    about, due_at = [RecordRef("lead", lead.pk)], at + timedelta(days=1)
    return plan_activity(
        kind="Call", subject="Ask about June", about=about, due_at=due_at, by=Actor.user(cast.maya), at=at
    )


@pytest.mark.req("C4", "C7")
class TestPlan:
    """From the page of any record."""

    def test_a_meeting_stands_on_the_page_and_in_the_work_list_of_who_planned_it(
        self, cast: Cast, lead: Lead, sign_in: SignIn
    ) -> None:
        maya, here = sign_in(cast.maya), f"/leads/{lead.pk}/"
        assert f'href="{here}activities/new/"' in words_of(maya.get(here))
        assert "Show the pump" not in words_of(maya.get("/"))

        answer = maya.post(f"{here}activities/new/", TO_PLAN)

        assert (answer.status_code, answer.headers["Location"]) == (302, here)
        made = Activity.objects.get()
        assert (made.kind, made.status, made.owner, made.participants) == (
            "Meeting",
            "Planned",
            cast.maya,
            ["Cem Kaya", "mei@x.org"],
        )
        assert made.start_at == made.due_at
        assert made.start_at is not None
        assert (made.end_at, made.reminder_at) == (
            made.start_at + timedelta(minutes=45),
            made.start_at - timedelta(hours=1),
        )
        for page in (here, "/"):
            shown = words_of(maya.get(page))
            assert "Show the pump" in shown
            assert f'action="/activities/{made.pk}/completion/"' in shown
        assert "Ada Byron" in words_of(maya.get(f"/activities/{made.pk}/"))

    def test_is_not_about_another_activity(self, cast: Cast, planned: Activity, sign_in: SignIn) -> None:
        maya, here = sign_in(cast.maya), f"/activities/{planned.pk}/"

        assert maya.get(f"{here}activities/new/").status_code == 404
        assert f"{here}activities/new/" not in words_of(maya.get(here))

    def test_a_colleague_who_is_to_do_it_is_told(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        sent = {**TO_PLAN, "kind": "Task", "owner": cast.tom.pk}
        sign_in(cast.maya).post(f"/leads/{lead.pk}/activities/new/", sent)

        made = Activity.objects.get()
        assert made.owner == cast.tom
        assert (made.start_at, made.end_at) == (None, None)
        told = Notification.objects.get(user=cast.tom, record_type="activity")
        assert told.title == "Show the pump is yours to do"
        assert "Show the pump" in words_of(sign_in(cast.tom).get("/"))

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"starts_at": "soon"}, "When? Choose a day and a time."),
            ({"subject": " "}, "what the meeting is about"),
            ({"minutes": "many"}, "is no number"),
            ({"minutes": "-5"}, "Say how many minutes"),
            ({"owner": "0"}, "Choose a colleague who works here."),
        ],
    )
    def test_nonsense_comes_back_at_its_field_with_what_was_typed(
        self, cast: Cast, lead: Lead, sign_in: SignIn, wrong: dict[str, str], sentence: str
    ) -> None:
        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/activities/new/", {**TO_PLAN, **wrong})

        assert answer.status_code == 422
        assert sentence in words_of(answer)
        assert 'aria-invalid="true"' in words_of(answer)
        assert "Cem Kaya, mei@x.org" in words_of(answer)
        assert not Activity.objects.exists()


@pytest.mark.req("C4")
class TestWhatBecameOfIt:
    """Done with one press, or with what came of it."""

    def test_is_done_out_of_the_work_list(self, cast: Cast, planned: Activity, sign_in: SignIn, at: datetime) -> None:
        maya = sign_in(cast.maya)
        answer = maya.post(f"/activities/{planned.pk}/completion/", {"from": "work"})

        assert answer.headers["Location"] == "/"
        planned.refresh_from_db()
        assert (planned.status, planned.done_at) == ("Held", at)
        assert f'action="/activities/{planned.pk}/completion/"' not in words_of(maya.get("/"))

    def test_says_how_it_went_and_how_long_it_took(
        self, cast: Cast, lead: Lead, planned: Activity, sign_in: SignIn
    ) -> None:
        sent = {"outcome": "Wants prices", "minutes": "20"}
        answer = sign_in(cast.maya).post(f"/activities/{planned.pk}/completion/", sent)

        assert answer.headers["Location"] == f"/leads/{lead.pk}/"
        planned.refresh_from_db()
        assert (planned.outcome, planned.duration_seconds) == ("Wants prices", 1200)

    def test_did_not_take_place_and_says_why(self, cast: Cast, planned: Activity, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        sent = {"outcome": "No answer", "from": "activity"}
        answer = maya.post(f"/activities/{planned.pk}/cancellation/", sent)

        assert answer.headers["Location"] == f"/activities/{planned.pk}/"
        planned.refresh_from_db()
        assert (planned.status, planned.outcome, planned.done_at) == ("Not held", "No answer", None)
        assert maya.post(f"/activities/{planned.pk}/completion/", {}).status_code == 422

    @pytest.mark.req("L1")
    def test_another_team_neither_sees_nor_ends_it(self, cast: Cast, planned: Activity, sign_in: SignIn) -> None:
        ines = sign_in(cast.ines)

        assert "Ask about June" not in words_of(ines.get("/"))
        for what in ("completion", "cancellation"):
            assert ines.post(f"/activities/{planned.pk}/{what}/", {}).status_code == 404
        planned.refresh_from_db()
        assert planned.status == "Planned"


@pytest.mark.req("C4")
class TestLog:
    """What was, with all that there is to say."""

    def test_a_call_is_logged_with_what_came_of_it(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        sent = {
            "do": "log", "kind": "Call", "subject": "Called back", "starts_at": "2026-03-02T08:30", "minutes": "12",
            "direction": "In", "outcome": "Wants a demo", "body": "On Friday.",
        }  # fmt: skip
        sign_in(cast.maya).post(f"/leads/{lead.pk}/activities/new/", sent)

        made = Activity.objects.get()
        assert (made.kind, made.status, made.direction, made.outcome, made.duration_seconds, made.body) == (
            "Call", "Held", "In", "Wants a demo", 720, "On Friday.",
        )  # fmt: skip

    def test_what_lies_ahead_cannot_have_happened(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        sent = {"do": "log", "kind": "Call", "subject": "x", "starts_at": "2031-03-02T08:30"}
        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/activities/new/", sent)

        assert answer.status_code == 422
        assert "Plan it instead" in words_of(answer)


class TestComments:
    """Colleagues talk about an activity as about any record."""

    def test_stand_on_its_page(self, cast: Cast, planned: Activity, sign_in: SignIn) -> None:
        maya, here = sign_in(cast.maya), f"/activities/{planned.pk}/"
        assert "Log call" not in words_of(maya.get(here))
        maya.post(f"{here}notes/", {"body": "Ask @Tom Berg first", "kind": "Call"})

        assert Comment.objects.get().record == RecordRef("activity", planned.pk)
        assert Activity.objects.count() == 1
        assert "Ask" in words_of(maya.get(here))
