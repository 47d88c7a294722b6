"""
Sharing work fairly: who of a team is there, knows what is wanted, and has the least for what they can take.

A person's load is the number of their open records divided by their capacity (a share of a full load): whoever works
half the week gets half as many. Of equal loads the one with fewer records comes first, then who joined earlier. The
choice comes with its reason in words, which is kept on the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from throughline.core.identity import queries as identity
from throughline.core.identity.models import Team
from throughline.core.records.spec import RecordSpec


def open_counts(spec: RecordSpec, user_ids: Iterable[int]) -> dict[int, int]:
    """Return how many open records of a type people own, by key. One query."""
    ids = list(user_ids)
    found = spec.model._default_manager.filter(owner__in=ids, deleted_at=None, sandbox=False, **spec.open)
    counted = dict(found.order_by().values_list("owner").annotate(Count("pk")))
    return {key: counted.get(key, 0) for key in ids}


@dataclass(frozen=True, slots=True)
class Wanted:
    """For which team somebody is wanted, and what they should know; nothing is asked where it is empty."""

    team_id: int
    competence: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who takes it (None: nobody is there), and why in words."""

    user_id: int | None
    reason: str


@dataclass(slots=True)
class _Member:
    """A present member of a team, with what they have so far."""

    key: int
    competences: frozenset[str]
    capacity: int
    load: int = 0

    @property
    def share(self) -> tuple[float, int, int]:
        """How full they are: the smallest comes first."""
        return self.load / self.capacity, self.load, self.key


def choose(*, spec: RecordSpec, wanted: Sequence[Wanted], at: datetime, role: str = "") -> list[Chosen]:
    """
    Choose a present member for each wish: among those who know what is wanted, the one with the least load for their
    capacity, counting what is given out here. Where nobody there knows it, everybody there is asked, and the reason
    says so.

    ``role`` narrows to people who play it. The teams are locked in key order until the transaction ends, so that two
    routings do not see the same load. Four queries, however many are wanted.
    """
    teams = sorted({wish.team_id for wish in wanted})
    list(Team.objects.select_for_update(no_key=True).filter(pk__in=teams).order_by("pk").values("pk"))
    members = _members(teams, role, at)
    people = {member.key: member for team in members.values() for member in team}
    for key, load in open_counts(spec, people).items():
        people[key].load = load
    return [_choose(wish, members.get(wish.team_id, []), spec) for wish in wanted]


def _choose(wish: Wanted, there: Sequence[_Member], spec: RecordSpec) -> Chosen:
    competence = " ".join(wish.competence.split()).lower()
    able = [member for member in there if member.capacity > 0]
    if not able:
        return Chosen(None, "nobody of the team is there; waits in its queue")
    knowing = [member for member in able if competence in member.competences] if competence else able
    taken = min(knowing or able, key=lambda member: member.share)
    why = _why(competence, taken, len(knowing), spec)
    taken.load += 1
    return Chosen(taken.key, why)


def _why(competence: str, taken: _Member, knowing: int, spec: RecordSpec) -> str:
    full = "" if taken.capacity == 100 else f" at {taken.capacity} % of a full load"
    least = f"has the fewest open {spec.plural.lower()} ({taken.load}{full})"
    if not competence:
        return least
    if not knowing:
        return f"nobody there knows {competence}; {least}"
    return f"knows {competence}; {least}"


def _members(team_ids: Sequence[int], role: str, at: datetime) -> dict[int, list[_Member]]:
    people = identity.present(identity.people_in_teams(team_ids), at=at)
    if role:
        people = people.filter(roles__key=role)
    rows = people.order_by("pk", "team_memberships__team").values_list(
        "team_memberships__team", "pk", "competences", "capacity"
    )
    known: dict[int, _Member] = {}
    found: dict[int, list[_Member]] = {}
    for team, key, competences, capacity in rows.distinct():
        member = known.setdefault(key, _Member(key, frozenset(competences), capacity))
        found.setdefault(team, []).append(member)
    return found


def least_loaded(*, spec: RecordSpec, team_ids: Sequence[int], at: datetime, role: str = "") -> list[int | None]:
    """Return the key of who takes each wish of a team, None where nobody is there; see ``choose``."""
    wanted = [Wanted(team) for team in team_ids]
    return [each.user_id for each in choose(spec=spec, wanted=wanted, at=at, role=role)]
