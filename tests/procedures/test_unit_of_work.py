"""Records that a batch changes several times are written once, and nobody can tell."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder, trace
from throughline.core.actions import ActionRequest, ActionResult
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import setwise
from throughline.core.procedures.facts import facts_of_records
from throughline.core.procedures.models import Case
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry
from throughline.core.records.context import facts
from throughline.core.records.models import SearchRow
from throughline.core.records.operations import Assignment, Edit, Tagging
from throughline.core.records.unit_of_work import WriteFailed, unit_of_work
from throughline.core.refusals import Refusal
from throughline.crm.leads import operations as leads
from throughline.crm.leads.models import Lead
from throughline.crm.leads.operations import Closing, Score, Wish
from throughline.crm.people.models import Contact

BY = Actor.system("Test")
NAMES = frozenset(
    {"region", "tags", "score", "status", "owner_name", "team_name", "name", "open", "first_response_due_at"}
)


class Changes:
    """Random changes of leads, the same for the same seed."""

    def __init__(self, desk: Desk, keys: list[int], seed: int) -> None:
        self.desk, self.keys, self.chance = desk, keys, random.Random(seed)
        self.at = desk.now
        self.lead = registry.get("lead")

    def some(self) -> list[int]:
        return self.chance.sample(self.keys, self.chance.randint(1, len(self.keys)))

    def tag(self) -> None:
        wanted = [Tagging(key, [self.chance.choice("abc")], [self.chance.choice("abc")]) for key in self.some()]
        operations.tag_records(spec=self.lead, taggings=wanted, by=BY, at=self.at)

    def update(self) -> None:
        edits = [Edit(key, {"region": self.chance.choice(["EU", "NO", ""]), "employees": 7}) for key in self.some()]
        operations.update_records(spec=self.lead, edits=edits, by=BY, at=self.at)

    def assign(self) -> None:
        people = [self.desk.cast.maya.pk, self.desk.cast.ines.pk, None]
        wanted = [Assignment(key, self.chance.choice(people), self.desk.cast.north.pk) for key in self.some()]
        operations.assign_records(spec=self.lead, assignments=wanted, by=BY, at=self.at)

    def score(self) -> None:
        scores = [Score(Wish(key), self.chance.randint(0, 100), ("because",)) for key in self.some()]
        leads.score_leads(scores=scores, by=BY, at=self.at)

    def put_on_the_clock(self) -> None:
        due = self.at.astimezone() + timedelta(hours=self.chance.randint(1, 48))
        leads.set_response_due(dues=[(Wish(key), due) for key in self.some()], by=BY, at=self.at)

    def close_or_refuse(self) -> None:
        """Closing a closed one in another way is refused, and nothing of the call may stay."""
        outcome = self.chance.choice(["Won", "Lost"])
        with suppress(Refusal):
            leads.close_leads(closings=[Closing(Wish(key, "So."), outcome) for key in self.some()], by=BY, at=self.at)

    def undo(self) -> None:
        with suppress(ZeroDivisionError), transaction.atomic():
            self.assign()
            self.tag()
            raise ZeroDivisionError

    def write_past_the_operations(self) -> None:
        setwise.execute("UPDATE leads_lead SET tags = tags || '{raw}' WHERE id = ANY(%s)", [self.some()])

    def rename_a_contact(self) -> None:
        contact = self.chance.choice(list(Contact.objects.order_by("pk")))
        edit = Edit(contact.pk, {"first_name": self.chance.choice(["Ada", "Bo"])})
        operations.update_records(spec=registry.get("contact"), edits=[edit], by=BY, at=self.at)

    def look(self) -> object:
        """What somebody sees who reads in the middle: rows, counts, what search knows, what charts know."""
        refs = [RecordRef("lead", key) for key in self.keys]
        how = self.chance.randint(0, 4)
        if how == 0:
            return [(row.pk, row.tags, row.owner_id) for row in Lead.objects.order_by("pk")]
        if how == 1:
            return setwise.fetch("SELECT owner_id, count(*) FROM leads_lead GROUP BY 1 ORDER BY 1")
        if how == 2:
            return sorted(SearchRow.objects.values_list("record_id", "text", "owner_id"))
        if how == 3:
            return facts(refs)
        seen = facts_of_records(refs, NAMES)
        return {ref: seen[ref].context for ref in refs}

    def make(self, steps: int) -> list[object]:
        doing: list[Callable[[], object]] = [
            self.tag, self.update, self.assign, self.score, self.put_on_the_clock, self.close_or_refuse, self.undo,
            self.write_past_the_operations, self.rename_a_contact, self.look, self.look, self.look,
        ]  # fmt: skip
        seen = []
        for _ in range(steps):
            self.at += timedelta(minutes=1)
            seen.append(self.chance.choice(doing)())
        return seen


def stored(keys: list[int]) -> list[Any]:
    """Return everything that is kept of leads, without numbers that a sequence gives."""
    entries = Entry.objects.order_by("pk").values_list("event", "record_type", "record_id", "at", "data")
    return [
        list(Lead.objects.filter(pk__in=keys).order_by("pk").values()),
        list(Contact.objects.order_by("pk").values()),
        sorted(SearchRow.objects.values_list("record_type", "record_id", "owner_id", "team_id", "title", "text")),
        list(entries),
    ]


class TestUnitOfWork:
    @pytest.mark.parametrize("_round", range(6))
    def test_random_changes_leave_and_show_what_they_would_without_it(self, desk: Desk, _round: int) -> None:
        seed = random.randrange(1_000_000)
        print("seed", seed)  # noqa: T201 (pytest shows it when the test fails)
        captured = desk.capture(5, external_id="m", name="Ada Berg", email="ada@example.com")
        keys = [lead.pk for lead in captured]

        with suppress(ZeroDivisionError), transaction.atomic():
            at_once = Changes(desk, keys, seed).make(40), stored(keys)
            raise ZeroDivisionError
        with transaction.atomic():
            with unit_of_work():
                seen = Changes(desk, keys, seed).make(40)
            later = seen, stored(keys)

        assert later == at_once

    def test_a_record_is_read_and_written_once(self, desk: Desk) -> None:
        lead, spec = desk.capture()[0], registry.get("lead")

        with CaptureQueriesContext(connection) as captured, transaction.atomic(), unit_of_work():
            operations.tag_records(spec=spec, taggings=[Tagging(lead.pk, ["a"])], by=BY, at=desk.now)
            leads.score_leads(scores=[Score(Wish(lead.pk), 50)], by=BY, at=desk.now)
            operations.update_records(spec=spec, edits=[Edit(lead.pk, {"region": "NO"})], by=BY, at=desk.now)

        statements = [query["sql"] for query in captured.captured_queries if '"leads_lead"' in query["sql"]]
        assert [sql.split()[0] for sql in statements] == ["SELECT", "UPDATE"]
        lead.refresh_from_db()
        assert (lead.tags, lead.score, lead.region, lead.version) == (["a"], 50, "NO", 4)

    def test_what_is_refused_at_the_end_is_said(self, desk: Desk) -> None:
        lead = desk.capture()[0]

        with pytest.raises(WriteFailed), transaction.atomic(), unit_of_work():
            count_too_many([lead.pk], desk)

        lead.refresh_from_db()
        assert lead.employees is None

    def test_there_is_one_at_a_time_and_only_in_a_transaction(self, desk: Desk) -> None:
        with transaction.atomic(), unit_of_work(), pytest.raises(RuntimeError, match="has one"), unit_of_work():
            pass


def count_too_many(keys: list[int], desk: Desk) -> None:
    """Write what only the database refuses: a number too large for its column."""
    spec = registry.get("lead")
    rows = operations.locked(spec, keys, by=BY, action="edit")
    for row in rows.values():
        row.employees = 99_999_999_999
    changes = [operations.Change(row, {"employees"}) for row in rows.values()]
    operations.write_changes(spec=spec, changes=changes, by=BY, at=desk.now)


class TestBatch:
    def test_an_action_whose_row_is_refused_fails_alone(self, desk: Desk, tag: Recorder) -> None:
        def count(request: ActionRequest) -> ActionResult:
            assert request.record is not None
            if request.inputs["what"] == "NO":
                count_too_many([request.record.id], desk)
            return ActionResult()

        tag.answer = count
        desk.publish(
            c.chart(
                c.captured(),
                c.action("count", "test.tag", {"what": "lead.region"}),
                c.action("mark", "record.tag", {"tags": '["marked"]'}),
                c.end(),
                c.flows("captured > count > mark > end"),
            )
        )
        wrong, right = desk.capture(1, region="NO")[0], desk.capture(1, region="EU")[0]

        desk.drain()

        (incident,) = desk.incidents()
        assert (incident.case.record_id, incident.node) == (wrong.pk, "count")
        assert trace(Case.objects.get(record_id=right.pk)) == "captured > count > mark > end"
        right.refresh_from_db()
        assert right.tags == ["marked"]
