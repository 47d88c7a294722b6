"""Addresses of databases."""

from __future__ import annotations

import pytest

from throughline.platform.address import DatabaseAddress
from throughline.platform.faults import Fault


class TestParse:
    def test_reads_every_part(self) -> None:
        address = DatabaseAddress.parse("postgres://maya:p%40ss@db.example.com:5433/crm?sslmode=require")

        assert address == DatabaseAddress("crm", "db.example.com", 5433, "maya", "p@ss", (("sslmode", "require"),))

    @pytest.mark.parametrize(
        "url", ["", "crm", "mysql://db/crm", "postgres://db", "postgres://db/a/b", "postgres://db:port/crm"]
    )
    def test_refuses_what_is_no_address(self, url: str) -> None:
        with pytest.raises(Fault, match="must look like postgres://"):
            DatabaseAddress.parse(url)

    def test_never_shows_a_password(self) -> None:
        with pytest.raises(Fault) as refused:
            DatabaseAddress.parse("mysql://maya:secret@db/crm")

        assert "secret" not in str(refused.value)


class TestUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "postgres://maya:p%40s%2Fs@db.example.com:5433/crm?sslmode=require",
            "postgres://maya@[::1]:5432/crm",
            "postgres:///crm",
        ],
    )
    def test_is_what_was_read(self, url: str) -> None:
        assert DatabaseAddress.parse(url).url == url
