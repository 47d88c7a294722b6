"""Reads of coaching, as far as somebody sees the deals and leads the people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Least

from throughline.core import access
from throughline.core.identity.models import TeamMembership, User
from throughline.core.records import registry
from throughline.core.records.filters import Reading, predicate
from throughline.core.refusals import NotAllowed, NotFound
from throughline.crm.coaching import rules
from throughline.crm.coaching.models import CoachingNote
from throughline.crm.coaching.rules import Filter
from throughline.crm.deals.models import Deal, StageKind
from throughline.crm.deals.stages import stages

SHOWN_NOTES = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of deals, and the filter of the list that shows them."""

    count: int
    filter: Filter


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How somebody's open deals stand, all or those of one stage.

    ``age`` is the median of days in the stage, ``delay`` of days that late next steps are behind; None without any.
    ``stuck`` is None where no stage says how long is too long.
    """

    open: Figure
    age: float | None
    stuck: Figure | None
    late: Figure
    delay: float | None
    idle: Figure


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of somebody's deals in the period; ``lost_for`` by reason (``rules.REASONS`` and ``OTHER``)."""

    won: Figure
    lost: Figure
    lost_for: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Seller:
    """One person; ``by_stage`` (key of the stage → standing) is filled for one person alone."""

    person: User
    standing: Standing
    ended: Ended
    by_stage: Mapping[str, Standing] = field(default_factory=dict)


def may_look(user: User) -> bool:
    """Return whether coaching has anything to show to somebody."""
    deal = registry.get("deal")
    rights = access.field_rights(user, deal)
    seen = access.grants(user).scope("deal", access.VIEW)
    return seen is not access.Scope.NONE and all(rights.reads(name) for name in rules.READ)


def coaches(user: User, person: User) -> bool:
    """Return whether somebody coaches a person: may coach, and leads one of their teams or sees everybody's deals."""
    if user.pk == person.pk or not access.allows(user, access.COACH):
        return False
    return _sees_all(user) or person.teams.filter(pk__in=access.grants(user).team_ids).exists()


def _sees_all(user: User) -> bool:
    return access.grants(user).scope("deal", access.VIEW) is access.Scope.ALL


def person_for(*, user: User, person_id: int) -> User:
    """
    Return a person whose coaching somebody may look at: their own, or of those they coach.

    Raises:
        NotAllowed: the roles do not let them look at any.
        NotFound: there is nobody, or nobody for them.
    """
    _require(user)
    person = User.objects.filter(pk=person_id).first()
    if person is None or (person.pk != user.pk and not coaches(user, person)):
        raise NotFound("There is no such colleague among those you coach.")
    return person


def _require(user: User) -> None:
    if not may_look(user):
        raise NotAllowed("Your roles do not let you look at how deals stand. Ask an administrator.")


def sellers(*, user: User, days: int, at: datetime) -> list[Seller]:
    """
    Return everybody with deals whom somebody coaches, and themselves, by name. Four queries.

    ``days``: how far back won and lost deals are looked at.

    Raises:
        NotAllowed: the roles do not let them look at any.
    """
    _require(user)
    reader = _Reader(user, days, at)
    people = User.objects.filter(_led(user)).order_by("name", "pk")
    standing, ended = reader.standing("owner_id"), reader.ended("owner_id")
    return [
        Seller(
            person,
            reader.told(standing.get(person.pk, {}), person.pk),
            reader.told_end(ended.get(person.pk, {}), person.pk),
        )
        for person in people
        if person.pk in standing or person.pk in ended
    ]


def _led(user: User) -> Q:
    """Return the predicate of those whose deals somebody may look at here."""
    if not access.allows(user, access.COACH):
        return Q(pk=user.pk)
    if _sees_all(user):
        return Q()
    members = TeamMembership.objects.filter(team__in=access.grants(user).team_ids)
    return Q(pk=user.pk) | Q(pk__in=members.values("user"))


def seller(*, user: User, person: User, days: int, at: datetime) -> Seller:
    """Return one person with all stages; ``person_for`` has said that it may be shown. Three queries."""
    reader = _Reader(user, days, at, person)
    whole, by_stage, ended = reader.standing("owner_id"), reader.standing("stage_id"), reader.ended("owner_id")
    return Seller(
        person,
        reader.told(whole.get(person.pk, {}), person.pk),
        reader.told_end(ended.get(person.pk, {}), person.pk),
        {key: reader.told(by_stage[key], person.pk, key) for key in stages().stages if key in by_stage},
    )


