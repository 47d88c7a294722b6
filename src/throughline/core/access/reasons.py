"""Why somebody sees a record, why not, and who may ask that about whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.core.access.abilities import MANAGE_ROLES
from throughline.core.access.holding import VIEW, Guarded, Secured, grants
from throughline.core.access.permissions import Scope
from throughline.core.access.rules import allows, in_pool, reasons_beyond

if TYPE_CHECKING:
    from throughline.core.identity.models import User


def why(user: User, spec: Secured, record: Guarded) -> list[str]:
    """Return, one sentence each, all reasons why ``user`` sees the record; empty when it may not be seen."""
    held = grants(user)
    reasons = [
        f"Your role {role.name} sees all {spec.plural.lower()}."
        for role in held.roles
        if role.permissions.scope(spec.type, VIEW) is Scope.ALL
    ]
    scope = held.scope(spec.type, VIEW)
    if scope.reach >= Scope.OWN.reach and record.owner_id == held.user_id:
        reasons.append("You own it.")
    if record.team_id in (held.team_ids if scope is Scope.ALL else held.reached_teams(scope)):
        reasons.append(f"It belongs to {held.team_names[record.team_id]}, and your role sees the work of your teams.")
    if in_pool(held, scope, spec, VIEW, record):
        reasons.append("Nobody has it yet, and your role sees what is waiting.")
    return [*reasons, *(reasons_beyond(user, spec, record) if held.roles else ())]


def why_not(user: User, spec: Secured, record: Guarded) -> list[str]:
    """Return, one sentence each, what would have to be otherwise for ``user`` to see the record; empty when it is."""
    if why(user, spec, record):
        return []
    held, many = grants(user), spec.plural.lower()
    if not held.roles:
        return ["You play no role. An administrator gives one."]
    told = [
        f"Your role {role.name} sees {_SCOPES[role.permissions.scope(spec.type, VIEW)].format(many=many)}."
        for role in held.roles
    ]
    if record.owner_id is None and record.team_id is None:
        return [*told, "Nobody has it yet, and your roles do not see what is waiting."]
    owner, team = getattr(record, "owner", None), getattr(record, "team", None)
    told.append(f"It belongs to {owner.name}." if owner else "It has no owner.")
    if team is not None:
        told.append(f"It belongs to {team.name}, which is none of your teams.")
    return [*told, "It is not shared with you, lies in no territory of yours, and you take no part in work on it."]


_SCOPES = {
    Scope.NONE: "no {many}",
    Scope.OWN: "your own {many} only",
    Scope.TEAM_ONLY: "the {many} of your teams",
    Scope.TEAM: "the {many} of your teams and of those below",
    Scope.ALL: "all {many}",
}


def may_ask_about(user: User, person: User) -> bool:
    """Return whether ``user`` may ask what another person sees: a manager of the person, or who looks after roles."""
    if user.pk == person.pk or allows(user, MANAGE_ROLES):
        return True
    return allows(user, "workload.see") and bool(set(grants(person).joined_ids) & set(grants(user).team_ids))


def people_to_ask_about(user: User) -> list[User]:
    """Return the people of whom ``user`` may ask what they see, by name; one query for each of a manager's people."""
    from throughline.core.identity.models import User

    people = User.objects.filter(is_active=True).order_by("name", "id")
    if allows(user, MANAGE_ROLES):
        return list(people)
    if not allows(user, "workload.see"):
        return []
    return list(people.filter(teams__in=grants(user).team_ids).distinct())
