"""The writes that all record types share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.records import operations, registry
from throughline.core.records.models import SearchRow
from throughline.core.records.operations import Assignment, Tagging
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead, capture_leads
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact, Organization


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's."""
    return capture_lead(values={"name": "Ada Byron", "interest": "Engines"}, by=Actor.user(cast.maya), at=at)


def change(lead: Lead, values: dict[str, Any], by: Actor, at: datetime, version: int | None = None) -> Lead:
    """Change fields of a lead."""
    changed: Lead = operations.update_record(
        spec=registry.get("lead"), record_id=lead.pk, values=values, by=by, at=at, version=version
    )
    return changed


class TestCreateRecord:
    """Making a record of any type."""

    def test_a_contact_gets_its_names_its_owner_and_its_team(self, cast: Cast, at: datetime) -> None:
        values = {"first_name": "Ada", "last_name": "Byrón", "email": "ADA@example.com", "tags": "vip, VIP, new"}

        contact: Contact = operations.create_record(
            spec=registry.get("contact"), values=values, by=Actor.user(cast.maya), at=at
        )

        contact.refresh_from_db()
        assert (contact.name, contact.sort_name, contact.email) == ("Ada Byrón", "byron ada", "ada@example.com")
        assert (contact.owner_id, contact.team_id, contact.tags) == (cast.maya.pk, cast.north.pk, ["vip", "new"])
        assert SearchRow.objects.filter(record_type="contact", text__contains="byron").exists()

    def test_what_is_needed_and_missing_is_named(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal) as refused:
            operations.create_record(spec=registry.get("organization"), values={}, by=Actor.system(), at=at)

        assert refused.value.fields == {"name": "Name is needed."}

    def test_a_contact_without_any_name_is_refused(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal, match="needs a name"):
            operations.create_record(
                spec=registry.get("contact"), values={"job_title": "CEO"}, by=Actor.system(), at=at
            )

        assert not Contact.objects.exists()


