"""What programs find, follow and look up when the first wall is made wrong on purpose: the second one holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from throughline.api.tests.conftest import Program
from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry, walls
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead

pytestmark = [pytest.mark.req("L1", "J7"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def fallen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first wall pass everything to everybody."""
    assert walls.is_possible()

    def all_of_it(*_args: Any, **_named: Any) -> Q:
        return Q()

    def is_allowed(*_args: Any, **_named: Any) -> bool:
        return True

    monkeypatch.setattr(access, "visible", all_of_it)
    monkeypatch.setattr(access, "search_arms", lambda *_args: [Q()])
    monkeypatch.setattr(access, "can", is_allowed)


@pytest.fixture
def two(ines: Program, leads: list[Lead]) -> list[int]:
    """Give the keys of two leads of the same name: one of Maya's, and one of Ines's."""
    made = ines.ask("POST", "records/leads", {"name": "Ada Byron"})
    assert made.status_code == 201, made.content
    return [leads[0].pk, made.json()["id"]]


@pytest.mark.usefixtures("fallen", "readable_at_once")
class TestFallen:
    """The first wall does not hold."""

    def test_search_tells_of_nothing_that_is_not_seen(self, ines: Program, maya: Program, two: list[int]) -> None:
        def found(program: Program) -> list[int]:
            return [hit["id"] for hit in program.get("search?q=ada")["data"] if hit["type"] == "lead"]

        assert [found(maya), found(ines)] == [two[:1], two[1:]]

    def test_the_history_of_what_is_not_seen_is_of_nothing_there_is(
        self, ines: Program, maya: Program, two: list[int]
    ) -> None:
        answers = [ines.ask("GET", f"records/leads/{key}/history") for key in two]

        assert [answer.status_code for answer in answers] == [404, 200]
        assert "not yours to see" in answers[0].json()["detail"]
        assert {entry["about"]["id"] for entry in answers[1].json()["data"] if entry["about"]["type"] == "lead"} == {
            two[1]
        }
        assert maya.get(f"records/leads/{two[0]}/history")["data"]

    def test_a_history_tells_nothing_of_what_belongs_to_it_and_is_not_seen(
        self, ines: Program, two: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "throughline.core.records.queries.told_of", lambda *_args: {RecordRef("lead", key): None for key in two}
        )

        told = ines.get(f"records/leads/{two[1]}/history")["data"]

        assert {entry["about"]["id"] for entry in told} == {two[1]}

    def test_the_feed_tells_of_nothing_that_is_not_seen(self, ines: Program, maya: Program, two: list[int]) -> None:
        def followed(program: Program) -> set[int]:
            return {each["about"]["id"] for each in program.get("events?events=lead.captured")["data"]}

        assert followed(ines) == {two[1]}
        assert two[1] not in followed(maya)
        assert two[0] in followed(maya)


class TestCost:
    """What the second wall costs."""

    def test_is_one_statement_per_type_and_none_for_nothing(self, cast: Cast, leads: list[Lead]) -> None:
        seen = {RecordRef("lead", lead.pk) for lead in leads}
        with CaptureQueriesContext(connection) as many:
            assert walls.shown_of(seen, user=cast.maya) == seen
        with CaptureQueriesContext(connection) as none:
            assert walls.shown_of([], user=cast.maya) == set()

        asked = [query["sql"] for query in many.captured_queries if '"leads_lead"."id" IN' in query["sql"]]
        assert (len(asked), len(none)) == (1, 0)

    def test_what_lies_in_the_bin_is_shown_to_whom_it_was(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        spec, by = registry.get("lead"), Actor.user(cast.maya)
        operations.delete_records(spec=spec, ids=[leads[0].pk], by=by, at=at)
        ref = RecordRef("lead", leads[0].pk)

        assert [walls.shown_of([ref], user=user) for user in (cast.maya, cast.ines)] == [{ref}, set()]
