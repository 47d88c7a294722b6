"""A record in its guided procedures, which only watch: what is expected next, what was done, and where it departed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.queries.position import Position
from throughline.flow.bpmn.extensions import FormField, Outcome
from throughline.flow.mining.replay import Departure, Happened, replay


@dataclass(frozen=True, slots=True)
class Expected:
    """
    A step that is to be done next, by whom (or whoever belongs to ``queue``) and until when. ``outcomes`` and
    ``fields``: how it can end, for somebody who says so by hand; ``mine``: it is the asker's.
    """

    work_item: int
    title: str
    who: str
    queue: str
    due_at: datetime | None
    is_late: bool
    outcomes: tuple[Outcome, ...]
    fields: tuple[FormField, ...]
    mine: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """A step that was done, by whom (empty where that was nobody), and when."""

    title: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Strayed:
    """Where the record left the drawing: the word of the replay, the step, when, by whom, and how late."""

    kind: str
    title: str
    who: str
    at: datetime
    late_by: timedelta | None
    approved: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """A record in one guided procedure. ``position``: where it stands on the drawing."""

    position: Position
    expected: tuple[Expected, ...]
    done: tuple[Deed, ...]
    strayed: tuple[Strayed, ...]


def watched(*, positions: Sequence[Position], user: User, at: datetime) -> list[Watched]:
    """
    Return what guided procedures say of a record whose positions these are; two queries, none where there are none.

    The caller has checked that ``user`` may see the record. Departures are found by the same replay that counts them
    for the whole procedure; what is not done yet and late is told by ``expected``.
    """
    guided = [each for each in positions if each.is_guided]
    if not guided:
        return []
    items, names = _items(guided), _names(guided)
    asker = _Asker(user.pk, frozenset(role.key for role in access.grants(user).roles), at)
    return [_watched(each, [item for item in items if item.case_id == each.case], names, asker) for each in guided]


@dataclass(frozen=True, slots=True)
class _Asker:
    """Who asks, when, and whose work is theirs."""

    user: int
    queues: frozenset[str]
    at: datetime

    def has(self, item: _Item) -> bool:
        return item.assignee_id == self.user or (item.assignee_id is None and item.queue in self.queues)


class _Item(NamedTuple):
    pk: int
    case_id: int
    token: int
    node: str
    title: str
    status: str
    assignee_id: int | None
    assignee__name: str | None
    queue: str
    due_at: datetime | None
    closed_at: datetime | None
    closed_by_label: str
    wrong_person: bool


def _items(guided: Sequence[Position]) -> list[_Item]:
    rows = WorkItem.objects.filter(case_id__in=[each.case for each in guided], status__in=["watched", "done"])
    return [_Item(*row) for row in rows.order_by("pk").values_list(*_Item._fields)]


def _names(guided: Sequence[Position]) -> Mapping[str, str]:
    people = {int(visit.by) for each in guided for visit in each.path if visit.by}
    rows = User.objects.filter(pk__in=people).values_list("pk", "name") if people else ()
    return {str(key): name for key, name in rows}


def _watched(position: Position, items: Sequence[_Item], names: Mapping[str, str], asker: _Asker) -> Watched:
    running = charts.running(position.version_id)
    closed = {(item.token, item.node): item for item in items if item.status == "done"}
    found = replay(running.chart, _happened(position, closed))
    return Watched(
        position=position,
        expected=tuple(
            _expected(item, running, asker)
            for item in sorted(items, key=lambda each: (each.due_at is None, each.due_at or asker.at, each.pk))
            if item.status == "watched"
        ),
        done=tuple(
            Deed(running.label(visit.node), names.get(visit.by, ""), visit.at)
            for visit in position.path
            if visit.kind == "completed" and _is_activity(running, visit.node)
        ),
        strayed=tuple(_strayed(each, running, names) for each in found.departures),
    )


def _is_activity(running: charts.Running, node: str) -> bool:
    on_chart = running.chart.by_id.get(node)
    return on_chart is not None and on_chart.perform is not None


def _happened(position: Position, closed: Mapping[tuple[int, str], _Item]) -> Iterator[Happened]:
    for visit in position.path:
        item = closed.get((visit.token, visit.node)) if visit.kind == "completed" and visit.token else None
        due_at = item.due_at if item is not None else None
        allowed = frozenset[str]() if item is not None and item.wrong_person else None
        yield Happened(
            position.case, visit.seq, visit.at, visit.kind, visit.node, "", visit.flow, due_at, visit.by, allowed
        )


def _expected(item: _Item, running: charts.Running, asker: _Asker) -> Expected:
    work = running.chart.node(item.node).element.extensions.work_item
    return Expected(
        work_item=item.pk,
        title=item.title,
        who=item.assignee__name or "",
        queue=item.queue,
        due_at=item.due_at,
        is_late=item.due_at is not None and item.due_at < asker.at,
        outcomes=() if work is None else work.outcomes,
        fields=() if work is None else work.fields,
        mine=asker.has(item),
    )


def _strayed(each: Departure, running: charts.Running, names: Mapping[str, str]) -> Strayed:
    return Strayed(each.kind, running.label(each.node), names.get(each.by, ""), each.at, each.late_by, each.approved)
