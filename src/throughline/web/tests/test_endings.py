"""How cases ended, on the Live page: per end event, parted by a field, and the cases behind each figure."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.procedures import worker
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.operations import cancel_case, complete_work_item
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_leads
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.tables import figures


@pytest.fixture
def ended(cast: Cast, procedure: str, at: datetime) -> str:
    """Three leads of Maya's from DACH, of which one was reached and one cancelled, and one of Ines's from Iberia."""
    rows = [{"name": f"Person {n}", "owner": cast.maya.pk, "region": "DACH"} for n in range(3)]
    capture_leads([*rows, {"name": "Other", "owner": cast.ines.pk, "region": "Iberia"}], by=Actor.system(), at=at)
    worker.drain(limit=50, at=at)
    first, second, *_ = WorkItem.objects.filter(assignee=cast.maya).order_by("pk")
    by = Actor.user(cast.maya)
    complete_work_item(work_item_id=first.pk, outcome="reached", answers={"note": "Wants a demo"}, by=by, at=at)
    cancel_case(case_id=second.case_id, by=by, at=at, reason="Twice the same person.")
    worker.drain(limit=50, at=at + timedelta(seconds=1))
    return procedure


@pytest.mark.req("B8", "I1")
class TestLivePage:
    """The two tables."""

    def test_each_end_has_its_count_and_share(self, cast: Cast, ended: str, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get("/procedures/call-first/live/").content.decode()

        assert figures(page, "How the cases ended") == {
            "End": ["Cases", "Share"],
            "Open": ["2", "50.0%"],
            "Cancelled": ["1", "25.0%"],
            "Done": ["1", "25.0%"],
            "All": ["4", ""],
        }

    def test_they_are_parted_by_a_field_of_the_record(self, cast: Cast, ended: str, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get("/procedures/call-first/live/?by=region").content.decode()

        assert figures(page, "Cases by Region") == {
            "Region": ["All", "Open", "Cancelled", "Done"],
            "DACH": ["3", "1 33.3%", "1 33.3%", "1 33.3%"],
            "Iberia": ["1", "1 100.0%", "0", "0"],
        }

    @pytest.mark.parametrize(
        ("field", "line"), [("owner", "Ines Duarte"), ("rating", "No rating"), ("team", "Sales South")]
    )
    def test_people_teams_and_nothing_are_named(
        self, cast: Cast, ended: str, sign_in: SignIn, field: str, line: str
    ) -> None:
        page = sign_in(cast.omar).get(f"/procedures/call-first/live/?by={field}").content.decode()

        assert line in figures(page, f"Cases by {field.capitalize()}")

    @pytest.mark.req("L1")
    def test_cases_of_records_that_one_may_not_see_are_not_counted(
        self, cast: Cast, ended: str, sign_in: SignIn
    ) -> None:
        page = sign_in(cast.maya).get("/procedures/call-first/live/?by=region").content.decode()

        assert figures(page, "How the cases ended")["All"] == ["3", ""]
        assert set(figures(page, "Cases by Region")) == {"Region", "DACH"}

    @pytest.mark.parametrize("field", ["colour", "name", "created_at"])
    def test_a_field_that_makes_no_heaps_is_refused(self, cast: Cast, ended: str, sign_in: SignIn, field: str) -> None:
        answer = sign_in(cast.omar).get(f"/procedures/call-first/live/?by={field}")

        assert answer.status_code == 422
        assert "Choose another field." in answer.content.decode()

    def test_an_unknown_version_is_not_found(self, cast: Cast, ended: str, sign_in: SignIn) -> None:
        assert sign_in(cast.omar).get("/procedures/call-first/live/?version=9").status_code == 404


@pytest.mark.req("B8", "I1")
class TestCases:
    """The list behind a figure."""

    @pytest.mark.parametrize(
        ("query", "people"),
        [
            ("", {"Person 0", "Person 1", "Person 2", "Other"}),
            ("way=(open)", {"Person 2", "Other"}),
            ("way=(open)&by=region&value=DACH", {"Person 2"}),
            ("way=(cancelled)", {"Person 1"}),
            ("way=Done&end=end", {"Person 0"}),
            ("way=Done&end=elsewhere", set()),
            ("by=rating", {"Person 0", "Person 1", "Person 2", "Other"}),
        ],
    )
    def test_it_holds_what_was_counted(
        self, cast: Cast, ended: str, sign_in: SignIn, query: str, people: set[str]
    ) -> None:
        page = sign_in(cast.omar).get(f"/procedures/call-first/cases/?{query}").content.decode()

        assert set(re.findall(r"Person \d|Other", page)) == people

    def test_every_figure_leads_to_as_many_cases(self, cast: Cast, ended: str, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        page = omar.get("/procedures/call-first/live/?by=owner").content.decode()
        links = re.findall(r'<a class="link" href="(/procedures/call-first/cases/[^"]*)">(\d+)</a>', page)

        counts = [
            omar.get(link.replace("&amp;", "&")).content.decode().count('class="grid-table__main"') for link, _ in links
        ]

        assert len(links) > 8
        assert counts == [int(count) for _, count in links]

    @pytest.mark.req("L1")
    def test_nobody_reads_cases_of_another_team(self, cast: Cast, ended: str, sign_in: SignIn) -> None:
        page = sign_in(cast.ines).get("/procedures/call-first/cases/").content.decode()

        assert set(re.findall(r"Person \d|Other", page)) == {"Other"}

    def test_nonsense_in_the_address_is_refused(self, cast: Cast, ended: str, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).get("/procedures/call-first/cases/?by=owner&value=x")

        assert answer.status_code == 422


@pytest.mark.req("C4")
def test_the_timeline_tells_how_a_step_ended_in_words(cast: Cast, ended: str, sign_in: SignIn) -> None:
    done = WorkItem.objects.get(outcome="reached")

    page = sign_in(cast.maya).get(f"/leads/{done.record_id}/").content.decode()

    assert f"{done.title}: Reached" in html.unescape(page)
