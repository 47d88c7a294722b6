"""Telling a real receiver on this machine."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.outside.receiver import Receiver
from throughline.connect.hooks import rules
from throughline.connect.subscriptions import operations, telling
from throughline.connect.subscriptions.models import Subscription
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.notify.models import Notification
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead

pytestmark = [
    pytest.mark.req("J7"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("readable_at_once"),
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def subscribed(user: User, receiver: Receiver, at: datetime, *events: str) -> str:
    """Subscribe the receiver, and return the secret."""
    subscription, secret = operations.subscribe(
        url=receiver.url, events=events, by=Actor.user(user), at=at, inside=True
    )
    Subscription.objects.filter(pk=subscription.pk).update(inside=True)
    return secret


def capture(user: User, at: datetime, *names: str) -> list[int]:
    """Let leads of a person come in."""
    return [capture_lead(values={"name": name}, by=Actor.user(user), at=at).pk for name in names]


def turn(at: datetime) -> telling.Told:
    """Do what a herald does once."""
    claimed = telling.claim(at=at)
    assert claimed is not None
    return telling.tell(claimed, at=at)


def told(receiver: Receiver) -> list[int]:
    """Return the records of all events that were received, in order."""
    return [event["about"]["id"] for call in receiver.calls for event in call.json["events"]]


class TestTelling:
    def test_tells_what_happens_from_now_on_in_order_and_signed(
        self, cast: Cast, receiver: Receiver, at: datetime
    ) -> None:
        secret = subscribed(cast.admin, receiver, at, "lead.captured")
        leads = capture(cast.maya, at, "One", "Two", "Three")

        turn(at)

        (call,) = receiver.calls
        expected = rules.signature(
            base64.b64decode(secret[6:]), call.headers["webhook-id"], int(at.timestamp()), call.body
        )
        assert call.headers["webhook-signature"] == expected
        assert told(receiver)[-3:] == leads

    def test_tells_again_with_the_same_id_what_was_not_taken(
        self, cast: Cast, receiver: Receiver, at: datetime
    ) -> None:
        subscribed(cast.admin, receiver, at, "lead.captured")
        (lead,) = capture(cast.maya, at, "One")
        receiver.status = 500

        failed = turn(at)
        too_soon = telling.claim(at=at + timedelta(seconds=4))
        receiver.status = 200
        taken = turn(at + timedelta(seconds=5))

        assert (failed.failure, too_soon, taken.events) == ("The address answered 500.", None, 1)
        assert told(receiver) == [lead, lead]
        assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
        assert turn(at + timedelta(seconds=60)).events == 0

    @pytest.mark.req("L1")
    def test_tells_nobody_what_the_person_may_not_see(self, cast: Cast, receiver: Receiver, at: datetime) -> None:
        subscription, _ = operations.subscribe(url=receiver.url, events=(), by=Actor.user(cast.ines), at=at)
        Subscription.objects.filter(pk=subscription.pk).update(inside=True)
        capture(cast.maya, at, "One")

        assert turn(at).events == 0
        assert receiver.calls == []

    def test_pauses_after_days_of_failure_tells_the_person_and_goes_on_where_it_stopped(
        self, cast: Cast, receiver: Receiver, at: datetime
    ) -> None:
        subscribed(cast.admin, receiver, at, "lead.captured")
        (lead,) = capture(cast.maya, at, "One")
        receiver.status = 503

        turn(at)
        later = at + timedelta(days=3, seconds=1)
        turn(later)

        (row,) = operations.subscriptions_of(user_id=cast.admin.pk)
        assert (row.active, telling.next_due()) == (False, None)
        assert Notification.objects.filter(user=cast.admin, kind="subscription.paused").count() == 1

        receiver.status = 200
        operations.resume(subscription_id=row.pk, by=Actor.user(cast.admin), at=later)
        assert turn(later).events == 1
        assert told(receiver)[-1] == lead

    def test_is_taken_by_another_when_a_lease_has_run_out(self, cast: Cast, receiver: Receiver, at: datetime) -> None:
        subscribed(cast.admin, receiver, at)
        first = telling.claim(at=at)

        assert telling.claim(at=at + timedelta(seconds=59)) is None
        assert telling.next_due() == at + telling.LEASE
        second = telling.claim(at=at + telling.LEASE)
        assert first is not None
        assert second is not None
        assert second.pk == first.pk
