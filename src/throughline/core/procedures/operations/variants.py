"""Making variants of a procedure, saying which records they take, bringing them up to their base, retiring them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import choosing, overlays, permits
from throughline.core.procedures.events import VariantDecided, VariantMade, VariantRetired, VariantRuled
from throughline.core.procedures.models import Procedure, ProcedureVersion, Variant
from throughline.core.procedures.operations.procedures import create_procedure, retire, save_draft
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, NotFound, Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn.overlay import BadOverlay, apply, from_json
from throughline.flow.feel import FeelSyntaxError

NAME = 80
"""So many characters the name of a variant has at most."""
MOST = 30
"""So many variants a procedure has at most: their rules are asked one by one when a case starts."""


@transaction.atomic
def make_variant(
    *,
    base: str,
    key: str,
    name: str,
    rule: str,
    by: Actor,
    at: datetime,
    overlay: Mapping[str, object] | None = None,
    owner_id: int | None = None,
) -> Variant:
    """
    Make a variant of a procedure that runs, with a draft that is the drawing of the base, or what ``overlay`` makes
    of it. Its rule is asked after those of the variants that there are.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: there is no such procedure.
        Refusal: the base does not run, travels with no record or is a variant itself; the name or key is taken; the
            rule cannot be read, or the overlay does not fit.
    """
    permits.require_design(by)
    found = _locked(base)
    live = overlays.running_version(found)
    if live is None:
        raise Refusal("not_published", f"“{found.name}” does not run yet. Publish it first, then make variants of it.")
    if overlays.variant_of(found) is not None:
        raise Refusal("variant_of_variant", f"“{found.name}” is a variant itself. Make another variant of its base.")
    if not found.record_type:
        raise Refusal("no_record", f"“{found.name}” travels with no record, so no rule could choose between variants.")
    others = Variant.objects.filter(base=found, retired_at=None)
    if others.count() >= MOST:
        raise Refusal("too_many", f"“{found.name}” has {MOST} variants already. Retire one first.")
    name = _named(name, found)
    _require_rule(rule, found.record_type)
    procedure = create_procedure(
        key=key, name=f"{found.name}: {name}", record_type=found.record_type, by=by, at=at,
        summary=found.summary, owner_id=owner_id,
    )  # fmt: skip
    last = others.aggregate(last=Max("priority"))["last"]
    made = Variant.objects.create(
        procedure=procedure, base=found, name=name, rule=rule.strip(), priority=(last or 0) + 1
    )
    save_draft(key=key, drawing=_begun(live, overlay), by=by, at=at)
    told = VariantMade(variant=key, name=name, rule=made.rule)
    journal.record(told, by=by, at=at, about=RecordRef("procedure", found.pk))
    made.refresh_from_db()
    return made


def _begun(live: ProcedureVersion, overlay: Mapping[str, object] | None) -> bytes:
    if overlay is None:
        return bytes(live.bpmn)
    try:
        applied = apply(overlays.read(live), from_json(overlay))
    except BadOverlay as problem:
        raise Refusal("bad_overlay", f"What the variant does otherwise cannot be read: {problem}") from None
    if applied.conflicts:
        raise Refusal("not_fitting", f"The variant does not fit: {applied.conflicts[0].sentence}")
    return bpmn.write(applied.chart)


@transaction.atomic
def set_variant(*, key: str, name: str, rule: str, priority: int, by: Actor, at: datetime) -> Variant:
    """
    Say how a variant is called, which records it takes, and when its rule is asked. Running cases stay where they are.

    Raises:
        NotAllowed: the person may not draw procedures; or, once the variant runs, not publish them.
        NotFound: there is no such variant.
        Refusal: the name is missing or taken, the rule cannot be read, or the place is none.
    """
    variant = _variant(key)
    if overlays.running_version(variant.procedure) is None:
        permits.require_design(by)
    else:
        permits.require_publish(by)
    if not 1 <= priority <= 1000:
        raise Refusal("no_place", "Write a place from 1 to 1000; the smallest is asked first.", "priority")
    _require_rule(rule, variant.base.record_type)
    variant.name = _named(name, variant.base, except_for=variant)
    variant.rule, variant.priority = rule.strip(), priority
    variant.save(update_fields=["name", "rule", "priority"])
    variant.procedure.name = f"{variant.base.name}: {variant.name}"
    variant.procedure.save(update_fields=["name"])
    told = VariantRuled(variant=key, name=variant.name, rule=variant.rule, priority=priority)
    journal.record(told, by=by, at=at, about=RecordRef("procedure", variant.base_id))
    return variant


@transaction.atomic
def decide_conflicts(*, key: str, decided: Mapping[str, str], by: Actor, at: datetime) -> ProcedureVersion:
    """
    Bring a variant up to the version of its base that runs, as a draft to be published.

    ``decided``: for each conflict by its key, whether the ``variant``'s word holds or the ``base``'s.

    Raises:
        NotAllowed: the person may not draw procedures.
        NotFound: there is no such variant.
        Refusal: it follows its base already, the base does not run, or a conflict is not decided.
    """
    permits.require_design(by)
    variant = _variant(key)
    base, standing = overlays.running_version(variant.base), overlays.standing(variant)
    if base is None or standing is None:
        raise Refusal("base_not_published", f"“{variant.base.name}” does not run, so there is nothing to follow.")
    if standing.base.pk == base.pk:
        raise Conflict(f"“{variant.name}” follows version {base.number} of its base already.")
    applied = standing.over(overlays.read(base), decided=dict(decided))
    if applied.conflicts:
        raise Refusal(
            "undecided",
            f"Say for each place what holds. {applied.conflicts[0].sentence}",
            fields={each.key: each.sentence for each in applied.conflicts},
        )
    draft = save_draft(key=key, drawing=bpmn.write(applied.chart), by=by, at=at)
    Variant.objects.filter(pk=variant.pk).update(draft_base=base)
    told = VariantDecided(variant=key, base=base.number, decided=dict(decided))
    journal.record(told, by=by, at=at, about=RecordRef("procedure", variant.procedure_id))
    return draft


@transaction.atomic
def retire_variant(*, key: str, reason: str, by: Actor, at: datetime) -> int:
    """
    Let no more cases start with a variant, and return how many running ones go on to their end.

    Raises:
        NotAllowed: the person may not publish procedures.
        NotFound: there is no such variant.
        Refusal: no reason is given, or it was retired before.
    """
    permits.require_publish(by)
    variant = _variant(key)
    if not reason.strip():
        raise Refusal("reason_missing", "Say why it is retired; the history keeps it.", "reason")
    if variant.retired_at is not None:
        raise Conflict(f"“{variant.name}” was retired before.")
    live = overlays.running_version(variant.procedure)
    staying = 0 if live is None else retire(key=key, by=by, at=at, reason=reason.strip())
    variant.retired_at = at
    variant.save(update_fields=["retired_at"])
    told = VariantRetired(variant=key, staying=staying, reason=reason.strip())
    journal.record(told, by=by, at=at, about=RecordRef("procedure", variant.base_id))
    return staying


def _locked(key: str) -> Procedure:
    procedure = Procedure.objects.select_for_update().filter(key=key).first()
    if procedure is None:
        raise NotFound(f"There is no procedure “{key}” any more.")
    return procedure


def _variant(key: str) -> Variant:
    variants = Variant.objects.select_for_update(of=("self",))
    found = (
        variants.select_related("procedure", "base", "base_version", "draft_base").filter(procedure__key=key).first()
    )
    if found is None:
        raise NotFound("There is no such variant any more.")
    return found


def _named(name: str, base: Procedure, except_for: Variant | None = None) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME:
        raise Refusal("no_name", f"Give the variant a name of at most {NAME} letters, such as “VIP”.", "name")
    taken = Variant.objects.filter(base=base, retired_at=None, name__iexact=name)
    others = taken if except_for is None else taken.exclude(pk=except_for.pk)
    if others.exists():
        raise Refusal("name_taken", f"“{base.name}” has a variant “{name}” already. Choose another name.", "name")
    return name


def _require_rule(rule: str, record_type: str) -> None:
    if not rule.strip():
        raise Refusal("no_rule", f'Say which records it takes, such as {record_type}.region = "EMEA".', "rule")
    try:
        reads = choosing.compiled(rule.strip()).roots
    except FeelSyntaxError as problem:
        raise Refusal("bad_rule", f"The rule cannot be read: {problem}", "rule") from None
    if reads - {record_type}:
        other = sorted(reads - {record_type})[0]
        raise Refusal(
            "other_names", f"The rule names “{other}”; it can ask about the {record_type} only, as {record_type}.NAME.",
            "rule",
        )  # fmt: skip
