"""Messages to a real mail server on this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from tests.outside.smtp import MailServer
from throughline.connect.mail import actions
from throughline.connect.mail.models import MailOutcome
from throughline.connect.mail.queries import OFF
from throughline.core.actions import ActionRequest
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.tests.cast import Cast
from throughline.crm.people.models import Contact
from throughline.flow.values import from_python

pytestmark = [pytest.mark.django_db, pytest.mark.req("B3")]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def server(server: MailServer, settings: Settings) -> MailServer:
    """Give the mail server, and an address that mail comes from."""
    settings.DEFAULT_FROM_EMAIL = "Throughline <crm@example.com>"
    return server


@pytest.fixture
def ada(cast: Cast) -> Contact:
    return Contact.objects.create(
        name="Ada Byron", email="ada@example.com", owner=cast.maya, created_at=AT, updated_at=AT
    )


def ask(number: int = 1, record: RecordRef | None = None, **inputs: Any) -> ActionRequest:
    """Return the wish of step ``number`` of case 7."""
    given = {"subject": "Hello", "text": "Dear {{name}}", "values": {"name": "Ada"}, **inputs}
    return ActionRequest(7, number, record, given, Actor("procedure", "7", "Test"), AT)


def of(contact: Contact) -> RecordRef:
    return RecordRef("contact", contact.pk)


class TestSend:
    def test_the_person_of_the_record_gets_it(self, server: MailServer, ada: Contact) -> None:
        (result,) = actions.send_many([ask(record=of(ada))])

        (message,) = server.messages
        assert (message["To"], message["Subject"]) == ("ada@example.com", "Hello")
        assert message.get_payload().strip() == "Dear Ada"  # type: ignore[union-attr]
        assert message["X-Throughline-Key"] == "7:1"
        assert message["Auto-Submitted"] == "auto-generated"
        assert result.result == from_python({"sent": True, "message_id": str(message["Message-ID"])})
        entry = Entry.objects.get(event="mail.sent")
        assert (entry.record_type, entry.record_id) == ("contact", ada.pk)
        assert "ada@example.com" not in str(entry.data)

    def test_what_was_sent_is_not_sent_again(self, server: MailServer, ada: Contact) -> None:
        first = actions.send_many([ask(record=of(ada))])

        second = actions.send_many([ask(record=of(ada))])

        assert (len(server.messages), second) == (1, first)

    def test_a_repeat_has_the_same_id(self, server: MailServer) -> None:
        actions.send_many([ask(to="bob@example.com")])
        MailOutcome.objects.all().delete()  # the worker died before it could keep what it had sent

        actions.send_many([ask(to="bob@example.com")])

        assert len(server.ids) == 2
        assert len(set(server.ids)) == 1

    def test_who_has_opted_out_gets_none_and_the_step_goes_on(self, server: MailServer, ada: Contact) -> None:
        Contact.objects.update(email_opt_out=True)

        (result,) = actions.send_many([ask(record=of(ada), purpose="Newsletter")])

        assert server.messages == []
        assert result.result == from_python({"sent": False, "reason": "opted_out"})
        assert Entry.objects.filter(event="mail.withheld").count() == 1

    def test_an_address_that_is_given_is_against_it_when_its_person_is(self, server: MailServer, ada: Contact) -> None:
        Contact.objects.update(email_opt_out=True)

        (result,) = actions.send_many([ask(to="Ada@Example.com", purpose="Newsletter")])

        assert server.messages == []
        assert result.result["reason"] == "opted_out"

    @pytest.mark.parametrize(
        ("reply", "retryable", "unreachable", "code"),
        [
            ("550 No such user", False, False, "mail_refused"),
            ("451 Try later", True, False, None),
            ("421 Closing", True, True, None),
        ],
    )
    def test_what_the_server_refuses_fails_for_good_or_for_now(
        self, server: MailServer, reply: str, retryable: bool, unreachable: bool, code: str | None
    ) -> None:
        server.replies["bob@example.com"] = reply

        (result,) = actions.send_many([ask(to="bob@example.com")])

        assert reply in str(result.failure)
        assert (result.retryable, result.unreachable, result.code) == (retryable, unreachable, code)

    def test_one_that_is_refused_holds_up_nobody(self, server: MailServer) -> None:
        server.replies["two@example.com"] = "550 No such user"

        results = actions.send_many([ask(n, to=f"{who}@example.com") for n, who in enumerate(("one", "two", "three"))])

        assert [result.failure is None for result in results] == [True, False, True]
        assert [message["To"] for message in server.messages] == ["one@example.com", "three@example.com"]

    def test_a_server_that_is_away_is_said_to_be(self, server: MailServer) -> None:
        server.stop()

        results = actions.send_many([ask(number, to="bob@example.com") for number in range(3)])

        assert all(result.unreachable for result in results)
        assert "Connection refused" in str(results[0].failure)

    @pytest.mark.parametrize(
        ("inputs", "failure"),
        [
            ({}, "Expected an address to send to, but there is none."),
            ({"to": "nobody"}, "Expected an address to send to, but there is nobody."),
            ({"to": "a@b.c", "purpose": "Fun"}, "but it is “Fun”"),
            ({"to": "a@b.c", "text": "{{x}}"}, "Expected a value for {{x}}"),
            ({"to": "a@b.c", "subject": ""}, "Expected the message to have a subject"),
            ({"to": "a@b.c\r\nBcc: d@e.f"}, "Expected an address to send to"),
        ],
    )
    def test_what_cannot_be_sent_says_why(self, server: MailServer, inputs: dict[str, Any], failure: str) -> None:
        (result,) = actions.send_many([ask(**inputs)])

        assert failure in str(result.failure)
        assert (server.messages, result.retryable) == ([], False)

    def test_a_subject_with_line_breaks_is_one_line(self, server: MailServer) -> None:
        actions.send_many([ask(to="a@b.c", subject="{{s}}", values={"s": "Hi\r\nBcc: x@y.z", "name": ""})])

        (message,) = server.messages
        assert (message["Subject"], message["Bcc"]) == ("Hi Bcc: x@y.z", None)

    def test_mail_that_is_off_is_said_to_be(self, settings: Settings) -> None:
        settings.EMAIL_BACKEND = OFF

        (result,) = actions.send_many([ask(to="a@b.c")])

        assert result.unreachable
        assert "THROUGHLINE_MAIL is off" in str(result.failure)
