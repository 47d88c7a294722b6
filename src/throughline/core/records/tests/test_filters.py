"""Filters: what a small JSON form means, and where it is wrong."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import queries, registry
from throughline.core.records.filters import UnreadableFilter, relative_days
from throughline.core.records.queries import ListQuery
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead

Some = dict[str, Any]


@pytest.fixture
def leads(cast: Cast, at: datetime) -> list[Lead]:
    """Give a lead of Maya's, one of Tom's, one of nobody; contacted or to be closed 40, 5 and 0 days ago."""
    made = []
    for interest, owner, days in (("a", cast.maya, 40), ("b", cast.tom, 5), ("c", None, 0)):
        lead = capture_lead(values={"interest": interest}, by=Actor.user(cast.maya), at=at)
        then = at - timedelta(days=days)
        Lead.objects.filter(pk=lead.pk).update(
            owner=owner, first_contact_on=then.date(), next_activity_at=then + timedelta(days=1)
        )
        made.append(lead)
    return made


def found(user: User, at: datetime, filter_: Some) -> str:
    """Return the interests of the leads that a filter finds, in order."""
    query = ListQuery(filter=filter_, sort="interest")
    return "".join(
        lead.interest for lead in queries.list_page(spec=registry.get("lead"), user=user, query=query, at=at).records
    )


class TestRelative:
    """What depends on who asks and when."""

    @pytest.mark.parametrize(
        ("condition", "interests"),
        [
            ({"field": "owner", "op": "is", "value": "me"}, "a"),
            ({"field": "owner", "op": "is", "value": "my_team"}, "ab"),
            ({"field": "owner", "op": "is_not", "value": "my_team"}, "c"),
            ({"field": "owner", "op": "one_of", "value": ["my_team"]}, "ab"),
            ({"field": "owner", "op": "one_of", "value": ["me", "my_team"]}, "ab"),
            ({"field": "team", "op": "is", "value": "my_team"}, "abc"),
            ({"field": "first_contact_on", "op": "older_than", "value": 30}, "a"),
            ({"field": "first_contact_on", "op": "older_than", "value": "5"}, "a"),
            ({"field": "first_contact_on", "op": "within_last", "value": 6}, "bc"),
            ({"field": "first_contact_on", "op": "within_next", "value": 1}, "c"),
            ({"field": "first_contact_on", "op": "in", "value": "last_45_days"}, "abc"),
            ({"field": "first_contact_on", "op": "overdue"}, "ab"),
            ({"field": "next_activity_at", "op": "overdue"}, "ab"),
        ],
    )
    def test_days_and_people_are_those_of_the_asker(
        self, cast: Cast, leads: list[Lead], at: datetime, condition: Some, interests: str
    ) -> None:
        assert found(cast.maya, at, condition) == interests

    def test_the_teams_one_manages_are_ones_own(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        assert found(cast.omar, at, {"field": "owner", "op": "is", "value": "my_team"}) == "ab"

    @pytest.mark.parametrize(
        ("name", "first", "last"),
        [
            ("next_quarter", date(2026, 4, 1), date(2026, 6, 30)),
            ("this_quarter", date(2026, 1, 1), date(2026, 3, 31)),
            ("next_year", date(2027, 1, 1), date(2027, 12, 31)),
        ],
    )
    def test_quarters_and_years_have_their_days(self, name: str, first: date, last: date) -> None:
        assert relative_days(name, date(2026, 3, 2)) == (first, last)


class TestGroups:
    """And, or, not, inside one another."""

    def test_three_levels_mean_what_they_say(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        a, b, c = ({"field": "interest", "op": "is", "value": name} for name in "abc")

        assert found(cast.maya, at, {"any": [{"all": [a, {"not": b}]}, {"all": [c, {"any": [b, c]}]}]}) == "ac"


class TestWrong:
    """What cannot be read is told at its condition."""

    @pytest.mark.parametrize(
        ("condition", "place"),
        [
            ({"field": "colour"}, ()),
            ({"all": [{"field": "interest"}, {"any": [{"field": "score", "op": "gt", "value": "many"}]}]}, (1, 0)),
            ({"all": [{"not": {"field": "status", "op": "has", "value": "x"}}]}, (0, 0)),
            ({"all": [{"field": "created_at", "op": "older_than", "value": "-1"}]}, (0,)),
            ({"all": [{"field": "score", "op": "ge", "value": ""}]}, (0,)),
            ({"all": [{"field": "score", "op": "between", "value": [1]}]}, (0,)),
            ({"all": [{}, "nonsense"]}, (1,)),
            ({"all": "nonsense"}, ()),
        ],
    )
    def test_the_place_of_the_condition_is_known(
        self, cast: Cast, at: datetime, condition: Some, place: tuple[int, ...]
    ) -> None:
        with pytest.raises(UnreadableFilter) as told:
            found(cast.maya, at, condition)

        assert told.value.place == place
