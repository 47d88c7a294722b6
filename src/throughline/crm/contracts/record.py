"""The record types of contracts: contract and subscription."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

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
from throughline.crm.contracts import life
from throughline.crm.contracts.models import Contract, ContractStatus, Subscription, SubscriptionStatus
from throughline.crm.contracts.rules import Period

T = FieldType


def below_contract(status: str, organization: str | None, end_on: date | None) -> str:
    """Return what is said below the title of a contract."""
    return joined(status, organization, f"until {end_on:%d.%m.%Y}" if end_on else "")


def below_subscription(status: str, monthly: Decimal | None, currency: str) -> str:
    """Return what is said below the title of a subscription."""
    return joined(status, f"{amount_of(monthly, currency)} a month" if monthly is not None else "")


CONTRACT = RecordSpec(
    type="contract",
    label="Contract",
    plural="Contracts",
    model=Contract,
    icon="gavel",
    fields=(
        FieldSpec(name="name", label="Subject", sort_path="sort_name", max_length=300),
        FieldSpec(
            name="status",
            label="Status",
            type=T.CHOICE,
            read_only=True,
            choices=Choice.of(ContractStatus.choices, sent="info", signed="good", ended="warn"),
        ),
        FieldSpec(name="deal", label="Deal", type=T.RECORD, to="deal", sort_path="deal__sort_name"),
        FieldSpec(name="quote", label="Quote", type=T.RECORD, to="quote", sort_path="quote__sort_name"),
        FieldSpec(
            name="organization",
            label="Organization",
            type=T.RECORD,
            to="organization",
            sort_path="organization__sort_name",
        ),
        FieldSpec(name="contact", label="Contact", type=T.RECORD, to="contact", sort_path="contact__sort_name"),
        FieldSpec(name="value", label="Value", type=T.MONEY),
        FieldSpec(name="currency", label="Currency", max_length=3),
        FieldSpec(name="start_on", label="Runs from", type=T.DATE),
        FieldSpec(name="end_on", label="Runs until", type=T.DATE),
        FieldSpec(name="term_months", label="Term (months)", type=T.INTEGER),
        FieldSpec(name="auto_renew", label="Renews by itself", type=T.BOOLEAN),
        FieldSpec(name="notice_days", label="Notice (days)", type=T.INTEGER),
        FieldSpec(name="notice_on", label="Last day for notice", type=T.DATE, read_only=True),
        FieldSpec(name="renewals", label="Renewed so often", type=T.INTEGER, read_only=True),
        FieldSpec(name="sent_at", label="Sent", type=T.DATETIME, read_only=True),
        FieldSpec(name="sent_to", label="Sent to", type=T.EMAIL, read_only=True, personal=True),
        FieldSpec(name="signed_at", label="Signed", type=T.DATETIME, read_only=True),
        FieldSpec(name="signed_name", label="Signed by", read_only=True, personal=True),
        FieldSpec(name="end_reason", label="Why it ended", read_only=True),
        FieldSpec(name="description", label="Description", type=T.LONG_TEXT),
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("status", "organization__name", "end_on"), below_contract),
    search_text=Derived(("organization__name", "contact__name"), told),
    list_columns=("name", "organization", "status", "value", "start_on", "end_on", "notice_on", "owner"),
    filters=("status", "deal", "owner", "team", "auto_renew", "end_on", "notice_on", "tags", "created_at"),
    board_column="status",
    board_sum="value",
    sections=(
        Section("Contract", ("name", "status", "deal", "quote", "organization", "contact", "value", "currency")),
        Section(
            "Term",
            ("start_on", "end_on", "term_months", "auto_renew", "notice_days", "notice_on", "renewals", "end_reason"),
        ),
        Section("Signature", ("sent_at", "sent_to", "signed_at", "signed_name", "description")),
        Section("Work", ("owner", "team", "tags")),
    ),
    related=("deal", "quote", "organization", "contact"),
    open={"status": ContractStatus.SENT},
    operations=(OperationSpec("contract.renew", "Renew for another term"),),
    hooks=Hooks(
        check=life.check_contract,
        derive=life.name_contract,
        settle=life.settle_contract,
        changed=life.guard_contracts,
    ),
    facts={
        "signed": Derived(("status",), lambda status: status == ContractStatus.SIGNED),
        "contact_name": Derived(("contact__name",), lambda name: name),
        "organization_name": Derived(("organization__name",), lambda name: name),
    },
)

SUBSCRIPTION = RecordSpec(
    type="subscription",
    label="Subscription",
    plural="Subscriptions",
    model=Subscription,
    icon="refresh-cw",
    fields=(
        FieldSpec(name="name", label="Name", sort_path="sort_name", max_length=300),
        FieldSpec(
            name="status",
            label="Status",
            type=T.CHOICE,
            read_only=True,
            choices=Choice.of(SubscriptionStatus.choices, active="good", ended="warn"),
        ),
        FieldSpec(name="contract", label="Contract", type=T.RECORD, to="contract", sort_path="contract__sort_name"),
        FieldSpec(
            name="organization",
            label="Organization",
            type=T.RECORD,
            to="organization",
            sort_path="organization__sort_name",
        ),
        FieldSpec(name="product", label="Product", type=T.RECORD, to="product", sort_path="product__sort_name"),
        FieldSpec(name="amount", label="Amount", type=T.MONEY),
        FieldSpec(name="currency", label="Currency", max_length=3),
        FieldSpec(
            name="period",
            label="Paid",
            type=T.CHOICE,
            choices=Choice.of([(each.value, each.value) for each in Period]),
        ),
        FieldSpec(name="monthly", label="A month", type=T.MONEY, read_only=True, aliases=("mrr",)),
        FieldSpec(name="start_on", label="From", type=T.DATE),
        FieldSpec(name="end_on", label="Until", type=T.DATE),
        FieldSpec(name="end_reason", label="Why it ended", read_only=True),
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("status", "monthly", "currency"), below_subscription),
    search_text=Derived(("organization__name", "product__name"), told),
    list_columns=("name", "organization", "status", "amount", "period", "monthly", "start_on", "end_on", "owner"),
    filters=("status", "period", "owner", "team", "monthly", "end_on", "tags", "created_at"),
    board_column="status",
    board_sum="monthly",
    sections=(
        Section("Subscription", ("name", "status", "contract", "organization", "product")),
        Section("Money", ("amount", "period", "currency", "monthly", "start_on", "end_on", "end_reason")),
        Section("Work", ("owner", "team", "tags")),
    ),
    related=("contract", "organization", "product"),
    open={"status": SubscriptionStatus.ACTIVE},
    operations=(OperationSpec("subscription.end", "End it", needs_reason=True),),
    hooks=Hooks(check=life.check_subscription, derive=life.name_subscription, settle=life.settle_subscription),
)

RECORDS = (CONTRACT, SUBSCRIPTION)
