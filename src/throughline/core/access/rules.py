"""
From roles to SQL: the one compiler of who may see and do what.

Theory of operation. A person's grants are read once (one query) and kept with the user object, which lives as
long as a request. The widest scope of all roles counts. ``visible`` turns it into one predicate over the columns that
every record has (``owner_id``, ``team_id``) with literal keys, so that the planner sees constants and uses the partial
indexes; the teams of the tree are unfolded before, not joined. Two things widen it: the table of participants, and what
capabilities declare (``widen``: an activity is seen by whoever sees a record it is about). Their keys are literal too
while they are few, because one subquery beside an OR takes every index out of use; where they are many, each row is
looked up (EXISTS), which is quick just because many rows pass. Every list, count, board, search, export and timeline
puts this predicate into its query; ``can`` decides the same for one record in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from throughline.core.access.holding import (
    ASSIGN,
    CREATE,
    DELETE,
    EDIT,
    EXPORT,
    IMPORT,
    VIEW,
    Grants,
    Guarded,
    HeldRole,
    Lean,
    Secured,
    grants,
)
from throughline.core.access.permissions import FieldRight, Permissions, Scope
from throughline.core.actor import Actor
from throughline.core.arrays import any_of, array_of
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed
from throughline.core.rows import Statement, Whole, compiled, expected_each, fetch_planned, keys_up_to

if TYPE_CHECKING:
    from throughline.core.identity.models import Role, User

# -- Widening ----------------------------------------------------------------------------------------------------------

FEW = 2_000
"""Up to so many keys stand in the query itself, where every index serves them; more are looked up row by row."""
FAR_BEYOND = 10
"""Where the planner expects so many times more, nobody looks whether they are few after all."""
MOST_WAYS = 10
"""Of so many teams at most the first records of each are asked for by themselves (``Seen.ways_apart``)."""


POOL = 0
"""The team of a record that has neither owner nor team, in the search table."""


@dataclass(frozen=True, slots=True)
class Widening:
    """
    A further way to see records of a type: rows of some table that point at them, and the reason in words.

    ``rows(seen)`` are the rows that count for a person; ``column`` is their column with the key of the record;
    ``through`` gives the types they rest on. ``table``: where these rows stand, when they are no records themselves.
    """

    key: str
    reason: str
    rows: Callable[[Seen], QuerySet[Any]]
    column: str
    through: Callable[[], Sequence[Secured]]
    table: str = ""


_widenings: dict[str, dict[str, Widening]] = {}


def widen(record_type: str, widening: Widening) -> None:
    """
    Let people see records of a type that certain rows point at; registered once at start-up.

    The rows must themselves be chosen by what the person sees of other types (``Seen.those`` and ``Seen.at``), so
    that a widening gives nobody more than a way round.
    """
    _widenings.setdefault(record_type, {})[widening.key] = widening


def tables_beside() -> Iterator[tuple[str, str, str]]:
    """Give the tables without records that tell who sees a record: name, column with its key, type of the record."""
    for record_type, kinds in _widenings.items():
        for each in kinds.values():
            if each.table:
                yield each.table, each.column, record_type


class Seen:
    """What a person sees, while one predicate is compiled: what was read for one part serves the others."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.held = grants(user)
        self._parts: dict[str, dict[int, str]] | None = None
        self._ids: dict[str, list[int] | None] = {}
        self._owned_ids: dict[str, list[int] | None] = {}
        self._ahead: dict[str, Secured] = {}
        self._widened_ids: dict[Widening, list[int] | None] = {}

    def those(self, spec: Secured, action: str = VIEW) -> Q:
        """Return the predicate for the type's own table."""
        return self.predicate(spec, action, key="pk")

    def at(self, spec: Secured, column: str) -> Q:
        """Return the predicate for rows of which ``column`` holds the key of a record of the type that is seen."""
        if self.held.scope(spec.type, VIEW) is Scope.ALL:
            return Q()
        ids = self._few(spec)
        if ids is not None:
            return any_of(column, ids)
        return Q(Exists(spec.model._default_manager.filter(self.those(spec), pk=OuterRef(column))))

    def predicate(self, spec: Secured, action: str, *, key: str) -> Q:
        """Return the predicate for a table with owner and team of records, of which ``key`` is the key column."""
        scope = self.held.scope(spec.type, action)
        if scope is Scope.ALL:
            return Q()
        found = Q(pk__in=[])
        for _, way in self.ways(spec, scope, action, key=key):
            found |= way
        return found

    def ways(self, spec: Secured, scope: Scope, action: str, *, key: str) -> Iterator[tuple[str, Q]]:
        """Yield every way to a record with its reason."""
        yield from _reached(self.held, scope, spec, action)
        yield from self._ways_beyond(spec, action, key=key)

    def _ways_beyond(self, spec: Secured, action: str, *, key: str) -> Iterator[tuple[str, Q]]:
        """Yield the ways that do not rest on owner and team."""
        if key == "pk":
            for territory in self.held.territories_of(spec, action):
                yield f"It lies in the territory {territory.name}, on which you work.", territory.predicate(spec)
        if action == EDIT and self.held.roles and (shared := self._shared_to_edit(spec)):
            yield "It is shared with you to change it.", any_of(key, shared)
        if action == VIEW and self.held.roles:
            if self._parts_of(spec) != []:
                yield "You take part in work on it, or it is shared with you.", self._taking_part(spec, key)
            for widening in _widenings.get(spec.type, {}).values():
                yield widening.reason, self._widened(widening, key)

    def reached(self, spec: Secured) -> Q:
        """Return the predicate for rows with owner and team of records, as far as these decide."""
        return Q() if self.held.scope(spec.type, VIEW) is Scope.ALL else self._owned(spec)

    def beyond(self, spec: Secured) -> Q:
        """Return the predicate for records that are seen, but not by owner and team."""
        found = Q(pk__in=[])
        if self.held.scope(spec.type, VIEW) is not Scope.ALL:
            for _, way in self._ways_beyond(spec, VIEW, key="pk"):
                found |= way
        return found & ~self.reached(spec)

    def search_arms(self, spec: Secured) -> Iterator[tuple[str, Any]]:
        """Yield column and value by which rows of the search table are seen; an empty column for all of the type."""
        scope = self.held.scope(spec.type, VIEW)
        if scope is Scope.ALL:
            yield "", None
            return
        if scope.reach >= Scope.OWN.reach:
            yield "owner_id", self.held.user_id
            if self.held.sees_pool(spec.type):
                yield "team_id", POOL
        yield from (("team_id", team_id) for team_id in self.held.reached_teams(scope))

    def search_ids(self, spec: Secured) -> list[int]:
        """Return the few keys of records of the type that are seen by taking part or by a narrow widening."""
        if self.held.scope(spec.type, VIEW) is Scope.ALL or not self.held.roles:
            return []
        ids = set(self._parts_of(spec) or ())
        for territory in self.held.territories_of(spec, VIEW):
            alive = spec.model._default_manager.filter(territory.predicate(spec), deleted_at=None)
            ids.update(_bounded(alive, "pk") or ())
        for widening in _widenings.get(spec.type, {}).values():
            sources = widening.through()
            if all(map(self._may_be_quick, sources)) and all(map(self._is_quick, sources)):
                ids.update(self._few_widened(widening) or ())
        return sorted(ids)

    def _may_be_quick(self, spec: Secured) -> bool:
        """Whether nothing that is read ahead or known already speaks against it."""
        self._read_ahead()
        return self._owned_ids.get(spec.type, []) is not None

    def _is_quick(self, spec: Secured) -> bool:
        """Whether rows about records of the type are told apart quickly: all count, or those of few records."""
        return self.held.scope(spec.type, VIEW) is Scope.ALL or self._few(spec) is not None

    def resting_on(self, spec: Secured) -> list[Secured]:
        """Return the types that decide what the person sees of a type: itself, and those its ways round rest on."""
        found: dict[str, Secured] = {}
        waiting = [spec]
        while waiting:
            each = waiting.pop()
            if each.type not in found:
                found[each.type] = each
                if self.held.scope(each.type, VIEW) is not Scope.ALL:
                    for widening in _widenings.get(each.type, {}).values():
                        waiting.extend(widening.through())
        return list(found.values())

    def ways_apart(self, spec: Secured) -> list[Statement]:
        """
        Return the ways to records of the type one by one, as conditions in SQL of its table: of one owner, of one team,
        of few keys. Together they are what ``those`` says.

        None where that would not help to find the first in some order: all are seen or nearly all, there is only one
        way, they are many, or one is a territory or a wide way round, which no index has in that order.
        """
        held, scope = self.held, self.held.scope(spec.type, VIEW)
        sees_pool = scope.reach >= Scope.OWN.reach and held.sees_pool(spec.type)
        nearly_all = scope is Scope.ALL or (scope is Scope.TEAM and held.in_every_team and sees_pool)
        if nearly_all or held.territories_of(spec, VIEW) or len(held.reached_teams(scope)) > MOST_WAYS:
            return []
        beyond = self._beyond(spec) if held.roles else set()
        if beyond is None:
            return []
        table = f'"{spec.model._meta.db_table}"'
        ways: list[Statement] = [(f"{table}.team_id = %s", [team]) for team in held.reached_teams(scope)]
        if scope.reach >= Scope.OWN.reach:
            ways.append((f"{table}.owner_id = %s", [held.user_id]))
        if sees_pool:
            ways.append((f"{table}.owner_id IS NULL AND {table}.team_id IS NULL", []))
        if beyond:
            ways.append((f"{table}.id = ANY(%s::bigint[])", [array_of(sorted(beyond))]))
        return ways if len(ways) > 1 else []

    def look_ahead(self, specs: Iterable[Secured]) -> None:
        """
        Let the few keys of several types, where owner and team alone decide, be read together. Two queries, when one
        of them is asked for; none when none is.

        What the planner expects to be far too many is not read at all: to find that there are two thousand of a million
        rows would take longer than the search that asks.
        """
        self._ahead.update((spec.type, spec) for spec in specs if spec.type not in self._owned_ids)

    def look_ahead_no_more(self) -> None:
        """Read nothing together any more: from now on what has not been asked for yet may be hidden."""
        self._ahead.clear()

    def _read_ahead(self) -> None:
        """Read what is to be read together."""
        asked = [
            spec for spec in self._ahead.values() if self.held.scope(spec.type, VIEW) not in (Scope.ALL, Scope.NONE)
        ]
        self._ahead.clear()
        statements = [self._owned_keys(spec) for spec in asked]
        few = [number <= FAR_BEYOND * FEW for number in expected_each(statements)]
        read = iter(keys_up_to(FEW, [each for each, is_few in zip(statements, few, strict=True) if is_few]))
        for spec, is_few in zip(asked, few, strict=True):
            self._owned_ids[spec.type] = next(read) if is_few else None

    def _owned_keys(self, spec: Secured) -> Statement:
        """Return what asks for the keys of what ``_owned`` means; asked so often that it is written by hand."""
        held, scope = self.held, self.held.scope(spec.type, VIEW)
        ways, params = ["team_id = ANY(%s)"], list[Any]([list(held.reached_teams(scope))])
        if scope.reach >= Scope.OWN.reach:
            ways.append("owner_id = %s")
            params.append(held.user_id)
            if held.sees_pool(spec.type):
                ways.append("owner_id IS NULL AND team_id IS NULL")
        return f'SELECT id FROM "{spec.model._meta.db_table}" WHERE {" OR ".join(ways)}', params

    def limits(self, spec: Secured) -> dict[str, Any]:
        """
        Return in plain values what the person sees of a type, for the wall in the database.

        Never narrower than ``those``; wider only where the ways round are too many to be named.
        """
        scope = self.held.scope(spec.type, VIEW)
        ids = self._beyond(spec) if scope is not Scope.ALL and self.held.roles else set()
        return {
            "all": scope is Scope.ALL or ids is None,
            "user": self.held.user_id if scope is not Scope.NONE else None,
            "teams": list(self.held.reached_teams(scope)),
            "pool": scope is not Scope.NONE and self.held.sees_pool(spec.type),
            "ids": sorted(ids or ()),
        }

    def _beyond(self, spec: Secured) -> set[int] | None:
        """Return the keys that owner and team do not give, None when they are many."""
        lists = [self._parts_of(spec)]
        lists += [self._few_widened(widening) for widening in _widenings.get(spec.type, {}).values()]
        for territory in self.held.territories_of(spec, VIEW):
            lists.append(_bounded(spec.model._default_manager.filter(territory.predicate(spec)), "pk"))
        return None if any(each is None for each in lists) else {key for each in lists for key in each or ()}

    def _few(self, spec: Secured) -> list[int] | None:
        """Return the keys of all records of the type that are seen, None when there are many."""
        if spec.type not in self._ids:
            self._ids[spec.type] = self._count_few(spec)
        return self._ids[spec.type]

    def _count_few(self, spec: Secured) -> list[int] | None:
        if self.held.scope(spec.type, VIEW) is Scope.ALL:
            return None
        manager = spec.model._default_manager
        if spec.type in self._ahead:
            self._read_ahead()
        if spec.type not in self._owned_ids:
            self._owned_ids[spec.type] = _bounded(manager.filter(self._owned(spec)), "pk")
        owned = self._owned_ids[spec.type]
        if owned is None or not self.held.roles:
            return owned
        beyond = self._beyond(spec)
        if beyond is None:
            return _bounded(manager.filter(self.those(spec)), "pk")
        both = beyond.union(owned)
        return sorted(both) if len(both) <= FEW else None

    def _owned(self, spec: Secured) -> Q:
        """Return the predicate for records of the type that owner and team give."""
        owned = Q(pk__in=[])
        for _, way in _reached(self.held, self.held.scope(spec.type, VIEW), spec, VIEW):
            owned |= way
        return owned

    def _few_widened(self, widening: Widening) -> list[int] | None:
        if widening not in self._widened_ids:
            self._widened_ids[widening] = _bounded(widening.rows(self), widening.column)
        return self._widened_ids[widening]

    def _widened(self, widening: Widening, key: str) -> Q:
        ids = self._few_widened(widening)
        if ids is not None:
            return any_of(key, ids)
        return Q(Exists(widening.rows(self).filter(**{widening.column: OuterRef(key)})))

    def _taking_part(self, spec: Secured, key: str) -> Q:
        from throughline.core.access.models import Participant

        ids = self._parts_of(spec)
        if ids is not None:
            return any_of(key, ids)
        parts = Participant.objects.filter(user_id=self.held.user_id, record_type=spec.type)
        shares = self._shares().filter(record_type=spec.type)
        here = OuterRef(key)
        return Q(Exists(parts.filter(record_id=here))) | Q(Exists(shares.filter(record_id=here)))

    def _shares(self) -> QuerySet[Any]:
        from throughline.core.access.models import Share

        return Share.objects.filter(Q(user_id=self.held.user_id) | Q(team_id__in=self.held.joined_ids))

    def _shared_to_edit(self, spec: Secured) -> list[int]:
        return list(self._shares().filter(record_type=spec.type, may_edit=True).values_list("record_id", flat=True))

    def may_edit_by_share(self, spec: Secured, record_id: int) -> bool:
        """Return whether a record was shared with the person to change it."""
        return self._shares().filter(record_type=spec.type, record_id=record_id, may_edit=True).exists()

    def in_territory(self, spec: Secured, record_id: int, action: str) -> list[str]:
        """Return the names of the territories in which a record lies and that let the person ``action``."""
        alive = spec.model._default_manager.filter(pk=record_id)
        wide = self.held.territories_of(spec, action)
        return [each.name for each in wide if alive.filter(each.predicate(spec)).exists()]

    def reasons_to_take_part(self, spec: Secured, record_id: int) -> list[str]:
        """Return why the person takes part in a record; empty when they do not."""
        from throughline.core.access.models import Participant

        few = self._few_parts()
        if few is not None:
            reason = few.get(spec.type, {}).get(record_id)
            return [] if reason is None else [reason]
        here = {"record_type": spec.type, "record_id": record_id}
        parts = Participant.objects.filter(user_id=self.held.user_id, **here).values_list("reason", flat=True)
        shared = [_SHARED.format(by=by) for by in self._shares().filter(**here).values_list("by", flat=True)]
        return [*parts, *shared]

    def _parts_of(self, spec: Secured) -> list[int] | None:
        """Return the keys of records of the type that the person takes part in, None when there are too many."""
        few = self._few_parts()
        return None if few is None else list(few.get(spec.type, ()))

    def _few_parts(self) -> dict[str, dict[int, str]] | None:
        """Return the reasons of all parts by type and key of the record, None when there are too many."""
        if self._parts is None:
            self._parts = {}
            for record_type, record_id, reason in fetch_planned(
                _PARTS, [*[self.held.user_id] * 2, list(self.held.joined_ids), FEW + 1]
            ):
                self._parts.setdefault(record_type, {})[record_id] = reason
        return self._parts if sum(map(len, self._parts.values())) <= FEW else None


