"""
The life of the sample company, on a virtual clock.

Theory of operation. Time moves from one look at the work to the next, three on a working day. At each, enquiries come
in through the same operation as those of the public form, the worker drains what is due at that moment, and people
whose office is open work off some of their items: the diligent ones soon, others late; when too much is open they fall
behind, and in the last days they leave something for whoever signs in. What follows from a step (a deal, a quote, an
invoice) is in ``selling``, what people do beside it in ``care``. Nothing is remembered outside the database, and chance
is seeded by the day: so a history that was kept up to some day (``kept``) goes on from there as if it had never been
interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from throughline.core.actor import Actor
from throughline.core.handover.operations import be_away, be_back
from throughline.core.identity.models import Team, User
from throughline.core.identity.operations import join_team, leave_team
from throughline.core.procedures import worker
from throughline.core.procedures.models import Incident, WorkItem
from throughline.core.procedures.operations.steps import move_step, skip_step
from throughline.core.procedures.operations.work import complete_work_item
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import Assignment, assign_records
from throughline.crm.activities.operations import NewActivity, create_activities
from throughline.crm.leads.capture import capture_leads
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact, Organization
from throughline.sample.care import Care
from throughline.sample.selling import Done, Selling
from throughline.sample.world import Firm, World, chance_of, content, drawn

LOOKS = (8, 12, 15)
"""When on a working day (UTC) the company looks at its work; on other days only the clocks go on, at noon."""
ARRIVING = {8: 0.4, 12: 0.32, 15: 0.28}
"""Of a day's enquiries, how many have come in since the look before."""
ON_A_DAY_OFF = 0.3
OPEN_HOURS = (8.5, 17.5)
UNHURRIED, LEFT = timedelta(days=4), 0.3
"""In the last days people do a part of what they did before, so that there is something left to do."""
AT_MOST = 7
"""Items that somebody does between two looks."""
SEASON = (0.94, 1.0, 1.12, 1.04, 1.05, 0.98, 0.8, 0.74, 1.12, 1.15, 1.1, 0.82)
"""How many enquiries come in a month against the mean: fewer in summer and at the end of the year."""
GROWTH = 0.3
"""By how much more come in at the end of a year and a half than at its beginning."""
BAD_WEEKS = range(56, 60)
BAD_TEAM = "south"
"""Weeks in which half a team is ill while a campaign brings more than ever."""
REBALANCED_IN_WEEK = 40
SETTLED_AFTER = timedelta(days=3)
"""So long an incident waits for a manager."""

OUTCOMES: Mapping[str, Mapping[str, float]] = {
    "first_contact": {"reached": 0.55, "no_answer": 0.35, "not_interested": 0.1},
    "try_again": {"reached": 0.45, "no_answer": 0.47, "not_interested": 0.08},
    "qualify": {"hot": 0.46, "lukewarm": 0.3, "not_interested": 0.24},
    "demo": {"held": 1.0},
    "proposal": {"sent": 1.0},
    "follow_up": {"agreed": 0.21, "undecided": 0.34, "declined": 0.45},
}
ORIGINS = {
    "organic_search": ("Web", 0.28), "paid_search": ("Ad", 0.19), "social": ("Campaign", 0.13),
    "direct_traffic": ("Web", 0.12), "email": ("Email", 0.1), "referral": ("Referral", 0.1), "event": ("Event", 0.05),
    "partner": ("Partner", 0.013), "phone": ("Call", 0.02),
}  # fmt: skip
"""How leads come in: origin, door, share of all leads."""
KEENNESS = {"referral": 1.35, "organic_search": 1.15, "direct_traffic": 1.1, "paid_search": 0.8, "social": 0.7}
"""How much likelier than others those of an origin are to want it."""
GOOD = {"reached", "hot", "agreed"}
KNOWN_FIRM, KNOWN_PERSON, OTHER_ADDRESS = 0.45, 0.09, 0.02
"""How many enquiries come from firms and from people that are known, and from known people by a private address."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the work; ``until`` is the next one."""

    at: datetime
    until: datetime
    is_working: bool
    is_first: bool
    chance: Random


