"""Endpoints of subscriptions: addresses that are told what happens."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from throughline.api.shapes import INSTANT
from throughline.api.site import Answer, Call, Endpoint
from throughline.connect.subscriptions import operations
from throughline.connect.subscriptions.models import Subscription


class NewHook(msgspec.Struct, forbid_unknown_fields=True):
    """The address to tell, and the names of the events; without any, all."""

    url: Annotated[str, Meta(min_length=1, max_length=500)]
    events: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=200)] = []
    inside: bool = False


class Subscribed(msgspec.Struct):
    """A subscription; while calls fail, why."""

    id: int
    url: str
    events: list[str]
    active: bool
    created_at: INSTANT
    told_at: INSTANT | None
    failing_since: INSTANT | None
    failure: str


class NewlySubscribed(Subscribed):
    """A new subscription with the secret that signs its calls, which is shown this once."""

    secret: str


class Hooks(msgspec.Struct):
    """The person's subscriptions."""

    data: list[Subscribed]


def _told(row: Subscription) -> dict[str, object]:
    return {name: getattr(row, name) for name in Subscribed.__struct_fields__}


def list_them(call: Call) -> Answer:
    """Return the person's subscriptions."""
    call.need("hooks")
    rows = operations.subscriptions_of(user_id=call.user.pk)
    return Answer({"data": [_told(row) for row in rows]})


def subscribe(call: Call, sent: NewHook) -> Answer:
    """Subscribe an address."""
    call.need("hooks")
    row, secret = operations.subscribe(url=sent.url, events=sent.events, inside=sent.inside, by=call.by, at=call.at)
    return Answer({**_told(row), "secret": secret}, 201)


def resume(call: Call, subscription_id: int) -> Answer:
    """Go on with a paused subscription."""
    call.need("hooks")
    return Answer(_told(operations.resume(subscription_id=subscription_id, by=call.by, at=call.at)))


def end(call: Call, subscription_id: int) -> Answer:
    """End a subscription."""
    call.need("hooks")
    operations.unsubscribe(subscription_id=subscription_id, by=call.by, at=call.at)
    return Answer()


HOOKS = (
    Endpoint(
        "GET", "hooks", "hooks", "List subscriptions", list_them, "events",
        told=lambda _user: Hooks,
    ),
    Endpoint(
        "POST", "hooks", "subscribe", "Tell an address what happens", subscribe, "events",
        shape=lambda _user: NewHook, told=lambda _user: NewlySubscribed, status=201, refuses=(422,),
    ),
    Endpoint(
        "POST", "hooks/<int:subscription_id>/resumption", "resume", "Go on with a paused subscription", resume,
        "events", told=lambda _user: Subscribed, refuses=(404,),
    ),
    Endpoint(
        "DELETE", "hooks/<int:subscription_id>", "unsubscribe", "End a subscription", end, "events",
        status=204, refuses=(404,),
    ),
)  # fmt: skip
"""Hooks."""
