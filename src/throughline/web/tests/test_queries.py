"""The number of queries of a page does not grow with what it shows."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from throughline.core.actor import Actor
from throughline.core.procedures import worker
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_leads
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn

PAGES = (
    "/",
    "/leads/",
    "/leads/board/",
    "/contacts/",
    "/procedures/",
    "/procedures/call-first/live/",
    "/procedures/call-first/cases/",
    "/procedures/call-first/live.json",
    "/procedures/call-first/steps/call/",
    "/search/?q=example",
)
MORE = 20


def queries(client: Client, path: str) -> int:
    """Return how many queries a page takes once everything that is kept in memory is there."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


class TestQueries:
    """Twenty leads cost what one costs."""

    @pytest.mark.parametrize("path", PAGES)
    def test_do_not_grow_with_the_rows(self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime, path: str) -> None:
        client = sign_in(cast.maya)
        with_one = queries(client, path)
        rows = [
            {"name": f"Person {n}", "email": f"p{n}@example.org", "owner": cast.maya.pk, "interest": "Example"}
            for n in range(MORE)
        ]
        capture_leads(rows, by=Actor.system(), at=at)
        worker.drain(limit=200, at=at)

        assert queries(client, path) <= with_one + 1  # a first hit of a kind may load its titles

    def test_the_busiest_page_stays_below_its_bound(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        assert queries(sign_in(cast.maya), f"/leads/{lead.pk}/") <= 32
