"""Sessions are read as Django would, and the person behind each along with them."""

from __future__ import annotations

from copy import copy
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from throughline.config import sessions
from throughline.config.sessions import SessionStore
from throughline.core.identity.models import User
from throughline.core.tests.cast import Cast

pytestmark = pytest.mark.django_db


class TestSessionStore:
    """A session of the browser."""

    def test_it_holds_what_was_put_into_it(self) -> None:
        kept = SessionStore()
        kept["colour"] = "blue"
        kept.save()

        assert SessionStore(kept.session_key)["colour"] == "blue"

    def test_one_that_is_over_holds_nothing_and_is_begun_anew(self) -> None:
        kept = SessionStore()
        kept["colour"] = "blue"
        kept.save()
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

        read = SessionStore(kept.session_key)

        assert "colour" not in read
        assert read.session_key is None


def reached(client: Client) -> bool:
    """Return whether a page of people who are signed in is shown."""
    return client.get("/leads/").status_code == 200


class TestPerson:
    """The person behind a session, read along with it."""

    def signed_in(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert client.get("/leads/").wsgi_request.user == user
        return client

    def key(self, client: Client) -> str:
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def test_one_that_is_known_costs_one_statement_with_all_grants(self, cast: Cast) -> None:
        client = self.signed_in(cast.maya)

        with CaptureQueriesContext(connection) as captured:
            assert reached(client)

        about = ("django_session", "identity_rolemembership", 'u."password"')
        assert [all(each in query["sql"] for each in about) for query in captured] == [
            True,
            *[False] * (len(captured) - 1),
        ]
        assert sum("identity_rolemembership" in query["sql"] for query in captured) == 1

    def test_what_is_remembered_decides_nothing(self, cast: Cast) -> None:
        client = self.signed_in(cast.maya)

        sessions._whose[self.key(client)] = cast.omar.pk

        assert client.get("/leads/").wsgi_request.user == cast.maya
        assert sessions._whose[self.key(client)] == cast.maya.pk

    def test_a_session_that_is_over_has_nobody(self, cast: Cast) -> None:
        client = self.signed_in(cast.maya)

        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

        assert not reached(client)

    def test_who_signed_out_is_nobody(self, cast: Cast) -> None:
        client, other = self.signed_in(cast.maya), Client()
        other.cookies = copy(client.cookies)

        client.post("/accounts/logout/")

        assert not reached(client)
        assert not reached(other)

    def test_a_new_password_ends_it(self, cast: Cast) -> None:
        client = self.signed_in(cast.maya)

        cast.maya.set_password("another one, long enough")
        cast.maya.save()

        assert not reached(client)

    def test_who_has_left_is_nobody(self, cast: Cast) -> None:
        client = self.signed_in(cast.maya)

        User.objects.filter(pk=cast.maya.pk).update(is_active=False)

        assert not reached(client)

    def test_one_of_a_way_to_sign_in_that_is_gone_is_nobodys(self, cast: Cast) -> None:
        client = self.signed_in(cast.maya)
        session = SessionStore(self.key(client))
        session[BACKEND_SESSION_KEY] = "throughline.gone.Backend"
        session.save()

        assert not reached(client)

    def test_roles_of_now_count(self, cast: Cast) -> None:
        client = self.signed_in(cast.maya)

        cast.maya.roles.clear()

        assert 'href="/leads/"' not in client.get("/at-hand/").content.decode()

    def test_so_many_are_remembered(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sessions, "REMEMBERED", 2)

        for _ in range(5):
            self.signed_in(cast.maya)

        assert len(sessions._whose) <= 2
