"""
What somebody holds: roles, teams, territories, read once per request and kept with the person; and what access needs to
know of records.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import msgspec
from django.db.models import Model, Q

from throughline.core.access.permissions import Permissions, Scope
from throughline.core.rows import Statement, fetch_planned

if TYPE_CHECKING:
    from throughline.core.identity.models import User

REMEMBERED = 1_000
"""So many things are remembered of the same roles."""

T = TypeVar("T")

VIEW, CREATE, EDIT, DELETE, ASSIGN, IMPORT, EXPORT = "view", "create", "edit", "delete", "assign", "import", "export"
ACTIONS = (VIEW, CREATE, EDIT, DELETE, ASSIGN, IMPORT, EXPORT)


@dataclass(frozen=True, slots=True)
class Lean:
    """
    What the value of a field is worked out of: a field of its own record, or figures over records of another type
    (``field`` empty: their number). ``is_open``: shown to who does not see all of these, too. ``is_through``: it is the
    very value of that field, which is seen with the record whoever may see the other one.
    """

    record_type: str
    field: str
    is_sensitive: bool = False
    is_open: bool = False
    is_through: bool = False


class Secured(Protocol):
    """What access needs to know of a record type; ``records.RecordSpec`` fulfils it."""

    @property
    def type(self) -> str:
        """The type's name (``lead``)."""

    @property
    def plural(self) -> str:
        """How people call several of them."""

    @property
    def model(self) -> builtins.type[Model]:
        """The table; it has ``owner_id`` and ``team_id``."""

    @property
    def sensitive_fields(self) -> frozenset[str]:
        """Fields that are hidden unless a role says otherwise."""

    @property
    def leans(self) -> Mapping[str, Sequence[Lean]]:
        """What worked-out fields rest on, by name."""

    @property
    def by_name(self) -> Mapping[str, Any]:
        """All fields by name; each has its ``column``."""


class Guarded(Protocol):
    """What access needs of one record."""

    pk: Any
    owner_id: int | None
    team_id: int | None


@dataclass(slots=True)
class Held:
    """Enough of a record to ask for the right to it."""

    pk: int
    owner_id: int | None
    team_id: int | None


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role somebody plays."""

    key: str
    name: str
    permissions: Permissions


@dataclass(frozen=True, slots=True)
class HeldTerritory:
    """A territory somebody works on: see ``models.Territory``."""

    name: str
    record_type: str
    where: dict[str, list[Any]]
    may_edit: bool

    def predicate(self, spec: Secured) -> Q:
        """Return the predicate of its records; nothing where a field of it is gone."""
        found = Q()
        for name, values in self.where.items():
            described = spec.by_name.get(name)
            found &= Q(**{f"{described.column}__in": values}) if described else Q(pk__in=[])
        return found if self.where else Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Grants:
    """
    All that access knows of a person. ``team_ids``: the person's teams, those managed, and every team below;
    ``joined_ids`` without those below. ``in_every_team``: ``team_ids`` are all teams of the company.
    """

    user_id: int
    roles: tuple[HeldRole, ...]
    team_ids: tuple[int, ...]
    home_team_id: int | None
    team_names: dict[int, str] = field(default_factory=dict)
    joined_ids: tuple[int, ...] = ()
    in_every_team: bool = False
    territories: tuple[HeldTerritory, ...] = ()
    rights: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What follows of the roles for the fields of a type, as last worked out (``rules.field_rights``)."""
    memory: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """
        Return what follows of the roles (nothing else of the person) and of ``key``: made once for all who play the
        same roles.
        """
        made: T | None = self.memory.get(key)
        if made is None:
            if len(self.memory) >= REMEMBERED:
                self.memory.clear()
            made = self.memory[key] = make()
        return made

    def reached_teams(self, scope: Scope) -> tuple[int, ...]:
        """Return the teams whose records a scope reaches."""
        return {Scope.TEAM: self.team_ids, Scope.TEAM_ONLY: self.joined_ids}.get(scope, ())

    def territories_of(self, spec: Secured, action: str) -> list[HeldTerritory]:
        """Return the territories that let the person ``action`` on records of the type."""
        if action not in (VIEW, EDIT) or self.scope(spec.type, VIEW) is Scope.NONE:
            return []
        return [
            each for each in self.territories if each.record_type == spec.type and (action == VIEW or each.may_edit)
        ]

    def scope(self, record_type: str, action: str) -> Scope:
        """Return the widest scope of all roles."""
        scopes = [role.permissions.scope(record_type, action) for role in self.roles]
        return max(scopes, key=lambda scope: scope.reach, default=Scope.NONE)

    def sees_pool(self, record_type: str) -> bool:
        """Return whether any role sees what nobody has yet."""
        return any(role.permissions.sees_pool(record_type) for role in self.roles)


