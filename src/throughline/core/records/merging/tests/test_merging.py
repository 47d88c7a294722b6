"""Merging two records into one, and taking it back at any later time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from throughline.core import access
from throughline.core.access.models import Participant
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry
from throughline.core.records.merging.models import Merge
from throughline.core.records.merging.operations import merge_records, take_back_merge
from throughline.core.records.merging.queries import absorbed_by, latest, survivor_of
from throughline.core.records.models import SearchRow
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.activities.models import ActivityLink
from throughline.crm.activities.operations import log_activity
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.people.models import Contact

LATER = timedelta(days=1)


def contact(cast: Cast, at: datetime, **values: Any) -> Contact:
    """Make a contact of Maya's."""
    made: Contact = operations.create_record(
        spec=registry.get("contact"), values=values, by=Actor.user(cast.maya), at=at
    )
    return made


@pytest.fixture
def two(cast: Cast, at: datetime) -> tuple[Contact, Contact]:
    """Give one person twice: the second one with a phone, a deal, a call and another tag."""
    ada = contact(cast, at, first_name="Ada", last_name="Byron", email="ada@x.org", city="London", tags=["vip"])
    twin = contact(cast, at, first_name="Ada", last_name="Byrn", phone="+44 20 555 1234", city="Paris", tags=["poet"])
    by = Actor.user(cast.maya)
    ship_pipeline(by=Actor.system(), at=at)
    deal = {"name": "Engines", "contact": twin.pk, "amount": 100}
    operations.create_record(spec=registry.get("deal"), values=deal, by=by, at=at)
    log_activity(kind="Call", subject="Hello", body="", about=[RecordRef("contact", twin.pk)], by=by, at=at)
    return ada, twin


def merged(two: tuple[Contact, Contact], by: Actor, at: datetime, **more: Any) -> Merge:
    """Merge the second contact into the first."""
    ada, twin = two
    return merge_records(spec=registry.get("contact"), survivor_id=ada.pk, absorbed_id=twin.pk, by=by, at=at, **more)


@pytest.mark.req("K1")
class TestLatest:
    """The latest merges."""

    def test_they_are_told_to_who_may_see_both(self, cast: Cast, at: datetime, two: tuple[Contact, Contact]) -> None:
        merged(two, Actor.user(cast.maya), at)

        assert [(done.title, done.absorbed) for done in latest(user=cast.maya)] == [("Ada Byron", "Ada Byrn")]
        assert latest(user=cast.ines) == []

    def test_types_without_merges_are_not_asked_about(self, cast: Cast) -> None:
        with CaptureQueriesContext(connection) as asked:
            assert latest(user=cast.maya) == []

        assert len(asked) == 1


@pytest.mark.req("K1")
class TestMergeRecords:
    """One of two."""

    def test_the_survivor_takes_what_only_the_other_knows(
        self, cast: Cast, at: datetime, two: tuple[Contact, Contact]
    ) -> None:
        merged(two, Actor.user(cast.maya), at)

        ada = Contact.objects.get(pk=two[0].pk)
        assert (ada.last_name, ada.phone, ada.city, ada.tags) == ("Byron", "+44205551234", "London", ["vip", "poet"])

    def test_chosen_fields_come_from_the_other(self, cast: Cast, at: datetime, two: tuple[Contact, Contact]) -> None:
        merged(two, Actor.user(cast.maya), at, take=["city"])

        ada = Contact.objects.get(pk=two[0].pk)
        assert (ada.city, ada.phone) == ("Paris", "")

    def test_what_points_at_the_absorbed_one_points_at_the_survivor(
        self, cast: Cast, at: datetime, two: tuple[Contact, Contact]
    ) -> None:
        ada, twin = two
        for one in two:
            part = access.Part(user_id=cast.ines.pk, record=RecordRef("contact", one.pk), reason="helps")
            access.take_part_many(parts=[part], at=at)

        merged(two, Actor.user(cast.maya), at)

        deal = Deal.objects.get()
        assert deal.contact_id == ada.pk
        assert list(ActivityLink.objects.values_list("record_type", "record_id")) == [("contact", ada.pk)]
        assert list(Participant.objects.values_list("record_id", flat=True)) == [ada.pk]
        told = Entry.objects.filter(record_type="deal", record_id=deal.pk, event="record.updated").get()
        assert told.data["changes"] == {"contact": [twin.pk, ada.pk]}

    def test_the_absorbed_one_leads_to_the_survivor_and_is_found_no_more(
        self, cast: Cast, at: datetime, two: tuple[Contact, Contact]
    ) -> None:
        ada, twin = two

        merged(two, Actor.user(cast.maya), at)

        assert survivor_of(RecordRef("contact", twin.pk)) == ada.pk
        survivor, absorbed = RecordRef("contact", ada.pk), RecordRef("contact", twin.pk)
        assert absorbed_by(survivor) == {survivor: [absorbed]}
        assert not SearchRow.objects.filter(record_type="contact", record_id=twin.pk).exists()
        events = Entry.objects.filter(event__in=["record.merged", "record.absorbed"]).values_list("event", "record_id")
        assert set(events) == {("record.merged", ada.pk), ("record.absorbed", twin.pk)}

    def test_a_record_does_not_point_at_itself(self, cast: Cast, at: datetime, two: tuple[Contact, Contact]) -> None:
        ada, twin = two
        operations.update_record(
            spec=registry.get("contact"), record_id=ada.pk, values={"reports_to": twin.pk}, by=Actor.system(), at=at
        )

        merge = merged(two, Actor.user(cast.maya), at)
        assert Contact.objects.get(pk=ada.pk).reports_to_id is None

        take_back_merge(merge_id=merge.pk, by=Actor.user(cast.maya), at=at + LATER)
        assert Contact.objects.get(pk=ada.pk).reports_to_id == twin.pk

    def test_a_record_cannot_be_merged_with_itself(self, cast: Cast, at: datetime) -> None:
        ada = contact(cast, at, last_name="Byron")

        with pytest.raises(Refusal, match="itself"):
            merged((ada, ada), Actor.user(cast.maya), at)

    def test_only_values_that_people_write_can_be_taken(
        self, cast: Cast, at: datetime, two: tuple[Contact, Contact]
    ) -> None:
        with pytest.raises(Refusal, match="created_at"):
            merged(two, Actor.user(cast.maya), at, take=["created_at"])

    @pytest.mark.req("L1")
    def test_who_may_not_see_both_cannot_merge(self, cast: Cast, at: datetime, two: tuple[Contact, Contact]) -> None:
        with pytest.raises(NotFound):
            merged(two, Actor.user(cast.ines), at)
        assert not Merge.objects.exists()

    @pytest.mark.req("L1")
    def test_an_intern_makes_no_customer_disappear(self, cast: Cast, at: datetime) -> None:
        spec, by = registry.get("contact"), Actor.user(cast.ivo)
        one, other = (operations.create_record(spec=spec, values={"last_name": "Own"}, by=by, at=at) for _ in "ab")

        with pytest.raises(NotAllowed, match="delete no contacts"):
            merged((one, other), by, at)


