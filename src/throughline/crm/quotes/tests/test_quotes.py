"""Quotes: drafted, sent, revised, answered by whoever has the link."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from throughline.core.actor import Actor, ActorKind
from throughline.core.files.models import Blob
from throughline.core.files.operations import read_file
from throughline.core.journal.models import Entry
from throughline.core.records import registry
from throughline.core.records.operations import create_record, delete_records, update_record
from throughline.core.records.queries import ListQuery, list_page
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals import operations as deals
from throughline.crm.deals.lines import NewLine
from throughline.crm.deals.models import Deal
from throughline.crm.quotes import operations
from throughline.crm.quotes.links import quote_of, token_of
from throughline.crm.quotes.models import Quote, QuoteStatus

FORM = Actor(ActorKind.FORM, "quote", "Quote page")
LINES = (
    NewLine(description="Turbine", quantity=Decimal(2), unit_price=Decimal("4821.50"), tax=Decimal(19)),
    NewLine(description="Set-up", unit_price=Decimal("99.99"), tax=Decimal(7)),
)


@pytest.fixture
def deal(cast: Cast, at: datetime) -> Deal:
    """Give a deal of Maya's with a customer and two lines."""
    by = Actor.user(cast.maya)
    deals.ship_pipeline(by=Actor.system(), at=at)
    acme = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=by, at=at)
    ada = create_record(
        spec=registry.get("contact"),
        values={"first_name": "Ada", "last_name": "Byron", "email": "ada@x.org"},
        by=by,
        at=at,
    )
    values = {"name": "Turbines", "organization": acme.pk, "contact": ada.pk}
    made: Deal = create_record(spec=registry.get("deal"), values=values, by=by, at=at)
    deals.set_lines(deal_id=made.pk, lines=LINES, by=by, at=at)
    return made


@pytest.fixture
def quote(cast: Cast, deal: Deal, at: datetime) -> Quote:
    """Give a draft of Maya's."""
    return operations.draft_quote(deal_id=deal.pk, by=Actor.user(cast.maya), at=at)


@pytest.fixture
def sent(cast: Cast, quote: Quote, at: datetime) -> Quote:
    """Give a quote that the customer has."""
    return operations.send_quote(quote_id=quote.pk, by=Actor.user(cast.maya), at=at)


def accept(quote: Quote, at: datetime, **said: Any) -> Quote:
    """Let the customer accept."""
    given = {"name": "Ada Byron", "agreed": True, "digest": quote.digest, **said}
    return operations.accept_quote(token=token_of(quote), by=FORM, at=at, **given)


def told(event: str, kind: str = "quote") -> list[dict[str, Any]]:
    """Return what the journal tells under a name of records of a kind."""
    return list(Entry.objects.filter(event=event, record_type=kind).order_by("id").values_list("data", flat=True))


@pytest.mark.req("D2")
class TestDrafting:
    """A new quote."""

    def test_it_begins_with_customer_lines_and_sums_of_the_deal(self, quote: Quote, deal: Deal, at: datetime) -> None:
        assert (quote.organization_id, quote.contact_id, quote.deal_id) == (
            deal.organization_id,
            deal.contact_id,
            deal.pk,
        )
        assert (quote.net, quote.tax, quote.gross) == (Decimal("9742.99"), Decimal("1839.17"), Decimal("11582.16"))
        assert quote.valid_until == date(2026, 4, 1)

    def test_lines_and_discount_can_be_changed(self, cast: Cast, quote: Quote, at: datetime) -> None:
        operations.set_quote_lines(
            quote_id=quote.pk, lines=LINES[:1], discount_percent=Decimal(10), by=Actor.user(cast.maya), at=at
        )

        quote.refresh_from_db()
        assert (quote.subtotal, quote.discount, quote.net) == (
            Decimal("9643.00"),
            Decimal("964.30"),
            Decimal("8678.70"),
        )

    def test_nobody_writes_over_a_colleague(self, cast: Cast, quote: Quote, at: datetime) -> None:
        with pytest.raises(Conflict):
            operations.set_quote_lines(
                quote_id=quote.pk, lines=LINES, version=quote.version - 1, by=Actor.user(cast.tom), at=at
            )

    @pytest.mark.req("L1")
    def test_another_team_has_no_quotes(self, cast: Cast, quote: Quote, deal: Deal, at: datetime) -> None:
        with pytest.raises(NotFound):
            operations.draft_quote(deal_id=deal.pk, by=Actor.user(cast.ines), at=at)
        with pytest.raises(NotFound):
            operations.send_quote(quote_id=quote.pk, by=Actor.user(cast.ines), at=at)

        page = list_page(spec=registry.get("quote"), user=cast.ines, query=ListQuery(), at=at)
        assert page.records == []


