"""Writes of the company: describing it, leaving a step of the set-up out, ending the set-up."""

from __future__ import annotations

import io
from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.company.events import CompanyDescribed, CompanySetUp
from throughline.core.company.models import Company
from throughline.core.company.queries import base_currency
from throughline.core.files.models import Blob
from throughline.core.files.operations import delete_file, store_file
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.refusals import Refusal

LARGEST_LOGO: Final = 300 * 1024
LOGOS: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""Beginnings of files that can be a logo; on paper and on pages both are shown as they are."""
ABOUT: Final = RecordRef("company", 1)
COUNTED: Final = ("deal", "quote", "invoice")
"""Record types whose sums are told in the company's currency."""


def require(by: Actor) -> None:
    """
    Go on only when the actor looks after this installation.

    Raises:
        NotAllowed: the person may not.
    """
    user = access.user_of(by)
    if user is not None:
        access.require_ability(
            user, access.MANAGE_ROLES, otherwise="Setting up is for administrators. Ask one of them."
        )


@transaction.atomic
def describe_company(
    *, name: str, address: str, currency: str, by: Actor, at: datetime, logo: bytes = b"", without_logo: bool = False
) -> Company:
    """
    Say what the company is called, where it is, and in which currency it counts; an empty ``logo`` keeps the old one.

    Raises:
        NotAllowed: the person behind the actor is no administrator.
        Refusal: the name is missing, the currency is none or counts already, or the picture is no logo.
    """
    require(by)
    name, currency = " ".join(name.split()), currency.strip().upper()
    if not name or len(name) > 200:
        raise Refusal("no_name", "Say what your company is called.", "name")
    _require_currency(currency)
    company = Company.objects.select_for_update().first() or Company()
    before = company.logo
    company.name, company.currency = name, currency
    company.address = "\n".join(line.strip() for line in address.splitlines() if line.strip())
    company.described_at, company.described_by_label = at, by.label
    if logo:
        company.logo = _kept_logo(logo, by, at)
    elif without_logo:
        company.logo = None
    company.save()
    if before is not None and company.logo_id != before.pk:
        delete_file(blob=before, by=by, at=at)
    told = CompanyDescribed(name=name, address=company.address, currency=currency, has_logo=company.logo_id is not None)
    journal.record(told, by=by, at=at, about=ABOUT)
    return company


def _require_currency(currency: str) -> None:
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        raise Refusal("no_currency", "Give the currency by its three letters, such as EUR or USD.", "currency")
    if currency != base_currency() and _is_counted():
        sentence = f"Sums are told in {base_currency()} already. Give deals their own currency, and rates under Prices."
        raise Refusal("currency_in_use", sentence, "currency")


def _is_counted() -> bool:
    specs = [spec for kind in COUNTED if (spec := registry.find(kind)) is not None]
    return any(spec.model._default_manager.filter(sandbox=False).exists() for spec in specs)


def _kept_logo(content: bytes, by: Actor, at: datetime) -> Blob:
    media_type = next((media for head, media in LOGOS.items() if content.startswith(head)), "")
    if not media_type:
        raise Refusal("no_picture", "A logo is a PNG or JPEG picture. Choose another file.", "logo")
    if len(content) > LARGEST_LOGO:
        raise Refusal("file_too_large", f"The logo is larger than {LARGEST_LOGO // 1024} KB. Make it smaller.", "logo")
    return store_file(content=io.BytesIO(content), name="logo", by=by, at=at, media_type=media_type)


@transaction.atomic
def skip_step(*, step: str, known: Collection[str], by: Actor, at: datetime) -> Company:  # noqa: ARG001 - left out steps are no business facts
    """
    Leave a step of the set-up (one of ``known``) out for now.

    Raises:
        NotAllowed: the person behind the actor is no administrator.
        Refusal: there is no such step.
    """
    require(by)
    if step not in known:
        raise Refusal("no_such_step", "There is no such step. Look at the set-up again.")
    company = _begun()
    company.skipped = [*dict.fromkeys([*company.skipped, step])]
    company.save(update_fields=["skipped"])
    return company


@transaction.atomic
def end_set_up(*, by: Actor, at: datetime) -> Company:
    """
    Say that setting up is done: it is offered no more, and can still be opened.

    Raises:
        NotAllowed: the person behind the actor is no administrator.
    """
    require(by)
    company = _begun()
    company.ended_at = at
    company.save(update_fields=["ended_at"])
    journal.record(CompanySetUp(skipped=list(company.skipped)), by=by, at=at, about=ABOUT)
    return company


def _begun() -> Company:
    """Return the company, locked: it is there as soon as somebody has looked into setting it up."""
    company, _ = Company.objects.select_for_update().get_or_create(pk=1)
    return company