@dataclass(slots=True)
class Staff:
    """Who works here: the people of the company's file by the key of their account."""

    users: dict[int, User] = field(default_factory=dict)
    known: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    by_key: dict[str, User] = field(default_factory=dict)
    homes: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Staff:
        """Read them with what the file says of them; colleagues whom it does not know do nothing by themselves."""
        staff = cls()
        described = {each["key"]: each for each in content("firm")["people"]}
        for user in User.objects.filter(is_active=True).order_by("pk").prefetch_related("team_memberships__team"):
            key = user.email.partition("@")[0]
            if key in described and user.email.endswith("@brightwater.example"):
                staff.users[user.pk], staff.known[user.pk], staff.by_key[key] = user, described[key], user
                first = min(user.team_memberships.all(), key=lambda each: each.pk, default=None)
                staff.homes[user.pk] = first.team.key if first else ""
        return staff

    def at_work(self, at: datetime) -> list[int]:
        """Return who is at work at a moment: their office is open and they are not away."""
        return [key for key, user in self.users.items() if self._is_there(user, at)]

    def _is_there(self, user: User, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(user.time_zone))
        if local.weekday() > 4 or not OPEN_HOURS[0] <= local.hour + local.minute / 60 < OPEN_HOURS[1]:
            return False
        return not (user.away_from and user.away_until and user.away_from <= at < user.away_until)


