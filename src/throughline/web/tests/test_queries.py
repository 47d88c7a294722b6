"""The number of queries of a page does not grow with what it shows."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

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

GOLDEN = Path(__file__).with_name("queries.golden.json")
"""How many queries each page takes with one lead and with twenty-one; ``{lead}`` stands for the key of the first."""
PAGES: dict[str, int] = json.loads(GOLDEN.read_text())
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
    def test_are_those_written_down_and_do_not_grow_with_the_rows(
        self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime, path: str
    ) -> None:
        client, page = sign_in(cast.maya), path.format(lead=lead.pk)
        with_one = queries(client, page)
        rows = [
            {"name": f"Person {n}", "email": f"p{n}@example.org", "owner": cast.maya.pk, "interest": "Telematics"}
            for n in range(MORE)
        ]
        capture_leads(rows, by=Actor.system(), at=at)
        worker.drain(limit=200, at=at)
        with_many = queries(client, page)

        assert max(with_one, with_many) <= PAGES[path], f"{path} takes more than queries.golden.json says."
        assert with_many <= with_one + 1  # a first hit of a kind may load its titles
