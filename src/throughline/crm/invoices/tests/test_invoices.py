"""Invoices: numbered without gaps, never changed, paid in parts, taken back by a note."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from throughline.core.actor import Actor, ActorKind
from throughline.core.files.models import Blob
from throughline.core.files.operations import read_file
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import facts, registry
from throughline.core.records.operations import create_record, delete_records, update_record
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals import operations as deals
from throughline.crm.deals.lines import NewLine
from throughline.crm.deals.models import Deal
from throughline.crm.invoices import operations
from throughline.crm.invoices.models import Invoice
from throughline.crm.invoices.numbering import next_number
from throughline.crm.quotes import operations as quotes
from throughline.crm.quotes.links import token_of

FORM = Actor(ActorKind.FORM, "quote", "Quote page")
LINE = NewLine(description="Turbine", quantity=Decimal(3), unit_price=Decimal("33.35"), tax=Decimal(19))


@pytest.fixture
def deal(cast: Cast, at: datetime) -> Deal:
    """Give a deal of Maya's over 100.05 without tax."""
    by = Actor.user(cast.maya)
    deals.ship_pipeline(by=Actor.system(), at=at)
    acme = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=by, at=at)
    values = {"name": "Turbines", "organization": acme.pk}
    made: Deal = create_record(spec=registry.get("deal"), values=values, by=by, at=at)
    deals.set_lines(deal_id=made.pk, lines=[LINE], by=by, at=at)
    return made


@pytest.fixture
def draft(cast: Cast, deal: Deal, at: datetime) -> Invoice:
    """Give the draft of an invoice of the deal, which is won."""
    by = Actor.user(cast.maya)
    deals.move_deal(deal_id=deal.pk, stage="sales.won", by=by, at=at)
    return operations.draft_invoice(deal_id=deal.pk, by=by, at=at)


@pytest.fixture
def issued(cast: Cast, draft: Invoice, at: datetime) -> Invoice:
    """Give an invoice over 119.06 that the customer has."""
    return operations.issue_invoice(invoice_id=draft.pk, by=Actor.user(cast.maya), at=at)


def pay(cast: Cast, invoice: Invoice, amount: str, at: datetime) -> Invoice:
    """Record a payment of today and return the invoice."""
    operations.record_payment(
        invoice_id=invoice.pk, amount=Decimal(amount), paid_on=at.date(), by=Actor.user(cast.maya), at=at
    )
    return Invoice.objects.get(pk=invoice.pk)


@pytest.mark.req("D2")
class TestDrafting:
    """What is billed."""

    def test_it_has_the_lines_and_the_customer_of_the_deal(self, draft: Invoice, deal: Deal) -> None:
        assert (draft.organization_id, draft.deal_id) == (deal.organization_id, deal.pk)
        assert (draft.net, draft.tax, draft.gross) == (Decimal("100.05"), Decimal("19.01"), Decimal("119.06"))

    def test_an_open_deal_is_not_billed(self, cast: Cast, deal: Deal, at: datetime) -> None:
        with pytest.raises(Refusal, match="not won yet"):
            operations.draft_invoice(deal_id=deal.pk, by=Actor.user(cast.maya), at=at)

    def test_an_accepted_quote_is_billed_as_it_was_accepted(self, cast: Cast, deal: Deal, at: datetime) -> None:
        by = Actor.user(cast.maya)
        quote = quotes.draft_quote(deal_id=deal.pk, by=by, at=at)
        quotes.set_quote_lines(quote_id=quote.pk, lines=[LINE], discount_percent=Decimal(10), by=by, at=at)
        with pytest.raises(Refusal, match="was not accepted"):
            operations.draft_invoice(quote_id=quote.pk, by=by, at=at)
        sent = quotes.send_quote(quote_id=quote.pk, by=by, at=at)
        quotes.accept_quote(token=token_of(sent), name="Ada Byron", agreed=True, digest=sent.digest, by=FORM, at=at)

        made = operations.draft_invoice(quote_id=quote.pk, by=by, at=at)

        assert (made.gross, made.discount, made.deal_id) == (sent.gross, sent.discount, deal.pk)

    def test_nothing_is_billed_twice(self, cast: Cast, draft: Invoice, deal: Deal, at: datetime) -> None:
        with pytest.raises(Refusal, match="There is an invoice already"):
            operations.draft_invoice(deal_id=deal.pk, by=Actor.user(cast.maya), at=at)

    @pytest.mark.req("L1")
    def test_another_team_has_no_invoices(self, cast: Cast, draft: Invoice, deal: Deal, at: datetime) -> None:
        by = Actor.user(cast.ines)
        with pytest.raises(NotFound):
            operations.draft_invoice(deal_id=deal.pk, by=by, at=at)
        with pytest.raises(NotFound):
            operations.issue_invoice(invoice_id=draft.pk, by=by, at=at)


