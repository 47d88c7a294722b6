"""Retiring a team with its people and open work, and bringing it back a day later."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core import access
from throughline.core.access.staff import change_person
from throughline.core.actor import Actor
from throughline.core.handover.teams import bring_back_team, retire_team, team_holdings
from throughline.core.identity.models import Team
from throughline.core.identity.operations import create_team
from throughline.core.identity.queries import teams_going_on
from throughline.core.journal.models import Entry
from throughline.core.records import registry
from throughline.core.records.operations import Assignment, assign_records
from throughline.core.refusals import Conflict, NotAllowed, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead

DAY = timedelta(days=1)


@pytest.fixture
def leads(cast: Cast, at: datetime) -> list[Lead]:
    """Give the north a lead of Maya's, one of nobody's, and one of Maya's that is closed."""
    made = [capture_lead(values={"name": name}, by=Actor.user(cast.maya), at=at) for name in ("Ada", "Bo", "Cy")]
    spec, by = registry.get("lead"), Actor.user(cast.omar)
    assign_records(spec=spec, assignments=[Assignment(made[1].pk, None, cast.north.pk)], by=by, at=at)
    Lead.objects.filter(pk=made[2].pk).update(closed_at=at)
    return made


def teams_of(*leads: Lead) -> list[tuple[int | None, int | None]]:
    """Return owner and team of leads as they are now."""
    rows = Lead.objects.in_bulk([lead.pk for lead in leads])
    return [(rows[lead.pk].owner_id, rows[lead.pk].team_id) for lead in leads]


@pytest.mark.req("L1")
class TestRetireTeam:
    """Everything open in one move."""

    def test_what_would_move_is_shown_before(self, cast: Cast, leads: list[Lead]) -> None:
        moves = team_holdings(cast.north)

        assert {each.spec.type: each.count for each in moves.records} == {"lead": 2, "contact": 3}
        assert cast.maya in moves.people

    def test_people_and_open_work_move_and_what_is_done_stays(
        self, cast: Cast, leads: list[Lead], at: datetime
    ) -> None:
        below = create_team(key="fjord", name="Fjord", parent=cast.north, by=Actor.system(), at=at)

        retire_team(team_id=cast.north.pk, into_id=cast.south.pk, by=Actor.user(cast.admin), at=at)

        maya, south = cast.maya.pk, cast.south.pk
        assert teams_of(*leads) == [(maya, south), (None, south), (maya, cast.north.pk)]
        assert list(cast.maya.teams.all()) == [cast.south]
        assert Team.objects.get(pk=below.pk).parent_id == south
        told = Entry.objects.get(event="team.retired").data
        assert (told["into"], told["records"], told["people"]) == (south, {"lead": 2, "contact": 3}, 3)
        access.forget(cast.ines)
        assert Lead.objects.filter(access.visible(registry.get("lead"), cast.ines)).count() == 2

    def test_it_takes_nobody_and_nothing_any_more(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        admin = Actor.user(cast.admin)
        retire_team(team_id=cast.north.pk, into_id=cast.south.pk, by=admin, at=at)

        change_person(
            user_id=cast.ines.pk, name="Ines Duarte", time_zone="UTC", role_keys=["sales"],
            team_ids=[cast.north.pk, cast.south.pk], by=admin, at=at,
        )  # fmt: skip
        assert list(cast.ines.teams.all()) == [cast.south]
        with pytest.raises(Refusal):
            capture_lead(values={"name": "Di", "team": "Sales North"}, by=Actor.user(cast.maya), at=at)
        with pytest.raises(Conflict):
            retire_team(team_id=cast.north.pk, into_id=cast.south.pk, by=admin, at=at)

    def test_what_a_chart_gives_to_it_goes_where_its_work_went(self, cast: Cast, at: datetime) -> None:
        admin = Actor.user(cast.admin)
        retire_team(team_id=cast.north.pk, into_id=cast.south.pk, by=admin, at=at)
        retire_team(team_id=cast.south.pk, into_id=cast.care.pk, by=admin, at=at)

        found = teams_going_on(["north", "care", "nowhere"])

        assert found == {"north": cast.care, "care": cast.care}

    def test_it_goes_neither_into_itself_nor_below_itself_nor_into_a_retired_one(
        self, cast: Cast, at: datetime
    ) -> None:
        admin = Actor.user(cast.admin)
        retire_team(team_id=cast.care.pk, into_id=cast.marketing.pk, by=admin, at=at)

        for into in (cast.sales, cast.north, cast.care):
            with pytest.raises(Refusal):
                retire_team(team_id=cast.sales.pk, into_id=into.pk, by=admin, at=at)

    def test_is_for_who_may_change_roles(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(NotAllowed):
            retire_team(team_id=cast.north.pk, into_id=cast.south.pk, by=Actor.user(cast.omar), at=at)


@pytest.mark.req("L1", "M2")
class TestBringBackTeam:
    """A day later, after people have worked on."""

    def test_what_is_still_there_comes_back(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        admin = Actor.user(cast.admin)
        retire_team(team_id=cast.north.pk, into_id=cast.south.pk, by=admin, at=at)
        wish = Assignment(leads[0].pk, cast.petra.pk, cast.care.pk)
        assign_records(spec=registry.get("lead"), assignments=[wish], by=admin, at=at + DAY / 2)

        bring_back_team(team_id=cast.north.pk, by=admin, at=at + DAY)

        assert teams_of(*leads[:2]) == [(cast.petra.pk, cast.care.pk), (None, cast.north.pk)]
        assert list(cast.maya.teams.all()) == [cast.north]
        assert list(cast.ines.teams.all()) == [cast.south]
        assert Entry.objects.get(event="team.brought_back").data["records"] == {"lead": 1, "contact": 3}

    def test_only_a_retired_one_can_be(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Conflict):
            bring_back_team(team_id=cast.north.pk, by=Actor.user(cast.admin), at=at)
