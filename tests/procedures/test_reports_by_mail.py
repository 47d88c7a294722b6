"""A dashboard by mail, from the hour that somebody chose to the PDF that a reader opens, against a real mail server."""

from __future__ import annotations

import io
from email.message import EmailMessage, Message
from typing import Any

import pytest
from pypdf import PdfReader

from tests.outside.smtp import MailServer
from tests.procedures.conftest import Desk
from throughline.core.actor import Actor
from throughline.core.procedures.operations.packs import install_pack
from throughline.insight.dashboards.reports import Times, keep_report, tell_due_reports
from throughline.packs import get_pack

pytestmark = [pytest.mark.req("I1", "B3")]


@pytest.fixture
def post(desk: Desk) -> Desk:
    """Give a desk where reports are mailed: Omar has *Sales* sent to Maya and Ines each Monday at eight."""
    install_pack(pack=get_pack("reports"), by=desk.admin, at=desk.now)
    keep_report(
        shipped="sales",
        receivers=[desk.cast.maya.pk, desk.cast.ines.pk],
        times=Times("week", 1, 8, "UTC"),
        by=Actor.user(desk.cast.omar),
        at=desk.now,
    )
    return desk


def paper(message: Message) -> str:
    """Return what the PDF of a mail says, as a reader opens it."""
    assert isinstance(message, EmailMessage)
    [part] = list(message.iter_attachments())
    assert (part.get_content_type(), part.get_filename()) == ("application/pdf", "Sales 2026-03-09.pdf")
    content: Any = part.get_payload(decode=True)
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


class TestReportsByMail:
    def test_each_gets_their_own_numbers_as_a_pdf(self, post: Desk, server: MailServer) -> None:
        post.capture(7)  # Maya's
        post.capture(2, owner=post.cast.ines.pk)

        post.drain(days=7)
        assert tell_due_reports(at=post.now) == 1
        post.drain()

        found = {str(message["To"]): paper(message) for message in server.messages}
        assert sorted(found) == ["ines@example.com", "maya@example.com"]
        assert "As Maya Lin sees it" in found["maya@example.com"]
        assert "0 of 7" in found["maya@example.com"]
        assert "As Ines Duarte sees it" in found["ines@example.com"]
        assert "0 of 2" in found["ines@example.com"]
        assert "of 7" not in found["ines@example.com"]
        assert post.incidents() == []

    def test_the_mail_says_where_the_dashboard_is(self, post: Desk, server: MailServer) -> None:
        post.drain(days=7)
        tell_due_reports(at=post.now)
        post.drain()

        message = server.messages[0]
        assert isinstance(message, EmailMessage)
        body = message.get_body(preferencelist=("plain",))
        assert message["Subject"] == "Sales"
        assert body is not None
        assert "/insight/dashboards/shipped/sales/" in body.get_content()

    def test_nothing_comes_before_its_hour(self, post: Desk, server: MailServer) -> None:
        post.drain(days=6)
        tell_due_reports(at=post.now)
        post.drain()

        assert server.messages == []
