"""Deals: their way through the stages, by every door."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import facts, registry
from throughline.core.records.importing import import_rows
from throughline.core.records.imports.faults import FileRefused
from throughline.core.records.operations import create_record, update_record
from throughline.core.records.queries import ListQuery, board
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals import operations
from throughline.crm.deals.lines import NewLine
from throughline.crm.deals.models import Deal, Pipeline, Stage
from throughline.crm.deals.operations import StagePlan

PLANS = (
    StagePlan(name="Qualified", probability=10, rots_after_days=14),
    StagePlan(name="Proposal", probability=50, required_fields=("amount", "expected_close_on")),
    StagePlan(
        name="Negotiation",
        probability=80,
        condition="deal.amount < 100000 or deal.contact != null",
        otherwise="A deal of 100,000 or more needs a contact before it is negotiated.",
    ),
    StagePlan(name="Won", kind="won", probability=100),
    StagePlan(name="Lost", kind="lost"),
)


@pytest.fixture
def pipeline(cast: Cast, at: datetime) -> Pipeline:
    """Give the pipeline of sales."""
    return operations.save_pipeline(key="sales", name="Sales", plans=PLANS, by=Actor.user(cast.omar), at=at)


@pytest.fixture
def deal(cast: Cast, pipeline: Pipeline, at: datetime) -> Deal:
    """Give a deal of Maya's in the first stage."""
    return new_deal(cast, at, name="Turbines for Acme")


def new_deal(cast: Cast, at: datetime, **values: Any) -> Deal:
    """Return a new deal of Maya's."""
    made: Deal = create_record(spec=registry.get("deal"), values=values, by=Actor.user(cast.maya), at=at)
    return made


def told(name: str) -> list[dict[str, Any]]:
    """Return what the journal tells under a name."""
    return list(Entry.objects.filter(event=name).order_by("id").values_list("data", flat=True))


class TestOpening:
    """A new deal."""

    @pytest.mark.req("D1")
    def test_it_begins_in_the_first_stage_with_its_probability(self, cast: Cast, deal: Deal, at: datetime) -> None:
        assert (deal.stage_id, deal.probability, deal.forecast_category) == ("sales.qualified", 10, "Pipeline")
        assert (deal.stage_entered_at, deal.owner_id, deal.team_id) == (at, cast.maya.pk, cast.north.pk)
        assert told("deal.opened")[0]["stage"] == "sales.qualified"

    @pytest.mark.req("D1")
    def test_a_gate_holds_for_a_deal_made_in_a_later_stage(self, cast: Cast, pipeline: Pipeline, at: datetime) -> None:
        with pytest.raises(Refusal, match="Before a deal goes to Proposal, fill in Expected close") as refused:
            new_deal(cast, at, name="Early", stage="Proposal", amount="100")

        assert set(refused.value.fields) == {"expected_close_on"}
        assert not Deal.objects.exists()

    def test_without_a_pipeline_it_says_so(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal, match="There is no pipeline yet"):
            new_deal(cast, at, name="Nowhere")


