"""The public sales files through the wizard: values reconciled by what it suggests, totals right, all taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db.models import Sum

from throughline.core.actor import Actor
from throughline.core.identity import importing as people
from throughline.core.identity.models import User
from throughline.core.procedures.undoing import undo_import
from throughline.core.records import registry
from throughline.core.records.imports import operations, running
from throughline.core.records.imports.guessing import mapping_of, unknown_values
from throughline.core.records.imports.lines import Staged
from throughline.core.records.imports.models import Import
from throughline.core.records.imports.tables import read_table
from throughline.core.records.mapping import read_mapping
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.people.models import Organization
from throughline.testing.suites import ROOT, suites

pytestmark = [pytest.mark.django_db, pytest.mark.suites]
HOWTO = ROOT / "docs" / "howto"


@pytest.fixture
def at() -> datetime:
    """Give the instant of the test."""
    return datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def cast(db: None, at: datetime) -> Cast:
    """Give the people of the tests."""
    return assemble(at=at)


@pytest.fixture
def folder() -> Path:
    """Give the folder of the public files; loudly skipped where it is absent."""
    return suites() / "data" / "crm-opportunities"


def staged(path: Path, type_: str, by: Actor, at: datetime) -> Import:
    """Stage a file."""
    return operations.stage_file(spec=registry.get(type_), content=path.read_bytes(), file_name=path.name, by=by, at=at)


def carried_out(run: Import, by: Actor, at: datetime) -> Import:
    """Begin an import and let the worker finish it."""
    operations.begin_import(import_id=run.pk, by=by, at=at)
    while running.advance_imports(at=at):
        pass
    run.refresh_from_db()
    return run


def meant(run: Import, name: str, by: Actor, at: datetime, **more: Any) -> Import:
    """Say what a mapping of the guides says."""
    given = read_mapping((HOWTO / name).read_text()) if name else mapping_of(run.mapping)
    return operations.set_mapping(
        import_id=run.pk, mapping=msgspec.structs.replace(given, **more), policy="skip", by=by, at=at
    )


class TestWholeFiles:
    """8,800 deals, 85 accounts, 35 agents."""

    @pytest.mark.req("K1")
    def test_everything_comes_in_as_suggested_and_goes_as_one(self, cast: Cast, folder: Path, at: datetime) -> None:
        by = Actor.user(cast.admin)
        ship_pipeline(by=Actor.system(), at=at)
        table = read_table((folder / "sales_teams.csv").read_bytes())
        agents = [people.Person(name=row[0], manager=row[1], office=row[2]) for _, row in table.rows()]
        people.import_people(people=agents, domain="example.org", role="sales", by=by, at=at)
        accounts = staged(folder / "accounts.csv", "organization", by, at)
        carried_out(meant(accounts, "crm-opportunities-accounts.yaml", by, at), by, at)
        carried_out(staged(folder / "products.csv", "product", by, at), by, at)
        deals = staged(folder / "sales_pipeline.csv", "deal", by, at)
        guide = read_mapping((HOWTO / "crm-opportunities-deals.yaml").read_text())
        without = {
            name: {text: to for text, to in own.items() if text != "GTXPro"} for name, own in guide.values.items()
        }

        lines = [cells for _, cells in Staged(deals).rows()]
        unknown = unknown_values(
            registry.get("deal"), deals.header, lines, msgspec.structs.replace(guide, values=without)
        )
        assert [(each.text, each.meant) for each in unknown] == [("GTXPro", "GTX Pro")]
        said = {**without, "product": {"GTXPro": unknown[0].meant}}
        run = carried_out(meant(deals, "crm-opportunities-deals.yaml", by, at, values=said), by, at)

        assert (run.status, run.created, run.refused) == ("done", 8_800, 0)
        assert Organization.objects.count() == 85
        assert User.objects.filter(name__in=[agent.name for agent in agents]).count() == 35
        assert [(len(each["lines"])) for each in run.warnings] == [1_425]
        won = Deal.objects.filter(stage__kind="won").aggregate(value=Sum("amount"))
        assert won["value"] == Decimal(10_005_534)

        undo_import(import_id=run.pk, by=by, at=at + timedelta(days=1))

        assert not Deal.objects.filter(deleted_at=None).exists()