def notes_on(*, person: User, user: User) -> list[CoachingNote]:
    """Return what was written down about a person, newest first, for the person and whoever coaches them."""
    notes = CoachingNote.objects.filter(person=person, withdrawn_at=None).select_related("author")
    if user.pk != person.pk and not coaches(user, person):
        notes = notes.filter(author=user)
    return list(notes[:SHOWN_NOTES])


def open_deals_of(*, user: User, person_id: int, limit: int = 200) -> list[tuple[int, str]]:
    """Return key and name of a person's open deals that somebody sees, by name: what a note may be about. One query."""
    seen = access.visible(registry.get("deal"), user)
    rows = Deal.objects.filter(seen, owner=person_id, closed_at=None, deleted_at=None, sandbox=False)
    return list(rows.order_by("sort_name", "pk").values_list("pk", "name")[:limit])


class _Median(Aggregate):
    """The middle value, as PostgreSQL reckons it."""

    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    allow_distinct = False


class _Reader:
    """The numbers as the list of deals would show them to ``user``: one query for each way to group them."""

    def __init__(self, user: User, days: int, at: datetime, person: User | None = None) -> None:
        self.spec = registry.get("deal")
        self.reading = Reading(user, at)
        self.days = days
        known = stages().stages.values()
        self.limits = {each.key: each.rots_after_days for each in known if each.rots_after_days and not each.retired_at}
        self.won = [each.key for each in known if each.kind == StageKind.WON] or [""]
        self.lost = [each.key for each in known if each.kind == StageKind.LOST] or [""]
        rows = Deal.objects.filter(access.visible(self.spec, user), deleted_at=None, sandbox=False)
        self.rows: QuerySet[Deal] = rows if person is None else rows.filter(owner=person)

    def q(self, filter_: Filter) -> Q:
        return predicate(self.spec, filter_, self.reading)

    def standing(self, by: str) -> dict[Any, dict[str, Any]]:
        stuck = rules.stuck(self.limits)
        soonest = Least(F("next_step_due_at"), F("next_activity_at"))  # of PostgreSQL: NULL counts for nothing
        now = Value(self.reading.at)
        late = self.q(rules.LATE)
        found = (
            self.rows.filter(self.q(rules.OPEN))
            .values(by)
            .annotate(
                open=Count("id"),
                age=_Median(ExpressionWrapper(now - F("stage_entered_at"), DurationField())),
                stuck=Count("id", filter=self.q(stuck)) if stuck else Value(0),
                late=Count("id", filter=late),
                delay=_Median(ExpressionWrapper(now - soonest, DurationField()), filter=late),
                idle=Count("id", filter=self.q(rules.IDLE)),
            )
        )
        return {row[by]: row for row in found.order_by()}

    def ended(self, by: str) -> dict[Any, dict[str, Any]]:
        won, lost = self.q(rules.ended(self.won, self.days)), self.q(rules.ended(self.lost, self.days))
        reasons = {
            f"lost_{reason}": Count("id", filter=lost & self.q(rules.lost_for(reason)))
            for reason in (*rules.REASONS, rules.OTHER)
        }
        found = self.rows.filter(won | lost).values(by)
        found = found.annotate(won=Count("id", filter=won), lost=Count("id", filter=lost), **reasons)
        return {row[by]: row for row in found.order_by()}

    def told(self, row: Mapping[str, Any], person: int, stage: str = "") -> Standing:
        scope = [rules.of_person(person), rules.OPEN, *([rules.at_stage(stage)] if stage else [])]

        def figure(name: str, *more: Filter) -> Figure:
            return Figure(row.get(name, 0), rules.both(*scope, *more))

        limits = {key: days for key, days in self.limits.items() if stage in ("", key)}
        stuck = rules.stuck(limits)
        return Standing(
            open=figure("open"),
            age=_days(row.get("age")),
            stuck=figure("stuck", stuck) if stuck else None,
            late=figure("late", rules.LATE),
            delay=_days(row.get("delay")),
            idle=figure("idle", rules.IDLE),
        )

    def told_end(self, row: Mapping[str, Any], person: int) -> Ended:
        def figure(name: str, keys: Sequence[str], *more: Filter) -> Figure:
            return Figure(row.get(name, 0), rules.both(rules.of_person(person), rules.ended(keys, self.days), *more))

        return Ended(
            won=figure("won", self.won),
            lost=figure("lost", self.lost),
            lost_for={
                reason: figure(f"lost_{reason}", self.lost, rules.lost_for(reason))
                for reason in (*rules.REASONS, rules.OTHER)
            },
        )


def _days(span: Any) -> float | None:
    return None if span is None else round(span.total_seconds() / 86_400, 1)
