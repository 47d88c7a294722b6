"""Routing by presence, competence and load is fair."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import Team, User
from throughline.core.identity.operations import (
    create_team,
    create_user,
    enter_absence,
    set_competences,
)
from throughline.core.records import registry
from throughline.core.records.load import Wanted, choose
from throughline.core.records.operations import Assignment, assign_records
from throughline.core.refusals import Refusal
from throughline.crm.leads.capture import capture_leads
from throughline.crm.leads.models import Lead

BY = Actor.system()
LEADS = 1_000


@pytest.fixture
def team(db: None, at: datetime) -> Team:
    """Give a team of five: the second has twenty leads already, the fourth works half the week, the fifth is away."""
    made = create_team(key="five", name="Five", by=BY, at=at)
    people = [create_user(email=f"p{n}@example.com", name=f"Person {n}", teams=[made], by=BY, at=at) for n in range(5)]
    capture_leads([{"name": f"Old {n}", "owner": people[1].pk} for n in range(20)], by=BY, at=at)
    set_competences(user=people[0], competences=["French"], capacity=100, by=BY, at=at)
    set_competences(user=people[3], competences=["French"], capacity=50, by=BY, at=at)
    enter_absence(user=people[4], away_from=at, away_until=at + timedelta(days=5), by=BY, at=at)
    return made


def route(team: Team, at: datetime, *, leads: int = LEADS, batch: int = 50, competence: str = "") -> dict[str, int]:
    """Route new leads in batches, as a worker does, and return how many leads each person has."""
    spec = registry.get("lead")
    for _ in range(leads // batch):
        made = [key for key in capture_leads([{"name": "New"}] * batch, by=BY, at=at).ids if key is not None]
        chosen = choose(spec=spec, wanted=[Wanted(team.pk, competence)] * batch, at=at)
        wishes = [Assignment(key, who.user_id, team.pk, who.reason) for key, who in zip(made, chosen, strict=True)]
        assign_records(spec=spec, assignments=wishes, by=BY, at=at)
    return {
        user.name: Lead.objects.filter(owner=user).count() for user in User.objects.filter(teams=team).order_by("pk")
    }


@pytest.mark.req("C2")
class TestChoose:
    """A thousand leads over five people."""

    def test_each_gets_a_share_by_load_presence_and_capacity(self, team: Team, at: datetime) -> None:
        have = route(team, at)

        assert sum(have.values()) == LEADS + 20
        assert have["Person 4"] == 0
        whole = [have[f"Person {n}"] for n in (0, 1, 2)]
        assert max(whole) - min(whole) <= 1
        assert abs(have["Person 3"] - whole[0] / 2) <= 1
        reasons = set(Lead.objects.exclude(assigned_reason="").values_list("assigned_reason", flat=True))
        assert all("has the fewest open leads (" in reason for reason in reasons)

    def test_who_knows_it_takes_it_while_somebody_does(self, team: Team, at: datetime) -> None:
        have = route(team, at, leads=150, competence=" french ")

        assert (have["Person 0"], have["Person 3"]) == (100, 50)
        assert have["Person 2"] == 0

    def test_where_nobody_knows_it_everybody_is_asked_and_it_is_said(self, team: Team, at: datetime) -> None:
        [chosen] = choose(spec=registry.get("lead"), wanted=[Wanted(team.pk, "Finnish")], at=at)

        assert chosen.user_id is not None
        assert chosen.reason == "nobody there knows finnish; has the fewest open leads (0)"

    def test_nobody_there_leaves_it_in_the_queue(self, team: Team, at: datetime) -> None:
        for user in User.objects.filter(teams=team):
            set_competences(user=user, competences=[], capacity=0, by=BY, at=at)

        [chosen] = choose(spec=registry.get("lead"), wanted=[Wanted(team.pk)], at=at)

        assert chosen.user_id is None
        assert "waits in its queue" in chosen.reason

    def test_a_share_that_cannot_be_is_refused(self, team: Team, at: datetime) -> None:
        with pytest.raises(Refusal, match="between 0 and 200"):
            set_competences(user=User.objects.filter(teams=team)[0], competences=[], capacity=201, by=BY, at=at)
