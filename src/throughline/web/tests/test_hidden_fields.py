"""
Generated: every page is asked by somebody who sees Maya's records but not all of their fields; none tells these.

Hidden are all sums of money and all ways to reach people. A page is asked without anybody thinking of it, since its
address is in the list of addresses.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.identity.models import User
from throughline.core.tests.cast import Cast
from throughline.web.tests import guarded
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.guarded import ADDRESS, AMOUNT, SECRET, Guarded
from throughline.web.tests.test_leaks import asked, every


@pytest.fixture
def secrets(cast: Cast, procedure: str, at: datetime) -> Guarded:
    """Give Maya something of everything."""
    return guarded.make(cast, at)


@pytest.fixture
def clerk(cast: Cast, secrets: Guarded, at: datetime) -> User:
    """Give Ivo, who sees, finds and exports what his team has, but no money and no address."""
    return guarded.without_money(cast, at)


@pytest.mark.req("L1")
class TestHiddenFields:
    """Of records that one sees."""

    def test_are_on_no_page(self, clerk: User, secrets: Guarded, sign_in: SignIn) -> None:
        client = sign_in(clerk)
        client.raise_request_exception = False

        told, seen = [], 0
        for page, address in every(secrets):
            others = [address.replace("/csv/", "/xlsx/")] if "/csv/" in address else []
            queries = ("",) if "_id>" in page else ("", f"?q={SECRET.lower()}&group=owner", "?group=stage")
            for asking in [f"{each}{query}" for each in (address, *others) for query in queries]:
                status, text = asked(client, "GET", asking)
                seen += SECRET in text
                if status >= 500:
                    told.append(f"{asking} fails")
                told += [f"{asking} tells {word}" for word in (AMOUNT, ADDRESS) if word in text]

        assert told == []
        assert seen > 50, "The pages would tell, since they are his to see."
