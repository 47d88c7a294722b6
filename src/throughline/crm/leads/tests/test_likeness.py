"""The same enquiry twice, found at every door by the rule that people are found by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.matching import following
from throughline.core.records.matching.decisions import likely_of, open_pairs
from throughline.core.records.matching.finding import find_duplicates
from throughline.core.records.merging.operations import merge_records, take_back_merge
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.leads.operations import close_lead

ADA = {"name": "Ada Byron", "email": "ada@x.org", "interest": "Turbines", "organization_name": "Engines Ltd"}

pytestmark = pytest.mark.req("K1")


def enquiry(cast: Cast, at: datetime, **values: Any) -> Lead:
    """Take in one of Maya's."""
    return capture_lead(values=values, by=Actor.user(cast.maya), at=at)


def pairs(cast: Cast, at: datetime) -> list[tuple[int, int]]:
    """Look at every lead, and return which Maya reads as likely the same."""
    spec = registry.get("lead")
    following.refresh(spec=spec, ids=list(Lead.objects.values_list("pk", flat=True)), at=at)
    return [(pair.one.id, pair.other.id) for pair in open_pairs(spec=spec, user=cast.maya)]


class TestLikelyTheSame:
    """Who asks for the same while the first enquiry is open has one enquiry, kept twice."""

    def test_one_person_asks_for_one_thing_twice(self, cast: Cast, at: datetime) -> None:
        first, second = enquiry(cast, at, **ADA), enquiry(cast, at, **ADA)

        assert first.contact == second.contact
        assert pairs(cast, at) == [(first.pk, second.pk)]

    def test_one_person_is_kept_as_two(self, cast: Cast, at: datetime) -> None:
        first = enquiry(cast, at, **ADA)
        second = enquiry(cast, at, **{**ADA, "name": "Ada Byrom", "email": "ada.byron@y.org"})

        assert first.contact != second.contact
        assert pairs(cast, at) == [(first.pk, second.pk)]

    def test_nobody_is_known_but_the_organization_and_the_matter(self, cast: Cast, at: datetime) -> None:
        told = {"organization_name": "Engines Ltd", "subject": "Offer for 12 pumps", "interest": "Pumps"}
        first = enquiry(cast, at, **told)
        second = enquiry(cast, at, **{**told, "organization_name": "The Engines"})

        assert pairs(cast, at) == [(first.pk, second.pk)]

    @pytest.mark.parametrize(
        "other",
        [
            {"interest": "Pumps"},
            {"name": "Mei Lin", "email": "mei@x.org"},
            {"name": "Ben Byron", "email": "ben@x.org"},
        ],
        ids=["another matter", "another person", "a colleague of that name"],
    )
    def test_other_enquiries_are_not(self, cast: Cast, at: datetime, other: dict[str, str]) -> None:
        enquiry(cast, at, **ADA)
        enquiry(cast, at, **{**ADA, **other})

        assert pairs(cast, at) == []

    def test_who_comes_back_begins_a_new_one(self, cast: Cast, at: datetime) -> None:
        first = enquiry(cast, at, **ADA)
        enquiry(cast, at, **ADA)
        assert len(pairs(cast, at)) == 1

        close_lead(lead_id=first.pk, outcome="Lost", reason="Price", by=Actor.user(cast.maya), at=at)

        assert pairs(cast, at) == []

    @pytest.mark.req("L1")
    def test_another_team_learns_nothing_of_it(self, cast: Cast, at: datetime) -> None:
        spec = registry.get("lead")
        first, _ = enquiry(cast, at, **ADA), enquiry(cast, at, **ADA)
        pairs(cast, at)

        assert open_pairs(spec=spec, user=cast.ines) == []
        assert likely_of(spec=spec, user=cast.ines, record_id=first.pk) == []
        assert find_duplicates(spec=spec, values=ADA, user=cast.ines) == []


class TestAtTheForm:
    """Before it is made: what is said of the person counts, though it is kept with the contact."""

    @pytest.mark.parametrize(
        "values",
        [
            ADA,
            {"name": "Ada Byron", "email": "ADA@X.org"},
            {"first_name": "Ada", "last_name": "Byron", "organization_name": "Engines"},
        ],
        ids=["the same words", "name and address", "name and organization"],
    )
    def test_the_open_one_is_named_and_explained(self, cast: Cast, at: datetime, values: dict[str, str]) -> None:
        first = enquiry(cast, at, **ADA)
        pairs(cast, at)

        (found,) = find_duplicates(spec=registry.get("lead"), values=values, user=cast.maya)

        assert (found.id, found.title) == (first.pk, "Ada Byron")
        assert {"First name", "Last name"} <= {reason.label for reason in found.reasons}

    def test_the_chosen_contact_says_who_it_is(self, cast: Cast, at: datetime) -> None:
        first = enquiry(cast, at, **ADA)
        pairs(cast, at)

        values = {"contact": first.contact_id, "interest": "Turbines"}

        (found,) = find_duplicates(spec=registry.get("lead"), values=values, user=cast.maya)
        assert found.id == first.pk


class TestMerged:
    """Two of one enquiry become one, and two again."""

    def test_what_belongs_to_either_stays_together_until_it_is_taken_back(self, cast: Cast, at: datetime) -> None:
        ship_pipeline(by=Actor.system(), at=at)
        spec, by = registry.get("lead"), Actor.user(cast.omar)
        first = enquiry(cast, at, **ADA)
        second = enquiry(cast, at, **ADA, region="North")
        pairs(cast, at)

        merge = merge_records(spec=spec, survivor_id=first.pk, absorbed_id=second.pk, by=by, at=at)
        first.refresh_from_db()
        assert (first.region, pairs(cast, at)) == ("North", [])
        take_back_merge(merge_id=merge.pk, by=by, at=at)

        first.refresh_from_db()
        assert first.region == ""
        assert Lead.objects.filter(deleted_at=None).count() == 2
        assert pairs(cast, at) == []
