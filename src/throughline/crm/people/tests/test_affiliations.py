"""People with several organizations: named, ended, made the main one, merged, imported, found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.context import facts
from throughline.core.records.importing import import_rows
from throughline.core.records.merging.operations import merge_records, take_back_merge
from throughline.core.records.operations import create_record, update_record
from throughline.core.records.queries import ListQuery, list_page
from throughline.core.records.search import search
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.people.affiliations import affiliate, end_affiliation, further_of, make_main
from throughline.crm.people.models import Affiliation, Contact, Organization
from throughline.crm.people.queries import people_of
from throughline.crm.people.rules import affiliation_text, read_affiliation

pytestmark = pytest.mark.req("C4")


@pytest.fixture
def acme(cast: Cast, at: datetime) -> Organization:
    return organization("Acme", cast, at)


@pytest.fixture
def beta(cast: Cast, at: datetime) -> Organization:
    return organization("Beta, Inc.", cast, at)


@pytest.fixture
def ada(cast: Cast, acme: Organization, at: datetime) -> Contact:
    return person("Ada Byron", cast, at, organization=acme.pk, job_title="Buyer")


def organization(name: str, cast: Cast, at: datetime) -> Organization:
    by = Actor.user(cast.maya)
    made: Organization = create_record(spec=registry.get("organization"), values={"name": name}, by=by, at=at)
    return made


def person(name: str, cast: Cast, at: datetime, **values: Any) -> Contact:
    first, _, last = name.partition(" ")
    said = {"first_name": first, "last_name": last, **values}
    made: Contact = create_record(spec=registry.get("contact"), values=said, by=Actor.user(cast.maya), at=at)
    return made


def also_at(contact: Contact) -> list[str]:
    return Contact.objects.get(pk=contact.pk).also_at


def found(cast: Cast, at: datetime, organization: Organization) -> list[str]:
    """Return the names of Maya's contacts at an organization, in the main or beside it."""
    condition = {"field": "organization", "op": "is_also", "value": str(organization.pk)}
    page = list_page(spec=registry.get("contact"), user=cast.maya, query=ListQuery(filter=condition), at=at)
    return [each.name for each in page.records]


