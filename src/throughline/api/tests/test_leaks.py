"""
Generated: every endpoint is asked by keys of people who may not see Maya's work; none tells, counts or changes it.

A new endpoint is asked without anybody thinking of it; one that takes a body of which nothing is known here fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from throughline.api.records import MOST_ROWS
from throughline.api.shapes import slug
from throughline.api.site import Endpoint
from throughline.api.tests.conftest import Program
from throughline.api.urls import DOCUMENT, ENDPOINTS
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.tests.cast import Cast
from throughline.web.tests import guarded
from throughline.web.tests.conftest import procedure
from throughline.web.tests.guarded import ADDRESS, AMOUNT, PARAMETER, SECRET, Guarded

assert procedure  # a fixture of the pages, which is used here

BODIES: dict[str, Callable[[int], Any]] = {
    "make": lambda _key: {},
    "many": lambda key: {"change": [{"id": key, "values": {}}], "bin": [key]},
    "change": lambda _key: {},
    "complete": lambda _key: {"outcome": "reached"},
    "start": lambda _key: {"procedure": "call-first"},
    "message": lambda _key: {"name": "deal won", "key": SECRET},
    "subscribe": lambda _key: {"url": "https://example.org/hook"},
    "affiliate": lambda key: {"organization": key},
    "put_prices": lambda _key: {"prices": []},
}
"""What is sent to each endpoint that takes a body, given the key of Maya's record."""


@pytest.fixture
def secrets(cast: Cast, procedure: str, at: datetime) -> Guarded:
    """Give Maya something of everything."""
    return guarded.make(cast, at)


def every(secrets: Guarded) -> Iterator[tuple[Endpoint, str, int]]:
    """Give every endpoint for every type of record, with the address of Maya's, and her record's key."""
    for endpoint in (DOCUMENT, *ENDPOINTS):
        for kind in secrets.records if endpoint.per_type else ("lead",):
            key = secrets.records[kind]
            values = {"kind": slug(registry.get(kind)), "record_id": str(key)}
            values |= {name: str(value) for name, value in secrets.named.items()}
            yield endpoint, PARAMETER.sub(lambda match: values.get(match.group(2), "1"), endpoint.address), key  # noqa: B023


def told(program: Program, secrets: Guarded) -> set[str]:
    """Return the addresses that tell something of Maya's when they are read."""
    return {
        ask
        for ask, text in answers(program, secrets)
        if SECRET in text or AMOUNT in text or re.search(r'"count":[1-9]', text)
    }


def answers(program: Program, secrets: Guarded) -> Iterator[tuple[str, str]]:
    """Give every address that can be read, with what is answered."""
    for endpoint, address, _ in every(secrets):
        if endpoint.method != "GET":
            continue
        asks = [address]
        names = {each.name for each in endpoint.parameters}
        asks += [f"{address}?q={SECRET.lower()}"] if "q" in names else []
        asks += [f"{address}?bin=true"] if "bin" in names else []
        asks += [f"{address}?limit={MOST_ROWS}"] if "limit" in names else []
        for ask in asks:
            answer = program.ask("GET", ask)
            assert answer.status_code < 500, ask
            yield ask, answer.content.decode()


@pytest.mark.req("L1", "J7")
@pytest.mark.usefixtures("readable_at_once")
class TestHiddenFields:
    """Of records that one sees: told by no endpoint, found by no search, filtered by no filter."""

    def test_are_told_by_no_endpoint(
        self, cast: Cast, secrets: Guarded, program_of: Callable[..., Program], at: datetime
    ) -> None:
        program = program_of(guarded.without_money(cast, at), per_minute=60_000)

        found, seen = [], 0
        for ask, text in answers(program, secrets):
            seen += SECRET in text
            found += [f"{ask} tells {word}" for word in (AMOUNT, ADDRESS) if word in text]

        assert found == []
        assert seen > 20, "The endpoints would tell, since they are his to see."

    @pytest.mark.parametrize("place", ["leads", "contacts", "search"])
    def test_are_found_by_nobody_who_may_not_read_them(
        self, cast: Cast, secrets: Guarded, maya: Program, program_of: Callable[..., Program], at: datetime, place: str
    ) -> None:
        ask = f"search?q=ada%40{ADDRESS}" if place == "search" else f"records/{place}?q={ADDRESS}"
        clerk = program_of(guarded.without_money(cast, at))

        assert len(maya.get(ask)["data"]) > 0
        assert clerk.get(ask)["data"] == []
        assert clerk.get(ask.replace(f"ada%40{ADDRESS}", SECRET).replace(ADDRESS, SECRET))["data"]


@pytest.mark.req("L1", "J7")
@pytest.mark.usefixtures("readable_at_once")
class TestNobodyElseIsTold:
    """By no endpoint."""

    def test_every_endpoint_that_takes_a_body_is_given_one(self) -> None:
        assert {each.name for each in ENDPOINTS if each.shape is not None} <= set(BODIES)

    def test_the_secret_is_told_to_who_may_see_it(self, maya: Program, secrets: Guarded) -> None:
        """The tests below would find it."""
        found = told(maya, secrets)

        for kind, key in secrets.records.items():
            place = f"records/{slug(registry.get(kind))}"
            assert {place, f"{place}/{key}", f"{place}/count"} <= found, kind
        assert {f"search?q={SECRET.lower()}", f"events?limit={MOST_ROWS}"} <= found

    @guarded.every_outsider
    def test_no_endpoint_tells_or_counts(
        self, outsider: User, secrets: Guarded, program_of: Callable[..., Program]
    ) -> None:
        program = program_of(outsider, per_minute=60_000)

        assert told(program, secrets) == set()

    @guarded.every_outsider
    def test_no_endpoint_changes_anything(
        self, outsider: User, secrets: Guarded, program_of: Callable[..., Program]
    ) -> None:
        program, before = program_of(outsider, per_minute=60_000), guarded.state_of(secrets)

        wrong = []
        for endpoint, address, key in every(secrets):
            if endpoint.method == "GET":
                continue
            body = BODIES[endpoint.name](key) if endpoint.shape is not None else None
            answer = program.ask(endpoint.method, address, body)
            if answer.status_code >= 500 or SECRET in answer.content.decode():
                wrong.append((endpoint.method, address, answer.status_code))
            named = {name for _, name in PARAMETER.findall(endpoint.address)}
            is_hers = bool(named & {"record_id", *secrets.named}) or endpoint.name == "many"
            if is_hers and answer.status_code < 400:
                wrong.append((endpoint.method, address, answer.status_code))

        assert wrong == []
        assert guarded.state_of(secrets) == before
