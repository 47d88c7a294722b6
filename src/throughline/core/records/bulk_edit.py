"""
Changing many records as one action: looked at before, carried out in batches, taken back as one, a day later too.

Theory of operation. A ``Wish`` says what is to become of each record. It is granted by the operations that a single
record has (change, tag, assign, bin), so gates, rights and field rules hold, and what a capability does with a change
is done. Batches are tried as a whole; one that is refused is halved until the refusals stand alone, so that good ones
cost what an operation over many costs. ``look_ahead`` does the same and undoes it: what it says is what would happen.

The records are chosen when the run is asked for and kept in it by key, so that a run does what was looked at, whatever
comes meanwhile. Each batch is one transaction with its lines (``BulkLine``: fields before and after) and the count of
what was reached; a worker that dies in the middle of one leaves it to the next. Undoing is a run of its own over the
lines: a record of which one of these fields has another value now was changed by somebody since, and is left alone and
told; other fields may have changed. Of the tags only those that the run put on or took off count, so that others, which
somebody or a procedure has put on since, stay. Fields that only the capability writes (since when, until when) come
back, too. A record that was brought back from the bin and put there again since lies there for another reason, and
stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import events, operations, registry
from throughline.core.records.choices import reading_once
from throughline.core.records.models import BulkLine, BulkRun
from throughline.core.records.operations import Assignment, Change, Edit, Tagging
from throughline.core.records.queries import ListQuery, rows
from throughline.core.records.spec import FieldSpec, RecordSpec
from throughline.core.records.values import plain, read_values
from throughline.core.refusals import NotFound, Refusal
from throughline.core.rows import fetch

BATCH = 200
"""Records per transaction of a run."""
AT_ONCE = 100
"""Runs over so many records at most need no worker."""
LOOKED_AT = 200
"""So many of the chosen records are tried before a run is asked for."""
MOST = 100_000
"""A run takes at most so many records."""
LEASE = timedelta(seconds=60)
CHANNEL = "throughline_bulk"

NOT_KEPT = frozenset({"id", "version", "created_at", "created_by", "updated_at", "updated_by", "last_activity_at"})
"""Fields that tell of the writing itself; they are no part of what is taken back."""


# -- What is wished ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    What is to become of each of many records.

    ``values`` by field name, as forms give them. With ``assign`` owner and team are given anew (``owner_id`` None:
    nobody). ``bin`` puts them into the bin and goes with nothing else.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    assign: bool = False
    owner_id: int | None = None
    team_id: int | None = None
    reason: str = ""
    bin: bool = False

    @property
    def stored(self) -> dict[str, Any]:
        """As a run keeps it."""
        return {
            "values": {name: plain(value) for name, value in self.values.items()},
            "add_tags": list(self.add_tags),
            "remove_tags": list(self.remove_tags),
            "assign": self.assign,
            "owner_id": self.owner_id,
            "team_id": self.team_id,
            "reason": self.reason,
            "bin": self.bin,
        }

    @staticmethod
    def read(stored: Mapping[str, Any]) -> Wish:
        """Return what a run keeps as a value."""
        return Wish(
            **{
                **stored,
                "add_tags": tuple(stored.get("add_tags", ())),
                "remove_tags": tuple(stored.get("remove_tags", ())),
            }
        )

    @property
    def fields(self) -> list[str]:
        """The names of the fields it is about."""
        named = [*self.values]
        named += ["tags"] if self.add_tags or self.remove_tags else []
        return named + (["owner", "team"] if self.assign else [])


# -- Choosing ----------------------------------------------------------------------------------------------------------


def chosen(
    *, spec: RecordSpec, user: User, at: datetime, ids: Sequence[int] = (), query: ListQuery | None = None
) -> list[int]:
    """
    Return the keys of the chosen records in order: of those with ``ids`` the ones that ``user`` sees, or all that a
    list query means.

    Raises:
        Refusal: there are none, or more than a run takes.
    """
    found = rows(spec=spec, user=user, query=query or ListQuery(), at=at)
    if query is None:
        found = found.filter(pk__in=ids)
    keys = list(found.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not keys:
        raise Refusal("nothing_selected", "No record is chosen. Select at least one row first.")
    if len(keys) > MOST:
        raise Refusal("too_many", f"More than {MOST:,} records are too many at once. Narrow the list.")
    return keys


def check_wish(*, spec: RecordSpec, wish: Wish, user: User) -> None:
    """
    Go on only when a wish can be granted at all.

    Raises:
        Refusal: nothing is wished, a value cannot be read, or a field may not be written by ``user``; by field.
    """
    if wish.bin and wish.fields:
        raise Refusal("bin_alone", "Records that go into the bin are not changed otherwise. Do one after the other.")
    apart = {"owner", "team", "tags"} & wish.values.keys()
    if apart:
        raise Refusal("apart", "Owner, team and tags are no plain values: assign records, and add or remove tags.")
    if not wish.bin and not wish.fields:
        raise Refusal("no_change", "Choose what is to be changed.")
    rights = access.field_rights(user, spec)
    hidden = {name: f"{spec.plural} have no field {name}." for name in wish.fields if not rights.reads(name)}
    if hidden:
        raise Refusal("unknown_field", " ".join(hidden.values()), fields=hidden)
    locked = {
        name: f"Your roles do not let you change {spec.field(name).label}."
        for name in wish.fields
        if not rights.writes(name)
    }
    if locked:
        raise Refusal("not_allowed", " ".join(locked.values()), fields=locked)
    read_values(spec, wish.values, partial=True)


# -- Looking ahead -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one record: changed from ``before`` to ``after`` by field, left as it was, or refused and why."""

    record_id: int
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    sentence: str = ""

    @property
    def changed(self) -> bool:
        """Whether anything is different."""
        return bool(self.after)


