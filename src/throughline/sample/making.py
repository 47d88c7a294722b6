"""
Making the sample company: founding it, and letting it work until ``at``.

The believable one takes minutes; it is made once and kept (``kept``). A small one takes seconds, for tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.packs import shipped
from throughline.sample.founding import routed_here, settle_in
from throughline.sample.history import History
from throughline.sample.load import found_company
from throughline.sample.world import content

FIRST_PACKS = ("lead-to-deal", "relationship")
"""What the company works by from its first day; the other procedures come when the history has been made."""
PLANNED_AHEAD = 4
"""Months beyond the end for which there are targets."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a company is, and how long its history."""

    weeks: int
    customers: int
    contacts: int
    leads_a_day: float
    deals_a_day: float


BELIEVABLE = Size(weeks=78, customers=900, contacts=2_400, leads_a_day=7.0, deals_a_day=3.0)
SMALL = Size(weeks=3, customers=30, contacts=70, leads_a_day=6.0, deals_a_day=1.5)
SIZES = {"believable": BELIEVABLE, "small": SMALL}


def make_company(*, size: Size, password: str | None, at: datetime) -> dict[str, User]:
    """
    Make the company as it stands at ``at``, in a database without people; return its people by key.

    Without a ``password`` nobody can sign in. Each operation commits for itself, unless the caller holds a transaction.
    """
    founded_at = at - timedelta(weeks=size.weeks)
    people = found_company(
        password=password, at=founded_at, packs=[routed_here(pack) for pack in shipped() if pack.key in FIRST_PACKS]
    )
    by = Actor.system(content("company")["company"])
    months = round(size.weeks / 4.345) + PLANNED_AHEAD
    settle_in(people, customers=size.customers, contacts=size.contacts, months=months, by=by, at=founded_at)
    let_live(began_at=founded_at, ends_at=at, size=size)
    return people


def let_live(*, began_at: datetime, ends_at: datetime, size: Size = BELIEVABLE) -> None:
    """Let a company that is there go on from one moment to another."""
    History(began_at=began_at, ends_at=ends_at, leads_a_day=size.leads_a_day, deals_a_day=size.deals_a_day).happen()