def grants(user: User) -> Grants:
    """Return a person's grants; read once per user object."""
    known: Grants | None = getattr(user, "_grants", None)  # not by __dict__: a request's user may be a lazy one
    if known is None:
        known = user._grants = _read_grants(user)  # type: ignore[attr-defined]
    return known


def forget(user: User) -> None:
    """Read the person's grants again at the next question, after roles or teams have changed."""
    user._grants = None  # type: ignore[attr-defined]
    if "_seen" in user.__dict__:
        user.__dict__["_seen"] = None


_beside: list[tuple[str, Callable[[Any], object]]] = []


def read_beside(sql: str, take: Callable[[Any], object]) -> None:
    """
    Read one more value with every person's grants and hand it to ``take``: what each page needs from the database anew
    then costs no statement of its own. Registered once at start-up.
    """
    _beside.append((sql, take))


_GRANTS = """
       (SELECT coalesce(json_agg(json_build_object('key', r.key, 'name', r.name, 'permissions', r.permissions)
                                 ORDER BY r.id), '[]')
        FROM identity_role r JOIN identity_rolemembership m ON m.role_id = r.id WHERE m.user_id = %s)::text,
       (SELECT coalesce(json_agg(json_build_object('pk', t.id, 'parent_id', t.parent_id, 'manager_id', t.manager_id,
                                                   'name', t.name, 'membership', m.id)), '[]')
        FROM identity_team t LEFT JOIN identity_teammembership m ON m.team_id = t.id AND m.user_id = %s)::text,
       (SELECT coalesce(json_agg(json_build_object('name', t.name, 'record_type', t.record_type, 'where', t.where,
                                                   'may_edit', t.may_edit)), '[]')
        FROM access_territory t JOIN access_territory_members m ON m.territory_id = t.id AND m.user_id = %s
        WHERE t.retired_at IS NULL)::text
"""
"""All that ``Grants`` rests on, read in one statement: every page begins with it, and building rows would cost most."""


class _Team(msgspec.Struct):
    """A team of the tree; ``membership`` is the key of the person's."""

    pk: int
    parent_id: int | None
    manager_id: int | None
    name: str
    membership: int | None


_read_teams = msgspec.json.Decoder(list[_Team]).decode
_read_territories = msgspec.json.Decoder(list[HeldTerritory]).decode


class _Played(NamedTuple):
    """Roles that somebody plays, and what has followed of them so far."""

    roles: tuple[HeldRole, ...]
    rights: dict[str, Any]
    memory: dict[Any, Any]


@lru_cache(maxsize=256)
def _read_roles(told: str) -> _Played:
    """Return the roles of a person; whoever plays the same ones gives the same text."""
    return _Played(tuple(_decode_roles(told)), {}, {})


_decode_roles = msgspec.json.Decoder(list[HeldRole]).decode


def asked_along(user_id: int) -> Statement:
    """
    Return the columns that a person's grants are made of, and their parameters: for a statement that reads more.

    ``keep_read`` takes what they hold.
    """
    return ",\n".join([_GRANTS, *(f"({sql})" for sql, _ in _beside)]), [user_id] * 3


def keep_read(user: User, values: Sequence[Any]) -> None:
    """Keep a person's grants, out of what the columns of ``asked_along`` hold."""
    user._grants = _grants_of(user, values)  # type: ignore[attr-defined]


def _read_grants(user: User) -> Grants:
    if not user.is_active:
        return Grants(user.pk, (), (), None)
    columns, params = asked_along(user.pk)
    return _grants_of(user, fetch_planned(f"SELECT {columns}", params)[0])


def _grants_of(user: User, values: Sequence[Any]) -> Grants:
    roles, teams, territories, *others = values
    for (_, take), value in zip(_beside, others, strict=True):
        take(value)
    played, in_teams = _read_roles(roles), _teams(user.pk, _read_teams(teams))
    works_on = tuple(_read_territories(territories))
    return Grants(user.pk, played.roles, *in_teams, works_on, rights=played.rights, memory=played.memory)


def _teams(
    user_id: int, teams: list[_Team]
) -> tuple[tuple[int, ...], int | None, dict[int, str], tuple[int, ...], bool]:
    children: dict[int | None, list[int]] = {}
    for team in teams:
        children.setdefault(team.parent_id, []).append(team.pk)
    joined = sorted((team.membership, team.pk) for team in teams if team.membership is not None)
    reached: set[int] = set()
    own = [key for _, key in joined] + [team.pk for team in teams if team.manager_id == user_id]
    waiting = list(own)
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting.extend(children.get(key, ()))
    names = {team.pk: team.name for team in teams if team.pk in reached}
    home = joined[0][1] if joined else None
    return tuple(sorted(reached)), home, names, tuple(sorted(set(own))), len(names) == len({team.pk for team in teams})
