"""What a person consented to, on the person's page; and recording by hand what somebody said, wrote, or took back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.records import registry
from throughline.core.records.queries import RecordPage, get_record
from throughline.core.refusals import Refusal
from throughline.crm.people import consent
from throughline.crm.people.consent import Word
from throughline.crm.people.models import Channel, Consent, ConsentStatus, LawfulBasis, Purpose
from throughline.crm.people.operations import record_consent
from throughline.crm.people.queries import consents_of
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice, FormField, FormSection, Tone
from throughline.web.records.present import url_of

TONES: Mapping[str, Tone] = {consent.GRANTED: "good", consent.EXPIRED: "wait"}
ICONS = {consent.GRANTED: "shield", consent.EXPIRED: "hourglass"}
NO = "circle-x"
WAYS = {
    "Call": gettext_lazy("on the phone"),
    "Email": gettext_lazy("by e-mail"),
    "Meeting": gettext_lazy("in a meeting"),
    "Letter": gettext_lazy("in writing, on paper"),
    "Web": gettext_lazy("on a web page"),
}
"""Where a person can say it, by the word that is kept as its source."""


@dataclass(frozen=True, slots=True)
class Line:
    """What stands for one purpose and channel. ``version`` tells this text from any other."""

    title: str
    status: str
    tone: Tone
    icon: str
    how: str
    text: str
    version: str
    purpose: str
    channel: str
    can_withdraw: bool


@dataclass(frozen=True, slots=True)
class Consents:
    """The part of a person's page. ``record_url`` and ``withdraw_url`` are empty for whoever may not change it."""

    lines: tuple[Line, ...]
    record_url: str
    withdraw_url: str


def consents_of_record(found: RecordPage, request: Asked) -> Consents | None:
    """Return what a contact consented to, None for other records. One query."""
    if found.spec.type != "contact":
        return None
    words = consents_of(contact_id=found.record.pk, user=request.user)
    may_edit = found.can["edit"]
    return Consents(
        lines=tuple(_line(word, consent.status_at(word, request.at), may_edit) for word in consent.standing(words)),
        record_url=reverse("web:consents", args=[found.record.pk]) if may_edit else "",
        withdraw_url=reverse("web:consent_withdrawal", args=[found.record.pk]) if may_edit else "",
    )


def _line(word: Consent, status: str, may_edit: bool) -> Line:
    said = _("Since %(day)s") % {"day": _day(word.captured_at)}
    basis = word.get_lawful_basis_display() if status == consent.GRANTED else ""
    parts = [said, str(WAYS.get(word.source, word.source)), basis]
    if word.expires_at is not None:
        parts.append(_("until %(day)s") % {"day": _day(word.expires_at)})
    return Line(
        title=f"{word.get_purpose_display()}, {word.get_channel_display()}",
        status=str(ConsentStatus(status).label),
        tone=TONES.get(status, ""),
        icon=ICONS.get(status, NO),
        how=", ".join(part for part in parts if part),
        text=word.text,
        version=word.text_version,
        purpose=word.purpose,
        channel=word.channel,
        can_withdraw=may_edit and word.status == consent.GRANTED,
    )


def _day(instant: datetime) -> str:
    return date_format(localtime(instant), "DATE_FORMAT")


# -- By hand -----------------------------------------------------------------------------------------------------------


@signed_in
def record(request: Asked, contact_id: int) -> HttpResponse:
    """Show the form for what a person said about being contacted, or keep it."""
    contact = get_record(spec=registry.get("contact"), user=request.user, record_id=contact_id)
    access.require(request.by, access.EDIT, registry.get("contact"), contact)
    if request.method != "POST":
        begun = {
            "status": consent.GRANTED,
            "basis": str(LawfulBasis.CONSENT),
            "text": _standing_text(contact_id, request),
        }
        return _form(request, contact, begun, None)
    given = parameters(request.POST)
    try:
        kept = record_consent(contact_id=contact_id, word=_word(given, request.at), by=request.by, at=request.at)
    except Refusal as refusal:
        return _form(request, contact, given, refusal)
    told = {"purpose": kept.get_purpose_display(), "channel": kept.get_channel_display()}
    return done(request, _page(contact_id), _("Kept: %(purpose)s, %(channel)s.") % told)


