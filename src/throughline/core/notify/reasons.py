"""Why somebody is told something: what people mute, and what they choose a channel for. Pure."""

from __future__ import annotations

from django.db import models


class Reason(models.TextChoices):
    """Why a message is sent, as people tell their messages apart."""

    MENTION = "mention", "Somebody mentioned you"
    ASSIGNED = "assigned", "Something became yours"
    WORK = "work", "A step was given to you"
    PROMISE = "promise", "A promise is due"
    REMINDER = "reminder", "You wanted to be reminded"
    FOLLOW = "follow", "Something you follow has changed"
    ESCALATION = "escalation", "A deadline passed"
    INCIDENT = "incident", "A procedure cannot go on"
    TOLD = "told", "A procedure tells you something"


BY_KIND = {
    "mention": Reason.MENTION,
    "reply": Reason.MENTION,
    "assigned": Reason.ASSIGNED,
    "handover": Reason.ASSIGNED,
    "work": Reason.WORK,
    "promise": Reason.PROMISE,
    "reminder": Reason.REMINDER,
    "follow": Reason.FOLLOW,
    "escalation": Reason.ESCALATION,
    "incident": Reason.INCIDENT,
}
"""Kinds of messages by name → reason; what charts name otherwise is told."""

ALWAYS_HEARD = frozenset({Reason.MENTION})
"""Who is spoken to hears it, also about a record that is muted: only muting the reason itself keeps it quiet."""


def reason_of(kind: str) -> Reason:
    """Return why a message of this kind is sent."""
    return BY_KIND.get(kind, Reason.TOLD)