@dataclass(frozen=True, slots=True)
class Preview:
    """
    What a run would do: of ``total`` records the first ``looked_at`` were tried. ``changes`` and ``problems`` are the
    first of each.
    """

    total: int
    looked_at: int
    changed: int
    same: int
    refused: int
    changes: list[Line]
    problems: list[Line]


def look_ahead(
    *, spec: RecordSpec, wish: Wish, ids: Sequence[int], by: Actor, at: datetime, shown: int = 10
) -> Preview:
    """Return what a run would do. Nothing is changed: it is done, and undone before anybody sees it."""
    tried = ids[:LOOKED_AT]
    with transaction.atomic(), reading_once():
        lines = _Work(spec, wish, by, at).grant(tried)
        transaction.set_rollback(True)
    changes = [line for line in lines if line.changed]
    problems = [line for line in lines if line.sentence]
    same = len(lines) - len(changes) - len(problems)
    return Preview(len(ids), len(tried), len(changes), same, len(problems), changes[:shown], problems[:shown])


# -- Runs --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask(*, spec: RecordSpec, wish: Wish, ids: Sequence[int], by: Actor, user: User, at: datetime) -> BulkRun:
    """
    Ask for a change of many records, and return the run; up to ``AT_ONCE`` records are changed by ``carry_out`` right
    away, more wait for a worker.

    Raises:
        Refusal: the wish cannot be granted to anything.
    """
    check_wish(spec=spec, wish=wish, user=user)
    run = BulkRun(record_type=spec.type, user=user, wish=wish.stored, ids=list(ids), requested_at=at)
    asked = events.BulkAsked(record_type=spec.type, fields=wish.fields, bin=wish.bin, records=len(ids), undoes=None)
    return _begin(run, asked, by, at)


