"""Handing work over: in one move, with a way back, by those who may."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.handover import queries
from throughline.core.handover.operations import be_away, be_back, hand_over, take_back_handover
from throughline.core.identity.models import User
from throughline.core.notify.queries import centre
from throughline.core.procedures import operations as procedures
from throughline.core.procedures import worker
from throughline.core.procedures.models import WorkItem
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.load import least_loaded
from throughline.core.records.operations import Assignment, assign_records, create_record
from throughline.core.refusals import NotAllowed, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.activities.operations import plan_activity
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact
from throughline.crm.promises.operations import make_promise
from throughline.web.tests.charts import CALL_FIRST

DAY = timedelta(days=1)


@pytest.fixture
def leads(cast: Cast, at: datetime) -> list[Lead]:
    """Give three leads of Maya's with a step, a call and a promise."""
    by, admin = Actor.user(cast.maya), Actor.user(cast.admin)
    procedures.create_procedure(key="call-first", name="Call first", record_type="lead", by=admin, at=at)
    procedures.save_draft(key="call-first", drawing=CALL_FIRST, by=admin, at=at)
    procedures.publish(key="call-first", by=admin, at=at)
    made = [capture_lead(values={"name": f"Person {n}"}, by=by, at=at) for n in range(3)]
    worker.drain(limit=50, at=at)
    about = RecordRef("lead", made[0].pk)
    plan_activity(kind="Call", subject="Ask", about=[about], due_at=at + DAY, by=by, at=at)
    make_promise(what="Prices", about=about, due_at=at + DAY, by=by, at=at)
    return made


def owners() -> list[str]:
    """Return who has the leads and the steps."""
    people = Lead.objects.order_by("pk").values_list("owner__name", flat=True)
    return [*people, *WorkItem.objects.filter(status="open").order_by("pk").values_list("assignee__name", flat=True)]


