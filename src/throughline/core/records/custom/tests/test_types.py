"""Record types that people make: records like all others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.records import facts, operations, queries, registry
from throughline.core.records.custom import live
from throughline.core.records.custom.operations import (
    Wish,
    change_type,
    define_field,
    make_type,
    restore_type,
    retire_type,
)
from throughline.core.records.queries import ListQuery
from throughline.core.records.search import search
from throughline.core.records.spec import FieldType as T
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast

Make = Callable[..., Any]


@pytest.fixture
def project(cast: Cast, at: datetime) -> Make:
    """Make a type of projects with a phase, and give what makes one of Maya's."""
    by = Actor.user(cast.admin)
    make_type(key="", label="Project", plural="Projects", number_prefix="prj", by=by, at=at)
    phases = (("plan", "Planning"), ("build", "Building"))
    wish = Wish(label="Phase", type=T.CHOICE, choices=phases, default="plan")
    define_field(record_type="project", wish=wish, by=by, at=at)
    change_type(key="project", label="Project", plural="Projects", icon="rocket", board_field="phase", by=by, at=at)

    def made(name: str, **values: Any) -> Any:
        return operations.create_record(
            spec=registry.get("project"), values={"name": name, **values}, by=Actor.user(cast.maya), at=at
        )

    return made


def titles(user: Any, at: datetime, **query: Any) -> list[str]:
    """Return the titles of a list of projects."""
    spec = registry.get("project")
    return [
        spec.title(each) for each in queries.list_page(spec=spec, user=user, query=ListQuery(**query), at=at).records
    ]


@pytest.mark.req("K1")
class TestOwnType:
    """List, board, search, access, change, bin, facts."""

    def test_its_records_are_numbered_listed_sorted_and_found(self, cast: Cast, project: Make, at: datetime) -> None:
        first = project("Élan")
        project("alpha")

        assert first.number == "PRJ-1"
        assert titles(cast.maya, at, sort="name") == ["alpha", "Élan"]
        assert [hit.ref for hit in search(user=cast.maya, text="elan")] == [RecordRef("project", first.pk)]

    def test_another_team_neither_sees_nor_counts_nor_finds_them(self, cast: Cast, project: Make, at: datetime) -> None:
        made = project("Secret")
        spec = registry.get("project")

        assert titles(cast.ines, at) == []
        assert queries.count(spec=spec, user=cast.ines, query=ListQuery(), at=at).number == 0
        assert search(user=cast.ines, text="secret") == []
        assert access.why(cast.omar, spec, made)
        with pytest.raises(NotFound):
            queries.record_page(spec=spec, user=cast.ines, record_id=made.pk)

    def test_its_choice_makes_a_board_on_which_cards_move(self, cast: Cast, project: Make, at: datetime) -> None:
        made = project("A")
        project("B", phase="build")
        spec = registry.get("project")

        operations.update_record(
            spec=spec, record_id=made.pk, values={"phase": "Building"}, by=Actor.user(cast.maya), at=at
        )

        columns = queries.board(spec=spec, user=cast.maya, query=ListQuery(), at=at)
        assert [(column.label, column.count, len(column.records)) for column in columns] == [
            ("Planning", 0, 0), ("Building", 2, 2),
        ]  # fmt: skip

    def test_is_changed_binned_restored_and_told(self, cast: Cast, project: Make, at: datetime) -> None:
        made, spec, by = project("A"), registry.get("project"), Actor.user(cast.maya)
        operations.update_record(spec=spec, record_id=made.pk, values={"name": "B"}, by=by, at=at, version=1)
        operations.delete_records(spec=spec, ids=[made.pk], by=by, at=at)
        assert titles(cast.maya, at) == []
        operations.restore_records(spec=spec, ids=[made.pk], by=by, at=at)

        told = queries.record_timeline(spec=spec, user=cast.maya, record_id=made.pk)

        assert [entry.event for entry in told][::-1] == [
            "record.created", "record.updated", "record.deleted", "record.restored",
        ]  # fmt: skip
        assert facts(RecordRef("project", made.pk))["phase"] == "plan"

    def test_is_made_in_sets_once_per_external_key(self, cast: Cast, project: Make, at: datetime) -> None:
        rows = [{"name": "A", "external_id": "1"}, {"name": "B", "external_id": "2"}]
        spec = registry.get("project")

        assert spec.creating(rows, by=Actor.system(), at=at).existing == 0
        assert spec.creating(rows, by=Actor.system(), at=at).existing == 2

    def test_has_a_table_with_the_indexes_of_every_record(self, project: Make) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'own_project'")
            assert cursor.fetchone()[0] >= 6

    def test_another_process_learns_of_it(self, project: Make) -> None:
        live.forget()
        assert registry.find("project") is None

        live.look()

        assert registry.get("project").plural == "Projects"

    def test_retired_it_is_gone_and_restored_it_has_its_records(self, cast: Cast, project: Make, at: datetime) -> None:
        project("A")
        retire_type(key="project", by=Actor.user(cast.admin), at=at)
        assert registry.find("project") is None
        assert search(user=cast.admin, text="alpha") == []

        restore_type(key="project", by=Actor.user(cast.admin), at=at)

        assert titles(cast.maya, at) == ["A"]

    @pytest.mark.parametrize(
        "said",
        [{"key": "lead"}, {"key": "Bad key"}, {"label": ""}, {"number_prefix": "L"}, {"number_prefix": "12"}],
    )
    def test_what_cannot_be_a_type_is_refused(self, cast: Cast, at: datetime, said: dict[str, str]) -> None:
        wish = {"key": "visit", "label": "Visit", "plural": "Visits", "number_prefix": "VIS", **said}

        with pytest.raises(Refusal):
            make_type(**wish, by=Actor.user(cast.admin), at=at)

    def test_only_who_may_change_settings_makes_one(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(NotAllowed):
            make_type(key="visit", label="Visit", plural="Visits", number_prefix="VIS", by=Actor.user(cast.omar), at=at)
