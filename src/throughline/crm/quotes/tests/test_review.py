"""Quotes that a colleague looks over before they are sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.records import registry
from throughline.core.records.custom.operations import set_rule
from throughline.core.records.operations import create_record, update_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals.lines import NewLine
from throughline.crm.quotes import operations
from throughline.crm.quotes.links import quote_of, token_of
from throughline.crm.quotes.models import Quote, QuoteStatus
from throughline.crm.quotes.review import ask_review, decide_review, redraft_quote, waiting_for

LINES = (NewLine(description="Turbine", unit_price=Decimal(100)),)


@pytest.fixture
def quote(cast: Cast, at: datetime) -> Quote:
    """Give a draft of Maya's that could be sent."""
    by = Actor.user(cast.maya)
    acme = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=by, at=at)
    values = {"name": "Turbine", "organization": acme.pk, "valid_until": "2026-04-01"}
    made: Quote = create_record(spec=registry.get("quote"), values=values, by=by, at=at)
    return operations.set_quote_lines(quote_id=made.pk, lines=LINES, by=by, at=at)


@pytest.fixture
def asked(cast: Cast, quote: Quote, at: datetime) -> Quote:
    """Give a quote that Maya has had sent to review."""
    return ask_review(quote_id=quote.pk, why="Is 10 % too much?", by=Actor.user(cast.maya), at=at)


def decide(quote: Quote, by: User, at: datetime, **said: Any) -> Quote:
    """Let somebody answer."""
    return decide_review(quote_id=quote.pk, by=Actor.user(by), at=at, **{"approved": True, **said})


@pytest.mark.req("D2")
class TestAsking:
    """The question."""

    def test_a_colleague_who_may_review_is_told_and_finds_it(self, cast: Cast, asked: Quote) -> None:
        told = Notification.objects.filter(kind="approval")

        assert {row.user_id for row in told} == {cast.omar.pk, cast.admin.pk}
        assert {row.body for row in told} == {"Is 10 % too much?"}
        assert [each.pk for each in waiting_for(cast.omar)] == [asked.pk]
        assert (asked.status, asked.review_asked_by) == (QuoteStatus.REVIEW, "Maya Lin")

    def test_what_is_missing_is_said_before_anybody_is_bothered(self, cast: Cast, quote: Quote, at: datetime) -> None:
        by = Actor.user(cast.maya)
        operations.set_quote_lines(quote_id=quote.pk, lines=(), by=by, at=at)

        with pytest.raises(Refusal, match="without lines"):
            ask_review(quote_id=quote.pk, by=by, at=at)

    def test_only_a_draft_is_looked_over(self, cast: Cast, asked: Quote, at: datetime) -> None:
        with pytest.raises(Refusal, match="is in review. Only a draft"):
            ask_review(quote_id=asked.pk, by=Actor.user(cast.maya), at=at)

    def test_where_nobody_may_review_it_is_said(self, cast: Cast, quote: Quote, at: datetime) -> None:
        User.objects.filter(pk__in=[cast.omar.pk, cast.admin.pk]).update(is_active=False)

        with pytest.raises(Refusal, match="Nobody else may review"):
            ask_review(quote_id=quote.pk, by=Actor.user(cast.maya), at=at)

    def test_who_does_not_see_it_yet_may_see_it_when_there_is_nobody_else(
        self, cast: Cast, quote: Quote, at: datetime
    ) -> None:
        User.objects.filter(pk=cast.admin.pk).update(is_active=False)
        Quote.objects.filter(pk=quote.pk).update(team_id=cast.care.pk)

        asked = ask_review(quote_id=quote.pk, by=Actor.user(cast.maya), at=at)

        assert "You are asked to look it over." in access.why(cast.omar, registry.get("quote"), asked)

    @pytest.mark.req("L1")
    def test_another_team_neither_asks_nor_sees(self, cast: Cast, asked: Quote, at: datetime) -> None:
        with pytest.raises(NotFound):
            redraft_quote(quote_id=asked.pk, by=Actor.user(cast.ines), at=at)
        with pytest.raises(NotFound):
            decide(asked, cast.ines, at)

        assert list(waiting_for(cast.ines)) == []


