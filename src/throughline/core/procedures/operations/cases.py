"""Starting and cancelling cases by hand, by program, or in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import feel, permits
from throughline.core.procedures.driver.abandon import abandon
from throughline.core.procedures.events import CaseCancelled, VariablesChanged
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.procedures.models import Case, ProcedureVersion
from throughline.core.procedures.models.case import RUNNING
from throughline.core.procedures.opening import Opening, open_cases
from throughline.core.procedures.resting.operations import release
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.flow.engine import commands as cmd

__all__ = ["Opening", "cancel_case", "set_variables", "start_case", "start_cases"]


def start_case(
    *,
    procedure: str,
    record: RecordRef | None,
    by: Actor,
    at: datetime,
    node: str | None = None,
    variables: Mapping[str, Any] | None = None,
    cause: int | None = None,
    sandbox: bool = False,
) -> int:
    """Start a case of a published procedure for one record; see ``start_cases``."""
    (case,) = start_cases(
        procedure=procedure,
        records=[record],
        by=by,
        at=at,
        node=node,
        variables=variables,
        cause=cause,
        sandbox=sandbox,
    )
    return case


@transaction.atomic
def start_cases(
    *,
    procedure: str,
    records: Sequence[RecordRef | None],
    by: Actor,
    at: datetime,
    node: str | None = None,
    variables: Mapping[str, Any] | None = None,
    cause: int | None = None,
    sandbox: bool = False,
) -> list[int]:
    """
    Start a case of a published procedure for each record, and return the keys of the cases in the given order.

    The cases make their first step when a worker drains the inbox. ``node`` is the start event (None: the plain one),
    ``variables`` the first variables of every case, plain Python values. With ``sandbox`` the draft is tried instead
    of the published version.

    Raises:
        NotFound: there is no such procedure, or the person behind the actor may not see one of the records.
        NotAllowed: the person may not change one of them; or may not draw, and so not try a draft.
        Refusal: it has no published version (or no draft to try), or works on another type of record.
    """
    if sandbox:
        permits.require_design(by)
    version = _version(procedure, sandbox=sandbox)
    record_type = version.procedure.record_type
    wrong = next((ref for ref in records if (ref.type if ref else "") != record_type), None)
    if wrong is not None or (record_type and None in records):
        raise Refusal(
            "wrong_record_type", f"“{version.procedure.name}” works on records of type {record_type or 'none'}."
        )
    permits.require_change(records, by)
    given = feel.context(variables)
    openings = [
        Opening(version=version.pk, record=ref, node=node, variables=given, cause=cause, sandbox=sandbox)
        for ref in records
    ]
    return open_cases(openings, by=by, at=at)


def _version(procedure: str, *, sandbox: bool) -> ProcedureVersion:
    status = ProcedureVersion.Status.DRAFT if sandbox else ProcedureVersion.Status.PUBLISHED
    versions = ProcedureVersion.objects.filter(procedure__key=procedure).select_related("procedure").defer("bpmn")
    version = versions.filter(status=status).first()
    if version is not None:
        return version
    known = versions.first()
    if known is None:
        raise NotFound(f"There is no procedure “{procedure}” with a drawing. Create it first.")
    word = "draft to try" if sandbox else "published version"
    raise Refusal("not_published", f"“{known.procedure.name}” has no {word}. Publish it first.")


@transaction.atomic
def cancel_case(*, case_id: int, by: Actor, at: datetime, reason: str) -> None:
    """
    End a running case; its work items, timers and waits go with it when a worker drains the inbox.

    A case that is held, because it cannot be stepped, ends at once.

    Raises:
        NotFound: there is no such case.
        Refusal: it has ended already, or no reason is given.
    """
    case = _running_case(case_id, by, reason)
    if case.held:
        abandon(case.pk, by_label=by.label, at=at)
    else:
        release(case.pk)
        enqueue([Order(case.pk, cmd.Cancel(reason=reason), by, at)])
    cancelled = CaseCancelled(case=case.pk, procedure=case.version.procedure.key, reason=reason)
    journal.record(cancelled, by=by, at=at, about=permits.about(case), sandbox=case.sandbox)


@transaction.atomic
def set_variables(*, case_id: int, variables: Mapping[str, Any], by: Actor, at: datetime, reason: str) -> None:
    """
    Correct variables of a running case, most often before a failed step is retried. The reason is kept.

    ``variables`` holds plain Python values by name. Which names changed is journalled, not their values: they may be
    personal, and the case's own inputs keep them.

    Raises:
        NotFound: there is no such case, or the person may not see its record.
        NotAllowed: the person may not repair the case.
        Refusal: it has ended already, or no reason is given.
    """
    case = _running_case(case_id, by, reason)
    enqueue([Order(case.pk, cmd.SetVariables(feel.context(variables)), by, at)])
    changed = VariablesChanged(case=case.pk, names=sorted(variables), reason=reason)
    journal.record(changed, by=by, at=at, about=permits.about(case), sandbox=case.sandbox)


def _running_case(case_id: int, by: Actor, reason: str) -> Case:
    if not reason.strip():
        raise Refusal("reason_missing", "Say why; the reason is kept in the history of the case.", "reason")
    cases = Case.objects.select_related("version__procedure").defer("state", "version__bpmn")
    case = cases.filter(pk=case_id).first()
    if case is None:
        raise NotFound("There is no such case any more.")
    permits.require_repair(case, by)
    if case.status not in RUNNING:
        raise Refusal("already_ended", "The case has ended already, so there is nothing to change.")
    return case
