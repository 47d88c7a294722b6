"""Contracts: never sent without their file; renewed, ended; subscriptions by the month."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.core.actor import Actor
from throughline.core.files.operations import store_file
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import create_record, delete_records, update_record
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.contracts import operations
from throughline.crm.contracts.models import Contract, Subscription
from throughline.crm.contracts.rules import last_day, months_later, per_month
from throughline.crm.deals import operations as deals


@pytest.fixture
def contract(cast: Cast, at: datetime) -> Contract:
    """Give the draft of a contract of Maya's that renews by itself each year."""
    by = Actor.user(cast.maya)
    deals.ship_pipeline(by=Actor.system(), at=at)
    acme = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=by, at=at)
    values = {"name": "Care", "organization": acme.pk, "amount": "1200"}
    deal = create_record(spec=registry.get("deal"), values=values, by=by, at=at)
    drafted = operations.draft_contract(deal_id=deal.pk, by=by, at=at)
    values = {"start_on": "2026-04-01", "auto_renew": True, "notice_days": 90}
    changed: Contract = update_record(spec=registry.get("contract"), record_id=drafted.pk, values=values, by=by, at=at)
    return changed


def attach(contract: Contract, at: datetime) -> None:
    """Attach a file to the contract."""
    store_file(
        content=io.BytesIO(b"We agree."), name="contract.pdf", by=Actor.system(), at=at,
        about=RecordRef("contract", contract.pk),
    )  # fmt: skip


@pytest.fixture
def signed(cast: Cast, contract: Contract, at: datetime) -> Contract:
    """Give the contract, signed."""
    by = Actor.user(cast.maya)
    attach(contract, at)
    operations.send_contract(contract_id=contract.pk, by=by, at=at)
    return operations.sign_contract(contract_id=contract.pk, name="Ada Byron", by=by, at=at)


@pytest.mark.req("D2")
class TestSending:
    """The story of the forgotten attachment."""

    def test_without_its_file_it_does_not_leave_the_house(self, cast: Cast, contract: Contract, at: datetime) -> None:
        with pytest.raises(Refusal, match="is not attached. Attach the contract before it is sent") as refused:
            operations.send_contract(contract_id=contract.pk, by=Actor.user(cast.maya), at=at)

        assert refused.value.code == "no_file"
        contract.refresh_from_db()
        assert (contract.status, Entry.objects.filter(event="contract.sent").exists()) == ("Draft", False)

    def test_with_its_file_it_does_and_the_digest_is_told(self, cast: Cast, contract: Contract, at: datetime) -> None:
        attach(contract, at)

        operations.send_contract(contract_id=contract.pk, by=Actor.user(cast.maya), at=at)

        kinds = list(Entry.objects.filter(event="contract.sent").order_by("id").values_list("record_type", flat=True))
        [digest] = Entry.objects.filter(event="contract.sent").earliest("id").data["files"]
        assert (kinds, len(digest)) == (["contract", "deal"], 64)

    def test_the_status_cannot_be_set_by_hand(self, cast: Cast, contract: Contract, at: datetime) -> None:
        with pytest.raises(Refusal):
            update_record(
                spec=registry.get("contract"), record_id=contract.pk, values={"status": "Sent"},
                by=Actor.user(cast.admin), at=at,
            )  # fmt: skip

    def test_what_was_sent_cannot_be_changed(self, cast: Cast, signed: Contract, at: datetime) -> None:
        spec, by = registry.get("contract"), Actor.user(cast.maya)
        with pytest.raises(Refusal, match="has left the house"):
            update_record(spec=spec, record_id=signed.pk, values={"value": "1"}, by=by, at=at)
        with pytest.raises(Refusal, match="was signed and stays"):
            delete_records(spec=spec, ids=[signed.pk], by=by, at=at)

    @pytest.mark.req("L1")
    def test_another_team_has_no_contracts(self, cast: Cast, contract: Contract, at: datetime) -> None:
        with pytest.raises(NotFound):
            operations.send_contract(contract_id=contract.pk, by=Actor.user(cast.ines), at=at)


