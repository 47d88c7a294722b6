"""What the log counts of itself day by day is what counting the log gives, whatever is done to the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.procedures import setwise
from throughline.core.procedures.chores import look_after
from throughline.core.procedures.day_use import merge_day_use
from throughline.core.procedures.driver.log import EVENT_COLUMNS
from throughline.core.procedures.driver.write import ensure_months
from throughline.core.procedures.models import CaseEvent, DayUse
from throughline.insight.mined import used
from throughline.insight.mined.drawing import counted, passed
from throughline.insight.mined.scope import Scope, scope_of

CHART = c.chart(c.captured(), c.work("call", "done"), c.end("sold"), c.flows("captured > call > sold"))
FIRST = datetime(2026, 1, 30, tzinfo=UTC)
DAYS = 4
KINDS = ("entered", "passed", "completed", "skipped")
NODES = ("captured", "call", "sold")
FLOWS = ("", "captured_call", "call_sold")

pytestmark = [pytest.mark.req("I2")]


@pytest.fixture
def scope(desk: Desk) -> Scope:
    desk.publish(CHART)
    ensure_months([FIRST, FIRST + timedelta(days=DAYS)])
    return scope_of(procedure="test", user=desk.cast.admin)


def instant(chance: Random) -> datetime:
    """Some instant of the days, often a midnight or right beside one."""
    day = FIRST + timedelta(days=chance.randrange(DAYS))
    return day + chance.choice(
        [timedelta(0), timedelta(microseconds=1), timedelta(days=1, microseconds=-1), chance.random() * timedelta(1)]
    )


def write(chance: Random, scope: Scope, number: int) -> None:
    """Log a batch: rows of this version and of another one, some of a sandbox, some that rested very long."""
    setwise.copy(
        "procedures_case_event",
        EVENT_COLUMNS,
        [
            (
                number, seq, instant(chance), chance.choice(KINDS), chance.choice(NODES), chance.choice(FLOWS), 1,
                chance.choice([scope.version.pk, scope.version.pk, 0]), "user", "1", "",
                chance.choice([None, 0, 5, 2**62]), chance.random() < 0.2,
            )
            for seq in range(1, chance.randrange(2, 30))
        ],
    )  # fmt: skip


def correct(chance: Random, *_: Any) -> None:
    """Correct rows afterwards, so that some change their day, their month, their version or become a trial."""
    setwise.execute(
        "UPDATE procedures_case_event SET at = %s, elapsed_us = 7, sandbox = NOT sandbox WHERE seq %% 5 = %s",
        [instant(chance), chance.randrange(5)],
    )


def delete(chance: Random, *_: Any) -> None:
    setwise.execute("DELETE FROM procedures_case_event WHERE seq %% 4 = %s", [chance.randrange(4)])


def merge(*_: Any) -> None:
    merge_day_use(at=FIRST)


def as_numbers(rows: list[tuple[Any, ...]]) -> dict[Any, tuple[int, ...]]:
    return {row[:3]: tuple(int(each) for each in row[3:]) for row in rows}


class TestDayUse:
    @pytest.mark.parametrize("seed", range(12))
    def test_is_what_counting_the_log_gives(self, scope: Scope, seed: int) -> None:
        chance = Random(seed)
        for number in range(1, 15):
            chance.choice([write, write, write, correct, delete, merge])(chance, scope, number)
            bounds = [None, *(instant(chance) for _ in range(3))]
            since, until = chance.choice(bounds), chance.choice(bounds)

            assert as_numbers(counted(scope, since, until)) == as_numbers(passed(scope, since, until))

        assert CaseEvent.objects.exists()

    def test_becomes_one_row_for_each_day_and_arrow(self, scope: Scope) -> None:
        for number in range(1, 6):
            write(Random(number), scope, number)
        before = as_numbers(counted(scope, None, None))

        merge_day_use(at=FIRST)

        keys = DayUse.objects.values_list("version_id", "day", "kind", "node", "flow")
        assert not DayUse.objects.filter(is_merged=False).exists()
        assert len(keys) == len(set(keys))
        assert as_numbers(counted(scope, None, None)) == before

    def test_is_added_up_by_the_worker(self, scope: Scope) -> None:
        write(Random(1), scope, 1)

        look_after(at=FIRST)

        assert DayUse.objects.filter(is_merged=True).exists()
        assert not DayUse.objects.filter(is_merged=False).exists()

    def test_holds_more_time_than_one_number_of_the_log(self, scope: Scope) -> None:
        rows = [
            (1, seq, FIRST, "completed", "call", "", 1, scope.version.pk, "user", "1", "", 2**62, False)
            for seq in range(1, 5)
        ]
        setwise.copy("procedures_case_event", EVENT_COLUMNS, rows)

        assert counted(scope, None, None) == [("completed", "call", "", 4, 4, Decimal(2**64))]


class TestUsed:
    @pytest.mark.req("L1")
    def test_counts_the_log_itself_for_those_who_see_a_part(self, desk: Desk) -> None:
        desk.publish(CHART)
        desk.capture(2, region="NO")
        desk.drain()
        DayUse.objects.update(times=0)

        assert used(procedure="test", user=desk.cast.admin).arrows == ()
        assert [arrow.count for arrow in used(procedure="test", user=desk.cast.maya).arrows] == [2]
        assert used(procedure="test", user=desk.cast.ines).arrows == ()
