"""
Taking in the people of a company from a list: who works in which office, for which manager.

An office becomes a team, and below it each manager gets a team of the people who report there, so that a manager sees
the records of these and of nobody else. People are recognised by e-mail address, else by name; nobody is made twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.identity.models import Role, Team, TeamMembership, User
from throughline.core.identity.operations import create_team, create_user, grant_role, join_team
from throughline.core.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Person:
    """One line of a list of people. ``office`` and ``manager`` are names; without an address one is made."""

    name: str
    email: str = ""
    office: str = ""
    manager: str = ""


@dataclass(slots=True)
class PeopleReport:
    """What was made of a list of people, their managers among them."""

    created: int = 0
    existing: int = 0
    managers: int = 0
    teams: list[str] = field(default_factory=list)


@transaction.atomic
def import_people(*, people: Sequence[Person], domain: str, role: str, by: Actor, at: datetime) -> PeopleReport:
    """
    Make the people of a list, their managers, offices and teams; who is there already is only put where they belong.

    ``domain`` completes the addresses of people without one (``anna.snelling@domain``); nobody can sign in until they
    set a password by mail. ``role`` is the key of the role that the people play; managers play ``manager``.

    Raises:
        Refusal: somebody has no name, there is no such role, or an address is needed and there is no domain.
    """
    roles = {known.key: known for known in Role.objects.filter(key__in=(role, "manager"))}
    if role not in roles:
        raise Refusal("no_such_role", f'There is no role "{role}". Choose one of the roles page.', "role")
    report = PeopleReport()
    staff = _Staff(domain, by, at, report)
    for place, person in enumerate(people, start=1):
        if not person.name.strip():
            raise Refusal("nameless", f"Person {place} of the list has no name.", "name")
        user = staff.person(person.name, person.email, roles[role])
        manager = staff.person(person.manager, "", roles.get("manager", roles[role]), manages=True)
        team = staff.team(person.office, manager)
        if team is not None:
            staff.join(user, team)
    return report


class _Staff:
    """The people and teams met so far, each read or made once."""

    def __init__(self, domain: str, by: Actor, at: datetime, report: PeopleReport) -> None:
        self._domain, self._by, self._at, self._report = domain.strip().lower(), by, at, report
        everybody = list(User.objects.all())
        self._by_email = {user.email: user for user in everybody}
        self._by_name = {user.name.casefold(): user for user in everybody}
        self._teams = {team.key: team for team in Team.objects.all()}
        self._joined = set(TeamMembership.objects.values_list("user_id", "team_id"))
        self._met: set[int] = set()

    def person(self, name: str, email: str, role: Role, *, manages: bool = False) -> User | None:
        """Return somebody by name, made when nobody is called so; None without a name."""
        called = " ".join(name.split())
        if not called:
            return None
        address = email.strip().lower()
        known = self._by_email.get(address) if address else self._by_name.get(called.casefold())
        if known is None:
            known = create_user(
                email=address or self._address(called), name=called, roles=[role], by=self._by, at=self._at
            )
            self._by_email[known.email] = self._by_name[called.casefold()] = known
            self._report.created += 1
            self._report.managers += manages
        elif known.pk not in self._met:
            self._report.existing += 1
            if manages and not known.roles.filter(pk=role.pk).exists():
                grant_role(user=known, role=role, by=self._by, at=self._at)
        self._met.add(known.pk)
        return known

    def _address(self, name: str) -> str:
        if not self._domain:
            raise Refusal("no_address", f"{name} has no e-mail address. Say which domain completes them.", "domain")
        stem = ".".join(_plain(word) for word in name.split())
        names = (stem, *(f"{stem}{number}" for number in range(2, 1000)))
        return next(address for local in names if (address := f"{local}@{self._domain}") not in self._by_email)

    def team(self, office: str, manager: User | None) -> Team | None:
        """Return the team of a manager in an office, or the office's own; None when neither is said."""
        above = self._made(_plain(office), " ".join(office.split()), None, None) if office.strip() else None
        if manager is None:
            return above
        key = "-".join(part for part in (_plain(office), _plain(manager.name)) if part)
        team = self._made(key, manager.name, above, manager)
        self.join(manager, team)
        return team

    def _made(self, key: str, name: str, parent: Team | None, manager: User | None) -> Team:
        key = key[:64]
        if key not in self._teams:
            self._teams[key] = create_team(key=key, name=name, parent=parent, manager=manager, by=self._by, at=self._at)
            self._report.teams.append(name)
        return self._teams[key]

    def join(self, user: User | None, team: Team) -> None:
        """Put somebody into a team, once."""
        if user is not None and (user.pk, team.pk) not in self._joined:
            join_team(user=user, team=team, by=self._by, at=self._at)
            self._joined.add((user.pk, team.pk))


_NOT_WORD = re.compile(r"[^a-z0-9]+")


def _plain(text: str) -> str:
    """Return a text in the letters of addresses and keys."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_WORD.sub("-", bare).strip("-")
