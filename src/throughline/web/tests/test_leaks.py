"""
Generated: every address is asked by people who may not see Maya's work; none shows, counts or changes it.

What is Maya's carries a word that stands nowhere else (``guarded``); answers are searched for it, and for the sums and
numbers of what carries it. A new page is asked without anybody thinking of it, since its address is in the list of
addresses; where it chooses something that ``guarded`` does not know yet, a test here fails until it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.web.records.present import slug
from throughline.web.tests import guarded
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.guarded import AMOUNT, PAGES, SECRET, Guarded, filled, text_of

IN_FULL = ("lead", "deal", "visit")
"""Types of which every address is asked; of the others the list, the page, and what goes out."""
IN_SHORT = ("<records:spec>/", "<records:spec>/<int:record_id>/", "<records:spec>/export/<slug:form>/")
ONE_TYPE: dict[str, str] = {"one_id": "contact", "view_id": "lead", "run_id": "lead"}
"""Parameters whose things are of one type."""


@pytest.fixture
def secrets(cast: Cast, procedure: str, at: datetime) -> Guarded:
    """Give Maya something of everything."""
    return guarded.make(cast, at)


def asked(client: Client, method: str, address: str) -> tuple[int, str]:
    """Return status and text of an answer; what broke the transaction breaks no other answer."""
    try:
        with transaction.atomic():
            answer = client.generic(method, address)
            return answer.status_code, text_of(answer)
    except DatabaseError:
        return 500, ""


def every(secrets: Guarded) -> Iterator[tuple[str, str]]:
    """Give every address with Maya's keys put in, and the page it is of: of types that stand for others in full."""
    for page in PAGES:
        if guarded.OF_ANY_TYPE not in page:
            yield page, filled(page, secrets, "lead")
            continue
        only = next((ONE_TYPE[name] for name in guarded.parameters(page) if name in ONE_TYPE), "")
        for kind in secrets.records:
            if kind == only or (not only and (kind in IN_FULL or page in IN_SHORT)):
                yield page, filled(page, secrets, kind)


def leaks(client: Client, secrets: Guarded) -> list[str]:
    """Return the addresses whose answers tell the secret, or that fail."""
    client.raise_request_exception = False
    told = []
    for page, address in every(secrets):
        others = [address.replace("/csv/", "/xlsx/")] if "/csv/" in address else []
        about_one = "_id>" in page
        queries = ("",) if about_one else ("", f"?q={SECRET.lower()}&group=owner&show=queue")
        for asking in [f"{each}{query}" for each in (address, *others) for query in queries]:
            status, text = asked(client, "GET", asking)
            if status >= 500:
                told.append(f"{asking} fails")
            elif SECRET in text or AMOUNT in text or (about_one and text.startswith("%PDF")):
                told.append(asking)
    return told


class TestAddresses:
    """The list of addresses, against what is known of them here."""

    def test_every_choice_in_an_address_is_known(self, secrets: Guarded) -> None:
        known = {"spec", "record_id", *secrets.named, *guarded.CONSTANTS, *guarded.OF_NOBODY}
        unknown = {
            page: missing
            for page in PAGES
            if (missing := [each for each in guarded.parameters(page) if each not in known])
        }

        assert unknown == {}, "Let guarded.make() give Maya one of these, so that the tests here ask for it."

    def test_what_is_maya_s_is_reached_by_them(self, cast: Cast, secrets: Guarded, sign_in: SignIn) -> None:
        """What answers nobody would tell nothing, whatever the tests below ask."""
        people = [sign_in(person) for person in (cast.maya, cast.omar, cast.admin)]
        nobody = []
        for page, address in every(secrets):
            if set(guarded.parameters(page)) & {"record_id", *secrets.named} and not any(
                status < 400 or status == 405 for status in (asked(each, "GET", address)[0] for each in people)
            ):
                nobody.append(address)

        assert "\n".join(nobody) == ""


