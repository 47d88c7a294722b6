"""
Variants and their base while both are drawn and published.

Theory of operation. A variant is a procedure of its own whose drawing is kept as the difference from the version of its
base that it is drawn over. Whatever is edited is the effective drawing; the difference is worked out when it is
published. When the base is published anew, the difference of each variant is put onto it: where the two go together a
new version of the variant is published along, under the same conditions as any (check, decision tables, test cases);
where they do not, the variant stays with what it has, and whoever looks after it is told. A draft of a variant moves
along in the same way, or waits for a decision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures import charts
from throughline.core.procedures.events import VariantBehind
from throughline.core.procedures.models import Procedure, ProcedureVersion, Variant
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn.model import Definitions
from throughline.flow.bpmn.overlay import Applied, Overlay, apply, derive, from_json, rebase, to_json
from throughline.flow.engine import Chart

Status = ProcedureVersion.Status
PLACE = 64
"""So long may the place of a message be; it leads to the page of the variant."""
GoLive = Callable[[Procedure, ProcedureVersion, str, str, Actor, datetime], object]
"""Publishes a draft: procedure, draft, note, reason for doing so despite failing test cases, by whom, at what time."""


def variant_of(procedure: Procedure) -> Variant | None:
    """Return what a procedure is a variant by, None for any other procedure."""
    return Variant.objects.select_related("base", "base_version", "draft_base").filter(procedure=procedure).first()


def running_version(procedure: Procedure) -> ProcedureVersion | None:
    """Return the version of a procedure that runs, None when none does."""
    return procedure.versions.filter(status=Status.PUBLISHED).first()


def draft_begun(procedure: Procedure) -> None:
    """Note over which version of its base the new draft of a variant is drawn; nothing for any other procedure."""
    variant = variant_of(procedure)
    if variant is not None:
        variant.draft_base = variant.base_version or running_version(variant.base)
        variant.save(update_fields=["draft_base"])


def read(version: ProcedureVersion) -> Definitions:
    """Return the drawing of a version."""
    return bpmn.read(bytes(version.bpmn))


# --- publishing a variant ---------------------------------------------------------------------------------------------
def require_fit(variant: Variant, chart: Chart) -> None:
    """
    Go on only when the draft of a variant, compiled, fits to its base as that runs now.

    Raises:
        Refusal: the variant was retired, its base does not run, or it does not begin as its base does.
        Conflict: the base has been changed since, and the two do not go together yet.
    """
    base = running_version(variant.base)
    if variant.retired_at is not None:
        raise Refusal("retired", f"“{variant.name}” was retired. Make a new variant.")
    if base is None:
        raise Refusal("base_not_published", f"“{variant.base.name}” does not run. Publish it first, then its variants.")
    if variant.draft_base_id != base.pk:
        raise Conflict(
            f"“{variant.base.name}” has been changed since this draft was drawn. Decide first what holds, on the page "
            "of the variant."
        )
    if charts.starts_of(chart) != charts.starts_of(charts.running(base.pk).chart):
        raise Refusal(
            "other_starts",
            "A variant begins as its base does. Give it the same start events, with the same triggers and conditions.",
        )


def take_over(variant: Variant, version: ProcedureVersion) -> None:
    """Keep what the version of a variant that was just published does otherwise than its base."""
    base = variant.draft_base
    assert base is not None
    variant.overlay = to_json(derive(read(base), read(version)))
    variant.base_version, variant.draft_base = base, None
    variant.save(update_fields=["overlay", "base_version", "draft_base"])


# --- the base is published --------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Standing:
    """The drawing of a variant that is worked on (the draft, else what runs), and what it is drawn over."""

    version: ProcedureVersion
    base: ProcedureVersion
    overlay: Overlay

    def over(self, base: Definitions, decided: Mapping[str, str] | None = None) -> Applied:
        """Return what it is over another drawing of its base; ``decided`` as in ``overlay.apply``."""
        return apply(base, self.overlay, like=read(self.version), decided=decided)


def standing(variant: Variant) -> Standing | None:
    """Return the drawing of a variant that is worked on, None when it has neither draft nor published version."""
    draft = variant.procedure.versions.filter(status=Status.DRAFT).first()
    if draft is not None and variant.draft_base is not None:
        return Standing(draft, variant.draft_base, derive(read(variant.draft_base), read(draft)))
    live = running_version(variant.procedure)
    if live is None or variant.base_version is None:
        return None
    return Standing(live, variant.base_version, from_json(variant.overlay))


def flow_in(base: Procedure, version: ProcedureVersion, go_live: GoLive, *, by: Actor, at: datetime) -> None:
    """Let the variants of a procedure follow the version of it that runs from now on."""
    variants = Variant.objects.select_for_update(of=("self",)).filter(base=base, retired_at=None)
    for variant in variants.select_related("procedure__owner", "base__owner", "base_version", "draft_base"):
        _follow(variant, version, go_live, by, at)


def _follow(variant: Variant, version: ProcedureVersion, go_live: GoLive, by: Actor, at: datetime) -> None:
    live = running_version(variant.procedure)
    draft = variant.procedure.versions.filter(status=Status.DRAFT).first()
    problems: list[str] = []
    moved = _moved(variant, draft, version, problems)
    if live is not None and variant.base_version_id != version.pk:
        _, applied = rebase(from_json(variant.overlay), read(version), like=read(live))
        problems += [each.sentence for each in applied.conflicts]
        if not applied.conflicts:
            refusal = _publish_along(variant, draft, version, applied.chart, go_live, by, at)
            if refusal is None:
                draft = None
            else:
                problems.append(refusal)
                moved = moved or (None if draft is not None else bpmn.write(applied.chart))
    if moved is not None:
        _keep_draft(variant, draft, moved, version, by, at)
    if problems:
        _tell(variant, version, problems, by, at)


def _moved(
    variant: Variant, draft: ProcedureVersion | None, version: ProcedureVersion, problems: list[str]
) -> bytes | None:
    """Return the draft as it is over the new version of the base; None when there is none, or a decision is needed."""
    if draft is None or variant.draft_base is None:
        return None
    applied = apply(read(version), derive(read(variant.draft_base), read(draft)), like=read(draft))
    problems += [each.sentence for each in applied.conflicts]
    return None if applied.conflicts else bpmn.write(applied.chart)


def _publish_along(  # noqa: PLR0917  what following has at hand
    variant: Variant,
    draft: ProcedureVersion | None,
    version: ProcedureVersion,
    chart: Definitions,
    go_live: GoLive,
    by: Actor,
    at: datetime,
) -> str | None:
    """Publish the effective drawing; return why it cannot be. A draft that somebody works on is put back behind it."""
    if variant.procedure.needs_approval:
        return "Another person has to agree before it is published."
    kept = (bytes(draft.bpmn), variant.draft_base) if draft is not None else None
    try:
        with transaction.atomic():
            row = _write(draft or _new_draft(variant.procedure), bpmn.write(chart), by, at)
            variant.draft_base = version
            variant.save(update_fields=["draft_base"])
            go_live(variant.procedure, row, f"Follows version {version.number} of {variant.base.name}.", "", by, at)
            variant.refresh_from_db(fields=["overlay", "base_version", "draft_base"])
            if kept is not None:
                _write(_new_draft(variant.procedure), kept[0], by, at)
                variant.draft_base = kept[1]
                variant.save(update_fields=["draft_base"])
    except Refusal as refusal:
        variant.refresh_from_db(fields=["overlay", "base_version", "draft_base"])
        return refusal.message
    return None


def _new_draft(procedure: Procedure) -> ProcedureVersion:
    last = procedure.versions.order_by("-number").values_list("number", flat=True).first()
    return ProcedureVersion(procedure=procedure, number=(last or 0) + 1)


def _write(row: ProcedureVersion, drawing: bytes, by: Actor, at: datetime) -> ProcedureVersion:
    row.bpmn, row.digest = drawing, hashlib.sha256(drawing).hexdigest()
    row.saved_at, row.saved_by_label, row.saved_by_id = at, by.label, by.user_id
    row.save()
    return row


def _keep_draft(  # noqa: PLR0917  as above
    variant: Variant, draft: ProcedureVersion | None, drawing: bytes, version: ProcedureVersion, by: Actor, at: datetime
) -> None:
    standing_draft = draft or variant.procedure.versions.filter(status=Status.DRAFT).first()
    _write(standing_draft or _new_draft(variant.procedure), drawing, by, at)
    variant.draft_base = version
    variant.save(update_fields=["draft_base"])


def _tell(variant: Variant, version: ProcedureVersion, problems: list[str], by: Actor, at: datetime) -> None:
    """Tell whoever looks after a variant that it does not follow its base."""
    procedure = variant.procedure
    problems = list(dict.fromkeys(problems))
    behind = VariantBehind(variant=procedure.key, base=version.number, problems=problems)
    journal.record(behind, by=by, at=at, about=RecordRef("procedure", procedure.pk))
    owner = procedure.owner or variant.base.owner
    if owner is None or not owner.is_active:
        return
    more = f" {len(problems) - 1} more." if len(problems) > 1 else ""
    message = Message(
        owner.pk,
        "variant",
        f"“{procedure.name}” does not follow version {version.number} of its base",
        f"{problems[0]}{more} It goes on as it is until you decide.",
        about=RecordRef("variant", procedure.pk),
        key=f"variant:{procedure.pk}:{version.pk}",
        place=procedure.key if len(procedure.key) <= PLACE else "",
    )
    notify_many(messages=[message], by=by, at=at)
