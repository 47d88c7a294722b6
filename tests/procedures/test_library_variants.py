"""Variants travel with their procedure: exported, brought in elsewhere, bound, pulled, taken back and removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from throughline.core.identity.operations import create_role
from throughline.core.library import operations as library
from throughline.core.library import queries
from throughline.core.library.exporting import pack_of
from throughline.core.library.models import InstalledPack, InstalledPart
from throughline.core.procedures import operations, overlays
from throughline.core.procedures.models import Case, KeptTest, Procedure, ProcedureVersion, Variant
from throughline.core.procedures.operations.variants import make_variant
from throughline.core.refusals import NotFound
from throughline.flow.bpmn.diff import diff
from throughline.packs import BadPack, Pack
from throughline.packs.archive import pack_bytes
from throughline.packs.binding import Binding, bound_rule
from throughline.packs.reading import MANIFEST, read_pack

from .conftest import Desk

pytestmark = [pytest.mark.django_db, pytest.mark.req("A6", "A7")]

BASE, VIP = "demo-to-proposal", "demo-to-proposal-vip"
RULE = "deal.amount > 50000"


def changed(pack: Pack, files: Mapping[str, bytes] | None = None, **members: object) -> Pack:
    """Return a further version of a pack."""
    manifest = {**yaml.safe_load(pack.files[MANIFEST]), **members}
    return read_pack({**pack.files, **(files or {}), MANIFEST: yaml.safe_dump(manifest).encode()})


def otherwise(desk: Desk, before: str, after: str, key: str = VIP) -> None:
    """Change a published drawing and publish it again."""
    drawing = queries.drawing_here(key)
    assert drawing is not None
    assert before.encode() in drawing
    operations.save_draft(key=key, drawing=drawing.replace(before.encode(), after.encode()), by=desk.admin, at=desk.now)
    operations.publish(key=key, by=desk.admin, at=desk.now)


@pytest.fixture
def exported(desk: Desk) -> Pack:
    """Give a pack of a procedure that is done otherwise for large deals, as another house gets it: nothing is here."""
    library.install(key=BASE, by=desk.admin, at=desk.now)
    make_variant(base=BASE, key=VIP, name="Large deals", rule=RULE, by=desk.admin, at=desk.now)
    otherwise(desk, "Tell the manager", "Tell the board")
    pack = pack_of(keys=[BASE], name="Our sales")
    for model in (Variant, KeptTest, InstalledPack):
        model.objects.all().delete()
    put_away()
    return pack


def put_away(*keys: str) -> None:
    """Let there be no procedure of these keys (of all) any more: what was published cannot be deleted."""
    found = Procedure.objects.filter(key__in=keys) if keys else Procedure.objects.all()
    found.update(key=Concat(Value("put-away-"), Cast("pk", CharField())))


def brought(desk: Desk, pack: Pack, **how: Any) -> library.Installed:
    """Bring a pack and install it."""
    library.bring_pack(content=pack_bytes(pack), by=desk.admin, at=desk.now)
    return library.install(key=pack.key, by=desk.admin, at=desk.now, **how)


class TestExporting:
    def test_a_procedure_brings_its_variants_and_a_variant_its_procedure(self, exported: Pack) -> None:
        assert [each.key for each in exported.procedures] == [BASE, VIP]
        assert exported.listed["variants"] == ({"key": VIP, "of": BASE, "name": "Large deals", "rule": RULE},)

    def test_one_that_is_chosen_brings_its_procedure(self, desk: Desk, exported: Pack) -> None:
        brought(desk, exported)

        assert [each.key for each in pack_of(keys=[VIP], name="Large").procedures] == [BASE, VIP]

    @pytest.mark.parametrize("wrong", [{"of": "nobody"}, {"of": VIP}, {"key": "nobody"}, {"rule": ""}, {"name": " "}])
    def test_a_variant_of_nothing_is_no_pack(self, exported: Pack, wrong: dict[str, str]) -> None:
        with pytest.raises(BadPack, match="variant|the pack calls it"):
            changed(exported, variants=[{**exported.listed["variants"][0], **wrong}])


class TestInstalling:
    def test_it_comes_in_as_what_differs_from_its_base_and_runs(self, desk: Desk, exported: Pack) -> None:
        brought(desk, exported)

        variant = Variant.objects.select_related("procedure", "base", "base_version").get()
        live, base = (overlays.running_version(each) for each in (variant.procedure, variant.base))
        assert live is not None
        assert base is not None
        assert (variant.name, variant.rule, variant.base_version) == ("Large deals", RULE, base)
        assert len(diff(overlays.read(base), overlays.read(live))) == 1
        kinds = InstalledPart.objects.filter(key=VIP).values_list("kind", flat=True)
        assert sorted(kinds) == ["procedure", "variants"]

    def test_its_rule_and_its_drawing_are_bound_as_the_procedure_is(self, desk: Desk, exported: Pack) -> None:
        rule = 'deal.source = "Web" and "deal.source" != ""'
        said = changed(exported, variants=[{**exported.listed["variants"][0], "rule": rule}])
        create_role(key="sellers", name="Sellers", permissions={}, by=desk.admin, at=desk.now)
        binding = Binding(roles={"sales": "sellers"}, fields={"deal.source": "name"})

        brought(desk, said, binding=binding)

        variant = Variant.objects.get()
        assert variant.rule == 'deal.name = "Web" and "deal.source" != ""'
        drawing = queries.drawing_here(VIP) or b""
        assert b'key="sellers"' in drawing or b"&quot;sellers&quot;" in drawing

    def test_a_base_that_was_changed_here_keeps_its_change_in_the_variant(self, desk: Desk, exported: Pack) -> None:
        brought(desk, exported)
        library.remove(key=exported.key, by=desk.admin, at=desk.now)
        Variant.objects.all().delete()
        put_away(VIP)
        KeptTest.objects.all().delete()
        otherwise(desk, "Write down what they asked for", "Write it down", key=BASE)

        library.install(key=exported.key, by=desk.admin, at=desk.now)

        names = {node.name for node in overlays.read(ProcedureVersion.objects.get(
            procedure__key=VIP, status="published"
        )).processes[0].nodes}  # fmt: skip
        assert {"Write it down", "Tell the board"} <= names

    def test_without_a_base_that_runs_it_waits_and_comes_in_later(self, desk: Desk, exported: Pack) -> None:
        installed = brought(desk, exported, go_live=False)

        assert not Procedure.objects.filter(key=VIP).exists()
        assert VIP in installed.waiting
        with pytest.raises(NotFound, match="does not run yet"):
            library.bring_variants(key=exported.key, by=desk.admin, at=desk.now)
        operations.publish(key=BASE, by=desk.admin, at=desk.now)
        assert library.bring_variants(key=exported.key, by=desk.admin, at=desk.now) == (VIP,)
        assert Variant.objects.get().procedure.key == VIP


class TestPulling:
    def later(self, pack: Pack) -> Pack:
        """Return a version in which the variant has another step and another rule."""
        chart = pack.files[f"{VIP}.bpmn"].replace(b"Tell the board", b"Ask the board")
        listed = [{**pack.listed["variants"][0], "rule": "deal.amount > 90000"}]
        return changed(pack, {f"{VIP}.bpmn": chart}, version="1.1", variants=listed)

    def test_another_step_comes_as_a_draft_and_another_rule_at_once(self, desk: Desk, exported: Pack) -> None:
        brought(desk, exported)
        library.bring_pack(content=pack_bytes(self.later(exported)), by=desk.admin, at=desk.now)

        found = library.pulling(key=exported.key)
        library.pull(key=exported.key, by=desk.admin, at=desk.now)

        assert [each.key for each in found.procedures] == [VIP]
        assert [(each.unit, each.is_clash) for each in found.listed] == [(f"variants:{VIP}", False)]
        variant = Variant.objects.get()
        assert variant.rule == "deal.amount > 90000"
        assert b"Ask the board" in (queries.drawing_here(VIP) or b"")
        assert operations.publish(key=VIP, by=desk.admin, at=desk.now).version.number == 2

    def test_a_rule_that_was_changed_here_stays_unless_said(self, desk: Desk, exported: Pack) -> None:
        brought(desk, exported)
        Variant.objects.update(rule="deal.amount > 70000")
        library.bring_pack(content=pack_bytes(self.later(exported)), by=desk.admin, at=desk.now)

        library.pull(key=exported.key, by=desk.admin, at=desk.now)

        assert Variant.objects.get().rule == "deal.amount > 70000"

    def test_it_is_taken_back(self, desk: Desk, exported: Pack) -> None:
        brought(desk, exported)
        library.bring_pack(content=pack_bytes(self.later(exported)), by=desk.admin, at=desk.now)
        library.pull(key=exported.key, by=desk.admin, at=desk.now)

        library.take_pull_back(key=exported.key, by=desk.admin, at=desk.now)

        assert Variant.objects.get().rule == RULE
        assert b"Tell the board" in (queries.drawing_here(VIP) or b"")

    def test_a_variant_that_is_new_comes_in_and_goes_again(self, desk: Desk, exported: Pack) -> None:
        files = {path: each for path, each in exported.files.items() if VIP not in path}
        manifest = yaml.safe_load(exported.files[MANIFEST])
        without = {**manifest, "procedures": manifest["procedures"][:1], "variants": []}
        brought(desk, read_pack({**files, MANIFEST: yaml.safe_dump(without).encode()}))
        library.bring_pack(content=pack_bytes(changed(exported, version="1.1")), by=desk.admin, at=desk.now)

        library.pull(key=exported.key, by=desk.admin, at=desk.now)
        there = [(each.procedure.key, each.base_version) for each in Variant.objects.select_related("procedure")]
        library.take_pull_back(key=exported.key, by=desk.admin, at=desk.now)

        assert there == [(VIP, None)]
        assert not Variant.objects.exists()
        assert not Procedure.objects.filter(key=VIP).exists()


class TestRemoving:
    def test_with_its_pack_it_takes_no_more_cases(self, desk: Desk, exported: Pack) -> None:
        brought(desk, exported)

        removed = library.remove(key=exported.key, by=desk.admin, at=desk.now)

        variant = Variant.objects.get()
        assert variant.retired_at == desk.now
        assert not ProcedureVersion.objects.filter(status="published", procedure__key__in=[BASE, VIP]).exists()
        assert f"variants {VIP}" in removed.stays
        assert not Case.objects.exists()


class TestBinding:
    def test_a_rule_says_the_fields_and_the_answers_that_are_meant_here(self) -> None:
        binding = Binding(fields={"deal.size": "amount", "lead.size": "score"})

        bound = bound_rule('deal.size > 3 and "deal.size" != "[[who]]"', "deal", binding, {"who": "Omar"})

        assert bound == 'deal.amount > 3 and "deal.size" != "Omar"'
