"""The pages of a company of one's own in a real browser: people, teams, roles, variants, what is only watched, time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.e2e.looking import Mode, SignIn, complaints, seen_in, settled
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.identity.operations import save_calendar
from throughline.core.library.operations import bring_pack, install
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import ProcedureVersion
from throughline.core.procedures.operations.variants import make_variant
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import delete_records
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.activities.operations import log_activity
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.insight.dashboards.reports import Times, keep_report
from throughline.insight.errands import leases
from throughline.insight.simulation import computing
from throughline.insight.simulation.models import Experiment
from throughline.insight.simulation.operations import request_experiment
from throughline.packs import get_pack
from throughline.packs.archive import pack_bytes
from throughline.packs.reading import MANIFEST, read_pack
from throughline.web import moments
from throughline.web.tests.charts import CALL_FIRST

pytestmark = pytest.mark.django_db(transaction=True)

PACK = "demo-to-proposal"
END = b"</tl:workItem>"
PROOF = b"<tl:evidence event='activity.logged' where='activity.kind = \"Call\"' outcome='reached'/>"
OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
SCENARIO: dict[str, Any] = {
    "arrivals": {"distribution": "exponential", "mean": "PT30M"},
    "cases": 60,
    "replications": 2,
    "warm_up": 0.1,
    "seed": 1,
    "resources": {"sellers": {"amount": 1, "cost_per_hour": 40}},
    "tasks": {"call": {"duration": {"distribution": "exponential", "mean": "PT25M"}, "resource": "sellers"}},
}
PAGES = (
    "/settings/people/",
    "/settings/people/new/",
    "/settings/people/{maya}/",
    "/settings/teams/new/",
    "/settings/teams/{north}/",
    "/settings/teams/{north}/retirement/",
    "/settings/roles/",
    "/settings/roles/new/",
    "/settings/roles/sales/",
    "/quality/?kind=lead",
    "/procedures/call-first/variants/",
    "/procedures/call-first/variants/new/",
    "/procedures/call-first/segments/",
    "/procedures/call-first/offices/",
    "/procedures/call-first-vip/variant/",
    "/procedures/call-first-vip/publishing/",
    "/procedures/watched/variants/",
    "/procedures/watched/live/",
    "/leads/{lead}/",
    "/leads/bin/",
    "/insight/dashboards/shipped/sales/",
    "/procedures/call-first/charts/?view=stream",
    "/procedures/call-first/charts/?view=future",
    "/procedures/call-first/simulations/{experiment}/",
    "/library/demo-to-proposal/pull/",
)


@pytest.fixture
def company(transactional_db: None) -> dict[str, int]:
    """Give Maya's leads: one that somebody else called while a procedure watched, and one in the bin."""
    at = moments.now()
    cast = assemble(at=at)
    by, since = Actor.user(cast.admin), at - timedelta(days=2)
    ship_pipeline(by=by, at=since)
    _publish("call-first", "Call first", CALL_FIRST, by=by, at=since)
    watching = CALL_FIRST.replace(b'record="lead"', b'record="lead" watches="true"')
    watching = watching.replace(b'key="call-first"', b'key="watched"').replace(END, END + PROOF)
    _publish("watched", "Watched calls", watching, by=by, at=since)
    lead, binned = (
        capture_lead(values=values, by=Actor.user(cast.maya), at=since)
        for values in ({"name": "Ada Byron", "email": "ada@gmial.com", "region": "DACH"}, {"name": "Mei Lin"})
    )
    worker.drain(limit=50, at=since)
    about = [RecordRef("lead", lead.pk)]
    log_activity(kind="Call", subject="Said hello", about=about, by=Actor.user(cast.tom), at=at - timedelta(hours=3))
    delete_records(spec=registry.get("lead"), ids=[binned.pk], by=by, at=at)
    worker.drain(limit=50, at=at)
    _let_a_variant_wait(cast, at)
    _let_a_pull_wait(by, at)
    times = Times(every="week", day=1, hour=8, zone="UTC")
    receivers = [cast.admin.pk, cast.ines.pk]
    keep_report(receivers=receivers, times=times, shipped="sales", by=by, at=at)
    return {
        "maya": cast.maya.pk,
        "north": cast.north.pk,
        "lead": lead.pk,
        "binned": binned.pk,
        "admin": cast.admin.pk,
        "experiment": _simulate(by, at),
    }