@pytest.mark.req("D2")
class TestSending:
    """Out of the house."""

    def test_the_document_is_kept_with_its_digest(self, sent: Quote, at: datetime) -> None:
        blob = Blob.objects.get(pk=sent.document or 0)
        content = b"".join(read_file(blob))

        assert content.startswith(b"%PDF")
        assert sent.digest == hashlib.sha256(content).hexdigest()
        assert (blob.name, blob.record_type, blob.record_id) == (f"{sent.number}.pdf", "quote", sent.pk)

    def test_the_same_quote_is_the_same_document(self, sent: Quote, at: datetime) -> None:
        again = operations.paper_of(Quote.objects.get(pk=sent.pk), at + timedelta(days=9))

        assert hashlib.sha256(again).hexdigest() == sent.digest

    def test_the_journal_tells_it_of_quote_and_deal(self, sent: Quote) -> None:
        [of_quote], [of_deal] = told("quote.sent"), told("quote.sent", "deal")

        assert of_quote == of_deal
        assert (of_quote["gross"], of_quote["digest"], "to" in of_quote) == ("11582.16", sent.digest, False)

    def test_what_was_sent_never_changes(self, cast: Cast, sent: Quote, at: datetime) -> None:
        by, spec = Actor.user(cast.maya), registry.get("quote")
        with pytest.raises(Refusal, match="has left the house"):
            operations.set_quote_lines(quote_id=sent.pk, lines=LINES, by=by, at=at)
        with pytest.raises(Refusal, match="has left the house"):
            update_record(spec=spec, record_id=sent.pk, values={"terms": "None"}, by=by, at=at)

        update_record(spec=spec, record_id=sent.pk, values={"tags": ["hot"]}, by=by, at=at)
        sent.refresh_from_db()
        assert (sent.terms, sent.tags) == ("", ["hot"])

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"valid_until": None}, "Say until when"),
            ({"valid_until": "2026-03-01"}, "has passed"),
            ({"organization": None, "contact": None}, "Say to whom"),
        ],
    )
    def test_what_is_missing_is_said(
        self, cast: Cast, quote: Quote, at: datetime, values: dict[str, Any], said: str
    ) -> None:
        by = Actor.user(cast.maya)
        update_record(spec=registry.get("quote"), record_id=quote.pk, values=values, by=by, at=at)

        with pytest.raises(Refusal, match=said):
            operations.send_quote(quote_id=quote.pk, by=by, at=at)

    def test_without_lines_nothing_is_offered(self, cast: Cast, quote: Quote, at: datetime) -> None:
        by = Actor.user(cast.maya)
        operations.set_quote_lines(quote_id=quote.pk, lines=(), by=by, at=at)

        with pytest.raises(Refusal, match="without lines"):
            operations.send_quote(quote_id=quote.pk, by=by, at=at)

    def test_words_that_look_like_markup_stay_words(self, cast: Cast, quote: Quote, at: datetime) -> None:
        by = Actor.user(cast.maya)
        values = {"terms": '#import "/etc/passwd": * $x$ #panic()', "intro": "= Not a heading"}
        update_record(spec=registry.get("quote"), record_id=quote.pk, values=values, by=by, at=at)

        assert operations.send_quote(quote_id=quote.pk, by=by, at=at).status == QuoteStatus.SENT


