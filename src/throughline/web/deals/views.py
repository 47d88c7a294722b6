"""A deal's own pages: its stage with what the gate asks for, its lines, its people, its papers, approvals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.records import registry
from throughline.core.records.discretion import require_field
from throughline.core.records.queries import ListQuery, get_record, list_page
from throughline.core.records.spec import LINKS, FieldSpec
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.contracts.operations import draft_contract
from throughline.crm.deals.approvals import ask_approval, decide_approval, waiting_for
from throughline.crm.deals.lines import as_rules
from throughline.crm.deals.models import BuyingRole, Deal, LostReason, Stage, StageKind
from throughline.crm.deals.operations import Move, move_deals, set_buying_roles, set_lines
from throughline.crm.deals.stages import stages
from throughline.crm.invoices.operations import draft_invoice
from throughline.crm.people.models import Contact
from throughline.crm.quotes import review
from throughline.crm.quotes.letter import money
from throughline.crm.quotes.models import Quote
from throughline.crm.quotes.operations import draft_quote
from throughline.web.answers import Asked, done, signed_in
from throughline.web.deals.panel import approval_line
from throughline.web.deals.reading import (
    Option,
    product_options,
    read_lines,
    rows_of,
    sent_rows,
    tax_options,
    with_spare,
)
from throughline.web.parts import FormField
from throughline.web.records.forms import as_text, form_field, read_form
from throughline.web.records.present import slug, url_of

CONTACTS = 200


def _deal(request: Asked, deal_id: int) -> Deal:
    """Return a deal that the asker may change."""
    spec = registry.get("deal")
    deal: Deal = get_record(spec=spec, user=request.user, record_id=deal_id)
    access.require(request.by, access.EDIT, spec, deal)
    return deal


def _url(deal: Deal) -> str:
    return url_of(registry.get("deal"), deal.pk)


# -- The stage ---------------------------------------------------------------------------------------------------------


@signed_in
def change_stage(request: Asked, deal_id: int) -> HttpResponse:
    """Bring a deal into another stage: choose it, give what its gate asks for, or ask for approval."""
    deal = _deal(request, deal_id)
    wanted = _wanted(deal, request)
    if request.method != "POST":
        return _stage_page(request, deal, wanted, None)
    try:
        said = _ask(request, deal, wanted) if request.POST.get("do") == "ask" else _move(request, deal, wanted)
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        return _stage_page(request, deal, wanted, refusal)
    return done(request, _url(deal), said)


def _wanted(deal: Deal, request: Asked) -> Stage:
    key = request.POST.get("stage") or request.GET.get("to") or deal.stage_id
    return stages().stage(key)


def _move(request: Asked, deal: Deal, wanted: Stage) -> str:
    asked = _asked_for(wanted)
    values = read_form(asked, request.POST, request.user)
    version = request.POST.get("version", "")
    move = Move(
        deal_id=deal.pk,
        stage=wanted.key,
        reason=request.POST.get("reason", ""),
        values=values,
        version=int(version) if version.isdecimal() else None,
    )
    move_deals(moves=[move], by=request.by, at=request.at)
    return _("Moved to %(column)s.") % {"column": wanted.name}


def _ask(request: Asked, deal: Deal, wanted: Stage) -> str:
    ask_approval(deal_id=deal.pk, stage=wanted.key, why=request.POST.get("why", ""), by=request.by, at=request.at)
    return _("Asked. You are told as soon as somebody answers.")


def _asked_for(wanted: Stage) -> list[Any]:
    """Return the fields that the gate of a stage requires, those of a loss included."""
    spec = registry.get("deal")
    names = [*wanted.required_fields, *(("competitors",) if wanted.kind == StageKind.LOST else ())]
    found = [spec.by_name[name] for name in dict.fromkeys(names) if name in spec.by_name]
    return [described for described in found if not described.read_only]


def _stage_page(request: Asked, deal: Deal, wanted: Stage, refusal: Refusal | None) -> HttpResponse:
    spec = registry.get("deal")
    fields = [_field(each, deal, request, refusal) for each in _asked_for(wanted)]
    context = {
        "deal": {"name": deal.name, "url": _url(deal), "version": deal.version, "number": deal.number},
        "stages": [
            {"key": each.key, "name": each.name, "chosen": each.key == wanted.key, "current": each.key == deal.stage_id}
            for each in stages().of(deal.pipeline_id)
        ],
        "wanted": {
            "key": wanted.key,
            "name": wanted.name,
            "is_lost": wanted.kind == StageKind.LOST,
            "is_won": wanted.kind == StageKind.WON,
            "needs_file": wanted.needs_file,
            "asks": bool(wanted.approval_role) and wanted.key != deal.stage_id,
            "otherwise": wanted.otherwise,
        },
        "reasons": [label for _value, label in LostReason.choices],
        "reason": request.POST.get("reason", deal.lost_reason if wanted.kind == StageKind.LOST else deal.won_reason),
        "fields": fields,
        "error": refusal.message if refusal else "",
        "list_url": reverse("web:record_board", args=[slug(spec)]),
    }
    return render(request, "deals/stage.html", context, status=refusal.status if refusal else 200)


def _field(described: FieldSpec, deal: Deal, request: Asked, refusal: Refusal | None) -> FormField:
    stored = as_text(described, described.value_of(deal), described.linked(deal) if described.type in LINKS else None)
    given = request.POST.get(described.name, stored)
    return form_field(described, given, refusal.fields.get(described.name, "") if refusal else "")


# -- Lines -------------------------------------------------------------------------------------------------------------


@signed_in
def edit_lines(request: Asked, deal_id: int) -> HttpResponse:
    """Show the lines of a deal to be changed, or change them."""
    deal = _deal(request, deal_id)
    require_field(request.by, registry.get("deal"), "amount", to_write=True)
    error = ""
    if request.method == "POST":
        try:
            set_lines(deal_id=deal.pk, lines=read_lines(request.POST), by=request.by, at=request.at)
        except NotAllowed:
            raise
        except Refusal as refusal:
            error = refusal.message
        else:
            more = request.POST.get("do") == "more"
            to = reverse("web:deal_lines", args=[deal.pk]) if more else _url(deal)
            return done(request, to, _("Saved."))
    lines = list(deal.lines.all())
    rows = with_spare(sent_rows(request.POST)) if error else rows_of(lines, [each.net for each in as_rules(lines)])
    context = {
        "title": _("Lines"),
        "parent": {"label": deal.name, "url": _url(deal)},
        "intro": _("The amount of the deal follows its lines. A price that is left out comes from the price books."),
        "rows": rows,
        "products": product_options(request.user),
        "taxes": tax_options(),
        "currency": deal.currency,
        "error": error,
        "sums": [(_("Amount"), f"{deal.amount or 0:,.2f} {deal.currency}")],
    }
    return render(request, "deals/lines.html", context, status=422 if error else 200)


# -- People ------------------------------------------------------------------------------------------------------------


@signed_in
def edit_people(request: Asked, deal_id: int) -> HttpResponse:
    """Show who plays which part in the decision to buy, or change it."""
    deal = _deal(request, deal_id)
    error = ""
    if request.method == "POST":
        sent = list(zip(request.POST.getlist("contact"), request.POST.getlist("role"), strict=False))
        people = [(int(contact), role) for contact, role in sent if contact.isdecimal()]
        try:
            set_buying_roles(deal_id=deal.pk, people=people, by=request.by, at=request.at)
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            error = refusal.message
        else:
            return done(request, _url(deal), _("Saved."))
    parts = list(deal.people.all())
    context = {
        "deal": {"name": deal.name, "url": _url(deal)},
        "rows": [{"contact": str(part.contact_id), "role": part.role} for part in parts]
        + [{"contact": "", "role": ""}] * 3,
        "contacts": _contacts(request, deal, [part.contact_id for part in parts]),
        "roles": [Option(value, str(label)) for value, label in BuyingRole.choices],
        "error": error,
    }
    return render(request, "deals/people.html", context, status=422 if error else 200)


def _contacts(request: Asked, deal: Deal, chosen: list[int]) -> list[Option]:
    """Return whom to choose from: the people of the customer, then those the asker changed last."""
    spec = registry.get("contact")
    seen = Contact.objects.filter(access.visible(spec, request.user), deleted_at=None, sandbox=False)
    of_customer = seen.filter(organization__isnull=False, organization=deal.organization)
    own = list(of_customer.order_by("sort_name")[:CONTACTS])
    held = list(seen.filter(pk__in=[key for key in (*chosen, deal.contact_id) if key]))
    latest = list_page(spec=spec, user=request.user, query=ListQuery(sort="-updated_at", limit=50), at=request.at)
    people = {person.pk: person for person in (*held, *own, *latest.records)}
    return [Option(str(key), str(person)) for key, person in people.items()]


# -- Papers ------------------------------------------------------------------------------------------------------------


@require_POST
@signed_in
def draft_paper(request: Asked, deal_id: int, kind: str) -> HttpResponse:
    """Draft a quote, contract or invoice of a deal and go to its page."""
    drafting: dict[str, Callable[..., Any]] = {
        "quote": draft_quote,
        "contract": draft_contract,
        "invoice": draft_invoice,
    }
    if kind not in drafting:
        raise NotFound(_("There is no such paper. Look at the deal's page."))
    made = drafting[kind](deal_id=deal_id, by=request.by, at=request.at)
    return done(request, url_of(registry.get(kind), made.pk), _("%(number)s was drafted.") % {"number": made.number})


# -- Approvals ---------------------------------------------------------------------------------------------------------


@signed_in
def show_approvals(request: Asked) -> HttpResponse:
    """Show the questions that the asker may answer: deals before a stage, quotes in review."""
    lines = [
        {
            **approval_line(each, request),
            "deal": each.deal.name,
            "url": _url(each.deal),
            "amount": _amount(each, request),
        }
        for each in waiting_for(request.user)
    ]
    quotes = [_quote_line(each, request) for each in review.waiting_for(request.user)]
    return render(request, "deals/approvals.html", {"approvals": lines, "quotes": quotes, "now": request.at})


def _quote_line(quote: Quote, request: Asked) -> dict[str, Any]:
    reads = access.field_rights(request.user, registry.get("quote")).reads("gross")
    return {
        "number": quote.number,
        "name": quote.name,
        "url": url_of(registry.get("quote"), quote.pk),
        "amount": money(quote.gross, quote.currency) if reads else "",
        "by": quote.review_asked_by,
        "at": quote.review_asked_at,
        "why": quote.review_note,
    }


def _amount(each: Any, request: Asked) -> str:
    rights = access.field_rights(request.user, registry.get("deal"))
    return "" if each.amount is None or not rights.reads("amount") else f"{each.amount:,.2f} {each.deal.currency}"


@require_POST
@signed_in
def decide(request: Asked, approval_id: int) -> HttpResponse:
    """Grant or refuse."""
    granted = request.POST.get("answer") == "yes"
    reason = request.POST.get("reason", "")
    decide_approval(approval_id=approval_id, granted=granted, reason=reason, by=request.by, at=request.at)
    return done(request, reverse("web:approvals"), _("Answered. Whoever asked is told."))
