"""
The writes that every record type shares: create, change, tag, assign, put into the bin, restore.

Each exists set-wise; the form for one record is the same with one. A change locks its rows in key order, checks rights
and version in memory, writes all rows with one statement, feeds search and writes the journal, in one transaction.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import Team, User
from throughline.core.journal.models import Entry, PersonalValues
from throughline.core.recordref import RecordRef
from throughline.core.records import events, search, unit_of_work
from throughline.core.records.choices import reading_once
from throughline.core.records.custom import computed, rules
from throughline.core.records.models import Record
from throughline.core.records.spec import LINKS, FieldSpec, RecordSpec
from throughline.core.records.text import normal_tags
from throughline.core.records.values import plain, read_values
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.core.rows import Whole, fetch_planned

# -- Creating ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def make_record(*, spec: RecordSpec, values: Mapping[str, Any], by: Actor, at: datetime) -> Any:
    """
    Make a record as its type wants it to be made, by form or API, and return it.

    Raises:
        NotAllowed, Refusal: as ``create_record``; or a new one is made with the record that it is about only.
    """
    if not spec.made_by_itself:
        raise Refusal("not_by_itself", f"A new {spec.label.lower()} is made with the record that it is about.")
    create = spec.create or functools.partial(create_record, spec=spec)
    return create(values=values, by=by, at=at)


@transaction.atomic
def create_record(
    *,
    spec: RecordSpec,
    values: Mapping[str, Any],
    by: Actor,
    at: datetime,
    cause: int | None = None,
    sandbox: bool = False,
) -> Any:
    """
    Make a record of any type from values by field name, and return it.

    Without an owner a person's new record is theirs; without a team it belongs to the owner's home team.

    Raises:
        NotAllowed: the actor may not make such records, or may not write one of the fields.
        Refusal: values cannot be stored or something required is missing; with a sentence per field.
    """
    user = access.require(by, access.CREATE, spec)
    stored = read_values(spec, values, partial=False)
    _writable(spec, user, stored)
    record = spec.model(created_at=at, created_by=by.label, updated_at=at, updated_by=by.label, sandbox=sandbox)
    if user is not None and "owner" not in stored:
        stored["owner"] = user.pk
    _put(spec, record, stored)
    if record.team_id is None and record.owner_id is not None:
        record.team_id = home_teams([record.owner_id]).get(record.owner_id)
    spec.hooks.derive(record)
    told = spec.hooks.settle(record, {}, at)[1]
    spec.hooks.check(record)
    rules.settle_new(spec, record, at)
    record.save(force_insert=True)
    search.feed(spec, [record])
    computed.roll_up(spec, computed.pointed_at(spec, [record]), at=at)
    spec.hooks.changed([record], by, at)
    shown, personal = _split(
        spec, {name: plain(value) for name, value in stored.items() if value not in ("", None, [])}
    )
    event = events.RecordCreated(title="" if personal else spec.title(record), values=shown, personal=personal)
    ref = RecordRef(spec.type, record.pk)
    journal.record_many([journal.Fact(fact, ref, cause, sandbox) for fact in (event, *told)], by=by, at=at)
    return record


def home_teams(user_ids: Iterable[int]) -> dict[int, int]:
    """Return the home team (the first one joined) of people by key; who is in no team is left out. One query."""
    return dict(fetch_planned(_HOMES, [list(user_ids)]))


_HOMES = """
SELECT DISTINCT ON (user_id) user_id, team_id FROM identity_teammembership WHERE user_id = ANY(%s)
ORDER BY user_id, id
"""


def _put(spec: RecordSpec, record: Record, stored: Mapping[str, Any]) -> list[str]:
    columns = []
    for name, value in stored.items():
        columns.append(spec.field(name).put(record, value))
    return columns


def _writable(spec: RecordSpec, user: User | None, names: Iterable[str]) -> None:
    if user is None:
        return
    rights = access.field_rights(user, spec)
    refused = [name for name in names if not rights.writes(name)]
    if refused:
        labels = ", ".join(spec.field(name).label for name in refused if rights.reads(name)) or "some of these fields"
        raise NotAllowed(f"Your roles do not let you change {labels}. Ask an administrator.")


def _split(spec: RecordSpec, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part values by field name into what the journal keeps for ever and what erasure may take."""
    personal = {name: value for name, value in values.items() if spec.field(name).personal}
    return {name: value for name, value in values.items() if name not in personal}, personal


# -- Changing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edit:
    """
    A wish to change fields of one record. ``version`` is the one the author saw; without it nothing is compared.

    ``cause`` and ``by`` belong to this edit when several of different origin are done at once.
    """

    record_id: int
    values: Mapping[str, Any]
    version: int | None = None
    cause: int | None = None
    by: Actor | None = None


