"""What charts may ask: performed set-wise, each with its own result."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from throughline.core.actions import ActionRequest, ActionResult
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.identity.operations import enter_absence, join_team
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.recordref import RecordRef
from throughline.core.records.actions import ACTIONS as RECORD_ACTIONS
from throughline.core.tests.cast import Cast
from throughline.crm.activities.actions import ACTIONS as ACTIVITY_ACTIONS
from throughline.crm.activities.models import Activity
from throughline.crm.leads.actions import ACTIONS as LEAD_ACTIONS
from throughline.crm.leads.capture import capture_lead, capture_leads
from throughline.crm.leads.models import Lead
from throughline.flow.temporal import parse_duration

PERFORMERS = {spec.name: perform for spec, perform in (*RECORD_ACTIONS, *ACTIVITY_ACTIONS, *LEAD_ACTIONS)}


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's."""
    return capture_lead(values={"name": "Ada Byron", "email": "ada@x.org"}, by=Actor.user(cast.maya), at=at)


def ask(leads: list[Lead], at: datetime, **inputs: Any) -> list[ActionRequest]:
    """Ask the same of several leads, each from a case of its own."""
    return [
        ActionRequest(
            case=n,
            activation=1,
            record=RecordRef("lead", lead.pk),
            inputs=inputs,
            by=Actor("procedure", f"{n}:1", "Lead to deal"),
            at=at,
        )
        for n, lead in enumerate(leads, start=1)
    ]


def perform(name: str, requests: list[ActionRequest]) -> list[Any]:
    """Perform an action and return the results, none of which may have failed."""
    results: list[ActionResult] = list(PERFORMERS[name](requests))
    assert [result.failure for result in results] == [None] * len(requests)
    return [result.result for result in results]


