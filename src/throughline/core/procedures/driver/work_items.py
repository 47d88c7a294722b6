"""Work items of a batch: offered to people who exist, who may then see the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from throughline.core import access
from throughline.core.procedures import setwise
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.flow import values
from throughline.flow.engine.effects import OfferWork


def write_work_items(runs: Sequence[CaseRun]) -> None:
    """Write the work items offered in these cases whose token still waits there, and close what was seen done."""
    known = _known_people(runs)
    setwise.copy(
        "procedures_workitem",
        "case_id, token, version_id, node, title, record_type, record_id, assignee_id, queue, priority, due_at, clock,"
        " offered_at, sandbox, evidence, status, outcome, answers, closed_by_label",
        [row for run in runs for row in _work_item_rows(run, known)],
    )
    _close_observed(runs)
    _let_in((run for run in runs if not run.running.chart.watches), known)


def _known_people(runs: Iterable[CaseRun]) -> set[int]:
    """Return which of the proposed assignees are people who work here; others leave the item to its queue."""
    proposed = {person for run in runs for offer in _offers(run).values() if (person := _person(offer)) is not None}
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


def _offers(run: CaseRun) -> dict[int, OfferWork]:
    """Return what was offered in this batch and waits, or was seen done at once."""
    assert run.state is not None
    waiting = {token: offer for token, offer in run.offers.items() if token in run.state.tokens}
    return waiting | {token: seen.offer for token, seen in run.observed.items() if seen.offer is not None}


def _work_item_rows(run: CaseRun, known: set[int]) -> Iterable[setwise.Row]:
    record = ("", None) if run.record is None else (run.record.type, run.record.id)
    status = "watched" if run.running.chart.watches else "open"
    for token, offer in _offers(run).items():
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
            status,
            "",
            "{}",
            "",
        )


_CLOSE_OBSERVED = """
UPDATE procedures_workitem w
SET status = 'done', closed_at = r.at, closed_by_label = r.label, outcome = r.outcome, answers = r.answers,
    wrong_person = r.person IS NOT NULL AND CASE
        WHEN w.assignee_id IS NOT NULL THEN w.assignee_id <> r.person
        ELSE w.queue <> '' AND NOT EXISTS (
            SELECT FROM identity_rolemembership m JOIN identity_role o ON o.id = m.role_id
            WHERE m.user_id = r.person AND o.key = w.queue)
    END
FROM unnest(%s::bigint[], %s::integer[], %s::timestamptz[], %s::text[], %s::bigint[], %s::text[], %s::jsonb[])
    AS r (case_id, token, at, label, person, outcome, answers)
WHERE w.case_id = r.case_id AND w.token = r.token AND w.status IN ('open', 'watched')
"""


def _close_observed(runs: Iterable[CaseRun]) -> None:
    """Close the items of steps that were seen done, and say whether that was somebody else's work."""
    rows = [
        (
            run.id,
            token,
            seen.at,
            seen.by.label,
            seen.by.user_id,
            next(iter(seen.answers.values()), ""),
            values.dumps(dict(seen.answers)),
        )
        for run in runs
        for token, seen in run.observed.items()
    ]
    if rows:
        setwise.execute(_CLOSE_OBSERVED, setwise.columns_of(rows, 7))
