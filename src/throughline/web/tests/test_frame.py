"""The frame of pages is kept by all that it depends on: nobody meets another one's name, token, words or looks."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client

from throughline.core.notify.models import Notification
from throughline.core.tests.cast import Cast
from throughline.web.tests.conftest import SignIn


def page(client: Client, path: str = "/leads/", language: str = "en") -> str:
    """Return a page as somebody sees it."""
    return client.get(path, headers={"accept-language": language}).content.decode()


def tokens(shown: str) -> set[str]:
    """Return every token in a page."""
    forms = re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', shown)
    return {*forms, *re.findall(r'data-csrf="([^"]*)"', shown), *re.findall(r'"X-CSRFToken": "([^"]*)"', shown)}


@pytest.mark.parametrize("path", ["/leads/", "/notifications/"])
class TestFrame:
    """What stands around every page."""

    def test_each_has_their_own_name_and_bell(self, cast: Cast, sign_in: SignIn, at: datetime, path: str) -> None:
        Notification.objects.create(user=cast.maya, at=at, kind="mention", reason="mention", title="Look", key="a")
        maya, omar = sign_in(cast.maya), sign_in(cast.omar)

        for _ in range(2):
            hers, his = page(maya, path), page(omar, path)

            assert f"<span>{cast.maya.name}</span>\n    </button>" in hers
            assert "Notifications, 1 unread" in hers
            assert cast.maya.name not in his.partition("<main")[0]
            assert "unread" not in his.partition("<main")[0]

    def test_what_roles_do_not_open_is_not_offered(self, cast: Cast, sign_in: SignIn, path: str) -> None:
        admin, maya = sign_in(cast.admin), sign_in(cast.maya)

        assert "/settings/roles/" in page(admin, path)
        assert "/settings/roles/" not in page(maya, path)

    def test_each_answer_has_one_token_and_no_other_has_it(self, cast: Cast, sign_in: SignIn, path: str) -> None:
        maya, omar = sign_in(cast.maya), sign_in(cast.omar)

        drawn = [tokens(page(client, path)) for client in (maya, omar, maya, omar)]

        assert all(len(each) <= 2 for each in drawn)  # the one of the frame, and one that a Django form draws
        assert not any("<" in token for each in drawn for token in each)
        assert len(set.union(*drawn)) == sum(map(len, drawn))

    def test_a_token_of_the_frame_is_taken(self, cast: Cast, path: str) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.maya, backend="allauth.account.auth_backends.AuthenticationBackend")
        token = re.findall(r'data-csrf="([^"]*)"', page(client, path))[0]

        assert client.post("/accounts/logout/", {"csrfmiddlewaretoken": token[::-1]}).status_code == 403
        assert client.post("/accounts/logout/", {"csrfmiddlewaretoken": token}).status_code == 302

    def test_each_language_has_its_own_frame(self, cast: Cast, sign_in: SignIn, path: str) -> None:
        maya = sign_in(cast.maya)

        english, chinese, again = page(maya, path), page(maya, path, "zh-hans"), page(maya, path)

        assert '<html lang="en" dir="ltr"' in english
        assert '<html lang="zh-hans" dir="ltr"' in chinese
        assert '<html lang="en"' in again

    def test_looks_are_those_of_the_browser(self, cast: Cast, sign_in: SignIn, path: str) -> None:
        dark, plain = sign_in(cast.maya), sign_in(cast.maya)
        dark.cookies["tl_theme"], dark.cookies["tl_density"] = "dark", '"><script>'

        assert 'class="dark" data-theme="dark" data-density="" data-shortcuts=""' in page(dark, path)
        assert 'class="" data-theme="" data-density="" data-shortcuts=""' in page(plain, path)


class TestNotes:
    """What a page says of what was just done."""

    def test_it_is_said_once_and_to_nobody_else(self, cast: Cast, sign_in: SignIn) -> None:
        maya, omar = sign_in(cast.maya), sign_in(cast.omar)
        maya.post("/leads/views/", {"name": "Mine", "state": "layout=list"})

        assert "toast-note" not in page(omar)
        assert "View “Mine” is saved." in page(maya)
        assert "toast-note" not in page(maya)
