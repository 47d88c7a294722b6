"""Sessions are read as Django would."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from throughline.config.sessions import SessionStore

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
