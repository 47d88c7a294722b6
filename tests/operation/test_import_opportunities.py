"""A whole sales organization from its files: people and offices, accounts, products, 8,800 deals. Public data."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from throughline.cli import main
from throughline.core.refusals import Refusal
from throughline.platform.faults import Fault
from throughline.testing.suites import ROOT, suites

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from throughline.core.records.queries import Column

pytestmark = [pytest.mark.django_db, pytest.mark.suites]
HOWTO = ROOT / "docs" / "howto"


@pytest.fixture(scope="module")
def folder() -> Path:
    """Give the folder of the public files; loudly skipped where it is absent."""
    return suites() / "data" / "crm-opportunities"


def said(*words: str | Path) -> dict[str, Any]:
    """Run a command with ``--json`` and return what it printed."""
    out = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(out, "utf-8")) as text:
        assert main([*map(str, words), "--json"]) == 0
        text.flush()
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@contextmanager
def at_hand() -> Iterator[None]:
    """Stand in for the surroundings of a command: Django is set up, and this is its database."""
    try:
        yield
    except Refusal as refusal:
        raise Fault(refusal.message) from refusal


@pytest.fixture(scope="module")
def story(folder: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Any]]:
    """Give what the imports said, each in its turn; all of it is undone after the last test."""
    from throughline.core.access.operations import ship_roles
    from throughline.core.actor import Actor
    from throughline.crm.deals.operations import ship_pipeline

    at = datetime.now(UTC)
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("throughline.cli.import_records.product", at_hand)
        ship_roles(by=Actor.system(), at=at)
        ship_pipeline(by=Actor.system(), at=at)
        people = ("--mapping", HOWTO / "crm-opportunities-people.yaml")
        accounts = ("--mapping", HOWTO / "crm-opportunities-accounts.yaml")
        deals = ("--mapping", HOWTO / "crm-opportunities-deals.yaml")
        yield {
            "people": said("import", "person", folder / "sales_teams.csv", *people),
            "accounts": said("import", "organization", folder / "accounts.csv", *accounts),
            "products": said("import", "product", folder / "products.csv"),
            "deals": said("import", "deal", folder / "sales_pipeline.csv", *deals),
            "again": said("import", "deal", folder / "sales_pipeline.csv", *deals),
        }
        transaction.set_rollback(True)


@pytest.fixture
def unblocked(story: dict[str, Any], django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let a test ask the database of the story."""
    with django_db_blocker.unblock():
        yield


def columns_of(name: str) -> dict[str, Column]:
    """Return the board of deals as somebody sees it."""
    from throughline.core.identity.models import User
    from throughline.core.records import registry
    from throughline.core.records.queries import ListQuery, board

    user = User.objects.get(name=name)
    shown = board(spec=registry.get("deal"), user=user, query=ListQuery(), at=datetime.now(UTC), of=["amount"])
    return {column.label: column for column in shown}


def worth(column: Column) -> Decimal:
    """Return the sum of the amounts of a column, which are all in one currency."""
    return sum(column.totals["amount"].by_currency.values(), Decimal())


