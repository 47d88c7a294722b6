"""Scores behind the journal, and how well fields are filled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import Role, User
from throughline.core.records import registry
from throughline.core.records.filters import Reading
from throughline.core.records.matching.models import LikelyPair
from throughline.core.records.operations import create_record, update_record
from throughline.core.records.quality import keeping
from throughline.core.records.quality.queries import Rates, fill_rates
from throughline.core.records.queries import ListQuery, list_page
from throughline.core.tests.cast import Cast
from throughline.crm.people.models import Contact

pytestmark = pytest.mark.req("K1")


def person(cast: Cast, at: datetime, owner: User | None = None, **values: Any) -> Contact:
    by = Actor.user(owner or cast.maya)
    made: Contact = create_record(spec=registry.get("contact"), values={"last_name": "Byron", **values}, by=by, at=at)
    return made


def kept(contact: Contact) -> int | None:
    return Contact.objects.get(pk=contact.pk).quality


@pytest.mark.usefixtures("readable_at_once")
class TestKeeping:
    def test_follows_the_journal_and_changes_nothing_else(self, cast: Cast, at: datetime) -> None:
        ada = person(cast, at)
        keeping.follow_journal(at=at)
        before = kept(ada)

        update_record(
            spec=registry.get("contact"),
            record_id=ada.pk,
            values={"email": "ada@example.com", "phone": "+49301234567"},
            by=Actor.user(cast.maya),
            at=at,
        )
        keeping.follow_journal(at=at)

        ada.refresh_from_db()
        assert (before, ada.quality, ada.version, ada.updated_at) == (45, 80, 2, at)
        assert keeping.follow_journal(at=at) == 0

    def test_walks_over_all_records_because_they_age(self, cast: Cast, at: datetime) -> None:
        people = [person(cast, at, last_name=f"Byron {n}") for n in range(3)]
        later = at + timedelta(days=365)
        first = [keeping.walk(at=later, limit=2) for _ in range(3)]

        assert first == [2, 1, 0]
        assert {kept(each) for each in people} == {35}
        assert keeping.walk(at=later, limit=5) == 0

    def test_counts_a_likely_twin_until_somebody_decides(self, cast: Cast, at: datetime) -> None:
        one, other = person(cast, at), person(cast, at)
        pair = LikelyPair.objects.create(record_type="contact", one_id=one.pk, other_id=other.pk, bits=9, found_at=at)
        spec = registry.get("contact")
        keeping.keep_scores(spec=spec, ids=[one.pk, other.pk], at=at)
        likely = kept(one), kept(other)

        LikelyPair.objects.filter(pk=pair.pk).update(status=LikelyPair.Status.DIFFERENT)
        keeping.keep_scores(spec=spec, ids=[one.pk, other.pk], at=at)

        assert likely == (35, 35)
        assert (kept(one), kept(other)) == (45, 45)

    @pytest.mark.parametrize("kind", ["contact", "organization", "lead", "deal"])
    def test_every_scored_type_is_sorted_and_filtered_by_it(self, cast: Cast, at: datetime, kind: str) -> None:
        spec = registry.get(kind)

        query = ListQuery(sort="-quality", filter={"field": "quality", "op": "lt", "value": "50"})

        assert spec in keeping.scored()
        assert list_page(spec=spec, user=cast.maya, query=query, at=at).records == []

    @pytest.mark.req("L1")
    def test_is_hidden_from_who_may_not_see_what_it_rests_on(self, cast: Cast) -> None:
        spec = registry.get("contact")
        permissions = {"records": {"*": {"*": "all"}}, "fields": {"contact": {"phone": "hidden"}}}
        cast.tom.roles.set([Role.objects.create(key="blind", name="Blind", permissions=permissions)])
        access.forget(cast.tom)

        assert access.field_rights(cast.maya, spec).reads("quality")
        assert not access.field_rights(cast.tom, spec).reads("quality")


class TestFillRates:
    def rates(self, user: User, at: datetime) -> Rates:
        return fill_rates(spec=registry.get("contact"), user=user, reading=Reading(user, at))

    def test_count_what_is_filled_and_in_which_band_scores_lie(self, cast: Cast, at: datetime) -> None:
        people = [person(cast, at, email="ada@example.com", phone="+49301234567"), person(cast, at)]
        keeping.keep_scores(spec=registry.get("contact"), ids=[each.pk for each in people], at=at)

        rates = self.rates(cast.maya, at)

        filled = {each.spec.name: (each.filled, each.points) for each in rates.fields}
        assert (rates.looked_at, rates.whole, rates.average) == (2, True, 62.5)
        assert [band.records for band in rates.bands] == [0, 1, 1]
        assert (filled["email"], filled["last_name"], filled["city"]) == ((1, 20), (2, 10), (0, 0))

    @pytest.mark.req("L1")
    def test_count_nothing_of_another_team(self, cast: Cast, at: datetime) -> None:
        person(cast, at, email="ada@example.com")

        rates = self.rates(cast.ines, at)

        assert rates.looked_at == 0
        assert not any(each.filled for each in rates.fields)
