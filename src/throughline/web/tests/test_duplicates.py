"""Pages of duplicates: the list, two records side by side, merging, telling apart, taking back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.procedures.models import Case
from throughline.core.records import operations, registry
from throughline.core.records.matching import following
from throughline.core.records.matching.models import LikelyPair
from throughline.core.records.merging.models import Merge
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.tables import words


def contact(cast: Cast, at: datetime, **values: Any) -> Contact:
    """Make a contact of Maya's."""
    made: Contact = operations.create_record(
        spec=registry.get("contact"), values=values, by=Actor.user(cast.maya), at=at
    )
    return made


@pytest.fixture
def twice(cast: Cast, at: datetime) -> list[Lead]:
    """Give one enquiry of Maya's twice, found by the worker."""
    values = {"name": "Ada Byron", "email": "ada@x.org", "interest": "Turbines"}
    made = [capture_lead(values=values, by=Actor.user(cast.maya), at=at) for _ in range(2)]
    following.refresh(spec=registry.get("lead"), ids=[one.pk for one in made], at=at)
    return made


@pytest.fixture
def two(cast: Cast, at: datetime) -> list[Contact]:
    """Give one person twice, found by the worker."""
    made = [
        contact(cast, at, first_name="Ada", last_name="Byron", email="ada@x.org", city="London"),
        contact(cast, at, first_name="Ada", last_name="Byrom", email="ada@x.org", phone="+44 20 555"),
    ]
    following.refresh(spec=registry.get("contact"), ids=[one.pk for one in made], at=at)
    return made


