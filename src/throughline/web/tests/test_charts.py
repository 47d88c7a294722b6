"""Pages of derived charts."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.queries import my_work
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import move_deal, ship_pipeline
from throughline.crm.deals.stages import stages
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.req("A2"), pytest.mark.django_db]


@pytest.fixture
def maya(cast: Cast, sign_in: SignIn, procedure: str, at: datetime) -> Client:
    """Maya's browser; a procedure runs, and deals have a pipeline."""
    ship_pipeline(by=Actor.user(cast.admin), at=at)
    return sign_in(cast.maya)


class TestCharts:
    """Charts on their pages."""

    def test_are_listed_with_procedures_and_pipelines(self, maya: Client) -> None:
        page = maya.get("/charts/").content.decode()

        assert "/procedures/call-first/charts/?level=1" in page
        assert "stages as a state machine" in page

    def test_lead_from_shapes_to_what_they_show(self, maya: Client) -> None:
        assert '<a href="/leads/">' in maya.get("/charts/types/").content.decode()
        assert maya.get("/charts/roles/").status_code == 200

    @pytest.mark.parametrize(
        ("to", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("drawio", b"<?xml")]
    )
    @pytest.mark.req("A4")
    def test_can_be_taken_along(self, maya: Client, to: str, begins: bytes) -> None:
        answer = maya.get(f"/procedures/call-first/charts/?level=0&as={to}")

        assert answer.content.startswith(begins)
        assert answer["Content-Disposition"].startswith("attachment")
        assert b"var(--" not in answer.content

    def test_show_the_data_flow_at_both_levels(self, maya: Client) -> None:
        outside = maya.get("/procedures/call-first/charts/?level=0").content.decode()
        inside = maya.get("/procedures/call-first/charts/").content.decode()

        assert "Customer" in outside
        assert "Make first contact" not in outside
        assert "Make first contact" in inside
        assert "Budget" in inside

    def test_tell_one_case_as_a_sequence(
        self, maya: Client, lead: Lead, sign_in: SignIn, cast: Cast, at: datetime
    ) -> None:
        (item,) = my_work(user=cast.maya, at=at)
        by = Actor.user(cast.maya)
        operations.complete_work_item(work_item_id=item.id, outcome="reached", answers={"note": "Yes."}, by=by, at=at)
        worker.drain(limit=50, at=at)

        page = maya.get(f"/charts/cases/lead/{lead.pk}/").content.decode()

        assert "Make first contact" in page
        assert "Maya Lin" in page
        assert sign_in(cast.ines).get(f"/charts/cases/lead/{lead.pk}/").status_code == 404


class TestPipelines:
    """Stages as states."""

    @pytest.mark.req("L1")
    def test_count_what_one_may_see(self, maya: Client, sign_in: SignIn, cast: Cast, at: datetime) -> None:
        spec, by = registry.get("deal"), Actor.user(cast.maya)
        first, second = stages().of(stages().main.key)[:2]
        deal = create_record(spec=spec, values={"name": "Boats", "amount": "100"}, by=by, at=at)
        move_deal(deal_id=deal.pk, stage=second.key, by=by, at=at)
        address = f"/charts/pipelines/{stages().main.key}/"

        assert f"<td>{second.name}</td><td>1</td>" in maya.get(address).content.decode()
        assert f"<td>{second.name}</td><td>1</td>" not in sign_in(cast.ines).get(address).content.decode()
        assert "1 deal" in maya.get(address).content.decode()
        assert "1 deal" not in sign_in(cast.ines).get(address).content.decode()
        assert first.name in maya.get(address).content.decode()

    def test_are_named_in_the_address(self, maya: Client) -> None:
        assert maya.get("/charts/pipelines/shoes/").status_code == 404


@pytest.mark.req("L1")
def test_classes_show_no_type_that_one_may_not_see(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.hana).get("/charts/types/").content.decode()

    seen = access.grants(cast.hana)
    hidden = [
        str(spec.label) for spec in registry.everything() if seen.scope(spec.type, access.VIEW) is access.Scope.NONE
    ]
    assert not [label for label in hidden if f">{label}<" in page]
