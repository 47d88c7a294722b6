"""
Trying a draft: beginning a trial, walking a test record, letting time pass, saying what is odd, cleaning up.

Everything of a trial carries ``sandbox``: lists, figures, search and programs do not see it, and what would leave the
house is caught in the outbox and shown. Cases of a trial run on the draft itself, so they end when it is changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Func, TextField, Value

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures import permits
from throughline.core.procedures.driver.abandon import abandon
from throughline.core.procedures.events import TrialEnded, TrialStarted
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.procedures.models import Case, Outbox, Procedure, Timer, Trial, TrialWalk
from throughline.core.procedures.models.case import RUNNING
from throughline.core.procedures.opening import Opening, open_cases
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.flow.engine import commands as cmd


@transaction.atomic
def start_trial(*, key: str, testers: Iterable[int], by: Actor, at: datetime) -> Trial:
    """
    Let named people try the draft of a procedure; they are told.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: there is no such procedure.
        Refusal: there is no draft, nobody is named, or a trial of it runs already.
    """
    permits.require_design(by)
    procedure = Procedure.objects.select_for_update().filter(key=key).first()
    if procedure is None:
        raise NotFound(f"There is no procedure “{key}”. Create it first.")
    draft = procedure.versions.filter(status="draft").first()
    if draft is None:
        raise Refusal("no_draft", f"“{procedure.name}” has no draft to try. Change the drawing first.")
    people = list(User.objects.filter(pk__in=set(testers), is_active=True).order_by("pk"))
    if not people:
        raise Refusal("no_testers", "Choose at least one person who tries it.", "testers")
    if draft.trials.filter(ended_at=None).exists():
        raise Refusal("runs_already", "A trial of this draft runs already. End it first.")
    trial = Trial.objects.create(version=draft, started_at=at, started_by_label=by.label)
    trial.testers.set(people)
    names = [person.pk for person in people]
    started = TrialStarted(trial=trial.pk, number=draft.number, testers=names)
    journal.record(started, by=by, at=at, about=RecordRef("procedure", procedure.pk))
    title = f"Try version {draft.number} of “{procedure.name}”"
    body = "Walk it on test records. Nothing leaves the house, and nothing counts."
    place = f"/procedures/{key}/trial/"
    told = [Message(each, "trial", title, body, place=place, key=f"trial:{trial.pk}") for each in names]
    notify_many(messages=told, by=by, at=at)
    return trial


def running_trial(*, key: str, by: Actor) -> Trial:
    """
    Return the running trial of a procedure that the actor takes part in.

    Raises:
        NotFound: none runs.
        NotAllowed: the person is none of its testers.
    """
    trials = Trial.objects.select_related("version__procedure").filter(version__procedure__key=key, ended_at=None)
    trial = trials.order_by("-pk").first()
    if trial is None:
        raise NotFound("No trial of this procedure runs. Begin one from its page.")
    if by.user_id is None or not trial.testers.filter(pk=by.user_id).exists():
        raise NotAllowed(f"You are no tester of this trial. Ask {trial.started_by_label}.")
    return trial


@transaction.atomic
def walk_draft(*, key: str, record: RecordRef | None, by: Actor, at: datetime, node: str | None = None) -> int:
    """
    Send a test record of the asker's through the draft, and return the key of the case.

    Raises:
        NotFound: no trial runs, or there is no such record.
        NotAllowed: the person is none of its testers.
        Refusal: the record is a real one, or of another type.
    """
    trial = running_trial(key=key, by=by)
    record_type = trial.version.procedure.record_type
    if (record.type if record else "") != record_type:
        raise Refusal("wrong_record_type", f"This procedure works on records of type {record_type or 'none'}.")
    if record is not None:
        _require_test_record(record, by)
    opening = Opening(version=trial.version_id, record=record, node=node, sandbox=True)
    (case,) = open_cases([opening], by=by, at=at)
    TrialWalk.objects.create(trial=trial, case_id=case, tester_id=by.user_id, digest=trial.version.digest)
    return case


def _require_test_record(ref: RecordRef, by: Actor) -> None:
    found = registry.get(ref.type).model._default_manager.filter(pk=ref.id, deleted_at=None).first()
    if found is None or found.owner_id != by.user_id:
        raise NotFound("There is no such test record of yours.")
    if not found.sandbox:
        raise Refusal("real_record", "A draft is tried on test records only; this one is real.")


@transaction.atomic
def pass_time(*, key: str, case_id: int, by: Actor, at: datetime) -> None:
    """
    Let the next deadline of a test case fall due now, as if the time until then had passed.

    Raises:
        NotFound: no trial runs, or the case is none of it.
        NotAllowed: the person is none of its testers.
        Refusal: the case waits for no clock.
    """
    trial = running_trial(key=key, by=by)
    walk = trial.walks.filter(case_id=case_id).first()
    if walk is None:
        raise NotFound("There is no such test case in this trial.")
    timer = Timer.objects.filter(case_id=case_id).order_by("due_at", "timer").first()
    if timer is None:
        raise Refusal("no_clock", "This test case waits for no clock.")
    enqueue([Order(case_id, cmd.TimerDue(timer.timer), by, at)])


@transaction.atomic
def end_trial(*, key: str, by: Actor, at: datetime) -> int:
    """
    End the running trial of a procedure and take away its cases and test records; remarks stay. Return how many cases.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures and is no tester.
        NotFound: none runs.
    """
    trials = Trial.objects.select_related("version__procedure").filter(version__procedure__key=key, ended_at=None)
    trial = trials.order_by("-pk").first()
    if trial is None:
        raise NotFound("No trial of this procedure runs.")
    user = access.user_of(by)
    if user is not None and not trial.testers.filter(pk=user.pk).exists():
        permits.require_design(by)
    return close(trial, by=by, at=at)


def close(trial: Trial, *, by: Actor, at: datetime) -> int:
    """End a trial in the caller's transaction, and take away what it made."""
    cases = list(Case.objects.filter(version=trial.version_id, sandbox=True).values_list("pk", flat=True))
    for case in cases:
        abandon(case, by_label=by.label, at=at)
    for ref in _made_by(cases, trial.started_at):
        spec = registry.find(ref.type)
        if spec is not None:
            rows = spec.model._default_manager.filter(pk=ref.id, sandbox=True, deleted_at=None)
            rows.update(deleted_at=at)
    Outbox.objects.filter(case__in=cases).delete()
    Case.objects.filter(pk__in=cases).delete()
    trial.ended_at, trial.ended_by_label = at, by.label
    trial.save(update_fields=["ended_at", "ended_by_label"])
    ended = TrialEnded(trial=trial.pk, number=trial.version.number, cases=len(cases))
    journal.record(ended, by=by, at=at, about=RecordRef("procedure", trial.version.procedure_id))
    return len(cases)


