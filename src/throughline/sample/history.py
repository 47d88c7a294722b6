"""
Some weeks in the life of the sample company, on a virtual clock.

Theory of operation. Time moves from one look at the work to the next, a few on a working day. At each, enquiries come
in through the same operation as those of the public form, the worker drains what is due at that moment, and people work
off some of their items: the diligent ones soon, others late. Chance comes from one seeded generator, so every
installation has the same company. Only the last days keep their work open.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures import worker
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.operations.work import complete_work_item
from throughline.core.recordref import RecordRef
from throughline.crm.activities.operations import log_activity
from throughline.crm.leads.capture import capture_leads

SEED = 20
HOURS = (7, 10, 13, 15)
"""When on a working day (UTC) the company looks at its work; on other days only the clocks go on, at noon."""

ENQUIRIES = (0, 1, 2, 3)
"""How many come in between two looks, each as likely."""

DILIGENCE: Mapping[str, float] = {"maya": 0.5, "tom": 0.22, "ines": 0.45, "luca": 0.3, "omar": 0.3, "nadia": 0.3}
"""The chance that a person does a given open item at one look …"""

UNHURRIED = timedelta(days=3)
"""… and in the last days a third of it, so that there is something left to do for whoever signs in."""

OUTCOMES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "first_contact": (("reached", 0.55), ("no_answer", 0.35), ("not_interested", 0.1)),
    "try_again": (("reached", 0.45), ("no_answer", 0.45), ("not_interested", 0.1)),
    "qualify": (("hot", 0.45), ("lukewarm", 0.35), ("not_interested", 0.2)),
    "demo": (("held", 1.0),),
    "proposal": (("sent", 1.0),),
    "follow_up": (("agreed", 0.45), ("undecided", 0.25), ("declined", 0.3)),
}
CALLS: Mapping[str, tuple[str, ...]] = {
    "reached": ("Talked for ten minutes, wants to see it", "Good talk, budget is planned for this year"),
    "no_answer": ("Rang twice, no answer", "Left a message with the front desk"),
    "not_interested": ("Just renewed with somebody else", "No budget before next summer"),
}


class History:
    """The weeks between ``began_at`` and ``ends_at``; ``people`` by key of the company file."""

    def __init__(
        self, content: Mapping[str, Any], people: Mapping[str, User], *, began_at: datetime, ends_at: datetime
    ) -> None:
        self.content = content
        self.people = people
        self.began_at = began_at
        self.ends_at = ends_at
        self.chance = random.Random(SEED)  # noqa: S311 - a history to look at, no secret
        self.diligence = {people[key].pk: chance for key, chance in DILIGENCE.items()}
        self.users = {user.pk: user for user in people.values()}
        self.captured = 0

    def happen(self) -> None:
        """Let the time pass."""
        for now, is_working in self._moments():
            if is_working:
                self._receive(now)
            worker.drain(at=now, outside=False)
            if is_working:
                self._work(now)
        worker.drain(at=self.ends_at, outside=False)

    def _moments(self) -> Iterator[tuple[datetime, bool]]:
        day = self.began_at.replace(hour=0, minute=0, second=0, microsecond=0)
        while day < self.ends_at:
            is_working = day.weekday() < 5
            for hour in HOURS if is_working else (12,):
                now = day + timedelta(hours=hour, minutes=self.chance.randrange(50))
                if self.began_at <= now < self.ends_at:
                    yield now, is_working
            day += timedelta(days=1)

    def _receive(self, now: datetime) -> None:
        enquiries = [self._enquiry() for _ in range(self.chance.choice(ENQUIRIES))]
        if enquiries:
            capture_leads(enquiries, by=Actor("form", "sample", "Web form"), at=now)

    def _enquiry(self) -> dict[str, Any]:
        self.captured += 1
        choose = self.chance.choice
        first, last = choose(self.content["first_names"]), choose(self.content["last_names"])
        organization = choose(self.content["organizations"])
        interest = choose(self.content["interests"])
        origins = self.content["origins"]
        origin, source, _ = self.chance.choices(origins, [share for *_, share in origins])[0]
        regions = self.content["regions"]
        region = next((name for name, countries in regions.items() if organization["country"] in countries), "")
        return {
            "first_name": first,
            "last_name": last,
            "email": f"{first}.{last}@{_domain(organization['name'])}".lower().replace("á", "a"),
            "phone": f"+49301{self.captured:06d}",
            "organization_name": organization["name"],
            "subject": choose(self.content["subjects"][interest]),
            "interest": interest if self.chance.random() < 0.8 else "",
            "region": region if self.chance.random() < 0.6 else "",
            "country": organization["country"],
            "industry": organization["industry"],
            "origin": origin,
            "source": source,
        }

    def _work(self, now: datetime) -> None:
        items = WorkItem.objects.filter(status=WorkItem.Status.OPEN, assignee__in=self.diligence)
        pace = 1 / 3 if now > self.ends_at - UNHURRIED else 1
        for item in items.select_related("case").order_by("offered_at", "id"):
            if item.node in OUTCOMES and self.chance.random() < self.diligence[item.assignee_id or 0] * pace:
                self._do(item, now)

    def _do(self, item: WorkItem, now: datetime) -> None:
        outcomes = OUTCOMES[item.node]
        outcome = self.chance.choices([name for name, _ in outcomes], [share for _, share in outcomes])[0]
        by = Actor.user(self.users[item.assignee_id or 0])
        if outcome in CALLS and item.case.record_id is not None:
            log_activity(
                kind="Call",
                subject=self.chance.choice(CALLS[outcome]),
                direction="Out",
                about=[RecordRef(item.case.record_type, item.case.record_id)],
                by=by,
                at=now,
            )
        complete_work_item(work_item_id=item.pk, outcome=outcome, by=by, at=now)


def _domain(organization: str) -> str:
    letters = "".join(letter for letter in organization.lower() if letter.isascii() and letter.isalnum())
    return f"{letters}.example"
