"""Writes of leads after capture: scoring, first contact, verdict, nurturing, closing. Each exists set-wise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.journal import JournalEvent
from throughline.core.records import operations, registry
from throughline.core.records.operations import Change
from throughline.core.refusals import Refusal
from throughline.crm.leads import events
from throughline.crm.leads.models import Lead, LeadStatus, Outcome, Rating

BEFORE_CONTACT = (LeadStatus.NEW, LeadStatus.ASSIGNED, LeadStatus.WORKING)


class AlreadyClosed(Refusal):
    """The enquiry ended before; an earlier word stands."""

    def __init__(self, lead: Lead) -> None:
        super().__init__(
            "already_closed", f"{lead.number} was closed as {lead.outcome.lower() or 'converted'}. Open it again first."
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to happen to one lead, and why; ``cause`` and ``by`` when many of different origin are done at once."""

    lead_id: int
    reason: str = ""
    cause: int | None = None
    by: Actor | None = None


Effect = tuple[set[str], JournalEvent] | None
"""The columns that were set and what the journal is told; None when nothing had to change."""


def _change_leads(pairs: Sequence[tuple[Wish, Callable[[Lead], Effect]]], by: Actor, at: datetime) -> list[Lead]:
    spec = registry.get("lead")
    leads = operations.locked(spec, [wish.lead_id for wish, _ in pairs], by=by, action=access.EDIT)
    changes = []
    for wish, act in pairs:
        effect = act(leads[wish.lead_id])
        if effect is not None:
            changes.append(Change(leads[wish.lead_id], effect[0], [effect[1]], wish.cause, wish.by))
    operations.write_changes(spec=spec, changes=changes, by=by, at=at)
    return [leads[wish.lead_id] for wish, _ in pairs]


# -- Scoring -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Score:
    """
    A score for one lead (0 to 100), why, and how warm that makes it (``Rating`` or empty for unchanged).

    Raises:
        Refusal: the score is not between 0 and 100, or the rating is unknown.
    """

    wish: Wish
    score: int
    reasons: tuple[str, ...] = ()
    rating: str = ""
    overruled: bool = False

    def __post_init__(self) -> None:
        """Refuse a score or rating that there cannot be."""
        if not 0 <= self.score <= 100:
            raise Refusal("score_out_of_range", f"A score lies between 0 and 100, not at {self.score}.", "score")
        if self.rating and self.rating not in Rating.values:
            raise Refusal("unknown_rating", f'"{self.rating}" is no rating. Use {", ".join(Rating.values)}.', "rating")


@transaction.atomic
def score_leads(*, scores: Sequence[Score], by: Actor, at: datetime) -> list[Lead]:
    """
    Store scores with their reasons and return the leads in order. What is equal to what is stored leaves no trace.

    Raises:
        NotFound, NotAllowed: for any of the leads; nothing was changed.
    """
    return _change_leads([(score.wish, _scored(score)) for score in scores], by, at)


def _scored(score: Score) -> Callable[[Lead], Effect]:
    def act(lead: Lead) -> Effect:
        reasons = list(score.reasons)
        rating = score.rating or lead.rating
        if (lead.score, lead.score_reasons, lead.rating) == (score.score, reasons, rating):
            return None
        former, lead.score = lead.score, score.score
        lead.score_reasons, lead.rating = reasons, rating
        told = events.LeadScored(
            score=score.score, former=former, rating=rating, reasons=reasons, overruled=score.overruled
        )
        return {"score", "score_reasons", "rating"}, told

    return act


@transaction.atomic
def overrule_score(*, lead_id: int, score: int, reason: str, by: Actor, at: datetime) -> Lead:
    """
    Set a lead's score by hand, for a reason that is shown beside it.

    Raises:
        Refusal: no reason is given, or the score is not between 0 and 100.
    """
    if not reason.strip():
        raise Refusal("reason_needed", "Say why the score should be another one.", "reason")
    text = f"{by.label}: {reason.strip()}"
    return score_leads(scores=[Score(Wish(lead_id), score, (text,), overruled=True)], by=by, at=at)[0]


# -- First contact -----------------------------------------------------------------------------------------------------


@transaction.atomic
def mark_contacted(*, wishes: Sequence[Wish], by: Actor, at: datetime) -> list[Lead]:
    """Record that the first contact was made at ``at``; a later contact changes nothing. See ``_change_leads``."""

    def act(lead: Lead) -> Effect:
        if lead.first_responded_at is not None:
            return None
        lead.first_responded_at = at
        columns = {"first_responded_at"}
        if lead.status in BEFORE_CONTACT:
            lead.status = LeadStatus.CONTACTED
            columns.add("status")
        waited = max(0, int((at - lead.created_at).total_seconds()))
        in_time = at <= lead.first_response_due_at if lead.first_response_due_at else None
        return columns, events.LeadContacted(waited_seconds=waited, in_time=in_time)

    return _change_leads([(wish, act) for wish in wishes], by, at)