@pytest.mark.req("D2")
class TestTerms:
    """From when until when."""

    def test_signing_begins_the_term_and_says_when_notice_runs_out(self, signed: Contract) -> None:
        assert (signed.start_on, signed.end_on) == (date(2026, 4, 1), date(2027, 3, 31))
        assert signed.notice_on == date(2026, 12, 31)

    def test_a_renewal_lasts_another_term(self, cast: Cast, signed: Contract, at: datetime) -> None:
        renewed = operations.renew_contract(contract_id=signed.pk, by=Actor.user(cast.maya), at=at)

        assert (renewed.end_on, renewed.notice_on) == (date(2028, 3, 31), date(2028, 1, 1))
        assert renewed.renewals == 1

    def test_an_end_ends_its_subscriptions(self, cast: Cast, signed: Contract, at: datetime) -> None:
        by = Actor.user(cast.maya)
        values = {"contract": signed.pk, "amount": "100", "start_on": "2026-04-01"}
        create_record(spec=registry.get("subscription"), values=values, by=by, at=at)

        operations.end_contract(contract_id=signed.pk, reason="Moved away", end_on=date(2026, 9, 30), by=by, at=at)

        paid = Subscription.objects.get()
        assert (paid.status, paid.end_on, paid.end_reason) == ("Ended", date(2026, 9, 30), "Moved away")

    @pytest.mark.parametrize(
        ("on", "months", "expected"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2028, 1, 31), 1, date(2028, 2, 29)),
            (date(2026, 11, 30), 3, date(2027, 2, 28)),
            (date(2026, 12, 1), 12, date(2027, 12, 1)),
        ],
    )
    def test_months_end_with_the_month(self, on: date, months: int, expected: date) -> None:
        assert months_later(on, months) == expected

    @given(on=st.dates(date(2000, 1, 1), date(2100, 12, 31)), months=st.integers(1, 240))
    def test_a_term_ends_before_the_next_begins(self, on: date, months: int) -> None:
        assert on <= last_day(on, months) < months_later(on, months)


@pytest.mark.req("D2")
class TestSubscriptions:
    """Again and again."""

    @pytest.mark.parametrize(("period", "monthly"), [("Monthly", "100.00"), ("Quarterly", "33.33"), ("Yearly", "8.33")])
    def test_they_are_told_by_the_month(self, cast: Cast, at: datetime, period: str, monthly: str) -> None:
        values: dict[str, Any] = {"name": "Care", "amount": "100", "period": period}

        made = create_record(spec=registry.get("subscription"), values=values, by=Actor.user(cast.maya), at=at)

        assert (made.monthly, per_month(Decimal(100), period)) == (Decimal(monthly), Decimal(monthly))

    def test_another_price_is_told(self, cast: Cast, at: datetime) -> None:
        by, spec = Actor.user(cast.maya), registry.get("subscription")
        made = create_record(spec=spec, values={"name": "Care", "amount": "100"}, by=by, at=at)

        update_record(spec=spec, record_id=made.pk, values={"amount": "120"}, by=by, at=at)

        [told] = Entry.objects.filter(event="subscription.repriced").values_list("data", flat=True)
        assert (told["former"], told["monthly"]) == ("100.00", "120.00")

    def test_they_end_once_with_a_reason(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.maya)
        made = create_record(spec=registry.get("subscription"), values={"name": "Care"}, by=by, at=at)
        with pytest.raises(Refusal, match="Say why"):
            operations.end_subscription(subscription_id=made.pk, reason=" ", by=by, at=at)
        operations.end_subscription(subscription_id=made.pk, reason="Too dear", by=by, at=at)

        with pytest.raises(Refusal, match="has ended already"):
            operations.end_subscription(subscription_id=made.pk, reason="Too dear", by=by, at=at)
