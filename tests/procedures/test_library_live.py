"""Shipped procedures whose trigger and effect exist run live, on the database, with the clock turned on by the test."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from pytest_django.fixtures import Settings

from tests.procedures.conftest import Desk, trace
from throughline.core.actor import Actor
from throughline.core.files.operations import store_file
from throughline.core.identity.operations import save_calendar
from throughline.core.library import operations as library
from throughline.core.library.reviews import open_reviews
from throughline.core.notify.models import Notification
from throughline.core.procedures.models import Case, Procedure
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.merging.operations import merge_records
from throughline.core.records.operations import Tagging, create_record, tag_records
from throughline.crm.activities.operations import log_activity
from throughline.crm.contracts.models import Contract
from throughline.crm.contracts.operations import sign_contract
from throughline.crm.deals.models import Deal, Stage
from throughline.crm.deals.operations import move_deal, ship_pipeline
from throughline.crm.invoices.models import Invoice
from throughline.crm.invoices.operations import record_payment
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact


class Office:
    """A desk with the procedures of one pack, a pipeline, a customer, and the mail that leaves."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @property
    def maya(self) -> Actor:
        return Actor.user(self.desk.cast.maya)

    def open(self, pack: str) -> None:
        library.install(key=pack, by=self.desk.admin, at=self.desk.now)

    def record(self, kind: str, **values: Any) -> Any:
        return create_record(spec=registry.get(kind), values=values, by=self.maya, at=self.desk.now)

    def contact(self, **values: Any) -> Contact:
        given = {"first_name": "Jonas", "last_name": "Weber", "email": "jonas@weber.example", **values}
        found: Contact = self.record("contact", **given)
        return found

    def deal(self, **values: Any) -> Deal:
        organization = self.record("organization", name="Weber GmbH")
        given = {
            "name": "Weber: Starter", "organization": organization.pk, "contact": self.contact().pk,
            "amount": Decimal(1200), "expected_close_on": date(2026, 4, 1), **values,
        }  # fmt: skip
        found: Deal = self.record("deal", **given)
        return found

    def win(self, deal: Deal) -> None:
        won = Stage.objects.get(pipeline=deal.pipeline, kind="won")
        move_deal(deal_id=deal.pk, stage=won.key, reason="Price", by=self.maya, at=self.desk.now)

    def do(self, node: str, outcome: str, by: Any = None, **answers: Any) -> None:
        """Let the only work item of a step be done, and the worker go on."""
        [item] = self.desk.open_items(node)
        self.desk.complete(item, outcome, by=by or self.desk.cast.admin, **answers)
        self.desk.drain()
        assert [each.message for each in self.desk.incidents()] == []

    def goes_on(self, **later: float) -> None:
        self.desk.drain(**later)
        assert [each.message for each in self.desk.incidents()] == []

    def case(self, key: str) -> Case:
        return Case.objects.filter(version__procedure__key=key).latest("pk")