@transaction.atomic
def undo(*, run_id: int, by: Actor, user: User, at: datetime) -> BulkRun:
    """
    Ask for a run to be taken back, and return the run that does it.

    Raises:
        NotFound: there is no such run of ``user``'s.
        Refusal: it changed nothing, is itself an undoing, or is undone already.
    """
    run = BulkRun.objects.select_for_update(of=("self",)).filter(pk=run_id, user=user).first()
    if run is None:
        raise NotFound("There is no such change of yours. Look at the list of your changes.")
    if run.undoes_id is not None or BulkRun.objects.filter(undoes=run).exists():
        raise Refusal("undone", "This change was taken back already.")
    if run.status not in (BulkRun.Status.DONE, BulkRun.Status.STOPPED):
        raise Refusal("under_way", "This change is still under way. Stop it, or wait until it is done.")
    ids = list(run.lines.filter(changed=True).order_by("record_id").values_list("record_id", flat=True))
    if not ids:
        raise Refusal("nothing_to_undo", "This change changed nothing, so there is nothing to take back.")
    back = BulkRun(record_type=run.record_type, user=user, wish=run.wish, ids=ids, undoes=run, requested_at=at)
    wish = Wish.read(run.wish)
    asked = events.BulkAsked(
        record_type=run.record_type, fields=wish.fields, bin=wish.bin, records=len(ids), undoes=run.pk
    )
    return _begin(back, asked, by, at)


def _begin(run: BulkRun, asked: journal.JournalEvent, by: Actor, at: datetime) -> BulkRun:
    run.save()
    entry = journal.record(asked, by=by, at=at, about=RecordRef("bulk", run.pk))
    run.cause = entry.id
    run.save(update_fields=["cause"])
    _wake()
    return run


def _wake() -> None:
    fetch("SELECT pg_notify(%s, '')", [CHANNEL])


@transaction.atomic
def stop(*, run_id: int, user: User, at: datetime) -> None:
    """
    Stop a run of one's own after the batch at hand; what is done stays, and can be taken back.

    Raises:
        NotFound: there is no such run of ``user``'s.
    """
    open_ones = BulkRun.objects.filter(pk=run_id, user=user)
    if not open_ones.exists():
        raise NotFound("There is no such change of yours. Look at the list of your changes.")
    open_ones.filter(status__in=(BulkRun.Status.WAITING, BulkRun.Status.RUNNING)).update(
        status=BulkRun.Status.STOPPED, ended_at=at, claimed_until=None
    )


def carry_out(*, run: BulkRun, clock: Callable[[], datetime], wanted: Callable[[], bool] = lambda: True) -> BulkRun:
    """Do a run batch by batch until it is done, stopped, or not ``wanted`` any more; return it as it is then."""
    while wanted():
        standing = _step(run.pk, at=clock())
        if standing is None:
            break
        run = standing
        if run.status != BulkRun.Status.RUNNING:
            break
    return run


def claim(*, at: datetime) -> BulkRun | None:
    """Take the run that has waited longest, or one whose worker is gone; None when nothing waits."""
    with transaction.atomic():
        free = Q(status=BulkRun.Status.WAITING) | Q(status=BulkRun.Status.RUNNING, claimed_until__lt=at)
        run = (
            BulkRun.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(free)
            .order_by("requested_at", "pk")
            .first()
        )
        if run is not None:
            run.status, run.claimed_until = BulkRun.Status.RUNNING, at + LEASE
            run.save(update_fields=["status", "claimed_until"])
        return run


def next_due() -> datetime | None:
    """Return when a lease runs out that may have to be taken over."""
    running = BulkRun.objects.filter(status=BulkRun.Status.RUNNING, claimed_until__isnull=False)
    return running.order_by("claimed_until").values_list("claimed_until", flat=True).first()


def _step(run_id: int, *, at: datetime) -> BulkRun | None:
    """Do the next batch of a run in one transaction; None when somebody else is at it."""
    with transaction.atomic(), reading_once():
        found = (
            BulkRun.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user").filter(pk=run_id)
        )
        run = found.first()
        if run is None or run.status not in (BulkRun.Status.WAITING, BulkRun.Status.RUNNING):
            return run
        spec, by = registry.get(run.record_type), Actor.user(run.user)
        batch = run.ids[run.reached : run.reached + BATCH]
        work = _Work(spec, Wish.read(run.wish), by, at, run.cause)
        lines = work.grant(batch) if run.undoes_id is None else work.take_back(batch, run.undoes_id)
        _keep(run, lines, at)
        if run.status == BulkRun.Status.DONE:
            done = events.BulkDone(record_type=spec.type, changed=run.changed, same=run.same, refused=run.refused)
            journal.record(done, by=by, at=at, about=RecordRef("bulk", run.pk), cause=run.cause)
        return run