@pytest.mark.req("L1")
class TestNobodyElseIsTold:
    """By no page, list, search, group, sum, export, chart, file or document."""

    def test_the_secret_is_on_the_pages_of_who_may_see_it(self, cast: Cast, secrets: Guarded, sign_in: SignIn) -> None:
        """The tests below would find it."""
        told = set(leaks(sign_in(cast.maya), secrets))

        for kind, key in secrets.records.items():
            place = slug(registry.get(kind))
            assert {f"/{place}/", f"/{place}/{key}/"} <= told, kind
        named = secrets.named
        wanted = {
            f"/files/{named['file_id']}/", f"/comments/{named['comment_id']}/", f"/leads/views/{named['view_id']}/",
            "/forecast/", "/at-hand/", "/procedures/call-first/cases/", "/loose-ends/",
        }  # fmt: skip
        assert wanted - told == set()

    @guarded.every_outsider
    def test_no_page_tells(self, outsider: User, secrets: Guarded, sign_in: SignIn) -> None:
        assert leaks(sign_in(outsider), secrets) == []

    @pytest.mark.parametrize("outsider", ["ines", "hana"], indirect=True)
    def test_no_list_or_search_counts(self, outsider: User, secrets: Guarded, sign_in: SignIn) -> None:
        client = sign_in(outsider)

        for kind in secrets.records:
            spec = registry.get(kind)
            page = client.get(f"/{slug(spec)}/")
            assert page.status_code == 200, kind
            assert not re.search(r"1 of 1\b", text_of(page)), kind

    @pytest.mark.parametrize("outsider", ["ines"], indirect=True)
    def test_no_door_changes_anything(self, outsider: User, secrets: Guarded, sign_in: SignIn) -> None:
        client, before = sign_in(outsider), guarded.state_of(secrets)
        client.raise_request_exception = False

        wrong = []
        for page, address in every(secrets):
            if page in OWN_DOORS:
                continue
            status, text = asked(client, "POST", address)
            if status >= 500 or SECRET in text:
                wrong.append((status, address))

        assert wrong == []
        assert guarded.state_of(secrets) == before


OWN_DOORS = frozenset({"sample-company/", "sample-company/end/"})
"""Doors that are not about any record, and slow to try."""


@pytest.mark.req("L1")
class TestHumanResources:
    """HR sees no forecast: no deal, no sum, no export of one, by any door."""

    def test_no_door_opens(self, cast: Cast, secrets: Guarded, sign_in: SignIn) -> None:
        hana, key = sign_in(cast.hana), secrets.records["deal"]

        assert hana.get(f"/deals/{key}/").status_code == 404
        for page in ("/deals/", "/deals/board/", "/deals/?group=stage", "/deals/?sort=-amount", "/deals/?amount=1"):
            text = text_of(hana.get(page))
            assert SECRET not in text
            assert AMOUNT not in text
        for form in ("csv", "xlsx"):
            assert hana.get(f"/deals/export/{form}/").status_code in (403, 404)
        assert f"/deals/{key}/" not in text_of(hana.get(f"/search/?q={SECRET}"))
        assert hana.post("/deals/new/", {"name": "X"}).status_code == 403

    def test_figures_of_deals_are_hidden_even_on_a_deal_of_ones_own(self, cast: Cast) -> None:
        from throughline.core import access

        rights = access.field_rights(cast.hana, registry.get("deal"))

        for name in ("amount", "probability", "expected_revenue", "forecast_category", "expected_close_on"):
            assert not rights.reads(name), name
        assert not access.allows(cast.hana, "forecast.see")


@pytest.mark.req("L1")
class TestIntern:
    """The intern of Maya's team sees her records and deletes none, by any door."""

    @pytest.mark.parametrize("kind", ["lead", "contact", "organization", "deal", "activity", "visit"])
    def test_deletes_no_record_of_the_team(self, cast: Cast, secrets: Guarded, sign_in: SignIn, kind: str) -> None:
        self.try_to_delete(sign_in(cast.ivo), kind, secrets.records[kind])

    @pytest.mark.parametrize("kind", ["lead", "organization", "deal", "visit"])
    def test_deletes_not_even_an_own_record(
        self, cast: Cast, secrets: Guarded, sign_in: SignIn, at: datetime, kind: str
    ) -> None:
        values = {"subject": "Own"} if kind == "lead" else {"name": "Own"}
        own = create_record(spec=registry.get(kind), values=values, by=Actor.user(cast.ivo), at=at)

        self.try_to_delete(sign_in(cast.ivo), kind, own.pk)

    @staticmethod
    def try_to_delete(ivo: Client, kind: str, key: int) -> None:
        """Try every door that puts records into the bin."""
        spec = registry.get(kind)
        place = f"/{slug(spec)}/"

        assert ivo.post(f"{place}{key}/bin/").status_code in (403, 404)
        ivo.post(f"{place}bulk/", {"record": [str(key)], "do": "delete"})

        assert spec.model._default_manager.get(pk=key).deleted_at is None

    def test_exports_nothing(self, cast: Cast, secrets: Guarded, sign_in: SignIn) -> None:
        assert sign_in(cast.ivo).get("/leads/export/csv/").status_code == 403
