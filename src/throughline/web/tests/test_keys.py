"""The page of a person's keys."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client

from throughline.connect.subscriptions.operations import subscribe
from throughline.core.actor import Actor
from throughline.core.identity.keys import admit
from throughline.core.identity.models import ApiKey
from throughline.core.tests.cast import Cast
from throughline.web import moments

pytestmark = [pytest.mark.req("J7", "L2"), pytest.mark.django_db]


@pytest.fixture
def maya(cast: Cast, client: Client) -> Client:
    """Maya's browser."""
    client.force_login(cast.maya)
    return client


class TestKeys:
    """Keys at the page."""

    def test_are_shown_once_when_they_are_made(self, maya: Client, cast: Cast) -> None:
        page = maya.post("/keys/", {"name": "Shop", "scope": ["read:*", "write:lead"], "per_minute": "60"})

        shown = re.search(r"tl_[0-9a-f]{8}\.[A-Za-z0-9_-]+", page.content.decode())
        assert shown is not None
        admitted = admit(shown[0], at=moments.now())
        assert admitted is not None
        assert (admitted[0].user, admitted[0].key.per_minute) == (cast.maya, 60)
        assert shown[0] not in maya.get("/keys/").content.decode()

    @pytest.mark.parametrize(
        "sent",
        [
            {"name": "", "scope": "read:*"},
            {"name": "Shop"},
            {"name": "Shop", "scope": "read:*", "expires_on": "2001-01-01"},
            {"name": "Shop", "scope": "read:*", "expires_on": "2001-02-31"},
            {"name": "Shop", "scope": "read:*", "per_minute": "many"},
        ],
    )
    def test_are_refused_with_a_sentence(self, maya: Client, sent: dict[str, str]) -> None:
        page = maya.post("/keys/", sent)

        assert page.status_code == 422
        assert b"error-text" in page.content
        assert not ApiKey.objects.exists()

    def test_are_locked_out_by_their_person_only(self, maya: Client, cast: Cast) -> None:
        maya.post("/keys/", {"name": "Shop", "scope": "read:*"})
        (key,) = ApiKey.objects.all()
        other = Client()
        other.force_login(cast.ines)

        assert other.post(f"/keys/{key.pk}/revocation/").status_code == 404
        assert maya.post(f"/keys/{key.pk}/revocation/").status_code == 302
        assert "revoked" in maya.get("/keys/").content.decode()


class TestSubscriptions:
    """Addresses that are told, at the page."""

    def test_are_listed_and_ended(self, maya: Client, cast: Cast, at: datetime) -> None:
        row, _ = subscribe(url="https://example.com/in", events=(), by=Actor.user(cast.maya), at=at)

        assert b"https://example.com/in" in maya.get("/keys/").content
        maya.post(f"/keys/subscriptions/{row.pk}/end/")
        assert b"https://example.com/in" not in maya.get("/keys/").content
