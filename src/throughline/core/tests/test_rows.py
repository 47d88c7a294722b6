"""Statements past the ORM: keys and expectations of several queries at once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from throughline.core.identity.models import User
from throughline.core.rows import compiled, counted_to, expected_each, keys_up_to
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
