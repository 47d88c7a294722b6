"""Duplicates in the database: found behind the journal and at the form, decided, and remembered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.journal.read import Cursor
from throughline.core.records import operations, registry
from throughline.core.records.matching import following
from throughline.core.records.matching.blocks import COMMON
from throughline.core.records.matching.decisions import count_open, open_pairs, tell_apart
from throughline.core.records.matching.finding import find_duplicates
from throughline.core.records.matching.models import CommonKey, LearnedWeights, LikelyPair, RecordKeys
from throughline.core.records.merging.operations import merge_records
from throughline.core.refusals import NotFound
from throughline.core.tests.cast import Cast
from throughline.crm.people.importing import create_contacts
from throughline.crm.people.models import Contact

SPEC = "contact"
ADA = {"first_name": "Ada", "last_name": "Byron", "email": "ada@x.org", "city": "London"}
TWIN = {"first_name": "Ada", "last_name": "Byrom", "email": "ada@x.org"}


def contact(by: Actor, at: datetime, **values: Any) -> Contact:
    """Make a contact."""
    made: Contact = operations.create_record(spec=registry.get(SPEC), values=values, by=by, at=at)
    return made


def look(at: datetime) -> None:
    """Look at every contact; the journal of a transaction that still runs is not followed."""
    following.refresh(spec=registry.get(SPEC), ids=list(Contact.objects.values_list("pk", flat=True)), at=at)


@pytest.fixture
def two(cast: Cast, at: datetime) -> list[Contact]:
    """Give one person twice, and somebody else; everything was looked at."""
    by = Actor.user(cast.maya)
    made = [contact(by, at, **ADA), contact(by, at, **TWIN)]
    contact(by, at, first_name="Mei", last_name="Lin", email="mei@y.org")
    look(at)
    return made


@pytest.mark.req("K1")
class TestFollowJournal:
    """Behind every write."""

    def test_a_likely_pair_is_found_with_its_reasons(self, cast: Cast, at: datetime, two: list[Contact]) -> None:
        (pair,) = open_pairs(spec=registry.get(SPEC), user=cast.maya)

        assert (pair.one.id, pair.other.id) == (two[0].pk, two[1].pk)
        assert pair.sureness >= 90
        assert pair.reasons[0].trait == "email"
        assert pair.reasons[0].level == "equal"

    def test_what_the_journal_tells_is_looked_at_once(
        self, cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def told(*, after: Cursor, limit: int) -> tuple[list[Entry], Cursor]:
            """Tell of this transaction too, which the journal does only when it has ended."""
            entries = list(Entry.objects.filter(pk__gt=after.id).order_by("pk")[:limit])
            return entries, Cursor(0, 1, entries[-1].pk) if entries else after

        monkeypatch.setattr(following, "follow", told)
        create_contacts([ADA, TWIN], by=Actor.system(), at=at)

        assert following.follow_journal(at=at) >= 2
        assert following.follow_journal(at=at) == 0

        assert LikelyPair.objects.count() == 1

    def test_a_change_that_tells_them_apart_takes_the_pair_away(
        self, cast: Cast, at: datetime, two: list[Contact]
    ) -> None:
        values = {"email": "other@z.org", "last_name": "Quux"}
        operations.update_record(
            spec=registry.get(SPEC), record_id=two[1].pk, values=values, by=Actor.user(cast.maya), at=at
        )
        look(at)

        assert not LikelyPair.objects.exists()

    def test_what_is_in_the_bin_is_compared_no_more(self, cast: Cast, at: datetime, two: list[Contact]) -> None:
        operations.delete_records(spec=registry.get(SPEC), ids=[two[1].pk], by=Actor.user(cast.maya), at=at)
        look(at)

        assert not LikelyPair.objects.exists()
        assert not RecordKeys.objects.filter(record_id=two[1].pk).exists()

    def test_a_key_of_very_many_is_remembered_as_common(self, cast: Cast, at: datetime) -> None:
        rows = [{"first_name": f"Name{n}", "last_name": "Smith"} for n in range(COMMON + 1)]
        create_contacts(rows, by=Actor.system(), at=at)
        look(at)
        contact(Actor.user(cast.maya), at, first_name="Zoe", last_name="Smith")
        look(at)

        assert CommonKey.objects.exists()
        assert not LikelyPair.objects.exists()

    def test_weights_are_learned_once_there_is_enough(self, cast: Cast, at: datetime) -> None:
        spec = registry.get(SPEC)
        rows = [{"first_name": f"F{n}", "last_name": f"L{n}", "email": f"{n}@x.org"} for n in range(following.ENOUGH)]
        assert following.learn_weights(spec=spec, at=at) is None
        create_contacts(rows, by=Actor.system(), at=at)

        assert following.learn_all(at=at) == 1
        assert following.learn_all(at=at + timedelta(hours=1)) == 0

        assert LearnedWeights.objects.get().records == following.ENOUGH


@pytest.mark.req("K1")
class TestFindDuplicates:
    """At the form, the API and the mail: before anything is made."""

    def test_what_somebody_enters_is_recognised_and_explained(
        self, cast: Cast, at: datetime, two: list[Contact]
    ) -> None:
        values = {"last_name": "Byron", "first_name": "Ada", "email": "ADA@X.org"}

        found = find_duplicates(spec=registry.get(SPEC), values=values, user=cast.maya)

        assert [each.id for each in found] == [two[0].pk, two[1].pk]
        assert found[0].sureness > 90
        assert {reason.label for reason in found[0].reasons} == {"First name", "Last name", "E-mail"}

    def test_the_record_itself_is_left_out(self, cast: Cast, at: datetime, two: list[Contact]) -> None:
        found = find_duplicates(spec=registry.get(SPEC), values=ADA, user=cast.maya, but=two[0].pk)

        assert [each.id for each in found] == [two[1].pk]

    def test_somebody_else_is_nobody_known(self, cast: Cast, at: datetime, two: list[Contact]) -> None:
        values = {"first_name": "Grace", "last_name": "Hopper"}

        assert find_duplicates(spec=registry.get(SPEC), values=values, user=cast.maya) == []
        assert find_duplicates(spec=registry.get("deal"), values={"name": "x"}, user=cast.maya) == []

    @pytest.mark.req("L1")
    def test_what_another_team_has_is_not_told(self, cast: Cast, at: datetime, two: list[Contact]) -> None:
        assert find_duplicates(spec=registry.get(SPEC), values=ADA, user=cast.ines) == []


@pytest.mark.req("K1")
class TestDecisions:
    """What people say is remembered."""

    def test_different_ones_are_not_asked_about_again(self, cast: Cast, at: datetime, two: list[Contact]) -> None:
        spec, by = registry.get(SPEC), Actor.user(cast.maya)
        tell_apart(spec=spec, ids=[two[1].pk, two[0].pk], by=by, at=at)
        operations.update_record(spec=spec, record_id=two[1].pk, values={"city": "London"}, by=by, at=at)
        look(at)

        assert open_pairs(spec=spec, user=cast.maya) == []
        assert LikelyPair.objects.get().status == LikelyPair.Status.DIFFERENT

    def test_a_merge_takes_the_pair_off_the_list(self, cast: Cast, at: datetime, two: list[Contact]) -> None:
        spec, by = registry.get(SPEC), Actor.user(cast.maya)
        merge_records(spec=spec, survivor_id=two[0].pk, absorbed_id=two[1].pk, by=by, at=at)
        look(at)

        assert count_open(spec=spec, user=cast.maya) == 0

    @pytest.mark.req("L1")
    def test_another_team_neither_sees_nor_counts_nor_decides(
        self, cast: Cast, at: datetime, two: list[Contact]
    ) -> None:
        spec = registry.get(SPEC)

        assert open_pairs(spec=spec, user=cast.ines) == []
        assert count_open(spec=spec, user=cast.ines) == 0
        with pytest.raises(NotFound):
            tell_apart(spec=spec, ids=[two[0].pk, two[1].pk], by=Actor.user(cast.ines), at=at)
