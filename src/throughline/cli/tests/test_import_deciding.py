"""Lines that an import put aside: listed and decided by command, as on its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from throughline.cli import NO, OK, WRONG, main
from throughline.cli.tests.test_import_lines import KNOWN, Out, ada, bring, file, surroundings
from throughline.core.actor import Actor
from throughline.core.records.imports.models import Import
from throughline.core.records.imports.operations import decide_held
from throughline.core.refusals import Conflict, NotAllowed
from throughline.core.tests.cast import Cast
from throughline.crm.people.models import Contact

__all__ = ["ada", "file", "surroundings"]

pytestmark = pytest.mark.req("K1")


@pytest.fixture
def number(file: Path, ada: Contact, capsys: Out) -> str:
    """Give the number of an import of which the line about Ada waits; the one about Mei is in."""
    assert bring(file, KNOWN, "--policy", "ask") == NO
    capsys.readouterr()
    return str(Import.objects.get().pk)


class TestHeld:
    def test_is_listed_with_the_record_that_it_may_mean(self, number: str, ada: Contact, capsys: Out) -> None:
        assert main(["import", "held", number]) == OK

        assert capsys.readouterr().out == f"Line 2: Ada, King, ADA@x.org, Paris — {ada.number}, Ada Byron?\n"

    def test_is_told_as_json(self, number: str, ada: Contact, capsys: Out) -> None:
        assert main(["import", "held", number, "--json"]) == OK

        cells = {"First name": "Ada", "Last name": "King", "E-Mail": "ADA@x.org", "City": "Paris"}
        known = {"id": ada.pk, "number": ada.number, "title": "Ada Byron"}
        assert json.loads(capsys.readouterr().out) == {
            "import": int(number), "type": "contact", "held": [{"line": 2, "cells": cells, "known": known}]
        }  # fmt: skip

    def test_is_nobody_elses(self, number: str, capsys: Out) -> None:
        assert main(["import", "held", number, "--as", "ines@example.com"]) == WRONG

        assert capsys.readouterr().out == ""


class TestDecide:
    @pytest.mark.parametrize(
        ("policy", "people", "city", "counted"),
        [
            ("update", 2, "Paris", "1 created, 1 changed"),
            ("create", 3, "", "2 created, 0 changed"),
            ("skip", 2, "", "1 created, 0 changed"),
        ],
    )
    @pytest.mark.parametrize("lines", ["all", "2", "1-9"])
    def test_carries_the_lines_out(
        self,
        number: str,
        ada: Contact,
        capsys: Out,
        policy: str,
        people: int,
        city: str,
        counted: str,
        lines: str,
    ) -> None:
        assert main(["import", "decide", number, "--lines", lines, "--policy", policy]) == OK

        ada.refresh_from_db()
        assert (Contact.objects.count(), ada.city) == (people, city)
        assert counted in capsys.readouterr().out
        assert main(["import", "held", number]) == OK
        assert capsys.readouterr().err == f"Nothing waits for a decision in import {number}.\n"

    @pytest.mark.parametrize(
        ("lines", "said"),
        [
            ("3", "No decision is waited for on line 3. Look at what waits, and choose again."),
            ("2,x", "Lines are numbers as in 3,8-12, or all; “x” is none of these."),
            ("5-9", "No line of 5-9 waits for a decision."),
        ],
    )
    def test_refuses_lines_that_do_not_wait(self, number: str, capsys: Out, lines: str, said: str) -> None:
        assert main(["import", "decide", number, "--lines", lines, "--policy", "skip"]) == WRONG

        assert said in capsys.readouterr().err
        assert Import.objects.get().held == 1

    def test_is_refused_when_everything_is_decided(self, number: str, capsys: Out) -> None:
        assert main(["import", "decide", number, "--lines", "all", "--policy", "skip"]) == OK

        assert main(["import", "decide", number, "--lines", "all", "--policy", "skip"]) == WRONG
        assert "No line of this import waits for a decision." in capsys.readouterr().err

    def test_is_the_same_at_all_doors(self, number: str, cast: Cast, at: Any) -> None:
        decide_held(import_id=int(number), lines=[2], policy="skip", by=Actor.user(cast.admin), at=at)

        with pytest.raises(Conflict, match="No decision is waited for on line 2"):
            decide_held(import_id=int(number), lines=[2], policy="update", by=Actor.user(cast.admin), at=at)
        browser = Client()
        browser.force_login(cast.admin, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert browser.post(f"/imports/{number}/decision/", {"line": "2", "policy": "update"}).status_code == 409

    def test_is_for_who_may_import(self, file: Path, ada: Contact, cast: Cast, at: Any) -> None:
        bring(file, KNOWN, "--policy", "ask", "--as", "alma@example.com")
        made = Import.objects.get()
        cast.alma.roles.clear()

        with pytest.raises(NotAllowed):
            decide_held(import_id=made.pk, lines=[2], policy="update", by=Actor.user(cast.alma), at=at)
