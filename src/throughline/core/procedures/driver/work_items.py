"""Work items of a batch: offered to people who exist, who may then see the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from throughline.core import access
from throughline.core.procedures import setwise
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.flow.engine.effects import OfferWork


def write_work_items(runs: Sequence[CaseRun]) -> None:
    """Write the work items offered in these cases whose token still waits there."""
    known = _known_people(runs)
    setwise.copy(
        "procedures_workitem",
        "case_id, token, version_id, node, title, record_type, record_id, assignee_id, queue, priority, due_at, clock,"
        " offered_at, sandbox, evidence, status, outcome, answers, closed_by_label",
        [row for run in runs for row in _work_item_rows(run, known)],
    )
    _let_in(runs, known)


def _known_people(runs: Iterable[CaseRun]) -> set[int]:
    """Return which of the proposed assignees are people who work here; others leave the item to its queue."""
    proposed = {person for run in runs for offer in run.offers.values() if (person := _person(offer)) is not None}
    if not proposed:
        return set()
    sql = "SELECT id FROM identity_user WHERE is_active AND id = ANY(%s)"
    return {row[0] for row in setwise.fetch(sql, [sorted(proposed)])}


def _let_in(runs: Iterable[CaseRun], known: set[int]) -> None:
    """Let people see the records they have been given work on and do not own."""
    given: dict[str, list[setwise.Row]] = {}
    for run in runs:
        for offer in run.offers.values():
            person = _person(offer)
            if run.record is not None and person in known and not run.sandbox:
                title = run.running.label(offer.node)
                given.setdefault(run.record.type, []).append((run.record.id, person, title, run.moved_at))
    for record_type, rows in given.items():
        _let_in_where_needed(record_type, rows)


def _let_in_where_needed(record_type: str, rows: Sequence[setwise.Row]) -> None:
    spec = registry.find(record_type)
    if spec is None:
        return
    others = setwise.fetch(
        "SELECT r.id, r.person, r.title, r.at"
        " FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[]) AS r (id, person, title, at)"
        f" JOIN {spec.model._meta.db_table} t ON t.id = r.id WHERE t.owner_id IS DISTINCT FROM r.person",
        setwise.columns_of(rows, 4),
    )
    by_instant = setwise.group((at, key, person, title) for key, person, title, at in others)
    for at, group in by_instant.items():
        parts = [
            access.Part(person, RecordRef(record_type, key), f"You have the step “{title}” to do.")
            for _, key, person, title in group
        ]
        access.take_part_many(parts=parts, at=at)


def _person(offer: OfferWork) -> int | None:
    """Return the key of the proposed assignee, None where the chart named nobody."""
    return int(offer.assignee) if offer.assignee is not None and offer.assignee.isdecimal() else None


def _work_item_rows(run: CaseRun, known: set[int]) -> Iterable[setwise.Row]:
    assert run.state is not None
    record = ("", None) if run.record is None else (run.record.type, run.record.id)
    for token, offer in run.offers.items():
        if token not in run.state.tokens:
            continue
        node = run.running.chart.node(offer.node)
        wanted = node.element.extensions.work_item
        evidence = node.element.extensions.evidence
        proposed = _person(offer)
        yield (
            run.id,
            token,
            run.running.version,
            offer.node,
            node.label,
            *record,
            proposed if proposed in known else None,
            offer.queue or "",
            offer.priority,
            offer.due_at,
            "" if offer.due_at is None else wanted.clock if wanted is not None else "elapsed",
            run.arrived.get(token, run.moved_at),
            run.sandbox,
            [each.event for each in evidence],
            "open",
            "",
            "{}",
            "",
        )