@pytest.mark.req("D2")
class TestAnswering:
    """The answer."""

    def test_an_approved_quote_is_sent_as_it_was_approved(self, cast: Cast, asked: Quote, at: datetime) -> None:
        approved = decide(asked, cast.omar, at, reason="Fine")
        assert (approved.status, approved.reviewed_by, approved.review_note) == ("Approved", "Omar Haddad", "Fine")
        assert Notification.objects.get(user=cast.maya).title == f"{asked.number} was approved. Send it."

        sent = operations.send_quote(quote_id=asked.pk, by=Actor.user(cast.maya), at=at)

        assert (sent.status, sent.reviewed_by) == (QuoteStatus.SENT, "Omar Haddad")
        told = Entry.objects.filter(record_type="quote", event__startswith="quote.").order_by("id")
        assert list(told.values_list("event", flat=True))[-3:] == ["quote.review_asked", "quote.approved", "quote.sent"]

    def test_it_is_sent_back_with_a_reason(self, cast: Cast, asked: Quote, at: datetime) -> None:
        with pytest.raises(Refusal, match="Say what is to be changed"):
            decide(asked, cast.omar, at, approved=False, reason=" ")

        back = decide(asked, cast.omar, at, approved=False, reason="5 % is enough")

        assert (back.status, back.review_note, back.reviewed_at) == ("Draft", "5 % is enough", None)
        told = Notification.objects.get(user=cast.maya)
        assert (told.title, told.body) == (f"{asked.number} was sent back to you.", "5 % is enough")
        by = Actor.user(cast.maya)
        operations.set_quote_lines(quote_id=asked.pk, lines=LINES, by=by, at=at)
        assert ask_review(quote_id=asked.pk, by=by, at=at + timedelta(hours=1)).status == QuoteStatus.REVIEW
        assert Notification.objects.filter(user=cast.omar).count() == 2

    def test_nobody_answers_oneself_or_without_the_ability(self, cast: Cast, quote: Quote, at: datetime) -> None:
        ask_review(quote_id=quote.pk, by=Actor.user(cast.omar), at=at)
        assert list(waiting_for(cast.omar)) == []
        for person in (cast.omar, cast.tom):
            with pytest.raises(NotAllowed, match="Only a colleague who may review"):
                decide(quote, person, at)

        assert decide(quote, cast.admin, at).status == QuoteStatus.APPROVED

    def test_it_is_answered_once(self, cast: Cast, asked: Quote, at: datetime) -> None:
        decide(asked, cast.omar, at)

        with pytest.raises(Refusal, match="is approved. There is nothing to look over"):
            decide(asked, cast.admin, at, approved=False, reason="No")


@pytest.mark.req("D2")
class TestHolding:
    """What is looked over stays as it is, by whatever door."""

    def test_it_is_neither_changed_nor_sent_nor_seen_by_the_customer(
        self, cast: Cast, asked: Quote, at: datetime
    ) -> None:
        by, spec = Actor.user(cast.maya), registry.get("quote")
        with pytest.raises(Refusal, match="is in review. Take it back"):
            operations.set_quote_lines(quote_id=asked.pk, lines=LINES, by=by, at=at)
        with pytest.raises(Refusal, match="is in review. Take it back"):
            update_record(spec=spec, record_id=asked.pk, values={"terms": "None"}, by=by, at=at)
        with pytest.raises(Refusal, match="is in review. Wait for the answer"):
            operations.send_quote(quote_id=asked.pk, by=by, at=at)
        with pytest.raises(Refusal, match="is in review. Take it back"):
            operations.revise_quote(quote_id=asked.pk, by=by, at=at)
        with pytest.raises(NotFound):
            quote_of(token_of(asked))

    def test_no_door_sets_the_status(self, cast: Cast, quote: Quote, at: datetime) -> None:
        by, spec = Actor.user(cast.admin), registry.get("quote")
        with pytest.raises(Refusal):
            update_record(spec=spec, record_id=quote.pk, values={"status": "Approved"}, by=by, at=at)

        assert not access.can(cast.admin, access.EDIT, spec, quote) or quote.is_draft

    def test_taking_it_back_ends_the_approval(self, cast: Cast, asked: Quote, at: datetime) -> None:
        decide(asked, cast.omar, at)

        draft = redraft_quote(quote_id=asked.pk, by=Actor.user(cast.maya), at=at)

        assert (draft.status, draft.reviewed_at, draft.reviewed_by) == ("Draft", None, "")
        with pytest.raises(Refusal, match="nothing to take back"):
            redraft_quote(quote_id=asked.pk, by=Actor.user(cast.maya), at=at)

    def test_a_rule_can_ask_for_it(self, cast: Cast, quote: Quote, at: datetime) -> None:
        set_rule(
            record_type="quote",
            name="Four eyes",
            condition='quote.status != "Sent" or quote.reviewed_at != null or quote.gross < 50',
            message="From 50 on a colleague looks it over first.",
            by=Actor.user(cast.admin),
            at=at,
        )
        by = Actor.user(cast.maya)
        with pytest.raises(Refusal, match="a colleague looks it over first"):
            operations.send_quote(quote_id=quote.pk, by=by, at=at)

        decide(ask_review(quote_id=quote.pk, by=by, at=at), cast.omar, at)

        assert operations.send_quote(quote_id=quote.pk, by=by, at=at).status == QuoteStatus.SENT