@pytest.mark.req("C7")
class TestHandOver:
    """One move."""

    def test_everything_open_changes_hands_and_clocks_run_on(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        before = queries.holdings(person=cast.maya, at=at)
        due = list(WorkItem.objects.order_by("pk").values_list("due_at", flat=True))

        move = hand_over(
            person_id=cast.maya.pk, substitute_id=cast.ines.pk, reason="Holidays", by=Actor.user(cast.maya), at=at
        )

        assert {holding.spec.type: holding.count for holding in before.records} == {
            "lead": 3,
            "activity": 1,
            "promise": 1,
        }
        assert before.work_items == len(move.work_items) == 3
        assert set(owners()) == {"Ines Duarte"}
        assert list(WorkItem.objects.order_by("pk").values_list("due_at", flat=True)) == due
        assert {lead.team for lead in Lead.objects.all()} == {cast.north}
        assert queries.holdings(person=cast.maya, at=at).total == 0
        assert [row.title for row in centre(user_id=cast.ines.pk).messages] == [
            "You stand in for Maya Lin: 8 open records and steps are yours now"
        ]

    def test_what_the_substitute_still_has_comes_back(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        by = Actor.user(cast.maya)
        move = hand_over(person_id=cast.maya.pk, substitute_id=cast.ines.pk, reason="", by=by, at=at)
        on_to_tom = Assignment(leads[0].pk, owner_id=cast.tom.pk)
        assign_records(spec=registry.get("lead"), assignments=[on_to_tom], by=Actor.system(), at=at)

        take_back_handover(handover_id=move.pk, by=by, at=at + DAY)

        assert owners()[:3] == ["Tom Berg", "Maya Lin", "Maya Lin"]
        with pytest.raises(Refusal, match="already"):
            take_back_handover(handover_id=move.pk, by=by, at=at + DAY)

    def test_leaving_closes_the_account_and_taking_back_opens_it(
        self, cast: Cast, leads: list[Lead], at: datetime
    ) -> None:
        hana = Actor.user(cast.hana)

        move = hand_over(
            person_id=cast.maya.pk, substitute_id=cast.tom.pk, reason="New job", leaving=True, by=hana, at=at
        )
        assert not User.objects.get(pk=cast.maya.pk).is_active
        assert set(owners()) == {"Tom Berg"}
        take_back_handover(handover_id=move.pk, by=hana, at=at)

        assert User.objects.get(pk=cast.maya.pk).is_active
        assert set(owners()) == {"Maya Lin"}

    def test_people_and_customers_go_along_when_somebody_leaves_and_stay_when_they_are_away(
        self, cast: Cast, leads: list[Lead], at: datetime
    ) -> None:
        hana, maya = Actor.user(cast.hana), Actor.user(cast.maya)
        acme = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=maya, at=at)
        assert {each.spec.type: each.count for each in queries.holdings(person=cast.maya, at=at).kept} == {
            "contact": 3,
            "organization": 1,
        }

        away = hand_over(person_id=cast.maya.pk, substitute_id=cast.tom.pk, reason="Holidays", by=maya, at=at)
        acme.refresh_from_db()
        assert acme.owner == cast.maya
        take_back_handover(handover_id=away.pk, by=maya, at=at)
        gone = hand_over(
            person_id=cast.maya.pk, substitute_id=cast.tom.pk, reason="New job", leaving=True, by=hana, at=at
        )

        acme.refresh_from_db()
        assert acme.owner == cast.tom
        assert set(Contact.objects.values_list("owner", flat=True)) == {cast.tom.pk}
        take_back_handover(handover_id=gone.pk, by=hana, at=at)
        acme.refresh_from_db()
        assert acme.owner == cast.maya

    @pytest.mark.parametrize("who", ["tom", "ines", "petra"])
    def test_colleagues_may_not(self, cast: Cast, leads: list[Lead], at: datetime, who: str) -> None:
        with pytest.raises(NotAllowed):
            hand_over(
                person_id=cast.maya.pk,
                substitute_id=cast.tom.pk,
                reason="",
                by=Actor.user(getattr(cast, who)),
                at=at,
            )

        assert set(owners()) == {"Maya Lin"}

    def test_what_cannot_be_is_refused(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        omar = Actor.user(cast.omar)
        be_away(person_id=cast.tom.pk, away_from=at, away_until=at + DAY, by=omar, at=at)

        for person, to in ((cast.maya, cast.maya), (cast.maya, cast.tom), (cast.ines, cast.maya)):
            with pytest.raises(Refusal):
                hand_over(person_id=person.pk, substitute_id=to.pk, reason="", by=omar, at=at)
        with pytest.raises(NotAllowed):
            hand_over(person_id=cast.maya.pk, substitute_id=cast.ines.pk, reason="", leaving=True, by=omar, at=at)
        assert set(owners()) == {"Maya Lin"}


@pytest.mark.req("C2", "C7")
class TestAbsence:
    """Away, and back."""

    def test_routing_leaves_out_who_is_away(self, cast: Cast, at: datetime) -> None:
        spec, by = registry.get("lead"), Actor.user(cast.maya)
        be_away(
            person_id=cast.maya.pk,
            away_from=at,
            away_until=at + 7 * DAY,
            substitute_id=cast.tom.pk,
            by=by,
            at=at,
        )
        chosen = least_loaded(spec=spec, team_ids=[cast.north.pk] * 2, at=at, role="sales")
        be_back(person_id=cast.maya.pk, by=by, at=at)
        again = least_loaded(spec=spec, team_ids=[cast.north.pk] * 2, at=at, role="sales")

        assert set(chosen) == {cast.tom.pk}
        assert set(again) == {cast.maya.pk, cast.tom.pk}

    def test_managers_look_after_their_people_and_nobody_elses(self, cast: Cast) -> None:
        names = {person.name for person in queries.looked_after_by(user=cast.omar)}

        assert {"Maya Lin", "Ines Duarte", "Omar Haddad"} <= names
        assert "Petra Novak" not in names
        assert [person.name for person in queries.looked_after_by(user=cast.tom)] == ["Tom Berg"]
