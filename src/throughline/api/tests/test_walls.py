"""What programs find, follow and look up when the first wall is made wrong on purpose: the second one holds."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
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
from throughline.core.records.matching.finding import Found
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Affiliation

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

    def test_lists_tell_and_count_nothing_that_is_not_seen(self, ines: Program, two: list[int]) -> None:
        page = ines.get("records/leads?count=true")
        wanted = '{"field":"name","op":"contains","value":"a"}'

        assert [row["id"] for row in page["data"]] == two[1:]
        assert page["count"] == ines.get("records/leads/count") == {"count": 1, "exact": True}
        assert [row["id"] for row in ines.get("records/leads?fields=name&sort=name")["data"]] == two[1:]
        assert ines.get(f"records/leads?count=true&filter={wanted}")["count"]["count"] == 1
        assert [ines.ask("GET", f"records/leads/{key}").status_code for key in two] == [404, 200]
        assert ines.get("records/contacts?count=true")["count"] == ines.get("records/contacts/count")

    def test_who_belongs_where_is_told_of_nobody_who_is_not_seen(
        self, ines: Program, maya: Program, cast: Cast, at: datetime
    ) -> None:
        made = [
            program.ask("POST", "records/organizations", {"name": name}).json()["id"]
            for program, name in ((maya, "Acme"), (ines, "Beta"))
        ]
        people = [
            program.ask("POST", "records/contacts", {"last_name": name, "organization": key}).json()["id"]
            for program, name, key in ((maya, "Byron", made[0]), (ines, "Diaz", made[1]))
        ]
        for contact, organization in zip(people, reversed(made), strict=True):
            Affiliation.objects.create(contact_id=contact, organization_id=organization)

        def named(program: Program, path: str) -> list[int] | int:
            answer = program.ask("GET", path)
            return [row["contact"] for row in answer.json()["data"]] if answer.status_code == 200 else 404

        assert [named(ines, f"contacts/{key}/affiliations") for key in people] == [404, []]
        assert [named(ines, f"organizations/{key}/people") for key in made] == [404, people[1:]]
        assert [named(maya, f"organizations/{key}/people") for key in made] == [people[:1], 404]

    def test_work_about_what_is_not_seen_is_not_listed(
        self, ines: Program, two: list[int], monkeypatch: pytest.MonkeyPatch, at: datetime
    ) -> None:
        about = [*(RecordRef("lead", key) for key in two), None, RecordRef("gone", 1)]
        plain = {"title": "", "procedure": "", "mine": True, "queue": "", "due_at": None, "overdue": False}
        rows = [
            SimpleNamespace(id=place, record=ref, offered_at=at, guidance="", outcomes=(), **plain)
            for place, ref in enumerate(about)
        ]
        monkeypatch.setattr("throughline.api.rest.my_work", lambda **_named: rows)

        assert [row["id"] for row in ines.get("work-items")["data"]] == [1, 2]

    def test_what_is_likely_the_same_is_not_named_where_it_is_not_seen(
        self, ines: Program, two: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = [Found(key, "Ada Byron", "", 40.0, ()) for key in two]
        monkeypatch.setattr("throughline.api.records.find_duplicates", lambda **_named: found)

        made = ines.ask("POST", "records/leads", {"name": "Ada Byron"})

        assert made["Link"] == f'</api/v1/records/leads/{two[1]}>; rel="likely-the-same"'
        monkeypatch.setattr("throughline.api.records.find_duplicates", lambda **_named: found[:1])
        assert "Link" not in ines.ask("POST", "records/leads", {"name": "Ada Byron"})


class TestCost:
    """What the second wall costs."""

    def test_is_nothing_for_types_that_a_list_does_not_touch(self, maya: Program, leads: list[Lead]) -> None:
        with CaptureQueriesContext(connection) as asked:
            maya.get("records/leads?limit=2&count=true&fields=status")

        statements = [query["sql"] for query in asked.captured_queries]
        assert len([sql for sql in statements if "set_config" in sql]) == 1
        assert not [sql for sql in statements if "people_contact" in sql or "wall_contact" in sql]

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
