"""Whether somebody else's server will do."""

from __future__ import annotations

import socket

import pytest

from throughline.platform import server
from throughline.platform.address import DatabaseAddress
from throughline.platform.cluster import any_free_port
from throughline.platform.faults import Fault

pytestmark = pytest.mark.req("N1")


@pytest.fixture
def address(django_db_setup: None) -> DatabaseAddress:
    """The server of the tests."""
    from django.db import connection

    known = connection.settings_dict
    return DatabaseAddress(
        str(known["NAME"]), str(known["HOST"]), int(known["PORT"]), str(known["USER"]), str(known["PASSWORD"])
    )


class TestExamine:
    def test_is_content_with_a_good_one(self, address: DatabaseAddress) -> None:
        server.examine(address)

    def test_says_that_it_is_too_old(self, address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server, "OLDEST", 99)

        with pytest.raises(Fault, match=r"is PostgreSQL \d+.*but Throughline needs 99 or newer"):
            server.examine(address)

    def test_says_which_extension_is_missing(self, address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server, "EXTENSIONS", ("pg_trgm", "no_such_thing"))

        with pytest.raises(Fault, match="lacks the extension no_such_thing. Install it there"):
            server.examine(address)

    def test_says_that_nobody_answers(self) -> None:
        nobody = DatabaseAddress("crm", "127.0.0.1", any_free_port(), "maya", "secret")

        with pytest.raises(Fault, match="cannot be reached: .*refused") as refused:
            server.examine(nobody)

        assert "secret" not in str(refused.value)

    def test_says_that_the_database_is_not_there(self, address: DatabaseAddress) -> None:
        with pytest.raises(Fault, match='cannot be reached: database "no_such_base" does not exist'):
            server.examine(address.named("no_such_base"))

    def test_gives_up_on_a_server_that_says_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server, "CONNECT_SECONDS", 2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = DatabaseAddress("crm", "127.0.0.1", silent.getsockname()[1])

            with pytest.raises(Fault, match="cannot be reached: .*timeout"):
                server.examine(address)
