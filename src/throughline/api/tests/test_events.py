"""The feed and subscriptions."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.api.tests.conftest import Program
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead

pytestmark = [pytest.mark.req("J7"), pytest.mark.django_db(transaction=True)]


@pytest.mark.usefixtures("readable_at_once")
class TestFeed:
    """What happens, in order."""

    def test_is_told_once_and_goes_on_from_its_cursor(self, maya: Program, leads: list[Lead]) -> None:
        first = maya.get("events?events=lead.captured&limit=2")
        second = maya.get(f"events?events=lead.captured&cursor={first['cursor']}")
        third = maya.get(f"events?events=lead.captured&cursor={second['cursor']}")

        told = [each["about"]["id"] for each in (*first["data"], *second["data"])]
        assert told == [lead.pk for lead in leads]
        assert third["data"] == []

    @pytest.mark.req("L1")
    def test_tells_nothing_of_another_team(self, ines: Program, leads: list[Lead]) -> None:
        assert ines.get("events")["data"] == []


class TestSubscriptions:
    """Addresses that are told."""

    def test_are_made_listed_and_ended(self, maya: Program, cast: Cast, at: datetime) -> None:
        made = maya.ask("POST", "hooks", {"url": "https://example.com/in", "events": ["lead.captured"]})

        assert made.status_code == 201
        assert made.json()["secret"].startswith("whsec_")
        (row,) = maya.get("hooks")["data"]
        assert "secret" not in row
        assert maya.ask("DELETE", f"hooks/{row['id']}").status_code == 204
        assert maya.get("hooks")["data"] == []

    def test_are_ones_own(self, maya: Program, ines: Program) -> None:
        made = maya.ask("POST", "hooks", {"url": "https://example.com/in"}).json()

        assert ines.get("hooks")["data"] == []
        assert ines.ask("DELETE", f"hooks/{made['id']}").status_code == 404

    @pytest.mark.parametrize(
        "wish", [{"url": "ftp://example.com"}, {"url": "https://example.com", "events": ["no.such"]}]
    )
    def test_need_an_address_and_events_that_are_some(self, maya: Program, wish: object) -> None:
        assert maya.ask("POST", "hooks", wish).status_code == 422

    def test_lead_inside_only_for_those_who_manage_connections(self, maya: Program) -> None:
        answer = maya.ask("POST", "hooks", {"url": "http://127.0.0.1:9/x", "inside": True})

        assert answer.status_code == 403
