"""The log that is kept in memory is, brought up to date, what reading it anew gives; and everybody sees their part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from django.db.models import F

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.procedures import setwise
from throughline.core.procedures.driver.log import EVENT_COLUMNS
from throughline.core.procedures.driver.write import ensure_months
from throughline.core.procedures.models import Case, CaseEvent, WorkItem
from throughline.flow.mining.lifecycle import working_times
from throughline.flow.mining.log import EventLog
from throughline.flow.mining.replay import ARRIVING
from throughline.insight.mined import case_log, kept_log, used
from throughline.insight.mined.drawing import passed
from throughline.insight.mined.scope import scope_of

STEPS = (
    c.captured(), c.work("call", "done", queue='"sales"'), c.work("write", "done"), c.end("sold"),
    c.flows("captured > call > write > sold"),
)  # fmt: skip
CHART = c.chart(*STEPS)
FIRST = datetime(2026, 1, 30, tzinfo=UTC)
KINDS = ("entered", "passed", "completed", "skipped")
NODES = ("captured", "call", "write", "sold")
FLOWS = ("", "captured_call", "call_write", "write_sold")

pytestmark = [pytest.mark.req("I2")]


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    kept_log._versions.clear()
    yield
    kept_log._versions.clear()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each statement gave, as they come."""
    rows: list[int] = []
    really = kept_log.fetched

    def counting(statement: str, params: Sequence[Any], fields: Sequence[str]) -> Any:
        found = really(statement, params, fields)
        rows.append(len(found[fields[0]]))
        return found

    monkeypatch.setattr(kept_log, "fetched", counting)
    return rows


def as_rows(log: EventLog) -> dict[str, list[tuple[Any, ...]]]:
    """The events of a log by case, in words."""
    who = log.columns["resource"].to_list()
    assert log.started is not None
    assert log.enabled is not None
    rows = list(zip(log.activity.to_list(), log.columns["node"].to_list(), log.at.tolist(), who, log.started.tolist(),
                    log.enabled.tolist(), strict=True))  # fmt: skip
    return {name: rows[log.offsets[place] : log.offsets[place + 1]] for place, name in enumerate(log.names)}


def log_more(chance: Random, case: int, version: int) -> None:
    """Let something happen to a case, as the engine counts and logs it."""
    found = Case.objects.get(pk=case)
    first = found.sequence + 1
    rows = [
        (
            case, first + number, FIRST + timedelta(minutes=chance.randrange(3000)), chance.choice(KINDS),
            chance.choice(NODES), chance.choice(FLOWS), 1, chance.choice([version, version, 0]),
            chance.choice(["user", "procedure"]), str(chance.randrange(1, 4)), "", chance.choice([None, 0, 5, 2**50]),
            found.sandbox,
        )
        for number in range(chance.randrange(1, 6))
    ]  # fmt: skip
    setwise.copy("procedures_case_event", EVENT_COLUMNS, rows)
    Case.objects.filter(pk=case).update(sequence=F("sequence") + len(rows))


def try_out(case: int, *, is_sandbox: bool) -> None:
    """Make a case one of a trial, or a real one again; its log goes with it."""
    Case.objects.filter(pk=case).update(sandbox=is_sandbox)
    setwise.execute("UPDATE procedures_case_event SET sandbox = %s WHERE case_id = %s", [is_sandbox, case])


