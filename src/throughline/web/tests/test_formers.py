"""What happened to a record before it was merged into another one, on the page of that one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures import worker
from throughline.core.procedures.merging import merge_with_cases
from throughline.core.records import registry
from throughline.core.records.merging.operations import merge_records, take_back_merge
from throughline.core.records.operations import create_record, update_record
from throughline.core.records.queries import get_record, record_timeline
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = pytest.mark.req("C4")

VALUES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "contact": ({"first_name": "Ada", "last_name": "Byron"}, {"first_name": "A.", "last_name": "Byron"}, "city"),
    "organization": ({"name": "Acme"}, {"name": "Acme Ltd"}, "tier"),
    "deal": ({"name": "Turbines"}, {"name": "Turbine"}, "next_step"),
    "product": ({"name": "Pump"}, {"name": "Pumps"}, "family"),
    "lead": ({"subject": "Pumps wanted"}, {"subject": "Wants pumps"}, "region"),
}
"""Type → two records that are one, and a field that the second one was given later."""
MARK = "before the merge"


def two(kind: str, cast: Cast, at: datetime, owners: tuple[User, User]) -> tuple[Any, Any]:
    spec = registry.get(kind)
    ship_pipeline(by=Actor.system(), at=at)
    first, second = (
        create_record(spec=spec, values={**values, "owner": owner.pk}, by=Actor.system(), at=at)
        for values, owner in zip(VALUES[kind][:2], owners, strict=True)
    )
    update_record(spec=spec, record_id=second.pk, values={VALUES[kind][2]: "Quetzal"}, by=Actor.system(), at=at)
    return first, second


class TestSurvivor:
    @pytest.mark.parametrize("kind", VALUES)
    def test_tells_what_happened_to_the_other_until_both_are_parted_again(
        self, cast: Cast, sign_in: SignIn, at: datetime, kind: str
    ) -> None:
        first, second = two(kind, cast, at, (cast.maya, cast.maya))
        spec, maya, by = registry.get(kind), sign_in(cast.maya), Actor.user(cast.omar)
        path = f"/{spec.address}/{first.pk}/"

        merge = merge_records(spec=spec, survivor_id=first.pk, absorbed_id=second.pk, by=by, at=at, take=[])
        merged = words_of(maya.get(path))
        take_back_merge(merge_id=merge.pk, by=by, at=at + timedelta(days=1))
        parted = words_of(maya.get(path))

        assert "Quetzal" in merged
        assert f"as {spec.title(second)}, {MARK}" in merged
        assert "Quetzal" not in parted
        assert MARK not in parted
        assert "Quetzal" in words_of(maya.get(f"/{spec.address}/{second.pk}/"))

    @pytest.mark.req("L1")
    def test_tells_nobody_what_they_might_not_have_seen_of_the_other(
        self, cast: Cast, sign_in: SignIn, at: datetime
    ) -> None:
        first, second = two("contact", cast, at, (cast.maya, cast.ines))
        spec = registry.get("contact")
        by = Actor.user(cast.omar)
        merge_records(spec=spec, survivor_id=first.pk, absorbed_id=second.pk, by=by, at=at, take=[])
        path = f"/contacts/{first.pk}/"

        assert "Quetzal" in words_of(sign_in(cast.omar).get(path))
        assert "Quetzal" not in words_of(sign_in(cast.maya).get(path))
        assert MARK not in words_of(sign_in(cast.maya).get(path))

    def test_tells_it_by_way_of_another_one_too_and_to_programs(self, cast: Cast, at: datetime) -> None:
        first, second = two("contact", cast, at, (cast.maya, cast.maya))
        spec, by = registry.get("contact"), Actor.user(cast.omar)
        third = create_record(spec=spec, values={"first_name": "Ada", "owner": cast.maya.pk}, by=Actor.system(), at=at)
        merge_records(spec=spec, survivor_id=first.pk, absorbed_id=second.pk, by=by, at=at, take=[])
        merge_records(spec=spec, survivor_id=third.pk, absorbed_id=first.pk, by=by, at=at, take=[])

        told = record_timeline(spec=spec, user=cast.maya, record_id=third.pk)

        assert {entry.about.id for entry in told} == {first.pk, second.pk, third.pk}
        assert "record.absorbed" not in {entry.event for entry in told}
        get_record(spec=spec, user=cast.maya, record_id=third.pk)

    def test_marks_the_steps_that_the_other_had_taken(
        self, cast: Cast, sign_in: SignIn, procedure: str, at: datetime
    ) -> None:
        one, other = (
            capture_lead(values={"name": name}, by=Actor.user(cast.maya), at=at) for name in ("Ada Byron", "A. Byron")
        )
        worker.drain(limit=50, at=at)
        spec = registry.get("lead")

        merge_with_cases(
            spec=spec, survivor_id=one.pk, absorbed_id=other.pk, by=Actor.user(cast.omar), at=at, take=[], ending=[]
        )
        page = words_of(sign_in(cast.maya).get(f"/leads/{one.pk}/?timeline=procedure"))

        assert page.count("“Call first” began") == 2
        assert page.count(f"as {spec.title(other)}, {MARK}") == 1
