"""Whom mail may be sent to, and what it says. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.crm.people import consent
from throughline.crm.people.consent import Kept
from throughline.flow import values

ENQUIRY = "Enquiry"
"""Answering what the person has asked: no consent is needed, and only a word against just that stands against it."""
CHANNEL = "Email"

_PLACE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_ ]*?)\s*\}\}")
_ADDRESS = re.compile(r"[^@\s<>\"',;:\\\r\n]{1,64}@[^@\s<>\"',;:\\\r\n]{1,253}")


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person as far as mail is concerned. ``words``: what they said about being contacted, newest first."""

    address: str
    opted_out: bool = False
    words: Sequence[Kept] = ()


def reason_against(recipient: Recipient, purpose: str, at: datetime) -> str:
    """
    Return why a message may not be sent, as a word for programs; empty when it may.

    ``opted_out``: the person wants no mail. ``refused``: they said no to this purpose. ``no_consent``: they never said
    yes to it, or not any more.
    """
    if purpose == ENQUIRY:
        latest = consent.standing(word for word in recipient.words if word.captured_at <= at)
        said = next((word.status for word in latest if (word.purpose, word.channel) == (purpose, CHANNEL)), None)
        return "refused" if said in (consent.DENIED, consent.WITHDRAWN) else ""
    if recipient.opted_out:
        return "opted_out"
    if consent.may_contact(recipient.words, purpose=purpose, channel=CHANNEL, at=at):
        return ""
    return "no_consent"


def fill_in(template: str, given: Mapping[str, Any]) -> str:
    """
    Return a text with every ``{{name}}`` replaced by the value of that name; nothing for null.

    Raises:
        ValueError: the text asks for a name that is not given.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in given:
            known = ", ".join(sorted(given)) or "none"
            raise ValueError(f"Expected a value for {{{{{name}}}}} in the text, but there is none (given: {known}).")
        return _shown(given[name])

    return _PLACE.sub(value, template)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(values.to_python(value))


def is_address(text: str) -> bool:
    """Say whether a text is one address that a message can be sent to."""
    return _ADDRESS.fullmatch(text) is not None


def one_line(text: str) -> str:
    """Return a text as one line, as a header must be."""
    return " ".join(text.split())


def message_id(key: str, *, site: str, domain: str) -> str:
    """
    Return the id of the message of a step: the same for every try, another for every other step and installation.

    ``site``: the address of this installation; ``domain``: of the sender.
    """
    own = hashlib.sha256(f"{site} {key}".encode()).hexdigest()[:16]
    return f"<{key.replace(':', '.')}.{own}@{domain}>"
