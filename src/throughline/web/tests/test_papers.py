"""Pages from the deal to the money: lines, quote, its public page, contract, invoice."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.files.operations import store_file
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.contracts.models import Contract
from throughline.crm.deals import operations as deals
from throughline.crm.deals.models import Deal
from throughline.crm.invoices.models import Invoice
from throughline.crm.quotes import operations as quotes
from throughline.crm.quotes.links import quote_of, token_of
from throughline.crm.quotes.models import Quote

SignIn = Callable[[User], Client]
LINES = {
    "product": ["", ""],
    "description": ["Turbine", "Set-up"],
    "quantity": ["2", ""],
    "unit_price": ["1,000.50", "99,99"],
    "discount": ["10", ""],
    "tax": ["19", "7"],
}


@pytest.fixture
def deal(cast: Cast, at: datetime) -> Deal:
    """Give a deal of Maya's with a customer."""
    by = Actor.user(cast.maya)
    deals.ship_pipeline(by=Actor.system(), at=at)
    acme = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=by, at=at)
    values = {"name": "Turbines", "organization": acme.pk}
    made: Deal = create_record(spec=registry.get("deal"), values=values, by=by, at=at)
    return made


@pytest.fixture
def sent(cast: Cast, deal: Deal, at: datetime, sign_in: SignIn) -> Quote:
    """Give a quote that the customer has."""
    client = sign_in(cast.maya)
    client.post(f"/deals/{deal.pk}/lines/", LINES)
    client.post(f"/deals/{deal.pk}/papers/quote/")
    return quotes.send_quote(quote_id=Quote.objects.get().pk, by=Actor.user(cast.maya), at=at)