_SHARED = "{by} shared it with you."
_PARTS = """
SELECT record_type, record_id, reason FROM access_participant WHERE user_id = %s
UNION ALL
SELECT record_type, record_id, share.by || ' shared it with you.' FROM access_share share
WHERE user_id = %s OR team_id = ANY(%s)
LIMIT %s
"""


def _bounded(rows: QuerySet[Any], column: str) -> list[int] | None:
    """Return the keys in a column when there are few, None when there are more."""
    asked = compiled(rows.order_by().values(column))
    return [] if asked is None else keys_up_to(FEW, [asked])[0]


# -- The questions -----------------------------------------------------------------------------------------------------


def visible(spec: Secured, user: User, action: str = VIEW) -> Q:
    """
    Return the predicate for the records of this type that ``user`` may see (or may ``action``).

    It holds for the record's own table; ``Q()`` when all may be seen. Participants and widenings count for seeing only.
    Where they count, up to a few thousand keys are read first (one small query each).
    """
    return seen_of(user).those(spec, action)


def reached(spec: Secured, user: User) -> Q:
    """
    Return the part of ``visible`` that rests on owner and team alone; it holds for every table that has both.
    """
    return seen_of(user).reached(spec)


def beyond(spec: Secured, user: User) -> Q:
    """Return the rest of ``visible``: the records that are not ``reached``. It costs nothing where there are none."""
    return seen_of(user).beyond(spec)


