"""The shipped procedures that write to people, against a real mail server on this machine."""

from __future__ import annotations

import hashlib
import re
from datetime import date, timedelta
from decimal import Decimal
from email.message import EmailMessage, Message

import pytest
from django.test import Client

from tests.outside.smtp import MailServer
from tests.procedures.conftest import Desk, trace
from throughline.core.actor import Actor, ActorKind
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification, Ways
from throughline.core.notify.operations import Message as Told
from throughline.core.notify.operations import choose_ways, mark_read, notify_many
from throughline.core.procedures.models import Case
from throughline.core.procedures.operations.packs import install_pack
from throughline.core.records import registry
from throughline.core.records.operations import create_record, update_record
from throughline.crm.deals import operations as deals
from throughline.crm.deals.lines import NewLine
from throughline.crm.forecast.models import Snapshot
from throughline.crm.quotes import operations as quotes
from throughline.crm.quotes.links import token_of
from throughline.crm.quotes.models import Quote
from throughline.packs import shipped

FORM = Actor(ActorKind.FORM, "quote", "Quote page")


def install(desk: Desk, pack: str) -> None:
    (chosen,) = (each for each in shipped() if each.key == pack)
    install_pack(pack=chosen, by=desk.admin, at=desk.now)


def text_of(message: Message) -> str:
    """Return what a mail says."""
    body = message.get_body() if isinstance(message, EmailMessage) else None
    assert body is not None
    return str(body.get_content())


def tell(desk: Desk, *titles: str, kind: str = "promise") -> None:
    """Tell Maya something."""
    messages = [Told(desk.cast.maya.pk, kind, title) for title in titles]
    notify_many(messages=messages, by=Actor.user(desk.cast.tom), at=desk.now)


@pytest.mark.req("M4", "B3")
class TestNotificationsByMail:
    @pytest.fixture
    def post(self, desk: Desk) -> Desk:
        """Give a desk where Maya wants promises by mail at once."""
        install(desk, "notifications")
        choose_ways(mailed=["promise"], digest_hour=None, by=Actor.user(desk.cast.maya), at=desk.now)
        return desk

    def test_what_is_wanted_by_mail_is_mailed_once_with_a_link_to_it(self, post: Desk, server: MailServer) -> None:
        tell(post, "Call Ada {{today}}")

        post.drain()
        post.drain(minutes=5)

        (message,) = server.messages
        assert (message["To"], message["Subject"]) == ("maya@example.com", "Call Ada {{today}}")
        assert f"/notifications/{Notification.objects.get().pk}/" in text_of(message)
        assert (post.case().end_node, post.incidents()) == ("mailed", [])

    def test_what_is_not_wanted_by_mail_is_not_mailed(self, post: Desk, server: MailServer) -> None:
        tell(post, "You were mentioned", kind="mention")

        post.drain()

        assert (server.messages, Case.objects.count()) == ([], 0)

    def test_what_was_read_meanwhile_is_not_mailed(self, post: Desk, server: MailServer) -> None:
        tell(post, "Call Ada")
        mark_read(user_id=post.cast.maya.pk, at=post.now)

        post.drain()

        assert (server.messages, post.case().end_node) == ([], "read")

    def test_who_has_left_is_not_mailed(self, post: Desk, server: MailServer) -> None:
        tell(post, "Call Ada")
        type(post.cast.maya).objects.filter(pk=post.cast.maya.pk).update(is_active=False)

        post.drain()

        assert server.messages == []


@pytest.mark.req("M4", "B1", "B3")
class TestDailyDigest:
    @pytest.fixture
    def post(self, desk: Desk) -> Desk:
        """Give a desk (at 9 on a Monday) where Maya wants a digest at 11, by her own clock in New Delhi: 5:30 here."""
        install(desk, "notifications")
        type(desk.cast.maya).objects.filter(pk=desk.cast.maya.pk).update(time_zone="Asia/Kolkata")
        choose_ways(mailed=[], digest_hour=11, by=Actor.user(desk.cast.maya), at=desk.now)
        return desk

    def drain_until(self, desk: Desk, hours: int) -> None:
        for _ in range(hours):
            desk.drain(hours=1)

    def test_one_mail_a_day_tells_what_is_unread(self, post: Desk, server: MailServer) -> None:
        tell(post, *(f"Promise {number} is due" for number in range(25)))

        self.drain_until(post, 20)
        assert server.messages == []
        self.drain_until(post, 5)

        (message,) = server.messages
        said = text_of(message)
        assert (message["To"], message["Subject"]) == ("maya@example.com", "25 messages wait for you")
        assert "• Promise 24 is due" in said
        assert "… and 5 more." in said
        assert said.count("•") == 20

    def test_the_next_day_brings_the_next_one_and_none_when_all_is_read(self, post: Desk, server: MailServer) -> None:
        tell(post, "Call Ada")
        self.drain_until(post, 24)
        self.drain_until(post, 24)
        assert [message["Subject"] for message in server.messages] == ["1 message waits for you"] * 2

        mark_read(user_id=post.cast.maya.pk, at=post.now)
        self.drain_until(post, 24)

        assert len(server.messages) == 2
        assert post.incidents() == []

    def test_what_is_muted_is_in_no_digest(self, post: Desk, server: MailServer) -> None:
        tell(post, "Call Ada")
        Notification.objects.update(quiet=True)

        self.drain_until(post, 24)

        assert server.messages == []

    def test_each_gets_what_is_theirs(self, post: Desk, server: MailServer) -> None:
        Ways.objects.create(user=post.cast.tom, digest_hour=7)
        tell(post, "Call Ada")
        notify_many(messages=[Told(post.cast.tom.pk, "promise", "Call Bob")], by=post.admin, at=post.now)

        self.drain_until(post, 24)

        said = {message["To"]: text_of(message) for message in server.messages}
        assert "Call Bob" not in said["maya@example.com"]
        assert "Call Ada" not in said["tom@example.com"]


