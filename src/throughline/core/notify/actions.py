"""What charts may ask of messages to people: what they say as mails. Sending them is a mail step's matter."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.notify.letters import Letter, letter_of, take_digests
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python


def _write_all(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    return [_write(request.inputs.get("notification")) for request in requests]


def _write(key: Any) -> ActionResult:
    if not isinstance(key, Decimal):
        return ActionResult.failed("Expected the key of a notification, but the step names none.", code="no_message")
    letter = letter_of(notification_id=int(key))
    return ActionResult(from_python({"wanted": letter is not None, **(_told(letter) if letter else {})}))


def _take_all(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    """Requests of a draft that is tried take nobody's digest away."""
    return [
        ActionResult(from_python({"letters": [] if request.sandbox else [_told(each) for each in _taken(request)]}))
        for request in requests
    ]


def _taken(request: ActionRequest) -> list[Letter]:
    return take_digests(at=request.at)


def _told(letter: Letter) -> dict[str, Any]:
    return {"person": letter.user_id, "to": letter.to, "subject": letter.subject, "text": letter.text}


ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="notification.letter",
            title="Write a notification as a mail",
            summary="Give a message to a colleague as a mail, unless it has been read meanwhile.",
            inputs=(Parameter(name="notification", title="Key of the notification", type="number", required=True),),
            outputs=(
                Parameter(name="wanted", title="Still unread", type="boolean"),
                Parameter(name="person", title="Colleague (key)", type="number"),
                Parameter(name="to", title="Address", type="string"),
                Parameter(name="subject", title="Subject", type="string"),
                Parameter(name="text", title="Text", type="string"),
            ),
        ),
        _write_all,
    ),
    (
        ActionSpec(
            name="notification.digests",
            title="Collect the digests that are due",
            summary="For each colleague whose hour has come: one mail a day with what they have not read.",
            inputs=(),
            outputs=(Parameter(name="letters", title="Mails: person, to, subject, text", type="list"),),
        ),
        _take_all,
    ),
]
