"""What follows from the steps of *Lead to deal* in the sample company: deals, quotes, contracts, invoices, money."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import create_record, update_record
from throughline.core.teamwork.operations import attach_file
from throughline.crm.contracts.operations import draft_contract, send_contract, sign_contract
from throughline.crm.deals.conversion import convert_lead
from throughline.crm.deals.lines import NewLine
from throughline.crm.deals.models import Deal, Product
from throughline.crm.deals.operations import move_deal, set_lines
from throughline.crm.forecast.operations import take_snapshot
from throughline.crm.invoices.models import Invoice, InvoiceStatus
from throughline.crm.invoices.operations import draft_invoice, issue_invoice, record_payment
from throughline.crm.leads.models import Lead
from throughline.crm.quotes.links import is_over, token_of
from throughline.crm.quotes.models import Quote, QuoteStatus
from throughline.crm.quotes.operations import accept_quote, draft_quote, expire_quote, reject_quote, send_quote
from throughline.sample.world import chance_of, content, drawn

PROSPECTING, ENGAGING, PROPOSAL = "sales.prospecting", "sales.engaging", "sales.proposal"
NEGOTIATION, WON, LOST = "sales.negotiation", "sales.won", "sales.lost"
ACCOUNTING = Actor.system("Accounting")
SIGNED_ONLINE, QUOTED = 0.7, 0.7
INVOICED_AFTER, SLOW_TO_PAY = timedelta(days=2), 0.05
AMERICAS = "United States"


@dataclass(frozen=True, slots=True)
class Done:
    """A step of the procedure that somebody does: which, how it ends, for which lead, and the chance it goes by."""

    node: str
    outcome: str
    lead: Lead
    user: User
    at: datetime
    chance: Random

    @property
    def by(self) -> Actor:
        """Who does it."""
        return Actor.user(self.user)


class Selling:
    """Moves deals as their owners would; ``manager`` is who keeps the forecast."""

    def __init__(self, manager: int) -> None:
        self.manager = manager
        self._interests = {each["code"]: each["interest"] for each in content("firm")["products"]}
        self._after: Mapping[tuple[str, str], Callable[..., None]] = {
            ("demo", "held"): self._open,
            ("proposal", "sent"): self._propose,
            ("follow_up", "undecided"): self._negotiate,
            ("follow_up", "agreed"): self._win,
            ("follow_up", "declined"): self._lose,
        }

    # -- Steps of the procedure ----------------------------------------------------------------------------------------

    def answers(self, done: Done) -> dict[str, Any]:
        """Return what is filled in at a step."""
        words, node, outcome, lead, chance = content("firm"), done.node, done.outcome, done.lead, done.chance
        if node == "qualify":
            budget = chance.choice(["known", "known", "unknown", "none"])
            return {"need": chance.choice(words["notes"]["need"]), "budget": budget}
        if node == "demo":
            return {"demo_note": chance.choice(words["notes"]["demo"])}
        if node == "proposal":
            deal = self._deal(lead)
            return {"proposal_amount": deal.amount} if deal is not None and deal.amount is not None else {}
        if node == "follow_up":
            reasons = {name: share for name, share in words["lost"].items() if name not in ("No budget", "Features")}
            lost = {"lost_reason": drawn(chance, reasons)} if outcome == "declined" else {}
            return {"answer_note": chance.choice(words["notes"]["answer"]), **lost}
        return {"contact_note": chance.choice(words["calls"][outcome])} if chance.random() < 0.5 else {}

    def follow(self, done: Done, answers: Mapping[str, Any]) -> None:
        """Do with the lead's deal what follows from a step that was done."""
        after = self._after.get((done.node, done.outcome))
        if after is not None:
            after(done.lead, answers, done.by, done.at, done.chance)

    def _deal(self, lead: Lead) -> Deal | None:
        return Deal.objects.filter(lead_id=lead.pk, closed_at=None).order_by("pk").first()

    def _open(self, lead: Lead, _answers: Mapping[str, Any], by: Actor, at: datetime, chance: Random) -> None:
        if not lead.is_open:
            return
        values = {
            "stage": ENGAGING,
            "engaged_on": at.date(),
            "expected_close_on": at.date() + timedelta(days=chance.randrange(25, 75)),
            "next_step": chance.choice(content("firm")["next_steps"]),
            "next_step_due_at": at + timedelta(days=chance.randrange(2, 9)),
            "currency": "USD" if lead.country == AMERICAS else "EUR",
        }
        deal = convert_lead(lead_id=lead.pk, values=values, by=by, at=at)
        self.fill(deal, lead.interest, by, at, chance)

    def fill(self, deal: Deal, interest: str, by: Actor, at: datetime, chance: Random) -> None:
        """Put products onto a deal."""
        wanted = interest or drawn(chance, content("firm")["interests"])
        fitting = [each for each in Product.objects.order_by("pk") if self._interests.get(each.code) == wanted]
        chosen = chance.sample(fitting, k=min(len(fitting), chance.choice([1, 1, 2, 2, 3])))
        size = chance.lognormvariate(0.0, 0.8)
        lines = [NewLine(product_id=each.pk, quantity=_quantity(each, size)) for each in chosen]
        set_lines(deal_id=deal.pk, lines=lines, by=by, at=at)

    def _propose(self, lead: Lead, _answers: Mapping[str, Any], by: Actor, at: datetime, chance: Random) -> None:
        deal = self._deal(lead)
        if deal is not None:
            self.propose(deal, by, at, chance)

    def propose(self, deal: Deal, by: Actor, at: datetime, chance: Random) -> None:
        """Offer what is on the deal: most by a quote that is sent, some by a mail only."""
        if deal.stage_id != PROPOSAL:
            move_deal(deal_id=deal.pk, stage=PROPOSAL, by=by, at=at, **self.plan(at, chance))
        if chance.random() >= QUOTED or not (deal.organization_id or deal.contact_id):
            return
        quote = draft_quote(deal_id=deal.pk, by=by, at=at)
        words = {"intro": content("firm")["intro"], "terms": content("firm")["terms"]}
        update_record(spec=registry.get("quote"), record_id=quote.pk, values=words, by=by, at=at)
        send_quote(quote_id=quote.pk, by=by, at=at)

    def plan(self, at: datetime, chance: Random) -> dict[str, Any]:
        """Return what is planned next with a deal."""
        return {
            "next_step": chance.choice(content("firm")["next_steps"]),
            "next_step_due_at": at + timedelta(days=chance.randrange(2, 12)),
            "expected_close_on": at.date() + timedelta(days=chance.randrange(10, 50)),
        }

    def _negotiate(self, lead: Lead, _answers: Mapping[str, Any], by: Actor, at: datetime, chance: Random) -> None:
        deal = self._deal(lead)
        if deal is not None and deal.stage_id == PROPOSAL:
            move_deal(deal_id=deal.pk, stage=NEGOTIATION, by=by, at=at, **self.plan(at, chance))

    def _win(self, lead: Lead, _answers: Mapping[str, Any], by: Actor, at: datetime, chance: Random) -> None:
        deal = self._deal(lead)
        if deal is not None:
            self.win(deal, by, at, chance)

    def _lose(self, lead: Lead, answers: Mapping[str, Any], by: Actor, at: datetime, chance: Random) -> None:
        deal = self._deal(lead)
        if deal is not None:
            self.lose(deal, str(answers.get("lost_reason") or "No decision"), by, at, chance)

    # -- Ends ----------------------------------------------------------------------------------------------------------

    def win(self, deal: Deal, by: Actor, at: datetime, chance: Random) -> None:
        """Let the customer say yes."""
        quote = Quote.objects.filter(deal=deal, status=QuoteStatus.SENT, deleted_at=None).order_by("-pk").first()
        if quote is not None and quote.contact and not is_over(quote, at) and chance.random() < SIGNED_ONLINE:
            customer = Actor("form", "quote", quote.contact.name)
            accept_quote(
                token=token_of(quote), name=quote.contact.name, agreed=True, digest=quote.digest, by=customer, at=at
            )
        if deal.stage_id in (PROSPECTING, ENGAGING):
            move_deal(deal_id=deal.pk, stage=PROPOSAL, by=by, at=at, **self.plan(at, chance))
        reason = chance.choice(content("firm")["won"])
        move_deal(deal_id=deal.pk, stage=WON, reason=reason, by=by, at=at, expected_close_on=at.date())
        self._agree(deal, at)

    def lose(self, deal: Deal, reason: str, by: Actor, at: datetime, chance: Random) -> None:
        """Let the customer say no."""
        quote = Quote.objects.filter(deal=deal, status=QuoteStatus.SENT, deleted_at=None).order_by("-pk").first()
        if quote is not None and not is_over(quote, at) and chance.random() < 0.4:
            reject_quote(token=token_of(quote), reason=reason, by=Actor("form", "quote", "Customer"), at=at)
        rivals = [chance.choice(content("firm")["competitors"])] if reason == "Competitor" else []
        move_deal(deal_id=deal.pk, stage=LOST, reason=reason, by=by, at=at, competitors=rivals)

    def _agree(self, deal: Deal, at: datetime) -> None:
        """Make the contract and the subscriptions of what is paid again and again."""
        lines = [
            line for line in deal.lines.select_related("product") if line.product and line.product.billing != "Once"
        ]
        if not lines or deal.organization_id is None:
            return
        contract = draft_contract(deal_id=deal.pk, by=ACCOUNTING, at=at)
        text = f"Service contract {contract.number}\n\n{contract.name}\nTerm: twelve months, renewed each year.\n"
        content_of = io.BytesIO(text.encode())
        ref = RecordRef("contract", contract.pk)
        attach_file(record=ref, content=content_of, name=f"{contract.number}.txt", by=ACCOUNTING, at=at)
        values = {"auto_renew": True, "start_on": at.date()}
        update_record(spec=registry.get("contract"), record_id=contract.pk, values=values, by=ACCOUNTING, at=at)
        send_contract(contract_id=contract.pk, by=ACCOUNTING, at=at)
        who = deal.contact.name if deal.contact else str(deal.organization)
        sign_contract(contract_id=contract.pk, name=who, by=ACCOUNTING, at=at)
        for line in lines:
            values = {
                "contract": contract.pk, "organization": deal.organization_id, "product": line.product_id,
                "amount": (line.quantity * line.unit_price).quantize(Decimal("0.01")), "currency": deal.currency,
                "period": line.product.billing if line.product else "Yearly", "start_on": at.date(),
            }  # fmt: skip
            create_record(spec=registry.get("subscription"), values=values, by=ACCOUNTING, at=at)

    # -- Money ---------------------------------------------------------------------------------------------------------

    def bill(self, at: datetime) -> None:
        """Write the invoices of deals won some days ago, and note what was paid."""
        won = Deal.objects.filter(stage_id=WON, closed_at__lt=at - INVOICED_AFTER, invoices=None, amount__gt=0)
        for deal in won.filter(closed_at__gt=at - timedelta(days=21)).order_by("pk"):
            if deal.organization_id is None and deal.contact_id is None:
                continue
            invoice = draft_invoice(deal_id=deal.pk, by=ACCOUNTING, at=at)
            issue_invoice(invoice_id=invoice.pk, by=ACCOUNTING, at=at)
        for invoice in Invoice.objects.filter(status=InvoiceStatus.ISSUED, kind="Invoice").order_by("pk"):
            days = _days_to_pay(invoice)
            if invoice.issued_on and days is not None and at.date() >= invoice.issued_on + timedelta(days=days):
                record_payment(
                    invoice_id=invoice.pk, amount=invoice.open_amount or invoice.gross, paid_on=at.date(),
                    method="Transfer", by=ACCOUNTING, at=at,
                )  # fmt: skip

    def close_old(self, at: datetime) -> None:
        """Close quotes whose last day has passed."""
        for key in Quote.objects.filter(status=QuoteStatus.SENT, valid_until__lt=at.date()).values_list(
            "pk", flat=True
        ):
            expire_quote(quote_id=key, by=Actor.system("Calendar"), at=at)

    def keep_forecast(self, at: datetime) -> None:
        """Keep how all deals stand."""
        take_snapshot(by=Actor.system("Calendar"), at=at)


def _quantity(product: Product, size: float) -> Decimal:
    usual = {"piece": 24, "day": 2, "half day": 2, "year": 1.6, "month": 12}.get(product.unit, 1)
    return Decimal(max(1, round(usual * size)))


def _days_to_pay(invoice: Invoice) -> int | None:
    chance = chance_of("paid", invoice.pk)
    return None if chance.random() < SLOW_TO_PAY else round(min(chance.lognormvariate(3.3, 0.35), 90))
