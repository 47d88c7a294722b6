"""Talking about procedures: remarks, suggestions, rounds, links for outsiders, decisions."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.discussion import operations
from throughline.core.discussion.models import Decision, Invitation, Link, Remark
from throughline.core.discussion.operations import About
from throughline.core.identity.models import User
from throughline.core.notify.models import Notification
from throughline.core.procedures.models import Procedure, ProcedureVersion
from throughline.core.tests.cast import Cast
from throughline.flow import bpmn
from throughline.web import moments
from throughline.web.discussion import public
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.req("A11"), pytest.mark.django_db]

PAGE = "/procedures/call-first/discussion/"
REMARKS = "/procedures/call-first/remarks/"


@pytest.fixture
def maya(cast: Cast, procedure: str, sign_in: SignIn) -> Client:
    """Maya's browser; a procedure runs that Omar owns."""
    Procedure.objects.filter(key=procedure).update(owner=cast.omar)
    return sign_in(cast.maya)


def say(client: Client, body: str, **more: str) -> Remark:
    """Make a remark and return it."""
    answer = client.post(REMARKS, {"body": body, **more})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return Remark.objects.latest("pk")


def told(user: User) -> list[str]:
    """Return the titles of somebody's messages about discussions."""
    kinds = ("mention", "reply", "discussion")
    return list(Notification.objects.filter(user=user, kind__in=kinds).order_by("pk").values_list("title", flat=True))


class TestRemarks:
    """Said about a step or an arrow."""

    def test_stand_on_the_drawing_and_beside_it_and_are_told_to_the_owner(self, maya: Client, cast: Cast) -> None:
        say(maya, "Nobody picks up before ten.", element="call")

        page = maya.get(PAGE).content.decode()
        assert "Nobody picks up before ten." in page
        assert "1 open" in page
        assert told(cast.omar) == ["Maya Lin on Make first contact: Call first"]

    def test_mention_a_colleague_who_is_led_to_the_remark(self, maya: Client, cast: Cast, sign_in: SignIn) -> None:
        remark = say(maya, f"@{cast.tom.name} what do you think?")

        (message,) = Notification.objects.filter(user=cast.tom, kind="mention")
        answer = sign_in(cast.tom).get(f"/notifications/{message.pk}/")
        assert answer["Location"] == f"{PAGE}#remark-{remark.pk}"

    def test_are_answered_below_and_who_is_answered_is_told(self, maya: Client, cast: Cast, sign_in: SignIn) -> None:
        remark = say(maya, "Too early?", element="call")

        sign_in(cast.tom).post(REMARKS, {"body": "After ten, then.", "answers": str(remark.pk), "element": "call"})

        assert "After ten, then." in maya.get(PAGE).content.decode()
        assert told(cast.maya) == [f"{cast.tom.name} answered you: Call first"]

    def test_of_one_step_are_shown_alone(self, maya: Client) -> None:
        say(maya, "About the call.", element="call")
        say(maya, "About all of it.")

        page = maya.get(f"{PAGE}?step=call").content.decode()

        assert "About the call." in page
        assert "About all of it." not in page

    @pytest.mark.parametrize(
        ("sent", "status"),
        [({"body": " "}, 422), ({"body": "x", "element": "gone"}, 404), ({"body": "x" * 4001}, 422)],
    )
    def test_that_say_nothing_or_are_about_nothing_are_refused(
        self, maya: Client, sent: dict[str, str], status: int
    ) -> None:
        assert maya.post(REMARKS, sent).status_code == status
        assert not Remark.objects.exists()

    @pytest.mark.req("L1")
    def test_are_settled_by_their_author_and_those_who_draw_only(
        self, maya: Client, cast: Cast, sign_in: SignIn
    ) -> None:
        remark = say(maya, "Too early?")
        url = f"/remarks/{remark.pk}/standing/"

        assert sign_in(cast.ines).post(url, {"standing": "done"}).status_code == 403
        assert maya.post(url, {"standing": "done"}).status_code == 302
        assert sign_in(cast.omar).post(url, {"standing": "open"}).status_code == 302
        remark.refresh_from_db()
        assert remark.standing == "open"