@pytest.mark.req("D2")
class TestAnswering:
    """What the customer says."""

    def test_a_yes_is_kept_with_name_instant_and_digest(self, sent: Quote, at: datetime) -> None:
        later = at + timedelta(hours=5)

        accepted = accept(sent, later)

        assert (accepted.status, accepted.signed_name, accepted.answered_at) == ("Accepted", "Ada Byron", later)
        assert told("quote.accepted")[0]["digest"] == told("quote.accepted", "deal")[0]["digest"] == sent.digest

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ({"name": " "}, "Type your full name"),
            ({"agreed": False}, "Tick the box"),
            ({"digest": "0" * 64}, "has changed since you opened it"),
        ],
    )
    def test_half_a_signature_is_none(self, sent: Quote, at: datetime, said: dict[str, Any], why: str) -> None:
        with pytest.raises(Refusal, match=why):
            accept(sent, at, **said)

    def test_it_is_answered_once(self, sent: Quote, at: datetime) -> None:
        accept(sent, at)

        with pytest.raises(Refusal, match="answered already"):
            operations.reject_quote(token=token_of(sent), reason="Too much", by=FORM, at=at)

    def test_a_no_needs_a_reason(self, sent: Quote, at: datetime) -> None:
        with pytest.raises(Refusal, match="few words why"):
            operations.reject_quote(token=token_of(sent), reason=" ", by=FORM, at=at)

        operations.reject_quote(token=token_of(sent), reason="Too much", by=FORM, at=at)

        assert told("quote.rejected")[0]["reason"] == "Too much"

    def test_after_the_last_day_it_is_over(self, cast: Cast, sent: Quote, at: datetime) -> None:
        last = datetime(2026, 4, 1, 23, 59, tzinfo=at.tzinfo)
        with pytest.raises(Refusal, match="does not hold any more"):
            accept(sent, last + timedelta(minutes=1))
        by = Actor.user(cast.maya)

        assert operations.expire_quote(quote_id=sent.pk, by=by, at=last).status == "Sent"
        assert operations.expire_quote(quote_id=sent.pk, by=by, at=last + timedelta(days=1)).status == "Expired"

    def test_a_forged_link_leads_nowhere(self, sent: Quote, at: datetime) -> None:
        for token in ("", "7", token_of(sent)[:-1], token_of(Quote(pk=sent.pk, link_no=9))):
            with pytest.raises(NotFound, match="leads nowhere"):
                quote_of(token)

    def test_a_withdrawn_quote_cannot_be_opened(self, cast: Cast, sent: Quote, at: datetime) -> None:
        operations.withdraw_quote(quote_id=sent.pk, reason="Wrong price", by=Actor.user(cast.maya), at=at)

        with pytest.raises(NotFound):
            quote_of(token_of(sent))

    def test_what_was_accepted_stays_out_of_the_bin(self, cast: Cast, sent: Quote, at: datetime) -> None:
        accept(sent, at)

        with pytest.raises(Refusal, match="was accepted and stays"):
            delete_records(spec=registry.get("quote"), ids=[sent.pk], by=Actor.user(cast.maya), at=at)


@pytest.mark.req("D2")
class TestRevising:
    """Another try."""

    def test_it_shares_the_number_and_replaces_the_former_when_sent(
        self, cast: Cast, sent: Quote, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        second = operations.revise_quote(quote_id=sent.pk, by=by, at=at)

        assert (second.number, second.status, second.gross) == (f"{sent.number}/2", "Draft", sent.gross)
        assert quote_of(token_of(sent)).pk == sent.pk

        operations.send_quote(quote_id=second.pk, by=by, at=at)

        sent.refresh_from_db()
        assert sent.status == QuoteStatus.REPLACED

    def test_one_is_drafted_at_a_time_and_none_of_what_was_accepted(
        self, cast: Cast, sent: Quote, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        operations.revise_quote(quote_id=sent.pk, by=by, at=at)
        with pytest.raises(Refusal, match="being drafted already"):
            operations.revise_quote(quote_id=sent.pk, by=by, at=at)
        accept(sent, at)

        with pytest.raises(Refusal, match="was accepted"):
            operations.revise_quote(quote_id=sent.pk, by=by, at=at)

    def test_a_service_colleague_may_not_change_it(self, cast: Cast, sent: Quote, at: datetime) -> None:
        with pytest.raises((NotFound, NotAllowed)):
            operations.revise_quote(quote_id=sent.pk, by=Actor.user(cast.petra), at=at)
