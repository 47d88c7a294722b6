"""What mails carry: files of their record, never those of others, and never too much."""

from __future__ import annotations

import io
from email.message import EmailMessage
from typing import Any

import pytest

from tests.outside.smtp import MailServer
from throughline.connect.mail import actions
from throughline.connect.mail.tests.test_actions import AT, ada, ask, of, server
from throughline.core import attachments
from throughline.core.actor import Actor
from throughline.core.files.models import Blob
from throughline.core.files.operations import bin_file, store_file
from throughline.core.recordref import RecordRef
from throughline.crm.people.models import Contact

__all__ = ["ada", "server"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("B3")]
SYSTEM = Actor.system()


def stored(about: RecordRef | None, content: bytes = b"%PDF-1.7 offer", name: str = "Angebot Über.pdf") -> Blob:
    """Return a file of a record."""
    return store_file(
        content=io.BytesIO(content), name=name, by=SYSTEM, at=AT, media_type="application/pdf", about=about
    )


def carried(message: Any) -> list[tuple[str, str, bytes]]:
    """Return what a mail carries: name, type, content."""
    assert isinstance(message, EmailMessage)
    return [
        (part.get_filename() or "", part.get_content_type(), bytes(part.get_payload(decode=True)))
        for part in message.iter_attachments()
    ]


class TestFiles:
    def test_of_the_record_come_along(self, server: MailServer, ada: Contact) -> None:
        blob = stored(of(ada))

        (result,) = actions.send_many([ask(record=of(ada), files=[f"file:{blob.pk}"])])

        (message,) = server.messages
        assert carried(message) == [("Angebot Über.pdf", "application/pdf", b"%PDF-1.7 offer")]
        body = message.get_body() if isinstance(message, EmailMessage) else None
        assert body is not None
        assert body.get_content().strip() == "Dear Ada"
        assert result.result["sent"] is True

    def test_of_the_case_come_along(self, server: MailServer) -> None:
        blob = stored(RecordRef("case", 7))

        actions.send_many([ask(to="bob@example.com", files=[f"file:{blob.pk}"])])

        assert len(carried(server.messages[0])) == 1

    def test_of_others_do_not(self, server: MailServer, ada: Contact) -> None:
        others = [stored(RecordRef("contact", ada.pk + 1)), stored(None)]
        binned = stored(of(ada))
        bin_file(blob=binned, by=SYSTEM, at=AT)

        results = actions.send_many(
            [ask(n, record=of(ada), files=[f"file:{blob.pk}"]) for n, blob in enumerate([*others, binned], 1)]
        )

        assert server.messages == []
        assert [result.code for result in results] == ["mail_file"] * 3

    @pytest.mark.parametrize("files", [["paper:1"], ["file:x"], "file:1", [1], ["file:1"] * 11])
    def test_what_names_nothing_fails_with_a_code_that_a_chart_can_catch(
        self, server: MailServer, ada: Contact, files: Any
    ) -> None:
        (result,) = actions.send_many([ask(record=of(ada), files=files)])

        assert (result.code, server.messages) == ("mail_file", [])

    def test_too_much_is_not_sent(self, server: MailServer, ada: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attachments, "LARGEST", 20)
        small, second = stored(of(ada), b"0123456789"), stored(of(ada), b"01234567890")

        fits, large = actions.send_many(
            [
                ask(1, record=of(ada), files=[f"file:{small.pk}"]),
                ask(2, record=of(ada), files=[f"file:{small.pk}", f"file:{second.pk}"]),
            ]
        )

        assert fits.failure is None
        assert "in one mail" in str(large.failure)
        assert len(server.messages) == 1
