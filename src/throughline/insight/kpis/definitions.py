"""
Every key figure with its exact definition, as values: what pages show, docs/kpis.md is made of, and SQL is made from.

A period is half open (its end belongs to the next one) and cut in the time zone of who asks. The bin, test records
and merged leads count nowhere. Money is that of one currency, the one the asker's deals are mostly in; how many deals
are in others is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.expressions import Combinable
from django.db.models.fields import DurationField

from throughline.crm.deals.models import Deal, StageKind
from throughline.crm.leads.models import Outcome

SEE_REPORTS = "reports.see"
"""The ability to look at figures."""


class Unit(StrEnum):
    """What a figure is measured in. Shares are from 0 to 1, spans in seconds, points from −100 to 100."""

    SHARE = "share"
    MONEY = "money"
    MONEY_PER_DAY = "money per day"
    SPAN = "span"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Share:
    """
    Of the records that ``dated`` puts into the period, those that are ``counted``. ``still_open`` may yet be;
    ``ripens`` says whether the share settles as they close.
    """

    dated: str
    counted: Q | Exists
    of: Q = field(default_factory=Q)
    still_open: Q | None = None
    ripens: bool = True


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean (or sum, by ``how``) of a value over the records that ``dated`` puts into the period."""

    dated: str
    value: Combinable
    of: Q = field(default_factory=Q)
    how: Literal["mean", "sum"] = "mean"


@dataclass(frozen=True, slots=True)
class Spread:
    """
    The median of the time from one instant to another, with the 90th percentile. ``clock`` is ``elapsed`` or the
    business calendar. Records without the second instant are counted as open.
    """

    dated: str
    begin: str
    end: str
    of: Q = field(default_factory=Q)
    clock: Literal["elapsed", "business"] = "elapsed"


@dataclass(frozen=True, slots=True)
class Composed:
    """
    A figure of several reads; ``by`` names its reader in ``composed.READERS``, ``dated`` dates its records. Of what is
    ``running`` the records are those that ran at the first instant of the period, and ``dated`` says since when.
    """

    by: str
    dated: str
    of: Q = field(default_factory=Q)
    running: bool = False


Measure = Share | Mean | Spread | Composed


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """
    One key figure.

    ``reads`` are the fields of ``record`` that one must be allowed to see, ``sources`` all the data it rests on in
    words. ``waits_for`` says what has to be recorded before there is a figure; such a one is never shown as 0.
    """

    key: str
    name: str
    population: str
    period: str
    numerator: str
    denominator: str
    unit: Unit
    record: str
    sources: tuple[str, ...]
    reads: tuple[str, ...] = ()
    clock: str = "calendar time"
    open_items: str = "do not count"
    better: Literal["up", "down"] = "up"
    measure: Measure | None = None
    waits_for: str = ""


def span_between(begin: str, end: str) -> ExpressionWrapper[Combinable]:
    """Return the time from one instant of a record to another."""
    return ExpressionWrapper(F(end) - F(begin), output_field=DurationField())


LEADS = Q(duplicate_of=None)
WON, LOST = Q(stage__kind=StageKind.WON), Q(stage__kind=StageKind.LOST)
WON_DEAL = Exists(
    Deal.objects.filter(lead=OuterRef("pk"), deleted_at=None, sandbox=False, stage__kind=StageKind.WON).order_by()
)
BECAME_DEAL = Q(converted_at__isnull=False) | Q(outcome=Outcome.WON)
BECAME_CUSTOMER = Q(WON_DEAL) | Q(outcome=Outcome.WON)
OPEN_LEAD = Q(closed_at=None, converted_at=None)
_RECURRING = (
    "subscription.monthly, start_on, end_on",
    "subscription.organization, contract.contact",
    "journal: subscription.repriced",
)
_RECURRING_READS = ("monthly", "currency", "start_on", "end_on", "organization")

