"""What tests of several parts share: an instant, and the cast."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from throughline.core.identity.models import User
    from throughline.core.tests.cast import Cast

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning: the instant at which tests begin."""


@pytest.fixture
def at() -> datetime:
    """Give the instant at which the test takes place."""
    return AT


@pytest.fixture
def cast(db: None, at: datetime) -> Cast:  # noqa: ARG001 - asks for the database
    """Give the people of the tests, with teams and roles."""
    from throughline.core.tests.cast import assemble

    return assemble(at=at)


@pytest.fixture
def outsider(request: pytest.FixtureRequest, cast: Cast) -> User:
    """Give Ines of another team, Hana of HR, or the intern of another team."""
    if request.param != "intern":
        person: User = getattr(cast, request.param)
        return person
    cast.ivo.teams.set([cast.south])
    return cast.ivo


@pytest.fixture
def nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody react to what the journal records: for tests that count the queries of one operation."""
    from throughline.core.journal import writing

    monkeypatch.setattr(writing, "_listeners", [])


@pytest.fixture(autouse=True)
def no_definitions_of_others() -> Iterator[None]:
    """Let no test see the custom fields of another: what a test defines is rolled back, what a process holds is not."""
    yield
    if "throughline.core.records.custom.live" in sys.modules:
        sys.modules["throughline.core.records.custom.live"].forget()
    if "throughline.core.records.choices" in sys.modules:  # a page that is sent piece by piece may never be finished
        sys.modules["throughline.core.records.choices"].end()


@pytest.fixture
def readable_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let followers of the journal not wait for transactions of other databases on the server."""
    from throughline.core.journal import read

    waits = "txid < pg_snapshot_xmin(pg_current_snapshot())"
    assert waits in read._FOLLOW
    monkeypatch.setattr(read, "_FOLLOW", read._FOLLOW.replace(waits, "true"))