class TestRecordActions:
    """Actions on any record."""

    @pytest.mark.req("B3")
    def test_tag(self, cast: Cast, lead: Lead, at: datetime) -> None:
        assert perform("record.tag", ask([lead], at, tags=["inbound", "hot"])) == [{"tags": ["inbound", "hot"]}]

        lead.refresh_from_db()
        assert (lead.tags, lead.updated_by) == (["inbound", "hot"], "Lead to deal")
        entry = Entry.objects.get(event="record.tagged")
        assert (entry.actor_kind, entry.actor_id) == ("procedure", "1:1")

    @pytest.mark.req("B3")
    def test_update(self, cast: Cast, lead: Lead, at: datetime) -> None:
        perform("record.update", ask([lead], at, fields={"status": "working", "employees": Decimal("12")}))

        lead.refresh_from_db()
        assert (lead.status, lead.employees) == ("Working", 12)

    def test_update_of_what_cannot_be_written_is_refused_with_a_code(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        (result,) = PERFORMERS["record.update"](ask([lead], at, fields={"score": Decimal(1)}))

        assert result.code == "unreadable_values"

    @pytest.mark.req("C2")
    def test_assign_to_a_person_and_to_a_team(self, cast: Cast, lead: Lead, at: datetime) -> None:
        (to_person,) = perform("record.assign", ask([lead], at, owner="ines@example.com", reason="Speaks Portuguese"))
        (to_team,) = perform("record.assign", ask([lead], at, team="north"))

        assert (to_person["owner"], to_person["team"], to_person["reason"]) == (
            Decimal(cast.ines.pk), "south", "Speaks Portuguese",
        )  # fmt: skip
        assert (to_team["owner"], to_team["team"]) == (None, "north")

    @pytest.mark.req("C2")
    def test_a_thousand_leads_are_shared_out_fairly_among_those_who_are_there(self, cast: Cast, at: datetime) -> None:
        away = User.objects.create_user("nina@example.com", name="Nina")
        join_team(user=away, team=cast.north, by=Actor.system(), at=at)
        enter_absence(user=away, away_from=at, away_until=at + timedelta(days=9), by=Actor.system(), at=at)
        capture_leads([{"owner": cast.maya.pk}] * 10, by=Actor.system(), at=at)
        ids = capture_leads([{"origin": str(n)} for n in range(1000)], by=Actor.system(), at=at).ids
        leads = list(Lead.objects.filter(pk__in=[key for key in ids if key is not None]).order_by("pk"))

        results = perform("record.assign", ask(leads, at, team="north", to="least loaded", role="sales"))

        counts = [Lead.objects.filter(owner=person).count() for person in (cast.maya, cast.tom, away, cast.ivo)]
        assert counts == [505, 505, 0, 0]
        assert results[0]["reason"].startswith("has the fewest open leads (")
        assert results[0]["owner_name"] == "Tom Berg"

    @pytest.mark.req("C2")
    def test_where_nobody_is_there_the_lead_waits_in_the_team(self, cast: Cast, lead: Lead, at: datetime) -> None:
        (result,) = perform("record.assign", ask([lead], at, team="marketing", to="least loaded", role="sales"))

        assert (result["owner"], result["team"]) == (None, "marketing")
        assert "nobody of the team is there" in result["reason"]

    @pytest.mark.req("B3")
    def test_notify_a_person_once_however_often_it_is_performed(self, cast: Cast, lead: Lead, at: datetime) -> None:
        requests = ask([lead], at, title="A lead waits", to=[Decimal(cast.tom.pk), "omar@example.com"])

        assert perform("notify.person", requests) == [{"reached": Decimal(2)}]
        perform("notify.person", requests)

        sent = Notification.objects.order_by("user__name")
        assert [(row.user.name, row.title, row.record_id) for row in sent] == [
            ("Omar Haddad", "A lead waits", lead.pk),
            ("Tom Berg", "A lead waits", lead.pk),
        ]

    @pytest.mark.req("B3")
    def test_notify_the_manager_of_the_owner_or_of_the_team(self, cast: Cast, lead: Lead, at: datetime) -> None:
        waiting = capture_lead(values={"team": "sales", "origin": "ad"}, by=Actor.system(), at=at)
        nobodys = capture_lead(values={"origin": "ad"}, by=Actor.system(), at=at)

        results = perform("notify.manager", ask([lead, waiting, nobodys], at, title="Missed"))

        omar = Decimal(cast.omar.pk)
        assert results == [{"manager": omar}, {"manager": omar}, {"manager": None}]
        assert Notification.objects.filter(user=cast.omar).count() == 2

    def test_a_case_without_a_record_is_told_so(self, cast: Cast, at: datetime) -> None:
        request = ActionRequest(case=1, activation=1, record=None, inputs={}, by=Actor.system(), at=at)

        (result,) = PERFORMERS["record.tag"]([request])

        assert (result.code, "travel with a record" in (result.failure or "")) == ("no_record", True)

    def test_who_asks_wrongly_fails_alone(self, cast: Cast, at: datetime) -> None:
        ids = capture_leads([{"origin": str(n)} for n in range(3)], by=Actor.system(), at=at).ids
        leads = list(Lead.objects.filter(pk__in=[key for key in ids if key is not None]).order_by("pk"))
        requests = [
            *ask(leads[:1], at, team="north"), *ask(leads[1:2], at, team="east"), *ask(leads[2:], at, team="south"),
        ]  # fmt: skip

        results = PERFORMERS["record.assign"](requests)

        assert [result.code for result in results] == [None, "unknown_team", None]
        assert list(Lead.objects.order_by("pk").values_list("team__key", flat=True)) == ["north", None, "south"]


class TestActivityActions:
    """Planning and logging from charts."""

    @pytest.mark.req("B3")
    def test_a_task_is_planned_once_with_its_due_moment(self, cast: Cast, lead: Lead, at: datetime) -> None:
        requests = ask([lead], at, subject="Send the proposal", due=parse_duration("P2D"), owner=Decimal(cast.tom.pk))

        (first,) = perform("activity.create", requests)
        (again,) = perform("activity.create", requests)

        task = Activity.objects.get()
        assert first == again
        assert (task.kind, task.owner_id, task.due_at) == ("Task", cast.tom.pk, at + timedelta(days=2))
        lead.refresh_from_db()
        assert lead.next_activity_at == at + timedelta(days=2)


class TestLeadActions:
    """Actions on leads."""

    @pytest.mark.req("C3")
    def test_score(self, cast: Cast, lead: Lead, at: datetime) -> None:
        (result,) = perform("lead.score", ask([lead], at, score=Decimal("72.6"), reasons=["Fits"], rating="Warm"))

        assert result == {"score": Decimal(73), "rating": "Warm", "reasons": ["Fits"]}

    @pytest.mark.req("C2")
    def test_flag(self, cast: Cast, lead: Lead, at: datetime) -> None:
        assert perform("lead.flag_missed", ask([lead], at)) == [{"flagged": True}]

    def test_due_contact_verdict_and_end(self, cast: Cast, lead: Lead, at: datetime) -> None:
        perform("lead.response_due", ask([lead], at, due=parse_duration("PT24H")))
        perform("lead.contacted", ask([lead], at))
        perform("lead.nurture", ask([lead], at, reason="Next year"))
        perform("lead.qualify", ask([lead], at))
        perform("lead.close", ask([lead], at, outcome="Won"))

        lead.refresh_from_db()
        assert (lead.first_response_due_at, lead.first_responded_at) == (at + timedelta(hours=24), at)
        assert (lead.status, lead.outcome) == ("Converted", "Won")
        assert {
            entry.actor_label
            for entry in Entry.objects.filter(event__startswith="lead.").exclude(event="lead.captured")
        } == {"Lead to deal"}

    @pytest.mark.parametrize(
        ("name", "inputs", "said"),
        [
            ("lead.score", {"score": "high"}, "to be a number"),
            ("lead.close", {"outcome": None}, "no outcome"),
            ("lead.response_due", {"due": "soon"}, "date and time"),
            ("record.assign", {}, "owner or a team"),
            ("record.assign", {"team": "east"}, 'key "east"'),
            ("notify.person", {"title": "x", "to": "nobody@example.com"}, "nobody here"),
            ("record.update", {"fields": "x"}, "context"),
        ],
    )
    def test_what_is_asked_wrongly_is_refused_in_words(
        self, cast: Cast, lead: Lead, at: datetime, name: str, inputs: dict[str, Any], said: str
    ) -> None:
        (result,) = PERFORMERS[name](ask([lead], at, **inputs))

        assert said in (result.failure or "")