def _publish(key: str, name: str, drawing: bytes, *, by: Actor, at: datetime) -> None:
    operations.create_procedure(key=key, name=name, record_type="lead", by=by, at=at)
    operations.save_draft(key=key, drawing=drawing, by=by, at=at)
    operations.publish(key=key, by=by, at=at)


def _let_a_variant_wait(cast: Cast, at: datetime) -> None:
    """Let a variant have another time for the call than its base, and then the base get a third."""
    by = Actor.user(cast.admin)
    rule = 'lead.region = "DACH"'
    make_variant(base="call-first", key="call-first-vip", name="VIP", rule=rule, by=by, at=at, owner_id=cast.omar.pk)
    for key, due in (("call-first-vip", "PT4H"), ("call-first", "PT12H")):
        latest = ProcedureVersion.objects.filter(procedure__key=key).latest("number")
        drawing = bpmn.write(edit.set_work(bpmn.read(bytes(latest.bpmn)), node="call", due=due))
        operations.save_draft(key=key, drawing=drawing, by=by, at=at)
        operations.publish(key=key, by=by, at=at)


def _let_a_pull_wait(by: Actor, at: datetime) -> None:
    """Install a pack, and bring a later version of it, in which a step has another name."""
    save_calendar(key="default", name="Office", zone="UTC", hours=OFFICE, holidays=[], by=by, at=at)
    install(key=PACK, by=by, at=at)
    pack = get_pack(PACK)
    files = {path: content for path, content in pack.files.items() if not path.startswith("scenarios/")}
    chart = files[f"{PACK}.bpmn"].replace(b'name="Tell the manager"', b'name="Alert the manager"')
    manifest = yaml.safe_dump({**yaml.safe_load(pack.files[MANIFEST]), "version": "1.1"}).encode()
    later = read_pack({**files, f"{PACK}.bpmn": chart, MANIFEST: manifest})
    bring_pack(content=pack_bytes(later), by=by, at=at)


def _simulate(by: Actor, at: datetime) -> int:
    """Have a small simulation computed and return its key."""
    request_experiment(procedure="call-first", version=1, name="As it is", scenario=SCENARIO, by=by, at=at)
    claimed = leases.claim(Experiment, at=at)
    assert claimed is not None
    computing.compute(claimed, clock=lambda: at + timedelta(seconds=5), wanted=lambda: True)
    return claimed.pk


@pytest.mark.req("M1")
class TestAccessibility:
    """WCAG 2.2 AA as far as axe can see, in light and dark and on a phone."""

    @pytest.mark.parametrize("mode", ["light", "dark", "phone"])
    def test_axe_finds_nothing(self, page: Page, company: dict[str, int], sign_in: SignIn, mode: Mode) -> None:
        sign_in(User.objects.get(pk=company["admin"]))
        seen_in(page, mode)
        found: dict[str, list[str]] = {}
        for path in PAGES:
            settled(page, path.format(**company))
            found[path] = complaints(page)

        assert found == {path: [] for path in PAGES}


@pytest.mark.req("M1")
class TestPhone:
    """More ways to look at something than a phone is wide."""

    def test_the_current_way_is_in_view(self, page: Page, company: dict[str, int], sign_in: SignIn) -> None:
        sign_in(User.objects.get(pk=company["admin"]))
        seen_in(page, "phone")

        settled(page, "/procedures/call-first/variants/")

        expect(page.locator(".switcher [aria-current]")).to_be_in_viewport()
