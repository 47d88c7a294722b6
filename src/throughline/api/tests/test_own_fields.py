"""Fields, rules, types and gates of one's own hold for programs as for people."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.api.tests.conftest import Program
from throughline.core.access.operations import save_role
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.records import registry
from throughline.core.records.custom.operations import Wish, define_field, make_type, retire_field, set_rule
from throughline.core.records.operations import create_record
from throughline.core.records.spec import FieldType
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import StagePlan, save_pipeline
from throughline.crm.leads.models import Lead


@pytest.fixture
def admin(cast: Cast) -> Actor:
    """Who may define fields."""
    return Actor.user(cast.admin)


@pytest.fixture
def codename(admin: Actor, at: datetime) -> None:
    """Give leads a code name."""
    define_field(record_type="lead", wish=Wish(label="Codename"), by=admin, at=at)


@pytest.mark.req("K1", "J7")
@pytest.mark.usefixtures("codename")
class TestOwnField:
    """In what is written, read, asked for and described."""

    def test_is_written_read_and_asked_for(self, maya: Program, leads: list[Lead]) -> None:
        path = f"records/leads/{leads[0].pk}"

        assert maya.ask("PATCH", path, {"codename": "Falcon"}).json()["codename"] == "Falcon"
        made = maya.ask("POST", "records/leads", {"name": "Eve Adler", "codename": "Owl"})
        assert (made.status_code, made.json()["codename"]) == (201, "Owl")
        found = maya.get('records/leads?filter={"field":"codename","op":"is","value":"Falcon"}')
        assert [row["id"] for row in found["data"]] == [leads[0].pk]
        assert "codename" in maya.ask("GET", "openapi.json").content.decode()

    def test_is_held_to_its_rule(self, maya: Program, leads: list[Lead], admin: Actor, at: datetime) -> None:
        condition = 'lead.codename = null or not(contains(lead.codename, " "))'
        set_rule(
            record_type="lead",
            name="One word",
            condition=condition,
            message="A code name is one word.",
            field="codename",
            by=admin,
            at=at,
        )

        refused = maya.ask("PATCH", f"records/leads/{leads[0].pk}", {"codename": "Two words"})

        assert (refused.status_code, refused.json()["fields"]) == (422, {"codename": "A code name is one word."})

    @pytest.mark.req("L1")
    def test_is_hidden_from_the_programs_of_who_may_not_see_it(
        self, cast: Cast, maya: Program, leads: list[Lead], admin: Actor, at: datetime
    ) -> None:
        path = f"records/leads/{leads[0].pk}"
        maya.ask("PATCH", path, {"codename": "Falcon"})
        role = Role.objects.get(key="sales")
        fields = {**role.permissions.get("fields", {}), "lead": {"codename": "hidden"}}
        save_role(key="sales", name="Sales", permissions={**role.permissions, "fields": fields}, by=admin, at=at)

        assert "codename" not in maya.get(path)
        assert maya.ask("GET", "records/leads?sort=codename").status_code == 422
        assert maya.ask("PATCH", path, {"codename": "Owl"}).status_code in (403, 422)

    def test_is_gone_when_it_is_retired(self, maya: Program, leads: list[Lead], admin: Actor, at: datetime) -> None:
        path = f"records/leads/{leads[0].pk}"
        maya.ask("PATCH", path, {"codename": "Falcon"})
        retire_field(record_type="lead", key="codename", by=admin, at=at)

        assert "codename" not in maya.get(path)
        assert maya.ask("PATCH", path, {"codename": "Owl"}).status_code == 422


@pytest.mark.req("K1", "J7")
class TestOwnType:
    """Records of a type that was made here."""

    def test_are_made_listed_and_changed(self, cast: Cast, maya: Program, admin: Actor, at: datetime) -> None:
        make_type(key="visit", label="Visit", plural="Visits", number_prefix="VIS", by=admin, at=at)
        define_field(record_type="visit", wish=Wish(label="Cost", type=FieldType.MONEY), by=admin, at=at)

        made = maya.ask("POST", "records/visit", {"name": "Works", "cost": "12.50"})
        assert made.status_code == 201
        path = made["Location"].removeprefix("/api/v1/")
        assert maya.ask("PATCH", path, {"cost": "13"}).status_code == 200
        assert [row["name"] for row in maya.get("records/visit")["data"]] == ["Works"]


@pytest.mark.req("D1", "J7")
class TestGate:
    """A stage that asks for something asks programs, too."""

    def test_holds(self, cast: Cast, maya: Program, at: datetime) -> None:
        plans = (
            StagePlan(name="Qualified", probability=10),
            StagePlan(name="Proposal", probability=50, required_fields=("amount",)),
            StagePlan(name="Won", kind="won", probability=100),
            StagePlan(name="Lost", kind="lost"),
        )
        save_pipeline(key="sales", name="Sales", plans=plans, by=Actor.user(cast.omar), at=at)
        deal = create_record(spec=registry.get("deal"), values={"name": "Two"}, by=Actor.user(cast.maya), at=at)
        path = f"records/deals/{deal.pk}"

        refused = maya.ask("PATCH", path, {"stage": "sales.proposal"})
        assert refused.status_code == 422
        assert list(refused.json()["fields"]) == ["amount"]
        early = maya.ask("POST", "records/deals", {"name": "Early", "stage": "sales.proposal"})
        assert (early.status_code, Deal.objects.count()) == (422, 1)
        wish = {"change": [{"id": deal.pk, "values": {"stage": "sales.proposal"}}]}
        assert maya.ask("POST", "records/deals/many", wish).status_code == 422
        assert Deal.objects.get().stage_id == "sales.qualified"

        assert maya.ask("PATCH", path, {"stage": "sales.proposal", "amount": "10"}).status_code == 200
        assert Deal.objects.get().stage_id == "sales.proposal"