@transaction.atomic
def flag_missed_contact(*, wishes: Sequence[Wish], by: Actor, at: datetime) -> list[Lead]:
    """
    Flag leads of which the first contact was missed, and return them in order.

    One that was contacted, closed or flagged before is left alone.
    """

    def act(lead: Lead) -> Effect:
        if lead.flagged or lead.first_responded_at is not None or not lead.is_open:
            return None
        lead.flagged_at = at
        due = lead.first_response_due_at
        return {"flagged_at"}, events.FirstContactMissed(due_at=due.isoformat() if due else None, owner=lead.owner_id)

    return _change_leads([(wish, act) for wish in wishes], by, at)


@transaction.atomic
def set_response_due(*, dues: Sequence[tuple[Wish, datetime]], by: Actor, at: datetime) -> list[Lead]:
    """Project the moment until which the first contact is to be made; the procedure's clock is the truth."""

    def due(moment: datetime) -> Callable[[Lead], Effect]:
        def act(lead: Lead) -> Effect:
            if lead.first_response_due_at == moment or lead.first_responded_at is not None:
                return None
            lead.first_response_due_at = moment
            return {"first_response_due_at"}, events.ResponseDue(due_at=moment.isoformat())

        return act

    return _change_leads([(wish, due(moment)) for wish, moment in dues], by, at)


# -- Verdict -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    Whether one lead is worth pursuing; the reason is in the wish.

    Raises:
        Refusal: no reason is given for a no.
    """

    wish: Wish
    qualified: bool

    def __post_init__(self) -> None:
        """Refuse a no without a reason."""
        if not self.qualified and not self.wish.reason.strip():
            raise Refusal("reason_needed", "Say why the lead is not worth pursuing.", "reason")


@transaction.atomic
def qualify_leads(*, verdicts: Sequence[Verdict], by: Actor, at: datetime) -> list[Lead]:
    """
    Record whether leads are worth pursuing, and close the question. Not worth it needs a reason and closes the lead.

    Raises:
        AlreadyClosed: a lead ended before; nothing was changed.
        Refusal: the verdict stands already; nothing was changed.
    """
    return _change_leads([(verdict.wish, _judged(verdict, at)) for verdict in verdicts], by, at)


def _judged(verdict: Verdict, at: datetime) -> Callable[[Lead], Effect]:
    reason = verdict.wish.reason

    def act(lead: Lead) -> Effect:
        if not lead.is_open:
            raise AlreadyClosed(lead)
        if not verdict.qualified:
            lead.status, lead.outcome = LeadStatus.UNQUALIFIED, Outcome.NOT_INTERESTED
            lead.lost_reason, lead.closed_at = reason, at
            return {"status", "lost_reason", "outcome", "closed_at"}, events.LeadDisqualified(reason=reason)
        if lead.qualified_at is not None:
            raise Refusal("already_qualified", f"{lead.number} is qualified already. Go on to the deal.")
        lead.status, lead.qualified_at = LeadStatus.QUALIFIED, at
        return {"status", "qualified_at"}, events.LeadQualified(reason=reason)

    return act


@transaction.atomic
def qualify_lead(*, lead_id: int, qualified: bool, by: Actor, at: datetime, reason: str = "") -> Lead:
    """Give the verdict on one lead; see ``qualify_leads``."""
    return qualify_leads(verdicts=[Verdict(Wish(lead_id, reason), qualified)], by=by, at=at)[0]


@transaction.atomic
def nurture_leads(*, wishes: Sequence[Wish], by: Actor, at: datetime) -> list[Lead]:
    """
    Put leads that are not ready yet into nurturing.

    Raises:
        AlreadyClosed: one ended before; nothing was changed.
    """

    def nurture(wish: Wish) -> Callable[[Lead], Effect]:
        def act(lead: Lead) -> Effect:
            if not lead.is_open:
                raise AlreadyClosed(lead)
            if lead.status == LeadStatus.NURTURING:
                return None
            lead.status = LeadStatus.NURTURING
            return {"status"}, events.LeadNurtured(reason=wish.reason)

        return act

    return _change_leads([(wish, nurture(wish)) for wish in wishes], by, at)


# -- Conversion --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conversion:
    """
    What one lead became: key and number of a deal, and the keys of the person and organization behind it when they are
    known.
    """

    wish: Wish
    deal: int
    number: str
    contact: int | None = None
    organization: int | None = None


@transaction.atomic
def mark_converted(*, conversions: Sequence[Conversion], by: Actor, at: datetime) -> list[Lead]:
    """
    Record that leads became deals, on which the work goes on. How they end is told by the deals (``close_leads``).

    Raises:
        AlreadyClosed: one ended or was converted before; nothing was changed.
    """

    def convert(conversion: Conversion) -> Callable[[Lead], Effect]:
        def act(lead: Lead) -> Effect:
            if not lead.is_open:
                raise AlreadyClosed(lead)
            lead.status, lead.converted_at = LeadStatus.CONVERTED, at
            lead.converted_deal, lead.converted_organization_id = conversion.number, conversion.organization
            columns = {"status", "converted_at", "converted_deal", "converted_organization_id"}
            if lead.qualified_at is None:
                lead.qualified_at = at
                columns.add("qualified_at")
            told = events.LeadConverted(
                deal=conversion.deal, contact=conversion.contact, organization=conversion.organization
            )
            return columns, told

        return act

    return _change_leads([(conversion.wish, convert(conversion)) for conversion in conversions], by, at)


# -- Closing -----------------------------------------------------------------------------------------------------------

STATUS_AT_END = {
    Outcome.WON: LeadStatus.CONVERTED,
    Outcome.LOST: LeadStatus.UNQUALIFIED,
    Outcome.NOT_INTERESTED: LeadStatus.UNQUALIFIED,
}


@dataclass(frozen=True, slots=True)
class Closing:
    """
    How one lead ends; ``closed_at`` when that was not at the instant of the operation (data from elsewhere).

    Raises:
        Refusal: the outcome is unknown, or a lost one has no reason.
    """

    wish: Wish
    outcome: str
    closed_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse an end that there is not, and a lost lead without a reason."""
        if self.outcome not in Outcome.values:
            known = ", ".join(Outcome.values)
            raise Refusal("unknown_outcome", f'"{self.outcome}" is no outcome. Use {known}.', "outcome")
        if self.outcome == Outcome.LOST and not self.wish.reason.strip():
            raise Refusal("reason_needed", "Say why the lead was lost.", "reason")


