"""What a capability lets one do with a record, beyond changing its fields: the verbs of its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.identity.queries import names_of_colleagues
from throughline.core.records import RecordSpec
from throughline.core.records.operations import Assignment, assign_records
from throughline.core.records.queries import RecordPage
from throughline.core.refusals import NotFound, Refusal
from throughline.crm.contracts import operations as contracts
from throughline.crm.deals.conversion import convert_lead
from throughline.crm.leads import operations as leads
from throughline.crm.leads.models import Outcome
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice, Tone
from throughline.web.records.present import TONES, slug, url_of

Deed = Callable[[Asked, RecordSpec, int], object]


@dataclass(frozen=True, slots=True)
class Verb:
    """
    A verb in the menu of a record's page.

    ``choices`` are what must be chosen with it, under ``choice_label``; ``needs_reason`` asks why.
    """

    name: str
    label: str
    url: str
    needs_reason: bool
    tone: Tone = ""
    choice_label: str = ""
    choices: tuple[Choice, ...] = ()

    @property
    def needs_answers(self) -> bool:
        """Whether it asks something before it is done."""
        return self.needs_reason or bool(self.choices)


def verbs_of(found: RecordPage) -> list[Verb]:
    """Return what may be done with a record now."""
    return [
        Verb(
            name=operation.name,
            label=str(operation.label),
            url=reverse("web:record_deed", args=[slug(found.spec), found.record.pk, operation.name]),
            needs_reason=operation.needs_reason,
            tone=TONES.get(operation.tone, ""),
            choice_label=CHOICES[operation.name][0]() if operation.name in CHOICES else "",
            choices=CHOICES[operation.name][1]() if operation.name in CHOICES else (),
        )
        for operation in found.spec.operations
        if operation.name in DEEDS and found.can.get(operation.permission)
    ]


@require_POST
@signed_in
def do(request: Asked, spec: RecordSpec, record_id: int, name: str) -> HttpResponse:
    """Do what a verb says."""
    operation = next((each for each in spec.operations if each.name == name), None)
    if operation is None or name not in DEEDS:
        raise NotFound(_("This cannot be done here. Look at the record's page."))
    DEEDS[name](request, spec, record_id)
    return done(request, url_of(spec, record_id), _("%(verb)s: done.") % {"verb": operation.label})


def _reason(request: Asked) -> str:
    return request.POST.get("reason", "").strip()


def _contacted(request: Asked, _spec: RecordSpec, record_id: int) -> object:
    return leads.mark_contacted(wishes=[leads.Wish(record_id)], by=request.by, at=request.at)


def _qualify(request: Asked, _spec: RecordSpec, record_id: int) -> object:
    return leads.qualify_lead(lead_id=record_id, qualified=True, reason=_reason(request), by=request.by, at=request.at)


def _disqualify(request: Asked, _spec: RecordSpec, record_id: int) -> object:
    return leads.qualify_lead(lead_id=record_id, qualified=False, reason=_reason(request), by=request.by, at=request.at)


def _convert(request: Asked, _spec: RecordSpec, record_id: int) -> object:
    return convert_lead(lead_id=record_id, by=request.by, at=request.at)


def _nurture(request: Asked, _spec: RecordSpec, record_id: int) -> object:
    return leads.nurture_leads(wishes=[leads.Wish(record_id, _reason(request))], by=request.by, at=request.at)


def _close(request: Asked, _spec: RecordSpec, record_id: int) -> object:
    outcome = request.POST.get("choice", "")
    return leads.close_lead(lead_id=record_id, outcome=outcome, reason=_reason(request), by=request.by, at=request.at)


def _assign(request: Asked, spec: RecordSpec, record_id: int) -> object:
    owner = request.POST.get("choice", "")
    if not owner.isdecimal():
        raise Refusal("no_owner", _("Choose who shall have it."), "choice")
    wish = Assignment(record_id, owner_id=int(owner), reason=_reason(request))
    return assign_records(spec=spec, assignments=[wish], by=request.by, at=request.at)


def _renew(request: Asked, _spec: RecordSpec, record_id: int) -> object:
    return contracts.renew_contract(contract_id=record_id, by=request.by, at=request.at)


def _end_subscription(request: Asked, _spec: RecordSpec, record_id: int) -> object:
    return contracts.end_subscription(subscription_id=record_id, reason=_reason(request), by=request.by, at=request.at)


DEEDS: dict[str, Deed] = {
    "contract.renew": _renew,
    "subscription.end": _end_subscription,
    "lead.contacted": _contacted,
    "lead.qualify": _qualify,
    "lead.disqualify": _disqualify,
    "lead.convert": _convert,
    "lead.nurture": _nurture,
    "lead.close": _close,
    "lead.assign": _assign,
    "deal.assign": _assign,
}


def _outcomes() -> tuple[Choice, ...]:
    return tuple(Choice(str(value), str(label)) for value, label in Outcome.choices)


def _people() -> tuple[Choice, ...]:
    return tuple(Choice(str(key), name) for key, name in names_of_colleagues())


CHOICES: dict[str, tuple[Callable[[], str], Callable[[], tuple[Choice, ...]]]] = {
    "lead.close": (lambda: _("How it ended"), _outcomes),
    "lead.assign": (lambda: _("To whom"), _people),
    "deal.assign": (lambda: _("To whom"), _people),
}
