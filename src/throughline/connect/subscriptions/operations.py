"""Subscribing an address to events, pausing, resuming and ending it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from throughline.connect.hooks import rules, secret
from throughline.connect.subscriptions.events import (
    SubscriptionEnded,
    SubscriptionMade,
    SubscriptionPaused,
    SubscriptionResumed,
)
from throughline.connect.subscriptions.models import Subscription
from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.journal.events import kinds
from throughline.core.journal.read import newest
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal

CHANNEL = "throughline_subscriptions"
MOST = 20
"""Subscriptions that one person may have."""


@transaction.atomic
def subscribe(
    *, url: str, events: Sequence[str], by: Actor, at: datetime, inside: bool = False
) -> tuple[Subscription, str]:
    """
    Tell an address what happens from now on, and return the subscription with its secret, which is shown this once.

    ``inside``: the address may lie in a private network; for those who manage connections.

    Raises:
        NotAllowed: ``inside`` without the ability.
        Refusal: the address or an event cannot be used, or there are too many subscriptions.
    """
    user = access.user_of(by)
    if user is None:
        raise Refusal("nobody_subscribes", "A subscription needs a person whose rights bound it. Use a person's key.")
    if inside:
        access.require_ability(
            user, access.MANAGE_CONNECTIONS, otherwise="Ask an administrator to subscribe an address inside."
        )
    problem = rules.problem_with(url) or ("The address is too long." if len(url) > 500 else "")
    if problem:
        raise Refusal("unreadable_url", problem, "url")
    unknown = sorted(set(events) - {kind.name for kind in kinds})
    if unknown:
        raise Refusal("unknown_event", f'There is no event "{unknown[0]}". The document lists them.', "events")
    if Subscription.objects.filter(user=user).count() >= MOST:
        raise Refusal("too_many_subscriptions", f"You have {MOST} subscriptions. End one first.")
    made = secret.make()
    place = newest()
    subscription = Subscription.objects.create(
        user=user, url=url, events=sorted(set(events)), secret=secret.seal(made), inside=inside, created_at=at,
        next_at=at, era=place.era, txid=place.txid, entry=place.id,
    )  # fmt: skip
    told = SubscriptionMade(url=url, events=subscription.events)
    journal.record(told, by=by, at=at, about=_about(subscription))
    _wake()
    return subscription, made


def subscriptions_of(*, user_id: int) -> list[Subscription]:
    """Return a person's subscriptions."""
    return list(Subscription.objects.filter(user_id=user_id))


def own(*, subscription_id: int, by: Actor) -> Subscription:
    """
    Return a person's own subscription, locked until the transaction ends.

    Raises:
        NotFound: the person has no such.
    """
    found = Subscription.objects.select_for_update().filter(pk=subscription_id, user=by.user_id).first()
    if found is None:
        raise NotFound("You have no such subscription. Look at the list of yours.")
    return found


@transaction.atomic
def unsubscribe(*, subscription_id: int, by: Actor, at: datetime) -> None:
    """
    Tell an address nothing any more.

    Raises:
        NotFound: the person has no such subscription.
    """
    subscription = own(subscription_id=subscription_id, by=by)
    journal.record(SubscriptionEnded(url=subscription.url), by=by, at=at, about=_about(subscription))
    subscription.delete()


@transaction.atomic
def resume(*, subscription_id: int, by: Actor, at: datetime) -> Subscription:
    """
    Go on from the place at which a paused subscription stopped; one that is not paused is tried at once.

    Raises:
        NotFound: the person has no such subscription.
    """
    subscription = own(subscription_id=subscription_id, by=by)
    subscription.active, subscription.next_at, subscription.tries = True, at, 0
    subscription.failing_since, subscription.failure = None, ""
    subscription.save(update_fields=["active", "next_at", "tries", "failing_since", "failure"])
    journal.record(SubscriptionResumed(url=subscription.url), by=by, at=at, about=_about(subscription))
    _wake()
    return subscription


@transaction.atomic
def pause(*, subscription: Subscription, reason: str, by: Actor, at: datetime) -> None:
    """Stop calling an address that has taken no call for too long, and tell its person."""
    Subscription.objects.filter(pk=subscription.pk).update(active=False, leased_until=None, failure=reason)
    told = SubscriptionPaused(url=subscription.url, reason=reason)
    journal.record(told, by=by, at=at, about=_about(subscription))
    message = Message(
        subscription.user_id,
        "subscription.paused",
        f"{subscription.url} is told nothing any more",
        f"{reason} What happens meanwhile is told when you resume the subscription.",
        key=f"subscription-{subscription.pk}-{at.isoformat()}",
    )
    notify_many(messages=[message], by=by, at=at)


def _wake() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _about(subscription: Subscription) -> RecordRef:
    return RecordRef("event_subscription", subscription.pk)