class TestKeptLog:
    """Brought up to date."""

    @pytest.mark.parametrize("seed", range(4))
    def test_is_what_reading_it_anew_gives(self, desk: Desk, seed: int) -> None:
        desk.publish(CHART)
        desk.capture(8, region="NO")
        desk.drain()
        ensure_months([FIRST, FIRST + timedelta(days=3)])
        chance, version = Random(seed), Case.objects.values_list("version_id", flat=True)[0]
        cases = list(Case.objects.order_by("pk").values_list("pk", flat=True))
        kept_log.kept_log(version)
        for _ in range(12):
            for _ in range(chance.randrange(3)):
                log_more(chance, chance.choice(cases), version)
            if chance.random() < 0.3:
                try_out(chance.choice(cases), is_sandbox=chance.random() < 0.5)
            if chance.random() < 0.2:
                desk.capture(1, region="ES")
                desk.drain(minutes=5)
            after = kept_log.kept_log(version)
            mine = kept_log._versions.pop(version)
            anew = kept_log.kept_log(version)
            kept_log._versions[version] = mine

            assert as_rows(after.log) == as_rows(anew.log)
            assert after.cases.tolist() == anew.cases.tolist()
            assert sorted(after.sums(np.array(cases[:5]))) == sorted(anew.sums(np.array(cases[:5])))

    def test_reads_again_only_the_cases_that_moved(self, desk: Desk, read: list[int]) -> None:
        desk.publish(CHART)
        desk.capture(6, region="NO")
        desk.drain()
        first = case_log(procedure="test", user=desk.cast.admin)
        read.clear()
        assert case_log(procedure="test", user=desk.cast.admin) is first
        assert read == []

        desk.complete(desk.open_items("call")[0], "done")
        desk.drain(hours=1)
        second = case_log(procedure="test", user=desk.cast.admin)

        counters, events = read
        assert counters == 6
        assert events == CaseEvent.objects.filter(case_id=WorkItem.objects.get(status="done").case_id).count()
        assert second.events == first.events + 1

    def test_work_begins_when_somebody_takes_it(self, desk: Desk) -> None:
        desk.publish(CHART)
        desk.capture(1, region="NO")
        desk.drain()
        item = desk.open_items("call")[0]
        WorkItem.objects.filter(pk=item.pk).update(claimed_at=desk.now + timedelta(hours=3))
        desk.drain(hours=4)
        desk.complete(item, "done")
        desk.drain()

        (times,) = working_times(case_log(procedure="test", user=desk.cast.admin))[:1]

        assert (times.activity, times.waiting.mean, times.working.mean) == ("Call", 3 * 3600, 3600)

    def test_lets_go_of_the_version_looked_at_longest_ago(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept_log, "KEPT_EVENTS", 1)
        for key in ("test", "other"):
            desk.publish(c.chart(*STEPS, key=key), key=key)
        desk.capture(1, region="NO")
        desk.drain()
        for key in ("test", "other"):
            case_log(procedure=key, user=desk.cast.admin)

        assert list(kept_log._versions) == [scope_of(procedure="other", user=desk.cast.admin).version.pk]


@pytest.mark.req("L1")
class TestParts:
    """Everybody's part."""

    def test_is_what_one_may_see_and_no_more(self, desk: Desk) -> None:
        desk.publish(CHART)
        mine = desk.capture(3, region="NO")
        desk.capture(2, region="NO", owner=desk.cast.ines.pk)
        desk.drain()

        logs = {who: case_log(procedure="test", user=getattr(desk.cast, who)) for who in ("admin", "maya", "ines")}

        own = {str(case.pk) for case in Case.objects.filter(record_id__in=[lead.pk for lead in mine])}
        assert set(logs["maya"].names) == own
        assert set(logs["ines"].names) == set(logs["admin"].names) - own
        assert logs["admin"].cases == 5
        assert case_log(procedure="test", user=desk.cast.maya) is logs["maya"]

    def test_is_asked_anew_when_a_record_changes_hands(self, desk: Desk) -> None:
        desk.publish(CHART)
        (lead,) = desk.capture(1, region="NO")
        desk.drain()
        assert case_log(procedure="test", user=desk.cast.ines).cases == 0

        type(lead).objects.filter(pk=lead.pk).update(owner=desk.cast.ines, team=None)

        assert case_log(procedure="test", user=desk.cast.ines).cases == 1

    def test_is_counted_on_the_drawing_as_the_log_itself_counts_it(self, desk: Desk) -> None:
        desk.publish(CHART)
        desk.capture(3, region="NO")
        desk.capture(2, region="NO", owner=desk.cast.ines.pk)
        desk.drain()
        for item in desk.open_items("call"):
            desk.complete(item, "done", by=desk.cast.admin)
        desk.drain(hours=2)
        cases = list(Case.objects.order_by("pk").values_list("pk", flat=True))

        for who in ("maya", "ines", "admin"):
            scope = scope_of(procedure="test", user=getattr(desk.cast, who))
            slow = sorted((*row[:5], int(row[5])) for row in passed(scope, None, None, cases[1:4]))
            found = used(procedure="test", user=getattr(desk.cast, who), cases=cases[1:4])

            fast = kept_log.kept_log(scope.version.pk).sums(np.array(cases[1:4]))
            assert sum(arrow.count for arrow in found.arrows) == sum(
                row[3] for row in slow if row[0] in ARRIVING and row[2]
            )
            assert who != "admin" or sorted(fast) == slow
