"""
Telling subscribers: who is next, the call, and what follows from its answer.

Theory of operation. A process takes a subscription under a lease (``claim``), reads what comes after its place in the
journal, calls the address with no transaction open, and moves the place on when the call was taken. The id of a call is
made of the places it spans, so a repeated one has the same. While a call fails the place stays: order is kept, and what
happens meanwhile waits in the journal, which keeps it anyway. Between calls that have nothing to tell the journal is
looked at every second, by one process.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.db import transaction
from django.db.models import Min, Q
from django.db.models.functions import Greatest

from throughline import __version__
from throughline.connect.hooks import call, rules, secret
from throughline.connect.subscriptions.models import Subscription
from throughline.connect.subscriptions.operations import pause
from throughline.core.actor import Actor
from throughline.core.journal.read import Cursor, TimelineEntry
from throughline.core.records.feed import as_sent, events_after

LEASE = timedelta(seconds=60)
LOOK_EVERY = timedelta(seconds=1)
AT_ONCE = 100
"""Events in one call."""
TIMEOUT = 10.0
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
PATIENCE = timedelta(days=3)
"""So long calls may fail before the subscription is paused."""


def next_due() -> datetime | None:
    """Return when a subscription is to be looked at next, None when nobody is subscribed."""
    ready = Greatest("next_at", "leased_until")  # PostgreSQL's takes no notice of what is null
    due: datetime | None = Subscription.objects.filter(active=True).aggregate(due=Min(ready))["due"]
    return due


@transaction.atomic
def claim(*, at: datetime) -> Subscription | None:
    """Take a subscription that is due, for the time of a lease; None when there is none."""
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    due = Subscription.objects.filter(free, active=True, next_at__lte=at).select_related("user").order_by("next_at")
    found = due.select_for_update(skip_locked=True, of=("self",)).first()
    if found is not None:
        found.leased_until = at + LEASE
        found.save(update_fields=["leased_until"])
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one turn: how many events were told, and why none were, if a call failed."""

    events: int = 0
    failure: str = ""


def tell(subscription: Subscription, *, at: datetime) -> Told:
    """Call a claimed subscription's address if there is something to tell, and keep what became of it."""
    after = Cursor(subscription.era, subscription.txid, subscription.entry)
    entries, following = events_after(user=subscription.user, after=after, limit=AT_ONCE, events=subscription.events)
    if entries and (failure := _called(subscription, after, entries, at)):
        _failed(subscription, failure, at)
        return Told(failure=failure)
    _moved(subscription, following, told=bool(entries), more=following != after, at=at)
    return Told(len(entries))


def _called(subscription: Subscription, after: Cursor, entries: list[TimelineEntry], at: datetime) -> str:
    """Call, and return why it was not taken; empty when it was."""
    body = msgspec.json.encode({"subscription": subscription.pk, "events": [as_sent(entry) for entry in entries]})
    name = f"subscription-{subscription.pk}-{after.txid}-{after.id}-{entries[-1].id}"
    stamp = int(at.timestamp())
    try:
        key = secret.open_sealed(subscription.secret)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Throughline/{__version__}",
            "webhook-id": name,
            "webhook-timestamp": str(stamp),
            "webhook-signature": rules.signature(key, name, stamp, body),
        }
        answer = call.post(subscription.url, body, headers, inside=subscription.inside, timeout=TIMEOUT)
    except (call.NobodyThere, call.NotAllowedThere, ValueError) as problem:
        return f"{problem}"
    return "" if 200 <= answer.status < 300 else f"The address answered {answer.status}."


def _moved(subscription: Subscription, to: Cursor, *, told: bool, more: bool, at: datetime) -> None:
    Subscription.objects.filter(pk=subscription.pk, leased_until=subscription.leased_until).update(
        era=to.era, txid=to.txid, entry=to.id, leased_until=None, next_at=at if more else at + LOOK_EVERY,
        **({"tries": 0, "failing_since": None, "failure": "", "told_at": at} if told else {}),
    )  # fmt: skip


def _failed(subscription: Subscription, failure: str, at: datetime) -> None:
    since = subscription.failing_since or at
    if at - since >= PATIENCE:
        reason = f"Calls to {subscription.url} have failed for {PATIENCE.days} days: {failure}"
        pause(subscription=subscription, reason=reason, by=Actor.system(), at=at)
        return
    wait = min(FIRST_PAUSE * 2**subscription.tries, LONGEST_PAUSE)
    Subscription.objects.filter(pk=subscription.pk, leased_until=subscription.leased_until).update(
        leased_until=None, next_at=at + wait, tries=subscription.tries + 1, failing_since=since, failure=failure[:500]
    )