class TestSuggestions:
    """Suggested by anybody, taken over by those who draw."""

    @pytest.mark.parametrize(
        ("kind", "value", "left"),
        [
            ("name", "Ring them", b'name="Ring them"'),
            ("guidance", "Ask who pays.", b"Ask who pays."),
            ("due", "P2D", b"P2D"),
            ("after", "Write it down", b'name="Write it down"'),
        ],
    )
    def test_become_a_change_of_the_draft(
        self, maya: Client, cast: Cast, sign_in: SignIn, kind: str, value: str, left: bytes
    ) -> None:
        remark = say(maya, "Better so.", element="call", kind=kind, value=value)

        answer = sign_in(cast.omar).post(f"/remarks/{remark.pk}/taking-over/")

        assert answer["Location"] == "/procedures/call-first/draw/"
        draft = ProcedureVersion.objects.get(procedure__key="call-first", status="draft")
        assert left in bytes(draft.bpmn)
        assert bpmn.read(bytes(draft.bpmn)).processes
        remark.refresh_from_db()
        assert remark.standing == "taken"

    def test_that_cannot_be_done_are_said_when_they_are_made(self, maya: Client) -> None:
        answer = maya.post(REMARKS, {"body": "", "element": "end", "kind": "guidance", "value": "x"})

        assert answer.status_code == 422
        assert not Remark.objects.exists()

    @pytest.mark.req("L1")
    def test_are_not_taken_over_by_those_who_may_not_draw_nor_twice(
        self, maya: Client, cast: Cast, sign_in: SignIn
    ) -> None:
        url = f"/remarks/{say(maya, '', element='call', kind='name', value='Ring them').pk}/taking-over/"

        assert maya.post(url).status_code == 403
        assert sign_in(cast.omar).post(url).status_code == 302
        assert sign_in(cast.omar).post(url).status_code == 409


class TestDecisions:
    """The log."""

    def test_stand_with_who_and_about_what_and_settle_the_remark(
        self, maya: Client, cast: Cast, sign_in: SignIn
    ) -> None:
        remark = say(maya, "Too early?", element="call")

        sent = {"body": "We call after ten.", "element": "call", "remark": str(remark.pk)}
        sign_in(cast.omar).post("/procedures/call-first/decisions/", sent)

        decision = Decision.objects.get()
        assert (decision.element_name, decision.decided_by_id, decision.number) == (
            "Make first contact",
            cast.omar.pk,
            1,
        )
        remark.refresh_from_db()
        assert remark.standing == "done"
        assert "We call after ten." in maya.get(PAGE).content.decode()
        assert maya.get("/procedures/call-first/playbook/?as=pdf").content.startswith(b"%PDF")

    @pytest.mark.req("L1")
    def test_are_not_for_those_who_may_not_draw(self, maya: Client) -> None:
        answer = maya.post("/procedures/call-first/decisions/", {"body": "Mine."})

        assert answer.status_code == 403
        assert not Decision.objects.exists()