@pytest.mark.req("D1", "B1")
class TestKeepForecast:
    def test_every_night_one_is_kept(self, desk: Desk) -> None:
        install(desk, "forecast-keep")

        for _ in range(3):
            desk.drain(days=1)

        kept = list(Snapshot.objects.order_by("day").values_list("day", flat=True))
        assert kept == [date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)]
        assert desk.incidents() == []


@pytest.mark.req("D2", "B3", "B6")
class TestQuoteSent:
    @pytest.fixture
    def draft(self, desk: Desk) -> Quote:
        """Give a draft of Maya's to Ada, with the pack installed."""
        install(desk, "quote-sent")
        by = Actor.user(desk.cast.maya)
        deals.ship_pipeline(by=Actor.system(), at=desk.now)
        names = {"first_name": "Ada", "last_name": "Byron", "email": "ada@x.org"}
        ada = create_record(spec=registry.get("contact"), values=names, by=by, at=desk.now)
        values = {"name": "Turbines", "contact": ada.pk}
        deal = create_record(spec=registry.get("deal"), values=values, by=by, at=desk.now)
        lines = [NewLine(description="Turbine", unit_price=Decimal(4800), tax=Decimal(19))]
        deals.set_lines(deal_id=deal.pk, lines=lines, by=by, at=desk.now)
        return quotes.draft_quote(deal_id=deal.pk, by=by, at=desk.now)

    def send(self, desk: Desk, draft: Quote, *, days: int = 30) -> Quote:
        by = Actor.user(desk.cast.maya)
        last_day = {"valid_until": desk.now.date() + timedelta(days=days)}
        update_record(spec=registry.get("quote"), record_id=draft.pk, values=last_day, by=by, at=desk.now)
        sent = quotes.send_quote(quote_id=draft.pk, by=by, at=desk.now)
        desk.drain()
        return sent

    def test_the_customer_is_mailed_a_link_that_opens_the_quote(
        self, desk: Desk, draft: Quote, server: MailServer, client: Client
    ) -> None:
        sent = self.send(desk, draft)

        (message,) = server.messages
        assert (message["To"], message["Subject"]) == ("ada@x.org", f"Your quote {sent.number}: Turbines")
        (link,) = re.findall(r"https?://[^/\s]+(/q/\S+)", text_of(message))
        assert "Turbine" in client.get(link).content.decode()
        assert isinstance(message, EmailMessage)
        [paper] = message.iter_attachments()
        content = bytes(paper.get_payload(decode=True))
        assert (paper.get_content_type(), hashlib.sha256(content).hexdigest()) == ("application/pdf", sent.digest)
        assert Entry.objects.filter(event="mail.sent", record_type="quote", record_id=sent.pk).count() == 1

    def test_an_answer_ends_it(self, desk: Desk, draft: Quote, server: MailServer) -> None:
        sent = self.send(desk, draft)
        quotes.reject_quote(token=token_of(sent), reason="Too dear", by=FORM, at=desk.now)

        desk.drain(days=6)

        assert (desk.case().status, desk.case().end_node) == ("finished", "answered")
        assert len(server.messages) == 1

    def test_nobody_answers(self, desk: Desk, draft: Quote, server: MailServer) -> None:
        sent = self.send(desk, draft)

        desk.drain(days=5)
        assert [message["Subject"] for message in server.messages][1:] == [f"Your quote {sent.number}: any questions?"]
        desk.drain(days=23)
        (item,) = desk.open_items("ask")
        assert item.assignee_id == desk.cast.maya.pk
        desk.complete(item, "not_reached")
        desk.drain(days=3)

        sent.refresh_from_db()
        assert (sent.status, desk.case().end_node, desk.incidents()) == ("Expired", "expired", [])
        assert Notification.objects.filter(user=desk.cast.maya, title__startswith="Quote expired").count() == 1

    def test_an_answer_takes_the_step_away_again(self, desk: Desk, draft: Quote, server: MailServer) -> None:
        sent = self.send(desk, draft, days=4)
        desk.drain(days=3)
        assert len(desk.open_items("ask")) == 1

        quotes.reject_quote(token=token_of(sent), reason="Too dear", by=FORM, at=desk.now)
        desk.drain()

        assert desk.open_items() == []
        assert trace(desk.case()).endswith("answered_third > answered")
        assert len(server.messages) == 1

    def test_without_an_address_the_seller_hands_the_link_over(
        self, desk: Desk, draft: Quote, server: MailServer
    ) -> None:
        Quote.objects.filter(pk=draft.pk).update(contact=None)
        by = Actor.user(desk.cast.maya)
        acme = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=by, at=desk.now)
        Quote.objects.filter(pk=draft.pk).update(organization=acme)

        self.send(desk, draft)

        (item,) = desk.open_items("hand_over")
        assert (item.assignee_id, server.messages) == (desk.cast.maya.pk, [])

    def test_a_revision_has_a_case_of_its_own_and_ends_the_former(
        self, desk: Desk, draft: Quote, server: MailServer
    ) -> None:
        sent = self.send(desk, draft)
        revised = quotes.revise_quote(quote_id=sent.pk, by=Actor.user(desk.cast.maya), at=desk.now)

        self.send(desk, revised)

        former, latest = Case.objects.order_by("pk")
        assert (former.end_node, latest.status, latest.record_id) == ("answered", "running", revised.pk)