@transaction.atomic
def update_record(
    *,
    spec: RecordSpec,
    record_id: int,
    values: Mapping[str, Any],
    by: Actor,
    at: datetime,
    version: int | None = None,
    cause: int | None = None,
) -> Any:
    """
    Change fields of one record and return it. What is equal to what is stored is no change and leaves no trace.

    When somebody else has written since ``version``, changes of other fields are both kept; a change of the same field
    is a conflict.

    Raises:
        NotFound: there is no such record, or the actor may not see it.
        NotAllowed: the actor may not change it, or not these fields.
        Conflict: the same fields were changed meanwhile; with a sentence per field. Nothing was changed.
        Refusal: values cannot be stored.
    """
    return update_records(spec=spec, edits=[Edit(record_id, values, version, cause)], by=by, at=at)[0]


@transaction.atomic
def update_records(*, spec: RecordSpec, edits: Sequence[Edit], by: Actor, at: datetime) -> list[Any]:
    """Change many records, each in its own way, all or none; return them in the order of the edits. See above."""
    return change_records(spec=spec, edits=edits, by=by, at=at)


def change_records(*, spec: RecordSpec, edits: Sequence[Edit], by: Actor, at: datetime) -> list[Any]:
    """As ``update_records``, for operations: in the transaction of the caller, which is undone when this raises."""
    with reading_once():
        return _change_records(spec, edits, by, at)


def _change_records(spec: RecordSpec, edits: Sequence[Edit], by: Actor, at: datetime) -> list[Any]:
    users = _People()
    records = _locked(spec, [edit.record_id for edit in edits], users.of(by), by=by, action=access.EDIT)
    changes = [_apply(spec, records[edit.record_id], edit, users.of(edit.by or by), at) for edit in edits]
    _write(spec, [change for change in changes if change.columns], by, at)
    return [records[edit.record_id] for edit in edits]


@dataclass(slots=True)
class Change:
    """
    What happens to one loaded record: the columns that were set (and the ``custom`` fields among what changed), and
    what the journal is told.
    """

    record: Any
    columns: set[str] = field(default_factory=set)
    events: list[journal.JournalEvent] = field(default_factory=list)
    cause: int | None = None
    by: Actor | None = None
    custom: set[str] = field(default_factory=set)


class _People:
    """The people behind actors, each read once."""

    def __init__(self) -> None:
        self._known: dict[Actor, User | None] = {}

    def of(self, by: Actor) -> User | None:
        if by not in self._known:
            self._known[by] = access.user_of(by)
        return self._known[by]


def locked(spec: RecordSpec, ids: Iterable[int], *, by: Actor, action: str) -> dict[int, Any]:
    """
    Return records by key, locked in key order until the transaction ends, when the actor may ``action`` on all.

    Raises:
        NotFound: one does not exist, lies in the bin, or may not be seen by the actor.
        NotAllowed: one may be seen but not so.
    """
    return _locked(spec, ids, access.user_of(by), by=by, action=action)


def _locked(spec: RecordSpec, ids: Iterable[int], user: User | None, *, by: Actor, action: str) -> dict[int, Any]:
    wanted = sorted(set(ids))
    unit = unit_of_work.current()
    found = (
        {row.pk: row for row in (_lock(spec, wanted) if len(wanted) > 1 else _lock_one(spec, wanted))}
        if unit is None
        else unit.lock(spec, wanted, partial(_lock, spec))
    )
    for key in wanted:
        if key not in found or (user is not None and not access.can(user, access.VIEW, spec, found[key])):
            raise NotFound(_missing(spec, key))
        if user is not None and not access.can(user, action, spec, found[key]):
            access.require(by, action, spec, found[key])
    return found


def _lock(spec: RecordSpec, ids: Sequence[int]) -> Iterable[Any]:
    rows = spec.model._default_manager.filter(pk__in=ids, deleted_at=None).select_related(*spec.select_related)
    return rows.order_by("pk").select_for_update(of=("self",))


def _lock_one(spec: RecordSpec, ids: Sequence[int]) -> Iterable[Any]:
    """
    Lock one record without what it points at: that is seldom needed, and planning to join it takes the database longer
    than all else that changes a record.
    """
    return _locking(spec.model).fetch([list(ids)])


@cache
def _locking(model: type[Record]) -> Whole[Record]:
    return Whole(model, "WHERE id = ANY(%s) AND deleted_at IS NULL FOR UPDATE")


def _missing(spec: RecordSpec, key: int) -> str:
    number = f"{spec.model.number_prefix}-{key}"
    return f"There is no {spec.label.lower()} {number}, or it is not yours to see. Look in the list."