def keep_seen(user: User) -> None:
    """
    Let all questions about this user object rest on one reading of what the person takes part in.

    For a request that only reads: its user object lives as long as it, and its answers then fit together, too.
    """
    user.__dict__["_seen"] = None


def seen_of(user: User) -> Seen:
    """Return what the person sees, for several questions at once: the kept one, else a new one."""
    if "_seen" not in user.__dict__:
        return Seen(user)
    if user.__dict__["_seen"] is None:
        user.__dict__["_seen"] = Seen(user)
    kept: Seen = user.__dict__["_seen"]
    return kept


def _reached(held: Grants, scope: Scope, spec: Secured, action: str) -> Iterator[tuple[str, Q]]:
    if scope.reach >= Scope.OWN.reach:
        yield "You own it.", Q(owner_id=held.user_id)
    if teams := held.reached_teams(scope):
        yield "It belongs to one of your teams.", Q(team_id__in=teams)
    if scope.reach >= Scope.OWN.reach and action in (VIEW, ASSIGN, EDIT) and held.sees_pool(spec.type):
        yield "Nobody has it yet, and you may see what is waiting.", Q(owner_id=None, team_id=None)


def search_arms(specs: Iterable[Secured], user: User) -> list[Q]:
    """
    Return the ways by which rows of the search table are seen, which carry owner, team, type and key of a record.

    Each is made of equalities only, so that the search index serves it together with the words. So of the widenings
    only those with few keys take part: nobody is shown too much, and what is seen by a wide way round (the person
    behind one of thousands of leads) is found by what one sees directly (the lead, which carries the person's name).
    """
    seen, specs = seen_of(user), list(specs)
    seen.look_ahead(specs)
    arms: dict[tuple[str, Any], list[str]] = {}
    ways: list[Q] = []
    for spec in specs:
        for column, value in seen.search_arms(spec):
            arms.setdefault((column, value), []).append(spec.type)
        ids = seen.search_ids(spec)
        if ids:
            ways.append(Q(record_type=spec.type) & any_of("record_id", ids))
    for (column, value), types in arms.items():
        ways.append(Q(record_type__in=types, **({column: _bigint(value)} if column else {})))
    return ways