class TestImport:
    """What the commands say."""

    @pytest.mark.req("K1")
    def test_everybody_is_there_with_manager_and_office(self, story: dict[str, Any], unblocked: None) -> None:
        from throughline.core.identity.models import Team, User

        assert (story["people"]["created"], story["people"]["managers"]) == (41, 6)
        assert Team.objects.filter(parent=None).count() == 3
        anna = User.objects.get(name="Anna Snelling")
        assert [(team.name, team.parent and team.parent.name) for team in anna.teams.all()] == [
            ("Dustin Brinkmann", "Central")
        ]

    @pytest.mark.req("K1")
    def test_accounts_come_with_their_parents(self, story: dict[str, Any], unblocked: None) -> None:
        from throughline.crm.people.models import Organization

        assert (story["accounts"]["lines"], story["accounts"]["created"]) == (85, 85)
        codehow = Organization.objects.select_related("parent").get(name="Codehow")
        assert codehow.parent is not None
        assert codehow.parent.name == "Acme Corporation"
        assert codehow.parent.revenue == Decimal("1100040000.00")
        assert Organization.objects.exclude(parent=None).count() == 15

    @pytest.mark.req("K1")
    def test_deals_without_an_account_are_kept_and_reported(self, story: dict[str, Any]) -> None:
        report = story["deals"]

        assert (report["lines"], report["created"]) == (8800, 8800)
        assert [(remark["message"], len(remark["lines"])) for remark in report["warnings"]] == [
            ("Deal without organization.", 1425)
        ]

    @pytest.mark.req("K1")
    def test_the_same_file_again_changes_nothing(self, story: dict[str, Any]) -> None:
        assert (story["again"]["created"], story["again"]["existing"]) == (0, 8800)

    @pytest.mark.req("K1")
    def test_a_product_written_otherwise_is_refused_with_what_was_meant(
        self, story: dict[str, Any], unblocked: None, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        mapping = tmp_path / "deals.yaml"
        text = (HOWTO / "crm-opportunities-deals.yaml").read_text()
        mapping.write_text(text.replace("GTXPro: GTX Pro", "GTX-Pro: GTX Pro"))

        assert main(["import", "deal", str(folder / "sales_pipeline.csv"), "--mapping", str(mapping)]) == 2

        told = capsys.readouterr().err
        assert 'there is no product "GTXPro". Did you mean "GTX Pro"?' in told
        assert "values: {GTXPro: GTX Pro}" in told


class TestBoard:
    """What the imported deals add up to."""

    @pytest.mark.req("D1")
    def test_the_won_deals_are_worth_what_the_file_says(self, story: dict[str, Any], unblocked: None) -> None:
        from throughline.core.identity.models import Role, User

        user = User.objects.get(name="Dustin Brinkmann")
        user.roles.add(Role.objects.get(key="administrator"))
        shown = columns_of("Dustin Brinkmann")

        counts = {label: column.count for label, column in shown.items()}
        assert counts == {
            "Prospecting": 500,
            "Engaging": 1589,
            "Proposal": 0,
            "Negotiation": 0,
            "Won": 4238,
            "Lost": 2473,
        }
        assert worth(shown["Won"]) == Decimal(10_005_534)
        user.roles.remove(Role.objects.get(key="administrator"))

    @pytest.mark.req("L1")
    def test_an_agent_sees_the_deals_of_the_own_team_only(
        self, story: dict[str, Any], unblocked: None, folder: Path
    ) -> None:
        import csv

        with (folder / "sales_teams.csv").open(encoding="utf-8") as file:
            team = {row["sales_agent"] for row in csv.DictReader(file) if row["manager"] == "Dustin Brinkmann"}
        with (folder / "sales_pipeline.csv").open(encoding="utf-8") as file:
            won = [row for row in csv.DictReader(file) if row["deal_stage"] == "Won" and row["sales_agent"] in team]

        shown = columns_of("Anna Snelling")

        assert shown["Won"].count == len(won)
        assert worth(shown["Won"]) == Decimal(sum(int(row["close_value"]) for row in won))

    @pytest.mark.req("D1")
    def test_the_forecast_of_each_month_is_what_the_file_says_was_won_in_it(
        self, story: dict[str, Any], unblocked: None, folder: Path
    ) -> None:
        import csv

        from throughline.core.identity.models import Role, User
        from throughline.crm.forecast.queries import forecast
        from throughline.crm.forecast.rules import Period

        with (folder / "sales_pipeline.csv").open(encoding="utf-8") as file:
            won = [row for row in csv.DictReader(file) if row["deal_stage"] == "Won"]
        months: dict[date, Decimal] = {}
        for row in won:
            month = date.fromisoformat(row["close_date"]).replace(day=1)
            months[month] = months.get(month, Decimal()) + Decimal(row["close_value"])
        user = User.objects.get(name="Melvin Marxen")
        user.roles.add(Role.objects.get(key="administrator"))

        new_year = datetime(2018, 1, 2, 9, tzinfo=UTC)
        found = forecast(user=user, period=Period(date(2017, 1, 1), 12), at=new_year)

        assert {month: told.closed for month, told in found.months if told.closed} == months
        assert found.whole.told.closed == Decimal(10_005_534)
        user.roles.remove(Role.objects.get(key="administrator"))
