"""A stage that needs somebody's yes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.notify.models import Notification
from throughline.core.records import registry
from throughline.core.records.importing import import_rows
from throughline.core.records.operations import create_record, update_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals import operations
from throughline.crm.deals.approvals import ask_approval, decide_approval, waiting_for
from throughline.crm.deals.models import Approval, Deal, Stage
from throughline.crm.deals.operations import StagePlan

PLANS = (
    StagePlan(name="Talk", probability=10),
    StagePlan(name="Discount", probability=50, approval_role="manager", required_fields=("amount",)),
    StagePlan(name="Won", kind="won", probability=100),
    StagePlan(name="Lost", kind="lost"),
)


@pytest.fixture
def deal(cast: Cast, at: datetime) -> Deal:
    """Give a deal of Maya's over 1,000."""
    operations.save_pipeline(key="sales", name="Sales", plans=PLANS, by=Actor.user(cast.omar), at=at)
    values = {"name": "Acme", "amount": "1000"}
    made: Deal = create_record(spec=registry.get("deal"), values=values, by=Actor.user(cast.maya), at=at)
    return made


def asked(cast: Cast, deal: Deal, at: datetime) -> Approval:
    """Let Maya ask for the discount."""
    return ask_approval(
        deal_id=deal.pk, stage="sales.discount", why="Rival offers less", by=Actor.user(cast.maya), at=at
    )


def move(cast: Cast, deal: Deal, at: datetime, stage: str = "sales.discount") -> Deal:
    """Let Maya move the deal."""
    return operations.move_deal(deal_id=deal.pk, stage=stage, by=Actor.user(cast.maya), at=at)


@pytest.mark.req("D1")
class TestGate:
    """Without a yes nobody comes in, by whatever door."""

    def test_a_move_is_refused_in_words(self, cast: Cast, deal: Deal, at: datetime) -> None:
        with pytest.raises(Refusal, match="Before a deal goes to Discount, a Manager must agree") as refused:
            move(cast, deal, at)

        assert refused.value.code == "gate_approval"

    def test_an_edit_and_an_import_are_refused_too(self, cast: Cast, deal: Deal, at: datetime) -> None:
        spec, by = registry.get("deal"), Actor.user(cast.admin)
        with pytest.raises(Refusal, match="a Manager must agree"):
            update_record(spec=spec, record_id=deal.pk, values={"stage": "Discount"}, by=by, at=at)
        with pytest.raises(Refusal, match="a Manager must agree"):
            import_rows(spec=spec, content=b"id,name,stage,amount\n1,New,Discount,5\n", by=by, at=at)

    def test_a_yes_lets_through_once(self, cast: Cast, deal: Deal, at: datetime) -> None:
        question = asked(cast, deal, at)
        decide_approval(approval_id=question.pk, granted=True, by=Actor.user(cast.omar), at=at)

        moved = move(cast, deal, at + timedelta(hours=1))

        assert moved.stage_id == "sales.discount"
        move(cast, deal, at + timedelta(hours=2), "sales.talk")
        with pytest.raises(Refusal, match="a Manager must agree"):
            move(cast, deal, at + timedelta(hours=3))

    def test_a_yes_does_not_hold_for_more_money(self, cast: Cast, deal: Deal, at: datetime) -> None:
        question = asked(cast, deal, at)
        decide_approval(approval_id=question.pk, granted=True, by=Actor.user(cast.omar), at=at)

        with pytest.raises(Refusal, match="a Manager must agree"):
            operations.move_deal(
                deal_id=deal.pk, stage="sales.discount", amount="1000.01", by=Actor.user(cast.maya), at=at
            )


@pytest.mark.req("D1")
class TestAsking:
    """The question."""

    def test_everybody_of_the_role_is_told_and_may_see_the_deal(self, cast: Cast, deal: Deal, at: datetime) -> None:
        asked(cast, deal, at)

        assert [row.user_id for row in Notification.objects.filter(kind="approval")] == [cast.omar.pk]
        assert [question.deal_id for question in waiting_for(cast.omar)] == [deal.pk]
        assert "You are asked to agree to its next stage." in access.why(cast.omar, registry.get("deal"), deal)

    def test_what_is_missing_is_said_before_anybody_is_bothered(self, cast: Cast, deal: Deal, at: datetime) -> None:
        Deal.objects.filter(pk=deal.pk).update(amount=None)

        with pytest.raises(Refusal, match="fill in Amount"):
            asked(cast, deal, at)

    def test_it_is_put_once(self, cast: Cast, deal: Deal, at: datetime) -> None:
        asked(cast, deal, at)

        with pytest.raises(Refusal, match="asked already"):
            asked(cast, deal, at)

    @pytest.mark.req("L1")
    def test_another_team_neither_asks_nor_sees(self, cast: Cast, deal: Deal, at: datetime) -> None:
        with pytest.raises(NotFound):
            ask_approval(deal_id=deal.pk, stage="sales.discount", by=Actor.user(cast.ines), at=at)
        asked(cast, deal, at)

        assert waiting_for(cast.ines) == []


@pytest.mark.req("D1")
class TestAnswering:
    """The answer."""

    def test_a_no_needs_a_reason_and_is_told(self, cast: Cast, deal: Deal, at: datetime) -> None:
        question = asked(cast, deal, at)
        with pytest.raises(Refusal, match="Say why not"):
            decide_approval(approval_id=question.pk, granted=False, by=Actor.user(cast.omar), at=at)

        decide_approval(approval_id=question.pk, granted=False, reason="Too low", by=Actor.user(cast.omar), at=at)

        told = Notification.objects.get(user=cast.maya)
        assert (told.title, told.body) == ("Acme may not go to Discount.", "Too low")

    def test_only_the_role_answers_and_nobody_answers_twice(self, cast: Cast, deal: Deal, at: datetime) -> None:
        question = asked(cast, deal, at)
        with pytest.raises(NotAllowed, match="Only a Manager"):
            decide_approval(approval_id=question.pk, granted=True, by=Actor.user(cast.maya), at=at)
        decide_approval(approval_id=question.pk, granted=True, by=Actor.user(cast.omar), at=at)

        with pytest.raises(Refusal, match="Omar Haddad has answered this already"):
            decide_approval(approval_id=question.pk, granted=True, by=Actor.user(cast.omar), at=at)

    def test_nobody_answers_oneself(self, cast: Cast, deal: Deal, at: datetime) -> None:
        with pytest.raises(Refusal, match="no other Manager"):
            ask_approval(deal_id=deal.pk, stage="sales.discount", by=Actor.user(cast.omar), at=at)


@pytest.mark.req("D1")
class TestRetiring:
    """A stage that ends."""

    def test_its_deals_go_where_it_is_said(self, cast: Cast, deal: Deal, at: datetime) -> None:
        plans = (StagePlan(name="First call", probability=20), *PLANS[1:])

        operations.save_pipeline(
            key="sales", name="Sales", plans=plans, heirs={"sales.talk": "sales.won"}, by=Actor.user(cast.omar), at=at
        )

        deal.refresh_from_db()
        assert deal.stage_id == "sales.won"
        assert Stage.objects.get(key="sales.talk").retired_at == at

    def test_their_gate_is_asked(self, cast: Cast, deal: Deal, at: datetime) -> None:
        with pytest.raises(Refusal, match="a Manager must agree"):
            operations.save_pipeline(
                key="sales", name="Sales", plans=(StagePlan(name="Other"), *PLANS[1:]),
                heirs={"sales.talk": "sales.discount"}, by=Actor.user(cast.omar), at=at,
            )  # fmt: skip