class History:
    """The life of the company between two moments; it begins with what the database holds."""

    def __init__(
        self, *, began_at: datetime, ends_at: datetime, leads_a_day: float = 9.0, deals_a_day: float = 2.3
    ) -> None:
        self.began_at = began_at
        self.ends_at = ends_at
        self.leads_a_day = leads_a_day
        self.world = World()
        self.staff = Staff.read()
        self.founded_at = self.staff.by_key["omar"].joined_at or began_at
        self.selling = Selling(self.staff.by_key["omar"].pk)
        self.care = Care(self.staff.users, self.selling, deals_a_day=deals_a_day)
        self.firms = list(Organization.objects.order_by("pk").values_list("name", "domain", "country", "industry"))
        self.people = list(Contact.objects.exclude(email="").order_by("pk").values_list("pk", flat=True))

    def happen(self) -> None:
        """Let the time pass."""
        for look in self._looks():
            self._receive(look)
            worker.drain(at=look.at, outside=False)
            if look.is_first:
                self._begin_day(look)
            if look.is_working:
                self._work(look)
            if look.at.hour == LOOKS[-1]:
                self.care.day(look.at, self.staff.at_work(look.at), look.chance)
            if look.is_first and (look.at.weekday() == 0 or self.ends_at - look.at < timedelta(days=35)):
                self.selling.keep_forecast(look.at)
        worker.drain(at=self.ends_at, outside=False)

    def _looks(self) -> Iterator[Look]:
        moments = list(self._moments())
        for place, (at, is_working) in enumerate(moments):
            until = moments[place + 1][0] if place + 1 < len(moments) else self.ends_at
            yield Look(at, until, is_working, at.hour == LOOKS[0], chance_of(at.isoformat()))

    def _moments(self) -> Iterator[tuple[datetime, bool]]:
        day = self.began_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        while day < self.ends_at:
            is_working = day.weekday() < 5
            for hour in LOOKS if is_working else LOOKS[1:2]:
                now = day + timedelta(hours=hour, minutes=chance_of("minute", day.date(), hour).randrange(25))
                if self.began_at <= now < self.ends_at:
                    yield now, is_working
            day += timedelta(days=1)

    def _week(self, at: datetime) -> int:
        return (at - self.founded_at).days // 7

    # -- Enquiries -----------------------------------------------------------------------------------------------------

    def _receive(self, look: Look) -> None:
        share = ARRIVING[look.at.hour] if look.is_working else ON_A_DAY_OFF
        week = self._week(look.at)
        mean = self.leads_a_day * share * SEASON[look.at.month - 1] * (1 - GROWTH / 2 + GROWTH * week / 78)
        mean *= 1.5 if week in BAD_WEEKS else 1
        enquiries = [self._enquiry(look) for _ in range(poisson(look.chance, mean))]
        if enquiries:
            capture_leads(enquiries, by=Actor("form", "sample", "Web form"), at=look.at)

    def _enquiry(self, look: Look) -> dict[str, Any]:
        chance, firm = look.chance, content("firm")
        origin = drawn(chance, {name: share for name, (_, share) in ORIGINS.items()})
        if look.at.hour == LOOKS[-1] and self._week(look.at) in BAD_WEEKS:
            origin = "social"
        source, interest = ORIGINS[origin][0], drawn(chance, firm["interests"])
        known = chance.random() < KNOWN_PERSON and self.people
        who = self._known_person(chance) if known else self._new_person(chance)
        company = content("company")
        return {
            **who,
            "subject": chance.choice(company["subjects"][interest]),
            "description": chance.choice(firm["descriptions"][interest]) if chance.random() < 0.5 else "",
            "interest": interest if chance.random() < 0.85 else "",
            "origin": origin,
            "source": source,
            "campaign": chance.choice(firm["campaigns"]) if source in ("Ad", "Campaign", "Event") else "",
            "landing_page": f"/{letters_of(interest)}/{chance.choice(['guide', 'prices', 'demo', 'contact'])}",
        }

    def _known_person(self, chance: Random) -> dict[str, Any]:
        contact = Contact.objects.select_related("organization").get(pk=chance.choice(self.people))
        culture = self.world.culture_of(contact.country)
        address = contact.email
        if chance.random() < OTHER_ADDRESS / KNOWN_PERSON:
            address = f"{contact.email.partition('@')[0]}@mailbox.example"
        return {
            "first_name": contact.first_name, "last_name": contact.last_name, "email": address,
            "job_title": contact.job_title, "country": contact.country, "region": self._region(chance, culture),
            "organization_name": contact.organization.name if contact.organization else "",
            "industry": contact.organization.industry if contact.organization else "",
        }  # fmt: skip

    def _new_person(self, chance: Random) -> dict[str, Any]:
        if chance.random() < KNOWN_FIRM and self.firms:
            name, domain, country, industry = chance.choice(self.firms)
            culture = self.world.culture_of(country)
            firm = Firm(name, domain or "mailbox.example", culture, "", country, industry, 0)
        else:
            firm = self.world.firm(chance)
            culture = firm.culture
            self.firms.append((firm.name, firm.domain, firm.country, firm.industry))
        person = self.world.person(chance, culture=culture, domain=firm.domain)
        return {
            "first_name": person.first_name, "last_name": person.last_name, "email": person.email,
            "phone": person.phone, "job_title": person.job_title, "country": firm.country,
            "language": self.world.language(culture), "region": self._region(chance, culture),
            "organization_name": firm.name, "industry": firm.industry, "employees": firm.employees or None,
        }  # fmt: skip

    def _region(self, chance: Random, culture: str) -> str:
        region = self.world.region(culture)
        return region if region == "West" or chance.random() < 0.62 else ""

    # -- Work ----------------------------------------------------------------------------------------------------------

    def _work(self, look: Look) -> None:
        there = self.staff.at_work(look.at)
        items = WorkItem.objects.filter(status=WorkItem.Status.OPEN, assignee__in=there, node__in=OUTCOMES)
        mine: dict[int, list[WorkItem]] = {}
        for item in items.select_related("case").order_by("due_at", "id"):
            mine.setdefault(item.assignee_id or 0, []).append(item)
        logged: list[NewActivity] = []
        for person in sorted(mine):
            logged += self._work_of(person, mine[person], look)
        if logged:
            create_activities(activities=logged, by=Actor.system("Sales"), at=look.until)

    def _work_of(self, person: int, items: Sequence[WorkItem], look: Look) -> Iterator[NewActivity]:
        pace = self._pace(person, len(items), look.at)
        done = 0
        for item in items:
            if done < AT_MOST and look.chance.random() < pace:
                done += 1
                yield from self._do(item, self._moment(look, done))

    def _pace(self, person: int, load: int, at: datetime) -> float:
        pace = float(self.staff.known[person]["pace"])
        if self._week(at) in BAD_WEEKS and self.staff.homes[person] == BAD_TEAM:
            pace *= 0.4
        if self.ends_at - at < UNHURRIED:
            pace *= LEFT
        return pace * min(1.0, 14 / max(load, 1))

    def _moment(self, look: Look, place: int) -> datetime:
        """Return when within the time until the next look something is done; later ones after earlier ones."""
        room = min((look.until - look.at).total_seconds(), 3 * 3600) / (AT_MOST + 1)
        return look.at + timedelta(seconds=int(room * (place + look.chance.random() * 0.8)))

    def _do(self, item: WorkItem, at: datetime) -> Iterator[NewActivity]:
        lead = Lead.objects.select_related("contact").get(pk=item.record_id or 0)
        user = self.staff.users[item.assignee_id or 0]
        chance = chance_of(item.node, item.pk)
        if self._is_done_otherwise(item, lead, user, at, chance):
            return
        done = Done(item.node, self._outcome(item.node, lead, chance), lead, user, at, chance)
        answers = self.selling.answers(done)
        yield from self._told(done)
        complete_work_item(work_item_id=item.pk, outcome=done.outcome, answers=answers, by=done.by, at=at)
        self.selling.follow(done, answers)

    def _outcome(self, node: str, lead: Lead, chance: Random) -> str:
        keen = KEENNESS.get(lead.origin, 1.0)
        shares = {name: share * (keen if name in GOOD else 1.0) for name, share in OUTCOMES[node].items()}
        return drawn(chance, shares)

    def _is_done_otherwise(self, item: WorkItem, lead: Lead, user: User, at: datetime, chance: Random) -> bool:
        """Now and then a step is not done as it is drawn: a manager skips it, or takes the case back."""
        if chance.random() >= float(self.staff.known[user.pk].get("careless", 0)):
            return False
        manager = Actor.user(self.staff.by_key["omar"])
        if item.node == "qualify":
            reason = "Known from an earlier project"
            skip_step(case_id=item.case_id, token=item.token, by=manager, at=at, reason=reason)
            return True
        if item.node == "follow_up" and lead.converted_at:
            reason = "They want to see it once more, with their IT"
            move_step(case_id=item.case_id, token=item.token, node="proposal", by=manager, at=at, reason=reason)
            return True
        return False

    def _told(self, done: Done) -> Iterator[NewActivity]:
        words, lead, chance = content("firm"), done.lead, done.chance
        about = (RecordRef("lead", lead.pk), *([RecordRef("contact", lead.contact_id)] if lead.contact_id else []))
        common: dict[str, Any] = {"about": about, "by": done.by, "owner_id": done.user.pk, "done_at": done.at}
        if done.outcome in words["calls"]:
            minutes = 0 if done.outcome == "no_answer" else chance.randrange(2, 25)
            yield NewActivity(
                kind="Call", subject=chance.choice(words["calls"][done.outcome]), direction="Out",
                duration_seconds=minutes * 60, **common,
            )  # fmt: skip
        elif done.node == "demo":
            subject = chance.choice(words["notes"]["demo"])
            yield NewActivity(kind="Meeting", subject=subject, duration_seconds=2700, **common)
        elif done.node == "proposal":
            yield NewActivity(kind="Email", subject=f"Proposal: {lead.subject}", direction="Out", **common)

    # -- What a day brings ---------------------------------------------------------------------------------------------

    def _begin_day(self, look: Look) -> None:
        self._go_and_come(look)
        self._settle_incidents(look)
        if self._week(look.at) >= REBALANCED_IN_WEEK:
            self._rebalance(look.at)

    def _go_and_come(self, look: Look) -> None:
        """Let people go on holiday, two weeks in summer and one in winter, and come back."""
        for key, user in self.staff.by_key.items():
            if user.away_until and user.away_until <= look.at:
                be_back(person_id=user.pk, by=Actor.user(user), at=look.at)
                user.refresh_from_db()
            weeks = {chance_of("summer", key).randrange(25, 36): 14, chance_of("winter", key).randrange(44, 53): 7}
            days = weeks.get(look.at.isocalendar().week, 0) if look.at.weekday() == 0 else 0
            if days and user.away_from is None and key not in ("ada", "omar"):
                until = look.at.replace(hour=0, minute=0) + timedelta(days=days)
                be_away(person_id=user.pk, away_from=look.at, away_until=until, by=Actor.user(user), at=look.at)
                user.refresh_from_db()

    def _settle_incidents(self, look: Look) -> None:
        """Let the manager give a lead that could not be routed to somebody, and let its case go on."""
        omar = Actor.user(self.staff.by_key["omar"])
        rows = Incident.objects.filter(status="open", opened_at__lt=look.at - SETTLED_AFTER, token__isnull=False)
        for incident in rows.select_related("case"):
            if incident.node != "assign" or incident.case.record_id is None:
                continue
            seller = self.staff.by_key[look.chance.choice(["maya", "katja", "sven"])]
            assignment = Assignment(incident.case.record_id, seller.pk, reason="Given out by hand")
            assign_records(spec=registry.get("lead"), assignments=[assignment], by=omar, at=look.at)
            skip_step(
                case_id=incident.case_id, token=incident.token or 0, by=omar, at=look.at, reason="Assigned by hand"
            )

    def _rebalance(self, at: datetime) -> None:
        """Move somebody to the team that has too much to do; once."""
        sven = self.staff.by_key["sven"]
        if self.staff.homes[sven.pk] != "north":
            return
        by = Actor.user(self.staff.by_key["omar"])
        join_team(user=sven, team=Team.objects.get(key="south"), by=by, at=at)
        leave_team(user=sven, team=Team.objects.get(key="north"), by=by, at=at)
        self.staff.homes[sven.pk] = "south"


def poisson(chance: Random, mean: float) -> int:
    """Return how many of rare, independent things happen when ``mean`` do on average (Knuth's product of chances)."""
    left, count = 2.718281828459045**-mean, 0
    product = chance.random()
    while product > left:
        count += 1
        product *= chance.random()
    return count


def letters_of(interest: str) -> str:
    """Return an interest as part of an address."""
    return interest.lower().replace(" ", "-")
