"""Whom mail may be sent to, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from throughline.connect.mail import rules
from throughline.connect.mail.rules import Recipient

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Said:
    """A word of a person, as it is kept."""

    status: str
    purpose: str = "Newsletter"
    channel: str = "Email"
    captured_at: datetime = AT - timedelta(days=1)
    expires_at: datetime | None = None
    contact_id: int = 1


@pytest.mark.req("B3", "L3")
class TestReasonAgainst:
    @pytest.mark.parametrize(
        ("recipient", "purpose", "reason"),
        [
            (Recipient("a@b"), "Enquiry", ""),
            (Recipient("a@b", opted_out=True), "Enquiry", ""),
            (Recipient("a@b", words=[Said("Denied", "Enquiry")]), "Enquiry", "refused"),
            (Recipient("a@b", words=[Said("Withdrawn", "Enquiry")]), "Enquiry", "refused"),
            (Recipient("a@b", words=[Said("Denied", "Enquiry", "Phone")]), "Enquiry", ""),
            (Recipient("a@b"), "Newsletter", "no_consent"),
            (Recipient("a@b", words=[Said("Granted")]), "Newsletter", ""),
            (Recipient("a@b", opted_out=True, words=[Said("Granted")]), "Newsletter", "opted_out"),
            (Recipient("a@b", words=[Said("Granted")]), "Offers", "no_consent"),
            (Recipient("a@b", words=[Said("Granted", channel="Phone")]), "Newsletter", "no_consent"),
            (Recipient("a@b", words=[Said("Granted", expires_at=AT)]), "Newsletter", "no_consent"),
            (Recipient("a@b", words=[Said("Granted", captured_at=AT + timedelta(1))]), "Newsletter", "no_consent"),
            (Recipient("a@b", words=[Said("Withdrawn"), Said("Granted")]), "Newsletter", "no_consent"),
        ],
    )
    def test_opting_out_and_missing_consent_stand_against_everything_but_an_answer(
        self, recipient: Recipient, purpose: str, reason: str
    ) -> None:
        assert rules.reason_against(recipient, purpose, AT) == reason


class TestFillIn:
    def test_names_are_replaced_by_values(self) -> None:
        given = {"first name": "Ada", "score": Decimal(80), "none": None}

        assert rules.fill_in("Dear {{first name}}, {{ score }}{{none}}!", given) == "Dear Ada, 80!"

    def test_a_name_that_is_not_given_is_an_error(self) -> None:
        with pytest.raises(ValueError, match=r"Expected a value for {{name}} in the text, but there is none"):
            rules.fill_in("Dear {{name}}", {"first": "Ada"})

    def test_what_a_person_wrote_is_not_read_as_a_template(self) -> None:
        assert rules.fill_in("{{a}}", {"a": "{{b}}", "b": "secret"}) == "{{b}}"


class TestIsAddress:
    @pytest.mark.parametrize("text", ["ada@example.com", "a.b+c@sub.example.com"])
    def test_one_address_is(self, text: str) -> None:
        assert rules.is_address(text)

    @pytest.mark.parametrize("text", ["", "ada", "a@b@c", "a@b, c@d", "Ada <a@b>", "a@b\r\nBcc: c@d", "a b@c"])
    def test_anything_else_is_not(self, text: str) -> None:
        assert not rules.is_address(text)


class TestMessageId:
    def test_is_the_same_for_the_same_step_of_the_same_installation_only(self) -> None:
        one = rules.message_id("7:3", site="https://a", domain="example.com")

        assert one == rules.message_id("7:3", site="https://a", domain="example.com")
        assert one != rules.message_id("7:4", site="https://a", domain="example.com")
        assert one != rules.message_id("7:3", site="https://b", domain="example.com")
        assert one.startswith("<7.3.")
        assert one.endswith("@example.com>")
