"""Load, relationships and hand-overs, counted by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actor import Actor
from throughline.core.procedures import charts
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.activities.models import Activity, ActivityLink, Direction, Kind, Status
from throughline.insight.workload import colleagues, handings, loads, relationships, strength
from throughline.insight.workload.relationships import Touch, is_mutual

pytestmark = [pytest.mark.django_db, pytest.mark.req("I5")]

DAY = timedelta(days=1)
TWO = c.chart(
    c.captured(),
    c.work("call", assignee="lead.owner", due='duration("PT2H")'),
    c.work("write", assignee="lead.owner"),
    c.end(),
    c.flows("captured > call > write > end"),
)


@pytest.fixture
def desk(cast: Cast, at: datetime) -> Desk:
    """Five leads of Maya's wait for her call; two she has called, one of which Tom has written to."""
    charts.forget_all()
    made = Desk(cast, at)
    made.publish(TWO)
    made.capture(5)
    made.drain()
    for item in made.open_items("call")[:2]:
        made.complete(item)
    made.drain(hours=1)
    made.complete(made.open_items("write")[0], by=cast.tom)
    made.drain(hours=2)
    return made


class TestColleagues:
    def test_are_oneself_and_for_a_manager_the_teams(self, cast: Cast) -> None:
        assert colleagues(user=cast.maya) == [cast.maya]
        assert {cast.maya, cast.tom, cast.ines, cast.omar} <= set(colleagues(user=cast.omar))
        assert cast.petra not in colleagues(user=cast.omar)


class TestLoads:
    def test_count_what_is_open_late_and_done(self, desk: Desk) -> None:
        [load] = loads(people=[desk.cast.maya], user=desk.cast.maya, at=desk.now)

        assert (load.steps, load.late_steps) == (4, 3)
        assert load.done == 3
        assert load.weeks_ahead == pytest.approx(4 / (3 / 4))

    def test_count_planned_tasks(self, desk: Desk) -> None:
        by = Actor.user(desk.cast.maya)
        for days in (-1, 1):
            values = {"kind": "Task", "subject": "Send it", "due_at": desk.now + days * DAY}
            create_record(spec=registry.get("activity"), values=values, by=by, at=desk.now)

        [load] = loads(people=[desk.cast.maya], user=desk.cast.maya, at=desk.now)

        assert (load.tasks, load.late_tasks) == (2, 1)

    def test_without_a_pace_there_is_no_number_of_weeks(self, desk: Desk) -> None:
        [load] = loads(people=[desk.cast.alma], user=desk.cast.admin, at=desk.now)

        assert load.weeks_ahead is None

    @pytest.mark.req("L1")
    def test_count_only_records_that_the_asker_sees(self, desk: Desk) -> None:
        [load] = loads(people=[desk.cast.maya], user=desk.cast.ines, at=desk.now)

        assert (load.steps, load.done, load.tasks) == (0, 0, 0)


def touch(kind: Kind, at: datetime, days: int, direction: str = "") -> Touch:
    return Touch(kind, at - days * DAY, direction)


class TestStrength:
    def test_follows_the_formula(self, at: datetime) -> None:
        touches = [touch(Kind.MEETING, at, 0), touch(Kind.CALL, at, 30), touch(Kind.EMAIL, at, 60)]

        assert strength(touches, at) == pytest.approx(3 + 2 / 2 + 1 / 4)

    def test_takes_both_sides(self, at: datetime) -> None:
        out, into = touch(Kind.EMAIL, at, 1, Direction.OUT), touch(Kind.CALL, at, 2, Direction.IN)

        assert not is_mutual([out, out])
        assert is_mutual([out, into])
        assert is_mutual([touch(Kind.MEETING, at, 3)])


class TestRelationships:
    def log(self, cast: Cast, at: datetime, contact: int, kind: Kind, direction: str, days: int) -> None:
        values = {"kind": kind.value, "subject": "Talk"}
        made = create_record(spec=registry.get("activity"), values=values, by=Actor.user(cast.maya), at=at)
        Activity.objects.filter(pk=made.pk).update(status=Status.HELD, done_at=at - days * DAY, direction=direction)
        ActivityLink.objects.get_or_create(activity_id=made.pk, record_type="contact", record_id=contact)

    def test_are_those_with_both_sides_the_strongest_first(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.maya)
        ada, bo, cy = (
            create_record(spec=registry.get("contact"), values={"last_name": name}, by=by, at=at).pk
            for name in ("Ada", "Bo", "Cy")
        )
        self.log(cast, at, ada, Kind.EMAIL, "Out", 1)
        self.log(cast, at, ada, Kind.EMAIL, "In", 1)
        self.log(cast, at, bo, Kind.MEETING, "", 1)
        self.log(cast, at, cy, Kind.CALL, "Out", 1)
        self.log(cast, at, cy, Kind.CALL, "In", 91)

        found = relationships(people=[cast.maya], user=cast.maya, at=at)

        assert [each.contact for each in found] == [bo, ada]
        assert relationships(people=[cast.maya], user=cast.ines, at=at) == []


class TestHandings:
    def test_go_from_who_finished_a_step_to_who_finished_the_next(self, desk: Desk) -> None:
        people = [desk.cast.maya, desk.cast.tom]

        [handing] = handings(people=people, user=desk.cast.admin, at=desk.now)

        assert (handing.giver, handing.taker, handing.count) == (desk.cast.maya.pk, desk.cast.tom.pk, 1)
        assert handing.mean == timedelta(hours=1)

    @pytest.mark.req("L1")
    def test_of_cases_that_the_asker_does_not_see_are_not_told(self, desk: Desk) -> None:
        people = [desk.cast.maya, desk.cast.tom]

        assert handings(people=people, user=desk.cast.ines, at=desk.now) == []
        assert len(handings(people=people, user=desk.cast.maya, at=desk.now)) == 1
