"""What people of the sample company do beside the steps of procedures: deals with customers, calls, tasks, promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.teamwork.operations import add_comment
from throughline.crm.activities.models import Activity, Status
from throughline.crm.activities.operations import NewActivity, complete_activity, create_activities
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import move_deal
from throughline.crm.people.models import Contact, Organization
from throughline.crm.promises.models import Promise, PromiseStatus
from throughline.crm.promises.operations import make_promise, settle_promise
from throughline.sample.selling import AMERICAS, ENGAGING, NEGOTIATION, PROPOSAL, PROSPECTING, Selling
from throughline.sample.world import chance_of, content, drawn

WAYS: Mapping[str, tuple[str, float, float]] = {
    PROSPECTING: (ENGAGING, 12, 0.26),
    ENGAGING: (PROPOSAL, 14, 0.24),
    PROPOSAL: (NEGOTIATION, 10, 0.3),
    NEGOTIATION: ("", 11, 0.34),
}
"""For each stage: where a deal goes on to, after how many days (the median), and how many are lost there."""
STUCK = 0.05
"""So many deals are left lying; they are given up after ``GIVEN_UP``."""
GIVEN_UP = 150
KINDS = {"New": 0.3, "Upsell": 0.5, "Renewal": 0.2}
CALLED = {"Call": 0.45, "Email": 0.38, "Meeting": 0.17}
CALLS_A_DAY, PROMISES_A_DAY, COMMENTS_A_DAY, TASKED = 1.3, 1.2, 1.8, 0.35


class Care:
    """One day of care for customers after the other."""

    def __init__(self, users: Mapping[int, User], selling: Selling, *, deals_a_day: float) -> None:
        self.users = users
        self.selling = selling
        self.deals_a_day = deals_a_day
        rows = Organization.objects.filter(owner__in=users).exclude(type="Competitor").order_by("pk")
        self.accounts = list(rows.values_list("pk", "owner_id", "country"))

    def day(self, at: datetime, there: Sequence[int], chance: Random) -> None:
        """Let a working day pass for those who are at work."""
        present = set(there)
        self._open_deals(at, present, chance)
        self._move_deals(at, present)
        self._call(at, sorted(present), chance)
        self._finish_tasks(at, present)
        self._promise(at, present, chance)
        self._comment(at, present, chance)
        self.selling.close_old(at)
        self.selling.bill(at)

    # -- Deals ---------------------------------------------------------------------------------------------------------

    def _open_deals(self, at: datetime, present: set[int], chance: Random) -> None:
        mine = [each for each in self.accounts if each[1] in present]
        count = int(self.deals_a_day) + (chance.random() < self.deals_a_day % 1)
        for organization, owner, country in chance.sample(mine, k=min(len(mine), count)):
            self._open_deal(organization, owner, country, at, chance)

    def _open_deal(self, organization: int, owner: int, country: str, at: datetime, chance: Random) -> None:
        by = Actor.user(self.users[owner])
        firm = Organization.objects.get(pk=organization)
        contacts = list(Contact.objects.filter(organization=organization, deleted_at=None).values_list("pk", flat=True))
        interest = drawn(chance, content("firm")["interests"])
        values: dict[str, Any] = {
            "name": f"{firm.name}, {interest}", "organization": organization, "owner": owner,
            "kind": drawn(chance, KINDS), "source": "Existing Customer", "stage": PROSPECTING,
            "currency": "USD" if country == AMERICAS else "EUR", **self.selling.plan(at, chance),
            "expected_close_on": at.date() + timedelta(days=chance.randrange(30, 110)),
        }  # fmt: skip
        if contacts:
            values["contact"] = chance.choice(contacts)
        deal = create_record(spec=registry.get("deal"), values=values, by=by, at=at)
        self.selling.fill(deal, interest, by, at, chance)

    def _move_deals(self, at: datetime, present: set[int]) -> None:
        """Take those deals on that no procedure moves."""
        rows = Deal.objects.filter(lead=None, closed_at=None, deleted_at=None, owner__in=present)
        for deal in rows.filter(stage__key__in=list(WAYS)).select_related("organization").order_by("pk"):
            onward, median, lost = WAYS[deal.stage_id]
            chance = chance_of("deal", deal.pk, deal.stage_id)
            days = chance.lognormvariate(0, 0.7) * median
            if chance_of("stuck", deal.pk).random() < STUCK:
                days, lost = GIVEN_UP, 1.0
            if at - deal.stage_entered_at >= timedelta(days=days):
                self._take_on(deal, onward, chance.random() < lost, at, chance)

    def _take_on(self, deal: Deal, onward: str, is_lost: bool, at: datetime, chance: Random) -> None:
        by = Actor.user(self.users[deal.owner_id or 0])
        if is_lost:
            self.selling.lose(deal, drawn(chance, content("firm")["lost"]), by, at, chance)
        elif onward == PROPOSAL:
            self.selling.propose(deal, by, at, chance)
        elif onward:
            move_deal(deal_id=deal.pk, stage=onward, by=by, at=at, **self.selling.plan(at, chance))
        else:
            self.selling.win(deal, by, at, chance)
        if not is_lost and onward and chance.random() < TASKED:
            due = at + timedelta(days=chance.randrange(1, 10), hours=chance.randrange(0, 4))
            subject = chance.choice(content("firm")["tasks"])
            self._plan([NewActivity(kind="Task", subject=subject, about=_about(deal), due_at=due, by=by)], at)

    def _plan(self, activities: Sequence[NewActivity], at: datetime) -> None:
        create_activities(activities=activities, by=Actor.system("Sales"), at=at)

    # -- Calls, tasks, promises, comments ------------------------------------------------------------------------------

    def _call(self, at: datetime, present: Sequence[int], chance: Random) -> None:
        """Let everybody who has customers speak with some of them."""
        new = []
        for owner in present:
            mine = [key for key, whose, _ in self.accounts if whose == owner]
            for _ in range(int(CALLS_A_DAY) + (chance.random() < CALLS_A_DAY % 1) if mine else 0):
                organization = chance.choice(mine)
                contact = Contact.objects.filter(organization=organization, deleted_at=None).order_by("pk").first()
                about = [RecordRef("organization", organization)]
                about += [RecordRef("contact", contact.pk)] if contact else []
                kind = drawn(chance, CALLED)
                new.append(
                    NewActivity(
                        kind=kind, subject=chance.choice(content("firm")["care"]), about=tuple(about),
                        direction=chance.choice(["Out", "Out", "In"]) if kind != "Meeting" else "",
                        duration_seconds=chance.randrange(3, 50) * 60 if kind != "Email" else None, owner_id=owner,
                        done_at=at - timedelta(minutes=chance.randrange(5, 300)), by=Actor.user(self.users[owner]),
                    )
                )  # fmt: skip
        if new:
            self._plan(new, at)

    def _finish_tasks(self, at: datetime, present: set[int]) -> None:
        due = Activity.objects.filter(status=Status.PLANNED, due_at__lt=at + timedelta(hours=6), owner__in=present)
        for row in due.order_by("pk"):
            late = at - (row.due_at or at)
            if chance_of("task", row.pk, at.date()).random() < (0.75 if late < timedelta(days=10) else 0.2):
                complete_activity(activity_id=row.pk, by=Actor.user(self.users[row.owner_id or 0]), at=at)

    def _promise(self, at: datetime, present: set[int], chance: Random) -> None:
        deals = list(Deal.objects.filter(closed_at=None, owner__in=present, deleted_at=None).order_by("pk")[:400])
        for deal in chance.sample(deals, k=min(len(deals), chance.choice([0, 1, 1, 2, 2]))):
            due = at + timedelta(days=chance.randrange(1, 8), hours=3)
            what = chance.choice(content("firm")["promises"])
            by = Actor.user(self.users[deal.owner_id or 0])
            make_promise(what=what, about=RecordRef("deal", deal.pk), due_at=due, by=by, at=at)
        for promise in Promise.objects.filter(status=PromiseStatus.OPEN, due_at__lt=at + timedelta(days=1)).order_by(
            "pk"
        ):
            if promise.owner_id in present:
                self._keep_word(promise, at)

    def _keep_word(self, promise: Promise, at: datetime) -> None:
        luck = chance_of("promise", promise.pk, at.date()).random()
        by = Actor.user(self.users[promise.owner_id or 0])
        if luck < 0.62:
            settle_promise(promise_id=promise.pk, status=PromiseStatus.KEPT, by=by, at=at)
        elif at - promise.due_at > timedelta(days=4):
            settle_promise(
                promise_id=promise.pk, status=PromiseStatus.BROKEN, by=by, at=at, reason="Nobody had time that week"
            )

    def _comment(self, at: datetime, present: set[int], chance: Random) -> None:
        count = int(COMMENTS_A_DAY) + (chance.random() < COMMENTS_A_DAY % 1)
        deals = list(Deal.objects.filter(closed_at=None, owner__in=present, deleted_at=None).order_by("-pk")[:200])
        for deal in chance.sample(deals, k=min(len(deals), count)):
            colleagues = [each for each in self.users.values() if each.email.startswith(("omar@", "petra@", "ada@"))]
            seeing = [each for each in colleagues if access.can(each, access.VIEW, registry.get("deal"), deal)]
            if not seeing:
                continue
            body = chance.choice(content("firm")["comments"]).format(colleague=chance.choice(seeing[:1]).name)
            by = Actor.user(self.users[deal.owner_id or 0])
            add_comment(record=RecordRef("deal", deal.pk), body=body, by=by, at=at)


def _about(deal: Deal) -> tuple[RecordRef, ...]:
    return (RecordRef("deal", deal.pk), *([RecordRef("contact", deal.contact_id)] if deal.contact_id else []))
