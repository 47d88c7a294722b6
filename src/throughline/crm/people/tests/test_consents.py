"""What people said about being contacted: kept word by word, and the latest stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry, PersonalValues
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.people import consent
from throughline.crm.people.consent import Word
from throughline.crm.people.models import Consent, Contact
from throughline.crm.people.operations import record_consent, record_consents
from throughline.crm.people.queries import consents_of

YES = Word(purpose="Newsletter", channel="Email", source="Web", text="Send me news.", proof={"form": "/f/news/"})
NOT_ANY_MORE = Word(purpose="Newsletter", channel="Email", status="Withdrawn", source="Phone")
DAY = timedelta(days=1)


@pytest.fixture
def ada(cast: Cast, at: datetime) -> Contact:
    """Give a contact of Maya's."""
    by = Actor.user(cast.maya)
    made: Contact = create_record(spec=registry.get("contact"), values={"last_name": "Byron"}, by=by, at=at)
    return made


class TestRecordConsent:
    """One word at a time."""

    @pytest.mark.req("L3")
    def test_keeps_the_text_that_was_shown_and_its_proof(self, cast: Cast, ada: Contact, at: datetime) -> None:
        kept = record_consent(contact_id=ada.pk, word=YES, by=Actor.user(cast.maya), at=at)

        kept.refresh_from_db()
        assert (kept.status, kept.lawful_basis, kept.text, kept.proof) == (
            "Granted",
            "Consent",
            "Send me news.",
            {"form": "/f/news/"},
        )
        assert (kept.captured_at, kept.recorded_at, kept.recorded_by) == (at, at, "Maya Lin")
        assert kept.text_version == consent.text_version("Send me news.") != consent.text_version("Send me offers.")

    @pytest.mark.req("L3")
    def test_is_told_to_the_journal_with_the_proof_where_it_can_be_erased(
        self, cast: Cast, ada: Contact, at: datetime
    ) -> None:
        kept = record_consent(contact_id=ada.pk, word=YES, by=Actor.user(cast.maya), at=at)

        entry = Entry.objects.get(event="consent.granted")
        assert (entry.record_type, entry.record_id, entry.data["consent"]) == ("contact", ada.pk, kept.pk)
        assert "/f/news/" not in str(entry.data)
        assert PersonalValues.objects.get(entry_id=entry.pk).values == {"proof": {"form": "/f/news/"}}

    @pytest.mark.req("L3")
    def test_keeps_a_withdrawal_beside_what_it_withdraws(self, cast: Cast, ada: Contact, at: datetime) -> None:
        by = Actor.user(cast.maya)
        record_consent(contact_id=ada.pk, word=YES, by=by, at=at)

        record_consent(contact_id=ada.pk, word=NOT_ANY_MORE, by=by, at=at + DAY)

        words = consents_of(contact_id=ada.pk, user=cast.maya)
        assert [word.status for word in words] == ["Withdrawn", "Granted"]
        assert Entry.objects.filter(event="consent.withdrawn", record_id=ada.pk).count() == 1

    def test_refuses_to_take_back_what_was_never_given(self, cast: Cast, ada: Contact, at: datetime) -> None:
        other = replace(YES, channel="Phone")
        record_consent(contact_id=ada.pk, word=other, by=Actor.user(cast.maya), at=at)

        with pytest.raises(Refusal, match="Record a refusal instead"):
            record_consent(contact_id=ada.pk, word=NOT_ANY_MORE, by=Actor.user(cast.maya), at=at)

        assert Consent.objects.count() == 1

    @pytest.mark.parametrize(
        ("word", "field"),
        [
            (replace(YES, text=" "), "text"),
            (replace(YES, purpose="Anything"), "purpose"),
            (replace(YES, channel="Pigeon"), "channel"),
            (replace(YES, status="Expired"), "status"),
            (replace(YES, lawful_basis="Because"), "lawful_basis"),
            (replace(YES, captured_at=datetime.fromisoformat("2999-01-01T00:00:00+00:00")), "captured_at"),
            (replace(YES, expires_at=datetime.fromisoformat("1999-01-01T00:00:00+00:00")), "expires_at"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_refuses_what_proves_nothing(self, cast: Cast, ada: Contact, at: datetime, word: Word, field: str) -> None:
        with pytest.raises(Refusal) as refused:
            record_consent(contact_id=ada.pk, word=word, by=Actor.user(cast.maya), at=at)

        assert list(refused.value.fields) == [field]
        assert not Consent.objects.exists()

    def test_needs_no_text_where_a_contract_is_the_reason(self, cast: Cast, ada: Contact, at: datetime) -> None:
        word = Word(purpose="Surveys", channel="Email", lawful_basis="Contract")

        assert record_consent(contact_id=ada.pk, word=word, by=Actor.user(cast.maya), at=at).text_version == ""

    def test_is_refused_to_who_may_not_see_the_person(self, cast: Cast, ada: Contact, at: datetime) -> None:
        with pytest.raises(NotFound):
            record_consent(contact_id=ada.pk, word=YES, by=Actor.user(cast.ines), at=at)

        assert not Consent.objects.exists()


class TestRecordConsents:
    """Many words at once."""

    def test_a_hundred_take_as_many_queries_as_one(self, cast: Cast, ada: Contact, at: datetime) -> None:
        def queries(words: int) -> int:
            with CaptureQueriesContext(connection) as captured:
                record_consents(said=[(ada.pk, YES)] * words, by=Actor.system(), at=at)
            return len(captured)

        assert queries(1) == queries(100)
        assert Consent.objects.count() == 101


class TestConsentsOf:
    """Reading what was said."""

    def test_shows_nothing_to_who_may_not_see_the_person(self, cast: Cast, ada: Contact, at: datetime) -> None:
        record_consent(contact_id=ada.pk, word=YES, by=Actor.user(cast.maya), at=at)

        assert [word.purpose for word in consents_of(contact_id=ada.pk, user=cast.tom)] == ["Newsletter"]
        assert consents_of(contact_id=ada.pk, user=cast.ines) == []


class TestStanding:
    """Which word counts; pure."""

    def kept(self, at: datetime, **values: object) -> Consent:
        given = {"contact_id": 1, "purpose": "Newsletter", "channel": "Email", "status": "Granted", **values}
        return Consent(captured_at=at, recorded_at=at, **given)

    def test_the_latest_for_each_purpose_and_channel_stands(self, at: datetime) -> None:
        by_mail, by_phone = self.kept(at, status="Withdrawn"), self.kept(at - DAY, channel="Phone")

        assert consent.standing([by_mail, by_phone, self.kept(at - 2 * DAY)]) == [by_mail, by_phone]

    def test_a_yes_expires_at_its_last_instant(self, at: datetime) -> None:
        word = self.kept(at, expires_at=at + DAY)

        assert consent.status_at(word, at + DAY - timedelta(seconds=1)) == "Granted"
        assert consent.status_at(word, at + DAY) == "Expired"

    @pytest.mark.req("L3")
    def test_what_was_allowed_is_known_for_any_instant(self, at: datetime) -> None:
        words = [self.kept(at + DAY, status="Withdrawn"), self.kept(at)]

        allowed = [
            consent.may_contact(words, purpose="Newsletter", channel="Email", at=instant)
            for instant in (at - DAY, at, at + DAY)
        ]

        assert allowed == [False, True, False]
        assert not consent.may_contact(words, purpose="Offers", channel="Email", at=at)


class TestNoEmail:
    """“No e-mail” of the contact follows what the person says about e-mail."""

    @pytest.mark.req("L3")
    def test_is_set_when_the_last_yes_is_taken_back_and_gone_with_the_next(
        self, cast: Cast, ada: Contact, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        offers = replace(YES, purpose="Offers")
        record_consents(said=[(ada.pk, YES), (ada.pk, offers)], by=by, at=at)
        seen = []
        for day, word in enumerate((NOT_ANY_MORE, replace(offers, status="Withdrawn"), YES), start=1):
            record_consent(contact_id=ada.pk, word=word, by=by, at=at + day * DAY)
            ada.refresh_from_db()
            seen.append(ada.email_opt_out)

        assert seen == [False, True, False]
        changes = Entry.objects.filter(event="record.updated", record_type="contact", record_id=ada.pk)
        assert [entry.actor_label for entry in changes] == ["Maya Lin", "Maya Lin"]

    @pytest.mark.parametrize(
        "word", [replace(YES, status="Denied"), replace(YES, channel="Phone"), replace(YES, purpose="Offers")]
    )
    def test_stays_as_it_is_without_need(self, cast: Cast, ada: Contact, at: datetime, word: Word) -> None:
        record_consent(contact_id=ada.pk, word=word, by=Actor.user(cast.maya), at=at)

        ada.refresh_from_db()
        assert not ada.email_opt_out
