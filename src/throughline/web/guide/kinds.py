"""Guessing the kind of a step from how it is called, as a colleague would who fills in the form."""

from __future__ import annotations

import re

_WORDS: tuple[tuple[str, str], ...] = (
    (r"\b(tell|notify|inform|alert)\b.*\bmanager\b", "action-notify.manager"),
    (r"\b(tell|notify|inform|alert)\b", "action-notify.person"),
    (r"\b(tag|mark)\b", "action-record.tag"),
    (r"\b(assign|route)\b", "action-record.assign"),
    (r"\b(wait|pause)\b", "wait"),
    (r"\b(call|phone|ring|contact)\b", "call"),
    (r"\b(approve|agree|sign off)\b", "approve"),
    (r"\b(demo|meet|meeting|visit|present)\b", "meeting"),
    (r"\b(qualify|qualification)\b", "qualify"),
    (r"\b(proposal|offer|quote)\b", "proposal"),
    (r"\b(mail|write|e-mail|reply)\b", "mail-by-hand"),
)


def guessed(name: str) -> str:
    """Return the kind of the step catalogue that a name speaks of; any other task when it speaks of none."""
    return next((kind for pattern, kind in _WORDS if re.search(pattern, name.lower())), "task")
