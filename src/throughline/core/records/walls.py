"""
The second wall: under a role of the database that sees no more of the records than a person does.

Theory of operation. The first wall is the predicate that ``access`` puts into every query; it is what makes lists quick
and right. Programs with keys run statements that are less sure to pass there, so they run ``walled``: the
transaction takes on a role that may only read tables of records (and what is shown with them), and each of these has a
policy that compares a row with limits set for this person. The limits are never narrower than the first wall, so a
right query loses nothing; where ways round are too many to be named, the wall of that type is open and the first one
holds alone. Limits are made for the types that a question touches; all others are hidden. What needs tables that stand
open to nobody there (search, history, what happens) finds by the first wall, and then asks which of the records it
found the second one shows (``shown_of``). The product itself owns the tables, which the policies let pass, so nothing
else becomes slower: policies keep trigram and JSON indexes from being used and forbid COPY. Walls are raised after
every migration. Where the account may not make roles, there is no second wall, and that is said in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection, transaction

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.spec import RecordSpec
from throughline.core.rows import Statement, fetch

log = logging.getLogger("throughline.records")

ROLE = "throughline_walled"
BESIDE = (
    "identity_user", "identity_team", "identity_teammembership", "identity_role", "identity_rolemembership",
    "access_participant", "access_share", "access_territory", "access_territory_members", "custom_stamp",
    "custom_field", "custom_rule", "custom_type",
)  # fmt: skip
"""Tables without records that a reader of records needs."""


@dataclass(frozen=True, slots=True)
class Opening:
    """
    A further table that may be read behind the wall: all of it, or these ``columns`` of rows that meet a ``condition``.

    The condition is SQL about the table's columns; tables of records that it asks are behind the wall themselves.
    """

    table: str
    columns: tuple[str, ...] = ()
    condition: str = ""


_openings: dict[str, Opening] = {}


def let_read(opening: Opening) -> None:
    """Let a table be read behind the wall, from the next raising on; said once at start-up by who reads it there."""
    _openings[opening.table] = opening


_FUNCTION = """
CREATE OR REPLACE FUNCTION throughline_wall(kind text, key bigint, owner bigint, team bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (wall.l ->> 'all')::boolean
        OR owner = (wall.l ->> 'user')::bigint
        OR (wall.l -> 'teams') @> to_jsonb(nullif(team, 0))
        OR (owner IS NULL AND nullif(team, 0) IS NULL AND (wall.l ->> 'pool')::boolean)
        OR (wall.l -> 'ids') @> to_jsonb(key), false)
    FROM (SELECT nullif(current_setting('throughline.wall_' || kind, true), '')::jsonb AS l) wall
$$
"""
_CONDITION = """
(SELECT ({limits} ->> 'all')::boolean)
OR owner_id = (SELECT ({limits} ->> 'user')::bigint)
OR team_id IN (SELECT jsonb_array_elements_text({limits} -> 'teams')::bigint)
OR (owner_id IS NULL AND team_id IS NULL AND (SELECT ({limits} ->> 'pool')::boolean))
OR id IN (SELECT jsonb_array_elements_text({limits} -> 'ids')::bigint)
"""
"""
The same as ``throughline_wall`` for a table of one type. What does not rest on the row stands in subqueries, which are
asked once for a query and not for every row.
"""
_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN CREATE ROLE {ROLE} NOLOGIN; END IF;
    IF NOT pg_has_role(current_user, '{ROLE}', 'USAGE') THEN GRANT {ROLE} TO CURRENT_USER; END IF;
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
END $$
"""


def is_possible() -> bool:
    """Return whether the database has the role and the account may take it on. One query."""
    asked = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(current_user, oid, 'MEMBER'))"
    return bool(fetch(asked, [ROLE])[0][0])


