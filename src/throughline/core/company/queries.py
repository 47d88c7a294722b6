"""Reads of the company: what stands on letters, and in which currency sums are told."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet

from throughline.core.company.models import Company
from throughline.core.files.models import Blob
from throughline.core.files.operations import read_file
from throughline.core.rows import fetch_planned


def find_company() -> Company | None:
    """Return the company and how far its set-up has come, or None while nobody has begun. One query."""
    return Company.objects.select_related("logo").first()


def base_currency() -> str:
    """Return the currency in which sums are told: the described one, else the environment's. One query."""
    found = fetch_planned("SELECT currency FROM company_company WHERE described_at IS NOT NULL ORDER BY id LIMIT 1")
    return (found[0][0] if found else "") or str(settings.BASE_CURRENCY)


def letterhead() -> list[str]:
    """Return name and address of the company, line by line. One query."""
    found = _described().values_list("name", "address").first()
    if found is None:
        return list(settings.COMPANY)
    name, address = found
    return [name, *(line for line in address.splitlines() if line)]


def find_logo() -> Blob | None:
    """Return the file of the company's logo, if it has one. One query."""
    found = Company.objects.exclude(logo=None).select_related("logo").first()
    return found.logo if found is not None else None


def logo() -> bytes:
    """Return the picture of the company's logo; empty where there is none."""
    found = find_logo()
    return b"".join(read_file(found)) if found is not None else b""


def _described() -> QuerySet[Company]:
    return Company.objects.exclude(described_at=None)
