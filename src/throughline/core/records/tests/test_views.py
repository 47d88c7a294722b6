"""Saved views: one's own, a team's, everybody's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.models import SavedView
from throughline.core.records.views import (
    Look,
    change_view,
    delete_view,
    get_view,
    look_of,
    open_first,
    save_view,
    views_for,
)
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast

HOT = Look(filter={"field": "rating", "op": "is", "value": "Hot"})


def save(user: User, at: datetime, name: str = "Hot", look: Look = HOT, **sharing: Any) -> SavedView:
    """Save a view of leads."""
    return save_view(spec=registry.get("lead"), name=name, user=user, at=at, look=look, **sharing)


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

        look = Look(
            layout="timeline",
            sort="-score",
            columns=("name", "score"),
            group="status",
            dates=("created_at", "closed_at"),
        )
        second = save(cast.maya, at, look=look)

        second.refresh_from_db()
        assert (second.pk, look_of(second)) == (first.pk, look)

    @pytest.mark.parametrize(
        ("name", "look"),
        [
            ("A", Look(filter={"field": "colour"})),
            ("A", Look(columns=("colour",))),
            ("A", Look(group="colour")),
            ("A", Look(sort="-colour")),
            ("A", Look(dates=("colour",))),
            ("A", Look(layout="cloud")),
            (" ", Look()),
            ("x" * 121, Look()),
        ],
    )
    def test_what_cannot_be_read_is_not_saved(self, cast: Cast, at: datetime, name: str, look: Look) -> None:
        with pytest.raises(Refusal):
            save(cast.maya, at, name, look)

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


class TestChangeView:
    """Another name, other readers."""

    def test_it_is_renamed_and_shared(self, cast: Cast, at: datetime) -> None:
        view = save(cast.maya, at)

        change_view(view_id=view.pk, user=cast.maya, at=at, name="Hottest", team_id=cast.north.pk, shared=False)

        assert names(cast.tom) == ["Hottest"]
        assert names(cast.ines) == []

    def test_nobody_else_changes_it_and_no_name_is_given_twice(self, cast: Cast, at: datetime) -> None:
        view = save(cast.maya, at, team_id=cast.north.pk)
        save(cast.maya, at, "Cold")

        with pytest.raises(NotFound):
            change_view(view_id=view.pk, user=cast.tom, at=at, name="Mine", team_id=None, shared=False)
        with pytest.raises(Conflict, match="another view called Cold"):
            change_view(view_id=view.pk, user=cast.maya, at=at, name="Cold", team_id=None, shared=False)

        assert names(cast.tom) == ["Hot"]


class TestOpenFirst:
    """The view with which a list opens."""

    def test_is_one_per_person_and_may_be_somebody_elses(self, cast: Cast, at: datetime) -> None:
        spec, view = registry.get("lead"), save(cast.maya, at, team_id=cast.north.pk)

        open_first(spec=spec, user=cast.tom, view_id=view.pk)

        assert get_view(spec=spec, user=cast.tom, view_id=view.pk).is_first  # type: ignore[attr-defined]
        assert not get_view(spec=spec, user=cast.maya, view_id=view.pk).is_first  # type: ignore[attr-defined]
        open_first(spec=spec, user=cast.tom, view_id=None)
        assert not get_view(spec=spec, user=cast.tom, view_id=view.pk).is_first  # type: ignore[attr-defined]

    @pytest.mark.req("L1")
    def test_what_is_not_shared_with_somebody_does_not_exist_for_them(self, cast: Cast, at: datetime) -> None:
        view = save(cast.maya, at, team_id=cast.north.pk)

        with pytest.raises(NotFound):
            open_first(spec=registry.get("lead"), user=cast.ines, view_id=view.pk)
        with pytest.raises(NotFound):
            get_view(spec=registry.get("lead"), user=cast.ines, view_id=view.pk)
