"""What tests of the pages share: somebody signed in, leads, a procedure that runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures import operations, worker
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web import moments
from throughline.web.tests.charts import CALL_FIRST

SignIn = Callable[[User], Client]

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,}")


def words_of(answer: Any) -> str:
    """Return what a page shows, without the random letters of its tokens, among which any short word may stand."""
    return _TOKEN.sub("", answer.content.decode())


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Let the pages read the instant of the test."""
    monkeypatch.setattr(moments, "now", lambda: at)


@pytest.fixture
def sign_in() -> SignIn:
    """Sign somebody in and give their browser."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def procedure(cast: Cast, at: datetime) -> str:
    """Publish a procedure that every captured lead travels through; give its key."""
    by = Actor.user(cast.admin)
    operations.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    operations.save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=at)
    operations.publish(key="call-first", by=by, at=at)
    return "call-first"


@pytest.fixture
def lead(cast: Cast, at: datetime, procedure: str) -> Lead:
    """Give a lead of Maya's that stands at the first step."""
    values = {"name": "Ada Byron", "email": "ada@x.org", "interest": "Telematics", "region": "DACH"}
    made = capture_lead(values=values, by=Actor.user(cast.maya), at=at)
    worker.drain(limit=50, at=at)
    return made
