"""What protects signing in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.identity.operations import create_user

pytestmark = [pytest.mark.req("L2"), pytest.mark.django_db]

PASSWORD = "a long walk along the river"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def maya() -> User:
    """Maya of sales."""
    return create_user(email="maya@example.com", name="Maya", password=PASSWORD, by=Actor.system(), at=AT)


def _try(client: Client, password: str) -> bool:
    client.post("/accounts/login/", {"login": "maya@example.com", "password": password})
    return "_auth_user_id" in client.session


class TestLockOut:
    def test_comes_after_five_wrong_passwords_and_holds_for_the_right_one(
        self, client: Client, maya: User, settings: Settings
    ) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/300s/key"}
        cache.clear()

        wrong = [_try(client, "not this one") for _ in range(5)]
        right = _try(client, PASSWORD)

        assert wrong == [False] * 5
        assert not right

    def test_is_counted_where_every_process_sees_it(self) -> None:
        from django.db import connection

        cache.set("seen", "by all", 60)

        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM shared_cache")
            assert cursor.fetchone()[0] >= 1


class TestSession:
    def test_is_hidden_from_scripts_and_renewed_at_sign_in(self, client: Client, maya: User) -> None:
        client.get("/accounts/login/")
        before = client.session.session_key

        signed_in = _try(client, PASSWORD)

        cookie = client.cookies["throughline_session"]
        assert signed_in
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert client.session.session_key != before


class TestSignUp:
    def test_is_closed(self, client: Client) -> None:
        data = {"email": "eve@example.com", "password1": PASSWORD, "password2": PASSWORD}

        client.post("/accounts/signup/", data)

        assert not User.objects.filter(email="eve@example.com").exists()


class TestContentSecurityPolicy:
    def test_allows_scripts_of_ours_only(self, client: Client) -> None:
        policy = client.get("/accounts/login/").headers["Content-Security-Policy"]

        assert "script-src 'self';" in f"{policy};"
        assert "unsafe" not in policy
