"""The stages of a relationship and of the way to buying: moved by hand, by charts, and by what happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import charts
from throughline.core.procedures.models import Incident
from throughline.core.procedures.operations.packs import install_pack
from throughline.core.procedures.worker import drain
from throughline.core.records import registry
from throughline.core.records.operations import create_record, update_record
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals import operations as deals
from throughline.crm.deals.conversion import convert_lead
from throughline.crm.deals.models import Deal
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.operations import qualify_lead
from throughline.crm.people.models import Contact
from throughline.crm.people.operations import move_stage
from throughline.packs import shipped

pytestmark = pytest.mark.req("C5")


@pytest.fixture
def ada(cast: Cast, at: datetime) -> Contact:
    values = {"first_name": "Ada", "last_name": "Byron", "email": "ada@x.org"}
    made: Contact = create_record(spec=registry.get("contact"), values=values, by=Actor.user(cast.maya), at=at)
    return made


def moves() -> list[dict[str, Any]]:
    return list(Entry.objects.filter(event="contact.stage_moved").order_by("id").values_list("data", flat=True))


class TestByHand:
    """A person moves them, and says why."""

    def test_stage_instant_and_reason_are_kept_and_told(self, cast: Cast, ada: Contact, at: datetime) -> None:
        later = at + timedelta(days=2)

        move_stage(contact_id=ada.pk, stage="Advocate", reason="Spoke for us", by=Actor.user(cast.maya), at=later)
        move_stage(
            contact_id=ada.pk, stage="Decision", reason="Asked for terms", track="journey",
            by=Actor.user(cast.maya), at=later,
        )  # fmt: skip

        ada.refresh_from_db()
        assert (ada.lifecycle_stage, ada.stage_since, ada.stage_reason) == ("Advocate", later, "Spoke for us")
        assert (ada.journey_stage, ada.journey_since, ada.journey_reason) == ("Decision", later, "Asked for terms")
        assert [(each["track"], each["former"], each["stage"]) for each in moves()] == [
            ("relationship", "Lead", "Advocate"),
            ("journey", "", "Decision"),
        ]

    def test_a_reason_and_a_stage_that_there_is_are_needed(self, cast: Cast, ada: Contact, at: datetime) -> None:
        by = Actor.user(cast.maya)

        with pytest.raises(Refusal, match="Say why"):
            move_stage(contact_id=ada.pk, stage="Customer", by=by, at=at)
        with pytest.raises(Refusal, match="one of the stages"):
            move_stage(contact_id=ada.pk, stage="Friend", reason="x", by=by, at=at)
        with pytest.raises(NotFound):
            move_stage(contact_id=ada.pk, stage="Customer", reason="x", by=Actor.user(cast.ines), at=at)
        assert moves() == []

    def test_a_change_in_the_form_is_told_too(self, cast: Cast, ada: Contact, at: datetime) -> None:
        later = at + timedelta(days=1)

        update_record(
            spec=registry.get("contact"), record_id=ada.pk, values={"lifecycle_stage": "Customer", "city": "Rome"},
            by=Actor.user(cast.maya), at=later,
        )  # fmt: skip

        ada.refresh_from_db()
        assert (ada.stage_since, ada.stage_reason) == (later, "")
        assert [(each["former"], each["stage"]) for each in moves()] == [("Lead", "Customer")]


class TestByFacts:
    """The shipped charts move them, by a table that anybody can open."""

    @pytest.fixture(autouse=True)
    def installed(self, cast: Cast, at: datetime) -> Iterator[None]:
        charts.forget_all()
        deals.ship_pipeline(by=Actor.system(), at=at)
        (pack,) = (each for each in shipped() if each.key == "relationship")
        install_pack(pack=pack, by=Actor.user(cast.admin), at=at)
        yield
        charts.forget_all()

    def deal(self, cast: Cast, ada: Contact, at: datetime) -> Deal:
        values = {"name": "Turbines", "contact": ada.pk, "amount": 100}
        made: Deal = create_record(spec=registry.get("deal"), values=values, by=Actor.user(cast.maya), at=at)
        return made

    def end(self, deal: Deal, at: datetime, **values: Any) -> None:
        update_record(spec=registry.get("deal"), record_id=deal.pk, values=values, by=Actor.system(), at=at)

    def stage(self, ada: Contact, at: datetime) -> tuple[str, str]:
        drain(at=at)
        ada.refresh_from_db()
        assert list(Incident.objects.values_list("message", flat=True)) == []
        return ada.lifecycle_stage, ada.stage_reason

    def test_from_the_first_deal_to_a_loyal_customer(self, cast: Cast, ada: Contact, at: datetime) -> None:
        first = self.deal(cast, ada, at)
        assert self.stage(ada, at) == ("Opportunity", "A deal was opened.")

        self.end(first, at, stage="sales.won")
        assert self.stage(ada, at) == ("Customer", "The first deal was won.")

        second = self.deal(cast, ada, at)
        assert self.stage(ada, at)[0] == "Customer"

        self.end(second, at, stage="sales.won")
        self.end(self.deal(cast, ada, at), at, stage="sales.won")
        assert self.stage(ada, at) == ("Loyal", "Three deals or more were won.")
        assert [each["stage"] for each in moves()] == ["Opportunity", "Customer", "Loyal"]

    def test_a_lost_deal_takes_back_what_only_it_had_made(self, cast: Cast, ada: Contact, at: datetime) -> None:
        deal = self.deal(cast, ada, at)
        self.stage(ada, at)

        self.end(deal, at, stage="sales.lost", lost_reason="Price")

        assert self.stage(ada, at) == ("Lead", "No deal is open any more, and none was won.")

    def test_a_qualified_lead_qualifies_its_person(self, cast: Cast, at: datetime) -> None:
        lead = capture_lead(values={"name": "Bo Ek", "email": "bo@x.org"}, by=Actor.user(cast.maya), at=at)

        qualify_lead(lead_id=lead.pk, qualified=True, by=Actor.user(cast.maya), at=at)

        stage, reason = self.stage(Contact.objects.get(email="bo@x.org"), at)
        assert (stage, "Bo Ek" in reason) == ("SQL", True)

    def test_a_converted_lead_makes_an_opportunity_and_the_chart_says_so(self, cast: Cast, at: datetime) -> None:
        lead = capture_lead(values={"name": "Bo Ek", "email": "bo@x.org"}, by=Actor.user(cast.maya), at=at)

        convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at)

        bo = Contact.objects.get(email="bo@x.org")
        assert (bo.lifecycle_stage, moves()) == ("Lead", []), "nothing but the chart moves it"
        assert self.stage(bo, at) == ("Opportunity", "A deal was opened.")
        moved = Entry.objects.get(event="contact.stage_moved")
        assert (moved.actor_kind, moved.actor_label) == ("procedure", "Relationship: deals")

    def test_a_deal_without_a_person_moves_nobody(self, cast: Cast, at: datetime) -> None:
        create_record(spec=registry.get("deal"), values={"name": "Alone"}, by=Actor.user(cast.maya), at=at)

        drain(at=at)

        assert (moves(), Incident.objects.count()) == ([], 0)
