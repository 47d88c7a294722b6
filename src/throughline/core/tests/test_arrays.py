"""Many values as one parameter: the same rows as with one parameter for each."""

from __future__ import annotations

import pytest
from django.db.models import Q

from throughline.core.arrays import any_of
from throughline.core.identity.models import TeamMembership, User
from throughline.core.rows import compiled
from throughline.core.tests.cast import Cast


class TestAnyOf:
    """It finds what ``key__in`` finds."""

    @pytest.mark.parametrize("column", ["pk", "id"])
    def test_finds_the_rows_of_these_keys(self, cast: Cast, column: str) -> None:
        keys = [cast.maya.pk, cast.tom.pk, 0]

        found = User.objects.filter(any_of(column, keys))

        assert set(found) == {cast.maya, cast.tom}
        assert set(User.objects.exclude(any_of(column, keys))) == set(User.objects.all()) - {
            cast.maya,
            cast.tom,
        }

    def test_follows_a_reference(self, cast: Cast) -> None:
        found = TeamMembership.objects.filter(any_of("user_id", [cast.maya.pk]))

        assert {each.user_id for each in found} == {cast.maya.pk}

    def test_none_of_them_asks_nothing_and_leaves_the_other_ways(self, cast: Cast) -> None:
        assert compiled(User.objects.filter(any_of("pk", []))) is None
        assert set(User.objects.filter(any_of("pk", []) | Q(pk=cast.tom.pk))) == {cast.tom}
