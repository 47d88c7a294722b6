"""The pages of what was mined, of a procedure's own cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import WorkItem
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.req("I2", "I3")]

PAGE = "/procedures/call-first/mined/"
LONG = "?f=" + quote('{"kind":"duration","at_least":259200.0}')


@pytest.fixture
def called(cast: Cast, at: datetime, lead: Lead) -> Lead:
    """A lead that was called two hours after it came."""
    later = at + timedelta(hours=2)
    item = WorkItem.objects.get()
    operations.complete_work_item(
        work_item_id=item.pk, outcome="reached", answers={"note": "All clear."}, by=Actor.user(cast.maya), at=later
    )
    worker.drain(limit=50, at=later)
    return lead


def page_of(client: Client, path: str) -> str:
    answer = client.get(path, follow=True)
    assert answer.status_code == 200, path
    return answer.content.decode()


class TestMap:
    def test_is_one_of_the_ways_to_look_at_a_procedure(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get("/procedures/call-first/live/").content.decode()

        assert f'href="{PAGE}"' in page

    def test_shows_what_follows_what(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = page_of(sign_in(cast.maya), PAGE)

        assert "Lead captured, then Make first contact: 1 time in 1 case, half within 2 h" in page
        assert 'class="flow-map"' in page

    def test_figures_lead_to_their_cases(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        path = '{"kind":"path","first":"Lead captured","second":"Make first contact"}'

        page = page_of(client, f"{PAGE}cases/?f={quote(path)}")

        assert "“Lead captured” directly before “Make first contact”" in page
        assert f'href="/leads/{called.pk}/"' in page
        assert "Ada Byron" in page

    def test_says_by_which_part_of_paths_and_steps_it_is(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = page_of(sign_in(cast.maya), f"{PAGE}?activities=40&paths=0&measure=median")

        assert "1 of 3 steps, 0 of 2 paths" in page

    def test_of_a_procedure_that_never_ran_says_so(self, cast: Cast, at: datetime, sign_in: SignIn) -> None:
        by = Actor.user(cast.admin)
        operations.create_procedure(key="new", name="New", by=by, at=at)

        assert "Nothing ran yet" in page_of(sign_in(cast.omar), "/procedures/new/mined/")


class TestFilters:
    def test_apply_to_everything_at_once(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)

        for way in ("", "statistics/", "ways/", "cases/", "dots/"):
            page = page_of(client, f"{PAGE}{way}{LONG}")
            assert "0 of 1 case" in page, way
            assert "took at least 3 d" in page, way

    def test_the_form_puts_them_into_the_address(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).get(f"{PAGE}cases/", {"at_least": "3", "measure": "mean"})

        assert answer.status_code == 302
        assert answer["Location"] == f"{PAGE}cases/{LONG}&measure=mean"

    def test_each_is_taken_away_by_its_chip(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = page_of(sign_in(cast.maya), f"{PAGE}{LONG}&measure=mean")

        assert '<a class="chip" href="?measure=mean"' in page

    def test_a_way_is_named_by_its_steps(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        ways = page_of(client, f"{PAGE}ways/")
        address = ways.split('<th scope="row" class="num"><a href="')[1].split('"')[0].replace("&amp;", "&")

        page = page_of(client, address)

        assert "1 of 1 case" in page
        assert "Remove the filter: way 1" in page

    def test_says_what_it_cannot_read(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).get(PAGE, {"at_least": "long"})

        assert answer.status_code == 422
        assert "Write a number of days" in answer.content.decode()

    @pytest.mark.parametrize("text", ["{", '{"kind":"magic"}', '{"kind":"attribute","column":"no","words":["x"]}'])
    def test_refuses_an_address_that_no_page_made(self, cast: Cast, called: Lead, sign_in: SignIn, text: str) -> None:
        assert sign_in(cast.maya).get(PAGE, {"f": text}).status_code == 422


class TestStatistics:
    def test_tell_waiting_people_and_durations(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = page_of(sign_in(cast.maya), f"{PAGE}statistics/")

        assert "Maya Lin" in page
        assert "Nobody handed over: each case stayed with one person." in page
        assert "no person (automatic, or not told)" in page
        assert "Is worked on, average" in page


class TestCase:
    def test_shows_its_events(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)
        cases = page_of(client, f"{PAGE}cases/")
        address = cases.split('<th scope="row"><a href="')[1].split('"')[0]

        page = page_of(client, address)

        assert page.index("Lead captured") < page.index("Make first contact</th>")

    def test_that_is_not_there_is_not_found(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).get(f"{PAGE}cases/999999/").status_code == 404


@pytest.mark.req("L1")
class TestOthers:
    @pytest.mark.parametrize("way", ["", "statistics/", "ways/", "cases/", "dots/"])
    def test_nobody_is_shown_or_counted_what_they_may_not_see(
        self, cast: Cast, called: Lead, sign_in: SignIn, way: str
    ) -> None:
        page = page_of(sign_in(cast.ines), f"{PAGE}{way}")

        assert "0 of 0 cases" in page
        assert "Maya Lin" not in page
        assert "Ada Byron" not in page

    def test_nobody_takes_it_out_of_the_house_either(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        answer = sign_in(cast.ines).get(f"{PAGE}export/?form=csv")

        assert answer.status_code in (403, 422)


class TestConformance:
    def test_replays_the_cases_on_their_version(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = page_of(sign_in(cast.maya), f"{PAGE}conformance/")

        assert "No case left the chart." in page
        assert "replayed step by step" in page.casefold()

    def test_a_step_that_was_left_out_is_told_with_its_reason_and_leads_to_the_case(
        self, cast: Cast, at: datetime, lead: Lead, sign_in: SignIn
    ) -> None:
        item = WorkItem.objects.get()
        operations.skip_step(
            case_id=item.case_id, token=item.token, by=Actor.user(cast.admin), at=at, reason="Called already."
        )
        worker.drain(limit=50, at=at + timedelta(hours=1))
        client = sign_in(cast.maya)

        page = page_of(client, f"{PAGE}conformance/")

        assert "left out (1 approved)" in page
        assert "Called already." in page
        address = page.split('<td class="num"><a href="')[1].split('"')[0].replace("&amp;", "&")
        assert f'href="/leads/{lead.pk}/"' in page_of(client, f"{PAGE}conformance/{address.partition('#')[0]}")
        assert "Called already." not in page_of(sign_in(cast.ines), f"{PAGE}conformance/")

    def test_aligns_with_any_chart(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = page_of(sign_in(cast.maya), f"{PAGE}conformance/?against=call-first:1&rate=40")

        assert "Precision" in page
        assert "1.000" in page

    def test_refuses_a_rate_that_is_none(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).get(f"{PAGE}conformance/?rate=much").status_code == 422


class TestDrawing:
    def test_shows_what_happened_on_it(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = page_of(sign_in(cast.maya), f"{PAGE}drawing/")

        assert "2 h on average" in page
        assert 'data-island="flow-replay"' in page

    @pytest.mark.req("L1")
    def test_others_do_not_see_it(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        assert "2 h on average" not in page_of(sign_in(cast.ines), f"{PAGE}drawing/")


class TestReplay:
    def test_gives_what_moves_over_the_chart(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        told = sign_in(cast.maya).get(f"{PAGE}replay/?on=chart").json()

        assert told["flows"] == ["f1", "f2"]
        assert [move[0] for move in told["moves"]] == [0, 1]
        assert told["moves"][1][1] - told["moves"][0][1] == 7200

    def test_gives_what_moves_over_the_map(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        told = sign_in(cast.maya).get(f"{PAGE}replay/?on=map&paths=100").json()

        assert sorted(move[2] - move[1] for move in told["moves"]) == [0, 7200]

    @pytest.mark.req("L1")
    @pytest.mark.parametrize("on", ["chart", "map"])
    def test_others_see_nothing_move(self, cast: Cast, called: Lead, sign_in: SignIn, on: str) -> None:
        assert sign_in(cast.ines).get(f"{PAGE}replay/?on={on}").json()["moves"] == []


class TestDiscovery:
    def test_makes_a_draft_that_opens_in_the_editor(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        client = sign_in(cast.omar)

        first, second = (client.post(f"{PAGE}discovery/", {"noise": "0"}) for _ in range(2))

        assert first["Location"] == "/procedures/call-first-discovered/draw/"
        assert second["Location"] == "/procedures/call-first-discovered-2/draw/"
        assert client.get(first["Location"]).status_code == 200

    @pytest.mark.req("L1")
    def test_is_for_those_who_may_draw(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        assert sign_in(cast.petra).post(f"{PAGE}discovery/", {"noise": "0"}).status_code in (403, 422)


class TestStream:
    def test_tells_lead_and_work_per_step(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = page_of(sign_in(cast.maya), f"{PAGE}value-stream/")

        assert 'data-shape="step:Make first contact"' in page
        assert "Right first time" in page
        assert "/procedures/call-first/charts/?view=stream" in page


class TestPrediction:
    def test_is_learned_on_demand_and_says_when_there_is_too_little(
        self, cast: Cast, called: Lead, sign_in: SignIn
    ) -> None:
        client = sign_in(cast.admin)
        assert "Nothing learned yet" in page_of(client, f"{PAGE}prediction/")

        client.post(f"{PAGE}learning/", {"version": "1"})

        page = page_of(client, f"{PAGE}prediction/")
        assert "There is too little data" in page
        assert "not shown" in page

    @pytest.mark.req("L1")
    def test_is_not_learned_by_who_sees_only_some(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        client = sign_in(cast.ines)

        assert client.post(f"{PAGE}learning/", {"version": "1"}).status_code == 403
        assert "Ada Byron" not in page_of(client, f"{PAGE}prediction/")
