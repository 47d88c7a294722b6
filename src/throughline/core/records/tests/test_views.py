"""Saved views: one's own, a team's, everybody's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.models import SavedView
from throughline.core.records.views import delete_view, save_view, views_for
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast


def save(user: User, at: datetime, name: str = "Hot", **more: Any) -> SavedView:
    """Save a view of leads."""
    filter_ = more.pop("filter_", {"field": "rating", "op": "is", "value": "Hot"})
    return save_view(spec=registry.get("lead"), name=name, user=user, at=at, filter_=filter_, **more)


def names(user: User) -> list[str]:
    """Return the names of the views a person is offered."""
    return [view.name for view in views_for(spec=registry.get("lead"), user=user)]


class TestSaveView:
    """Saving."""

    def test_a_view_is_ones_own_until_it_is_shared(self, cast: Cast, at: datetime) -> None:
        save(cast.maya, at)
        save(cast.maya, at, "North", team_id=cast.north.pk)
        save(cast.omar, at, "All", shared=True)

        assert names(cast.maya) == ["All", "Hot", "North"]
        assert names(cast.tom) == ["All", "North"]
        assert names(cast.omar) == ["All", "North"]
        assert names(cast.ines) == ["All"]

    def test_saving_again_replaces_the_view_of_this_name(self, cast: Cast, at: datetime) -> None:
        first = save(cast.maya, at)

        second = save(cast.maya, at, layout="board", sort="-score", columns=["name", "score"])

        assert (second.pk, second.layout, second.sort, second.columns) == (
            first.pk,
            "board",
            "-score",
            ["name", "score"],
        )

    def test_what_cannot_be_read_is_not_saved(self, cast: Cast, at: datetime) -> None:
        for wrong in ({"filter_": {"field": "colour"}}, {"columns": ["colour"]}, {"name": " "}):
            with pytest.raises(Refusal):
                save(cast.maya, at, **wrong)

        assert not SavedView.objects.exists()

    @pytest.mark.req("L1")
    def test_sharing_has_its_bounds(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(NotAllowed, match="administrator"):
            save(cast.maya, at, shared=True)
        with pytest.raises(NotAllowed, match="own teams"):
            save(cast.maya, at, team_id=cast.south.pk)


class TestDeleteView:
    """Deleting."""

    def test_only_ones_own_can_be_deleted(self, cast: Cast, at: datetime) -> None:
        view = save(cast.maya, at, team_id=cast.north.pk)
        with pytest.raises(NotFound):
            delete_view(view_id=view.pk, user=cast.tom, at=at)

        delete_view(view_id=view.pk, user=cast.maya, at=at)

        assert names(cast.maya) == []
