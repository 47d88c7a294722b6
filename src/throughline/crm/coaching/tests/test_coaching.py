"""Coaching: the numbers are those of the lists they open, and each is for whoever may see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.access import COACH
from throughline.core.actor import Actor
from throughline.core.identity.models import Role, User
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.records.queries import ListQuery, list_page
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.coaching.operations import withdraw_note, write_note
from throughline.crm.coaching.queries import (
    Figure,
    Seller,
    coaches,
    may_look,
    notes_on,
    open_deals_of,
    person_for,
    seller,
    sellers,
)
from throughline.crm.deals import operations
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import StagePlan

PLANS = (
    StagePlan(name="Talk", probability=10, rots_after_days=5),
    StagePlan(name="Offer", probability=50),
    StagePlan(name="Won", kind="won", probability=100),
    StagePlan(name="Lost", kind="lost"),
)


def fresh(user: User) -> User:
    """Return somebody as a new request would know them."""
    return User.objects.get(pk=user.pk)


@pytest.fixture
def pipeline(cast: Cast, at: datetime) -> None:
    operations.save_pipeline(key="sales", name="Sales", plans=PLANS, by=Actor.system(), at=at)


def deal(owner: User, name: str, at: datetime, **columns: Any) -> Deal:
    """Make a deal of somebody's at an instant, and let it stand as the columns say."""
    made: Deal = create_record(spec=registry.get("deal"), values={"name": name}, by=Actor.user(owner), at=at)
    Deal.objects.filter(pk=made.pk).update(**columns)
    return made


@pytest.fixture
def deals(cast: Cast, pipeline: None, at: datetime) -> None:
    """Give deals of three people: standing long, late, idle, won and lost for several reasons."""

    def days(count: float) -> datetime:
        return at - timedelta(days=count)

    deal(cast.maya, "Fresh", days(2), next_step_due_at=at + timedelta(days=1))
    deal(cast.maya, "Long", days(10), next_step_due_at=days(4))
    deal(cast.maya, "Planned late", days(4), next_activity_at=days(2), next_step_due_at=at + timedelta(days=3))
    deal(cast.maya, "Idle", days(8), stage_id="sales.offer")
    for number, (stage, reason, since) in enumerate(
        [
            ("sales.won", "", 10),
            ("sales.lost", "Price", 20),
            ("sales.lost", "Price", 30),
            ("sales.lost", "Timing", 40),
            ("sales.lost", "Competitor", 50),
            ("sales.lost", "Moved away", 60),
            ("sales.lost", "", 70),
            ("sales.lost", "Price", 200),
        ]
    ):
        ended = {"stage_id": stage, "lost_reason": reason, "closed_at": days(since)}
        deal(cast.maya, f"Ended {number}", days(since + 1), **ended)
    deal(cast.tom, "Tom's", days(1))
    deal(cast.ines, "Ines's", days(1))


def figures(row: Seller) -> Iterator[tuple[str, Figure]]:
    """Give every number of a person."""
    for stage, standing in [("all", row.standing), *row.by_stage.items()]:
        for name in ("open", "stuck", "late", "idle"):
            found = getattr(standing, name)
            if found is not None:
                yield f"{stage} {name}", found
    yield "won", row.ended.won
    yield "lost", row.ended.lost
    yield from row.ended.lost_for.items()


