"""The guided path on its pages: what is missing is made or noted, and the journey has a picture."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.procedures import operations
from throughline.core.records import registry
from throughline.core.records.custom.models import CustomField
from throughline.core.tests.cast import Cast
from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.insight.guide.models import Guide
from throughline.insight.guide.operations import begin_guide
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = [pytest.mark.req("A3"), pytest.mark.django_db]

PATH = "/procedures/first-contact/guide/"
VEHICLES = {"need.0.label": "Number of vehicles", "need.0.type": "integer"}


@pytest.fixture
def path(cast: Cast, at: datetime) -> Guide:
    """Give a guided path that Omar has begun."""
    by = Actor.user(cast.omar)
    operations.create_procedure(key="first-contact", name="First contact", record_type="lead", by=by, at=at)
    return begin_guide(key="first-contact", by=by, at=at)


@pytest.fixture
def omar(cast: Cast, path: Guide, sign_in: SignIn) -> Client:
    """Omar's browser: he may draw, and may not make fields."""
    return sign_in(cast.omar)


@pytest.fixture
def admin(cast: Cast, path: Guide, sign_in: SignIn) -> Client:
    """The administrator's browser."""
    return sign_in(cast.admin)


def drawn_with(condition: str, cast: Cast, at: datetime) -> None:
    """Give the procedure a draft with a condition."""
    by = Actor.user(cast.omar)
    chart = bpmn.read(CALL_FIRST)
    ways = (edit.Way("Large", condition), edit.Way("Small", "", "end:Small"))
    chart = edit.set_procedure(chart, key="first-contact", record="lead", name="First contact")
    chart = edit.branch(chart, after="call", question="Large?", ways=ways)[0]
    operations.save_draft(key="first-contact", drawing=bpmn.write(chart), by=by, at=at)


class TestMissingFields:
    def test_are_made_when_the_one_who_names_them_may(self, admin: Client) -> None:
        answer = admin.post(f"{PATH}journey/", VEHICLES)

        assert answer.status_code == 302
        made = CustomField.objects.get(record_type="lead", key="number_of_vehicles")
        assert (made.label, made.type) == ("Number of vehicles", "integer")
        assert "number_of_vehicles" in registry.get("lead").by_name
        assert Guide.objects.get().answers["fields"] == ["number_of_vehicles"]
        assert "Number of vehicles" in words_of(admin.get(f"{PATH}journey/"))

    def test_are_made_with_their_choices(self, admin: Client) -> None:
        admin.post(
            f"{PATH}journey/", {"need.0.label": "Fleet", "need.0.type": "choice", "need.0.choices": "Own, , Let"}
        )

        assert CustomField.objects.get(key="fleet").choices == [["Own", "Own"], ["Let", "Let"]]

    def test_are_noted_when_the_one_who_names_them_may_not(self, omar: Client) -> None:
        answer = omar.post(f"{PATH}journey/", VEHICLES)

        assert answer.status_code == 302
        assert not CustomField.objects.exists()
        assert 'value="Number of vehicles"' in words_of(omar.get(f"{PATH}journey/"))

    def test_that_were_noted_are_made_when_somebody_goes_on_who_may(self, omar: Client, admin: Client) -> None:
        omar.post(f"{PATH}journey/", VEHICLES)
        page = words_of(admin.get(f"{PATH}journey/"))

        admin.post(f"{PATH}journey/", VEHICLES)

        assert 'value="Number of vehicles"' in page
        assert [each.key for each in CustomField.objects.all()] == ["number_of_vehicles"]
        assert Guide.objects.get().answers["needs"] == []

    def test_sent_twice_are_made_once(self, admin: Client) -> None:
        admin.post(f"{PATH}journey/", VEHICLES)
        again = admin.post(f"{PATH}journey/", VEHICLES)

        assert again.status_code == 302
        assert CustomField.objects.count() == 1

    def test_one_that_is_there_already_is_refused_by_its_name_and_nothing_is_made(self, admin: Client) -> None:
        sent = VEHICLES | {"need.1.label": "Region", "pain.0.text": "Nobody calls"}

        answer = admin.post(f"{PATH}journey/", sent)

        assert answer.status_code == 422
        assert "Region: Leads have a field" in words_of(answer)
        assert 'value="Number of vehicles"' in words_of(answer)
        assert not CustomField.objects.exists()
        assert Guide.objects.get().answers == {}

    def test_of_a_type_that_the_path_does_not_offer_are_refused(self, admin: Client) -> None:
        answer = admin.post(f"{PATH}journey/", {"need.0.label": "Origin", "need.0.type": "record"})

        assert answer.status_code == 422
        assert "Origin: Choose one of the types." in words_of(answer)

    def test_that_the_drawing_reads_are_offered_and_made(self, admin: Client, cast: Cast, at: datetime) -> None:
        drawn_with("lead.fleet_size > 10", cast, at)
        page = words_of(admin.get(f"{PATH}test/"))

        admin.post(
            f"{PATH}test/",
            {"need.0.label": "Fleet size", "need.0.key": "fleet_size", "need.0.type": "number", "again": "yes"},
        )

        assert 'name="need.0.key" value="fleet_size"' in page
        assert 'value="Fleet size"' in page
        assert CustomField.objects.get().key == "fleet_size"
        after = words_of(admin.get(f"{PATH}test/"))
        assert 'name="need.0.key"' not in after
        assert "has no field “fleet_size”" not in after


