"""
Variants in packs: how a procedure of the pack is done otherwise for some of its records.

A pack holds the drawing of a variant as one of its procedures, so that it can be looked at, proved and merged like any
other, and lists under ``variants`` of which procedure it is one and which records its rule takes. What comes in is the
difference: the overlay between the two drawings of the pack, put onto the base as it stands here. A variant needs a
base that runs; until then it is left on the shelf, and can be brought in later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from throughline.core.actor import Actor
from throughline.core.library import queries
from throughline.core.library.models import InstalledPack, InstalledPart
from throughline.core.library.parts import Brought, Listed, PartKind, Wish
from throughline.core.library.taking_back import remove_procedure
from throughline.core.procedures import overlays
from throughline.core.procedures.models import Procedure, Variant
from throughline.core.procedures.operations import publish
from throughline.core.procedures.operations.variants import make_variant, retire_variant, set_variant
from throughline.core.procedures.queries.variants import find_variant
from throughline.core.refusals import Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn.overlay import derive, to_json
from throughline.packs import Pack
from throughline.packs.binding import Binding, answers_of, bound_rule
from throughline.packs.model import VARIANTS


def parted(pack: Pack) -> tuple[Pack, tuple[Listed, ...]]:
    """Return a pack without the drawings of its variants, and its variants."""
    listed = pack.listed.get(VARIANTS, ())
    keys = {each["key"] for each in listed}
    return replace(pack, procedures=tuple(each for each in pack.procedures if each.key not in keys)), listed


def bound(pack: Pack, binding: Binding) -> Pack:
    """Return a pack whose rules of variants speak of what its names mean here."""
    answers = answers_of(pack, binding)
    records = {each.key: each.record for each in pack.procedures}
    said = tuple(
        {**each, "rule": bound_rule(each["rule"], records[each["of"]], binding, answers)}
        for each in pack.listed.get(VARIANTS, ())
    )
    return replace(pack, listed={**pack.listed, VARIANTS: said}) if said else pack


def waiting_for_base(pack: Pack) -> dict[str, str]:
    """Return the variants of a pack that are not here yet, by key, with the name of the base that has to run first."""
    names = {each.key: each.name for each in pack.procedures}
    left = {}
    for each in pack.listed.get(VARIANTS, ()):
        if not Procedure.objects.filter(key=each["key"]).exists() and not _runs(each["of"]):
            left[each["key"]] = names[each["of"]]
    return left


def not_here(pack: Pack) -> tuple[str, ...]:
    """Return the keys of the variants of a pack that are not here although their base runs."""
    listed = [each for each in pack.listed.get(VARIANTS, ()) if _runs(each["of"])]
    there = queries.procedures_there(each["key"] for each in listed)
    return tuple(each["key"] for each in listed if each["key"] not in there)


def _runs(key: str) -> bool:
    procedure = Procedure.objects.filter(key=key).first()
    return procedure is not None and overlays.running_version(procedure) is not None


def bring(
    installed: InstalledPack,
    pack: Pack,
    charts: Mapping[str, bytes],
    *,
    owner: int | None,
    go_live: bool,
    by: Actor,
    at: datetime,
    only: Collection[str] | None = None,
) -> list[InstalledPart]:
    """
    Bring in the variants of a (bound) pack whose base runs here, and return what they are as parts of it, not written.

    ``charts``: the drawings of the pack as they are bound here. What has the key of a variant already stays as it is.
    ``only``: none but those with these keys.

    Raises:
        NotAllowed: the person behind the actor may not draw, or not publish.
        Refusal: a variant does not go together with its base as that stands here.
    """
    rows: list[InstalledPart] = []
    waiting = {each.key for each in pack.procedures if queries.waits(each)}
    for each in pack.listed.get(VARIANTS, ()):
        key, of = each["key"], each["of"]
        if only is not None and key not in only:
            continue
        was_there = Procedure.objects.filter(key=key).exists()
        if not was_there and not _runs(of):
            continue
        if not was_there:
            overlay = to_json(derive(bpmn.read(charts[of]), bpmn.read(charts[key])))
            make_variant(
                base=of, key=key, name=each["name"], rule=each["rule"], overlay=overlay, owner_id=owner, by=by, at=at
            )
            if go_live and key not in waiting:
                publish(key=key, by=by, at=at, note=f"From the pack “{pack.name}”")
        rows += [
            InstalledPart(pack=installed, kind="procedure", key=key, base=charts[key], was_there=was_there),
            InstalledPart(pack=installed, kind=VARIANTS, key=key, was_there=was_there),
        ]
    return rows


# --- as a list of a manifest ------------------------------------------------------------------------------------------
def listed_of(bases: Sequence[str]) -> list[dict[str, Any]]:
    """Return the variants of these procedures that run, as a pack lists them, in the order of their rules."""
    running = Variant.objects.filter(
        base__key__in=bases, retired_at=None, procedure__versions__status="published"
    ).select_related("procedure", "base")
    return [_form_of(each) for each in running.order_by("base__key", "priority", "pk")]


def _form_of(variant: Variant) -> dict[str, Any]:
    return {"key": variant.procedure.key, "of": variant.base.key, "name": variant.name, "rule": variant.rule}


def _form(item: Listed) -> Listed:
    return {name: str(item[name]) for name in ("key", "of", "name", "rule")}


def _here(item: Listed) -> Listed | None:
    found = find_variant(item["key"])
    return None if found is None or found.retired_at is not None else _form_of(found)


def _bring(wish: Wish) -> Brought:
    """Say what is here of a variant; its drawing came in with the pack's procedures (``bring``)."""
    if find_variant(wish.item["key"]) is None:
        raise Refusal("no_base", f"“{wish.item['name']}” comes in once the procedure runs that it is a variant of.")
    return Brought(wish.item["key"])


def _change(wish: Wish) -> None:
    found = find_variant(wish.item["key"])
    assert found is not None  # only what is here is changed
    set_variant(
        key=wish.item["key"], name=wish.item["name"], rule=wish.item["rule"], priority=found.priority, by=wish.by,
        at=wish.at,
    )  # fmt: skip


def _remove(key: str, by: Actor, at: datetime) -> bool:
    found = find_variant(key)
    if found is None:
        return True
    if overlays.running_version(found.procedure) is None:
        return remove_procedure(key, found.base.name, by, at)
    if found.retired_at is None:
        retire_variant(key=key, reason="Its pack was removed.", by=by, at=at)
    return False


PART = PartKind(
    VARIANTS, _bring, _remove, lambda item: f"{item['name']}: {item['rule']}", lambda item: str(item["key"]), _form,
    _here, _change,
)  # fmt: skip
"""How a pack lists variants."""