def _keep(run: BulkRun, lines: Sequence[Line], at: datetime) -> None:
    told = [line for line in lines if line.changed or line.sentence]
    BulkLine.objects.bulk_create(
        [
            BulkLine(
                run=run,
                record_id=line.record_id,
                changed=line.changed,
                before=dict(line.before),
                after=dict(line.after),
                sentence=line.sentence,
            )
            for line in told
        ]
    )
    changed = sum(line.changed for line in told)
    run.reached += len(lines)
    run.changed += changed
    run.refused += len(told) - changed
    run.same += len(lines) - len(told)
    is_done = run.reached >= len(run.ids)
    run.status = BulkRun.Status.DONE if is_done else BulkRun.Status.RUNNING
    run.ended_at, run.claimed_until = (at, None) if is_done else (None, at + LEASE)
    run.save(update_fields=["reached", "changed", "refused", "same", "status", "ended_at", "claimed_until"])


# -- Granting and taking back ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Work:
    """What is done to the records of a batch, for whom, when, and the entry it is done because of."""

    spec: RecordSpec
    wish: Wish
    by: Actor
    at: datetime
    cause: int | None = None

    def grant(self, ids: Sequence[int]) -> list[Line]:
        """Grant the wish to records, in the order of the keys; what is refused is told and left as it was."""
        return list(_halved(ids, self._granted))

    def take_back(self, ids: Sequence[int], run_id: int) -> list[Line]:
        """Give records back what a run has changed."""
        found = BulkLine.objects.filter(run=run_id, record_id__in=ids, changed=True)
        lines = {line.record_id: line for line in found}
        return list(_halved(ids, lambda part: self._taken_back([lines[key] for key in part])))

    # -- Granting ------------------------------------------------------------------------------------------------------

    def _granted(self, ids: Sequence[int]) -> list[Line]:
        if self.wish.bin:
            operations.delete_records(spec=self.spec, ids=ids, by=self.by, at=self.at, reason=self.wish.reason)
            return [Line(key, {"deleted_at": None}, {"deleted_at": plain(self.at)}) for key in ids]
        before = _kept_of(self.spec, ids)
        self._change([Edit(key, self.wish.values, cause=self.cause) for key in ids if self.wish.values])
        if self.wish.add_tags or self.wish.remove_tags:
            self._tag([Tagging(key, self.wish.add_tags, self.wish.remove_tags, self.cause) for key in ids])
        if self.wish.assign:
            self._assign([self._assignment(key) for key in self._not_there_yet(ids)])
        after = _kept_of(self.spec, ids)
        return [_difference(key, before.get(key, {}), after.get(key, {})) for key in ids]

    def _not_there_yet(self, ids: Sequence[int]) -> list[int]:
        """Leave out those who have this owner, and this team if one is wished, already."""
        wish = self.wish
        there = {"owner_id": wish.owner_id, **({} if wish.team_id is None else {"team_id": wish.team_id})}
        already = self.spec.model._default_manager.filter(pk__in=ids, **there).values_list("pk", flat=True)
        return sorted(set(ids) - set(already))

    def _assignment(self, key: int) -> Assignment:
        return Assignment(key, self.wish.owner_id, self.wish.team_id, self.wish.reason, self.cause)

    def _change(self, edits: Sequence[Edit]) -> None:
        if edits:
            operations.update_records(spec=self.spec, edits=edits, by=self.by, at=self.at)

    def _tag(self, taggings: Sequence[Tagging]) -> None:
        if taggings:
            operations.tag_records(spec=self.spec, taggings=taggings, by=self.by, at=self.at)

    def _assign(self, wishes: Sequence[Assignment]) -> None:
        if wishes:
            operations.assign_records(spec=self.spec, assignments=wishes, by=self.by, at=self.at)

    # -- Taking back ---------------------------------------------------------------------------------------------------

    def _taken_back(self, lines: Sequence[BulkLine]) -> list[Line]:
        keys = [line.record_id for line in lines]
        if self.wish.bin:
            self._still_away(lines)
            operations.restore_records(spec=self.spec, ids=keys, by=self.by, at=self.at)
            return [Line(line.record_id, line.after, {"deleted_at": None}) for line in lines]
        now = _kept_of(self.spec, keys)
        for line in lines:
            self._still_so(line, now.get(line.record_id))
        self._assign([self._former(line, now[line.record_id]) for line in lines if {"owner", "team"} & {*line.before}])
        self._tag([_untagging(line, self.cause) for line in lines if "tags" in line.before])
        given = ((line.record_id, self._writable(line)) for line in lines)
        self._change([Edit(key, values, cause=self.cause) for key, values in given if values])
        self._put_back_rest({line.record_id: _wanted(line, now[line.record_id]) for line in lines})
        then = _kept_of(self.spec, keys)
        return [_difference(key, now[key], then[key]) for key in keys]

    def _still_away(self, lines: Sequence[BulkLine]) -> None:
        """Refuse when one lies in the bin since another moment than the run put it there; what is in none may pass."""
        put_away = {line.record_id: datetime.fromisoformat(line.after["deleted_at"]) for line in lines}
        rows = self.spec.model._default_manager.filter(pk__in=put_away.keys()).exclude(deleted_at=None)
        for record in rows.order_by("pk").select_for_update(of=("self",)):
            if record.deleted_at != put_away[record.pk]:
                who = f"{self.spec.label} {record.number}"
                raise Refusal("changed_since", f"{who} was brought back since and put away again. Look in the bin.")

    def _still_so(self, line: BulkLine, now: Mapping[str, Any] | None) -> None:
        """Refuse when one of the fields has been given another value since."""
        if now is None:
            number = f"{self.spec.model.number_prefix}-{line.record_id}"
            raise NotFound(f"There is no {self.spec.label.lower()} {number} any more.")
        moved = [name for name in line.after if not _is_still(name, line, now)]
        if moved:
            labels = ", ".join(self.spec.by_name[name].label for name in moved if name in self.spec.by_name)
            raise Refusal("changed_since", f"{labels} was changed since, and is left as it is now.")

    def _former(self, line: BulkLine, now: Mapping[str, Any]) -> Assignment:
        owner, team = line.before.get("owner", now["owner"]), line.before.get("team", now["team"])
        return Assignment(line.record_id, owner, team, "Taken back", self.cause)

    def _writable(self, line: BulkLine) -> dict[str, Any]:
        """Return what of a line can be put back by changing the record as a person does."""
        apart = {"owner", "team", "tags"}
        named = ((name, self.spec.by_name.get(name), value) for name, value in line.before.items() if name not in apart)
        return {name: value for name, described, value in named if described is not None and not described.read_only}

    def _put_back_rest(self, wanted: Mapping[int, Mapping[str, Any]]) -> None:
        """Put back what only the capability writes, and what it worked out anew while the rest was put back."""
        records = operations.locked(self.spec, wanted, by=self.by, action=access.VIEW)
        changes = [self._rest(records[key], values) for key, values in wanted.items()]
        changed = [change for change in changes if change.columns]
        if changed:
            operations.write_changes(spec=self.spec, changes=changed, by=self.by, at=self.at)

    def _rest(self, record: Any, wanted: Mapping[str, Any]) -> Change:
        change, moved = Change(record, cause=self.cause), {}
        columns = {column.attname: column for column in self.spec.model._meta.concrete_fields}
        for name, before in wanted.items():
            described = self.spec.by_name.get(name)
            if described is None or described.column not in columns:
                continue
            now = plain(described.value_of(record))
            if now != before:
                moved[name] = [now, before]
                setattr(record, described.column, columns[described.column].to_python(before))
                change.columns.add(described.column)
        if moved:
            personal = {name: pair for name, pair in moved.items() if self.spec.by_name[name].personal}
            shown = {name: pair for name, pair in moved.items() if name not in personal}
            version = record.version + 1
            change.events.append(events.RecordUpdated(version=version, changes=shown, personal_changes=personal))
        return change


