"""Statements past the ORM: keys and expectations of several queries at once, plans that are kept, rows as objects."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from throughline.core.identity.models import Role, User
from throughline.core.rows import Whole, compiled, counted_to, expected_each, fetch, fetch_planned, keys_up_to
from throughline.core.tests.cast import Cast


@pytest.fixture
def asked(cast: Cast) -> list[tuple[str, list[int]]]:
    """Give queries for two people, one of them found twice, and for nobody."""
    one = "SELECT id FROM identity_user WHERE id = %s"
    two = f"{one} UNION ALL {one} UNION ALL {one}"
    return [(two, [cast.tom.pk, cast.maya.pk, cast.tom.pk]), (one, [0])]


class TestKeysUpTo:
    def test_gives_the_keys_of_each_once_in_one_statement(self, cast: Cast, asked: list[tuple[str, list[int]]]) -> None:
        with CaptureQueriesContext(connection) as statements:
            found = keys_up_to(3, asked)

        assert found == [sorted([cast.maya.pk, cast.tom.pk]), []]
        assert len(statements) == 1

    def test_gives_none_where_there_are_more(self, asked: list[tuple[str, list[int]]]) -> None:
        assert keys_up_to(2, asked) == [None, []]

    @pytest.mark.django_db
    def test_asks_nothing_when_there_is_nothing_to_ask(self) -> None:
        with CaptureQueriesContext(connection) as statements:
            assert not keys_up_to(2, [])
            assert not expected_each([])

        assert len(statements) == 0


class TestExpected:
    def test_each_query_has_its_own_number(self, asked: list[tuple[str, list[int]]]) -> None:
        with CaptureQueriesContext(connection) as statements:
            assert expected_each(asked) == [3, 1]

        assert len(statements) == 1

    def test_conditions_that_exclude_each_other_expect_nothing(self) -> None:
        nobody = User.objects.filter(pk__in=[])

        assert compiled(nobody) is None
        assert counted_to(nobody, 5) == 0


NAMED = "SELECT name FROM identity_user WHERE id = %s"


def kept_plans() -> int:
    """Return how many plans the server keeps for the statement of these tests."""
    return len(fetch("SELECT name FROM pg_prepared_statements WHERE statement LIKE 'SELECT name FROM identity_user%%'"))


class TestFetchPlanned:
    def test_the_server_keeps_the_plan_and_gives_what_is_there_now(self, cast: Cast) -> None:
        assert fetch_planned(NAMED, [cast.maya.pk]) == [(cast.maya.name,)]
        User.objects.filter(pk=cast.maya.pk).update(name="Maya Other")

        assert fetch_planned(NAMED, [cast.maya.pk]) == [("Maya Other",)]
        assert fetch_planned(NAMED, [cast.tom.pk]) == [(cast.tom.name,)]
        assert kept_plans() == 1

    def test_it_is_counted_and_can_be_read_like_any_statement(self, cast: Cast) -> None:
        for _ in range(2):
            with CaptureQueriesContext(connection) as statements:
                fetch_planned(NAMED, [cast.maya.pk])

            assert ["FROM identity_user" in each["sql"] for each in statements.captured_queries] == [True]

    def test_it_goes_on_after_what_was_undone_and_in_a_table_that_has_grown(self, cast: Cast) -> None:
        fetch_planned(NAMED, [cast.maya.pk])
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(email=cast.maya.email, name="Twice")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE identity_user ADD COLUMN shoe_size integer")

        assert fetch_planned(NAMED, [cast.maya.pk]) == [(cast.maya.name,)]

    def test_many_keys_are_one_parameter(self, cast: Cast) -> None:
        asked = "SELECT id FROM identity_user WHERE id = ANY(%s) ORDER BY id"

        assert fetch_planned(asked, [[cast.maya.pk, cast.tom.pk, 2**40]]) == [
            (key,) for key in sorted([cast.maya.pk, cast.tom.pk])
        ]
        assert fetch_planned(asked, [[]]) == []

    def test_only_what_asks_for_it_is_prepared(self, cast: Cast) -> None:
        fetch_planned("SELECT 1")

        for _ in range(12):
            fetch(NAMED, [cast.maya.pk])

        assert kept_plans() == 0


class TestWhole:
    def test_gives_the_objects_that_the_orm_gives(self, cast: Cast) -> None:
        User.objects.filter(pk=cast.tom.pk).update(competences=["solar", "wind"], capacity=50)

        (found,) = Whole(User, "WHERE id = %s").fetch([cast.tom.pk])

        known = User.objects.get(pk=cast.tom.pk)
        columns = [each.attname for each in User._meta.concrete_fields]
        assert [getattr(found, name) for name in columns] == [getattr(known, name) for name in columns]
        assert found == known
        assert not found._state.adding

    def test_further_values_stand_beside_the_columns(self, cast: Cast) -> None:
        rows = Whole(User, "WHERE id = ANY(%(keys)s) ORDER BY id", {"letters": "length(name)", "is_odd": "id %% 2 = 1"})

        found = rows.fetch({"keys": [cast.maya.pk, cast.tom.pk]})

        assert [(each.letters, each.is_odd) for each in found] == [  # type: ignore[attr-defined]
            (len(each.name), each.pk % 2 == 1) for each in found
        ]

    def test_a_document_is_read_as_one(self, cast: Cast) -> None:
        kept = Role.objects.create(key="reader", name="Reader", permissions={"abilities": ["views.share"]})

        (found,) = Whole(Role, "WHERE key = %s").fetch(["reader"])

        assert found.permissions == kept.permissions