@pytest.mark.req("K1")
class TestList:
    """What is likely the same."""

    def test_a_pair_is_shown_with_how_sure_and_why(self, cast: Cast, two: list[Contact], sign_in: SignIn) -> None:
        page = words(sign_in(cast.maya).get("/duplicates/").content.decode())

        assert "Ada Byron" in page
        assert "Ada Byrom" in page
        assert "E-mail: equal" in page
        assert "% sure" in page

    def test_without_any_it_teaches(self, cast: Cast, sign_in: SignIn) -> None:
        assert "Nothing looks alike" in sign_in(cast.maya).get("/duplicates/").content.decode()

    @pytest.mark.req("L1")
    def test_another_team_sees_and_counts_none(self, cast: Cast, two: list[Contact], sign_in: SignIn) -> None:
        ines = sign_in(cast.ines)

        assert "Nothing looks alike" in ines.get("/duplicates/").content.decode()
        assert ines.get(f"/duplicates/contacts/{two[0].pk}/{two[1].pk}/").status_code == 404

    def test_different_ones_leave_the_list(self, cast: Cast, two: list[Contact], sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        maya.post("/duplicates/contacts/different/", {"record": [one.pk for one in two]})

        assert "Nothing looks alike" in maya.get("/duplicates/").content.decode()
        assert LikelyPair.objects.get().status == LikelyPair.Status.DIFFERENT


@pytest.mark.req("K1")
class TestSideBySide:
    """Deciding field by field."""

    def test_both_values_stand_beside_each_other(self, cast: Cast, two: list[Contact], sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get(f"/duplicates/contacts/{two[0].pk}/{two[1].pk}/").content.decode()

        assert 'name="take" value="last_name"' in page
        assert "Byron" in words(page)
        assert "Byrom" in words(page)

    def test_merging_takes_what_was_ticked_and_leads_to_the_survivor(
        self, cast: Cast, two: list[Contact], sign_in: SignIn
    ) -> None:
        maya, (one, other) = sign_in(cast.maya), two

        answer = maya.post(f"/duplicates/contacts/{one.pk}/{other.pk}/merge/", {"take": ["last_name"], "asked": "yes"})

        assert answer.headers["Location"] == f"/contacts/{one.pk}/"
        merged = Contact.objects.get(pk=one.pk)
        assert (merged.last_name, merged.phone) == ("Byrom", "")

    @pytest.mark.req("M2")
    def test_a_merge_is_taken_back_from_the_list(self, cast: Cast, two: list[Contact], sign_in: SignIn) -> None:
        maya, (one, other) = sign_in(cast.maya), two
        maya.post(f"/duplicates/contacts/{one.pk}/{other.pk}/merge/", {"asked": "yes"})
        assert "Take it back" in maya.get("/duplicates/").content.decode()

        maya.post(f"/merges/{Merge.objects.get().pk}/taking-back/")

        assert Contact.objects.filter(deleted_at=None).count() == 2
        assert "taken back" in maya.get("/duplicates/").content.decode()

    @pytest.mark.req("L1")
    def test_another_team_cannot_merge(self, cast: Cast, two: list[Contact], sign_in: SignIn) -> None:
        answer = sign_in(cast.ines).post(f"/duplicates/contacts/{two[0].pk}/{two[1].pk}/merge/", {"asked": "yes"})

        assert answer.status_code == 404
        assert not Merge.objects.exists()


@pytest.mark.req("K1")
class TestCases:
    """Procedures that run for both."""

    @pytest.fixture
    def twin(self, cast: Cast, at: datetime, lead: Lead) -> Lead:
        """Give a second lead of the same person, with a case of its own."""
        values = {"name": "Ada Byron", "email": "ada@x.org", "interest": "Telematics"}
        return capture_lead(values=values, by=Actor.user(cast.maya), at=at)

    def test_which_goes_on_is_asked_and_the_other_ends(
        self, cast: Cast, lead: Lead, twin: Lead, sign_in: SignIn
    ) -> None:
        maya = sign_in(cast.maya)
        address = f"/duplicates/leads/{lead.pk}/{twin.pk}/"

        assert "end the second one" in maya.get(f"{address}?survivor=first").content.decode()
        refused = maya.post(f"{address}merge/", {})
        assert refused.status_code == 422
        assert "runs for both" in refused.content.decode()
        maya.post(f"{address}merge/", {"asked": "yes", "ending": "call-first"})

        assert set(Case.objects.values_list("record_id", flat=True)) == {lead.pk}
        assert Case.objects.filter(is_primary=True).count() == 1


@pytest.mark.req("K1")
class TestForm:
    """At the form of a new record."""

    SENT = {"first_name": "Ada", "last_name": "Byron", "email": "ada@x.org", "job_title": "Countess"}

    def test_what_is_likely_the_same_is_shown_before_anything_is_made(
        self, cast: Cast, two: list[Contact], sign_in: SignIn
    ) -> None:
        answer = sign_in(cast.maya).post("/contacts/new/", self.SENT)

        page = words(answer.content.decode())
        assert answer.status_code == 409
        assert "Is it one of these?" in page
        assert "E-mail: equal" in page
        assert Contact.objects.count() == 2

    def test_the_known_one_gets_what_it_lacks(self, cast: Cast, two: list[Contact], sign_in: SignIn) -> None:
        sent = self.SENT | {"same_as": str(two[0].pk), "city": "Paris"}

        answer = sign_in(cast.maya).post("/contacts/new/", sent)

        known = Contact.objects.get(pk=two[0].pk)
        assert answer.headers["Location"] == f"/contacts/{two[0].pk}/"
        assert (known.job_title, known.city) == ("Countess", "London")
        assert Contact.objects.count() == 2

    def test_another_one_is_made_all_the_same(self, cast: Cast, two: list[Contact], sign_in: SignIn) -> None:
        sign_in(cast.maya).post("/contacts/new/", self.SENT | {"anyway": "yes"})

        assert Contact.objects.count() == 3

    @pytest.mark.req("L1")
    def test_another_team_is_told_nothing(self, cast: Cast, two: list[Contact], sign_in: SignIn) -> None:
        ines = sign_in(cast.ines)

        assert ines.post("/contacts/new/", self.SENT).status_code == 302
        assert ines.post("/contacts/new/", self.SENT | {"same_as": str(two[0].pk)}).status_code == 404

    def test_a_merged_record_leads_to_the_survivor(self, cast: Cast, two: list[Contact], sign_in: SignIn) -> None:
        maya, (one, other) = sign_in(cast.maya), two
        maya.post(f"/duplicates/contacts/{one.pk}/{other.pk}/merge/", {"asked": "yes"})

        assert maya.get(f"/contacts/{other.pk}/").headers["Location"] == f"/contacts/{one.pk}/"
        assert sign_in(cast.ines).get(f"/contacts/{other.pk}/").status_code == 404


@pytest.mark.req("K1")
class TestLeads:
    """The same enquiry twice."""

    def test_the_list_opens_where_there_is_something(self, cast: Cast, twice: list[Lead], sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/duplicates/")

        assert page.context["pairs"][0]["url"] == f"/duplicates/leads/{twice[0].pk}/{twice[1].pk}/"

    @pytest.mark.req("L1")
    def test_its_page_says_so_to_who_sees_both(self, cast: Cast, twice: list[Lead], sign_in: SignIn) -> None:
        one, other = twice
        compare = f'href="/duplicates/leads/{one.pk}/{other.pk}/"'

        assert compare in sign_in(cast.maya).get(f"/leads/{one.pk}/").content.decode()
        Lead.objects.filter(pk=other.pk).update(owner=cast.ines, team=cast.south)
        assert compare not in sign_in(cast.maya).get(f"/leads/{one.pk}/").content.decode()

    def test_merging_leaves_one(self, cast: Cast, twice: list[Lead], sign_in: SignIn) -> None:
        one, other = twice

        answer = sign_in(cast.maya).post(f"/duplicates/leads/{one.pk}/{other.pk}/merge/")

        assert answer["Location"] == f"/leads/{one.pk}/"
        assert list(Lead.objects.filter(deleted_at=None)) == [one]

    def test_the_form_asks_and_the_person_of_the_known_one_gets_what_is_lacking(
        self, cast: Cast, twice: list[Lead], sign_in: SignIn
    ) -> None:
        maya = sign_in(cast.maya)
        said = {"name": "Ada Byron", "email": "ada@x.org", "phone": "+49 30 1234567", "region": "North"}

        asked = maya.post("/leads/new/", said).content.decode()
        maya.post("/leads/new/", {**said, "same_as": twice[0].pk})

        one = Lead.objects.select_related("contact").get(pk=twice[0].pk)
        assert "Is it one of these?" in asked
        assert one.contact is not None
        assert (one.region, one.contact.phone, one.contact.name) == ("North", "+49301234567", "Ada Byron")
        assert Lead.objects.count() == 2

    def test_one_of_nobody_gets_its_person(self, cast: Cast, at: datetime, sign_in: SignIn) -> None:
        values = {"organization_name": "Engines", "subject": "Pumps"}
        lead = capture_lead(values=values, by=Actor.user(cast.maya), at=at)

        sign_in(cast.maya).post("/leads/new/", {"name": "Ada Byron", "email": "ada@x.org", "same_as": lead.pk})

        lead.refresh_from_db()
        assert lead.contact is not None
        assert (lead.contact.email, Lead.objects.count()) == ("ada@x.org", 1)
