"""The trial of a draft: who tries it, where their test records stand, what was caught."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.core.identity.models import User
from throughline.core.procedures.models import Outbox, Token, Trial, TrialWalk
from throughline.core.recordref import RecordRef
from throughline.core.records.titles import record_titles


@dataclass(frozen=True, slots=True)
class WalkRow:
    """A test record on its way; ``at`` are the nodes where it stands, ``has_clock`` that a deadline is awaited."""

    case: int
    record: RecordRef | None
    title: str
    tester: str
    mine: bool
    status: str
    nodes: tuple[str, ...]
    has_clock: bool
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Caught:
    """What would have left the house: the action at its step, with what it would have been given."""

    case: int
    node: str
    action: str
    inputs: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class TrialNow:
    """The running trial of a procedure."""

    id: int
    version: int
    version_id: int
    started_at: datetime
    started_by: str
    testers: tuple[str, ...]
    takes_part: bool
    walks: tuple[WalkRow, ...]
    caught: tuple[Caught, ...]


def trial_now(*, procedure: str, user: User) -> TrialNow | None:
    """Return the running trial of a procedure, or None."""
    trials = Trial.objects.select_related("version").defer("version__bpmn")
    trial = trials.filter(version__procedure__key=procedure, ended_at=None).order_by("-pk").first()
    if trial is None:
        return None
    people = list(trial.testers.order_by("name").values_list("pk", "name"))
    walks = list(TrialWalk.objects.filter(trial=trial).select_related("case", "tester").defer("case__state"))
    cases = [walk.case_id for walk in walks]
    standing: dict[int, list[tuple[str, datetime | None]]] = {}
    for case, node, due_at in Token.objects.filter(case__in=cases).values_list("case_id", "node", "due_at"):
        standing.setdefault(case, []).append((node, due_at))
    clocks = set(_with_clocks(cases))
    refs = {walk.case_id: _ref(walk) for walk in walks}
    titles = record_titles(list(refs.values()))
    return TrialNow(
        id=trial.pk,
        version=trial.version.number,
        version_id=trial.version_id,
        started_at=trial.started_at,
        started_by=trial.started_by_label,
        testers=tuple(name for _, name in people),
        takes_part=user.pk in {key for key, _ in people},
        walks=tuple(
            WalkRow(
                case=walk.case_id,
                record=refs[walk.case_id],
                title=titles.get(ref, "") if (ref := refs[walk.case_id]) else "",
                tester=walk.tester.name if walk.tester else "",
                mine=walk.tester_id == user.pk,
                status=walk.case.status,
                nodes=tuple(node for node, _ in standing.get(walk.case_id, ())),
                has_clock=walk.case_id in clocks,
                is_stale=walk.digest != trial.version.digest,
            )
            for walk in walks
        ),
        caught=tuple(
            Caught(row.case_id, row.node, row.action, row.inputs, row.written_at)
            for row in Outbox.objects.filter(case__in=cases, status=Outbox.Status.CAUGHT).order_by("-pk")[:200]
        ),
    )


def _with_clocks(cases: list[int]) -> list[int]:
    from throughline.core.procedures.models import Timer

    return list(Timer.objects.filter(case__in=cases).values_list("case_id", flat=True).distinct())


def _ref(walk: TrialWalk) -> RecordRef | None:
    case = walk.case
    return RecordRef(case.record_type, case.record_id) if case.record_id is not None else None