@pytest.mark.req("M2")
class TestTakeBackMerge:
    """Two again, a day later."""

    def test_both_are_what_they_were_with_what_pointed_at_each(
        self, cast: Cast, at: datetime, two: tuple[Contact, Contact]
    ) -> None:
        _, twin = two
        before = [Contact.objects.values("phone", "city", "tags", "last_name").get(pk=one.pk) for one in two]
        merge = merged(two, Actor.user(cast.maya), at, take=["city", "phone"])

        back = take_back_merge(merge_id=merge.pk, by=Actor.user(cast.maya), at=at + LATER)

        assert [Contact.objects.values("phone", "city", "tags", "last_name").get(pk=one.pk) for one in two] == before
        assert Deal.objects.get().contact_id == twin.pk
        assert ActivityLink.objects.get().record_id == twin.pk
        assert SearchRow.objects.filter(record_type="contact", record_id=twin.pk).exists()
        assert survivor_of(RecordRef("contact", twin.pk)) is None
        assert back.left == []

    def test_a_row_that_said_the_same_twice_comes_back(
        self, cast: Cast, at: datetime, two: tuple[Contact, Contact]
    ) -> None:
        for one in two:
            part = access.Part(user_id=cast.tom.pk, record=RecordRef("contact", one.pk), reason="helps")
            access.take_part_many(parts=[part], at=at)
        merge = merged(two, Actor.user(cast.maya), at)

        take_back_merge(merge_id=merge.pk, by=Actor.user(cast.maya), at=at + LATER)

        assert set(Participant.objects.values_list("record_id", flat=True)) == {one.pk for one in two}

    def test_what_was_changed_since_stays_and_is_told(
        self, cast: Cast, at: datetime, two: tuple[Contact, Contact]
    ) -> None:
        ada, _ = two
        by = Actor.user(cast.maya)
        merge = merged(two, by, at)
        spec = registry.get("contact")
        operations.update_record(spec=spec, record_id=ada.pk, values={"phone": "+44 111"}, by=by, at=at)
        elsewhere = contact(cast, at, last_name="Third")
        deal = Deal.objects.get()
        operations.update_record(
            spec=registry.get("deal"), record_id=deal.pk, values={"contact": elsewhere.pk}, by=by, at=at
        )

        back = take_back_merge(merge_id=merge.pk, by=by, at=at + LATER)

        assert Contact.objects.get(pk=ada.pk).phone == "+44111"
        assert Deal.objects.get().contact_id == elsewhere.pk
        assert back.left == [
            "Phone was changed since and stays as it is.",
            "1 of the deals were changed or deleted since and stay as they are.",
        ]

    def test_once_only(self, cast: Cast, at: datetime, two: tuple[Contact, Contact]) -> None:
        by = Actor.user(cast.maya)
        merge = merged(two, by, at)
        take_back_merge(merge_id=merge.pk, by=by, at=at)

        with pytest.raises(Refusal, match="already"):
            take_back_merge(merge_id=merge.pk, by=by, at=at)

    def test_a_chain_is_taken_back_from_its_end(self, cast: Cast, at: datetime, two: tuple[Contact, Contact]) -> None:
        by = Actor.user(cast.maya)
        third = contact(cast, at, last_name="Third")
        first = merged(two, by, at)
        last = merged((third, two[0]), by, at)
        assert survivor_of(RecordRef("contact", two[1].pk)) == third.pk
        assert [len(gone) for gone in absorbed_by(RecordRef("contact", third.pk)).values()] == [2]

        with pytest.raises(Refusal, match="Take that merge back first"):
            take_back_merge(merge_id=first.pk, by=by, at=at)
        take_back_merge(merge_id=last.pk, by=by, at=at)
        take_back_merge(merge_id=first.pk, by=by, at=at)

        assert Contact.objects.filter(deleted_at=None).count() == 3

    @pytest.mark.req("L1")
    def test_another_team_cannot(self, cast: Cast, at: datetime, two: tuple[Contact, Contact]) -> None:
        merge = merged(two, Actor.user(cast.maya), at)

        with pytest.raises(NotFound):
            take_back_merge(merge_id=merge.pk, by=Actor.user(cast.ines), at=at)
