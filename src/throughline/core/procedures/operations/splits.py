"""Letting two versions of a procedure share the cases that start, and ending that with one of them for all."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import charts, permits, schedule
from throughline.core.procedures.events import SplitEnded, SplitStarted, VersionPublished
from throughline.core.procedures.models import Case, Procedure, ProcedureVersion, Split, StartTrigger
from throughline.core.procedures.models.case import RUNNING
from throughline.core.procedures.operations.procedures import follow
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, NotFound, Refusal

Status = ProcedureVersion.Status


@transaction.atomic
def start_split(*, key: str, other: int, percent: int, by: Actor, at: datetime) -> Split:
    """
    Let ``percent`` of a hundred cases start with version ``other``, which ran before, and the rest with the published.

    Raises:
        NotAllowed: the person behind the actor may not publish; the sentence names who can.
        NotFound: there is no such procedure.
        Refusal: one of the versions cannot take part, they do not begin in the same way, or cases are shared already.
    """
    permits.require_publish(by)
    procedure = _locked(key)
    live = procedure.versions.filter(status=Status.PUBLISHED).first()
    if live is None:
        raise Refusal("not_published", f"“{procedure.name}” has no published version, so there is nothing to share.")
    found = procedure.versions.filter(number=other, status=Status.RETIRED, published_at__isnull=False).first()
    if found is None:
        raise Refusal("never_ran", f"Version {other} never ran. Choose one that was published before.", "other")
    if not 1 <= percent <= 99:
        raise Refusal("no_share", "Write a share from 1 to 99 percent.", "percent")
    if Split.objects.filter(live=live, ended_at=None).exists():
        raise Conflict(f"Two versions of “{procedure.name}” share its cases already. End that first.")
    if not charts.begin_alike(live.pk, found.pk):
        raise Refusal(
            "other_starts",
            "The two versions do not begin in the same way. Give both the same start events, with the same ids, "
            "triggers and conditions, so that each case could start with either.",
        )
    split = Split.objects.create(live=live, other=found, percent=percent, started_at=at)
    told = SplitStarted(split=split.pk, live=live.number, other=found.number, percent=percent)
    journal.record(told, by=by, at=at, about=RecordRef("procedure", procedure.pk))
    return split


@transaction.atomic
def end_split(*, split_id: int, keep: int, reason: str, by: Actor, at: datetime) -> ProcedureVersion:
    """
    Let all cases start with version ``keep``, one of the two, from now on; return the version that is published then.

    Running cases go on with the version that was drawn for them. When another version has been published meanwhile,
    the split had no say any more: it is closed, and that version stays.

    Raises:
        NotAllowed: the person behind the actor may not publish; the sentence names who can.
        NotFound: there is no such split.
        Conflict: it has ended already.
        Refusal: ``keep`` is none of the two versions, or nothing is published any more.
    """
    permits.require_publish(by)
    split = Split.objects.select_for_update().select_related("live", "other").filter(pk=split_id).first()
    if split is None:
        raise NotFound("These versions do not share cases any more.")
    if split.ended_at is not None:
        raise Conflict("These versions do not share cases any more.")
    procedure = _locked(Procedure.objects.values_list("key", flat=True).get(pk=split.live.procedure_id))
    if keep not in (split.live.number, split.other.number):
        raise Refusal("other_version", f"Version {keep} takes no part in it. Choose one of the two.", "keep")
    published = procedure.versions.filter(status=Status.PUBLISHED).first()
    if published is None:
        raise Refusal("not_published", f"“{procedure.name}” was retired meanwhile. Publish a version first.")
    if published == split.live and keep == split.other.number:
        published = _reinstate(procedure, split, by=by, at=at, reason=reason)
    split.ended_at = at
    split.save(update_fields=["ended_at"])
    ended = SplitEnded(split=split.pk, kept=published.number, reason=reason)
    journal.record(ended, by=by, at=at, about=RecordRef("procedure", procedure.pk))
    return published


def _reinstate(procedure: Procedure, split: Split, *, by: Actor, at: datetime, reason: str) -> ProcedureVersion:
    """Publish the other version again in place of the one that is live."""
    live, other = split.live, split.other
    live.status, live.retired_at = Status.RETIRED, at
    live.save(update_fields=["status", "retired_at"])
    StartTrigger.objects.filter(version=live).delete()
    other.status, other.retired_at = Status.PUBLISHED, None
    other.save(update_fields=["status", "retired_at"])
    chart = charts.running(other.pk).chart
    StartTrigger.objects.bulk_create(
        trigger for start in chart.starts for trigger in schedule.triggers_of(start, other.pk, at)
    )
    told = VersionPublished(
        number=other.number,
        digest=other.digest,
        note=reason,
        replaced=live.number,
        staying=Case.objects.filter(version=live, status__in=RUNNING).count(),
        decisions={pin.ref: pin.decision.number for pin in other.pins.select_related("decision")},
    )
    journal.record(told, by=by, at=at, about=RecordRef("procedure", procedure.pk))
    follow(procedure, other, by=by, at=at)
    return other


def _locked(key: str) -> Procedure:
    procedure = Procedure.objects.select_for_update().filter(key=key).first()
    if procedure is None:
        raise NotFound(f"There is no procedure “{key}” any more.")
    return procedure