class TestNaming:
    def test_keeps_what_a_person_is_elsewhere_for_lists_search_charts_and_the_journal(
        self, cast: Cast, ada: Contact, beta: Organization, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)

        affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Advisor", since_on=date(2025, 1, 1), by=by, at=at)

        assert also_at(ada) == ["Beta, Inc. (Advisor)"]
        assert facts(RecordRef("contact", ada.pk))["also_at"] == ["Beta, Inc. (Advisor)"]
        assert [hit.title for hit in search(user=cast.maya, text="beta advisor", types=["contact"])] == ["Ada Byron"]
        entry = Entry.objects.get(event="contact.affiliated")
        assert (entry.record_id, entry.data["role"], entry.data["since_on"]) == (ada.pk, "Advisor", "2025-01-01")
        assert found(cast, at, beta) == ["Ada Byron"]

    def test_says_the_same_twice_once_and_changes_what_was_said(
        self, cast: Cast, ada: Contact, beta: Organization, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        first = affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Advisor", by=by, at=at)

        again = affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Advisor", by=by, at=at)
        changed = affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Chair", by=by, at=at)

        assert first.pk == again.pk == changed.pk
        assert also_at(ada) == ["Beta, Inc. (Chair)"]
        assert Entry.objects.filter(event="contact.affiliated").count() == 2

    def test_of_what_is_over_lists_and_filters_know_nothing_and_the_organization_still_does(
        self, cast: Cast, ada: Contact, beta: Organization, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)

        affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Advisor", until_on=date(2025, 6, 30), by=by, at=at)

        assert also_at(ada) == []
        assert found(cast, at, beta) == []
        people = people_of(organization_id=beta.pk, user=cast.maya, limit=9)
        assert [(who.name, row and row.role) for who, row in people] == [("Ada Byron", "Advisor")]

    def test_refuses_the_main_one_a_wrong_span_and_an_organization_that_one_may_not_see(
        self, cast: Cast, ada: Contact, acme: Organization, beta: Organization, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        hidden = create_record(
            spec=registry.get("organization"), values={"name": "Secret"}, by=Actor.user(cast.ines), at=at
        )
        days = {"since_on": date(2025, 2, 1), "until_on": date(2025, 1, 1)}

        for wish, refusal in (
            ({"organization_id": acme.pk}, "main_already"),
            ({"organization_id": beta.pk, **days}, "ends_before"),
        ):
            with pytest.raises(Refusal) as refused:
                affiliate(contact_id=ada.pk, by=by, at=at, **wish)
            assert refused.value.code == refusal
        with pytest.raises(NotFound):
            affiliate(contact_id=ada.pk, organization_id=hidden.pk, by=by, at=at)
        assert not Affiliation.objects.exists()

    @pytest.mark.req("L1")
    def test_is_nothing_for_another_team(self, cast: Cast, ada: Contact, beta: Organization, at: datetime) -> None:
        kept = affiliate(contact_id=ada.pk, organization_id=beta.pk, by=Actor.user(cast.maya), at=at)
        ines = Actor.user(cast.ines)
        own = create_record(spec=registry.get("organization"), values={"name": "Own"}, by=ines, at=at)

        for write in (
            lambda: affiliate(contact_id=ada.pk, organization_id=own.pk, by=ines, at=at),
            lambda: end_affiliation(affiliation_id=kept.pk, by=ines, at=at),
            lambda: make_main(affiliation_id=kept.pk, by=ines, at=at),
        ):
            with pytest.raises(NotFound):
                write()
        assert people_of(organization_id=beta.pk, user=cast.ines, limit=9) == []
        assert also_at(ada) == ["Beta, Inc."]


class TestTakingOff:
    def test_leaves_the_journal(self, cast: Cast, ada: Contact, beta: Organization, at: datetime) -> None:
        by = Actor.user(cast.maya)
        kept = affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Advisor", by=by, at=at)

        end_affiliation(affiliation_id=kept.pk, by=by, at=at)

        assert also_at(ada) == []
        assert Entry.objects.get(event="contact.left").data["name"] == "Beta, Inc."
        with pytest.raises(NotFound):
            end_affiliation(affiliation_id=kept.pk, by=by, at=at)


class TestMainOne:
    def test_changes_places_with_the_former_one_titles_included(
        self, cast: Cast, ada: Contact, beta: Organization, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        kept = affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Chair", by=by, at=at)

        moved = make_main(affiliation_id=kept.pk, by=by, at=at)

        assert (moved.organization, moved.job_title, moved.also_at) == (beta, "Chair", ["Acme (Buyer)"])
        assert also_at(ada) == ["Acme (Buyer)"]

    def test_a_move_by_hand_to_a_further_one_hides_it_until_it_moves_on(
        self, cast: Cast, ada: Contact, acme: Organization, beta: Organization, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Chair", by=by, at=at)
        spec = registry.get("contact")

        update_record(spec=spec, record_id=ada.pk, values={"organization": beta.pk}, by=by, at=at)
        there = also_at(ada), further_of([ada.pk])
        update_record(spec=spec, record_id=ada.pk, values={"organization": acme.pk}, by=by, at=at)

        assert there == ([], [])
        assert also_at(ada) == ["Beta, Inc. (Chair)"]

    def test_another_name_reaches_the_people(self, cast: Cast, ada: Contact, beta: Organization, at: datetime) -> None:
        by = Actor.user(cast.maya)
        affiliate(contact_id=ada.pk, organization_id=beta.pk, by=by, at=at)

        update_record(spec=registry.get("organization"), record_id=beta.pk, values={"name": "Gamma"}, by=by, at=at)

        assert also_at(ada) == ["Gamma"]
        assert [hit.title for hit in search(user=cast.maya, text="gamma", types=["contact"])] == ["Ada Byron"]


@pytest.mark.req("K1")
class TestMerging:
    def test_of_people_keeps_the_organization_that_one_of_them_had_and_taking_back_parts_them(
        self, cast: Cast, ada: Contact, beta: Organization, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        gamma = organization("Gamma", cast, at)
        twin = person("A. Byron", cast, at, organization=beta.pk, job_title="Chair")
        affiliate(contact_id=twin.pk, organization_id=gamma.pk, by=by, at=at)

        merge = merge_records(spec=registry.get("contact"), survivor_id=ada.pk, absorbed_id=twin.pk, by=by, at=at)
        merged = also_at(ada)
        taken_back = take_back_merge(merge_id=merge.pk, by=by, at=at)

        assert merged == ["Beta, Inc. (Chair)", "Gamma"]
        assert taken_back.left == []
        assert (also_at(ada), also_at(twin)) == ([], ["Gamma"])
        assert Affiliation.objects.get().contact_id == twin.pk

    def test_what_was_changed_since_stays_and_is_told(
        self, cast: Cast, ada: Contact, beta: Organization, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        twin = person("A. Byron", cast, at, organization=beta.pk)
        merge = merge_records(spec=registry.get("contact"), survivor_id=ada.pk, absorbed_id=twin.pk, by=by, at=at)
        affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Chair", by=by, at=at)

        taken_back = take_back_merge(merge_id=merge.pk, by=by, at=at)

        assert taken_back.left == ["1 of the affiliations were changed since and stay as they are."]
        assert also_at(ada) == ["Beta, Inc. (Chair)"]

    def test_of_organizations_moves_their_people_and_taking_back_returns_them(
        self, cast: Cast, ada: Contact, acme: Organization, beta: Organization, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        bo = person("Bo Diaz", cast, at)
        affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Chair", by=by, at=at)
        affiliate(contact_id=bo.pk, organization_id=beta.pk, role="Clerk", by=by, at=at)
        spec = registry.get("organization")

        merge = merge_records(spec=spec, survivor_id=acme.pk, absorbed_id=beta.pk, by=by, at=at)
        merged = also_at(ada), also_at(bo)
        take_back_merge(merge_id=merge.pk, by=by, at=at)

        assert merged == ([], ["Acme (Clerk)"])
        assert (also_at(ada), also_at(bo)) == (["Beta, Inc. (Chair)"], ["Beta, Inc. (Clerk)"])


class TestImport:
    CONTENT = b'first_name,last_name,also at\nAda,Byron,"Beta, Inc. (Advisor); Delta"\nBo,Diaz,\n'

    def test_names_further_organizations_and_makes_those_that_are_not_there(
        self, cast: Cast, beta: Organization, at: datetime
    ) -> None:
        import_rows(spec=registry.get("contact"), content=self.CONTENT, by=Actor.user(cast.admin), at=at)

        ada = Contact.objects.get(last_name="Byron")
        assert ada.also_at == ["Beta, Inc. (Advisor)", "Delta"]
        assert {row.organization.name for row in further_of([ada.pk])} == {"Beta, Inc.", "Delta"}
        assert further_of([ada.pk])[0].organization == beta
        assert Contact.objects.get(last_name="Diaz").also_at == []

    def test_a_form_or_program_says_the_same_with_a_new_person(
        self, cast: Cast, acme: Organization, beta: Organization, at: datetime
    ) -> None:
        ada = person("Ada", cast, at, organization=acme.pk, also_at=["Acme", "Beta, Inc. (Advisor)"])

        assert also_at(ada) == ["Beta, Inc. (Advisor)"]

    @pytest.mark.parametrize(("name", "role"), [("Acme", ""), ("Beta, Inc.", "Advisor"), ("Bank (North)", "Clerk")])
    def test_reads_what_is_written(self, name: str, role: str) -> None:
        assert read_affiliation(affiliation_text(name, role)) == (name, role)
