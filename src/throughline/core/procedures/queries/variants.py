"""Variants of a procedure: what there is, what a rule would take, where a variant and its base do not go together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.procedures import choosing, overlays
from throughline.core.procedures.facts import facts_of_records
from throughline.core.procedures.models import Procedure, ProcedureVersion, Variant
from throughline.core.procedures.queries.overview import figures
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.titles import record_titles
from throughline.core.refusals import NotFound, Refusal
from throughline.flow.bpmn.diff import Change, diff
from throughline.flow.bpmn.model import Definitions
from throughline.flow.bpmn.overlay import Conflict
from throughline.flow.feel import FeelSyntaxError

LOOKED_AT = 200
"""So many of the newest records are asked to show what a rule would take."""
SAMPLES = 5
Status = ProcedureVersion.Status


@dataclass(frozen=True, slots=True)
class VariantRow:
    """
    A variant with as much of its cases as the asker may see.

    ``number``: its version that runs, None before the first; ``has_draft``. ``over``: the number of the version of its
    base that it is drawn over; ``behind``: that is not the one that runs.
    """

    key: str
    name: str
    rule: str
    priority: int
    owner_name: str
    number: int | None
    has_draft: bool
    over: int | None
    behind: bool
    retired_at: datetime | None
    running: int
    overdue: int


def variants(*, procedure: str, user: User, at: datetime) -> list[VariantRow]:
    """
    Return the variants of a procedure in the order in which their rules are asked, retired ones last.

    Raises:
        NotFound: there is no such procedure.
    """
    base = _procedure(procedure)
    rows = list(Variant.objects.filter(base=base).select_related("procedure__owner", "base_version", "draft_base"))
    if not rows:
        return []
    live = overlays.running_version(base)
    keys = [row.procedure_id for row in rows]
    versions = ProcedureVersion.objects.filter(procedure__in=keys, status__in=(Status.DRAFT, Status.PUBLISHED))
    standing = {(row[0], row[1]): row[2] for row in versions.values_list("procedure_id", "status", "number")}
    running, overdue, _ = figures(seen_by(user, [base.record_type]), at)
    found = [_row(row, standing, live, running, overdue) for row in rows]
    return sorted(found, key=lambda row: row.retired_at is not None)


def _row(
    row: Variant,
    standing: dict[tuple[int, str], int],
    live: ProcedureVersion | None,
    running: dict[int, int],
    overdue: dict[int, int],
) -> VariantRow:
    key = row.procedure_id
    has_draft = (key, Status.DRAFT) in standing
    over = row.draft_base if has_draft and row.draft_base is not None else row.base_version
    return VariantRow(
        key=row.procedure.key,
        name=row.name,
        rule=row.rule,
        priority=row.priority,
        owner_name=row.procedure.owner.name if row.procedure.owner else "",
        number=standing.get((key, Status.PUBLISHED)),
        has_draft=has_draft,
        over=over.number if over is not None else None,
        behind=row.retired_at is None and live is not None and over is not None and over.pk != live.pk,
        retired_at=row.retired_at,
        running=running.get(key, 0),
        overdue=overdue.get(key, 0),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """
    One variant: its row, its base, its drawing that is worked on with what differs from the base as that runs
    (``base`` and ``drawing``, ``changes``), and the ``conflicts`` with it.
    """

    row: VariantRow
    base_key: str
    base_name: str
    record_type: str
    base: Definitions | None
    drawing: Definitions | None
    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    base_number: int | None


def variant(*, key: str, user: User, at: datetime) -> Shown:
    """
    Return one variant.

    Raises:
        NotFound: there is no such variant.
    """
    found = find_variant(key)
    if found is None:
        raise NotFound("There is no such variant any more.")
    row = next(each for each in variants(procedure=found.base.key, user=user, at=at) if each.key == key)
    live, standing = overlays.running_version(found.base), overlays.standing(found)
    base = overlays.read(live) if live is not None else None
    drawing = overlays.read(standing.version) if standing is not None else None
    over = overlays.read(standing.base) if standing is not None else None
    return Shown(
        row=row,
        base_key=found.base.key,
        base_name=found.base.name,
        record_type=found.base.record_type,
        base=over,
        drawing=drawing,
        changes=diff(over, drawing) if over is not None and drawing is not None else (),
        conflicts=standing.over(base).conflicts if standing is not None and base is not None and row.behind else (),
        base_number=live.number if live is not None else None,
    )


def find_variant(key: str) -> Variant | None:
    """Return the variant that a procedure is, None for any other. One query."""
    return (
        Variant.objects.select_related("procedure", "base", "base_version", "draft_base")
        .filter(procedure__key=key)
        .first()
    )


def has_variants(key: str) -> bool:
    """Say whether a procedure has variants that are not retired. One query."""
    return Variant.objects.filter(base__key=key, retired_at=None).exists()


# --- what a rule would take -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Taken:
    """
    What a rule would take of the newest ``looked_at`` records that the asker sees: ``taken`` of them, such as
    ``samples`` (title by record); ``elsewhere`` are those that it fits too, but a variant asked before takes.
    """

    looked_at: int
    taken: int
    elsewhere: int
    samples: tuple[tuple[RecordRef, str], ...]


def would_take(*, procedure: str, rule: str, user: User, at: datetime, variant_key: str = "") -> Taken:
    """
    Say what a rule would take of the newest records. ``variant_key``: the variant that it is the rule of, if there is
    one; else it is asked after those that there are.

    A field that the asker may not read counts as empty.

    Raises:
        NotFound: there is no such procedure.
        Refusal: the rule cannot be read.
    """
    base = _procedure(procedure)
    spec = registry.find(base.record_type)
    if spec is None or not access.can(user, access.VIEW, spec):
        return Taken(0, 0, 0, ())
    before = _rules_before(base, variant_key)
    try:
        names = choosing.members_read([rule, *before], base.record_type)
    except FeelSyntaxError as problem:
        raise Refusal("bad_rule", f"The rule cannot be read: {problem}", "rule") from None
    rows = spec.model._default_manager.filter(access.visible(spec, user), deleted_at=None, sandbox=False)
    refs = [RecordRef(spec.type, key) for key in rows.order_by("-pk").values_list("pk", flat=True)[:LOOKED_AT]]
    rights = access.field_rights(user, spec)
    seen = facts_of_records(refs, names)
    fitting: list[RecordRef] = []
    elsewhere = 0
    for ref in refs:
        facts = {
            name: value
            for name, value in (seen[ref].context if ref in seen else {}).items()
            if name not in spec.by_name or rights.reads(name)
        }
        if not choosing.holds(rule, base.record_type, facts, at):
            continue
        if any(choosing.holds(other, base.record_type, facts, at) for other in before):
            elsewhere += 1
        else:
            fitting.append(ref)
    titles = record_titles(fitting[:SAMPLES])
    return Taken(
        len(refs), len(fitting), elsewhere, tuple((ref, titles.get(ref, str(ref))) for ref in fitting[:SAMPLES])
    )


def _rules_before(base: Procedure, variant_key: str) -> list[str]:
    """The rules that are asked before that of a variant, or before a new one."""
    rules = Variant.objects.filter(base=base, retired_at=None).order_by("priority", "pk")
    found: list[str] = []
    for key, rule in rules.values_list("procedure__key", "rule"):
        if key == variant_key:
            break
        found.append(rule)
    return found


# --- what a change of the base means ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Following:
    """What publishing the draft of a base means for a variant: it follows, or the ``conflicts`` stand against it."""

    key: str
    name: str
    conflicts: tuple[str, ...]


def following(*, procedure: str) -> list[Following]:
    """Return what publishing the draft of a procedure would mean for its variants; nothing without a draft."""
    base = _procedure(procedure)
    draft = base.versions.filter(status=Status.DRAFT).first()
    rows = Variant.objects.filter(base=base, retired_at=None).select_related("procedure", "base_version", "draft_base")
    if draft is None or not rows:
        return []
    return [Following(row.procedure.key, row.name, _against(row, overlays.read(draft))) for row in rows]


def _against(row: Variant, base: Definitions) -> tuple[str, ...]:
    standing = overlays.standing(row)
    return () if standing is None else tuple(each.sentence for each in standing.over(base).conflicts)


def _procedure(key: str) -> Procedure:
    found = Procedure.objects.filter(key=key).first()
    if found is None:
        raise NotFound("There is no such procedure any more. Look in the library.")
    return found
