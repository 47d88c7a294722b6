"""
Retiring a team: its people, its open work and the teams below it go to another team in one operation.

One looks at what would move before. Of types that do not say what open means (contacts, organizations) all move:
nobody else would see them. The retired team stays where the past names it (closed records, history), takes nothing
new, and can be brought back, with what is still at the other team. What a chart gives to it goes where it went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.access.abilities import MANAGE_ROLES
from throughline.core.access.staff import get_team, teams_above
from throughline.core.actor import Actor
from throughline.core.handover.events import TeamBroughtBack, TeamRetired
from throughline.core.handover.queries import Holding, handed_types
from throughline.core.identity import operations as identity
from throughline.core.identity.models import Team, User
from throughline.core.recordref import RecordRef
from throughline.core.records import RecordSpec, registry
from throughline.core.records.operations import Assignment, assign_records
from throughline.core.refusals import Conflict, Refusal
from throughline.core.teamwork.triggers import in_one_message

AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class TeamHoldings:
    """What would move with a team: open records by type, people, the teams below."""

    records: list[Holding]
    people: list[User]
    below: list[Team]


def team_holdings(team: Team) -> TeamHoldings:
    """Return what would move if a team were retired. One query for each type of records, and two."""
    records = [Holding(spec, _open(spec, team).count()) for spec in handed_types(leaving=True)]
    return TeamHoldings(
        [each for each in records if each.count],
        list(team.members.order_by("name", "pk")),
        list(team.children.order_by("name", "pk")),
    )


@transaction.atomic
def retire_team(*, team_id: int, into_id: int, by: Actor, at: datetime) -> Team:
    """
    Retire a team; its people, its open records with their owners and the teams below go to another one.

    Raises:
        NotFound, NotAllowed: there is no such team, or the actor may not change roles.
        Conflict: it is retired already.
        Refusal: both are the same, or the other one stands below it or is retired itself.
    """
    _require(by)
    team, into = _locked(team_id), get_team(into_id)
    if team.retired_at is not None:
        raise Conflict(f"{team.name} is retired already.")
    if into.pk == team.pk or into.retired_at is not None:
        raise Refusal("no_other_team", "Choose another team that goes on, to which its work moves.", "into")
    if team.pk in teams_above(into):
        raise Refusal("team_below", f"{into.name} stands below {team.name}. Move it elsewhere first.", "into")
    records = {
        spec.type: list(_open(spec, team).order_by("pk").values_list("pk", flat=True))
        for spec in handed_types(leaving=True)
    }
    people, below = list(team.members.order_by("pk")), list(team.children.order_by("pk"))
    moved: dict[str, Any] = {
        "into": into.pk,
        "records": {kind: keys for kind, keys in records.items() if keys},
        "people": [person.pk for person in people],
        "joined": [person.pk for person in people if not person.teams.filter(pk=into.pk).exists()],
        "below": [each.pk for each in below],
    }
    for person in people:
        identity.join_team(user=person, team=into, by=by, at=at)
        identity.leave_team(user=person, team=team, by=by, at=at)
    for each in below:
        identity.change_team(team=each, name=each.name, parent=into, manager=each.manager, by=by, at=at)
    _give(moved["records"], to=into, reason=f"{team.name} was retired", by=by, at=at)
    team.retired_at, team.moved = at, moved
    team.save(update_fields=["retired_at", "moved"])
    event = TeamRetired(name=team.name, into=into.pk, records=_counts(moved["records"]), people=len(people))
    journal.record(event, by=by, at=at, about=RecordRef("team", team.pk))
    return team


@transaction.atomic
def bring_back_team(*, team_id: int, by: Actor, at: datetime) -> Team:
    """
    Let a retired team go on, with those people, records and teams below that are still where they went.

    Raises:
        NotFound, NotAllowed: there is no such team, or the actor may not change roles.
        Conflict: it is not retired.
    """
    _require(by)
    team = _locked(team_id)
    if team.retired_at is None:
        raise Conflict(f"{team.name} is not retired.")
    moved, into = team.moved, get_team(team.moved["into"])
    team.retired_at = team.moved = None
    team.save(update_fields=["retired_at", "moved"])
    people = list(into.members.filter(pk__in=moved["people"]).order_by("pk"))
    for person in people:
        identity.join_team(user=person, team=team, by=by, at=at)
        if person.pk in moved["joined"]:
            identity.leave_team(user=person, team=into, by=by, at=at)
    for each in into.children.filter(pk__in=moved["below"]).order_by("pk"):
        identity.change_team(team=each, name=each.name, parent=team, manager=each.manager, by=by, at=at)
    records = {kind: _still(kind, keys, into) for kind, keys in moved["records"].items()}
    _give(records, to=team, reason=f"{team.name} goes on", by=by, at=at)
    event = TeamBroughtBack(name=team.name, records=_counts(records), people=len(people))
    journal.record(event, by=by, at=at, about=RecordRef("team", team.pk))
    return team


def _require(by: Actor) -> None:
    user = access.user_of(by)
    if user is not None:
        access.require_ability(
            user, MANAGE_ROLES, otherwise="Your roles do not let you look after people and teams. Ask an administrator."
        )


def _locked(team_id: int) -> Team:
    return Team.objects.select_for_update().get(pk=get_team(team_id).pk)


def _open(spec: RecordSpec, team: Team) -> Any:
    return spec.model._default_manager.filter(team=team, deleted_at=None, sandbox=False, **spec.open)


def _still(record_type: str, keys: list[int], into: Team) -> list[int]:
    rows = registry.get(record_type).model._default_manager.filter(pk__in=keys, team=into, deleted_at=None)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _counts(records: Mapping[str, list[int]]) -> dict[str, int]:
    return {kind: len(keys) for kind, keys in records.items() if keys}


def _give(records: Mapping[str, list[int]], *, to: Team, reason: str, by: Actor, at: datetime) -> None:
    """Assign records to a team, each to who has it. The company acts, on the word of whoever may change roles."""
    company = Actor.system(by.label)
    with in_one_message():
        for kind, keys in sorted(records.items()):
            spec = registry.get(kind)
            for begin in range(0, len(keys), AT_ONCE):
                some = keys[begin : begin + AT_ONCE]
                owners = spec.model._default_manager.filter(pk__in=some).order_by("pk").values_list("pk", "owner_id")
                wishes = [Assignment(key, owner, to.pk, reason) for key, owner in owners]
                assign_records(spec=spec, assignments=wishes, by=company, at=at)
