"""Pipelines, boards, stages, approvals and prices, at their pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals import operations
from throughline.crm.deals.models import Approval, Deal, Stage
from throughline.crm.deals.operations import StagePlan

SignIn = Callable[[User], Client]
PLANS = (
    StagePlan(name="Talk", probability=10, rots_after_days=5),
    StagePlan(name="Offer", probability=50, required_fields=("amount",), approval_role="manager"),
    StagePlan(name="Won", kind="won", probability=100),
    StagePlan(name="Lost", kind="lost"),
)


@pytest.fixture
def deal(cast: Cast, at: datetime) -> Deal:
    """Give a deal of Maya's in the first of two pipelines, for a week."""
    by = Actor.user(cast.omar)
    operations.save_pipeline(key="sales", name="Sales", plans=PLANS, by=by, at=at)
    operations.save_pipeline(key="partners", name="Partners", plans=PLANS, by=by, at=at)
    values = {"name": "Acme", "amount": "1000"}
    since = at - timedelta(days=7)
    made: Deal = create_record(spec=registry.get("deal"), values=values, by=Actor.user(cast.maya), at=since)
    return made


def form(rows: list[dict[str, Any]], **values: str) -> dict[str, Any]:
    """Return what the page of a pipeline sends."""
    sent: dict[str, Any] = {"name": "Sales", "currency": "EUR", "row": [], **values}
    for place, row in enumerate(rows, start=1):
        sent["row"].append(f"s{place}")
        sent |= {f"s{place}.{name}": value for name, value in row.items()}
    return sent


ROWS: list[dict[str, Any]] = [
    {"key": "sales.talk", "name": "First talk", "kind": "open", "probability": "15", "order": "2"},
    {"key": "", "name": "Research", "kind": "open", "probability": "5", "order": "1", "required": ["contact"]},
    {"key": "sales.won", "name": "Won", "kind": "won", "probability": "100", "order": "3"},
    {"key": "sales.lost", "name": "Lost", "kind": "lost", "probability": "0", "order": "4"},
]