@transaction.atomic
def close_leads(*, closings: Sequence[Closing], by: Actor, at: datetime) -> list[Lead]:
    """
    Close leads as won, lost or not interested, and return them in order. The same outcome twice is no change.

    Raises:
        AlreadyClosed: one ended in another way; nothing was changed.
    """
    return _change_leads([(closing.wish, _closed(closing, at)) for closing in closings], by, at)


def _closed(closing: Closing, at: datetime) -> Callable[[Lead], Effect]:
    def act(lead: Lead) -> Effect:
        if lead.outcome == closing.outcome:
            return None
        if lead.closed_at is not None:
            raise AlreadyClosed(lead)
        lead.outcome, lead.closed_at = closing.outcome, closing.closed_at or at
        lead.status = STATUS_AT_END[Outcome(closing.outcome)]
        columns = {"outcome", "closed_at", "status"}
        if closing.outcome == Outcome.WON:
            lead.converted_at = lead.converted_at or lead.closed_at
            columns.add("converted_at")
        else:
            lead.lost_reason = closing.wish.reason
            columns.add("lost_reason")
        return columns, events.LeadClosed(outcome=closing.outcome, reason=closing.wish.reason)

    return act


@transaction.atomic
def close_lead(*, lead_id: int, outcome: str, by: Actor, at: datetime, reason: str = "") -> Lead:
    """Close one lead; see ``close_leads``."""
    return close_leads(closings=[Closing(Wish(lead_id, reason), outcome)], by=by, at=at)[0]


@transaction.atomic
def reopen_lead(*, lead_id: int, by: Actor, at: datetime, reason: str = "") -> Lead:
    """
    Work on a closed lead again.

    Raises:
        Refusal: it is open.
    """

    def act(lead: Lead) -> Effect:
        if lead.is_open:
            raise Refusal("not_closed", f"{lead.number} is open already.")
        former = lead.outcome
        lead.outcome, lead.closed_at, lead.converted_at, lead.lost_reason = "", None, None, ""
        lead.converted_deal, lead.converted_organization_id = "", None
        lead.status = LeadStatus.WORKING if lead.owner_id else LeadStatus.RECYCLED
        columns = {"outcome", "closed_at", "converted_at", "lost_reason", "status"}
        columns |= {"converted_deal", "converted_organization_id"}
        return columns, events.LeadReopened(former_outcome=former, reason=reason)

    return _change_leads([(Wish(lead_id), act)], by, at)[0]