KPIS: tuple[Kpi, ...] = (
    Kpi(
        key="lead-conversion",
        name="Lead conversion",
        population="Leads captured in the period, merged ones once.",
        period="By the day the lead was captured.",
        numerator="Those of them that became a deal or were closed as won, whenever that was.",
        denominator="All of them.",
        unit=Unit.SHARE,
        record="lead",
        sources=("lead.created_at", "lead.converted_at", "lead.outcome", "journal: lead.converted, lead.closed"),
        reads=("converted_at", "outcome"),
        open_items="are in the denominator and shown beside it: the share of a young cohort still rises",
        measure=Share("created_at", counted=BECAME_DEAL, of=LEADS, still_open=OPEN_LEAD),
    ),
    Kpi(
        key="lead-to-customer",
        name="Lead to customer",
        population="Leads captured in the period, merged ones once.",
        period="By the day the lead was captured.",
        numerator="Those of them with a won deal, or closed as won.",
        denominator="All of them.",
        unit=Unit.SHARE,
        record="lead",
        sources=("lead.created_at", "lead.outcome", "deal.lead", "deal.stage"),
        reads=("outcome",),
        open_items="are in the denominator and shown beside it: the share of a young cohort still rises",
        measure=Share("created_at", counted=BECAME_CUSTOMER, of=LEADS, still_open=OPEN_LEAD),
    ),
    Kpi(
        key="contacted-to-qualified",
        name="Contacted to qualified",
        population="Leads of which the first contact was made in the period.",
        period="By the instant of the first contact.",
        numerator="Those of them that were found worth pursuing.",
        denominator="All of them.",
        unit=Unit.SHARE,
        record="lead",
        sources=("lead.first_responded_at", "lead.qualified_at", "journal: lead.contacted, lead.qualified"),
        reads=("first_responded_at", "qualified_at"),
        open_items="are in the denominator and shown beside it",
        measure=Share(
            "first_responded_at",
            counted=Q(qualified_at__isnull=False),
            of=LEADS,
            still_open=OPEN_LEAD & Q(qualified_at=None),
        ),
    ),
    Kpi(
        key="qualified-to-deal",
        name="Qualified to deal",
        population="Leads that were found worth pursuing in the period.",
        period="By the instant of that verdict.",
        numerator="Those of them that became a deal or were closed as won.",
        denominator="All of them.",
        unit=Unit.SHARE,
        record="lead",
        sources=("lead.qualified_at", "lead.converted_at", "journal: lead.qualified, lead.converted"),
        reads=("qualified_at", "converted_at"),
        open_items="are in the denominator and shown beside it",
        measure=Share("qualified_at", counted=BECAME_DEAL, of=LEADS, still_open=OPEN_LEAD),
    ),
    Kpi(
        key="contacted-in-time",
        name="First contact in time",
        population="Leads captured in the period that had a deadline for the first contact.",
        period="By the day the lead was captured.",
        numerator="Those of them whose first contact was made at the deadline or before.",
        denominator="All of them.",
        unit=Unit.SHARE,
        record="lead",
        sources=("lead.first_response_due_at", "lead.first_responded_at", "journal: lead.response_due, lead.contacted"),
        reads=("first_response_due_at", "first_responded_at"),
        open_items="without a contact are not in time; they are shown beside it",
        measure=Share(
            "created_at",
            counted=Q(first_responded_at__lte=F("first_response_due_at")),
            of=LEADS & Q(first_response_due_at__isnull=False),
            still_open=Q(first_responded_at=None),
            ripens=False,
        ),
    ),
    Kpi(
        key="first-response",
        name="First response",
        population="Leads captured in the period.",
        period="By the day the lead was captured.",
        numerator="Time from capture to the first contact that a person made: the median, and the 90th percentile.",
        denominator="Leads with a first contact.",
        unit=Unit.SPAN,
        record="lead",
        sources=("lead.created_at", "lead.first_responded_at", "journal: lead.contacted"),
        reads=("first_responded_at",),
        open_items="without a contact have no time; how many there are is shown, never as 0",
        better="down",
        measure=Spread("created_at", begin="created_at", end="first_responded_at", of=LEADS),
    ),
    Kpi(
        key="first-response-business",
        name="First response in business time",
        population="Leads captured in the period.",
        period="By the day the lead was captured.",
        numerator="Working time of the calendar “default” from capture to first contact: median and 90th percentile.",
        denominator="Leads with a first contact.",
        unit=Unit.SPAN,
        record="lead",
        sources=("lead.created_at", "lead.first_responded_at", "business calendar “default”"),
        reads=("first_responded_at",),
        clock="business time; the clock changes of summer are part of the calendar's zone",
        open_items="without a contact have no time; how many there are is shown, never as 0",
        better="down",
        measure=Spread("created_at", begin="created_at", end="first_responded_at", of=LEADS, clock="business"),
    ),
    Kpi(
        key="closed-win-rate",
        name="Closed win rate",
        population="Deals that were closed in the period.",
        period="By the instant of closing.",
        numerator="Won deals.",
        denominator="Won and lost deals.",
        unit=Unit.SHARE,
        record="deal",
        sources=("deal.closed_at", "deal.stage", "journal: deal.won, deal.lost"),
        reads=("stage", "closed_at"),
        measure=Share("closed_at", counted=WON, of=WON | LOST),
    ),
    Kpi(
        key="created-win-rate",
        name="Created win rate",
        population="Deals that were opened in the period.",
        period="By the day the deal was opened.",
        numerator="Those of them that were won, whenever that was.",
        denominator="All of them.",
        unit=Unit.SHARE,
        record="deal",
        sources=("deal.created_at", "deal.stage", "journal: deal.opened, deal.won"),
        reads=("stage",),
        open_items="are in the denominator and shown beside it: the share of a young cohort still rises",
        measure=Share("created_at", counted=WON, still_open=Q(closed_at=None)),
    ),
    Kpi(
        key="revenue-won",
        name="Revenue won",
        population="Deals that were won in the period.",
        period="By the instant of closing.",
        numerator="Sum of their amounts.",
        denominator="None: a sum. A deal without an amount adds nothing.",
        unit=Unit.MONEY,
        record="deal",
        sources=("deal.amount", "deal.closed_at", "deal.stage"),
        reads=("amount", "stage", "closed_at"),
        measure=Mean("closed_at", F("amount"), of=WON, how="sum"),
    ),
    Kpi(
        key="average-deal-size",
        name="Average deal size",
        population="Deals with an amount that were won in the period.",
        period="By the instant of closing.",
        numerator="Sum of their amounts.",
        denominator="Their number.",
        unit=Unit.MONEY,
        record="deal",
        sources=("deal.amount", "deal.closed_at", "deal.stage"),
        reads=("amount", "stage", "closed_at"),
        measure=Mean("closed_at", F("amount"), of=WON & Q(amount__isnull=False)),
    ),
    Kpi(
        key="sales-cycle",
        name="Sales cycle",
        population="Deals that were won in the period.",
        period="By the instant of closing.",
        numerator="Sum of the times from opening to closing.",
        denominator="Their number.",
        unit=Unit.SPAN,
        record="deal",
        sources=("deal.created_at", "deal.closed_at", "deal.stage"),
        reads=("stage", "closed_at"),
        better="down",
        measure=Mean("closed_at", span_between("created_at", "closed_at"), of=WON),
    ),
    Kpi(
        key="sales-velocity",
        name="Sales velocity",
        population="Deals that were opened in the period, and those closed in it.",
        period="The same for all four factors.",
        numerator="Deals opened × closed win rate × mean amount of the won ones.",
        denominator="Mean days from opening to closing of the won ones.",
        unit=Unit.MONEY_PER_DAY,
        record="deal",
        sources=("deal.created_at", "deal.closed_at", "deal.stage", "deal.amount"),
        reads=("amount", "stage", "closed_at"),
        open_items="count as opened only",
        measure=Composed("velocity", "closed_at", of=WON | LOST),
    ),
    Kpi(
        key="revenue-per-customer",
        name="Revenue per customer",
        population="Deals that were won in the period.",
        period="By the instant of closing.",
        numerator="Sum of their amounts.",
        denominator="Different customers among them: organizations, or persons where there is none.",
        unit=Unit.MONEY,
        record="deal",
        sources=("deal.amount", "deal.closed_at", "deal.organization", "deal.contact"),
        reads=("amount", "stage", "closed_at", "organization"),
        measure=Composed("revenue_per_customer", "closed_at", of=WON),
    ),
    Kpi(
        key="customer-retention",
        name="Customer retention",
        population="Customers at the start of the period: those with a won deal in the 365 days before it.",
        period="The customers of its first instant; what became of them by its last one.",
        numerator="Those of them with a won deal in the 365 days before the end.",
        denominator="All of them. Who became a customer in the period does not count.",
        unit=Unit.SHARE,
        record="deal",
        sources=("deal.closed_at", "deal.stage", "deal.organization", "deal.contact"),
        reads=("stage", "closed_at", "organization"),
        measure=Composed("retention", "closed_at", of=WON),
    ),
    Kpi(
        key="customer-churn",
        name="Customer churn",
        population="Customers at the start of the period: those with a won deal in the 365 days before it.",
        period="The customers of its first instant; what became of them by its last one.",
        numerator="Those of them without a won deal in the 365 days before the end.",
        denominator="All of them. Who became a customer in the period does not count.",
        unit=Unit.SHARE,
        record="deal",
        sources=("deal.closed_at", "deal.stage", "deal.organization", "deal.contact"),
        reads=("stage", "closed_at", "organization"),
        better="down",
        measure=Composed("churn", "closed_at", of=WON),
    ),
    Kpi(
        key="lifetime-value",
        name="Lifetime value",
        population="Customers of the last 365 days of the period, and those at the start of these.",
        period="The 365 days up to its end.",
        numerator="Gross margin per customer and year: amount × (list price − cost) ÷ list price of the product.",
        denominator="Share of the customers a year before who have left.",
        unit=Unit.MONEY,
        record="deal",
        sources=("deal.amount", "deal.product", "product.price", "product.cost", "deal.closed_at"),
        reads=("amount", "stage", "closed_at", "organization"),
        open_items="do not count; churn is taken as constant, which overstates young companies",
        measure=Composed("lifetime_value", "closed_at", of=WON),
        waits_for="costs of the products that were sold, and customers who have left",
    ),
    Kpi(
        key="net-promoter-score",
        name="Net promoter score",
        population="Persons whose last answer to the question of recommending is known.",
        period="None: as it stands, for answers are kept without their day.",
        numerator="Percent of answers of 9 or 10, minus percent of answers of 0 to 6.",
        denominator="All answers, at once: never a mean of means.",
        unit=Unit.POINTS,
        record="contact",
        sources=("contact.nps_last",),
        reads=("nps_last",),
        open_items="who was not asked, or did not answer, does not count",
        measure=Composed("nps", "", of=Q(nps_last__isnull=False)),
        waits_for="answers to the question of recommending",
    ),
    Kpi(
        key="customer-satisfaction",
        name="Customer satisfaction",
        population="Answers to the survey after a ticket was closed, given in the period.",
        period="By the instant of the answer.",
        numerator="Answers of 4 or 5.",
        denominator="All answers; the share of those asked who answered is shown beside it.",
        unit=Unit.SHARE,
        record="contact",
        sources=("survey answers",),
        waits_for="surveys and their answers",
    ),
    Kpi(
        key="gross-revenue-retention",
        name="Gross revenue retention",
        population="Customers with subscriptions that ran at the start of the period.",
        period="Its first and its last instant; of one that is not over, as far as ends are said already.",
        numerator="Their revenue a month at the start, less what ended or became less, customer by customer.",
        denominator="Their revenue a month at the start.",
        unit=Unit.SHARE,
        record="subscription",
        sources=_RECURRING,
        reads=_RECURRING_READS,
        open_items="do not count: who became a customer in the period is not in it",
        measure=Composed("gross_revenue_retention", "start_on", running=True),
        waits_for="subscriptions that ran at the start of the period",
    ),
    Kpi(
        key="net-revenue-retention",
        name="Net revenue retention",
        population="Customers with subscriptions that ran at the start of the period.",
        period="Its first and its last instant; of one that is not over, as far as ends are said already.",
        numerator="The same customers' revenue a month at the end; new customers do not count.",
        denominator="Their revenue a month at the start.",
        unit=Unit.SHARE,
        record="subscription",
        sources=_RECURRING,
        reads=_RECURRING_READS,
        open_items="do not count; what the same customers took in addition does, so it may be more than 100 %",
        measure=Composed("net_revenue_retention", "start_on", running=True),
        waits_for="subscriptions that ran at the start of the period",
    ),
    Kpi(
        key="campaign-return",
        name="Campaign return",
        population="Deals won in the period that a campaign led to.",
        period="By the instant of closing.",
        numerator="Attributed gross margin minus cost of the campaign.",
        denominator="Cost of the campaign.",
        unit=Unit.SHARE,
        record="lead",
        sources=("campaign costs", "touches by campaign"),
        waits_for="campaigns with their costs",
    ),
)