@require_POST
@signed_in
def withdraw(request: Asked, contact_id: int) -> HttpResponse:
    """Keep that a person takes a consent back."""
    purpose, channel = request.POST.get("purpose", ""), request.POST.get("channel", "")
    word = Word(purpose=purpose, channel=channel, status=consent.WITHDRAWN, source=request.POST.get("source", ""))
    kept = record_consent(contact_id=contact_id, word=word, by=request.by, at=request.at)
    told = {"purpose": kept.get_purpose_display(), "channel": kept.get_channel_display()}
    return done(request, _page(contact_id), _("Withdrawn: %(purpose)s, %(channel)s.") % told)


def _word(given: Mapping[str, str], at: datetime) -> Word:
    """Read the form. The day is that of the reader's time zone; a word of today was said now."""
    day, last = (_date(given, name) for name in ("said_on", "last_on"))
    said_at = None if day is None or day == localtime(at).date() else make_aware(datetime.combine(day, time(12)))
    return Word(
        purpose=given.get("purpose", ""),
        channel=given.get("channel", ""),
        status=given.get("status") or consent.GRANTED,
        lawful_basis=given.get("basis") or LawfulBasis.CONSENT,
        source=given.get("source", ""),
        text=given.get("text", "").strip(),
        captured_at=said_at,
        expires_at=None if last is None else make_aware(datetime.combine(last, time.max)),
        proof={"note": given["note"].strip()} if given.get("note", "").strip() else {},
    )


def _date(given: Mapping[str, str], name: str) -> Any:
    text = given.get(name, "").strip()
    try:
        day = parse_date(text) if text else None
    except ValueError:
        day = None
    if text and day is None:
        raise Refusal("no_day", _("“%(text)s” is no day. Write it as 2026-03-31.") % {"text": text}, name)
    return day


def _standing_text(contact_id: int, request: Asked) -> str:
    """The text that this person agreed to last: most often it is the same again."""
    words = consents_of(contact_id=contact_id, user=request.user)
    return next((word.text for word in words if word.text), "")


AT_FIELD = {"captured_at": "said_on", "expires_at": "last_on", "lawful_basis": "basis"}
"""Members of a word by the field of the form they come from, where it is called otherwise."""


def _form(request: Asked, contact: Any, given: Mapping[str, str], refusal: Refusal | None) -> HttpResponse:
    told = dict(refusal.fields) if refusal else {}
    errors = {AT_FIELD.get(name, name): sentence for name, sentence in told.items()}

    def field(name: str, label: str, kind: str, **more: Any) -> FormField:
        return FormField(name, label, kind, given.get(name, ""), error=errors.get(name, ""), **more)

    answers = ((consent.GRANTED, _("Yes")), (consent.DENIED, _("No")))
    said = (
        field("status", _("What was said"), "choice", choices=_choices(answers)),
        field("purpose", _("For"), "choice", choices=_choices(Purpose.choices), required=True),
        field("channel", _("By"), "choice", choices=_choices(Channel.choices), required=True),
        field("source", _("How it was said"), "choice", choices=_choices(WAYS.items())),
        field("said_on", _("On"), "date", help=_("Empty is today.")),
        field("last_on", _("Until"), "date", help=_("Empty is until it is taken back.")),
    )  # fmt: skip
    proof = (
        field("text", _("The text that the person agreed to"), "text", wide=True,
              help=_("Word for word, as it was read out or shown. A changed text is another version.")),
        field("basis", _("Lawful basis"), "choice", choices=_choices(LawfulBasis.choices)),
        field("note", _("Where it can be checked"), "string", max_length=200),
    )  # fmt: skip
    page = _page(contact.pk)
    form = {
        "title": _("Record a consent"),
        "plural": contact.name or _("Contact"),
        "list_url": page,
        "action": reverse("web:consents", args=[contact.pk]),
        "cancel_url": page,
        "button": _("Keep"),
        "sections": [FormSection(_("What the person said"), said), FormSection(_("What proves it"), proof)],
        "error": refusal.message if refusal and not any(errors.values()) else "",
        "intro": _("It is kept as it was said and never changed; what is said later stands."),
    }
    return render(request, "components/new_thing.html", {"form": form}, status=refusal.status if refusal else 200)


def _choices(pairs: Any) -> tuple[Choice, ...]:
    return tuple(Choice(str(value), str(label)) for value, label in pairs)


def _page(contact_id: int) -> str:
    return url_of(registry.get("contact"), contact_id)