def _bigint(value: int) -> Cast:
    """Return a key as the type of its column: written plainly it is a smaller one, which no GIN index takes."""
    return Cast(Value(value), BigIntegerField())


def search_predicate(specs: Iterable[Secured], user: User) -> Q:
    """Return the predicate for rows of the search table: what any of the arms lets through."""
    allowed = Q(pk__in=[])
    for arm in search_arms(specs, user):
        allowed |= arm
    return allowed


def can(user: User, action: str, spec: Secured, record: Guarded | None = None) -> bool:
    """
    Return whether ``user`` may ``action`` on this record, or on any of the type when none is given.

    No query for what owner and team decide; seeing by taking part or by a widening costs a few small ones.
    """
    held = grants(user)
    scope = held.scope(spec.type, action)
    if record is None:
        return scope is not Scope.NONE
    if _in_reach(held, scope, record) or in_pool(held, scope, spec, action, record):
        return True
    if not held.roles or action not in (VIEW, EDIT):
        return False
    if action == EDIT:
        seen = seen_of(user)
        return seen.may_edit_by_share(spec, record.pk) or bool(seen.in_territory(spec, record.pk, EDIT))
    return any(True for _ in reasons_beyond(user, spec, record))


def _in_reach(held: Grants, scope: Scope, record: Guarded) -> bool:
    if scope is Scope.ALL:
        return True
    if scope.reach >= Scope.OWN.reach and record.owner_id == held.user_id:
        return True
    return record.team_id in held.reached_teams(scope)


