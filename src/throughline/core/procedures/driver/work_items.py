"""Work items of a batch: offered to people who are there or who stand in for them, who may then see the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from throughline.core import access
from throughline.core.procedures import setwise
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.flow import values
from throughline.flow.engine.effects import OfferWork


def write_work_items(runs: Sequence[CaseRun]) -> None:
    """Write the work items offered in these cases whose token still waits there, and close what was seen done."""
    hands = _hands(runs)
    setwise.copy(
        "procedures_workitem",
        "case_id, token, version_id, node, title, record_type, record_id, assignee_id, queue, priority, due_at, clock,"
        " offered_at, sandbox, evidence, status, outcome, answers, closed_by_label",
        [row for run in runs for row in _work_item_rows(run, hands)],
    )
    _close_observed(runs)
    _let_in((run for run in runs if not run.running.chart.watches), hands)


class _Absence(NamedTuple):
    """When somebody is away; without an end they are until they say that they are back."""

    begins_at: datetime | None
    ends_at: datetime | None

    def covers(self, at: datetime) -> bool:
        """Whether somebody is away at an instant."""
        return self.begins_at is not None and self.begins_at <= at and (self.ends_at is None or at < self.ends_at)


class _Hand(NamedTuple):
    """Somebody who works here, when they are away, and who stands in."""

    name: str
    away: _Absence
    substitute: int | None
    substitute_away: _Absence

    def stands_in_at(self, at: datetime) -> int | None:
        """Return who does their work at an instant instead; None while they are there, or nobody else is."""
        if not self.away.covers(at) or self.substitute_away.covers(at):
            return None
        return self.substitute


_HANDS = """
SELECT u.id, u.name, u.away_from, u.away_until, s.id, s.away_from, s.away_until
FROM identity_user u LEFT JOIN identity_user s ON s.id = u.substitute_id AND s.is_active
WHERE u.is_active AND u.id = ANY(%s)
"""


def _hands(runs: Iterable[CaseRun]) -> Mapping[int, _Hand]:
    """Return the proposed assignees who are people who work here; others leave the item to its queue. One query."""
    proposed = {person for run in runs for offer in _offers(run).values() if (person := _person(offer)) is not None}
    if not proposed:
        return {}
    return {
        key: _Hand(name, _Absence(away_from, away_until), substitute, _Absence(its_away_from, its_away_until))
        for key, name, away_from, away_until, substitute, its_away_from, its_away_until in setwise.fetch(
            _HANDS, [sorted(proposed)]
        )
    }


def _whose(offer: OfferWork, hands: Mapping[int, _Hand], at: datetime) -> int | None:
    """Return whose work an offer is at an instant: the proposed assignee's, or of who stands in for them."""
    person = _person(offer)
    hand = hands.get(person) if person is not None else None
    if hand is None:
        return None
    substitute = hand.stands_in_at(at)
    return person if substitute is None else substitute


def _let_in(runs: Iterable[CaseRun], hands: Mapping[int, _Hand]) -> None:
    """Let people see the records they have been given work on and do not own."""
    given: dict[str, list[setwise.Row]] = {}
    for run in runs:
        for offer in run.offers.values():
            person = _whose(offer, hands, run.moved_at)
            if run.record is not None and person is not None and not run.sandbox:
                why = f"You have the step “{run.running.label(offer.node)}” to do"
                proposed = _person(offer)
                if proposed is not None and proposed != person:
                    why += f", standing in for {hands[proposed].name}"
                given.setdefault(run.record.type, []).append((run.record.id, person, f"{why}.", run.moved_at))
    for record_type, rows in given.items():
        _let_in_where_needed(record_type, rows)


def _let_in_where_needed(record_type: str, rows: Sequence[setwise.Row]) -> None:
    spec = registry.find(record_type)
    if spec is None:
        return
    others = setwise.fetch(
        "SELECT r.id, r.person, r.why, r.at"
        " FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[]) AS r (id, person, why, at)"
        f" JOIN {spec.model._meta.db_table} t ON t.id = r.id WHERE t.owner_id IS DISTINCT FROM r.person",
        setwise.columns_of(rows, 4),
    )
    by_instant = setwise.group((at, key, person, why) for key, person, why, at in others)
    for at, group in by_instant.items():
        parts = [access.Part(person, RecordRef(record_type, key), why) for _, key, person, why in group]
        access.take_part_many(parts=parts, at=at)


def _person(offer: OfferWork) -> int | None:
    """Return the key of the proposed assignee, None where the chart named nobody."""
    return int(offer.assignee) if offer.assignee is not None and offer.assignee.isdecimal() else None


def _offers(run: CaseRun) -> dict[int, OfferWork]:
    """Return what was offered in this batch and waits, or was seen done at once."""
    assert run.state is not None
    waiting = {token: offer for token, offer in run.offers.items() if token in run.state.tokens}
    return waiting | {token: seen.offer for token, seen in run.observed.items() if seen.offer is not None}


def _work_item_rows(run: CaseRun, hands: Mapping[int, _Hand]) -> Iterable[setwise.Row]:
    record = ("", None) if run.record is None else (run.record.type, run.record.id)
    status = "watched" if run.running.chart.watches else "open"
    for token, offer in _offers(run).items():
        node = run.running.chart.node(offer.node)
        wanted = node.element.extensions.work_item
        evidence = node.element.extensions.evidence
        yield (
            run.id,
            token,
            run.running.version,
            offer.node,
            node.label,
            *record,
            _whose(offer, hands, run.moved_at),
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