class TestRounds:
    """Colleagues are asked until a day."""

    def test_are_answered_by_a_remark_or_by_having_nothing_to_add(
        self, maya: Client, cast: Cast, sign_in: SignIn
    ) -> None:
        omar, tom = sign_in(cast.omar), sign_in(cast.tom)
        sent = {"question": "Is ten too late?", "until": "2026-03-09", "invited": [cast.maya.pk, cast.tom.pk]}
        omar.post("/procedures/call-first/rounds/", sent)
        asked = tom.get(PAGE).content.decode()

        say(maya, "Fine with me.")
        invitation = Invitation.objects.get(user=cast.tom)
        tom.post(f"/rounds/{invitation.round_id}/answer/")

        assert "Is ten too late?" in asked
        assert "Nothing to add" in asked
        assert not Invitation.objects.filter(answered_at=None).exists()
        assert "asks what you think" in told(cast.tom)[0]

    def test_in_the_past_or_with_nobody_are_refused(self, maya: Client, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        rounds = "/procedures/call-first/rounds/"

        past = omar.post(rounds, {"question": "?", "until": "2026-01-01", "invited": [cast.tom.pk]})
        nobody = omar.post(rounds, {"question": "?", "until": "2026-03-09"})

        assert (past.status_code, nobody.status_code) == (422, 422)


class TestLinks:
    """Outsiders look and leave a remark."""

    @pytest.fixture
    def secret(self, maya: Client, cast: Cast, at: datetime) -> str:
        """Make a link that works for a week."""
        cache.clear()
        _link, secret = operations.share(
            about=About("call-first", 1), name="Acme", expires_at=at + timedelta(days=7), may_remark=True,
            by=Actor.user(cast.omar), at=at,
        )  # fmt: skip
        return secret

    def test_show_the_drawing_without_session_and_take_a_remark(self, secret: str, cast: Cast) -> None:
        guest = Client()

        page = guest.get(f"/shared/{secret}/")
        guest.post(f"/shared/{secret}/", {"name": "Ann", "body": "Ask me first.", "element": "call"})

        assert "Make first contact" in page.content.decode()
        assert not page.cookies
        assert page["Referrer-Policy"] == "no-referrer"
        assert (Remark.objects.get().guest, Remark.objects.get().element) == ("Ann", "call")
        assert told(cast.omar) == ["Ann on Make first contact: Call first"]

    def test_keep_only_the_digest_of_their_secret(self, secret: str) -> None:
        assert bytes(Link.objects.get().digest) == hashlib.sha256(secret.encode()).digest()

    def test_lead_nowhere_once_revoked_or_expired(
        self, secret: str, cast: Cast, sign_in: SignIn, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as later:
            later.setattr(moments, "now", lambda: at + timedelta(days=8))
            expired = Client().get(f"/shared/{secret}/").status_code

        sign_in(cast.omar).post(f"/links/{Link.objects.get().pk}/revocation/")

        assert expired == 404
        assert Client().get(f"/shared/{secret}/").status_code == 404

    def test_take_so_many_remarks_an_hour(self, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(operations, "MOST_AN_HOUR", 2)
        answers = [
            Client().post(f"/shared/{secret}/", {"name": "Ann", "body": f"Remark {n}"}).status_code for n in range(3)
        ]

        assert answers == [302, 302, 422]

    def test_whoever_tries_secrets_is_stopped(self, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(public, "MOST_WRONG", 3)
        tried = [Client().get(f"/shared/wrong{n}/").status_code for n in range(4)]

        assert tried == [404, 404, 404, 429]
        cache.clear()

    @pytest.mark.req("L1")
    def test_are_made_by_those_who_draw_only_and_shown_once(self, maya: Client, cast: Cast, sign_in: SignIn) -> None:
        links, sent = "/procedures/call-first/links/", {"name": "Acme", "expires": "2026-03-09", "may_remark": "yes"}
        omar = sign_in(cast.omar)

        refused = maya.post(links, sent).status_code
        first = omar.post(links, sent, follow=True).content.decode()
        second = omar.get(PAGE).content.decode()

        assert refused == 403
        assert "/shared/" in first
        assert "/shared/" not in second
        assert "Acme" not in maya.get(PAGE).content.decode()

    def test_for_looking_only_take_no_remark(self, maya: Client, cast: Cast, at: datetime) -> None:
        cache.clear()
        _link, secret = operations.share(
            about=About("call-first", 1), name="Acme", expires_at=at + timedelta(days=7), may_remark=False,
            by=Actor.user(cast.omar), at=at,
        )  # fmt: skip

        answer = Client().post(f"/shared/{secret}/", {"name": "Ann", "body": "Hm."})

        assert answer.status_code == 403
        assert not Remark.objects.exists()
