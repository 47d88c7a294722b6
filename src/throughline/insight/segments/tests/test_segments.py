"""Which groups of records fare otherwise, on cases counted by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.procedures import charts
from throughline.core.procedures.models import Case
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.insight.segments import Compared, compare_segments
from throughline.insight.segments.comparing import Finding

pytestmark = [pytest.mark.django_db, pytest.mark.req("A6")]

DAY = timedelta(days=1)
DRAWING = c.chart(
    c.captured(), c.work("call", due='duration("PT2H")'), c.end("sold"), c.flows("captured > call > sold")
)


@pytest.fixture
def desk(cast: Cast, at: datetime) -> Desk:
    """Forty leads of one region that end after a day, and forty of another one that end after ten."""
    charts.forget_all()
    made = Desk(cast, at)
    made.publish(DRAWING)
    for region, days in (("DACH", 1), ("Nordics", 10)):
        leads = made.capture(40, region=region)
        cases = Case.objects.filter(record_id__in=[lead.pk for lead in leads])
        for place, case in enumerate(cases.order_by("pk")):
            Case.objects.filter(pk=case.pk).update(
                status="finished", ended_at=at + days * DAY + timedelta(minutes=place)
            )
        if region == "DACH":
            Lead.objects.filter(pk__in=[lead.pk for lead in leads[:30]]).update(converted_at=at + DAY)
    made.now = at + 40 * DAY
    return made


def asked(desk: Desk, **values: object) -> Compared:
    given = {"procedure": "test", "user": desk.cast.admin, "at": desk.now, "days": 30, **values}
    return compare_segments(**given)  # type: ignore[arg-type]


def finding(found: Compared, value: str, figure: str) -> Finding:
    return next(each for each in found.findings if (each.segment.value, each.figure) == (value, figure))


class TestCompareSegments:
    def test_finds_the_group_that_fares_otherwise(self, desk: Desk) -> None:
        found = asked(desk)

        time = finding(found, "DACH", "time")
        assert time.differs
        assert (time.inside.count, time.others.count) == (40, 40)
        assert time.interval.holds(-9 * 86_400)
        assert time.segment.rule == 'lead.region = "DACH"'
        assert finding(found, "DACH", "success").inside.mean == pytest.approx(0.75)
        assert finding(found, "DACH", "success").differs
        assert found.findings[0].differs
        assert found.cases == 80

    def test_widens_the_intervals_with_the_number_of_comparisons(self, desk: Desk) -> None:
        found = asked(desk)
        time = finding(found, "DACH", "time")

        assert found.comparisons == len(found.findings) > 1
        spread = (time.inside.variance or 0) / 40 + (time.others.variance or 0) / 40
        alone = 1.99 * spread**0.5
        assert (time.interval.high - time.interval.low) / 2 > alone

    def test_says_nothing_of_groups_with_too_few_cases(self, desk: Desk) -> None:
        Lead.objects.filter(region="Nordics").update(region="")

        found = asked(desk)

        assert "Nordics" not in {each.segment.value for each in found.findings}
        assert {each.field for each in found.thin}.isdisjoint({"region"})
        Lead.objects.update(region="DACH")
        assert [each.largest for each in asked(desk).thin if each.field == "region"] == [80]

    def test_of_young_cases_nothing_is_known_yet(self, desk: Desk) -> None:
        assert asked(desk, at=desk.now - 30 * DAY).cases == 0

    def test_counts_only_what_the_asker_sees(self, desk: Desk) -> None:
        found = asked(desk, user=desk.cast.ines)

        assert (found.cases, found.comparisons) == (0, 0)

    def test_refuses_what_makes_no_sense(self, desk: Desk) -> None:
        with pytest.raises(Refusal, match="Give 1 to 365 days"):
            asked(desk, days=0)
        with pytest.raises(NotFound):
            asked(desk, procedure="gone")