@pytest.mark.req("D2")
class TestLines:
    """What is offered."""

    def test_they_are_read_as_people_write_numbers(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post(f"/deals/{deal.pk}/lines/", LINES)

        assert answer.status_code == 302
        deal.refresh_from_db()
        assert deal.amount == Decimal("1900.89")

    def test_what_cannot_be_read_is_said_by_line_and_kept(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post(f"/deals/{deal.pk}/lines/", {**LINES, "quantity": ["two", ""]})

        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Line 1, quantity: “two” is no number." in page
        assert 'value="Turbine"' in page

    @pytest.mark.req("L1")
    def test_another_team_finds_nothing(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        client = sign_in(cast.ines)
        for path in ("lines", "people", "stage"):
            assert client.get(f"/deals/{deal.pk}/{path}/").status_code == 404
        assert client.post(f"/deals/{deal.pk}/papers/quote/").status_code == 404


@pytest.mark.req("D2")
class TestQuotePages:
    """Inside the house."""

    def test_the_page_shows_lines_sums_and_the_link(self, cast: Cast, sent: Quote, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get(f"/quotes/{sent.pk}/").content.decode()

        assert "Turbine" in page
        assert "2,250.06 EUR" in page
        link = re.search(r"/q/([^/\"]+)/", page)
        assert link is not None
        assert quote_of(link[1]).pk == sent.pk

    def test_the_document_is_the_one_that_was_sent(self, cast: Cast, sent: Quote, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).get(f"/quotes/{sent.pk}/document.pdf")

        assert (answer["Content-Type"], answer.content[:4]) == ("application/pdf", b"%PDF")

    def test_a_sent_quote_has_no_builder(self, cast: Cast, sent: Quote, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).get(f"/quotes/{sent.pk}/lines/").status_code == 422

    @pytest.mark.req("L1")
    def test_another_team_gets_no_document(self, cast: Cast, sent: Quote, sign_in: SignIn) -> None:
        client = sign_in(cast.ines)

        assert client.get(f"/quotes/{sent.pk}/document.pdf").status_code == 404
        assert client.post(f"/quotes/{sent.pk}/deed/", {"do": "withdraw"}).status_code == 404
        assert "Turbines" not in client.get("/quotes/").content.decode()


@pytest.mark.req("D2")
class TestReview:
    """A colleague looks it over first."""

    @pytest.fixture
    def draft(self, cast: Cast, deal: Deal, sign_in: SignIn) -> Quote:
        """Give a draft of Maya's that could be sent."""
        client = sign_in(cast.maya)
        client.post(f"/deals/{deal.pk}/lines/", LINES)
        client.post(f"/deals/{deal.pk}/papers/quote/")
        return Quote.objects.get()

    def test_it_is_asked_found_approved_and_sent(self, cast: Cast, draft: Quote, sign_in: SignIn) -> None:
        maya, deed = sign_in(cast.maya), f"/quotes/{draft.pk}/deed/"
        assert maya.post(deed, {"do": "review", "why": "10 % off?"}).status_code == 302
        page = maya.get(f"/quotes/{draft.pk}/").content.decode()
        assert ("In review, asked by Maya Lin" in page, "“10 % off?”" in page) == (True, True)
        assert ('value="approve"' in page, 'value="send"' in page) == (False, False)
        assert maya.post(deed, {"do": "send"}).status_code == 422

        omar = sign_in(cast.omar)
        assert f"Q-{draft.pk} Turbines" in omar.get("/approvals/").content.decode()
        assert 'value="approve"' in omar.get(f"/quotes/{draft.pk}/").content.decode()
        omar.post(deed, {"do": "approve", "reason": "Go"})

        maya = sign_in(cast.maya)
        assert "Approved by Omar Haddad" in maya.get(f"/quotes/{draft.pk}/").content.decode()
        assert maya.post(deed, {"do": "send"}).status_code == 302
        draft.refresh_from_db()
        assert draft.status == "Sent"

    def test_it_is_sent_back_in_words(self, cast: Cast, draft: Quote, sign_in: SignIn) -> None:
        deed = f"/quotes/{draft.pk}/deed/"
        sign_in(cast.maya).post(deed, {"do": "review"})
        omar = sign_in(cast.omar)
        assert "Say what is to be changed" in omar.post(deed, {"do": "send_back"}).content.decode()
        omar.post(deed, {"do": "send_back", "reason": "Add the set-up"})

        page = sign_in(cast.maya).get(f"/quotes/{draft.pk}/").content.decode()
        assert ("Sent back from its review:" in page, "“Add the set-up”" in page) == (True, True)

    @pytest.mark.req("L1")
    def test_another_team_decides_nothing(self, cast: Cast, draft: Quote, sign_in: SignIn) -> None:
        sign_in(cast.maya).post(f"/quotes/{draft.pk}/deed/", {"do": "review"})
        client = sign_in(cast.ines)

        assert client.post(f"/quotes/{draft.pk}/deed/", {"do": "approve"}).status_code == 404
        assert "Turbines" not in client.get("/approvals/").content.decode()
        assert sign_in(cast.tom).post(f"/quotes/{draft.pk}/deed/", {"do": "approve"}).status_code == 403


@pytest.mark.req("D2")
class TestPublicPage:
    """Outside: nobody is signed in."""

    def answer(self, quote: Quote, **sent: str) -> Any:
        return Client().post(f"/q/{token_of(quote)}/", {"do": "accept", "digest": quote.digest, **sent})

    def test_it_shows_the_offer_and_leaves_no_trace(self, sent: Quote) -> None:
        answer = Client().get(f"/q/{token_of(sent)}/")

        assert (answer.status_code, answer["Referrer-Policy"], answer.cookies) == (200, "no-referrer", {})
        assert "Turbine" in answer.content.decode()
        assert Client().get(f"/q/{token_of(sent)}/document.pdf").content[:4] == b"%PDF"

    def test_a_name_and_a_tick_accept_it(self, sent: Quote) -> None:
        assert self.answer(sent, name="Ada Byron", agreed="yes").status_code == 302

        sent.refresh_from_db()
        assert (sent.status, sent.signed_name) == ("Accepted", "Ada Byron")
        assert "Accepted by Ada Byron" in Client().get(f"/q/{token_of(sent)}/").content.decode()

    def test_without_a_tick_the_name_is_kept_and_nothing_accepted(self, sent: Quote) -> None:
        answer = self.answer(sent, name="Ada Byron")

        page = answer.content.decode()
        assert (answer.status_code, "Tick the box" in page, 'value="Ada Byron"' in page) == (422, True, True)
        sent.refresh_from_db()
        assert sent.status == "Sent"

    def test_a_reason_rejects_it(self, sent: Quote) -> None:
        assert self.answer(sent, do="reject", reason="Too dear").status_code == 302

        sent.refresh_from_db()
        assert (sent.status, sent.answer_reason) == ("Rejected", "Too dear")

    def test_a_wrong_link_says_nothing(self, sent: Quote) -> None:
        answer = Client().get("/q/7:x/")

        assert answer.status_code == 404
        assert "leads nowhere" in answer.content.decode()


@pytest.mark.req("D2")
class TestContractPages:
    """The forgotten attachment."""

    def test_sending_without_the_file_is_refused_in_words(
        self, cast: Cast, deal: Deal, at: datetime, sign_in: SignIn
    ) -> None:
        client = sign_in(cast.maya)
        client.post(f"/deals/{deal.pk}/papers/contract/")
        contract = Contract.objects.get()
        refused = client.post(f"/contracts/{contract.pk}/deed/", {"do": "send"})
        assert (refused.status_code, "is not attached" in refused.content.decode()) == (422, True)

        about = RecordRef("contract", contract.pk)
        store_file(content=io.BytesIO(b"x"), name="a.pdf", by=Actor.system(), at=at, about=about)
        client.post(f"/contracts/{contract.pk}/deed/", {"do": "send"})
        client.post(f"/contracts/{contract.pk}/deed/", {"do": "sign", "name": "Ada Byron"})

        contract.refresh_from_db()
        assert (contract.status, contract.start_on) == ("Signed", at.date())
        assert client.get(f"/contracts/{contract.pk}/").status_code == 200


@pytest.mark.req("D2")
class TestInvoicePages:
    """The money."""

    def test_from_the_accepted_quote_to_the_last_cent(
        self, cast: Cast, sent: Quote, at: datetime, sign_in: SignIn
    ) -> None:
        Client().post(
            f"/q/{token_of(sent)}/", {"do": "accept", "digest": sent.digest, "name": "Ada Byron", "agreed": "yes"}
        )
        client = sign_in(cast.maya)
        client.post(f"/quotes/{sent.pk}/deed/", {"do": "bill"})
        invoice = Invoice.objects.get()
        client.post(f"/invoices/{invoice.pk}/deed/", {"do": "issue"})
        client.post(f"/invoices/{invoice.pk}/deed/", {"do": "pay", "amount": "100", "paid_on": "2026-03-01"})
        page = client.get(f"/invoices/{invoice.pk}/").content.decode()

        invoice.refresh_from_db()
        assert (invoice.number, invoice.status, invoice.gross) == ("INV-2026-0001", "Partly paid", sent.gross)
        assert re.search(r"2,150\.06 EUR are open, due", page)
        too_much = client.post(f"/invoices/{invoice.pk}/deed/", {"do": "pay", "amount": "9999"})
        assert "are open of INV-2026-0001" in too_much.content.decode()

    @pytest.mark.req("L1")
    def test_another_team_sees_no_invoice(self, cast: Cast, sent: Quote, at: datetime, sign_in: SignIn) -> None:
        assert sign_in(cast.ines).get("/invoices/1/document.pdf").status_code == 404