class TestUpdateRecord:
    """Changing fields."""

    def test_a_change_is_written_counted_and_told(self, cast: Cast, lead: Lead, at: datetime) -> None:
        later = at + timedelta(hours=1)

        change(lead, {"interest": "Looms", "employees": "12"}, Actor.user(cast.tom), later, version=1)

        lead.refresh_from_db()
        assert (lead.interest, lead.employees, lead.version, lead.updated_at) == ("Looms", 12, 2, later)
        assert lead.updated_by == "Tom Berg"
        entry = Entry.objects.get(event="record.updated")
        assert entry.data == {"version": 2, "changes": {"interest": ["Engines", "Looms"], "employees": [None, 12]}}

    def test_equal_values_are_no_change(self, cast: Cast, lead: Lead, at: datetime) -> None:
        change(lead, {"interest": " Engines "}, Actor.user(cast.maya), at)

        lead.refresh_from_db()
        assert lead.version == 1
        assert not Entry.objects.filter(event="record.updated").exists()

    def test_two_people_who_change_different_fields_both_keep_theirs(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        change(lead, {"interest": "Looms"}, Actor.user(cast.tom), at, version=1)

        change(lead, {"region": "EU"}, Actor.user(cast.maya), at, version=1)

        lead.refresh_from_db()
        assert (lead.interest, lead.region, lead.version) == ("Looms", "EU", 3)

    def test_two_people_who_change_one_field_are_told_so(self, cast: Cast, lead: Lead, at: datetime) -> None:
        change(lead, {"interest": "Looms"}, Actor.user(cast.tom), at, version=1)

        with pytest.raises(Conflict) as conflict:
            change(lead, {"interest": "Presses", "region": "EU"}, Actor.user(cast.maya), at, version=1)

        assert conflict.value.fields == {"interest": 'Tom Berg changed Interest to "Looms" meanwhile.'}
        lead.refresh_from_db()
        assert (lead.interest, lead.region) == ("Looms", "")

    def test_a_conflict_over_a_personal_field_is_found_too(self, cast: Cast, lead: Lead, at: datetime) -> None:
        change(lead, {"description": "Call after five"}, Actor.user(cast.tom), at, version=1)

        with pytest.raises(Conflict, match="Tom Berg changed Description"):
            change(lead, {"description": "Never call"}, Actor.user(cast.maya), at, version=1)

    @pytest.mark.req("L1")
    def test_another_team_is_told_that_there_is_no_such_lead(self, cast: Cast, lead: Lead, at: datetime) -> None:
        with pytest.raises(NotFound) as refused:
            change(lead, {"interest": "Mine"}, Actor.user(cast.ines), at)
        with pytest.raises(NotFound) as missing:
            operations.update_record(
                spec=registry.get("lead"), record_id=10**9, values={}, by=Actor.user(cast.ines), at=at
            )

        assert refused.value.message.replace(f"L-{lead.pk}", "") == missing.value.message.replace("L-1000000000", "")

    @pytest.mark.req("L1")
    def test_who_may_only_look_is_told_whom_to_ask(self, cast: Cast, lead: Lead, at: datetime) -> None:
        with pytest.raises(NotAllowed, match="Sales North"):
            change(lead, {"interest": "x"}, Actor.user(cast.ivo), at)

    @pytest.mark.req("L1")
    def test_a_field_that_is_read_only_for_the_role_is_refused(self, cast: Cast, lead: Lead, at: datetime) -> None:
        role = cast.maya.roles.get()
        role.permissions = {**role.permissions, "fields": {"lead": {"interest": "read"}}}
        role.save()

        with pytest.raises(NotAllowed, match="Interest"):
            change(lead, {"interest": "x"}, Actor.user(cast.maya), at)

    def test_fields_that_operations_write_cannot_be_written_here(self, cast: Cast, lead: Lead, at: datetime) -> None:
        with pytest.raises(Refusal) as refused:
            change(lead, {"score": 99, "version": 7, "email": "x@y.zz"}, Actor.user(cast.maya), at)

        assert set(refused.value.fields) == {"score", "version", "email"}


class TestTagRecords:
    """Tags."""

    def test_tags_go_on_and_off_and_are_found(self, cast: Cast, lead: Lead, at: datetime) -> None:
        by = Actor.user(cast.maya)
        spec = registry.get("lead")
        operations.tag_records(spec=spec, taggings=[Tagging(lead.pk, add=["Inbound", "VIP"])], by=by, at=at)

        operations.tag_records(spec=spec, taggings=[Tagging(lead.pk, add=["vip"], remove=["INBOUND"])], by=by, at=at)

        lead.refresh_from_db()
        assert lead.tags == ["VIP"]
        told = list(Entry.objects.filter(event="record.tagged").order_by("id").values_list("data", flat=True))
        assert told == [{"added": ["Inbound", "VIP"], "removed": []}, {"added": [], "removed": ["Inbound"]}]
        assert SearchRow.objects.get(record_type="lead").text.endswith("vip")

    @pytest.mark.usefixtures("nobody_listens")
    def test_a_hundred_leads_take_as_many_queries_as_one(
        self, cast: Cast, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        ids = capture_leads([{"origin": str(n)} for n in range(100)], by=Actor.system(), at=at).ids
        taggings = [Tagging(key, add=["x"]) for key in ids if key is not None]

        with django_assert_max_num_queries(7):
            operations.tag_records(spec=registry.get("lead"), taggings=taggings, by=Actor.system(), at=at)

        assert Lead.objects.filter(tags=["x"]).count() == 100


class TestAssignRecords:
    """Giving records to people and teams."""

    def test_a_lead_goes_to_a_person_and_the_persons_team_with_the_reason(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        wish = Assignment(lead.pk, owner_id=cast.ines.pk, reason="Region South")

        operations.assign_records(spec=registry.get("lead"), assignments=[wish], by=Actor.user(cast.omar), at=at)

        lead.refresh_from_db()
        assert (lead.owner_id, lead.team_id, lead.assigned_reason) == (cast.ines.pk, cast.south.pk, "Region South")
        told = Entry.objects.get(event="record.assigned").data
        assert (told["owner_name"], told["former_owner"], told["reason"]) == (
            "Ines Duarte",
            cast.maya.pk,
            "Region South",
        )

    def test_search_follows_the_assignment(self, cast: Cast, lead: Lead, at: datetime) -> None:
        wish = Assignment(lead.pk, team_id=cast.south.pk)

        operations.assign_records(spec=registry.get("lead"), assignments=[wish], by=Actor.user(cast.omar), at=at)

        row = SearchRow.objects.get(record_type="lead", record_id=lead.pk)
        assert (row.owner_id, row.team_id) == (None, cast.south.pk)


class TestDeleteRecords:
    """The bin."""

    @pytest.mark.req("M2")
    def test_a_deleted_lead_is_gone_everywhere_and_comes_back_as_it_was(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        spec, by = registry.get("lead"), Actor.user(cast.maya)

        operations.delete_records(spec=spec, ids=[lead.pk], by=by, at=at, reason="Twice")

        lead.refresh_from_db()
        assert (lead.deleted_at, lead.deleted_by) == (at, "Maya Lin")
        assert not SearchRow.objects.filter(record_type="lead").exists()
        with pytest.raises(NotFound):
            change(lead, {"interest": "x"}, by, at)

        operations.restore_records(spec=spec, ids=[lead.pk], by=by, at=at)

        lead.refresh_from_db()
        assert (lead.deleted_at, lead.interest) == (None, "Engines")
        assert SearchRow.objects.filter(record_type="lead").exists()

    @pytest.mark.req("L1")
    @pytest.mark.parametrize("who", ["ivo", "tom", "alma"])
    def test_who_may_not_delete_is_refused(self, cast: Cast, lead: Lead, at: datetime, who: str) -> None:
        with pytest.raises(NotAllowed):
            operations.delete_records(
                spec=registry.get("lead"), ids=[lead.pk], by=Actor.user(getattr(cast, who)), at=at
            )

        lead.refresh_from_db()
        assert lead.deleted_at is None


class TestOrganizations:
    """The other record type of people."""

    def test_the_domain_comes_from_the_web_site(self, cast: Cast, at: datetime) -> None:
        values = {"name": "Éclair & Co", "website": "https://www.eclair.example/shop"}

        made: Organization = operations.create_record(
            spec=registry.get("organization"), values=values, by=Actor.system(), at=at
        )

        assert (made.sort_name, made.domain) == ("eclair & co", "eclair.example")
