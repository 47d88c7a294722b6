"""From a time that has grown to the step: which way out of a decision made it longer, counted by hand."""

from __future__ import annotations

import html
import re
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.identity.models import User
from throughline.crm.leads.models import Lead
from throughline.insight.kpis.definitions import BY_KEY
from throughline.insight.kpis.measuring import Question, Window
from throughline.insight.kpis.ways import Way, changed_ways

pytestmark = [pytest.mark.req("I1")]

CHART = c.chart(
    c.captured(),
    c.element("exclusiveGateway", "where", default="where_call"),
    c.work("call"),
    c.work("letter"),
    c.end(),
    c.flows("captured > where", "where > call > end", 'where >[lead.region = "UK"] letter > end'),
)


def answered(desk: Desk, hours: float, count: int, **values: str) -> None:
    """Let leads come that are answered after so many hours."""
    leads = desk.capture(count, **values)
    desk.drain()
    for lead in leads:
        Lead.objects.filter(pk=lead.pk).update(first_responded_at=lead.created_at + timedelta(hours=hours))


def ways(desk: Desk, user: User, key: str = "first-response") -> list[Way]:
    """Return the ways behind the time of the day of ``desk.now``, against the day before."""
    today = desk.now.astimezone(UTC).date()
    return changed_ways(Question(BY_KEY[key], user, Window.of_days(today, today, ZoneInfo("UTC"))))


@pytest.fixture
def slower(desk: Desk) -> Desk:
    """Yesterday four leads were called after two hours; today two were, and two got a letter after ten."""
    desk.publish(CHART)
    answered(desk, 2, 4, region="DACH")
    desk.now += timedelta(days=1)
    answered(desk, 2, 2, region="DACH")
    answered(desk, 10, 2, region="UK")
    return desk


class TestWaysOfTimes:
    def test_the_way_that_made_it_longer_comes_first(self, slower: Desk) -> None:
        worst, other = ways(slower, slower.cast.maya)

        assert (worst.node, worst.label) == ("where", "Letter")
        assert (worst.now.cases, worst.now.left, worst.now.mean) == (2, 4, 10 * 3600.0)
        assert worst.adds == pytest.approx(4 * 3600.0)  # half of the cases, eight hours longer
        assert other.label == "Call"
        assert other.adds == pytest.approx(0.0)
        assert worst.adds + other.adds == pytest.approx(6 * 3600.0 - 2 * 3600.0)  # the mean then and now

    def test_a_way_that_has_become_slower_is_found_too(self, desk: Desk) -> None:
        desk.publish(CHART)
        for hours in (2.0, 5.0):
            desk.now += timedelta(days=1)
            answered(desk, hours, 2, region="DACH")
            answered(desk, 4, 2, region="UK")

        worst = ways(desk, desk.cast.maya)[0]

        assert worst.label == "Call"
        assert worst.adds == pytest.approx(0.5 * 3 * 3600)

    def test_ways_taken_after_the_answer_do_not_count(self, slower: Desk) -> None:
        Lead.objects.update(first_responded_at=slower.now - timedelta(days=30))

        assert ways(slower, slower.cast.maya) == []

    def test_ines_sees_no_way_of_records_that_she_does_not_see(self, slower: Desk) -> None:
        assert ways(slower, slower.cast.ines) == []

    def test_the_page_of_the_figure_leads_to_the_cases(self, slower: Desk) -> None:
        browser = Client()
        browser.force_login(slower.cast.maya, backend="allauth.account.auth_backends.AuthenticationBackend")
        day = slower.now.date().isoformat()

        page = browser.get(f"/insight/figures/first-response/?since={day}&until={day}").content.decode()

        assert "Adds to the mean" in page
        assert "+4 h" in page
        [url] = re.findall(r'href="([^"]*flow=where_letter[^"]*)"', page)
        way = browser.get(html.unescape(url)).content.decode()
        assert "is their mean time" in way
        assert way.count("data-row") == 2
