"""
Drawing, publishing and retiring procedures.

Publishing is the border between drawing and running: the chart must compile and pass the check, the decision tables it
refers to are pinned in the version they have now, and what starts its cases is written down. Cases that run on the
version before stay there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.procedures import actions, answers, charts, overlays, permits, proving, schedule
from throughline.core.procedures.events import (
    DraftSaved,
    ProcedureCreated,
    TestsOverridden,
    VersionPublished,
    VersionRetired,
)
from throughline.core.procedures.lacking import require_real
from throughline.core.procedures.models import (
    Case,
    DecisionPin,
    DecisionTable,
    DecisionVersion,
    Procedure,
    ProcedureVersion,
    StartTrigger,
)
from throughline.core.procedures.models.case import RUNNING
from throughline.core.procedures.operations import trials
from throughline.core.procedures.operations.approving import require_approved
from throughline.core.procedures.queries.migration import Impact, publish_impact
from throughline.core.procedures.sights import sights_of
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.context import names_of
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import bpmn, check, dmn
from throughline.flow.bpmn.model import Definitions
from throughline.flow.check.standard import standard
from throughline.flow.engine import Chart, ChartRefused, compile_chart

Status = ProcedureVersion.Status


@dataclass(frozen=True, slots=True)
class Published:
    """
    What publishing did.

    ``replaced`` is the version that was live before, ``staying`` how many running cases stay on it, ``warnings`` what
    the check would have better but does not insist on, ``impact`` at which steps they wait and what the new drawing
    makes of those.
    """

    version: ProcedureVersion
    replaced: ProcedureVersion | None
    staying: int
    warnings: tuple[check.Finding, ...]
    impact: Impact


@transaction.atomic
def create_procedure(
    *,
    key: str,
    name: str,
    by: Actor,
    at: datetime,
    record_type: str = "",
    summary: str = "",
    owner_id: int | None = None,
    review_on: date | None = None,
) -> Procedure:
    """
    Make a procedure, without a version yet.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures; the sentence names who can.
        Refusal: the key is taken.
    """
    permits.require_design(by)
    if Procedure.objects.filter(key=key).exists():
        raise Refusal("key_taken", f"There is a procedure “{key}” already. Choose another key.", "key")
    procedure = Procedure.objects.create(
        key=key,
        name=name,
        record_type=record_type,
        summary=summary,
        owner_id=owner_id,
        review_on=review_on,
        created_at=at,
    )
    journal.record(ProcedureCreated(key=key, name=name), by=by, at=at, about=_ref(procedure))
    return procedure


@transaction.atomic
def save_draft(*, key: str, drawing: bytes, by: Actor, at: datetime, note: str = "") -> ProcedureVersion:
    """
    Replace the draft of a procedure, or begin one.

    A draft may be unfinished; it only has to be a BPMN file. Publishing asks for more.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures; the sentence names who can.
        NotFound: there is no such procedure.
        Refusal: ``drawing`` is not a BPMN file that can be read.
    """
    permits.require_design(by)
    procedure = _procedure(key)
    _read(drawing)
    digest = hashlib.sha256(drawing).hexdigest()
    draft = procedure.versions.filter(status=Status.DRAFT).first()
    if draft is None:
        draft = ProcedureVersion(procedure=procedure, number=_next_number(procedure))
        overlays.draft_begun(procedure)
    draft.bpmn, draft.digest, draft.note = drawing, digest, note
    draft.saved_at, draft.saved_by_label, draft.saved_by = at, by.label, access.user_of(by)
    draft.save()
    trials.draft_changed(draft.pk, digest, by=by, at=at)
    saved = DraftSaved(number=draft.number, digest=digest, note=note)
    journal.record(saved, by=by, at=at, about=_ref(procedure))
    return draft


@transaction.atomic
def publish(*, key: str, by: Actor, at: datetime, note: str = "", despite: str = "") -> Published:
    """
    Make the draft of a procedure the version that new cases start with.

    All its test cases must pass. Who may publish despite failing ones says why (``despite``), and the journal keeps it.
    Its variants follow where they go together with it; see ``overlays``.

    Raises:
        NotAllowed: the person behind the actor may not publish; the sentence names who can.
        NotFound: there is no such procedure.
        Conflict: it is a variant whose base has been changed since the draft was drawn.
        Refusal: there is no draft, nobody else has agreed where that is demanded, what it waits for is not there, a
            decision table is missing, the chart cannot run, did not pass the check or departs from a test case;
            nothing was changed.
    """
    permits.require_publish(by)
    procedure = _procedure(key)
    draft = procedure.versions.filter(status=Status.DRAFT).first()
    if draft is None:
        raise Refusal("no_draft", f"“{procedure.name}” has no draft. Change the drawing first, then publish.")
    require_approved(procedure, draft, by)
    published = _go_live(procedure, draft, note, despite, by, at)
    follow(procedure, published.version, by=by, at=at)
    return published


def follow(procedure: Procedure, version: ProcedureVersion, *, by: Actor, at: datetime) -> None:
    """Let the variants of a procedure follow the version of it that runs from now on."""
    overlays.flow_in(procedure, version, _go_live, by=by, at=at)


def _go_live(  # noqa: PLR0917  as overlays.GoLive
    procedure: Procedure, draft: ProcedureVersion, note: str, despite: str, by: Actor, at: datetime
) -> Published:
    """Make a draft the version that runs, if it can run, is sound and departs from no test case."""
    variant = overlays.variant_of(procedure)
    definitions = _read(bytes(draft.bpmn))
    require_real(procedure.name, bytes(draft.bpmn))
    pinned = _pinned(definitions)
    warnings = _check(bytes(draft.bpmn), definitions)
    chart = _compile(definitions, pinned)
    if variant is not None:
        overlays.require_fit(variant, chart)
    _prove(procedure, draft, definitions, pinned, despite, by, at)
    _take_over_settings(procedure if variant is None else variant.base, definitions, chart)
    DecisionPin.objects.bulk_create(
        DecisionPin(version=draft, ref=ref, decision=decision) for ref, decision in pinned.items()
    )
    impact = publish_impact(procedure=procedure.key)
    trials.version_published(draft.pk, by=by, at=at)
    replaced, staying = _retire_published(procedure, at)
    draft.status, draft.note = Status.PUBLISHED, note or draft.note
    draft.published_at, draft.published_by_label = at, by.label
    draft.guided = chart.watches
    draft.save()
    _write_triggers(draft, chart, at, starts=variant is None)
    if variant is not None:
        overlays.take_over(variant, draft)
    journal.record(
        VersionPublished(
            number=draft.number,
            digest=draft.digest,
            note=draft.note,
            replaced=replaced.number if replaced else None,
            staying=staying,
            decisions={ref: decision.number for ref, decision in pinned.items()},
        ),
        by=by,
        at=at,
        about=_ref(procedure),
    )
    return Published(draft, replaced, staying, warnings, impact)


@transaction.atomic
def retire(*, key: str, by: Actor, at: datetime, reason: str) -> int:
    """
    Let no more cases start with a procedure, and return how many running ones go on to their end.

    Raises:
        NotAllowed: the person behind the actor may not publish; the sentence names who can.
        NotFound: there is no such procedure.
        Refusal: it has no published version.
    """
    permits.require_publish(by)
    procedure = _procedure(key)
    retired, staying = _retire_published(procedure, at)
    if retired is None:
        raise Refusal("not_published", f"“{procedure.name}” has no published version, so there is nothing to retire.")
    gone = VersionRetired(number=retired.number, staying=staying, reason=reason)
    journal.record(gone, by=by, at=at, about=_ref(procedure))
    return staying


def _procedure(key: str) -> Procedure:
    procedure = Procedure.objects.select_for_update().filter(key=key).first()
    if procedure is None:
        raise NotFound(f"There is no procedure “{key}”. Create it first.")
    return procedure


def _ref(procedure: Procedure) -> RecordRef:
    return RecordRef("procedure", procedure.pk)


def _next_number(procedure: Procedure) -> int:
    last = procedure.versions.order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _read(drawing: bytes) -> Definitions:
    try:
        return bpmn.read(drawing)
    except bpmn.Unreadable as problem:
        raise Refusal("unreadable", f"The drawing cannot be read: {problem}", "drawing") from None


def _compile(definitions: Definitions, pinned: dict[str, DecisionVersion]) -> Chart:
    models = {ref: dmn.compile_model(dmn.read(bytes(decision.dmn))) for ref, decision in pinned.items()}
    try:
        return compile_chart(definitions, process=charts.main_process(definitions), decisions=models)
    except ChartRefused as refused:
        raise Refusal("not_runnable", f"The drawing cannot run yet: {refused}", "drawing") from None


def _prove(  # noqa: PLR0917  what publishing has at hand
    procedure: Procedure,
    draft: ProcedureVersion,
    definitions: Definitions,
    pinned: dict[str, DecisionVersion],
    despite: str,
    by: Actor,
    at: datetime,
) -> None:
    """Run the test cases of a procedure on its draft; failing ones block it unless somebody who may says why not."""
    tables = proving.compiled({ref: bytes(decision.dmn) for ref, decision in pinned.items()})
    proved = proving.prove(procedure.pk, definitions, tables)
    proving.write_down(proved, digest=draft.digest, at=at)
    failing = [each for each in proved if not each.verdict.passed]
    if not failing:
        return
    names = [each.test.name for each in failing]
    if despite.strip():
        permits.require_override(by)
        overridden = TestsOverridden(number=draft.number, failing=names, reason=despite.strip())
        journal.record(overridden, by=by, at=at, about=_ref(procedure))
        return
    first = failing[0]
    more = f" {len(failing) - 1} more fail." if len(failing) > 1 else ""
    raise Refusal(
        "tests_failed",
        f"The test case “{first.test.name}” fails: {first.verdict.departures[0].words}{more} "
        f"Correct the drawing or the test case. {permits.who_may_override()}",
        fields={each.verdict.departures[0].element: each.verdict.departures[0].words for each in failing},
    )


def _check(drawing: bytes, definitions: Definitions) -> tuple[check.Finding, ...]:
    known = check.Known(
        actions=actions.catalogue(),
        fields={spec.type: names_of(spec) for spec in registry.everything()},
        decisions=frozenset(DecisionTable.objects.values_list("key", flat=True)),
        outputs=answers.outputs(),
        choices=answers.choices(),
    )
    findings = [*standard(drawing), *check.check(definitions, known)]
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise Refusal("not_sound", " ".join(error.message for error in errors[:3]), fields=_by_element(errors))
    return tuple(findings)


def _by_element(errors: list[check.Finding]) -> dict[str, str]:
    sentences: dict[str, str] = {}
    for error in errors:
        sentences[error.element] = " ".join(filter(None, [sentences.get(error.element), error.message]))
    return sentences


def _pinned(definitions: Definitions) -> dict[str, DecisionVersion]:
    refs = sorted(set(proving.refs_of(definitions)))
    found = DecisionVersion.objects.filter(table__key__in=refs, status="published").select_related("table")
    by_ref = {version.table.key: version for version in found}
    missing = [ref for ref in refs if ref not in by_ref]
    if missing:
        raise Refusal(
            "decision_missing", f"Publish the decision table “{missing[0]}” first: a step of the drawing uses it."
        )
    return by_ref


def _take_over_settings(procedure: Procedure, definitions: Definitions, chart: Chart) -> None:
    settings = next(each.extensions.procedure for each in definitions.processes if each.id == chart.id)
    if settings is not None and settings.key and settings.key != procedure.key:
        raise Refusal(
            "other_procedure",
            f"The drawing says it is procedure “{settings.key}”, but this is “{procedure.key}”. Correct its settings.",
            "drawing",
        )
    if chart.record and chart.record != procedure.record_type:
        procedure.record_type = chart.record
        procedure.save(update_fields=["record_type"])


def _retire_published(procedure: Procedure, at: datetime) -> tuple[ProcedureVersion | None, int]:
    published = procedure.versions.filter(status=Status.PUBLISHED).first()
    if published is None:
        return None, 0
    published.status, published.retired_at = Status.RETIRED, at
    published.save(update_fields=["status", "retired_at"])
    StartTrigger.objects.filter(version=published).exclude(kind="sight").delete()
    return published, Case.objects.filter(version=published, status__in=RUNNING).count()


def _write_triggers(version: ProcedureVersion, chart: Chart, at: datetime, *, starts: bool) -> None:
    """Write what sets off the starts of a version; cases of a variant start at its base, and its rule takes them."""
    points = chart.starts if starts else ()
    rows = [trigger for start in points for trigger in schedule.triggers_of(start, version.pk, at)]
    StartTrigger.objects.bulk_create([*rows, *sights_of(chart, version.pk)])