def _apply(spec: RecordSpec, record: Any, edit: Edit, user: User | None, at: datetime) -> Change:
    stored = read_values(spec, edit.values, partial=True)
    moved = {name: (old, new) for name, new in stored.items() if (old := spec.field(name).value_of(record)) != new}
    _writable(spec, user, moved)
    if edit.version is not None and edit.version != record.version:
        _refuse_conflict(spec, record, edit.version, moved)
    change = Change(record, cause=edit.cause, by=edit.by)
    if not moved:
        return change
    before = dict(record.__dict__)
    change.columns.update(_put(spec, record, {name: new for name, (_, new) in moved.items()}))
    change.custom.update(name for name in moved if spec.field(name).custom)
    change.columns.update(name for name in spec.hooks.derive(record) if _is_other(record, name, before))
    columns, told = spec.hooks.settle(record, {name: old for name, (old, _) in moved.items()}, at)
    change.columns.update(columns)
    spec.hooks.check(record)
    record.version += 1
    shown, personal = _split(spec, {name: [plain(old), plain(new)] for name, (old, new) in moved.items()})
    change.events.append(events.RecordUpdated(version=record.version, changes=shown, personal_changes=personal))
    change.events.extend(told)
    return change


def _is_other(record: Any, column: str, before: Mapping[str, Any]) -> bool:
    """Whether a column may hold something else than before; lists and contexts may have been changed in their place."""
    value = record.__dict__.get(column)
    return isinstance(value, list | dict) or column not in before or before[column] != value


def _refuse_conflict(spec: RecordSpec, record: Any, version: int, moved: Mapping[str, tuple[Any, Any]]) -> None:
    clashes = {}
    for name, who in _changed_since(spec, record, version).items():
        if name in moved:
            described = spec.field(name)
            clashes[name] = f'{who} changed {described.label} to "{shown_value(described, record)}" meanwhile.'
    if clashes:
        raise Conflict(" ".join([*clashes.values(), "Look at it and save again."]), fields=clashes)


def _changed_since(spec: RecordSpec, record: Any, version: int) -> dict[str, str]:
    """Return the fields that were changed after ``version``, each with the label of who changed it last."""
    entries = Entry.objects.filter(
        record_type=spec.type, record_id=record.pk, event="record.updated", data__version__gt=version
    ).order_by("id")
    found = {entry.pk: (entry.actor_label, set(entry.data.get("changes", ()))) for entry in entries}
    for entry_id, values in PersonalValues.objects.filter(entry_id__in=found).values_list("entry_id", "values"):
        found[entry_id][1].update(values.get("personal_changes", ()))
    return {name: who for who, names in found.values() for name in names}


def shown_value(described: FieldSpec, record: Any) -> str:
    """Return the value of a field as a sentence quotes it."""
    if described.type in LINKS:
        linked = described.linked(record)
        return str(linked) if linked is not None else "nobody"
    value = described.value_of(record)
    choice = described.choice(value) if isinstance(value, str) else None
    return choice.label if choice else "" if value is None else str(plain(value))


def _write(spec: RecordSpec, changes: Sequence[Change], by: Actor, at: datetime) -> list[journal.Recorded]:
    """Write changed records, what search knows of them and the journal; each in one statement."""
    if not changes:
        return []
    for change in changes:
        change.record.updated_at, change.record.updated_by = at, (change.by or by).label
        if rules.settle_changed(spec, change.record, change.columns, change.custom, at):
            change.columns.add("custom")
        change.columns.update(("updated_at", "updated_by", "version"))
    counted = [change.record for change in changes if computed.concerns(spec, change.columns)]
    before = computed.pointed_at_before(spec, [record.pk for record in counted])
    unit_of_work.write_records(spec, [(change.record, change.columns) for change in changes])
    computed.roll_up(spec, before, computed.pointed_at(spec, counted), at=at)
    spec.hooks.changed([change.record for change in changes], by, at)
    facts = [
        journal.Fact(
            event, RecordRef(spec.type, change.record.pk), change.cause, change.record.sandbox, by=change.by or by
        )
        for change in changes
        for event in change.events
    ]
    return journal.record_many(facts, by=by, at=at)


def write_changes(*, spec: RecordSpec, changes: Sequence[Change], by: Actor, at: datetime) -> list[journal.Recorded]:
    """
    Write what an operation of a capability did to records it has ``locked``: rows, search, journal.

    The operation has set attributes and named their columns; this adds version, author and instant.
    """
    for change in changes:
        change.record.version += 1
    return _write(spec, changes, by, at)


# -- Tagging -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tagging:
    """Tags to put on and take off one record."""

    record_id: int
    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    cause: int | None = None
    by: Actor | None = None


@transaction.atomic
def tag_records(*, spec: RecordSpec, taggings: Sequence[Tagging], by: Actor, at: datetime) -> list[Any]:
    """
    Put tags on records and take tags off, and return the records in the order of the taggings.

    A tag that is there already, in whatever capitals, is not put on again.

    Raises:
        NotFound, NotAllowed: as for a change; nothing was tagged.
    """
    records = locked(spec, [tagging.record_id for tagging in taggings], by=by, action=access.EDIT)
    changes = [_tag(records[tagging.record_id], tagging) for tagging in taggings]
    write_changes(spec=spec, changes=[change for change in changes if change.columns], by=by, at=at)
    return [records[tagging.record_id] for tagging in taggings]


