"""Writes of promises: giving one, saying what became of it, opening it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.records import nextstep, registry, search
from throughline.core.records.operations import Change, home_teams, locked, write_changes
from throughline.core.records.queries import get_record
from throughline.core.records.text import clean
from throughline.core.refusals import NotFound, Refusal
from throughline.crm.activities.models import ActivityLink
from throughline.crm.people.models import Contact
from throughline.crm.promises import events
from throughline.crm.promises.models import Promise, PromiseStatus


@transaction.atomic
def make_promise(
    *,
    what: str,
    about: RecordRef,
    due_at: datetime,
    by: Actor,
    at: datetime,
    owner_id: int | None = None,
    activity_id: int | None = None,
) -> Promise:
    """
    Keep that something was promised about a record, until ``due_at``, and return it.

    It is given to the record's person where there is one, by ``owner_id`` or else by the actor. ``activity_id`` is the
    call, mail or note it was made in.

    Raises:
        NotFound: the actor may not see the record, or the activity is not about it.
        Refusal: nothing is promised, or it was due before now.
    """
    spec, user = registry.find(about.type), access.user_of(by)
    if spec is None:
        raise NotFound("There is no such record. Look in the list.")
    if user is not None:
        record = get_record(spec=spec, user=user, record_id=about.id)
    else:
        record = spec.model._default_manager.get(pk=about.id)
    words = clean(what)[:300]
    if not words:
        raise Refusal("empty_promise", "Say in a few words what was promised.", "what")
    if due_at < at:
        raise Refusal("promise_past", "Until when? Choose a moment that is still to come.", "due_at")
    if activity_id is not None:
        _require_about(activity_id, about)
    owner = owner_id if owner_id is not None else by.user_id if by.user_id is not None else record.owner_id
    promise = Promise.objects.create(
        what=words,
        due_at=due_at,
        contact_id=_person_of(about, record),
        record_type=about.type,
        record_id=about.id,
        activity_id=activity_id,
        owner_id=owner,
        team_id=home_teams([owner]).get(owner) if owner is not None else record.team_id,
        sandbox=record.sandbox,
        created_at=at,
        created_by=by.label,
        updated_at=at,
        updated_by=by.label,
    )
    search.feed(registry.get("promise"), [promise])
    event = events.PromiseMade(
        promise=promise.pk,
        what=words,
        due_at=due_at.isoformat(),
        owner=owner,
        contact=promise.contact_id,
        activity=activity_id,
    )
    journal.record(event, by=by, at=at, about=about, sandbox=promise.sandbox)
    nextstep.refresh([about])
    return promise


def _require_about(activity_id: int, about: RecordRef) -> None:
    links = ActivityLink.objects.filter(activity_id=activity_id, record_type=about.type, record_id=about.id)
    if not links.exists():
        raise NotFound("This call or note is not about the record. Look at its timeline.")


def _person_of(about: RecordRef, record: object) -> int | None:
    """Return the contact behind a record: itself, or the one its field names."""
    if isinstance(record, Contact):
        return about.id
    key = getattr(record, "contact_id", None)
    return key if isinstance(key, int) else None


@transaction.atomic
def settle_promise(*, promise_id: int, status: str, by: Actor, at: datetime, reason: str = "") -> Promise:
    """
    Say what became of a promise: it was kept, broken or withdrawn.

    Raises:
        NotFound, NotAllowed: the actor may not change it.
        Refusal: it was settled before, the status is none, or a broken or withdrawn one has no reason.
    """
    promise = _locked(promise_id, by)
    if status not in SETTLED:
        raise Refusal("unknown_status", "Choose kept, broken or withdrawn.", "status")
    if promise.status != PromiseStatus.OPEN:
        raise Refusal("settled_before", f"This promise was {promise.status.lower()} already. Open it again first.")
    if status != PromiseStatus.KEPT and not reason.strip():
        raise Refusal("no_reason", "Say why: the next colleague will be asked.", "reason")
    promise.status, promise.settled_at, promise.settled_reason = status, at, reason.strip()[:500]
    return _write(promise, SETTLED[status](promise), by, at)


@transaction.atomic
def reopen_promise(*, promise_id: int, by: Actor, at: datetime) -> Promise:
    """
    Let a promise be open again: what became of it was said too early. One that is open changes nothing.

    Raises:
        NotFound, NotAllowed: the actor may not change it.
    """
    promise = _locked(promise_id, by)
    if promise.status == PromiseStatus.OPEN:
        return promise
    promise.status, promise.settled_at, promise.settled_reason = PromiseStatus.OPEN, None, ""
    return _write(promise, events.PromiseReopened(promise=promise.pk, what=promise.what), by, at)


def _locked(promise_id: int, by: Actor) -> Promise:
    found: Promise = locked(registry.get("promise"), [promise_id], by=by, action=access.EDIT)[promise_id]
    return found


def _write(promise: Promise, event: journal.JournalEvent, by: Actor, at: datetime) -> Promise:
    change = Change(promise, {"status", "settled_at", "settled_reason"})
    write_changes(spec=registry.get("promise"), changes=[change], by=by, at=at)
    journal.record(event, by=by, at=at, about=promise.about, sandbox=promise.sandbox)
    return promise


SETTLED: Mapping[str, Callable[[Promise], journal.JournalEvent]] = {
    PromiseStatus.KEPT: lambda promise: events.PromiseKept(
        promise=promise.pk,
        what=promise.what,
        late=promise.settled_at is not None and promise.settled_at > promise.due_at,
        reason=promise.settled_reason,
    ),
    PromiseStatus.BROKEN: lambda promise: events.PromiseBroken(
        promise=promise.pk, what=promise.what, reason=promise.settled_reason
    ),
    PromiseStatus.WITHDRAWN: lambda promise: events.PromiseWithdrawn(
        promise=promise.pk, what=promise.what, reason=promise.settled_reason
    ),
}
"""What became of it → what the journal is told."""
