"""What a person consented to, on the person's page, and recording it by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.people.consent import Word, text_version
from throughline.crm.people.models import Consent, Contact
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.tables import words

YES = Word(purpose="Newsletter", channel="Email", source="Web", text="Send me <b>news</b>.")
GIVEN = {"status": "Granted", "purpose": "Offers", "channel": "Email", "source": "Call", "basis": "Consent"}


@pytest.fixture
def ada(cast: Cast, at: datetime) -> Contact:
    """Give a person of Maya's who wants the newsletter."""
    values, yesterday = {"name": "Ada", "email": "ada@x.org"}, at - timedelta(days=1)
    capture_lead(values=values, consents=[YES], by=Actor.user(cast.maya), at=yesterday)
    return Contact.objects.get()


class TestContactPage:
    """The card beside the details, and the timeline."""

    @pytest.mark.req("L3")
    def test_shows_what_stands_its_text_and_how_it_came(self, cast: Cast, ada: Contact, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get(f"/contacts/{ada.pk}/").content.decode()

        assert "Newsletter, Email Granted Since" in words(page)
        assert "Send me &lt;b&gt;news&lt;/b&gt;." in page
        assert f"text {text_version(YES.text)}" in page
        assert "Consent given: Newsletter, Email" in page

    def test_shows_an_expired_one_as_expired(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        old = Word(
            **{field: getattr(YES, field) for field in ("purpose", "channel", "text")},
            captured_at=at - timedelta(days=2),
            expires_at=at - timedelta(days=1),
        )
        lead = capture_lead(values={"email": "ada@x.org"}, consents=[old], by=Actor.user(cast.maya), at=at)

        page = sign_in(cast.maya).get(f"/contacts/{lead.contact_id}/").content.decode()

        assert "Newsletter, Email Expired" in words(page)

    def test_other_records_have_no_such_card(self, cast: Cast, lead: object, sign_in: SignIn) -> None:
        from throughline.crm.leads.models import Lead

        page = sign_in(cast.maya).get(f"/leads/{Lead.objects.get().pk}/").content.decode()

        assert "consents-title" not in page


class TestRecord:
    """The form."""

    @pytest.mark.req("L3")
    def test_the_text_kept_is_the_text_sent(self, cast: Cast, ada: Contact, sign_in: SignIn, at: datetime) -> None:
        maya = sign_in(cast.maya)
        assert "Send me &lt;b&gt;news&lt;/b&gt;." in maya.get(f"/contacts/{ada.pk}/consents/").content.decode()

        answer = maya.post(
            f"/contacts/{ada.pk}/consents/", GIVEN | {"text": "May we send offers?", "note": "Call of today"}
        )

        assert answer["Location"] == f"/contacts/{ada.pk}/"
        kept = Consent.objects.get(purpose="Offers")
        assert (kept.text, kept.text_version) == ("May we send offers?", text_version("May we send offers?"))
        assert (kept.source, kept.captured_at, kept.recorded_by) == ("Call", at, "Maya Lin")
        assert kept.proof == {"note": "Call of today"}
        assert Entry.objects.filter(event="consent.granted", record_id=ada.pk).count() == 2

    def test_the_form_begins_with_a_yes_by_consent(self, cast: Cast, ada: Contact, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        page = maya.get(f"/contacts/{ada.pk}/consents/").content.decode()
        assert page.count("selected>Yes") == page.count("selected>Consent") == 1

        maya.post(f"/contacts/{ada.pk}/consents/", GIVEN | {"status": "", "basis": "", "text": "Offers?"})

        kept = Consent.objects.get(purpose="Offers")
        assert (kept.status, kept.lawful_basis) == ("Granted", "Consent")

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"text": ""}, "text"),
            ({"said_on": "2999-01-01"}, "said_on"),
            ({"said_on": "soon"}, "said_on"),
            ({"last_on": "2001-01-01"}, "last_on"),
            ({"purpose": "Everything"}, "purpose"),
            ({"channel": ""}, "channel"),
        ],
    )
    def test_nonsense_is_said_at_its_field(
        self, cast: Cast, ada: Contact, sign_in: SignIn, wrong: dict[str, str], field: str
    ) -> None:
        answer = sign_in(cast.maya).post(f"/contacts/{ada.pk}/consents/", GIVEN | {"text": "Offers?"} | wrong)

        assert answer.status_code == 422
        assert f'id="f-{field}-error"' in answer.content.decode()
        assert Consent.objects.count() == 1

    @pytest.mark.req("L1")
    def test_another_team_sees_and_changes_nothing(self, cast: Cast, ada: Contact, sign_in: SignIn) -> None:
        ines = sign_in(cast.ines)

        answers = [
            ines.get(f"/contacts/{ada.pk}/consents/"),
            ines.post(f"/contacts/{ada.pk}/consents/", GIVEN | {"text": "Offers?"}),
            ines.post(f"/contacts/{ada.pk}/consents/withdrawal/", {"purpose": "Newsletter", "channel": "Email"}),
        ]

        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert Consent.objects.count() == 1


class TestWithdraw:
    """Taking back."""

    @pytest.mark.req("L3")
    def test_it_stands_and_no_mail_is_sent_any_more(self, cast: Cast, ada: Contact, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        maya.post(f"/contacts/{ada.pk}/consents/withdrawal/", {"purpose": "Newsletter", "channel": "Email"})

        ada.refresh_from_db()
        assert ada.email_opt_out
        page = maya.get(f"/contacts/{ada.pk}/").content.decode()
        assert "Newsletter, Email Withdrawn" in words(page)
        assert "Consent withdrawn: Newsletter, Email" in page

    def test_what_was_never_given_is_refused(self, cast: Cast, ada: Contact, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post(
            f"/contacts/{ada.pk}/consents/withdrawal/", {"purpose": "Surveys", "channel": "Post"}
        )

        assert answer.status_code == 422
        assert "There is no consent to take back." in answer.content.decode()
