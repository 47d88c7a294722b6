"""The record types of deals: deal, product and price book."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from throughline.core.recordref import RecordRef
from throughline.core.records.quality.fields import QUALITY
from throughline.core.records.spec import (
    Choice,
    Derived,
    FieldSpec,
    FieldType,
    Hooks,
    OperationSpec,
    RecordSpec,
    Section,
)
from throughline.core.records.text import amount_of, joined, told
from throughline.core.refusals import Refusal
from throughline.crm.deals.books import check_book, create_price_books, name_book
from throughline.crm.deals.books import guard as guard_books
from throughline.crm.deals.importing import create_deals, create_products, name_deal, name_product
from throughline.crm.deals.life import settle
from throughline.crm.deals.models import (
    Billing,
    Deal,
    DealKind,
    DealSum,
    ForecastCategory,
    LostReason,
    PriceBook,
    Product,
)
from throughline.crm.deals.quality import DEAL as DEAL_QUALITY
from throughline.crm.deals.stages import PIPELINE_CHOICES, STAGE_CHOICES, stages

T = FieldType


def check_deal(deal: Deal) -> None:
    """
    Refuse a probability that there cannot be.

    Raises:
        Refusal: as said.
    """
    if not 0 <= deal.probability <= 100:
        raise Refusal(
            "no_probability", f"A probability lies between 0 and 100, not at {deal.probability}.", "probability"
        )


def below_title(organization: str | None, amount: Decimal | None, currency: str, next_step: str) -> str:
    """Return what is said below the title."""
    return joined(amount_of(amount, currency), organization, next_step)


def span_told(currency: str, valid_from: date | None, valid_until: date | None) -> str:
    """Return currency and days of a price book: ``EUR, 2026-01-01 – …``."""
    if valid_from is None and valid_until is None:
        return currency
    return f"{currency}, {valid_from or '…'} – {valid_until or '…'}"


def stage_kind(key: str) -> str | None:
    """Return what it means to stand in a stage: open, won, lost."""
    stage = stages().stages.get(key)
    return stage.kind if stage else None


def stage_name(key: str) -> str | None:
    """Return how a stage is called."""
    stage = stages().stages.get(key)
    return stage.name if stage else None


DEAL = RecordSpec(
    type="deal",
    label="Deal",
    plural="Deals",
    model=Deal,
    icon="handshake",
    fields=(
        FieldSpec(
            name="name",
            label="Name",
            sort_path="sort_name",
            max_length=300,
            aliases=("deal_name", "opportunity", "opportunity_name", "subject", "title"),
        ),
        FieldSpec(
            name="organization",
            label="Organization",
            type=T.RECORD,
            to="organization",
            sort_path="organization__sort_name",
            aliases=("account", "company", "customer", "account_name"),
        ),
        FieldSpec(name="contact", label="Contact", type=T.RECORD, to="contact", sort_path="contact__sort_name"),
        FieldSpec(name="lead", label="From lead", type=T.RECORD, to="lead"),
        FieldSpec(name="product", label="Product", type=T.RECORD, to="product", sort_path="product__sort_name"),
        FieldSpec(
            name="pipeline",
            label="Pipeline",
            type=T.CHOICE,
            path="pipeline_id",
            choices=PIPELINE_CHOICES,
            aliases=("sales_process",),
        ),
        FieldSpec(
            name="stage",
            label="Stage",
            type=T.CHOICE,
            path="stage_id",
            choices=STAGE_CHOICES,
            sort_path="stage__position",
            aliases=("deal_stage", "dealstage", "stage_name", "status"),
        ),
        FieldSpec(name="stage_entered_at", label="In this stage since", type=T.DATETIME, read_only=True),
        FieldSpec(name="kind", label="Kind", type=T.CHOICE, choices=Choice.of(DealKind.choices), aliases=("type",)),
        FieldSpec(name="amount", label="Amount", type=T.MONEY, aliases=("value", "close_value", "deal_value")),
        FieldSpec(name="currency", label="Currency", max_length=3),
        FieldSpec(name="probability", label="Probability", type=T.INTEGER),
        FieldSpec(name="expected_revenue", label="Expected revenue", type=T.MONEY, read_only=True),
        FieldSpec(
            name="forecast_category",
            label="Forecast",
            type=T.CHOICE,
            choices=Choice.of(ForecastCategory.choices, commit="good", best="info", omitted="warn"),
        ),
        FieldSpec(
            name="expected_close_on",
            label="Expected close",
            type=T.DATE,
            aliases=("expected_close_date", "closing_date"),
        ),
        FieldSpec(name="engaged_on", label="Engaged", type=T.DATE, aliases=("engage_date", "start_date")),
        FieldSpec(
            name="closed_at",
            label="Closed",
            type=T.DATETIME,
            read_only=True,
            at_creation=True,
            aliases=("close_date", "closed_date", "closed_on"),
        ),
        FieldSpec(name="won_reason", label="Why won", max_length=300),
        FieldSpec(
            name="lost_reason",
            label="Why lost",
            type=T.CHOICE,
            choices=Choice.of(LostReason.choices),
            open_choices=True,
            max_length=300,
            aliases=("loss_reason",),
        ),
        FieldSpec(name="competitors", label="Competitors", type=T.LIST),
        FieldSpec(name="next_step", label="Next step", max_length=300),
        FieldSpec(name="next_step_due_at", label="Next step due", type=T.DATETIME),
        FieldSpec(name="recurring_amount", label="Recurring amount", type=T.MONEY),
        FieldSpec(name="recurring_period", label="Recurs", type=T.CHOICE, choices=Choice.of(Billing.choices)),
        FieldSpec(name="description", label="Description", type=T.LONG_TEXT),
        FieldSpec(name="source", label="Source", max_length=64, aliases=("lead_source",)),
        QUALITY,
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("organization__name", "amount", "currency", "next_step"), below_title),
    search_text=Derived(("organization__name", "contact__name", "product__name", "external_id", "next_step"), told),
    list_columns=(
        "name",
        "organization",
        "stage",
        "amount",
        "probability",
        "expected_close_on",
        "next_step",
        "owner",
    ),
    filters=(
        "pipeline",
        "stage",
        "owner",
        "team",
        "forecast_category",
        "kind",
        "amount",
        "expected_close_on",
        "closed_at",
        "lost_reason",
        "tags",
        "created_at",
    ),
    board_column="stage",
    board_sum="amount",
    money_day="closed_at",
    kept_sums=DealSum,
    sections=(
        Section("Deal", ("name", "organization", "contact", "product", "amount", "currency", "kind", "description")),
        Section(
            "Sale",
            (
                "pipeline",
                "stage",
                "stage_entered_at",
                "probability",
                "forecast_category",
                "expected_revenue",
                "expected_close_on",
                "next_step",
                "next_step_due_at",
            ),
        ),
        Section("End", ("closed_at", "won_reason", "lost_reason", "competitors")),
        Section("Recurring", ("recurring_amount", "recurring_period")),
        Section("Work", ("owner", "team", "lead", "source", "engaged_on", "tags")),
    ),
    related=("organization", "contact", "lead", "product"),
    open={"closed_at": None},
    operations=(OperationSpec("deal.assign", "Reassign", permission="assign", needs_reason=True),),
    quality=DEAL_QUALITY,
    hooks=Hooks(check=check_deal, derive=name_deal, settle=settle),
    facts={
        "open": Derived(("closed_at",), lambda closed_at: closed_at is None),
        "stage_name": Derived(("stage_id",), stage_name),
        "stage_kind": Derived(("stage_id",), stage_kind),
        "organization_name": Derived(("organization__name",), lambda name: name),
    },
    timeline=lambda deal: [RecordRef("lead", deal.lead_id)] if deal.lead_id else [],
    create_many=create_deals,
    import_expects=("organization",),
)

PRODUCT = RecordSpec(
    type="product",
    label="Product",
    plural="Products",
    model=Product,
    icon="package",
    fields=(
        FieldSpec(
            name="name", label="Name", required=True, sort_path="sort_name", max_length=300, aliases=("product",)
        ),
        FieldSpec(name="code", label="Code", max_length=64, aliases=("sku", "article_number", "product_code")),
        FieldSpec(name="family", label="Family", max_length=120, aliases=("series", "category", "product_family")),
        FieldSpec(name="description", label="Description", type=T.LONG_TEXT),
        FieldSpec(name="unit", label="Unit", max_length=32),
        FieldSpec(name="price", label="List price", type=T.MONEY, aliases=("sales_price", "unit_price", "list_price")),
        FieldSpec(name="cost", label="Cost", type=T.MONEY, sensitive=True),
        FieldSpec(name="currency", label="Currency", max_length=3),
        FieldSpec(name="tax", label="Tax (%)", type=T.NUMBER, aliases=("vat", "tax_rate")),
        FieldSpec(name="billing", label="Paid", type=T.CHOICE, choices=Choice.of(Billing.choices)),
        FieldSpec(name="active", label="For sale", type=T.BOOLEAN),
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("family", "code"), joined),
    search_text=Derived(("code", "family"), told),
    list_columns=("name", "code", "family", "price", "billing", "active"),
    filters=("family", "billing", "active", "price", "tags", "created_at"),
    default_sort="name",
    sections=(
        Section("Product", ("name", "code", "family", "description", "unit", "active")),
        Section("Price", ("price", "currency", "tax", "billing", "cost")),
        Section("About", ("owner", "team", "tags")),
    ),
    open={"active": True},
    hooks=Hooks(derive=name_product),
    create_many=create_products,
)

PRICE_BOOK = RecordSpec(
    type="price_book",
    label="Price book",
    plural="Price books",
    model=PriceBook,
    icon="tag",
    fields=(
        FieldSpec(
            name="name", label="Name", required=True, sort_path="sort_name", max_length=120, aliases=("price_book",)
        ),
        FieldSpec(name="currency", label="Currency", max_length=3, help="Three letters. Empty is the company’s own."),
        FieldSpec(name="valid_from", label="Valid from", type=T.DATE, aliases=("start_date",)),
        FieldSpec(name="valid_until", label="Valid until", type=T.DATE, aliases=("end_date", "valid_to")),
        FieldSpec(
            name="position",
            label="Order",
            type=T.INTEGER,
            help="Of several that hold on a day, the one with the lowest number that has a price counts.",
        ),
        FieldSpec(name="key", label="Key", read_only=True, at_creation=True, max_length=60),
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("currency", "valid_from", "valid_until"), span_told),
    search_text=Derived(("key", "currency"), told),
    list_columns=("name", "currency", "valid_from", "valid_until", "owner"),
    filters=("currency", "valid_from", "valid_until", "owner", "team", "tags", "created_at"),
    default_sort="position",
    sections=(
        Section("Price book", ("name", "currency", "valid_from", "valid_until", "position", "key")),
        Section("About", ("owner", "team", "tags")),
    ),
    hooks=Hooks(check=check_book, derive=name_book, changed=guard_books),
    create_many=create_price_books,
)

RECORDS = (PRODUCT, PRICE_BOOK, DEAL)