def in_pool(held: Grants, scope: Scope, spec: Secured, action: str, record: Guarded) -> bool:
    if record.owner_id is not None or record.team_id is not None or scope is Scope.NONE:
        return False
    return action in (VIEW, ASSIGN, EDIT) and held.sees_pool(spec.type)


def reasons_beyond(user: User, spec: Secured, record: Guarded) -> Iterator[str]:
    """Yield the reasons for seeing a record that lie outside of its owner and team."""
    seen = seen_of(user)
    yield from seen.reasons_to_take_part(spec, record.pk)
    for name in seen.in_territory(spec, record.pk, VIEW):
        yield f"It lies in the territory {name}, on which you work."
    for widening in _widenings.get(spec.type, {}).values():
        if widening.rows(seen).filter(**{widening.column: record.pk}).exists():
            yield widening.reason


def allows(user: User, ability: str) -> bool:
    """Return whether any role of ``user`` has an ability that is not about one record (``forecast.see``)."""
    return any(role.permissions.allows(ability) for role in grants(user).roles)


def people_with(ability: str) -> list[User]:
    """Return the active people of whom a role has the ability, by name. Two queries."""
    from throughline.core.identity.models import Role, User

    roles = [role.pk for role in Role.objects.all() if Permissions.read(role.permissions).allows(ability)]
    return list(User.objects.filter(is_active=True, roles__in=roles).distinct().order_by("name", "id"))


