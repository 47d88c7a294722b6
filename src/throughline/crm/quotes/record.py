"""The record type of quotes."""

from __future__ import annotations

from decimal import Decimal

from throughline.core.recordref import RecordRef
from throughline.core.records.spec import Choice, Derived, FieldSpec, FieldType, Hooks, RecordSpec, Section
from throughline.core.records.text import amount_of, joined, told
from throughline.crm.quotes.life import guard, name_quote, settle
from throughline.crm.quotes.links import link_of, token_of
from throughline.crm.quotes.models import Quote, QuoteStatus

T = FieldType
MONEY = ("subtotal", "discount", "net", "tax", "gross")


def below_title(status: str, organization: str | None, gross: Decimal | None, currency: str) -> str:
    """Return what is said below the title."""
    return joined(status, organization, amount_of(gross, currency))


QUOTE = RecordSpec(
    type="quote",
    label="Quote",
    plural="Quotes",
    model=Quote,
    icon="file-text",
    fields=(
        FieldSpec(name="name", label="Subject", sort_path="sort_name", max_length=300),
        FieldSpec(
            name="status",
            label="Status",
            type=T.CHOICE,
            read_only=True,
            choices=Choice.of(
                QuoteStatus.choices,
                approved="good",
                sent="info",
                accepted="good",
                rejected="bad",
                expired="warn",
                withdrawn="warn",
                **{"in": "warn"},
            ),
        ),
        FieldSpec(name="deal", label="Deal", type=T.RECORD, to="deal", sort_path="deal__sort_name"),
        FieldSpec(
            name="organization",
            label="Organization",
            type=T.RECORD,
            to="organization",
            sort_path="organization__sort_name",
        ),
        FieldSpec(name="contact", label="Contact", type=T.RECORD, to="contact", sort_path="contact__sort_name"),
        FieldSpec(name="revision", label="Revision", type=T.INTEGER, read_only=True),
        FieldSpec(name="currency", label="Currency", max_length=3),
        FieldSpec(name="valid_until", label="Valid until", type=T.DATE),
        FieldSpec(name="subtotal", label="Sum of the lines", type=T.MONEY, read_only=True),
        FieldSpec(name="discount", label="Discount", type=T.MONEY, read_only=True),
        FieldSpec(name="net", label="Net", type=T.MONEY, read_only=True),
        FieldSpec(name="tax", label="Tax", type=T.MONEY, read_only=True),
        FieldSpec(name="gross", label="Total", type=T.MONEY, read_only=True),
        FieldSpec(name="intro", label="Words before the lines", type=T.LONG_TEXT),
        FieldSpec(name="terms", label="Terms below the sums", type=T.LONG_TEXT),
        FieldSpec(name="review_asked_at", label="Review asked", type=T.DATETIME, read_only=True),
        FieldSpec(name="review_asked_by", label="Review asked by", read_only=True),
        FieldSpec(name="reviewed_at", label="Approved", type=T.DATETIME, read_only=True),
        FieldSpec(name="reviewed_by", label="Approved by", read_only=True),
        FieldSpec(name="review_note", label="Words on the review", read_only=True),
        FieldSpec(name="sent_at", label="Sent", type=T.DATETIME, read_only=True),
        FieldSpec(name="sent_to", label="Sent to", type=T.EMAIL, read_only=True, personal=True),
        FieldSpec(name="answered_at", label="Answered", type=T.DATETIME, read_only=True),
        FieldSpec(name="signed_name", label="Signed by", read_only=True, personal=True),
        FieldSpec(name="answer_reason", label="Reason", read_only=True),
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("status", "organization__name", "gross", "currency"), below_title),
    search_text=Derived(("organization__name", "contact__name"), told),
    list_columns=("name", "organization", "status", "gross", "currency", "valid_until", "sent_at", "owner"),
    filters=(
        "status",
        "deal",
        "owner",
        "team",
        "gross",
        "valid_until",
        "review_asked_at",
        "sent_at",
        "answered_at",
        "tags",
        "created_at",
    ),
    board_column="status",
    board_sum="net",
    sections=(
        Section("Quote", ("name", "status", "deal", "organization", "contact", "currency", "valid_until", "revision")),
        Section("Sums", MONEY),
        Section("Words", ("intro", "terms")),
        Section("Review", ("review_asked_at", "review_asked_by", "reviewed_at", "reviewed_by", "review_note")),
        Section("Answer", ("sent_at", "sent_to", "answered_at", "signed_name", "answer_reason")),
        Section("Work", ("owner", "team", "tags")),
    ),
    related=("deal", "organization", "contact"),
    open={"status": QuoteStatus.SENT},
    hooks=Hooks(derive=name_quote, settle=settle, changed=guard),
    facts={
        "sent": Derived(("status",), lambda status: status == QuoteStatus.SENT),
        "token": Derived(("pk", "link_no"), lambda pk, link_no: token_of(Quote(pk=pk, link_no=link_no))),
        "link": Derived(("pk", "link_no"), lambda pk, link_no: link_of(Quote(pk=pk, link_no=link_no))),
        "files": Derived(("document",), lambda key: [] if key is None else [f"file:{key}"]),
        "contact_name": Derived(("contact__name",), lambda name: name),
        "organization_name": Derived(("organization__name",), lambda name: name),
    },
    timeline=lambda quote: [RecordRef("quote", quote.root_id)] if quote.root_id else [],
)

RECORDS = (QUOTE,)
