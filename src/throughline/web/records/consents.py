"""What a person consented to, as lines of the person's page: what stands, for each purpose and channel."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from throughline.crm.people import consent
from throughline.crm.people.models import Consent, ConsentStatus
from throughline.crm.people.queries import consents_of
from throughline.web.answers import Asked
from throughline.web.parts import SearchHit

ICONS = {consent.GRANTED: "shield", consent.EXPIRED: "hourglass"}
NO = "circle-x"


def consent_lines(contact_id: int, request: Asked) -> tuple[SearchHit, ...]:
    """Return one line for each purpose and channel that the person ever said something about. One query."""
    words = consents_of(contact_id=contact_id, user=request.user)
    return tuple(_line(word, consent.status_at(word, request.at)) for word in consent.standing(words))


def _line(word: Consent, status: str) -> SearchHit:
    title = _("%(purpose)s, %(channel)s: %(status)s") % {
        "purpose": word.get_purpose_display(),
        "channel": word.get_channel_display(),
        "status": ConsentStatus(status).label,
    }
    said = _("Since %(day)s") % {"day": _day(word.captured_at)}
    parts = [said, word.source, word.get_lawful_basis_display() if status == consent.GRANTED else ""]
    if word.expires_at is not None:
        parts.append(_("until %(day)s") % {"day": _day(word.expires_at)})
    return SearchHit(ICONS.get(status, NO), title, "", ", ".join(part for part in parts if part), note=word.text)


def _day(instant: datetime) -> str:
    return date_format(localtime(instant), "DATE_FORMAT")
