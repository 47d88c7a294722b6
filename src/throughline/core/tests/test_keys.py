"""Keys made of names."""

from __future__ import annotations

import pytest

from throughline.core.identity.models import Team
from throughline.core.keys import free_key

pytestmark = pytest.mark.django_db


class TestFreeKey:
    def test_the_name_itself_then_numbers(self) -> None:
        assert free_key(Team, "west") == "west"
        Team.objects.create(key="west", name="West")
        assert free_key(Team, "west") == "west-2"
        Team.objects.create(key="west-2", name="West 2")
        assert free_key(Team, "west", between="_") == "west_2"
        assert free_key(Team, "west") == "west-3"

    def test_a_long_name_leaves_room_for_the_number(self) -> None:
        first = free_key(Team, "w" * 200)
        Team.objects.create(key=first, name="Long")

        second = free_key(Team, "w" * 200)

        assert second == f"{first}-2"
        assert len(second) <= 64
