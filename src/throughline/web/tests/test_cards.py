"""The cards of boards: what they say, that nothing in them is markup, and who may move them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from markupsafe import Markup

from throughline.core.actor import Actor
from throughline.core.records import operations, registry
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Deal, Stage
from throughline.crm.deals.operations import ship_pipeline
from throughline.web.parts import Card, StepNote
from throughline.web.records import cards
from throughline.web.tests.conftest import SignIn

SCRIPT = "<script>alert(1)</script>"
MOVES, SIGN = Markup('<button name="to" value="won">Won</button>'), Markup('<input name="token">')


def card(**more: object) -> Card:
    """Return a card that can be moved."""
    given = {
        "id": 7, "url": "/deals/7/", "title": "Big one", "subtitle": "Acme", "owner": "Maya Lin",
        "pills": ('<span class="pill">New</span>',), "move_url": "/deals/7/card/?pipeline=main", "version": 3,
    }  # fmt: skip
    return Card(**{**given, **more})  # type: ignore[arg-type]


def drawn(*shown: Card) -> str:
    """Return the cards of a column as they stand in a page."""
    return cards.body(shown, moves=MOVES, sign=SIGN)


class TestBody:
    """What is drawn of cards."""

    def test_a_card_says_all_that_is_known_of_it(self) -> None:
        note = StepNote("Call", "overdue 2 d", "late", "clock")

        page = drawn(card(figure="80", step=note))

        assert '<article class="deal-card" data-card data-row id="card-7">' in page
        assert '<a href="/deals/7/">Big one</a>' in page
        assert '<p class="deal-card__sub">Acme</p>' in page
        assert '<strong class="numeric">80</strong> <span class="pill">New</span>' in page
        assert '<span class="sr-only">Owner: Maya Lin</span>' in page
        assert '<p class="step-chip" data-tone="late">' in page
        assert '<span>Call</span><span class="when">overdue 2 d</span>' in page
        assert 'aria-label="Move Big one"' in page
        assert 'hx-post="/deals/7/card/?pipeline=main"' in page
        assert f'{SIGN}<input type="hidden" name="version" value="3">' in page
        assert MOVES in page

    def test_nothing_stands_for_what_there_is_not(self) -> None:
        page = drawn(card(subtitle="", owner="", pills=(), move_url=""))

        assert "deal-card__sub" not in page
        assert "step-chip" not in page
        assert "<form" not in page
        assert '<span class="sr-only">Nobody has it yet</span>' in page

    @pytest.mark.parametrize("name", ["title", "subtitle", "owner", "figure", "move_url", "url"])
    def test_words_are_escaped_once(self, name: str) -> None:
        page = drawn(card(**{name: f'5 % of "{SCRIPT}" & more'}))

        assert "<script" not in page
        assert "5 % of &#34;&lt;script&gt;alert(1)&lt;/script&gt;&#34; &amp; more" in page
        assert "&amp;lt;" not in page

    def test_words_of_a_note_are_escaped(self) -> None:
        assert "<script" not in drawn(card(step=StepNote(SCRIPT, SCRIPT, "late")))

    def test_owners_of_one_name_are_drawn_alike_and_others_are_not(self) -> None:
        page = drawn(card(), card(owner="Tom"), card())

        assert re.findall(r"Owner: (\w+)", page) == ["Maya", "Tom", "Maya"]


@pytest.fixture
def deals(cast: Cast, at: datetime) -> list[Deal]:
    """Give a deal of Maya's and one of Ines's."""
    ship_pipeline(by=Actor.system(), at=at)
    spec = registry.get("deal")
    return [
        operations.create_record(spec=spec, values={"name": name}, by=Actor.user(by), at=at)
        for name, by in (("Hers", cast.maya), ("Other", cast.ines))
    ]


class TestBoard:
    """Cards on the board of deals."""

    def test_who_may_change_a_deal_may_move_it(self, cast: Cast, deals: list[Deal], sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get("/deals/board/").content.decode()

        assert [f'id="move-{deal.pk}"' in page for deal in deals] == [True, True]

    def test_each_sees_the_own_ones(self, cast: Cast, deals: list[Deal], sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/deals/board/").content.decode()

        assert [f'id="card-{deal.pk}"' in page for deal in deals] == [True, False]

    def test_a_deal_that_stands_still_says_so_unless_it_is_closed(
        self, cast: Cast, deals: list[Deal], sign_in: SignIn, at: datetime
    ) -> None:
        first, _ = deals
        Stage.objects.filter(key=first.stage_id).update(rots_after_days=5)
        Deal.objects.filter(pk=first.pk).update(stage_entered_at=at - timedelta(days=6))
        maya = sign_in(cast.maya)

        open_one = maya.get("/deals/board/").content.decode()
        Deal.objects.filter(pk=first.pk).update(closed_at=at)
        closed = maya.get("/deals/board/").content.decode()

        assert '<span>stands still</span><span class="when">6 d</span>' in open_one
        assert "stands still" not in closed