def _halved(ids: Sequence[int], act: Callable[[Sequence[int]], list[Line]]) -> Iterator[Line]:
    """Act on all at once; where that is refused, on each half, until what is refused stands alone."""
    if not ids:
        return
    try:
        with transaction.atomic():
            lines = act(ids)
    except Refusal as refusal:
        if len(ids) == 1:
            yield Line(ids[0], sentence=refusal.message)
            return
        middle = len(ids) // 2
        yield from _halved(ids[:middle], act)
        yield from _halved(ids[middle:], act)
        return
    yield from lines


def _kept_of(spec: RecordSpec, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return what stands in the fields of records themselves, by key of the record and name of the field."""
    fields = [described for described in spec.by_name.values() if _is_kept(described)]
    found = spec.model._default_manager.filter(pk__in=ids)
    return {record.pk: {described.name: plain(described.value_of(record)) for described in fields} for record in found}


def _is_kept(described: FieldSpec) -> bool:
    """Whether a field's value lies in the record's own row (a custom one does, too)."""
    return not described.is_through and described.name not in NOT_KEPT


def _difference(key: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> Line:
    moved = [name for name, value in after.items() if value != before.get(name)]
    return Line(key, {name: before.get(name) for name in moved}, {name: after[name] for name in moved})


def _is_still(name: str, line: BulkLine, now: Mapping[str, Any]) -> bool:
    """Return whether a field is as the run left it; of the tags, those that it put on or took off."""
    if name != "tags":
        return bool(now.get(name) == line.after[name])
    put_on, taken_off = _moved_tags(line)
    return {*put_on} <= {*now["tags"]} and not {*taken_off} & {*now["tags"]}


def _wanted(line: BulkLine, now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields of a record are to be. Tags that others have joined since are left as untagging does."""
    wanted = {**now, **line.before}
    if "tags" in line.before and now["tags"] != line.after["tags"]:
        del wanted["tags"]
    return wanted


def _moved_tags(line: BulkLine) -> tuple[list[str], list[str]]:
    """Return the tags that a run put on a record, and those that it took off."""
    before, after = line.before["tags"] or [], line.after["tags"] or []
    return [tag for tag in after if tag not in before], [tag for tag in before if tag not in after]


def _untagging(line: BulkLine, cause: int | None) -> Tagging:
    put_on, taken_off = _moved_tags(line)
    return Tagging(line.record_id, taken_off, put_on, cause)


# -- Reading -----------------------------------------------------------------------------------------------------------


def get_run(*, run_id: int, user: User) -> BulkRun:
    """
    Return a run of one's own.

    Raises:
        NotFound: there is none such.
    """
    run = BulkRun.objects.select_related("undoes", "undone_by").filter(pk=run_id, user=user).first()
    if run is None:
        raise NotFound("There is no such change of yours. Look at the list of your changes.")
    return run


def runs_of(*, user: User, spec: RecordSpec, before: int | None = None, limit: int = 20) -> list[BulkRun]:
    """Return one's own runs over records of a type, the latest first; with ``before`` those older than that one."""
    found = BulkRun.objects.filter(user=user, record_type=spec.type).defer("ids")
    if before is not None:
        last = BulkRun.objects.filter(pk=before, user=user).values_list("requested_at", flat=True).first()
        found = found.filter(Q(requested_at__lt=last) | Q(requested_at=last, pk__lt=before)) if last else found.none()
    return list(found.select_related("undone_by").order_by("-requested_at", "-pk")[:limit])


def problems_of(*, run: BulkRun, limit: int = 50) -> list[BulkLine]:
    """Return the first records that a run left alone, and why."""
    return list(run.lines.filter(changed=False).order_by("record_id")[:limit])