def _tag(record: Any, tagging: Tagging) -> Change:
    removed = {tag.casefold() for tag in normal_tags(list(tagging.remove))}
    kept = [tag for tag in record.tags if tag.casefold() not in removed]
    tags = normal_tags([*kept, *tagging.add])
    change = Change(record, cause=tagging.cause, by=tagging.by)
    if tags != record.tags:
        event = events.RecordTagged(
            added=[tag for tag in tags if tag not in record.tags],
            removed=[tag for tag in record.tags if tag not in tags],
        )
        record.tags = tags
        change.columns.add("tags")
        change.events.append(event)
    return change


# -- Assigning ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assignment:
    """
    Give one record to a person, a team, or both; ``reason`` is kept and shown.

    Without a team the owner's home team gets it; with a team only, the record waits there for an owner.
    """

    record_id: int
    owner_id: int | None = None
    team_id: int | None = None
    reason: str = ""
    cause: int | None = None
    by: Actor | None = None


@transaction.atomic
def assign_records(*, spec: RecordSpec, assignments: Sequence[Assignment], by: Actor, at: datetime) -> list[Any]:
    """
    Give records to people and teams, and return them in the order of the assignments.

    Raises:
        NotFound, NotAllowed: as for a change; nothing was assigned.
    """
    records = locked(spec, [wish.record_id for wish in assignments], by=by, action=access.ASSIGN)
    owners = User.objects.in_bulk([wish.owner_id for wish in assignments if wish.owner_id is not None])
    homes = home_teams(owners)
    teams = Team.objects.in_bulk({*homes.values(), *(w.team_id for w in assignments if w.team_id is not None)})
    changes = []
    for wish in assignments:
        team_id = wish.team_id if wish.team_id is not None else homes.get(wish.owner_id or 0)
        owner = owners[wish.owner_id] if wish.owner_id is not None else None
        changes.append(_assign(spec, records[wish.record_id], wish, (owner, teams.get(team_id or 0)), at))
    write_changes(spec=spec, changes=changes, by=by, at=at)
    return [records[wish.record_id] for wish in assignments]


def _assign(
    spec: RecordSpec, record: Any, wish: Assignment, to: tuple[User | None, Team | None], at: datetime
) -> Change:
    owner, team = to
    event = events.RecordAssigned(
        owner=owner.pk if owner else None,
        owner_name=owner.name if owner else "",
        team=team.pk if team else None,
        team_name=team.name if team else "",
        former_owner=record.owner_id,
        former_team=record.team_id,
        reason=wish.reason,
    )
    record.owner, record.team = owner, team
    more = spec.hooks.assigned(record, wish.reason, at)
    return Change(record, {"owner_id", "team_id", *more}, [event], wish.cause, wish.by)


# -- The bin -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def delete_records(*, spec: RecordSpec, ids: Sequence[int], by: Actor, at: datetime, reason: str = "") -> None:
    """
    Put records into the bin, from where ``restore_records`` brings them back.

    Raises:
        NotFound, NotAllowed: for any of them; nothing was deleted.
    """
    records = locked(spec, ids, by=by, action=access.DELETE)

    def put_away(record: Any) -> Change:
        record.deleted_at, record.deleted_by = at, by.label
        return Change(record, {"deleted_at", "deleted_by"}, [events.RecordDeleted(reason=reason)])

    write_changes(spec=spec, changes=_each(records, put_away), by=by, at=at)


@transaction.atomic
def restore_records(*, spec: RecordSpec, ids: Sequence[int], by: Actor, at: datetime) -> list[Any]:
    """
    Bring records back from the bin, as they were.

    Raises:
        NotFound: one does not lie in the bin.
        NotAllowed: the actor may not delete it, and so not undo a deletion.
    """
    rows = spec.model._default_manager.filter(pk__in=ids).exclude(deleted_at=None)
    found = {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",))}
    for key in ids:
        if key not in found:
            raise NotFound(f"{spec.label} {spec.model.number_prefix}-{key} is not in the bin. Look in the list.")
        access.require(by, access.DELETE, spec, found[key])

    def bring_back(record: Any) -> Change:
        record.deleted_at, record.deleted_by = None, ""
        return Change(record, {"deleted_at", "deleted_by"}, [events.RecordRestored()])

    write_changes(spec=spec, changes=_each(found, bring_back), by=by, at=at)
    return [found[key] for key in ids]


def _each(records: Mapping[int, Any], act: Callable[[Any], Change]) -> list[Change]:
    return [act(record) for record in records.values()]