def raise_walls(**_signal: Any) -> None:
    """Make the role, the policies of all tables of records, and the rights to read; done after every migration."""
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTION)
        cursor.execute(_ROLE)
    if not is_possible():
        log.warning("The account may not make roles, so keys and reports read without the second wall.")
        return
    there = {name for (name,) in fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")}
    with connection.cursor() as cursor:
        for table in sorted({*BESIDE, *_passed_through()}):
            if table in there:
                cursor.execute(f'GRANT SELECT ON "{table}" TO {ROLE}')
    for spec in registry.everything():
        if spec.model._meta.db_table in there:
            raise_wall(spec.type, spec.model._meta.db_table)
    for table, column, record_type in _beside_records():
        if table in there:
            record = registry.get(record_type).model._meta.db_table
            _raise(table, f'EXISTS (SELECT FROM "{record}" WHERE "{record}".id = "{table}"."{column}")')
    if "records_search" in there:
        _raise("records_search", "throughline_wall(record_type, record_id, owner_id, team_id)")
    for opening in _openings.values():
        if opening.table in there:
            _open(opening)


def _passed_through() -> Iterator[str]:
    """Give the tables that lists of records are filtered and sorted by, besides their own."""
    for spec in registry.everything():
        for described in spec.fields:
            for path in () if described.custom else (described.source, described.order_path):
                model: type[Any] | None = spec.model
                for step in path.split("__"):
                    field = model._meta.get_field(step) if model else None
                    model = getattr(field, "related_model", None)
                    if model is not None:
                        yield model._meta.db_table


def _beside_records() -> Iterator[tuple[str, str, str]]:
    """Give the tables whose rows are there for who sees the record they belong to: name, column, type."""
    yield from access.tables_beside()
    for spec in registry.everything():
        for described in spec.fields:
            if described.also_in is not None:
                yield *described.also_in, spec.type


def raise_wall(record_type: str, table: str) -> None:
    """Make the policy of one table of records; nothing where there is no second wall."""
    if is_possible():
        limits = f"nullif(current_setting('throughline.wall_{record_type}', true), '')::jsonb"
        _raise(table, _CONDITION.format(limits=limits))


def _open(opening: Opening) -> None:
    if opening.condition:
        _raise(opening.table, opening.condition, opening.columns)
        return
    with connection.cursor() as cursor:
        cursor.execute(f'GRANT SELECT ON "{opening.table}" TO {ROLE}')


def _raise(table: str, condition: str, columns: Sequence[str] = ()) -> None:
    ((is_enabled,),) = fetch("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [table])
    with connection.cursor() as cursor:
        if not is_enabled:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        cursor.execute(f'DROP POLICY IF EXISTS walled ON "{table}"')
        cursor.execute(f'CREATE POLICY walled ON "{table}" FOR SELECT USING ({condition})')
        of = f"({', '.join(columns)})" if columns else ""
        cursor.execute(f'GRANT SELECT {of} ON "{table}" TO {ROLE}')


@contextmanager
def walled(user: User, among: Iterable[RecordSpec] | None = None) -> Iterator[None]:
    """
    Read inside as ``user`` and nobody else, by the database's own judgement; nothing can be written inside.

    With ``among`` only records of these types are shown at all, which costs less: see ``touched_by``. A transaction of
    its own, or a part of the caller's. The person's grants, and what decides what is seen, are read before.
    """
    seen, specs = access.seen_of(user), registry.everything() if among is None else list(among)
    seen.look_ahead(each for spec in specs for each in seen.resting_on(spec))
    limits = {f"throughline.wall_{spec.type}": msgspec.json.encode(seen.limits(spec)).decode() for spec in specs}
    seen.look_ahead_no_more()
    is_part = connection.in_atomic_block
    with transaction.atomic():
        fetch(*_raising(limits))
        yield
        if is_part:  # the end of a transaction, and of a savepoint after a failure, takes the role off by itself
            fetch(*_setting({"role": "none", **dict.fromkeys(limits, "")}))


def _raising(limits: Mapping[str, str]) -> Statement:
    """Return the one statement that sets the limits and takes the role on; without the role it only sets limits."""
    set_limits, params = _setting(limits)
    return f"{set_limits}, ({_TAKEN_ON})", [*params, ROLE]


_TAKEN_ON = """
SELECT set_config('role', rolname, true) FROM pg_roles WHERE rolname = %s AND pg_has_role(current_user, oid, 'MEMBER')
"""


def _setting(settings: Mapping[str, str]) -> Statement:
    """Return the statement that makes settings for the rest of the transaction."""
    asked = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    return f"SELECT {asked or 'true'}", [text for setting in settings.items() for text in setting]


def touched_by(spec: RecordSpec, user: User, paths: Iterable[str] | None = None) -> list[RecordSpec]:
    """
    Return the types of which a question about records of one type reads rows: those that decide what is seen of it,
    and those that ``paths`` lead through; without paths all that its fields, its order, its words and titles do.
    """
    seen, by_model = access.seen_of(user), {each.model: each for each in registry.everything()}
    found = {each.type for each in seen.resting_on(spec)}
    for model in _models_through(spec.model, spec.paths if paths is None else paths):
        if model in by_model:
            found.add(by_model[model].type)
    return [each for each in by_model.values() if each.type in found]


def _models_through(model: type[Any], paths: Iterable[str]) -> Iterator[type[Any]]:
    """Give the tables that are joined to reach what stands at the end of paths."""
    for links in {path.rpartition("__")[0] for path in paths}:
        at: Any = model
        for step in links.split("__") if links else ():
            at = at._meta.get_field(step).related_model
            if at is None:  # a path into JSON
                break
            yield at


def shown_of(refs: Iterable[RecordRef], *, user: User) -> set[RecordRef]:
    """
    Return those of the records that the second wall shows, whatever the first one said of them.

    One statement per type beside those that raise the wall, and none for no records.
    """
    wanted: dict[str, list[int]] = {}
    for ref in set(refs):
        wanted.setdefault(ref.type, []).append(ref.id)
    if not wanted:
        return set()
    specs = [spec for kind in sorted(wanted) if (spec := registry.find(kind)) is not None]
    with walled(user, specs):
        return {RecordRef(spec.type, key) for spec in specs for key in _shown(spec, wanted[spec.type])}


def hidden_from(user: User, refs: Iterable[RecordRef]) -> set[RecordRef]:
    """Return those of the records that the second wall hides; what is no record (a goal, a report) is never hidden."""
    records = {ref for ref in refs if registry.find(ref.type) is not None}
    return records - shown_of(records, user=user)


def _shown(spec: RecordSpec, ids: list[int]) -> list[int]:
    return list(spec.model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))
