"""Capturing leads: one, many, repeated, of known and unknown people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry, PersonalValues
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.context import facts
from throughline.core.records.custom.operations import Wish, define_field, set_rule
from throughline.core.records.models import SearchRow
from throughline.core.records.operations import update_record
from throughline.core.refusals import NotAllowed, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead, capture_leads
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact

FORM = Actor("form", "1", "Contact form")


class TestCaptureLead:
    """One enquiry at a time."""

    @pytest.mark.req("C1")
    def test_an_enquiry_becomes_a_lead_with_its_contact(self, cast: Cast, at: datetime) -> None:
        values = {
            "name": "Ada Byron",
            "email": " Ada@Example.COM ",
            "interest": "Engines",
            "source": "web",
            "region": "EU",
        }

        lead = capture_lead(values=values, by=FORM, at=at)

        assert (lead.status, lead.interest, lead.source, lead.region) == ("New", "Engines", "Web", "EU")
        assert lead.contact is not None
        assert (lead.contact.name, lead.contact.last_name, lead.contact.email) == (
            "Ada Byron",
            "Byron",
            "ada@example.com",
        )
        assert (lead.created_at, lead.created_by, lead.version) == (at, "Contact form", 1)

    @pytest.mark.req("C1")
    def test_all_that_is_said_of_the_person_is_kept_on_the_contact(self, cast: Cast, at: datetime) -> None:
        values = {
            "salutation": "Ms", "first_name": "Ada", "middle_name": "King", "last_name": "Byron",
            "website": "https://ada.example", "address": "12 St James's Square", "city": "London",
            "do_not_call": "yes", "email_opt_out": "no",
        }  # fmt: skip

        lead = capture_lead(values=values, by=FORM, at=at)

        contact = lead.contact
        assert contact is not None
        assert (contact.salutation, contact.name, contact.website, contact.city) == (
            "Ms", "Ada King Byron", "https://ada.example", "London",
        )  # fmt: skip
        assert (contact.address, contact.do_not_call, contact.email_opt_out) == (
            {"text": "12 St James's Square"}, True, False,
        )  # fmt: skip
        known = facts(RecordRef("lead", lead.pk))
        assert (known["city"], known["do_not_call"]) == ("London", True)

    def test_where_somebody_lives_says_not_who_they_are(self, cast: Cast, at: datetime) -> None:
        lead = capture_lead(values={"city": "London", "do_not_call": "yes", "interest": "Engines"}, by=FORM, at=at)

        assert lead.contact is None

    @pytest.mark.req("K1")
    def test_rules_and_formulas_of_contacts_hold_of_the_person_it_brings(self, cast: Cast, at: datetime) -> None:
        admin = Actor.user(cast.admin)
        wish = Wish(label="Reach", formula='if contact.email = null then "by phone" else "by mail"')
        define_field(record_type="contact", wish=wish, by=admin, at=at)
        condition, message = "contact.email != null or contact.phone != null", "Say how the person is reached."
        set_rule(
            record_type="contact", name="Reach", condition=condition, message=message, field="email", by=admin, at=at
        )

        with pytest.raises(Refusal, match="Ada Byron: Say how the person is reached.") as refused:
            capture_lead(values={"name": "Ada Byron"}, by=FORM, at=at)

        assert refused.value.fields == {"email": message}
        assert not Contact.objects.exists()
        lead = capture_lead(values={"name": "Ada Byron", "email": "ada@example.com"}, by=FORM, at=at)
        assert lead.contact is not None
        assert lead.contact.custom == {"reach": "by mail"}

    def test_an_enquiry_repeats_another_and_not_itself(self, cast: Cast, at: datetime) -> None:
        first, again = (capture_lead(values={"name": "Ada"}, by=FORM, at=at) for _ in range(2))
        spec, by = registry.get("lead"), Actor.user(cast.admin)

        with pytest.raises(Refusal, match="cannot be a duplicate of itself"):
            update_record(spec=spec, record_id=first.pk, values={"duplicate_of": first.pk}, by=by, at=at)
        update_record(spec=spec, record_id=again.pk, values={"duplicate_of": first.pk}, by=by, at=at)

        again.refresh_from_db()
        assert again.duplicate_of == first

    def test_an_enquiry_of_a_known_person_attaches_to_that_contact(self, cast: Cast, at: datetime) -> None:
        first = capture_lead(values={"name": "Ada Byron", "email": "ada@example.com"}, by=FORM, at=at)

        again = capture_lead(values={"email": "ADA@example.com", "interest": "More"}, by=FORM, at=at)

        assert again.pk != first.pk
        assert again.contact_id == first.contact_id
        assert Contact.objects.count() == 1

    def test_a_person_is_known_by_the_phone_number_however_it_is_written(self, cast: Cast, at: datetime) -> None:
        first = capture_lead(values={"name": "Ada", "phone": "+49 (0)30 1234-567"}, by=FORM, at=at)

        again = capture_lead(values={"mobile": "0049301234567"}, by=FORM, at=at)

        assert again.contact_id == first.contact_id

    def test_an_enquiry_that_names_nobody_has_no_contact(self, cast: Cast, at: datetime) -> None:
        lead = capture_lead(values={"origin": "organic_search"}, by=FORM, at=at)

        assert lead.contact_id is None
        assert Contact.objects.count() == 0

    def test_what_a_person_captures_is_theirs_and_their_teams(self, cast: Cast, at: datetime) -> None:
        lead = capture_lead(values={"name": "Ada"}, by=Actor.user(cast.maya), at=at)

        assert (lead.owner_id, lead.team_id, lead.status) == (cast.maya.pk, cast.north.pk, "Assigned")
        assert lead.contact is not None
        assert (lead.contact.owner_id, lead.contact.team_id) == (cast.maya.pk, cast.north.pk)

    def test_the_same_external_key_brings_back_the_first_lead(self, cast: Cast, at: datetime) -> None:
        first = capture_lead(values={"external_id": "x1", "origin": "social"}, by=FORM, at=at)

        again = capture_lead(values={"external_id": "x1", "origin": "other"}, by=FORM, at=at + timedelta(days=1))

        assert (again.pk, again.origin) == (first.pk, "social")
        assert Lead.objects.count() == 1

    def test_unreadable_values_are_refused_with_a_sentence_for_each_field(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal) as refused:
            capture_lead(values={"email": "no address", "employees": "many", "colour": "red"}, by=FORM, at=at)

        assert set(refused.value.fields) == {"email", "employees", "colour"}
        assert "maya@example.com" in refused.value.fields["email"]
        assert not Lead.objects.exists()

    def test_who_may_not_make_leads_is_refused(self, cast: Cast, at: datetime) -> None:
        cast.maya.roles.clear()

        with pytest.raises(NotAllowed):
            capture_lead(values={"name": "Ada"}, by=Actor.user(cast.maya), at=at)

    def test_the_journal_keeps_personal_values_where_they_can_be_erased(self, cast: Cast, at: datetime) -> None:
        lead = capture_lead(values={"name": "Ada Byron", "email": "ada@example.com", "origin": "ad"}, by=FORM, at=at)

        entry = Entry.objects.get(event="lead.captured")
        assert (entry.record_type, entry.record_id, entry.data["origin"]) == ("lead", lead.pk, "ad")
        assert "ada" not in str(entry.data).lower()
        kept = PersonalValues.objects.get(entry_id=entry.pk)
        assert (kept.record_type, kept.record_id, kept.values["email"]) == (
            "contact",
            lead.contact_id,
            "ada@example.com",
        )

    def test_listeners_hear_of_the_capture_in_its_transaction(self, cast: Cast, at: datetime) -> None:
        heard: list[Any] = []
        journal.on_recorded(heard.extend)
        try:
            lead = capture_lead(values={"name": "Ada"}, by=FORM, at=at)
        finally:
            journal.forget_listener(heard.extend)

        assert [(entry.event, entry.about.type) for entry in heard] == [
            ("contact.added", "contact"),
            ("lead.captured", "lead"),
        ]
        assert heard[1].about.id == lead.pk
        assert heard[1].personal["name"] == "Ada"

    def test_the_lead_and_its_person_are_found_by_search_at_once(self, cast: Cast, at: datetime) -> None:
        capture_lead(values={"name": "Zoë Ångström", "email": "zoe@example.com"}, by=FORM, at=at)

        assert set(SearchRow.objects.filter(text__contains="zoe angstrom").values_list("record_type", flat=True)) == {
            "lead",
            "contact",
        }


class TestCaptureLeads:
    """Many enquiries in one call."""

    def test_known_keys_are_skipped_and_repeated_ones_taken_once(self, cast: Cast, at: datetime) -> None:
        capture_leads([{"external_id": "a"}], by=FORM, at=at)

        created = capture_leads([{"external_id": "a"}, {"external_id": "b"}, {"external_id": "b"}], by=FORM, at=at)

        assert created.existing == 2
        assert [key is not None for key in created.ids] == [False, True, False]

    def test_one_person_in_several_rows_becomes_one_contact(self, cast: Cast, at: datetime) -> None:
        rows = [{"email": "a@x.org", "name": "A"}, {"email": "a@x.org", "phone": "+4912345"}, {"phone": "+4912345"}]

        capture_leads(rows, by=FORM, at=at)

        assert Contact.objects.count() == 1
        assert set(Lead.objects.values_list("contact_id", flat=True)) == {Contact.objects.get().pk}

    def test_one_person_belongs_to_whom_the_first_enquiry_belongs_that_is_somebodys(
        self, cast: Cast, at: datetime
    ) -> None:
        rows: list[dict[str, Any]] = [{}, {"owner": cast.maya.pk}, {"owner": cast.ines.pk}]

        capture_leads([{"email": "a@x.org", **row} for row in rows], by=FORM, at=at)

        contact = Contact.objects.get()
        assert (contact.owner_id, contact.team_id) == (cast.maya.pk, cast.north.pk)

    @pytest.mark.usefixtures("nobody_listens")
    def test_a_thousand_take_as_many_queries_as_two(
        self, cast: Cast, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        rows = [{"email": f"p{n}@x.org", "external_id": str(n), "owner": cast.maya.pk} for n in range(1000)]

        with django_assert_max_num_queries(19):  # COPY stands in a savepoint
            created = capture_leads(rows, by=FORM, at=at)

        assert all(created.ids)
        assert Lead.objects.filter(team=cast.north, status="Assigned").count() == 1000
