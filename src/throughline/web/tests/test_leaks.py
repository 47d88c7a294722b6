"""
Generated: every address of the product is asked by people who may not see Maya's work; none shows or counts it.

The records of Maya carry a word that stands nowhere else; answers are searched for it, and for the sums and numbers of
what carries it. A new page is asked without anybody thinking of it: its address is in the list of addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from throughline.core.actor import Actor
from throughline.core.procedures import worker
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.custom.operations import Wish, define_field, make_type
from throughline.core.records.operations import create_record, update_record
from throughline.core.records.spec import FieldType
from throughline.core.tests.cast import Cast
from throughline.crm.activities.operations import log_activity
from throughline.crm.deals import operations as deals
from throughline.crm.leads.capture import capture_lead
from throughline.web.records.present import slug
from throughline.web.tests.conftest import SignIn

SECRET = "Quetzalcoatl"
AMOUNT = "7654321"

NOT_PAGES = frozenset({"static", "accounts", "metrics", "health", "login", "logout", "__debug__", "media"})
"""First words of addresses that belong to other programs or show nothing of records."""


def addresses(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Give every address of the list of addresses, with ``<…>`` where something is chosen."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(each.pattern).lstrip("^")
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, here)
        elif isinstance(each, URLPattern):
            yield here


CHOSEN = re.compile(r"<(?:(\w+):)?(\w+)>")


def filled(address: str, ids: Mapping[str, int], kind: str) -> str | None:
    """Return an address with a record type and keys put in, None where it wants what there is not."""

    def value(match: re.Match[str]) -> str:
        converter, name = match.groups()
        if converter == "records":
            return slug(registry.get(kind))
        if converter == "int":
            return str(ids.get(kind, 1) if name == "record_id" else 1)
        return {"key": "call-first", "kind": kind, "name": "name", "form": "csv", "node": "call"}.get(name, "x")

    return "/" + CHOSEN.sub(value, address) if not re.search(r"[(\\^$|]", address) else None


PAGES = sorted({address for address in addresses() if address.partition("/")[0] not in NOT_PAGES})


@pytest.fixture
def secrets(cast: Cast, procedure: str, at: datetime) -> dict[str, int]:
    """Give Maya a lead with a case, its person, an organization, a deal, an activity and a record of an own type."""
    admin, maya = Actor.user(cast.admin), Actor.user(cast.maya)
    define_field(record_type="lead", wish=Wish(label="Codename", searched=True, in_list=True), by=admin, at=at)
    make_type(key="visit", label="Visit", plural="Visits", number_prefix="VIS", by=admin, at=at)
    wish = Wish(label="To", key="goal", type=FieldType.RECORD, to="lead")
    define_field(record_type="visit", wish=wish, by=admin, at=at)
    plans = (
        deals.StagePlan(name="Open", probability=50),
        deals.StagePlan(name="Won", kind="won", probability=100),
        deals.StagePlan(name="Lost", kind="lost"),
    )
    deals.save_pipeline(key="sales", name="Sales", plans=plans, by=Actor.user(cast.omar), at=at)
    lead = capture_lead(
        values={"name": f"Ada {SECRET}", "organization_name": SECRET, "codename": SECRET, "region": SECRET},
        by=maya,
        at=at,
    )
    update_record(spec=registry.get("lead"), record_id=lead.pk, values={"interest": SECRET}, by=maya, at=at)
    ids = {"lead": lead.pk, "contact": lead.contact_id or 0}
    for kind, values in (
        ("organization", {"name": SECRET}),
        ("deal", {"name": SECRET, "amount": AMOUNT}),
        ("visit", {"name": SECRET, "goal": lead.pk}),
    ):
        ids[kind] = create_record(spec=registry.get(kind), values=values, by=maya, at=at).pk
    about = [RecordRef("lead", lead.pk)]
    ids["activity"] = log_activity(kind="Call", subject=SECRET, body=SECRET, about=about, by=maya, at=at).pk
    worker.drain(limit=50, at=at)
    return ids


def shown(answer: Any) -> str:
    """Return the text of an answer, of a streamed one too."""
    parts = answer.streaming_content if answer.streaming else [answer.content]
    return b"".join(parts).decode(errors="replace")


IN_FULL = ("lead", "deal", "visit")
"""Types of which every address is asked; of the others the list, the page, and what goes out."""
IN_SHORT = ("<records:spec>/", "<records:spec>/<int:record_id>/", "<records:spec>/export/<slug:form>/")


def leaks(client: Client, pages: list[str], ids: Mapping[str, int]) -> list[str]:
    """Return the addresses whose answers tell the secret, or that fail."""
    client.raise_request_exception = False
    told = []
    for kind in ids:
        for page in pages if kind in IN_FULL else [page for page in pages if page in IN_SHORT]:
            address = filled(page, ids, kind)
            if address is None or ("<records:" not in page and kind != "lead"):
                continue
            for query in ("",) if "_id>" in page else ("", f"?q={SECRET.lower()}&group=owner&show=queue"):
                status, text = asked(client, address + query)
                if status >= 500:
                    told.append(f"{address}{query} fails")
                elif SECRET in text or AMOUNT in text:
                    told.append(f"{address}{query}")
    return told


def asked(client: Client, address: str) -> tuple[int, str]:
    """Return status and text of an answer; what broke the transaction breaks no other answer."""
    try:
        with transaction.atomic():
            answer = client.get(address)
            return answer.status_code, shown(answer).replace(",", "")
    except DatabaseError:
        return 500, ""


@pytest.mark.req("L1")
class TestNobodyElseIsTold:
    """Ines of another team, Hana of HR, and the intern of another team."""

    def test_the_secret_is_on_the_pages_of_who_may_see_it(
        self, cast: Cast, secrets: dict[str, int], sign_in: SignIn
    ) -> None:
        """The tests below would find it."""
        told = leaks(sign_in(cast.maya), [page for page in PAGES if page.startswith("<records:")], secrets)

        for kind, key in secrets.items():
            place = slug(registry.get(kind))
            assert f"/{place}/" in told, kind
            assert f"/{place}/{key}/" in told, kind

    @pytest.mark.parametrize("who", ["ines", "hana", "intern"])
    def test_no_page_tells(self, cast: Cast, secrets: dict[str, int], sign_in: SignIn, who: str) -> None:
        person = cast.ivo if who == "intern" else getattr(cast, who)
        if who == "intern":
            person.teams.set([cast.south])

        assert leaks(sign_in(person), PAGES, secrets) == []

    @pytest.mark.parametrize("who", ["ines", "hana"])
    def test_no_list_or_search_counts(self, cast: Cast, secrets: dict[str, int], sign_in: SignIn, who: str) -> None:
        client = sign_in(getattr(cast, who))

        for kind in secrets:
            spec = registry.get(kind)
            page = client.get(f"/{slug(spec)}/")
            assert page.status_code == 200, kind
            assert not re.search(r"1 of 1\b", shown(page)), kind


@pytest.mark.req("L1")
class TestHumanResources:
    """HR sees no forecast: no deal, no sum, no export of one, by any door."""

    def test_no_door_opens(self, cast: Cast, secrets: dict[str, int], sign_in: SignIn) -> None:
        hana, key = sign_in(cast.hana), secrets["deal"]

        assert hana.get(f"/deals/{key}/").status_code == 404
        for page in ("/deals/", "/deals/board/", "/deals/?group=stage", "/deals/?sort=-amount", "/deals/?amount=1"):
            text = shown(hana.get(page))
            assert SECRET not in text
            assert AMOUNT not in text.replace(",", "")
        for form in ("csv", "xlsx"):
            assert hana.get(f"/deals/export/{form}/").status_code in (403, 404)
        assert f"/deals/{key}/" not in shown(hana.get(f"/search/?q={SECRET}"))
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
    def test_deletes_no_record_of_the_team(
        self, cast: Cast, secrets: dict[str, int], sign_in: SignIn, kind: str
    ) -> None:
        self.try_to_delete(sign_in(cast.ivo), kind, secrets[kind])

    @pytest.mark.parametrize("kind", ["lead", "organization", "deal", "visit"])
    def test_deletes_not_even_an_own_record(
        self, cast: Cast, secrets: dict[str, int], sign_in: SignIn, at: datetime, kind: str
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

    def test_exports_nothing(self, cast: Cast, secrets: dict[str, int], sign_in: SignIn) -> None:
        assert sign_in(cast.ivo).get("/leads/export/csv/").status_code == 403