class TestMoving:
    """From stage to stage."""

    @pytest.mark.req("D1")
    def test_a_move_sets_the_stage_its_clock_and_what_is_expected(self, cast: Cast, deal: Deal, at: datetime) -> None:
        later = at + timedelta(days=5)

        moved = operations.move_deal(
            deal_id=deal.pk, stage="sales.proposal", by=Actor.user(cast.maya), at=later,
            amount="1000", expected_close_on="2026-05-01",
        )  # fmt: skip

        moved.refresh_from_db()
        assert (moved.stage_id, moved.stage_entered_at, moved.probability) == ("sales.proposal", later, 50)
        assert moved.expected_revenue == Decimal("500.00")
        assert told("deal.moved") == [
            {
                "pipeline": "sales", "former": "sales.qualified", "stage": "sales.proposal", "stage_name": "Proposal",
                "days": 5, "back": False,
            }
        ]  # fmt: skip

    def test_a_move_takes_few_statements_and_joins_nothing(
        self, cast: Cast, deal: Deal, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        later = at + timedelta(days=2)
        values = {"amount": "1000", "expected_close_on": "2026-12-01"}
        operations.move_deal(deal_id=deal.pk, stage="sales.proposal", by=Actor.user(cast.maya), at=later, **values)

        with django_assert_max_num_queries(15) as statements:
            operations.move_deal(deal_id=deal.pk, stage="sales.qualified", by=Actor.user(cast.maya), at=later)

        (locking,) = [each["sql"] for each in statements.captured_queries if 'FROM "deals_deal"' in (each["sql"] or "")]
        assert "JOIN" not in locking
        assert locking.endswith("FOR UPDATE")

    @pytest.mark.req("D1")
    def test_an_edit_of_the_field_is_the_same_move_with_the_same_gate(
        self, cast: Cast, deal: Deal, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        with pytest.raises(Refusal, match="fill in Amount, Expected close"):
            update_record(spec=registry.get("deal"), record_id=deal.pk, values={"stage": "Proposal"}, by=by, at=at)

        values = {"stage": "Proposal", "amount": "10", "expected_close_on": "2026-05-01"}
        update_record(spec=registry.get("deal"), record_id=deal.pk, values=values, by=by, at=at)

        assert [fact["stage"] for fact in told("deal.moved")] == ["sales.proposal"]

    @pytest.mark.req("D1")
    def test_a_condition_in_feel_is_a_gate_with_its_own_sentence(self, cast: Cast, deal: Deal, at: datetime) -> None:
        by = Actor.user(cast.maya)
        with pytest.raises(Refusal, match=r"A deal of 100,000 or more needs a contact"):
            operations.move_deal(deal_id=deal.pk, stage="sales.negotiation", by=by, at=at, amount="150000")

        moved = operations.move_deal(deal_id=deal.pk, stage="sales.negotiation", by=by, at=at, amount="99999")

        assert moved.forecast_category == "Best Case"

    @pytest.mark.req("D1")
    def test_a_loss_needs_a_reason_and_closes(self, cast: Cast, deal: Deal, at: datetime) -> None:
        by = Actor.user(cast.maya)
        with pytest.raises(Refusal, match="Say why the deal was lost"):
            operations.move_deal(deal_id=deal.pk, stage="sales.lost", by=by, at=at)

        lost = operations.move_deal(deal_id=deal.pk, stage="sales.lost", reason="Price", by=by, at=at)

        assert (lost.closed_at, lost.lost_reason, lost.forecast_category) == (at, "Price", "Omitted")
        assert told("deal.lost")[0]["reason"] == "Price"

    def test_a_closed_deal_opened_again_has_no_end(self, cast: Cast, deal: Deal, at: datetime) -> None:
        by = Actor.user(cast.maya)
        operations.move_deal(deal_id=deal.pk, stage="sales.won", reason="Best offer", by=by, at=at)

        again = operations.move_deal(deal_id=deal.pk, stage="sales.qualified", by=by, at=at + timedelta(days=1))

        assert (again.closed_at, again.is_open) == (None, True)
        assert [fact["former"] for fact in told("deal.reopened")] == ["sales.won"]

    @pytest.mark.req("L1")
    def test_another_teams_deal_is_not_there(self, cast: Cast, deal: Deal, at: datetime) -> None:
        with pytest.raises(NotFound):
            operations.move_deal(deal_id=deal.pk, stage="sales.won", by=Actor.user(cast.ines), at=at)


class TestBoard:
    """Deals by stage."""

    @pytest.mark.req("D1")
    def test_columns_are_the_stages_with_sums_of_what_one_may_see(
        self, cast: Cast, pipeline: Pipeline, at: datetime
    ) -> None:
        for amount in ("100", "250.50"):
            new_deal(cast, at, name=f"Deal {amount}", amount=amount)

        shown = board(spec=registry.get("deal"), user=cast.maya, query=ListQuery(), at=at, of=["amount"])
        hidden = board(spec=registry.get("deal"), user=cast.ines, query=ListQuery(), at=at, of=["amount"])

        assert [column.label for column in shown] == ["Qualified", "Proposal", "Negotiation", "Won", "Lost"]
        assert (shown[0].count, shown[0].totals["amount"].by_currency) == (2, {"EUR": Decimal("350.50")})
        assert [(column.count, column.totals) for column in hidden] == [(0, {})] * 5

    @pytest.mark.req("L1")
    def test_who_sees_no_forecast_sees_no_sum(self, cast: Cast, deal: Deal, at: datetime) -> None:
        shown = board(spec=registry.get("deal"), user=cast.ivo, query=ListQuery(), at=at, of=["amount"])

        assert (shown[0].count, shown[0].totals) == (1, {})


class TestPipelines:
    """Ways of selling."""

    def test_only_who_may_keeps_pipelines(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(NotAllowed, match="do not let you keep pipelines"):
            operations.save_pipeline(key="x", name="X", plans=PLANS, by=Actor.user(cast.maya), at=at)

    @pytest.mark.parametrize(
        ("plans", "said"),
        [
            (PLANS[:1], "one that means won and one that means lost"),
            ((*PLANS, StagePlan(name="won")), "Two stages are called Won"),
            ((*PLANS, StagePlan(name="Odd", required_fields=("height",))), "Odd asks for height"),
            ((*PLANS, StagePlan(name="Odd", condition="deal.", otherwise="No.")), "condition of Odd cannot be read"),
            ((*PLANS, StagePlan(name="Odd", condition="lead.x = 1", otherwise="No.")), 'not "lead"'),
        ],
    )
    def test_what_is_no_pipeline_is_refused(
        self, cast: Cast, at: datetime, plans: tuple[StagePlan, ...], said: str
    ) -> None:
        with pytest.raises(Refusal, match=said):
            operations.save_pipeline(key="x", name="X", plans=plans, by=Actor.user(cast.omar), at=at)

        assert not Stage.objects.exists()

    def test_a_stage_with_deals_is_not_retired(self, cast: Cast, deal: Deal, at: datetime) -> None:
        with pytest.raises(Refusal, match="1 deal stands in Qualified"):
            operations.save_pipeline(key="sales", name="Sales", plans=PLANS[1:], by=Actor.user(cast.omar), at=at)

    def test_a_renamed_stage_keeps_its_deals(self, cast: Cast, deal: Deal, at: datetime) -> None:
        known = {stage.name: stage.key for stage in Stage.objects.all()}
        plans = [
            StagePlan(
                name="First talk" if plan.name == "Qualified" else plan.name, key=known[plan.name], kind=plan.kind
            )
            for plan in PLANS
        ]
        operations.save_pipeline(key="sales", name="Sales", plans=plans, by=Actor.user(cast.omar), at=at)

        deal.refresh_from_db()
        assert (deal.stage.name, Stage.objects.count()) == ("First talk", 5)


class TestLines:
    """What is offered."""

    @pytest.mark.req("D2")
    def test_the_amount_is_the_net_sum_of_the_lines(self, cast: Cast, deal: Deal, at: datetime) -> None:
        by = Actor.user(cast.omar)
        values = {"name": "GTX Pro", "price": "4821", "tax": "19"}
        product = create_record(spec=registry.get("product"), values=values, by=by, at=at)

        operations.set_lines(
            deal_id=deal.pk, by=by, at=at,
            lines=[
                NewLine(product_id=product.pk, quantity=Decimal(2), discount=Decimal(10)),
                NewLine(description="Set-up", unit_price=Decimal("99.99")),
            ],
        )  # fmt: skip

        deal.refresh_from_db()
        assert deal.amount == Decimal("8777.79")
        assert [(line.description, line.tax) for line in deal.lines.all()] == [
            ("GTX Pro", Decimal(19)),
            ("Set-up", Decimal(0)),
        ]

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            (NewLine(description="Free?"), "Line 1 needs a price"),
            (NewLine(unit_price=Decimal(1)), "Line 1 needs a product or a description"),
            (NewLine(product_id=999), "Line 1: there is no such product"),
            (NewLine(description="x", unit_price=Decimal(1), quantity=Decimal(0)), "A quantity is above 0"),
            (NewLine(description="x", unit_price=Decimal(1), discount=Decimal(101)), "between 0 and 100 percent"),
        ],
    )
    def test_a_line_that_makes_no_sense_is_refused_by_number(
        self, cast: Cast, deal: Deal, at: datetime, line: NewLine, said: str
    ) -> None:
        with pytest.raises(Refusal, match=said):
            operations.set_lines(deal_id=deal.pk, lines=[line], by=Actor.user(cast.maya), at=at)


class TestImport:
    """Deals from a file."""

    def test_gates_hold_and_nothing_is_half_written(self, cast: Cast, pipeline: Pipeline, at: datetime) -> None:
        content = b"id,name,stage,amount\n1,Good,Qualified,\n2,Bad,Proposal,100\n"
        with pytest.raises(Refusal, match="2: Before a deal goes to Proposal, fill in Expected close"):
            import_rows(spec=registry.get("deal"), content=content, by=Actor.user(cast.admin), at=at)

        assert not Deal.objects.exists()

    def test_an_unknown_stage_is_refused_with_the_known_ones(
        self, cast: Cast, pipeline: Pipeline, at: datetime
    ) -> None:
        content = b"id,name,stage\n1,Good,Prospecting\n"
        with pytest.raises(FileRefused, match="Stage takes one of Qualified, Proposal, Negotiation, Won, Lost"):
            import_rows(spec=registry.get("deal"), content=content, by=Actor.user(cast.admin), at=at)


class TestFacts:
    """What charts read of a deal."""

    def test_a_stage_is_known_by_key_name_and_kind(self, deal: Deal) -> None:
        context = facts(RecordRef("deal", deal.pk))

        assert (context["stage"], context["stage_name"], context["stage_kind"], context["open"]) == (
            "sales.qualified", "Qualified", "open", True,
        )  # fmt: skip
