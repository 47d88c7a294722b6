"""Teams side by side, on cases counted by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.procedures import charts, operations
from throughline.core.procedures.models import Case
from throughline.core.procedures.operations.variants import make_variant
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.insight.offices import Office, Offices, compare_offices

pytestmark = [pytest.mark.django_db, pytest.mark.req("A7")]

DAY = timedelta(days=1)
DRAWING = c.chart(
    c.captured(), c.work("call", due='duration("PT2H")'), c.end("sold"), c.flows("captured > call > sold")
)
VIP = DRAWING.replace(b"PT2H", b"PT1H")


@pytest.fixture
def desk(cast: Cast, at: datetime) -> Desk:
    """Forty leads of Maya's team in the north that end after a day, ten of them by a variant; forty of Ines's, ten."""
    charts.forget_all()
    made = Desk(cast, at)
    made.publish(DRAWING)
    make_variant(base="test", key="vip", name="VIP", rule='lead.region = "VIP"', by=made.admin, at=at)
    operations.save_draft(key="vip", drawing=VIP, by=made.admin, at=at)
    operations.publish(key="vip", by=made.admin, at=at)
    told = ((cast.maya, "NO", 30, 1), (cast.maya, "VIP", 10, 1), (cast.ines, "SO", 40, 10))
    for owner, region, count, days in told:
        leads = made.capture(count, owner=owner.pk, region=region)
        keys = [lead.pk for lead in leads]
        for place, case in enumerate(Case.objects.filter(record_id__in=keys).order_by("pk")):
            ended = at + days * DAY + timedelta(minutes=place)
            Case.objects.filter(pk=case.pk).update(status="finished", ended_at=ended)
        if owner == cast.maya:
            Lead.objects.filter(pk__in=keys).update(converted_at=at + DAY)
    made.now = at + 40 * DAY
    return made


def asked(desk: Desk, **values: object) -> Offices:
    given = {"procedure": "test", "user": desk.cast.admin, "at": desk.now, "days": 30, **values}
    return compare_offices(**given)  # type: ignore[arg-type]


def office(found: Offices, key: str) -> Office:
    return next(each for each in found.offices if each.key == key)


class TestCompareOffices:
    def test_puts_the_teams_side_by_side_with_the_ways_they_go(self, desk: Desk) -> None:
        found = asked(desk)

        north, south = office(found, "north"), office(found, "south")
        assert (north.cases, south.cases, len(found.offices)) == (40, 40, 2)
        assert (north.variants, south.variants) == ((("", 30), ("VIP", 10)), (("", 40),))
        assert (north.name, north.running, north.began_at) == ("Sales North", 0, desk.now - 40 * DAY)
        assert found.sees_all is True

    def test_says_which_difference_is_more_than_chance(self, desk: Desk) -> None:
        north = office(asked(desk), "north")

        success, time, departures = (north.figure(key) for key in ("success", "time", "departures"))
        assert success is not None
        assert (success.inside.mean, success.others.mean, success.is_good) == (1.0, 0.0, True)
        assert time is not None
        assert time.is_good is True
        assert time.interval is not None
        assert time.interval.high < -8 * 86_400
        assert departures is not None
        assert (departures.inside.mean, departures.is_good) == (0.0, None)

    def test_of_few_cases_it_tells_the_figures_and_no_difference(self, desk: Desk) -> None:
        gone = Case.objects.filter(record_id__in=Lead.objects.filter(region="SO").values("pk")[:20])
        Case.objects.filter(pk__in=list(gone.values_list("pk", flat=True))).update(sandbox=True)

        found = asked(desk)

        south = office(found, "south")
        assert (south.cases, found.comparisons) == (20, 0)
        assert {each.interval for each in south.figures} == {None}

    def test_shows_how_a_team_ramped_up(self, desk: Desk) -> None:
        later = list(Case.objects.order_by("pk").values_list("pk", flat=True)[:5])
        Case.objects.filter(pk__in=later).update(started_at=desk.now - 5 * DAY)

        north = office(asked(desk), "north")

        assert [(each.cases, each.success) for each in north.ramp_up] == [(35, 1.0), (5, None)]
        assert north.cases == 35

    def test_a_record_without_a_team_stands_for_itself(self, desk: Desk) -> None:
        Lead.objects.filter(region="VIP").update(team=None, owner=None)

        nobody = office(asked(desk), "")

        assert (nobody.name, nobody.cases, nobody.variants) == ("", 10, (("VIP", 10),))

    @pytest.mark.req("L1")
    def test_counts_only_what_the_asker_sees(self, desk: Desk) -> None:
        found = asked(desk, user=desk.cast.ines)

        assert [each.key for each in found.offices] == ["south"]
        assert (found.sees_all, found.comparisons) == (False, 0)

    def test_refuses_what_makes_no_sense(self, desk: Desk) -> None:
        with pytest.raises(Refusal, match="Give 1 to 365 days"):
            asked(desk, days=0)
        with pytest.raises(NotFound):
            asked(desk, procedure="gone")
        operations.create_procedure(key="bare", name="Bare", record_type="", by=desk.admin, at=desk.now)
        with pytest.raises(Refusal, match="travels with no record"):
            asked(desk, procedure="bare")
