"""The library: packs are brought, bound, installed, pulled again and removed, each as one operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import yaml

from throughline.core.actor import Actor
from throughline.core.identity.operations import create_role
from throughline.core.journal.models import Entry
from throughline.core.library import operations as library
from throughline.core.library import queries
from throughline.core.library.models import BroughtPack, InstalledPack, InstalledPart
from throughline.core.procedures import operations
from throughline.core.procedures.models import KeptTest, Procedure, ProcedureVersion
from throughline.core.records import registry
from throughline.core.records.custom.models import CustomField
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.crm.deals.models import Pipeline, PriceBook, Product, Stage
from throughline.crm.deals.operations import ship_pipeline
from throughline.flow import bpmn
from throughline.insight.dashboards.models import Dashboard
from throughline.insight.kpis.models import Goal
from throughline.packs import Pack, get_pack
from throughline.packs.archive import pack_bytes
from throughline.packs.binding import Binding, bound_members
from throughline.packs.needs import needs_of
from throughline.packs.reading import MANIFEST, read_pack

from .conftest import Desk

KEY = "demo-to-proposal"


def changed(pack: Pack, files: Mapping[str, bytes] | None = None, **members: object) -> Pack:
    """Return a further version of a pack."""
    manifest = {**yaml.safe_load(pack.files[MANIFEST]), **members}
    return read_pack({**pack.files, **(files or {}), MANIFEST: yaml.safe_dump(manifest).encode()})


def renamed(chart: bytes, before: str, after: str) -> bytes:
    assert before.encode() in chart
    return chart.replace(before.encode(), after.encode())


def published(key: str) -> ProcedureVersion:
    return ProcedureVersion.objects.get(procedure__key=key, status="published")


@pytest.fixture
def news() -> bytes:
    """Give the file of version 1.1 of a pack, in which a step has another name and another one a longer time."""
    pack = get_pack(KEY)
    chart = renamed(pack.procedures[0].chart, 'name="Tell the manager"', 'name="Alert the manager"')
    chart = renamed(chart, "P7D</bpmn:timeDuration>", "P5D</bpmn:timeDuration>")
    without = {path: each for path, each in pack.files.items() if not path.startswith("scenarios/")}
    return pack_bytes(changed(replace(pack, files=without), {f"{KEY}.bpmn": chart}, version="1.1"))


@pytest.mark.django_db
@pytest.mark.req("A7")
class TestInstalling:
    def test_a_pack_is_installed_bound_and_live_in_one_operation(self, desk: Desk) -> None:
        create_role(key="vertrieb", name="Vertrieb", permissions={}, by=desk.admin, at=desk.now)
        binding = Binding(roles={"sales": "vertrieb"}, answers={"signature": "Eva Graz"})

        installed = library.install(key="lead-capture", binding=binding, by=desk.admin, at=desk.now)

        version = published("lead-capture")
        assert needs_of(bytes(version.bpmn)).roles == ("manager", "vertrieb")
        assert b"Eva Graz" in bytes(version.bpmn)
        assert version.procedure.owner == desk.cast.admin
        assert str(version.procedure.review_on) == "2026-07-02"
        assert installed.waiting == {}
        assert Entry.objects.filter(event="pack.installed").count() == 1
        assert Goal.objects.get().kpi == "contacted-in-time"

    def test_scenarios_that_hold_here_become_its_test_cases(self, desk: Desk) -> None:
        library.install(key=KEY, by=desk.admin, at=desk.now)

        assert KeptTest.objects.filter(procedure__key=KEY, origin="shipped").count() == 3

    def test_what_waits_stays_a_draft_and_publishing_says_for_what(self, desk: Desk) -> None:
        installed = library.install(key="ticket-handling", by=desk.admin, at=desk.now)

        assert installed.waiting == {"ticket-handling": ("surveys", "tickets")}
        with pytest.raises(Refusal) as refused:
            operations.publish(key="ticket-handling", by=desk.admin, at=desk.now)
        assert refused.value.code == "waits"
        assert refused.value.message.startswith(
            "“Ticket handling with 48-hour escalation” cannot go live yet: it waits for surveys and tickets ("
        )

    def test_a_pack_that_cannot_be_brought_in_leaves_nothing(self, desk: Desk) -> None:
        pack = get_pack("consulting")
        broken = [{"key": "bad", "name": "Bad", "prices": [{"code": "NONE", "amount": "1"}]}]
        library.bring_pack(content=pack_bytes(changed(pack, price_books=broken)), by=desk.admin, at=desk.now)

        with pytest.raises(Refusal, match="no such product"):
            library.install(key="consulting", by=desk.admin, at=desk.now)

        assert not Procedure.objects.exists()
        assert not InstalledPack.objects.exists()
        assert not Pipeline.objects.filter(key="consulting").exists()

    def test_a_binding_to_what_is_not_here_is_refused_by_name(self, desk: Desk) -> None:
        with pytest.raises(Refusal, match="Choose which role “sales” is here"):
            library.install(key=KEY, binding=Binding(roles={"sales": "ghosts"}), by=desk.admin, at=desk.now)

    def test_a_pack_is_installed_once(self, desk: Desk) -> None:
        library.install(key=KEY, by=desk.admin, at=desk.now)

        with pytest.raises(Refusal, match="is installed already"):
            library.install(key=KEY, by=desk.admin, at=desk.now)

    def test_who_may_not_publish_installs_nothing(self, desk: Desk) -> None:
        with pytest.raises(NotAllowed):
            library.install(key=KEY, by=Actor.user(desk.cast.maya), at=desk.now)

        assert not Procedure.objects.exists()

    def test_a_procedure_that_is_there_stays_as_it_is(self, desk: Desk) -> None:
        library.install(key=KEY, by=desk.admin, at=desk.now)
        InstalledPack.objects.all().delete()
        before = published(KEY).pk

        library.install(key=KEY, by=desk.admin, at=desk.now)

        assert published(KEY).pk == before
        assert InstalledPart.objects.get(kind="procedure").was_there

    def test_what_starts_at_the_same_event_is_told(self, desk: Desk) -> None:
        library.install(key="lead-to-deal", by=desk.admin, at=desk.now)

        assert queries.clashes(get_pack("lead-capture")) == [
            ("Lead capture and routing", "lead.captured", "Lead to deal")
        ]


@pytest.mark.django_db
@pytest.mark.req("A7")
class TestStarters:
    @pytest.mark.parametrize("key", ["saas", "online-shop", "local-shop", "consulting", "b2b-accounts"])
    def test_a_starter_pack_brings_all_that_a_company_begins_with(self, desk: Desk, key: str) -> None:
        pack = get_pack(key)

        library.install(key=key, by=desk.admin, at=desk.now)

        assert set(InstalledPack.objects.values_list("key", flat=True)) == {key, *pack.includes}
        [pipeline] = pack.listed["pipelines"]
        stages = Pipeline.objects.get(key=pipeline["key"]).stages.order_by("position").values_list("name", flat=True)
        assert list(stages) == [stage["name"] for stage in pipeline["stages"]]
        codes = set(Product.objects.values_list("code", flat=True))
        assert {product["code"] for product in pack.listed["products"]} <= codes
        [book] = pack.listed["price_books"]
        assert PriceBook.objects.get(key=book["key"]).prices.count() == len(book["prices"])
        assert {goal["kpi"] for goal in pack.listed["goals"]} <= set(Goal.objects.values_list("kpi", flat=True))
        assert ProcedureVersion.objects.filter(status="published").exists()

    def test_a_program_without_a_person_names_who_looks_after_it(self, desk: Desk) -> None:
        with pytest.raises(Refusal, match="Say who looks after the pack"):
            library.install(key="consulting", by=Actor.system(), at=desk.now)

        library.install(key="consulting", by=Actor.system(), at=desk.now, owner_id=desk.cast.admin.pk)

        assert Goal.objects.filter(owner=desk.cast.admin).exists()


@pytest.mark.django_db
@pytest.mark.req("A7")
class TestBringing:
    def test_a_file_stands_on_the_shelf_before_the_product_s_own(self, desk: Desk, news: bytes) -> None:
        library.bring_pack(content=news, by=desk.admin, at=desk.now)

        shelved = queries.on_shelf(KEY)
        assert (shelved.pack.version, shelved.brought) == ("1.1", True)

    def test_discarding_shows_the_product_s_own_again(self, desk: Desk, news: bytes) -> None:
        library.bring_pack(content=news, by=desk.admin, at=desk.now)

        library.discard_pack(key=KEY, by=desk.admin, at=desk.now)

        assert queries.on_shelf(KEY).pack.version == "1.0"
        with pytest.raises(NotFound):
            library.discard_pack(key=KEY, by=desk.admin, at=desk.now)

    def test_a_file_whose_scenario_fails_is_refused(self, desk: Desk) -> None:
        pack = get_pack(KEY)
        path = "scenarios/no-interest-after-all.yaml"
        files = {**pack.files, path: pack.files[path].replace(b"> Lost", b"> Won")}

        with pytest.raises(Refusal, match="not sound. no-interest-after-all: "):
            library.bring_pack(content=pack_bytes(read_pack(files)), by=desk.admin, at=desk.now)

        assert not BroughtPack.objects.exists()

    def test_what_is_no_pack_is_refused(self, desk: Desk) -> None:
        with pytest.raises(Refusal, match="The file is no pack"):
            library.bring_pack(content=b"nothing", by=desk.admin, at=desk.now)


@pytest.mark.django_db
@pytest.mark.req("A7", "A5")
class TestPulling:
    def install(self, desk: Desk, news: bytes) -> None:
        library.install(key=KEY, by=desk.admin, at=desk.now)
        KeptTest.objects.all().delete()
        library.bring_pack(content=news, by=desk.admin, at=desk.now)

    def own(self, desk: Desk, before: str, after: str) -> None:
        drawing = renamed(bytes(published(KEY).bpmn), before, after)
        operations.save_draft(key=KEY, drawing=drawing, by=desk.admin, at=desk.now)
        operations.publish(key=KEY, by=desk.admin, at=desk.now)

    def names(self) -> dict[str, str]:
        drawing = queries.drawing_here(KEY)
        assert drawing is not None
        [process] = bpmn.read(drawing).processes
        return {node.id: node.name for node in process.nodes}

    def test_changes_of_the_origin_come_as_a_draft(self, desk: Desk, news: bytes) -> None:
        self.install(desk, news)

        installed = library.pull(key=KEY, by=desk.admin, at=desk.now)

        assert (installed.version, self.names()["tell"]) == ("1.1", "Alert the manager")
        assert published(KEY).number == 1
        assert ProcedureVersion.objects.filter(procedure__key=KEY, status="draft").exists()
        assert not queries.on_shelf(KEY).has_news

    def test_own_changes_elsewhere_stay(self, desk: Desk, news: bytes) -> None:
        self.install(desk, news)
        self.own(desk, 'name="Write down what they asked for"', 'name="Write it down"')

        library.pull(key=KEY, by=desk.admin, at=desk.now)

        names = self.names()
        assert (names["tell"], names["note"]) == ("Alert the manager", "Write it down")
        assert operations.publish(key=KEY, by=desk.admin, at=desk.now).version.number == 3

    @pytest.mark.parametrize(("decision", "name"), [("ours", "Tell Omar"), ("theirs", "Alert the manager")])
    def test_a_conflict_is_decided_by_whoever_pulls(self, desk: Desk, news: bytes, decision: str, name: str) -> None:
        self.install(desk, news)
        self.own(desk, 'name="Tell the manager"', 'name="Tell Omar"')

        [found] = library.pulling(key=KEY).procedures
        library.pull(key=KEY, by=desk.admin, at=desk.now, decided={f"{KEY}:tell": decision})

        assert [(clash.id, clash.label) for clash in found.merged.clashes] == [("tell", "Alert the manager")]
        assert self.names()["tell"] == name
        assert b"P5D</bpmn:timeDuration>" in (queries.drawing_here(KEY) or b"")
        assert Entry.objects.get(event="pack.pulled").data["conflicts"] == {f"{KEY}:tell": decision}

    def test_without_news_there_is_nothing_to_pull(self, desk: Desk) -> None:
        library.install(key=KEY, by=desk.admin, at=desk.now)

        with pytest.raises(Refusal, match="has not changed where it comes from"):
            library.pull(key=KEY, by=desk.admin, at=desk.now)

    def test_a_table_that_was_changed_here_is_kept_unless_said(self, desk: Desk) -> None:
        pack = get_pack("renewal")
        model = renamed(pack.decisions[0].model, "They have outgrown what they have.", "They need more.")
        cleaned = {path: each for path, each in pack.files.items() if not path.startswith("scenarios/")}
        library.install(key="renewal", by=desk.admin, at=desk.now)
        own = renamed(pack.decisions[0].model, "As it is, for another term.", "As it is.")
        operations.save_decision_draft(key="renewal-offer", model=own, by=desk.admin, at=desk.now)
        operations.publish_decision(key="renewal-offer", by=desk.admin, at=desk.now)
        later = changed(replace(pack, files=cleaned), {"renewal-offer.dmn": model}, version="2.0")
        library.bring_pack(content=pack_bytes(later), by=desk.admin, at=desk.now)

        [table] = library.pulling(key="renewal").tables
        library.pull(key="renewal", by=desk.admin, at=desk.now)

        assert table.is_clash
        assert library._table_here("renewal-offer") == own


LISTS: dict[str, list[dict[str, Any]]] = {
    "fields": [{"record": "deal", "key": "site_visits", "label": "Visits on site", "type": "integer"}],
    "pipelines": [{"key": "projects", "name": "Projects", "stages": [
        {"name": "Idea", "probability": 10}, {"name": "Won", "probability": 100, "kind": "won"},
        {"name": "Lost", "probability": 0, "kind": "lost"}]}],
    "products": [{"code": "DAY", "name": "Day", "price": "1000"}],
    "price_books": [{"key": "friends", "name": "Friends", "prices": [{"code": "DAY", "amount": "900"}]}],
    "goals": [{"kpi": "closed-win-rate", "period": "this_quarter", "target": "0.4"}],
    "dashboards": [{"name": "Projects", "tiles": [{"kind": "number", "kpi": "closed-win-rate"}]}],
}  # fmt: skip


def listing(version: str, **lists: object) -> bytes:
    """Return the file of a version of a pack that brings nothing but lists."""
    manifest = {"format": 1, "key": "projects", "name": "Projects", "summary": "Lists", "version": version}
    return pack_bytes(read_pack({MANIFEST: yaml.safe_dump({**manifest, **LISTS, **lists}).encode()}))


@pytest.mark.django_db
@pytest.mark.req("A7")
class TestPullingLists:
    """Fields, pipelines, products, prices, goals and dashboards follow where they come from."""

    @pytest.fixture
    def installed(self, desk: Desk) -> Desk:
        """Give a desk at which version 1.0 of the lists is installed."""
        ship_pipeline(by=Actor.system(), at=desk.now)
        library.bring_pack(content=listing("1.0"), by=desk.admin, at=desk.now)
        library.install(key="projects", by=desk.admin, at=desk.now)
        return desk

    def pull(self, desk: Desk, decided: dict[str, str] | None = None, **lists: object) -> None:
        library.bring_pack(content=listing("1.1", **lists), by=desk.admin, at=desk.now)
        library.pull(key="projects", by=desk.admin, at=desk.now, decided=decided)

    def stands(self) -> tuple[object, ...]:
        return (
            CustomField.objects.get(record_type="deal", key="site_visits").label,
            [stage.name for stage in Stage.objects.filter(pipeline__key="projects", retired_at=None)],
            Product.objects.get(code="DAY").price,
            [price.amount for price in PriceBook.objects.get(key="friends").prices.all()],
            Goal.objects.get(kpi="closed-win-rate").target,
            [tile["kpi"] for tile in Dashboard.objects.get(name="Projects").tiles],
        )

    def test_installing_brings_them_all(self, installed: Desk) -> None:
        assert self.stands() == (
            "Visits on site", ["Idea", "Won", "Lost"], 1000, [900], Decimal("0.4"), ["closed-win-rate"],
        )  # fmt: skip
        assert library.remove(key="projects", by=installed.admin, at=installed.now).gone
        assert CustomField.objects.get(key="site_visits").retired_at is not None

    def test_what_changed_there_changes_here_and_is_taken_back(self, installed: Desk) -> None:
        before = self.stands()
        stages = [{"name": "Offer", "probability": 50}, *LISTS["pipelines"][0]["stages"]]
        self.pull(
            installed,
            fields=[{**LISTS["fields"][0], "label": "Site visits"}],
            pipelines=[{"key": "projects", "name": "Projects", "stages": stages}],
            products=[{"code": "DAY", "name": "Day", "price": "1100"}, {"code": "KIT", "name": "Kit", "price": "5"}],
            price_books=[{"key": "friends", "name": "Friends", "prices": [{"code": "DAY", "amount": "990"}]}],
            goals=[{"kpi": "closed-win-rate", "period": "this_quarter", "target": "0.5"}],
            dashboards=[{"name": "Projects", "tiles": [{"kind": "number", "kpi": "sales-cycle"}]}],
        )

        assert self.stands() == (
            "Site visits", ["Offer", "Idea", "Won", "Lost"], 1100, [990], Decimal("0.5"), ["sales-cycle"],
        )  # fmt: skip
        assert Product.objects.filter(code="KIT").exists()

        installed_pack = library.take_pull_back(key="projects", by=installed.admin, at=installed.now)

        assert self.stands() == before
        assert installed_pack.version == "1.0"
        assert queries.on_shelf("projects").has_news
        assert Entry.objects.get(event="pack.pull_taken_back").data["taken_back"] == "1.1"
        with pytest.raises(NotFound):
            library.take_pull_back(key="projects", by=installed.admin, at=installed.now)

    def test_what_was_changed_here_stays_unless_said(self, installed: Desk) -> None:
        Product.objects.update(price=Decimal(1234))
        raised = [{"code": "DAY", "name": "Day", "price": "1100"}]

        self.pull(installed, products=raised)

        assert Product.objects.get(code="DAY").price == 1234

    def test_theirs_is_taken_where_that_is_said(self, installed: Desk) -> None:
        Product.objects.update(price=Decimal(1234))
        library.bring_pack(
            content=listing("1.1", products=[{"code": "DAY", "name": "Day", "price": "1100"}]),
            by=installed.admin,
            at=installed.now,
        )

        [found] = library.pulling(key="projects").listed
        library.pull(key="projects", by=installed.admin, at=installed.now, decided={found.unit: "theirs"})

        assert (found.unit, found.is_clash) == ("products:DAY", True)
        assert Product.objects.get(code="DAY").price == 1100

    def test_what_was_changed_after_a_pull_keeps_it_from_being_taken_back(self, installed: Desk) -> None:
        self.pull(installed, products=[{"code": "DAY", "name": "Day", "price": "1100"}])
        Product.objects.update(price=Decimal(1300))

        with pytest.raises(Conflict, match="was changed since"):
            library.take_pull_back(key="projects", by=installed.admin, at=installed.now)

        assert Product.objects.get(code="DAY").price == 1300

    def test_a_field_that_the_procedures_read_is_there_before_them(self, desk: Desk) -> None:
        pack = get_pack(KEY)
        later = changed(pack, fields=LISTS["fields"], key="own-demo", version="1.0")
        library.bring_pack(content=pack_bytes(later), by=desk.admin, at=desk.now)

        library.install(key="own-demo", by=desk.admin, at=desk.now)

        assert registry.get("deal").by_name["site_visits"].custom

    @pytest.mark.parametrize(
        ("lists", "said"),
        [
            ({"fields": [{"record": "ghost", "key": "a", "label": "A"}]}, "is no record type here"),
            ({"fields": [{"record": "deal", "key": "a", "label": "A", "type": "mood"}]}, "of no kind"),
            ({"fields": [{"record": "deal", "key": "a"}]}, "lacks its label"),
            ({"dashboards": [{"tiles": []}]}, "lacks its name"),
            ({"dashboards": [{"name": "D", "tiles": [{"kind": "pie"}]}]}, "a tile that is none"),
        ],
    )
    def test_what_cannot_be_brought_is_one_sentence(self, desk: Desk, lists: dict[str, object], said: str) -> None:
        library.bring_pack(content=listing("1.0", **lists), by=desk.admin, at=desk.now)

        with pytest.raises(Refusal, match=said):
            library.install(key="projects", by=desk.admin, at=desk.now)


@pytest.mark.django_db
@pytest.mark.req("A7", "A5")
class TestTakingBack:
    """A pull of drawings and tables."""

    def test_the_draft_that_stood_there_is_back(self, desk: Desk, news: bytes) -> None:
        library.install(key=KEY, by=desk.admin, at=desk.now)
        library.bring_pack(content=news, by=desk.admin, at=desk.now)
        tests = set(KeptTest.objects.values_list("name", flat=True))

        library.pull(key=KEY, by=desk.admin, at=desk.now)
        assert not KeptTest.objects.exists()
        library.take_pull_back(key=KEY, by=desk.admin, at=desk.now)

        assert not ProcedureVersion.objects.filter(status="draft").exists()
        assert set(KeptTest.objects.values_list("name", flat=True)) == tests
        assert [each.changes for each in library.pulling(key=KEY).procedures] == [True]

    def test_a_draft_that_was_published_stays(self, desk: Desk, news: bytes) -> None:
        library.install(key=KEY, by=desk.admin, at=desk.now)
        library.bring_pack(content=news, by=desk.admin, at=desk.now)
        library.pull(key=KEY, by=desk.admin, at=desk.now)
        operations.publish(key=KEY, by=desk.admin, at=desk.now)

        with pytest.raises(Conflict, match="was changed or published since"):
            library.take_pull_back(key=KEY, by=desk.admin, at=desk.now)

    def test_a_procedure_and_a_table_that_came_new_go_again(self, desk: Desk) -> None:
        renewal = get_pack("renewal")
        with_more = changed(
            get_pack(KEY),
            {path: each for path, each in renewal.files.items() if path.endswith((".bpmn", ".dmn"))},
            version="1.2",
            procedures=[
                *yaml.safe_load(get_pack(KEY).files[MANIFEST])["procedures"],
                *yaml.safe_load(renewal.files[MANIFEST])["procedures"],
            ],
            decisions=yaml.safe_load(renewal.files[MANIFEST])["decisions"],
        )
        library.install(key=KEY, by=desk.admin, at=desk.now)
        library.bring_pack(content=pack_bytes(with_more), by=desk.admin, at=desk.now)

        library.pull(key=KEY, by=desk.admin, at=desk.now)
        assert Procedure.objects.filter(key="renewal").exists()
        library.take_pull_back(key=KEY, by=desk.admin, at=desk.now)

        assert not Procedure.objects.filter(key="renewal").exists()


@pytest.mark.django_db
@pytest.mark.req("A7", "A12")
class TestProvingBefore:
    """Test cases run before what is installed goes live."""

    def test_one_that_fails_here_keeps_the_pack_out(self, desk: Desk) -> None:
        pack = get_pack(KEY)
        broken = replace(
            pack,
            scenarios=tuple(
                replace(each, members={**each.members, "expect": {"trace": "Nothing > at all"}})
                for each in pack.scenarios[:1]
            ),
        )
        tests = library._tests_of(broken, {KEY: pack.procedures[0].chart}, Binding())

        with pytest.raises(Refusal) as refused:
            library._require_passing(broken, {KEY: pack.procedures[0].chart}, tests, set())

        assert refused.value.code == "tests_fail"

    def test_scenarios_speak_of_what_the_names_mean_here(self, desk: Desk) -> None:
        pack = get_pack("lead-capture")
        binding = Binding(calendars={"default": "berlin"}, fields={"lead.region": "area"}, answers={"signature": "Eva"})
        procedure = pack.procedures[0]
        members = {
            "variables": {"lead": {"region": "EU", "name": "A"}},
            "calendars": {"default": {}},
            "note": ["[[signature]]"],
        }

        bound = bound_members(members, procedure.record, binding, {"signature": "Eva"})

        assert bound == {
            "variables": {"lead": {"area": "EU", "name": "A"}}, "calendars": {"berlin": {}}, "note": ["Eva"],
        }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.req("A7")
class TestRemoving:
    def test_what_ran_is_retired_and_what_was_only_a_draft_goes(self, desk: Desk) -> None:
        library.install(key="lead-capture", by=desk.admin, at=desk.now)
        library.install(key="ticket-handling", by=desk.admin, at=desk.now)

        first = library.remove(key="lead-capture", by=desk.admin, at=desk.now)
        second = library.remove(key="ticket-handling", by=desk.admin, at=desk.now)

        assert not ProcedureVersion.objects.filter(status="published").exists()
        assert set(Procedure.objects.values_list("key", flat=True)) == {"lead-capture"}
        assert "procedure lead-capture" in first.stays
        assert "procedure ticket-handling" in second.gone
        assert not InstalledPack.objects.exists()
        assert not Goal.objects.exists()

    def test_a_pack_that_is_not_installed_cannot_be_removed(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            library.remove(key="renewal", by=desk.admin, at=desk.now)


@pytest.fixture(autouse=True)
def _calendar(desk: Desk, at: datetime) -> None:
    from throughline.core.identity.operations import save_calendar

    hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    save_calendar(key="default", name="Office", zone="Europe/Berlin", hours=hours, holidays=[], by=desk.admin, at=at)
