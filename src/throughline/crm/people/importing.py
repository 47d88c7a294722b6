"""Making contacts and organizations set-wise, from rows of stored values by field name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.making import Columns, Row, make_records
from throughline.core.records.spec import Created
from throughline.core.records.text import fold
from throughline.crm.people.events import ContactAdded, OrganizationAdded
from throughline.crm.people.rules import domain_of, full_name, sort_name, split_name


@transaction.atomic
def create_contacts(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """Make contacts; rows whose external key is known are left alone."""

    def derived(columns: Columns) -> None:
        if not (columns["first_name"] or columns["last_name"]):
            columns["first_name"], columns["last_name"] = split_name(columns["name"])
        first, last = columns["first_name"], columns["last_name"]
        columns["name"] = full_name(first, columns["middle_name"], last) or columns["email"] or columns["phone"]
        columns["sort_name"] = sort_name(first, last, columns["name"])

    def fact(columns: Columns) -> journal.JournalEvent:
        return ContactAdded(name=columns["name"], email=columns["email"], source=columns["source"])

    return make_records(registry.get("contact"), rows, derive=derived, fact=fact, by=by, at=at)


@transaction.atomic
def create_organizations(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """Make organizations; rows whose external key is known are left alone."""

    def derived(columns: Columns) -> None:
        columns["sort_name"] = fold(columns["name"])
        columns["domain"] = columns["domain"] or domain_of(columns["website"])

    def fact(columns: Columns) -> journal.JournalEvent:
        return OrganizationAdded(name=columns["name"], source=columns["source"])

    return make_records(registry.get("organization"), rows, derive=derived, fact=fact, by=by, at=at)
