"""From an enquiry to a deal, and what charts may ask of deals."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from throughline.core.actions import ActionRequest
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.exporting import export
from throughline.core.records.operations import update_record
from throughline.core.records.queries import ListQuery, list_page, record_timeline, told_of
from throughline.core.records.sharing import share_record
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals.actions import ACTIONS
from throughline.crm.deals.conversion import convert_lead
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.leads.operations import AlreadyClosed, close_lead, reopen_lead
from throughline.crm.people.models import Organization


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's, in a company with a pipeline."""
    ship_pipeline(by=Actor.system(), at=at)
    values = {
        "name": "Ada Byron", "email": "ada@acme.example", "organization_name": "ACME  Works", "interest": "Turbines",
        "source": "Web",
    }  # fmt: skip
    return capture_lead(values=values, by=Actor.user(cast.maya), at=at)


def perform(name: str, ref: RecordRef, at: datetime, **inputs: Any) -> Any:
    """Perform an action as a chart asks for it."""
    performer = next(perform for spec, perform in ACTIONS if spec.name == name)
    request = ActionRequest(1, 1, ref, inputs, Actor.system("Lead to deal"), at)
    return performer([request])[0]


class TestConvertLead:
    """Nothing is typed twice."""

    @pytest.mark.req("C5")
    def test_the_deal_knows_lead_person_and_organization(self, cast: Cast, lead: Lead, at: datetime) -> None:
        deal = convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at, values={"amount": "1200"})

        lead.refresh_from_db()
        assert lead.contact is not None
        lead.contact.refresh_from_db()
        assert (deal.name, deal.lead_id, deal.contact_id) == ("ACME Works, Turbines", lead.pk, lead.contact_id)
        assert (deal.owner_id, deal.team_id, deal.amount) == (cast.maya.pk, cast.north.pk, Decimal("1200.00"))
        assert (lead.status, lead.converted_at, lead.is_open) == ("Converted", at, False)
        assert str(lead.contact.organization) == "ACME Works"
        assert lead.contact.lifecycle_stage == "Lead", "stages of the relationship are moved by charts"
        assert Entry.objects.get(event="lead.converted").data["deal"] == deal.pk

    @pytest.mark.req("C5")
    def test_the_timeline_of_the_deal_begins_with_the_lead(self, cast: Cast, lead: Lead, at: datetime) -> None:
        deal = convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at)

        shown = record_timeline(spec=registry.get("deal"), record_id=deal.pk, user=cast.maya)
        assert {"lead.captured", "lead.converted", "deal.opened"} <= {entry.event for entry in shown}

    @pytest.mark.req("L1")
    @pytest.mark.parametrize("loaded", [(), ("lead",)])
    def test_who_sees_the_deal_and_not_the_lead_is_told_nothing_of_the_lead(
        self, cast: Cast, lead: Lead, at: datetime, loaded: tuple[str, ...]
    ) -> None:
        deal = convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at)
        spec, own = registry.get("deal"), RecordRef("deal", deal.pk)
        share_record(spec=spec, record_id=deal.pk, user_id=cast.ines.pk, by=Actor.user(cast.maya), at=at)

        opened = Deal.objects.select_related(*loaded).get(pk=deal.pk)  # the lead came with it, or is asked for

        assert list(told_of(spec, cast.ines, opened)) == [own]
        assert list(told_of(spec, cast.maya, opened)) == [own, RecordRef("lead", lead.pk)]

    def test_a_known_organization_is_found_by_its_name(self, cast: Cast, lead: Lead, at: datetime) -> None:
        Organization.objects.create(name="Acme Works", sort_name="acme works", created_at=at, updated_at=at)

        convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at)

        assert Organization.objects.count() == 1

    def test_a_lead_is_converted_once(self, cast: Cast, lead: Lead, at: datetime) -> None:
        convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at)

        with pytest.raises(AlreadyClosed):
            convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at)
        assert Deal.objects.count() == 1

    def test_a_converted_lead_is_won_later(self, cast: Cast, lead: Lead, at: datetime) -> None:
        convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at)

        close_lead(lead_id=lead.pk, outcome="Won", by=Actor.system(), at=at + timedelta(days=3))

        lead.refresh_from_db()
        assert (lead.outcome, lead.converted_at, lead.closed_at) == ("Won", at, at + timedelta(days=3))

    def test_a_gate_that_is_not_passed_leaves_the_lead_as_it_was(self, cast: Cast, lead: Lead, at: datetime) -> None:
        with pytest.raises(Refusal, match="Before a deal goes to Proposal"):
            convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at, values={"stage": "Proposal"})

        lead.refresh_from_db()
        assert (lead.is_open, Deal.objects.count(), Organization.objects.count()) == (True, 0, 0)

    def test_a_lead_is_found_by_what_it_became_until_it_is_opened_again(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        spec, by = registry.get("lead"), Actor.user(cast.maya)
        deal = convert_lead(lead_id=lead.pk, by=by, at=at)
        capture_lead(values={"name": "Mei Lin", "email": "mei@y.org"}, by=by, at=at)

        def found(field: str, value: Any) -> list[Lead]:
            query = ListQuery(filter={"field": field, "op": "is", "value": value})
            return list(list_page(spec=spec, user=cast.maya, query=query, at=at).records)

        assert found("converted_deal", deal.number.lower()) == [lead]
        assert found("converted_organization", deal.organization_id) == [lead]
        assert found("contact", deal.contact_id) == [lead]
        export_of = export(
            spec=spec, user=cast.omar, query=ListQuery(), columns=["converted_deal", "converted_organization"],
            form="csv", by=Actor.user(cast.omar), at=at,
        )  # fmt: skip
        assert f"{lead.number},{deal.number},ACME Works" in b"".join(export_of).decode()

        reopen_lead(lead_id=lead.pk, by=by, at=at)

        assert found("converted_deal", deal.number) == found("converted_organization", deal.organization_id) == []

    def test_nobody_types_what_a_lead_became(self, cast: Cast, lead: Lead, at: datetime) -> None:
        with pytest.raises(Refusal):
            update_record(
                spec=registry.get("lead"), record_id=lead.pk, values={"converted_deal": "D-1"},
                by=Actor.user(cast.maya), at=at,
            )  # fmt: skip

    def test_leads_that_were_converted_before_are_told_by_the_journal(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        deal = convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at)
        Lead.objects.update(converted_deal="", converted_organization=None)

        import_module("throughline.crm.leads.migrations.0008_lead_became").fill(None, connection.schema_editor())

        lead.refresh_from_db()
        assert (lead.converted_deal, lead.converted_organization_id) == (deal.number, deal.organization_id)

    @pytest.mark.req("L1")
    def test_another_teams_lead_is_not_there(self, cast: Cast, lead: Lead, at: datetime) -> None:
        with pytest.raises(NotFound):
            convert_lead(lead_id=lead.pk, by=Actor.user(cast.ines), at=at)


class TestActions:
    """What charts may ask."""

    @pytest.mark.req("B3")
    def test_a_chart_opens_a_deal_for_its_lead_and_moves_it_by_name(self, cast: Cast, lead: Lead, at: datetime) -> None:
        opened = perform("deal.open", RecordRef("lead", lead.pk), at, amount=Decimal(500))

        deal = Deal.objects.get()
        assert (opened.result["number"], deal.amount) == (deal.number, Decimal("500.00"))
        moved = perform("deal.move", RecordRef("deal", deal.pk), at, stage="engaging")
        assert moved.result["stage"] == "sales.engaging"

    @pytest.mark.parametrize(
        ("inputs", "said"),
        [
            ({"stage": "Nowhere"}, 'Expected stage to name one of the pipeline\'s, but it is "Nowhere"'),
            ({}, "Expected stage to name a stage, but it is empty"),
            ({"stage": "Lost"}, "Say why the deal was lost"),
        ],
    )
    def test_what_cannot_be_done_fails_the_step_in_words(
        self, cast: Cast, lead: Lead, at: datetime, inputs: dict[str, Any], said: str
    ) -> None:
        deal = convert_lead(lead_id=lead.pk, by=Actor.user(cast.maya), at=at)

        try:
            failure = perform("deal.move", RecordRef("deal", deal.pk), at, **inputs).failure
        except Refusal as refused:
            failure = str(refused)

        assert said in failure
