"""
The public lead form: hosted at ``/f/enquiry/``, or in a frame (``?embed=1``) on this site and those of FORM_SITES.

Anybody may open it, so it sets no cookie and needs no session. Robots are kept out without a captcha: a field that
people never see must stay empty, and the sealed moment at which the form was opened must lie a few seconds back and not
more than a day. Consent is a choice of its own and never ticked beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from throughline.core.actor import Actor, ActorKind
from throughline.core.refusals import Refusal
from throughline.crm.leads.capture import capture_lead
from throughline.crm.people.consent import Word
from throughline.crm.people.models import Channel, Purpose
from throughline.web import moments
from throughline.web.answers import Asked, parameters, signed_in
from throughline.web.parts import FormField

FORM = Actor(ActorKind.FORM, "enquiry", "Web form")
SALT = "throughline.forms.enquiry"
QUICKEST, SLOWEST = timedelta(seconds=2), timedelta(days=1)
FIELDS: tuple[tuple[str, Any, str, bool, str], ...] = (
    ("name", gettext_lazy("Your name"), "string", True, "name"),
    ("email", gettext_lazy("E-mail"), "email", True, "email"),
    ("phone", gettext_lazy("Phone"), "phone", False, "tel"),
    ("organization_name", gettext_lazy("Company"), "string", False, "organization"),
    ("interest", gettext_lazy("What are you interested in?"), "string", False, "off"),
    ("description", gettext_lazy("How can we help?"), "text", False, "off"),
)
CONSENT = gettext_lazy(
    "You may keep what I have written and answer me by e-mail or phone. I can take this back at any time."
)
CONSENTED = ((Purpose.ENQUIRY, Channel.EMAIL), (Purpose.ENQUIRY, Channel.PHONE))
"""What the sentence above agrees to; a changed sentence changes this too."""
TRACKED = ("utm_source", "utm_medium", "utm_campaign")


@csrf_exempt  # no session and no cookie: there is nothing that a foreign page could misuse
def enquiry(request: HttpRequest) -> HttpResponseBase:
    """Show the form, or take in an enquiry. In a frame it may stand only where the settings say so."""
    if not request.GET.get("embed"):
        return _answer(request)
    where = csp_replace({"frame-ancestors": [SELF, *settings.FORM_SITES]})
    return where(xframe_options_exempt(_answer))(request)


def _answer(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, {}, {})
    sent = parameters(request.POST)
    errors = _missing(sent)
    if errors:
        return _page(request, sent, errors, status=422)
    if not _by_hand(sent):
        return _page(request, {}, {}, sent=True)
    try:
        _take_in(request, sent)
    except Refusal as refusal:
        return _page(request, sent, refusal.fields or {"": refusal.message}, status=422)
    return _page(request, {}, {}, sent=True)


def _missing(sent: Mapping[str, str]) -> dict[str, str]:
    errors = {
        name: _("Fill in %(label)s.") % {"label": label}
        for name, label, _kind, required, _complete in FIELDS
        if required and not sent.get(name, "").strip()
    }
    if "consent" not in sent:
        errors["consent"] = _("Without this we may not answer you.")
    return errors


def _by_hand(sent: Mapping[str, str]) -> bool:
    """Whether a person filled in the form; a robot is thanked like anybody else and learns nothing."""
    if sent.get("homepage"):
        return False
    try:
        opened = signing.loads(sent.get("seal", ""), salt=SALT)
    except signing.BadSignature:
        return False
    taken = timedelta(seconds=moments.now().timestamp() - float(opened))
    return QUICKEST <= taken <= SLOWEST


def _take_in(request: HttpRequest, sent: Mapping[str, str]) -> None:
    values: dict[str, Any] = {name: sent[name].strip() for name, *_rest in FIELDS if sent.get(name, "").strip()}
    values |= {name: request.GET[name] for name in TRACKED if request.GET.get(name)}
    values["source"] = "Web"
    if request.headers.get("Referer"):
        values["landing_page"] = request.headers["Referer"][:500]
    capture_lead(values=values, consents=_consents(request), by=FORM, at=moments.now())


def _consents(request: HttpRequest) -> list[Word]:
    """Return what ticking the box said, with the sentence in the visitor's language."""
    proof = {"form": request.path, "page": request.headers.get("Referer", "")[:500], "language": get_language() or ""}
    proof = {name: value for name, value in proof.items() if value}
    return [
        Word(purpose=purpose, channel=channel, source="Web", text=str(CONSENT), proof=proof)
        for purpose, channel in CONSENTED
    ]


def _page(
    request: HttpRequest, given: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200, sent: bool = False
) -> HttpResponse:
    fields = [
        FormField(
            name, str(label), kind, given.get(name, ""), required=required, error=errors.get(name, ""),
            autocomplete=complete, wide=True,
        )
        for name, label, kind, required, complete in FIELDS
    ]  # fmt: skip
    fields.append(
        FormField("consent", str(CONSENT), "boolean", given.get("consent", ""), error=errors.get("consent", ""))
    )
    form = {
        "title": _("Talk to us"),
        "intro": _("We answer within one working day."),
        "thanks": _("Your message has arrived. Somebody will get back to you within one working day."),
        "button": _("Send"),
        "action": request.get_full_path(),
        "seal": signing.dumps(str(moments.now().timestamp()), salt=SALT),
        "error": errors.get("", ""),
        "fields": fields,
    }
    template = "forms/embedded.html" if request.GET.get("embed") else "forms/public.html"
    return render(request, template, {"form": form, "sent": sent}, status=status)


@signed_in
def show_page(request: Asked) -> HttpResponse:
    """Show where the form is and how to put it on a site."""
    public_url = request.build_absolute_uri(reverse("web:lead_form"))
    script = request.build_absolute_uri("/static/web/embed.js")
    context = {
        "public_url": public_url,
        "snippet": f'<script async src="{script}" data-form="{public_url}"></script>',
        "sites": settings.FORM_SITES,
    }
    return render(request, "forms/page.html", context)