def roles_that_name(*, record_type: str, field: str) -> list[Role]:
    """Return the roles that say something about a field of a type, by name."""
    from throughline.core.identity.models import Role

    roles = Role.objects.order_by("name", "id")
    return [role for role in roles if field in Permissions.read(role.permissions).fields.get(record_type, {})]


def require_ability(user: User, ability: str, *, otherwise: str) -> None:
    """
    Go on only when ``user`` has the ability.

    Raises:
        NotAllowed: with the sentence ``otherwise``.
    """
    if not allows(user, ability):
        raise NotAllowed(otherwise)


# -- Fields ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldRights:
    """A person's rights to the fields of one record type."""

    record_type: str
    roles: tuple[HeldRole, ...]
    sensitive: frozenset[str]
    leans: Mapping[str, Sequence[Lean]] = field(default_factory=dict)
    _found: dict[str, FieldRight] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, name: str) -> FieldRight:
        """Return the widest right of all roles; what is worked out of hidden things is hidden."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._settled(name)
        return found

    def _settled(self, name: str) -> FieldRight:
        leans = self.leans.get(name)
        if leans and not all(self._may_know(lean) for lean in leans):
            return FieldRight.HIDDEN
        return self._of(name)

    def _may_know(self, lean: Lean) -> bool:
        if lean.record_type == self.record_type:
            return self.reads(lean.field)
        sensitive = frozenset({lean.field}) if lean.is_sensitive else frozenset()
        if lean.is_through:
            return FieldRights(lean.record_type, self.roles, sensitive).reads(lean.field)
        scopes = [role.permissions.scope(lean.record_type, VIEW) for role in self.roles]
        widest = max(scopes, key=lambda scope: scope.reach, default=Scope.NONE)
        if widest is Scope.NONE or (not lean.is_open and widest is not Scope.ALL):
            return False
        return not lean.field or FieldRights(lean.record_type, self.roles, sensitive).reads(lean.field)

    def _of(self, name: str) -> FieldRight:
        rights = [
            role.permissions.field_right(self.record_type, name, sensitive=name in self.sensitive)
            for role in self.roles
        ]
        return max(rights, key=lambda right: right.reach, default=FieldRight.HIDDEN)

    def reads(self, name: str) -> bool:
        """Return whether the field may be seen, and so filtered, sorted, grouped and exported."""
        return self.of(name).reach >= FieldRight.READ.reach

    def masks(self, name: str) -> bool:
        """Return whether only may be seen that there is a value."""
        return self.of(name) is FieldRight.MASKED

    def writes(self, name: str) -> bool:
        """Return whether the field may be changed."""
        return self.of(name) is FieldRight.WRITE


def field_rights(user: User, spec: Secured) -> FieldRights:
    """Return the rights of ``user`` to the fields of a record type; worked out once while grants and type are so."""
    held, sensitive, leans = grants(user), spec.sensitive_fields, spec.leans
    known: FieldRights | None = held.rights.get(spec.type)
    if known is None or known.sensitive != sensitive or known.leans != leans:
        known = held.rights[spec.type] = FieldRights(spec.type, held.roles, sensitive, leans)
    return known


# -- Actors ------------------------------------------------------------------------------------------------------------


def user_of(by: Actor) -> User | None:
    """
    Return the person whose permissions bound the actor, or None when the company itself acts.

    Procedures, imports, forms and clocks act for the company: whoever published the procedure, started the import or
    put up the form was allowed to.
    """
    from throughline.core.identity.models import User

    if by.user_id is None:
        return None
    found = _person().fetch([by.user_id])
    if not found:
        raise User.DoesNotExist(f"Expected the person {by.user_id} to be there, but nobody has this key.")
    return found[0]


@cache
def _person() -> Whole[User]:
    from throughline.core.identity.models import User

    return Whole(User, "WHERE id = %s")


def require(by: Actor, action: str, spec: Secured, record: Guarded | None = None) -> User | None:
    """
    Go on only when the actor may ``action``; return the person behind it, if one is.

    Raises:
        NotAllowed: the person's roles do not reach this record; the sentence names whom to ask.
    """
    user = user_of(by)
    if user is not None and not can(user, action, spec, record):
        raise NotAllowed(_refusal(action, spec, record))
    return user


_VERBS = {
    VIEW: "see", CREATE: "create", EDIT: "change", DELETE: "delete", ASSIGN: "reassign", IMPORT: "import",
    EXPORT: "export",
}  # fmt: skip


def _refusal(action: str, spec: Secured, record: Guarded | None) -> str:
    verb = _VERBS.get(action, action)
    team = getattr(record, "team", None)
    if record is None or team is None:
        return f"Your roles do not let you {verb} {spec.plural.lower()}. Ask an administrator."
    manager = getattr(team, "manager", None)
    ask = f"Ask {manager.name}." if manager is not None else "Ask an administrator."
    return f"Only {team.name} and whoever its work is shared with may {verb} this. {ask}"


# -- Participants ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody takes part in a record; ``reason`` is a sentence that begins with "You"."""

    user_id: int
    record: RecordRef
    reason: str


@transaction.atomic
def take_part_many(*, parts: Iterable[Part], at: datetime) -> None:
    """Let people see the records they take part in, set-wise; a part that is known already keeps its first reason."""
    from throughline.core.access.models import Participant

    Participant.objects.bulk_create(
        [
            Participant(
                user_id=part.user_id,
                record_type=part.record.type,
                record_id=part.record.id,
                reason=part.reason,
                since_at=at,
            )
            for part in parts
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def stop_taking_part(*, user_id: int, record: RecordRef) -> None:
    """Take back what ``take_part_many`` gave."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM access_participant WHERE user_id = %s AND record_type = %s AND record_id = %s",
            [user_id, *record],
        )