@pytest.fixture
def office(desk: Desk, settings: Settings) -> Office:
    """Give an office with a calendar, a pipeline and mail that is kept."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    save_calendar(key="default", name="Office", zone="UTC", hours=hours, holidays=[], by=desk.admin, at=desk.now)
    ship_pipeline(by=desk.admin, at=desk.now)
    return Office(desk)


def subjects() -> list[str]:
    return [str(message.subject) for message in mail.outbox]


@pytest.mark.django_db
@pytest.mark.req("A7", "C1", "C2")
class TestLeads:
    def test_a_new_lead_is_tagged_assigned_thanked_and_escalated_when_nobody_calls(self, office: Office) -> None:
        office.open("lead-capture")
        office.desk.capture(
            name="Jonas Weber", first_name="Jonas", email="jonas@weber.example", source="Referral", region="North"
        )
        office.goes_on()

        office.goes_on(hours=24)

        lead = Lead.objects.get()
        assert set(lead.tags) >= {"inbound", "referral"}
        assert lead.assigned_reason.startswith("Somebody recommended us: whoever is free answers at once.")
        assert subjects() == ["Thank you for writing to us"]
        assert lead.flagged_at == office.desk.now
        assert Notification.objects.filter(title__startswith="No first contact within 24 hours").exists()
        office.do("contact", "reached")
        assert trace(office.case("lead-capture")).endswith("reached > note > talking")

    @pytest.mark.req("C3")
    def test_five_answers_score_a_lead_alert_the_seller_and_qualify_it(self, office: Office) -> None:
        from throughline.crm.leads.operations import Wish, mark_contacted

        office.open("qualification")
        [lead] = office.desk.capture(name="Jonas Weber", employees=80)
        mark_contacted(wishes=[Wish(lead.pk)], by=office.maya, at=office.desk.now)
        office.goes_on()

        office.do("ask", "answered", need_clear=True, budget="known", decides=True, months=2)
        lead.refresh_from_db()
        assert (lead.score, lead.rating) == (100, "Hot")
        assert "The need is clear (25)" in lead.score_reasons
        assert Notification.objects.filter(title="Hot: Jonas Weber").exists()

        office.do("confirm", "qualified")
        lead.refresh_from_db()
        assert lead.status == "Qualified"


@pytest.mark.django_db
@pytest.mark.req("A7", "B6", "D2")
class TestDeals:
    def test_a_demo_is_followed_by_a_proposal_in_two_days_or_the_manager_hears_of_it(self, office: Office) -> None:
        office.open("demo-to-proposal")
        deal = office.deal()
        log_activity(
            kind="Meeting",
            subject="Product demo",
            about=[RecordRef("deal", deal.pk)],
            by=office.maya,
            at=office.desk.now,
        )
        office.goes_on()
        office.do("note", "noted", their_need="Faster answers")

        office.goes_on(days=2)
        assert Notification.objects.filter(title__startswith="Proposal later than two days").exists()

        office.do("proposal", "sent", amount=1200)
        office.goes_on(days=7)
        office.do("ask", "no", why_not="Price")
        deal.refresh_from_db()
        assert (deal.stage.kind, deal.lost_reason) == ("lost", "Price")

    def test_a_won_deal_becomes_a_checked_signed_contract_and_then_an_invoice(self, office: Office) -> None:
        office.open("quote-to-cash")
        deal = office.deal()
        office.win(deal)
        office.goes_on()
        contract = Contract.objects.get(deal=deal)
        about = RecordRef("contract", contract.pk)

        store_file(content=BytesIO(b"first"), name="contract.pdf", about=about, by=office.maya, at=office.desk.now)
        office.goes_on()
        office.do("check", "wrong", by=office.desk.cast.omar, what_is_wrong="The price is the old one.")
        assert not Invoice.objects.exists()
        store_file(content=BytesIO(b"second"), name="contract-2.pdf", about=about, by=office.maya, at=office.desk.now)
        office.goes_on()
        office.do("check", "right", by=office.desk.cast.omar)
        contract.refresh_from_db()
        assert contract.status == "Sent"

        sign_contract(contract_id=contract.pk, name="Jonas Weber", by=office.maya, at=office.desk.now)
        office.goes_on()

        assert Invoice.objects.get().status == "Issued"
        assert office.case("quote-to-cash").end_node == "billed"

    def test_an_open_invoice_is_asked_about_until_it_is_paid(self, office: Office) -> None:
        office.open("invoice-reminder")
        invoice = self.issued(office)

        assert invoice.due_on is not None
        office.goes_on(days=(invoice.due_on - office.desk.now.date()).days + 3)
        office.goes_on(days=10)
        assert [subject.partition(":")[0] for subject in subjects()] == [
            f"Invoice {invoice.invoice_number}", f"Invoice {invoice.invoice_number} is still open",
        ]  # fmt: skip
        record_payment(
            invoice_id=invoice.pk,
            amount=invoice.gross,
            paid_on=office.desk.now.date(),
            by=office.maya,
            at=office.desk.now,
        )
        office.goes_on()

        assert office.case("invoice-reminder").end_node == "settled"

    def issued(self, office: Office) -> Invoice:
        from throughline.crm.deals.lines import NewLine
        from throughline.crm.deals.operations import set_lines
        from throughline.crm.invoices.operations import draft_invoice, issue_invoice

        deal = office.deal()
        product = office.record("product", name="Starter", code="S", price=Decimal(100))
        line = NewLine(product_id=product.pk, quantity=Decimal(1))
        set_lines(deal_id=deal.pk, lines=[line], by=office.maya, at=office.desk.now)
        office.win(deal)
        drafted = draft_invoice(deal_id=deal.pk, quote_id=None, by=office.maya, at=office.desk.now)
        return issue_invoice(invoice_id=drafted.pk, by=office.maya, at=office.desk.now)

    @pytest.mark.req("M6")
    def test_a_consulting_deal_goes_from_discovery_to_the_approval_in_writing(self, office: Office) -> None:
        office.open("consulting")
        deal = office.deal(pipeline="consulting", amount=None)
        office.goes_on()

        office.do("discovery", "fits", problem="Too slow")
        deal.refresh_from_db()
        assert deal.stage.name == "Proposal"
        office.do("proposal", "sent", fee=8000)
        office.do("talk", "changes", wishes="Less")
        office.do("revise", "sent", fee=7000)
        office.do("talk", "as_is")
        office.do("approval", "approved")

        deal.refresh_from_db()
        assert (deal.stage.name, deal.amount) == ("Won", Decimal(7000))
        assert office.case("consulting-engagement").end_node == "begins"


@pytest.mark.django_db
@pytest.mark.req("A7", "E1", "H1", "H2")
class TestCustomers:
    def test_a_won_deal_is_onboarded_and_stalls_are_told(self, office: Office) -> None:
        office.open("onboarding")
        deal = office.deal()
        office.win(deal)
        office.goes_on()
        assert subjects() == ["Welcome! Here is what happens next"]

        office.goes_on(days=7)
        assert Notification.objects.filter(title__startswith="No kick-off within five days").exists()
        office.do("kickoff", "held", first_goal="Answer within a day")
        office.do("material", "sent")
        office.do("checklist", "complete")
        office.goes_on(days=30)
        office.do("word", "asked", recommend=9)

        deal.refresh_from_db()
        assert "onboarded" in deal.tags
        assert office.case("onboarding").end_node == "live"

    def test_a_contract_is_asked_about_at_90_60_and_30_days_and_renewed(self, office: Office) -> None:
        office.open("renewal")
        contact = office.contact()
        contract = office.record("contract", name="Weber", term_months=12, auto_renew=True, contact=contact.pk)
        about = RecordRef("contract", contract.pk)
        store_file(content=BytesIO(b"x"), name="contract.pdf", about=about, by=office.maya, at=office.desk.now)
        from throughline.crm.contracts.operations import send_contract

        send_contract(contract_id=contract.pk, to="", by=office.maya, at=office.desk.now)
        sign_contract(
            contract_id=contract.pk, name="Jonas Weber", start_on=date(2026, 3, 3), by=office.maya, at=office.desk.now
        )
        office.goes_on()
        contract.refresh_from_db()
        end = contract.end_on
        assert end is not None

        office.goes_on(days=(end - office.desk.now.date()).days - 90)
        office.do("check_in", "talked", recommend=9, uses_it="as agreed")
        office.goes_on(days=30)
        office.do("offer", "made")
        office.goes_on(days=30)
        office.do("decide", "renew")

        contract.refresh_from_db()
        assert contract.end_on is not None
        assert contract.end_on > end
        assert office.case("renewal").end_node == ""

    def test_half_a_year_later_a_customer_is_thanked(self, office: Office) -> None:
        office.open("six-month-thanks")
        office.win(office.deal())
        office.goes_on()
        assert subjects() == []

        office.goes_on(days=185)

        assert subjects() == ["Half a year together"]

    def test_a_key_account_is_planned_and_reviewed_each_quarter(self, office: Office) -> None:
        office.open("key-account-review")
        organization = office.record("organization", name="Weber GmbH")
        tag_records(
            spec=registry.get("organization"),
            taggings=[Tagging(organization.pk, add=("key account",))],
            by=office.maya,
            at=office.desk.now,
        )
        office.goes_on()

        office.do("committee", "mapped")
        office.do("plan", "written")
        office.goes_on(days=90)
        office.do("review", "off_track")
        office.do("help", "agreed", by=office.desk.cast.omar)

        assert office.case("key-account-review").end_node == ""


@pytest.mark.django_db
@pytest.mark.req("A7", "K1", "L3")
class TestData:
    def test_merged_contacts_are_looked_at(self, office: Office) -> None:
        office.open("after-a-merge")
        one, other = office.contact(), office.contact(email="j.weber@weber.example")
        merge_records(
            spec=registry.get("contact"), survivor_id=one.pk, absorbed_id=other.pk, by=office.maya, at=office.desk.now
        )
        office.goes_on()

        office.do("look", "right")

        one.refresh_from_db()
        assert "checked" in one.tags

    def test_a_withdrawn_consent_is_respected_at_once(self, office: Office) -> None:
        from throughline.crm.people.consent import GRANTED, WITHDRAWN, Word
        from throughline.crm.people.operations import record_consent

        office.open("consent-withdrawn")
        contact = office.contact(lifecycle_stage="Customer")
        for status in (GRANTED, WITHDRAWN):
            word = Word("Newsletter", "Email", status, source="Phone", text="May we write?")
            record_consent(contact_id=contact.pk, word=word, by=office.maya, at=office.desk.now)
            office.desk.now += timedelta(minutes=1)
        office.goes_on()

        contact.refresh_from_db()
        assert "no newsletter" in contact.tags
        assert Notification.objects.filter(title__contains="wants no newsletter by email any more").exists()
        office.do("look", "theirs")


@pytest.mark.django_db
@pytest.mark.req("A7", "A9")
class TestReviews:
    def test_a_review_is_asked_of_the_owner_and_sets_the_next_day(self, office: Office) -> None:
        from throughline.core.procedures.operations import open_review

        office.open("procedure-review")
        office.open("lead-capture")
        open_review(key="lead-capture", why="Its review was due.", by=office.desk.admin, at=office.desk.now)
        office.goes_on()

        office.do("look", "change", finding="Nobody uses it")
        office.do("change", "published")

        assert str(Procedure.objects.get(key="lead-capture").review_on) == "2026-07-02"
        assert office.case("procedure-review").end_node == "reviewed"

    def test_a_changed_role_opens_the_review_of_what_uses_it_once(self, office: Office) -> None:
        office.open("procedure-review")
        office.open("six-month-thanks")
        office.open("key-account-review")
        by, at = office.desk.admin, office.desk.now

        first = open_reviews(kind="role", key="manager", why="The role was changed.", by=by, at=at)
        office.goes_on()
        again = open_reviews(kind="role", key="manager", why="The role was changed.", by=by, at=at)

        assert set(first) == {"key-account-review", "procedure-review"}
        assert again == []

    def test_a_figure_that_left_its_band_opens_the_review_of_its_pack(self, office: Office) -> None:
        from throughline.core import journal
        from throughline.insight.kpis.events import GoalLeftBand
        from throughline.insight.kpis.models import Goal

        office.open("procedure-review")
        office.open("lead-capture")
        goal = Goal.objects.get()
        left = GoalLeftBand(goal=goal.pk, kpi=goal.kpi, value="0.5", low="0.75", high=None)
        journal.record(left, by=Actor.system(), at=office.desk.now, about=RecordRef("goal", goal.pk))
        office.goes_on()
        office.goes_on(minutes=1)

        [item] = office.desk.open_items("look")
        assert item.assignee == office.desk.cast.admin
        assert office.case("procedure-review").end_node == ""
