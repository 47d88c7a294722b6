"""What is consented to with an enquiry is kept with its person, or nothing is."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.refusals import Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.consent import Word
from throughline.crm.people.models import Consent, Contact

FORM = Actor("form", "1", "Contact form")
YES = Word(purpose="Enquiry", channel="Email", source="Web", text="You may answer me.")


class TestCaptureLead:
    """With consents."""

    @pytest.mark.req("C1", "L3")
    def test_a_consent_belongs_to_the_person_and_names_the_lead(self, cast: Cast, at: datetime) -> None:
        lead = capture_lead(values={"name": "Ada", "email": "ada@x.org"}, consents=[YES], by=FORM, at=at)

        kept = Consent.objects.get()
        assert (kept.contact_id, kept.proof, kept.captured_at) == (lead.contact_id, {"lead": lead.number}, at)

    def test_a_known_person_consents_again_with_each_enquiry(self, cast: Cast, at: datetime) -> None:
        for _ in range(2):
            capture_lead(values={"email": "ada@x.org"}, consents=[YES], by=FORM, at=at)

        assert Consent.objects.filter(contact=Contact.objects.get()).count() == 2

    def test_a_repeated_enquiry_leaves_no_second_consent(self, cast: Cast, at: datetime) -> None:
        for _ in range(2):
            capture_lead(values={"email": "ada@x.org", "external_id": "x1"}, consents=[YES], by=FORM, at=at)

        assert Consent.objects.count() == 1

    def test_nobodys_consent_is_refused_with_the_enquiry(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal, match="Say who"):
            capture_lead(values={"origin": "organic_search"}, consents=[YES], by=FORM, at=at)

        assert not Lead.objects.exists()

    def test_a_consent_that_cannot_be_kept_takes_the_lead_with_it(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal, match="text"):
            capture_lead(
                values={"email": "ada@x.org"}, consents=[Word(purpose="Enquiry", channel="Email")], by=FORM, at=at
            )

        assert not Lead.objects.exists()
        assert not Contact.objects.exists()
