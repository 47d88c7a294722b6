"""Charts with what is planned, charts begun by hand, and other views of a procedure."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.queries import overview
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.flow import bpmn
from throughline.insight.charts.models import PlannedChart
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.req("A2"), pytest.mark.django_db]


@pytest.fixture
def omar(cast: Cast, procedure: str, sign_in: SignIn) -> Client:
    """Omar's browser: he may draw; a procedure runs."""
    return sign_in(cast.omar)


def plan(client: Client, key: str, kind: str, **sent: str) -> None:
    """Change the plan of a chart."""
    answer = client.post("/charts/plan/", {"key": key, "kind": kind, "back": "/charts/", **sent})
    assert answer.status_code == 302


class TestPlanning:
    """In derived charts."""

    def test_is_drawn_told_and_can_be_taken_out(self, omar: Client) -> None:
        plan(omar, "types", "class", do="shape", shape="class", name="Ticket", estimate="40 a day", rows="Subject")
        page = omar.get("/charts/types/").content.decode()
        (shape,) = PlannedChart.objects.get(key="types").shapes

        plan(omar, "types", "class", do="take_out", element=shape["id"])

        assert "Ticket (planned)" in page
        assert "≈ 40 a day" in page
        assert "0 came true and 1 is still to come" in page
        assert "Ticket (planned)" not in omar.get("/charts/types/").content.decode()
        assert list(Entry.objects.filter(event="chart.plan_changed").values_list("data__removed", flat=True)) == [
            False,
            True,
        ]

    def test_what_is_there_already_has_come_true(self, omar: Client) -> None:
        plan(omar, "types", "class", do="shape", shape="class", name="lead")

        page = omar.get("/charts/types/").content.decode()

        assert "1 came true and 0 is still to come. Came true: lead." in page
        assert "lead (planned)" not in page

    def test_shapes_stay_where_they_are_put_and_go_back(self, omar: Client) -> None:
        key = "flow:call-first:1"
        page = "/procedures/call-first/charts/?view=1"
        before = omar.get(page).content.decode()

        plan(omar, key, "data_flow", do="move", shape="step:call", x="700", y="300")
        plan(omar, key, "data_flow", do="right", shape="step:call")
        places = PlannedChart.objects.get(key=key).places
        after = omar.get(page).content.decode()
        plan(omar, key, "data_flow", do="back")

        assert places == {"step:call": [720.0, 300.0]}
        assert "720" in after.partition('data-shape="step:call"')[2][:200]
        assert "720" not in before.partition('data-shape="step:call"')[2][:200]
        assert PlannedChart.objects.get(key=key).places == {}

    @pytest.mark.req("L1")
    def test_is_for_those_who_may_draw(self, omar: Client, cast: Cast, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        sent = {"key": "types", "kind": "class", "do": "shape", "shape": "class", "name": "Ticket"}
        refused = maya.post("/charts/plan/", sent)

        assert refused.status_code == 403
        assert not PlannedChart.objects.exists()
        assert "Plan something" not in maya.get("/charts/types/").content.decode()
        assert "Plan something" in omar.get("/charts/types/").content.decode()

    @pytest.mark.parametrize(
        "sent",
        [
            {"do": "shape", "shape": "state", "name": "Wrong kind"},
            {"do": "shape", "shape": "class", "name": " "},
            {"do": "line", "source": "lead", "target": ""},
            {"do": "move", "shape": "lead", "x": "nan", "y": "1"},
            {"do": "left", "shape": "gone"},
            {"do": "nonsense"},
        ],
    )
    def test_what_cannot_be_is_said_and_not_kept(self, omar: Client, sent: dict[str, str]) -> None:
        plan(omar, "types", "class", **sent)

        found = PlannedChart.objects.filter(key="types").first()
        assert found is None or (found.shapes, found.lines, found.places) == ([], [], {})

    def test_goes_back_within_this_site_only(self, omar: Client) -> None:
        sent = {"key": "types", "kind": "class", "do": "back", "back": "https://elsewhere.example/"}

        assert omar.post("/charts/plan/", sent)["Location"] == "/charts/"


class TestOwn:
    """Begun by hand."""

    @pytest.mark.parametrize(
        ("kind", "shape"),
        [
            ("data_flow", "process"), ("value_stream", "station"), ("class", "class"), ("state", "state"),
            ("activity", "decision"), ("sequence", "head"), ("use_case", "actor"),
        ],
    )  # fmt: skip
    def test_each_type_can_be_begun_filled_taken_along_and_thrown_away(
        self, omar: Client, kind: str, shape: str
    ) -> None:
        page = omar.post("/charts/own/", {"kind": kind, "title": "Next year"})["Location"]
        key = PlannedChart.objects.get().key
        for name in ("One", "Two"):
            plan(omar, key, kind, do="shape", shape=shape, name=name, estimate="5 minutes")
        plan(omar, key, kind, do="line", source="planned-1", target="planned-2", text="then")

        shown = omar.get(page).content.decode()
        assert "then (planned)" in shown
        assert omar.get(f"{page}?as=svg").content.startswith(b"<svg")
        assert "Next year" in omar.get("/charts/").content.decode()

        omar.post(f"{page}forgetting/")
        assert omar.get(page).status_code == 404

    def test_needs_a_title(self, omar: Client) -> None:
        omar.post("/charts/own/", {"kind": "class", "title": " "})

        assert not PlannedChart.objects.exists()


class TestViews:
    """Of one procedure."""

    @pytest.mark.parametrize("view", ["0", "1", "stream", "future", "activity", "role", "team", "system"])
    def test_each_is_shown_and_taken_along(self, omar: Client, view: str) -> None:
        page = omar.get(f"/procedures/call-first/charts/?view={view}")

        assert page.status_code == 200
        assert "<svg" in page.content.decode()
        for to, begins in (("svg", b"<svg"), ("drawio", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
            file = omar.get(f"/procedures/call-first/charts/?view={view}&as={to}")
            assert file.content.startswith(begins), (view, to)


class TestValueStream:
    """The value stream of a procedure, as it is and as it is planned."""

    PAGE = "/procedures/call-first/charts/?view="

    @pytest.fixture
    def called(self, cast: Cast, at: datetime, lead: Lead) -> Lead:
        """A lead that was called two hours after it came, and taken from the queue half an hour before that."""
        later = at + timedelta(hours=2)
        item = WorkItem.objects.get()
        WorkItem.objects.filter(pk=item.pk).update(claimed_at=later - timedelta(minutes=30))
        by = Actor.user(cast.maya)
        operations.complete_work_item(
            work_item_id=item.pk, outcome="reached", answers={"note": "Yes."}, by=by, at=later
        )
        worker.drain(limit=50, at=later)
        return lead

    def test_is_reached_from_the_list_of_charts(self, omar: Client) -> None:
        page = omar.get("/charts/").content.decode()

        assert "/procedures/call-first/charts/?view=stream" in page
        assert "/procedures/call-first/charts/?view=future" in page

    def test_tells_what_the_journal_knows(self, omar: Client, called: Lead) -> None:
        page = omar.get(f"{self.PAGE}stream").content.decode()

        assert "Make first contact" in page
        assert "worked on: 30 min" in page
        assert "lead time 2 h, working time 30 min, efficiency 25.0%" in page

    @pytest.mark.req("L1")
    def test_tells_nothing_of_cases_that_one_may_not_see(self, cast: Cast, called: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.ines).get(f"{self.PAGE}stream").content.decode()

        assert "Make first contact" in page
        assert "worked on" not in page
        assert "lead time" not in page

    def test_holds_estimates_against_what_is(self, omar: Client, called: Lead) -> None:
        key, kind = "stream:call-first", "value_stream"
        plan(omar, key, kind, do="shape", shape="station", name="Make first contact", estimate="10 min")
        plan(omar, key, kind, do="shape", shape="queue", name="Make first contact", estimate="1 h")
        plan(omar, key, kind, do="shape", shape="station", name="Thank them", estimate="2 min")

        now = omar.get(f"{self.PAGE}stream").content.decode()
        then = omar.get(f"{self.PAGE}future").content.decode()

        assert "planned: ≈ 10 min" in now
        assert "<td>≈ 10 min</td><td>worked on: 30 min" in now
        assert "worked on: ≈ 10 min (planned, now 30 min)" in then
        assert "Thank them (planned)" in then
        assert "Now: lead time 2 h, working time 30 min, efficiency 25.0%." in then
        assert "Then (planned): lead time 1 h 12 min, working time 12 min, efficiency 16.7%." in then

    def test_keeps_shapes_where_they_are_put(self, omar: Client, called: Lead) -> None:
        plan(omar, "stream:call-first", "value_stream", do="move", shape="step:call", x="900", y="40")
        plan(omar, "stream:call-first", "value_stream", do="down", shape="step:call")

        assert PlannedChart.objects.get(key="stream:call-first").places == {"step:call": [900.0, 60.0]}
        for view in ("stream", "future"):
            page = omar.get(f"{self.PAGE}{view}").content.decode()
            assert 'x="900"' in page.partition('data-shape="step:call"')[2][:300]

    def test_of_a_draft_has_no_times_yet(self, omar: Client, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.admin)
        operations.create_procedure(key="later", name="Later", record_type="lead", by=by, at=at)
        operations.save_draft(key="later", drawing=CALL_FIRST, by=by, at=at)

        page = omar.get("/procedures/later/charts/?view=stream").content.decode()

        assert "Make first contact" in page
        assert "lead time" not in page

    def test_of_nothing_drawn_says_so(self, omar: Client, cast: Cast, at: datetime) -> None:
        operations.create_procedure(key="empty", name="Empty", by=Actor.user(cast.admin), at=at)

        assert omar.get("/procedures/empty/charts/?view=stream").status_code == 404


class TestArranging:
    """A draft in other lanes."""

    PAGE = "/procedures/call-first/charts/?view=system"
    ACT = "/procedures/call-first/arrangement/"

    def test_is_made_of_the_picture_and_can_be_taken_back(self, omar: Client, procedure: str) -> None:
        page = omar.get(self.PAGE).content.decode()

        answer = omar.post(self.ACT, {"by": "system"})

        assert "Make a draft with these lanes" in page
        assert answer.status_code == 302
        draft = overview.procedure(key=procedure).latest("draft")
        assert draft is not None
        (process,) = bpmn.read(overview.drawing(version_id=draft.id)).processes
        assert {lane.name for lane in process.lanes} >= {"People"}
        omar.post("/procedures/call-first/outline/undo/")
        draft = overview.procedure(key=procedure).latest("draft")
        assert draft is not None
        assert "People" not in overview.drawing(version_id=draft.id).decode()

    def test_is_for_who_may_draw(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        assert "Make a draft with these lanes" not in maya.get(self.PAGE).content.decode()
        assert maya.post(self.ACT, {"by": "system"}).status_code == 403

    def test_by_something_else_is_refused(self, omar: Client) -> None:
        assert omar.post(self.ACT, {"by": "colour"}).status_code == 422
