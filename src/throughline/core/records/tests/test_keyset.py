"""Pages by key, asked for by ways: they show what the predicate says, in its order, whoever asks for what."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from throughline.core import access
from throughline.core.access.models import Participant, Share, Territory
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.filters import Reading, predicate
from throughline.core.records.glimpse import Glimpse
from throughline.core.records.queries import COUNTED, ListQuery, list_page, listing
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead

LEADS = 60
STATUSES, ORIGINS, REGIONS = ("New", "Assigned", "Working"), ("ad", "fair", "AD"), ("EU", "US")
FILTERS: tuple[Mapping[str, Any], ...] = (
    {},
    {"all": []},
    {"field": "status", "op": "is", "value": "New"},
    {
        "all": [
            {"field": "status", "op": "is", "value": "Working"},
            {"field": "created_at", "op": "on", "value": "today"},
        ]
    },
    {"all": [{"all": [{"field": "created_at", "op": "in", "value": "last_7_days"}]}]},
    {"field": "status", "op": "is_not", "value": "New"},
    {"field": "origin", "op": "is", "value": "ad"},
    {"all": [{"field": "status", "op": "is", "value": "New"}, {"field": "status", "op": "is", "value": "Working"}]},
    {"any": [{"field": "owner", "op": "is", "value": "me"}, {"field": "region", "op": "is", "value": "EU"}]},
    {"not": {"field": "status", "op": "is", "value": "Assigned"}},
    {"field": "created_at", "op": "empty"},
)
SORTS = ("", "created_at", "-created_at", "-score", "score", "owner", "id", "-name")


def some_leads(cast: Cast, at: datetime, chance: random.Random) -> list[Lead]:
    """Make leads of everybody and nobody, some of the same instant, in the bin, or of a test."""
    people = [cast.maya, cast.tom, cast.ines, cast.omar, cast.petra, None]
    teams = [cast.north, cast.south, cast.care, cast.sales, None]
    made = [
        Lead(
            owner=chance.choice(people),
            team=chance.choice(teams),
            status=chance.choice(STATUSES),
            origin=chance.choice(ORIGINS),
            region=chance.choice(REGIONS),
            score=chance.choice((None, 10, 50, 90)),
            created_at=at - timedelta(hours=chance.randrange(20)),
            updated_at=at,
            deleted_at=at if chance.random() < 0.1 else None,
            sandbox=chance.random() < 0.1,
        )
        for _ in range(LEADS)
    ]
    return Lead.objects.bulk_create(made)


def ways_round(cast: Cast, leads: list[Lead], at: datetime, chance: random.Random) -> None:
    """Let some take part, share something with a person or a team, and let somebody work on a territory."""
    people = [cast.maya, cast.ines, cast.petra, cast.ivo]
    for lead in chance.sample(leads, 12):
        ref = {"record_type": "lead", "record_id": lead.pk}
        kind = chance.randrange(3)
        if kind == 0:
            Participant.objects.create(user=chance.choice(people), reason="You were asked.", since_at=at, **ref)
        elif kind == 1:
            Share.objects.create(user=chance.choice(people), by="Alma", since_at=at, **ref)
        else:
            Share.objects.create(team=chance.choice([cast.south, cast.care]), by="Alma", since_at=at, **ref)
    if chance.random() < 0.3:
        where = {"region": ["EU"]}
        made = Territory.objects.create(key="eu", name="EU", record_type="lead", where=where)
        made.members.add(chance.choice(people))


def meant(user: User, query: ListQuery, at: datetime) -> list[int]:
    """Return the keys of what a list means, by the predicates alone."""
    spec = registry.get("lead")
    found = Lead.objects.filter(access.visible(spec, user), predicate(spec, query.filter, Reading(user, at)))
    found = found.filter(sandbox=query.sandbox, deleted_at__isnull=not query.deleted)
    sort = query.sort or "-created_at"
    path = spec.by_name[sort.removeprefix("-")].order_path
    if sort.startswith("-"):
        return list(found.order_by(F(path).desc(nulls_last=True), "-pk").values_list("pk", flat=True))
    descending_nulls = found.filter(**{f"{path}__isnull": True}).order_by("pk")
    valued = found.filter(**{f"{path}__isnull": False}).order_by(path, "pk")
    return [*valued.values_list("pk", flat=True), *descending_nulls.values_list("pk", flat=True)]


def listed(user: User, query: ListQuery, at: datetime) -> Iterator[int]:
    """Yield the keys of all pages of a list, one after the other."""
    after = ""
    while True:
        asked = ListQuery(query.filter, query.sort, "", after, query.limit, query.deleted, query.sandbox)
        page = list_page(spec=registry.get("lead"), user=user, query=asked, at=at)
        yield from (lead.pk for lead in page.records)
        after = page.after
        if not after:
            return


@pytest.mark.req("L1")
class TestPagesByWays:
    """Whatever the person, the ways, the filter and the order, pages show what the predicate says."""

    @pytest.mark.parametrize("seed", range(8))
    def test_show_what_the_predicate_says_in_its_order(self, cast: Cast, at: datetime, seed: int) -> None:
        chance = random.Random(seed)
        leads = some_leads(cast, at, chance)
        ways_round(cast, leads, at, chance)
        spec, by_ways = registry.get("lead"), 0

        for user in (cast.maya, cast.ines, cast.omar, cast.petra, cast.ivo, cast.alma, cast.hana):
            for filter_ in FILTERS:
                query = ListQuery(
                    filter=filter_,
                    sort=chance.choice(SORTS[:3] if chance.random() < 0.7 else SORTS),
                    limit=chance.choice((1, 3, 7, 50)),
                    deleted=chance.random() < 0.15,
                    sandbox=chance.random() < 0.15,
                )
                by_ways += bool(access.seen_of(user).ways_apart(spec))

                assert list(listed(user, query, at)) == meant(user, query, at), (seed, user, query)

        assert by_ways > 0

    def test_count_what_they_show_and_glimpse_it_in_order(self, cast: Cast, at: datetime) -> None:
        leads = some_leads(cast, at, random.Random(3))
        ways_round(cast, leads, at, random.Random(4))

        for user in (cast.maya, cast.omar, cast.alma):
            glimpse = Glimpse(registry.get("lead"))
            key, contact = glimpse.at("id"), glimpse.at("contact__name")
            found = listing(glimpse=glimpse, user=user, query=ListQuery(limit=4), at=at)
            everything = meant(user, ListQuery(), at)

            assert [key(row) for row in found.rows] == everything[:4]
            assert [contact(row) for row in found.rows] == [None] * 4
            assert found.count is not None
            assert (found.count.number, found.count.exact) == (len(everything), True)
            assert len(everything) < COUNTED

    def test_a_list_that_is_seen_in_part_is_asked_for_by_each_way(self, cast: Cast, at: datetime) -> None:
        some_leads(cast, at, random.Random(5))

        with CaptureQueriesContext(connection) as asked:
            list(listed(cast.maya, ListQuery(), at))

        assert sum(" UNION ALL (" in each["sql"] for each in asked) == 1

    def test_what_is_seen_is_read_once_though_no_way_is_asked_by_itself(self, cast: Cast, at: datetime) -> None:
        some_leads(cast, at, random.Random(5))

        for user in (cast.hana, cast.petra, cast.ivo):
            with CaptureQueriesContext(connection) as asked:
                list_page(spec=registry.get("lead"), user=user, query=ListQuery(), at=at)

            statements = [each["sql"] for each in asked]
            assert len(statements) == len(set(statements))

    def test_with_any_further_condition_no_way_is_gone_through_to_its_end(self, cast: Cast, at: datetime) -> None:
        some_leads(cast, at, random.Random(5))

        with CaptureQueriesContext(connection) as asked:
            list(listed(cast.maya, ListQuery(filter={"field": "region", "op": "is", "value": "EU"}), at))

        assert not any(" UNION ALL (" in each["sql"] for each in asked)