@pytest.mark.req("D3")
@pytest.mark.usefixtures("deals")
class TestFigures:
    """What stands where, and how long."""

    def test_age_delay_and_what_is_missing_are_told_of_each_person(self, cast: Cast, at: datetime) -> None:
        (maya, tom) = (each for each in sellers(user=fresh(cast.omar), days=90, at=at) if each.person != cast.ines)

        assert maya.standing.stuck is not None
        counts = [maya.standing.open, maya.standing.stuck, maya.standing.late, maya.standing.idle]
        assert [each.count for each in counts] == [4, 1, 2, 1]
        assert (maya.standing.age, maya.standing.delay) == (6.0, 3.0)  # of 2, 4, 8, 10; of 2 and 4
        assert (tom.person, tom.standing.open.count, tom.standing.delay) == (cast.tom, 1, None)

    def test_losses_are_told_by_reason_within_the_period(self, cast: Cast, at: datetime) -> None:
        person = fresh(cast.maya)

        ended = seller(user=person, person=person, days=90, at=at).ended
        longer = seller(user=person, person=person, days=365, at=at).ended

        assert (ended.won.count, ended.lost.count) == (1, 6)
        assert {name: each.count for name, each in ended.lost_for.items()} == {
            "Price": 2, "Timing": 1, "Competitor": 1, "other": 2,
        }  # fmt: skip
        assert longer.lost_for["Price"].count == 3

    def test_one_person_is_told_by_stage(self, cast: Cast, at: datetime) -> None:
        person = fresh(cast.maya)

        by_stage = seller(user=person, person=person, days=90, at=at).by_stage

        assert {key: each.open.count for key, each in by_stage.items()} == {"sales.talk": 3, "sales.offer": 1}
        assert by_stage["sales.offer"].stuck is None  # nobody said how long is too long
        assert by_stage["sales.offer"].idle.count == 1

    @pytest.mark.parametrize("name", ["maya", "omar", "admin"])
    def test_every_number_is_that_of_the_list_it_opens(self, cast: Cast, at: datetime, name: str) -> None:
        user = fresh(getattr(cast, name))
        rows = [
            *sellers(user=user, days=90, at=at),
            *(seller(user=user, person=each.person, days=180, at=at) for each in sellers(user=user, days=90, at=at)),
        ]

        told = {(row.person.name, what): figure for row in rows for what, figure in figures(row)}
        listed = {
            key: len(
                list_page(
                    spec=registry.get("deal"), user=user, query=ListQuery(filter=figure.filter, limit=200), at=at
                ).records
            )
            for key, figure in told.items()
        }

        assert listed == {key: figure.count for key, figure in told.items()}
        assert sum(listed.values()) > 0

    def test_the_numbers_of_many_people_take_as_many_queries_as_those_of_one(
        self, cast: Cast, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        user = fresh(cast.omar)

        with django_assert_max_num_queries(13):
            sellers(user=user, days=90, at=at)


@pytest.mark.req("D3", "L1")
@pytest.mark.usefixtures("deals")
class TestWhoSees:
    """Coaches see their people, everybody sees themselves."""

    def test_who_coaches_sees_the_own_teams_and_others_see_themselves(self, cast: Cast, at: datetime) -> None:
        def names(user: User) -> list[str]:
            return [each.person.name for each in sellers(user=fresh(user), days=90, at=at)]

        assert names(cast.omar) == ["Ines Duarte", "Maya Lin", "Tom Berg"]
        assert names(cast.maya) == ["Maya Lin"]
        assert names(cast.ines) == ["Ines Duarte"]

    def test_another_team_counts_nothing_of_it_even_when_it_may_coach(self, cast: Cast, at: datetime) -> None:
        sales = Role.objects.get(key="sales")
        sales.permissions["abilities"].append(COACH)
        sales.save()

        rows = sellers(user=fresh(cast.ines), days=90, at=at)

        assert [(each.person, each.standing.open.count, each.ended.lost.count) for each in rows] == [(cast.ines, 1, 0)]
        with pytest.raises(NotFound):
            person_for(user=fresh(cast.ines), person_id=cast.maya.pk)
        assert open_deals_of(user=fresh(cast.ines), person_id=cast.maya.pk) == []

    def test_hr_sees_none(self, cast: Cast, at: datetime) -> None:
        assert not may_look(fresh(cast.hana))
        with pytest.raises(NotAllowed):
            sellers(user=fresh(cast.hana), days=90, at=at)

    def test_who_may_not_read_a_field_behind_the_numbers_sees_none(self, cast: Cast, at: datetime) -> None:
        sales = Role.objects.get(key="sales")
        sales.permissions["fields"] = {"deal": {"lost_reason": "hidden"}}
        sales.save()

        with pytest.raises(NotAllowed):
            sellers(user=fresh(cast.maya), days=90, at=at)

    def test_nobody_coaches_themselves_or_a_colleague_without_being_let(self, cast: Cast) -> None:
        assert coaches(fresh(cast.omar), cast.maya)
        assert not coaches(fresh(cast.omar), cast.omar)
        assert not coaches(fresh(cast.tom), cast.maya)
        assert not coaches(fresh(cast.omar), cast.petra)


@pytest.mark.req("D3")
@pytest.mark.usefixtures("pipeline")
class TestNotes:
    """What was talked about."""

    def test_the_person_is_told_and_reads_it_and_others_do_not(self, cast: Cast, at: datetime) -> None:
        note = write_note(person_id=cast.maya.pk, body=" Ask for the date. ", by=Actor.user(fresh(cast.omar)), at=at)

        assert [each.body for each in notes_on(person=cast.maya, user=fresh(cast.maya))] == ["Ask for the date."]
        assert [each.pk for each in notes_on(person=cast.maya, user=fresh(cast.omar))] == [note.pk]
        assert notes_on(person=cast.maya, user=fresh(cast.tom)) == []
        assert notes_on(person=cast.maya, user=fresh(cast.ines)) == []
        message = Notification.objects.get()
        assert (message.user, message.record_type, message.record_id) == (cast.maya, "coaching", cast.maya.pk)
        entry = Entry.objects.get(event="coaching.note_written")
        assert "Ask" not in str(entry.data)

    def test_only_a_coach_writes_about_a_deal_that_the_coach_sees(self, cast: Cast, at: datetime) -> None:
        theirs = deal(cast.petra, "Petra's", at)

        with pytest.raises(NotAllowed):
            write_note(person_id=cast.maya.pk, body="x", by=Actor.user(fresh(cast.tom)), at=at)
        with pytest.raises(NotAllowed):
            write_note(person_id=cast.omar.pk, body="x", by=Actor.user(fresh(cast.omar)), at=at)
        with pytest.raises(NotFound):
            write_note(person_id=cast.maya.pk, body="x", deal_id=theirs.pk, by=Actor.user(fresh(cast.omar)), at=at)
        with pytest.raises(Refusal, match="Write down"):
            write_note(person_id=cast.maya.pk, body="  ", by=Actor.user(fresh(cast.omar)), at=at)

    def test_its_author_takes_it_back_for_everybody(self, cast: Cast, at: datetime) -> None:
        note = write_note(person_id=cast.maya.pk, body="Too harsh", by=Actor.user(fresh(cast.omar)), at=at)

        with pytest.raises(NotFound):
            withdraw_note(note_id=note.pk, by=Actor.user(fresh(cast.maya)), at=at)
        withdraw_note(note_id=note.pk, by=Actor.user(fresh(cast.omar)), at=at)

        assert notes_on(person=cast.maya, user=fresh(cast.maya)) == []
        assert Entry.objects.filter(event="coaching.note_withdrawn").count() == 1