class TestJourney:
    SENT = {
        "persona.0.name": "Owner of a shop",
        "touchpoint.0.moment": "Sends the form",
        "touchpoint.1.moment": "Is called",
        "pain.0.text": "Waits for days",
    }

    def test_has_a_picture_once_something_is_told(self, omar: Client) -> None:
        assert 'id="journey-picture-title"' not in words_of(omar.get(f"{PATH}journey/"))

        omar.post(f"{PATH}journey/", self.SENT)

        page = words_of(omar.get(f"{PATH}journey/"))
        assert 'id="journey-picture-title"' in page
        assert "Behind the scenes. Comes too late: Waits for days." in page

    def test_a_pain_point_stays_at_its_touchpoint_when_that_is_renamed(self, omar: Client) -> None:
        omar.post(f"{PATH}journey/", self.SENT)
        at_call = self.SENT | {"pain.0.moment": "Is called"}

        omar.post(f"{PATH}journey/", at_call)
        first = Guide.objects.get().answers["pains"][0]["moment"]
        omar.post(f"{PATH}journey/", at_call | {"touchpoint.1.moment": "Is rung up"})
        second = Guide.objects.get().answers["pains"][0]["moment"]
        omar.post(f"{PATH}journey/", self.SENT | {"pain.0.moment": "Is rung up", "touchpoint.1.moment": ""})

        assert (first, second) == ("Is called", "Is rung up")
        assert Guide.objects.get().answers["pains"][0]["moment"] == ""

    def test_a_kind_of_pain_that_nobody_offers_is_taken_for_lateness(self, omar: Client) -> None:
        omar.post(f"{PATH}journey/", self.SENT | {"pain.0.kind": "<b>"})

        assert "Comes too late: Waits for days" in words_of(omar.get(f"{PATH}journey/"))

    def test_has_a_page_of_its_own_among_the_charts(self, omar: Client) -> None:
        omar.post(f"{PATH}journey/", self.SENT)

        page = words_of(omar.get("/procedures/first-contact/journey/"))

        assert "Go on with the guided path" in page
        assert "<td>Behind the scenes</td>" in page
        assert "/procedures/first-contact/charts/?view=stream" in page

    @pytest.mark.parametrize(("form", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
    def test_can_be_taken_along(self, omar: Client, form: str, begins: bytes) -> None:
        omar.post(f"{PATH}journey/", self.SENT)

        answer = omar.get(f"/procedures/first-contact/journey/?as={form}")

        assert answer.content.startswith(begins)
        assert b"var(--" not in answer.content
        assert f'filename="first-contact-the-customers-journey.{form}"' in answer["Content-Disposition"]

    def test_without_a_guided_path_says_so(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).get("/procedures/call-first/journey/")

        assert answer.status_code == 404
        assert "Begin one from the list of procedures." in words_of(answer)

    def test_tells_what_the_path_ended_with(
        self, omar: Client, admin: Client, cast: Cast, sign_in: SignIn, at: datetime
    ) -> None:
        drawn_with("lead.name != null", cast, at)
        omar.post(f"{PATH}journey/", VEHICLES)
        omar.post(f"{PATH}goals/", {"kpi": "contacted-in-time", "target": "95", "period": "this_month"})
        day = (at + timedelta(days=90)).date()
        ended = omar.post(f"{PATH}test/", VEHICLES | {"review_on": day.isoformat()})

        page = words_of(omar.get("/procedures/first-contact/journey/"))

        assert ended.status_code == 302
        assert "still to be made by somebody who may: Number of vehicles" in page
        assert "Its goals on a dashboard" in page
        assert f"Looked at again on {day:%-d %B %Y}" in page
        assert "Make them in the settings" in words_of(admin.get("/procedures/first-contact/journey/"))
        assert "Its goals on a dashboard" not in words_of(sign_in(cast.ines).get("/procedures/first-contact/journey/"))
