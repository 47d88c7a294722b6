"""Merging and taking it back. Cases that travel with records are looked after by ``core.procedures.merging``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.records import registry, search
from throughline.core.records.events import RecordUpdated
from throughline.core.records.matching.models import LikelyPair
from throughline.core.records.merging import links
from throughline.core.records.merging.events import RecordAbsorbed, RecordMerged, RecordUnmerged
from throughline.core.records.merging.models import Merge
from throughline.core.records.merging.queries import mergeable, preferred
from throughline.core.records.models import Record
from throughline.core.records.operations import (
    Change,
    Edit,
    Tagging,
    locked,
    tag_records,
    update_records,
    write_changes,
)
from throughline.core.records.spec import RecordSpec
from throughline.core.records.values import plain
from throughline.core.refusals import NotAllowed, NotFound, Refusal


@transaction.atomic
def merge_records(
    *,
    spec: RecordSpec,
    survivor_id: int,
    absorbed_id: int,
    by: Actor,
    at: datetime,
    take: Sequence[str] | None = None,
) -> Merge:
    """
    Merge two records of a type; return what was done, so that it can be taken back.

    ``take``: the fields whose values come from the absorbed one; by default those that only it fills. Tags are put
    together. Everything that points at the absorbed record points at the survivor afterwards.

    Raises:
        NotFound, NotAllowed: the actor may not change both, or may put no such record into the bin.
        Refusal: both are the same record, or the values do not go together.
    """
    if survivor_id == absorbed_id:
        raise Refusal("same_record", "A record cannot be merged with itself. Choose another one.")
    records = locked(spec, [survivor_id, absorbed_id], by=by, action=access.EDIT)
    _may_absorb(spec, by)
    survivor, absorbed = records[survivor_id], records[absorbed_id]
    chosen = preferred(spec, survivor, absorbed) if take is None else take
    values = _values(spec, survivor, absorbed, chosen)
    before = copy(survivor)
    if values:
        update_records(spec=spec, edits=[Edit(survivor_id, {n: new for n, (_, new) in values.items()})], by=by, at=at)
    tags = list(survivor.tags)
    (survivor,) = tag_records(spec=spec, taggings=[Tagging(survivor_id, add=absorbed.tags)], by=by, at=at)
    moved = [links.move(spec, link, absorbed_id, survivor_id) for link in links.links_to(spec)]
    for each in moved:
        _tell_moved(each.link, each.ids, (absorbed_id, survivor_id), by, at)
    made = spec.hooks.absorbed(before, absorbed, tuple(values))
    kept = {name: [plain(old), plain(new)] for name, (old, new) in values.items()}
    if survivor.tags != tags:
        kept["tags"] = [tags, survivor.tags]
    merge = Merge.objects.create(
        record_type=spec.type,
        survivor_id=survivor_id,
        absorbed_id=absorbed_id,
        values=kept,
        moved=[
            {"table": m.link.label, "column": m.link.column, "ids": m.ids, "yielded": m.yielded} for m in moved if m.ids
        ],
        dropped=[{"table": m.link.label, "rows": m.dropped} for m in moved if m.dropped],
        made=[{"table": row._meta.label_lower, "rows": links.whole(type(row), [row.pk])} for row in made],
        at=at,
        by=by.label,
    )
    _put_away(spec, merge, by, at)
    _decide(spec, merge, LikelyPair.Status.MERGED, by, at)
    return merge


def _may_absorb(spec: RecordSpec, by: Actor) -> None:
    user = access.user_of(by)
    if user is not None and access.grants(user).scope(spec.type, access.DELETE) is access.Scope.NONE:
        raise NotAllowed(
            f"Merging puts one of both into the bin, and your roles let you delete no {spec.plural.lower()}. "
            "Ask a manager."
        )


def _values(spec: RecordSpec, survivor: Any, absorbed: Any, names: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    allowed = {described.name: described for described in mergeable(spec)}
    values = {}
    for name in names:
        if name not in allowed:
            raise Refusal("no_such_field", f'A merge cannot take "{name}" from the other record.', name)
        old, new = allowed[name].value_of(survivor), allowed[name].value_of(absorbed)
        if old != new:
            values[name] = (old, new)
    return values


def _put_away(spec: RecordSpec, merge: Merge, by: Actor, at: datetime) -> None:
    """Put the absorbed record into the bin, and tell both histories."""
    count = sum(len(told["ids"]) for told in merge.moved)
    records = locked(spec, [merge.survivor_id, merge.absorbed_id], by=Actor.system(), action=access.EDIT)
    survivor, absorbed = records[merge.survivor_id], records[merge.absorbed_id]
    absorbed.deleted_at, absorbed.deleted_by = at, by.label
    columns = set()
    if absorbed.last_activity_at and (survivor.last_activity_at or absorbed.created_at) < absorbed.last_activity_at:
        survivor.last_activity_at = absorbed.last_activity_at
        columns.add("last_activity_at")
    merged = RecordMerged(absorbed=absorbed.pk, number=absorbed.number, fields=sorted(merge.values), moved=count)
    gone = RecordAbsorbed(survivor=survivor.pk, number=survivor.number)
    changes = [
        Change(survivor, columns, [merged]),
        Change(absorbed, {"deleted_at", "deleted_by"}, [gone]),
    ]
    write_changes(spec=spec, changes=changes, by=by, at=at)


def _tell_moved(link: links.Link, ids: Sequence[Any], pair: tuple[int, int], by: Actor, at: datetime) -> None:
    """Tell the journal and search of records that point elsewhere now."""
    if not ids or not issubclass(link.model, Record):
        return
    spec = registry.for_model(link.model)
    name = next((each.name for each in spec.fields if each.column == link.column), "")
    if not name:
        return
    rows = list(link.model._default_manager.filter(pk__in=ids).order_by("pk"))
    for row in rows:
        row.version += 1
        row.updated_at, row.updated_by = at, by.label
    link.model._default_manager.bulk_update(rows, ["version", "updated_at", "updated_by"], batch_size=2000)
    facts = [
        journal.Fact(
            RecordUpdated(version=row.version, changes={name: list(pair)}), RecordRef(spec.type, row.pk),
            sandbox=row.sandbox,
        )
        for row in rows
    ]  # fmt: skip
    journal.record_many(facts, by=by, at=at)
    search.feed_ids(spec, [row.pk for row in rows])


def _decide(spec: RecordSpec, merge: Merge, status: str, by: Actor, at: datetime) -> None:
    one, other = sorted((merge.survivor_id, merge.absorbed_id))
    pairs = LikelyPair.objects.filter(record_type=spec.type, one_id=one, other_id=other)
    pairs.update(status=status, decided_at=at, decided_by=by.label)


# -- Taking back -------------------------------------------------------------------------------------------------------


@transaction.atomic
def take_back_merge(*, merge_id: int, by: Actor, at: datetime) -> Merge:
    """
    Make two records of one again, with what pointed at each. What was changed since stays, and ``left`` says so.

    Raises:
        NotFound: there is no such merge, or the survivor is not the actor's to see.
        Refusal: it was taken back already, or one of both has gone another way since.
    """
    merge = Merge.objects.select_for_update().filter(pk=merge_id).first()
    if merge is None:
        raise NotFound("There is no such merge. Look at the list of duplicates.")
    if merge.undone_at is not None:
        raise Refusal("taken_back", f"{merge.undone_by} has taken this merge back already.")
    spec = registry.get(merge.record_type)
    survivor = _survivor(spec, merge, by)
    binned = spec.model._default_manager.select_for_update(of=("self",)).exclude(deleted_at=None)
    absorbed = binned.filter(pk=merge.absorbed_id).first()
    if absorbed is None:
        raise Refusal("not_in_bin", "The absorbed record is not in the bin any more, so nothing can be brought back.")
    access.require(by, access.EDIT, spec, absorbed)
    _may_absorb(spec, by)
    left = _restore_values(spec, merge, survivor, by, at)
    absorbed.deleted_at, absorbed.deleted_by = None, ""
    event = RecordUnmerged(other=survivor.pk, number=survivor.number, left=[])
    write_changes(spec=spec, changes=[Change(absorbed, {"deleted_at", "deleted_by"}, [event])], by=by, at=at)
    for told in merge.made:
        left += _take_out(told)
    for told in merge.moved:
        left += _move_back(spec, told, merge, by, at)
    for told in merge.dropped:
        links.put_back(told)
    survivor = locked(spec, [survivor.pk], by=Actor.system(), action=access.EDIT)[survivor.pk]
    event = RecordUnmerged(other=absorbed.pk, number=absorbed.number, left=left)
    write_changes(spec=spec, changes=[Change(survivor, set(), [event])], by=by, at=at)
    merge.undone_at, merge.undone_by, merge.left = at, by.label, left
    merge.save()
    _decide(spec, merge, LikelyPair.Status.DIFFERENT, by, at)
    return merge


def _survivor(spec: RecordSpec, merge: Merge, by: Actor) -> Any:
    try:
        return locked(spec, [merge.survivor_id], by=by, action=access.EDIT)[merge.survivor_id]
    except NotFound:
        later = Merge.objects.filter(record_type=spec.type, absorbed_id=merge.survivor_id, undone_at=None)
        if not later.exists():
            raise
        raise Refusal(
            "merged_on", "The survivor was merged into another record since. Take that merge back first."
        ) from None


def _restore_values(spec: RecordSpec, merge: Merge, survivor: Any, by: Actor, at: datetime) -> list[str]:
    """Give the survivor its own values back, unless they were changed since; return what stays, in words."""
    values, left = {}, []
    for name, (before, after) in merge.values.items():
        described = spec.by_name.get(name)
        if described is None:
            continue
        if plain(described.value_of(survivor)) == after:
            values[name] = before
        else:
            left.append(f"{described.label} was changed since and stays as it is.")
    if values:
        update_records(spec=spec, edits=[Edit(survivor.pk, values)], by=by, at=at)
    return left


def _take_out(told: dict[str, Any]) -> list[str]:
    """Delete rows that the merge added, unless somebody changed them since; return what stays, in words."""
    stays = links.take_out(told)
    model = apps.get_model(told["table"])
    return [f"{stays} of the {model._meta.verbose_name_plural} were changed since and stay as they are."] * bool(stays)


def _move_back(spec: RecordSpec, told: dict[str, Any], merge: Merge, by: Actor, at: datetime) -> list[str]:
    ids, elsewhere = links.move_back(spec, told, merge.absorbed_id, merge.survivor_id)
    link = next(each for each in links.links_to(spec) if (each.label, each.column) == (told["table"], told["column"]))
    _tell_moved(link, ids, (merge.survivor_id, merge.absorbed_id), by, at)
    if not elsewhere:
        return []
    return [f"{elsewhere} of the {link.plural} were changed or deleted since and stay as they are."]