def _made_by(cases: list[int], since: datetime) -> set[RecordRef]:
    """
    Return the test records of these cases: those they travel with, and those that they made on their way.

    An action acts as ``case:activation``. Whatever of it is real is left alone by whoever takes them away.
    """
    rows = Case.objects.filter(pk__in=cases, record_id__isnull=False).values_list("record_type", "record_id")
    acting = Func(F("actor_id"), Value(":"), Value(1), function="split_part", output_field=TextField())
    by_case = Entry.objects.filter(sandbox=True, at__gte=since, actor_kind="procedure").annotate(case=acting)
    made = by_case.filter(case__in=[str(case) for case in cases]).values_list("record_type", "record_id").distinct()
    return {RecordRef(record_type, record_id) for record_type, record_id in (*rows, *made) if record_id is not None}


def draft_changed(version_id: int, digest: str, *, by: Actor, at: datetime) -> None:
    """End the walks of a draft that began on another state of it, in the caller's transaction."""
    stale = TrialWalk.objects.filter(case__version=version_id, case__status__in=RUNNING).exclude(digest=digest)
    for case in list(stale.values_list("case_id", flat=True)):
        abandon(case, by_label=by.label, at=at)


def version_published(version_id: int, *, by: Actor, at: datetime) -> None:
    """End the trial of a draft that is published, in the caller's transaction: from now on it is no draft."""
    for trial in Trial.objects.select_related("version").filter(version=version_id, ended_at=None):
        close(trial, by=by, at=at)