@pytest.mark.req("D2")
class TestIssuing:
    """From then on it stands."""

    def test_it_gets_number_day_and_document(self, issued: Invoice, at: datetime) -> None:
        content = b"".join(read_file(Blob.objects.get(pk=issued.document or 0)))

        assert (issued.number, issued.due_on) == ("INV-2026-0001", at.date() + timedelta(days=14))
        assert content.startswith(b"%PDF")
        told = Entry.objects.get(event="invoice.issued", record_type="deal").data
        assert (told["number"], told["gross"]) == ("INV-2026-0001", "119.06")

    def test_it_never_changes(self, cast: Cast, issued: Invoice, at: datetime) -> None:
        by, spec = Actor.user(cast.maya), registry.get("invoice")
        with pytest.raises(Refusal, match="never changes"):
            operations.set_invoice_lines(invoice_id=issued.pk, lines=[LINE], by=by, at=at)
        with pytest.raises(Refusal, match="never changes"):
            update_record(spec=spec, record_id=issued.pk, values={"name": "Other"}, by=by, at=at)
        with pytest.raises(Refusal, match="was issued and stays"):
            delete_records(spec=spec, ids=[issued.pk], by=by, at=at)

    def test_each_year_begins_at_one(self, cast: Cast, issued: Invoice, at: datetime) -> None:
        assert issued.serial == 1
        with transaction.atomic():
            assert [next_number("INV", 2026), next_number("INV", 2027), next_number("CN", 2026)] == [2, 1, 1]

    def test_what_fails_gives_its_number_back(self, db: None) -> None:
        def take_and_fail() -> None:
            with transaction.atomic():
                next_number("INV", 2026)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            take_and_fail()

        with transaction.atomic():
            assert next_number("INV", 2026) == 1


@pytest.mark.req("D2")
@pytest.mark.django_db(transaction=True)
class TestNumbering:
    """Many at once."""

    def test_no_number_is_missing_or_taken_twice(self) -> None:
        begun = threading.Barrier(8)

        @transaction.atomic
        def numbered(fails: bool) -> int:
            number = next_number("INV", 2026)
            return number // (0 if fails else 1)

        def take(fails: bool) -> int | None:
            begun.wait(30)
            try:
                return numbered(fails)
            except ZeroDivisionError:
                return None
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(take, [place % 4 == 3 for place in range(32)]))

        assert sorted(number for number in taken if number is not None) == list(range(1, 25))


@pytest.mark.req("D2")
class TestPaying:
    """Money that comes in."""

    def test_in_parts_until_nothing_is_open(self, cast: Cast, issued: Invoice, at: datetime) -> None:
        first = pay(cast, issued, "100", at)
        second = pay(cast, issued, "19.06", at)

        assert [(each.status, each.open_amount) for each in (first, second)] == [
            ("Partly paid", Decimal("19.06")),
            ("Paid", Decimal("0.00")),
        ]
        assert facts(RecordRef("invoice", issued.pk))["open_amount"] == 0

    @pytest.mark.parametrize(
        ("amount", "said"),
        [("119.07", "Only 119.06 EUR are open"), ("0", "above 0"), ("-5", "above 0"), ("1.005", "parts of a cent")],
    )
    def test_what_cannot_be_is_refused(self, cast: Cast, issued: Invoice, at: datetime, amount: str, said: str) -> None:
        with pytest.raises(Refusal, match=said):
            pay(cast, issued, amount, at)

    def test_a_draft_is_not_paid(self, cast: Cast, draft: Invoice, at: datetime) -> None:
        with pytest.raises(Refusal, match="Nothing is open"):
            pay(cast, draft, "1", at)

    def test_a_payment_of_tomorrow_is_none(self, cast: Cast, issued: Invoice, at: datetime) -> None:
        with pytest.raises(Refusal, match="tomorrow"):
            operations.record_payment(
                invoice_id=issued.pk, amount=Decimal(1), paid_on=date(2026, 3, 3), by=Actor.user(cast.maya), at=at
            )

    def test_one_recorded_in_error_is_open_again(self, cast: Cast, issued: Invoice, at: datetime) -> None:
        paid = pay(cast, issued, "119.06", at)
        payment = paid.payments.get()

        operations.take_back_payment(payment_id=payment.pk, reason="Other customer", by=Actor.user(cast.maya), at=at)

        paid.refresh_from_db()
        assert (paid.status, paid.open_amount) == ("Issued", Decimal("119.06"))
        with pytest.raises(Refusal, match="taken back already"):
            operations.take_back_payment(payment_id=payment.pk, reason="Again", by=Actor.user(cast.maya), at=at)


@pytest.mark.req("D2")
class TestCrediting:
    """Taking an invoice back."""

    def test_a_note_with_a_number_of_its_own_takes_it_back(self, cast: Cast, issued: Invoice, at: datetime) -> None:
        by = Actor.user(cast.maya)
        note = operations.credit_invoice(invoice_id=issued.pk, reason="Wrong quantity", by=by, at=at)

        issued.refresh_from_db()
        assert (note.number, note.gross, note.lines.count()) == ("CN-2026-0001", issued.gross, 1)
        assert (issued.status, issued.open_amount, note.open_amount) == ("Credited", Decimal(0), Decimal(0))
        with pytest.raises(Refusal, match="credited already"):
            operations.credit_invoice(invoice_id=issued.pk, reason="Again", by=by, at=at)

    def test_then_the_deal_can_be_billed_again(self, cast: Cast, issued: Invoice, deal: Deal, at: datetime) -> None:
        by = Actor.user(cast.maya)
        operations.credit_invoice(invoice_id=issued.pk, reason="Wrong quantity", by=by, at=at)

        again = operations.draft_invoice(deal_id=deal.pk, by=by, at=at)

        assert operations.issue_invoice(invoice_id=again.pk, by=by, at=at).number == "INV-2026-0002"
