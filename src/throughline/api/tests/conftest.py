"""A program with a key, and leads to work on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from throughline.api import site
from throughline.core.actor import Actor
from throughline.core.identity import keys
from throughline.core.identity.models import User
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead

ALL = ("read:*", "write:*", "events", "hooks", "procedures")


class Program:
    """A program that holds a key and speaks JSON."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._client = Client()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request; headers as ``idempotency_key="…"``."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        sent = {"Authorization": f"Bearer {self.text}", **named}
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._client.generic(method, f"/api/v1/{path}", data, "application/json", headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        """Ask for something and return what is answered as JSON."""
        answer = self.ask("GET", path, **headers)
        assert answer.status_code == 200, answer.content
        return answer.json()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Let the interface's clock stand at the instant of the tests."""
    monkeypatch.setattr(site, "now", lambda: at)


@pytest.fixture
def program_of(cast: Cast, at: datetime) -> Callable[..., Program]:
    """Return a maker of programs: of a person, with scopes."""

    def made(user: User, *scopes: str, per_minute: int = 600) -> Program:
        by = Actor.user(user)
        _, text = keys.issue_key(user=user, name="Test", scopes=scopes or ALL, by=by, at=at, per_minute=per_minute)
        return Program(text)

    return made


@pytest.fixture
def maya(cast: Cast, program_of: Callable[..., Program]) -> Program:
    """Maya's program, which may do all that Maya may."""
    return program_of(cast.maya)


@pytest.fixture
def ines(cast: Cast, program_of: Callable[..., Program]) -> Program:
    """The program of Ines, who is in another team."""
    return program_of(cast.ines)


@pytest.fixture
def leads(cast: Cast, at: datetime) -> list[Lead]:
    """Three leads of Maya's."""
    by = Actor.user(cast.maya)
    people = (("Ada Byron", "North"), ("Bo Diaz", "South"), ("Cy Young", "North"))
    return [
        capture_lead(values={"name": name, "region": region, "external_id": name[:2]}, by=by, at=at)
        for name, region in people
    ]