@pytest.mark.req("D1")
class TestPipelines:
    """Ways of selling."""

    def test_two_stand_side_by_side_with_their_gates(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get("/pipelines/").content.decode()

        assert ("Sales" in page, "Partners" in page) == (True, True)
        assert "Amount, a yes of manager" in page

    def test_stages_are_renamed_ordered_added_and_ended(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        ended = {"key": "sales.offer", "name": "Offer", "kind": "open", "order": "9", "heir": "-"}
        answer = sign_in(cast.omar).post("/pipelines/sales/", form([*ROWS, ended]))

        assert answer.status_code == 302
        live = Stage.objects.filter(pipeline_id="sales", retired_at=None)
        assert [stage.name for stage in live] == ["Research", "First talk", "Won", "Lost"]
        assert live[0].required_fields == ["contact"]

    def test_a_refusal_keeps_what_was_typed(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        ended = {**ROWS[0], "heir": "-"}
        answer = sign_in(cast.omar).post("/pipelines/sales/", form([ended, *ROWS[1:]]))

        assert answer.status_code == 422
        assert "1 deal stands in Talk. Say where they go." in answer.content.decode()
        assert 'value="Research"' in answer.content.decode()

    def test_a_new_one_begins_with_the_shipped_stages(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        client = sign_in(cast.omar)
        assert 'value="Prospecting"' in client.get("/pipelines/new/").content.decode()
        rows = [{**row, "key": ""} for row in ROWS]

        client.post("/pipelines/new/", form(rows, name="Key accounts"))

        assert Stage.objects.filter(pipeline_id="key-accounts").count() == 4

    def test_sales_looks_and_does_not_change(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)

        assert client.get("/pipelines/").status_code == 200
        assert client.get("/pipelines/sales/").status_code == 403

    @pytest.mark.req("L1")
    def test_another_team_counts_no_deals(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        mine = sign_in(cast.maya).get("/pipelines/").context["pipelines"][0]["stages"]
        theirs = sign_in(cast.ines).get("/pipelines/").context["pipelines"][0]["stages"]

        assert (mine[0]["count"], theirs[0]["count"]) == (1, 0)


@pytest.mark.req("D1")
class TestBoard:
    """Deals by stage."""

    def test_it_is_of_one_pipeline_with_full_and_weighted_sums(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/deals/board/").context["page"]

        assert [column.label for column in page.columns_of_board] == ["Talk", "Offer", "Won", "Lost"]
        assert page.columns_of_board[0].sum == "1,000 EUR · weighted 100 EUR"

    def test_a_card_says_that_it_stands_still(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        [card] = sign_in(cast.maya).get("/deals/board/").context["page"].columns_of_board[0].cards

        assert (card.step.label, card.step.when, card.step.tone) == ("stands still", "7 d", "late")

    def test_a_gate_leads_to_where_it_can_be_answered(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        headers = {"HX-Request": "true"}

        lost = client.post(f"/deals/{deal.pk}/card/?pipeline=sales", {"to": "sales.lost"}, headers=headers)
        won = client.post(f"/deals/{deal.pk}/card/?pipeline=sales", {"to": "sales.won"}, headers=headers)

        assert lost["HX-Redirect"] == f"/deals/{deal.pk}/stage/?to=sales.lost"
        assert (won.status_code, "Moved to Won." in won.content.decode()) == (200, True)

    @pytest.mark.req("L1")
    def test_another_team_sees_neither_card_nor_sum(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        column = sign_in(cast.ines).get("/deals/board/").context["page"].columns_of_board[0]

        assert (column.cards, column.sum) == ((), "")

    @pytest.mark.req("L1")
    def test_who_sees_no_forecast_sees_no_sum(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        column = sign_in(cast.ivo).get("/deals/board/").context["page"].columns_of_board[0]

        assert (len(column.cards), column.sum) == (1, "")


@pytest.mark.req("D1")
class TestStage:
    """The page on which a gate is answered."""

    def test_a_loss_asks_why_and_with_whom(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        client, path = sign_in(cast.maya), f"/deals/{deal.pk}/stage/"
        assert "Why was it lost?" in client.get(f"{path}?to=sales.lost").content.decode()
        assert client.post(path, {"stage": "sales.lost", "do": "move"}).status_code == 422

        client.post(path, {"stage": "sales.lost", "do": "move", "reason": "Price", "competitors": "Umbrella"})

        deal.refresh_from_db()
        assert (deal.stage_id, deal.lost_reason, deal.competitors) == ("sales.lost", "Price", ["Umbrella"])

    def test_a_yes_is_asked_and_given_at_pages(self, cast: Cast, deal: Deal, sign_in: SignIn) -> None:
        maya, omar, path = sign_in(cast.maya), sign_in(cast.omar), f"/deals/{deal.pk}/stage/"
        maya.post(path, {"stage": "sales.offer", "do": "ask", "why": "Rival", "amount": "1000"})
        question = Approval.objects.get()
        assert "Rival" in omar.get("/approvals/").content.decode()
        assert maya.post(f"/approvals/{question.pk}/", {"answer": "yes"}).status_code == 403

        omar.post(f"/approvals/{question.pk}/", {"answer": "yes"})
        maya.post(path, {"stage": "sales.offer", "do": "move", "amount": "1000"})

        deal.refresh_from_db()
        assert deal.stage_id == "sales.offer"
        assert "Granted" in maya.get(f"/deals/{deal.pk}/").content.decode()


@pytest.mark.req("D2")
class TestPrices:
    """Tax and exchange; price books are records."""

    def test_a_rate_that_cannot_be_is_said(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).post("/prices/rates/", {"currency": "EUR", "rate": "1"})

        assert (answer.status_code, "needs no rate" in answer.content.decode()) == (422, True)
