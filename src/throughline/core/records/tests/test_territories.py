"""Territories: made, changed, retired, restored; and what falls in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from throughline.core import access
from throughline.core.access.models import Territory
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.records import registry
from throughline.core.records.territories import (
    Extent,
    extent,
    restore_territory,
    retire_territory,
    save_territory,
    territories,
)
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead

pytestmark = pytest.mark.req("L1")


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    values = {"subject": "Pumps", "region": "North"}
    return capture_lead(values=values, by=Actor.user(cast.maya), at=at)


def saved(cast: Cast, at: datetime, **more: Any) -> Territory:
    wish = {"name": "Far North", "record_type": "lead", "where": {"region": ["North"]}, "member_ids": [cast.ines.pk]}
    return save_territory(at=at, **{"by": Actor.user(cast.admin), **wish, **more})


def sees(user: User, lead: Lead) -> bool:
    access.forget(user)
    return access.can(user, access.VIEW, registry.get("lead"), lead)


class TestTerritory:
    def test_is_given_a_key_of_its_own_and_keeps_it_when_it_is_renamed(self, cast: Cast, at: datetime) -> None:
        first, second = saved(cast, at), saved(cast, at)

        renamed = saved(cast, at, key=first.key, name="North")

        assert (first.key, second.key) == ("far-north", "far-north-2")
        assert (renamed.pk, renamed.name) == (first.pk, "North")
        assert Entry.objects.filter(event="access.territory_defined").count() == 3

    def test_opens_its_records_until_it_is_retired_and_again_when_it_is_restored(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        by, key = Actor.user(cast.admin), saved(cast, at).key
        told = [sees(cast.ines, lead)]

        retire_territory(key=key, by=by, at=at)
        told.append(sees(cast.ines, lead))
        restore_territory(key=key, by=by, at=at)
        told.append(sees(cast.ines, lead))

        assert told == [True, False, True]
        kinds = Entry.objects.filter(record_type="territory").order_by("id").values_list("event", flat=True)
        assert list(kinds) == ["access.territory_defined", "access.territory_retired", "access.territory_restored"]

    def test_retired_ones_come_last(self, cast: Cast, at: datetime) -> None:
        key = saved(cast, at, name="A").key
        saved(cast, at, name="B")

        retire_territory(key=key, by=Actor.user(cast.admin), at=at)

        assert [each.name for each in territories()] == ["B", "A"]

    @pytest.mark.parametrize(
        ("wish", "code"),
        [
            ({"name": " "}, "nameless_territory"),
            ({"record_type": "shoe"}, "no_such_type"),
            ({"where": {}}, "empty_territory"),
            ({"where": {"region": []}}, "empty_territory"),
            ({"where": {"shoe": ["x"]}}, "no_such_field"),
            ({"where": {"tags": ["x"]}}, "no_such_field"),
            ({"where": {"status": ["Nowhere"]}}, "unreadable_value"),
        ],
    )
    def test_says_what_it_cannot_be_made_of(self, cast: Cast, at: datetime, wish: dict[str, Any], code: str) -> None:
        with pytest.raises(Refusal) as refused:
            saved(cast, at, **wish)

        assert refused.value.code == code
        assert not Territory.objects.exists()

    def test_keeps_its_record_type(self, cast: Cast, at: datetime) -> None:
        key = saved(cast, at).key

        with pytest.raises(Refusal, match="keeps its record type"):
            saved(cast, at, key=key, record_type="contact", where={"country": ["DE"]})

    def test_is_changed_by_who_may_change_roles_only(self, cast: Cast, at: datetime) -> None:
        key, by = saved(cast, at).key, Actor.user(cast.omar)

        with pytest.raises(NotAllowed):
            saved(cast, at, key=key, by=by)
        with pytest.raises(NotAllowed):
            retire_territory(key=key, by=by, at=at)
        with pytest.raises(NotFound):
            restore_territory(key=key, by=Actor.user(cast.admin), at=at)


class TestExtent:
    def test_counts_and_names_what_the_asker_sees(self, cast: Cast, lead: Lead, at: datetime) -> None:
        def asked(user: User) -> Extent:
            return extent(record_type="lead", where={"region": ["North"]}, user=user, examples=True)

        assert asked(cast.admin) == Extent(1, exact=True, examples=((lead.pk, "Pumps"),))
        assert asked(cast.ines) == Extent(0, exact=True)

    def test_of_a_type_or_a_field_that_is_gone_nothing_falls_in(self, cast: Cast, lead: Lead) -> None:
        for record_type, where in (("shoe", {"region": ["North"]}), ("lead", {"gone": ["North"]}), ("lead", {})):
            assert extent(record_type=record_type, where=where, user=cast.admin).number == 0