BY_KEY: Mapping[str, Kpi] = {kpi.key: kpi for kpi in KPIS}

DIMENSIONS: Mapping[str, Mapping[str, str]] = {
    "lead": {"region": "region", "team": "team", "source": "source", "origin": "origin", "owner": "owner",
             "interest": "interest", "campaign": "campaign", "industry": "industry"},
    "deal": {"region": "lead__region", "team": "team", "source": "lead__source", "owner": "owner",
             "pipeline": "pipeline", "kind": "kind", "industry": "organization__industry"},
    "contact": {"team": "team", "owner": "owner", "country": "country"},
    "subscription": {"team": "team", "owner": "owner", "industry": "organization__industry"},
}  # fmt: skip
"""By what the records of a type may be parted: the name people use → the path from the record."""


def markdown() -> str:
    """Return docs/kpis.md."""
    parts = [
        "# Key figures\n",
        "Made from the code (`make documents`): `throughline.insight.kpis.definitions`.\n",
        (__doc__ or "").strip().partition("\n\n")[2] + "\n",
        "What is unknown is shown as unknown, never as 0. Every figure counts only what the asker may see.\n",
    ]
    for kpi in KPIS:
        rows = (
            ("Population", kpi.population),
            ("Period", kpi.period),
            ("Numerator", kpi.numerator),
            ("Denominator", kpi.denominator),
            ("Unit", kpi.unit.value),
            ("Clock", kpi.clock),
            ("Open items", kpi.open_items),
            ("Data", ", ".join(f"`{each}`" for each in kpi.sources)),
            *((("Waits for", kpi.waits_for),) if kpi.waits_for else ()),
        )
        table = "\n".join(f"| {name} | {text} |" for name, text in rows)
        parts.append(f"## {kpi.name}\n\n| `{kpi.key}` | |\n|---|---|\n{table}\n")
    return "\n".join(parts)
