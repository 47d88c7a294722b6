"""Boundary events: BPMN 2.0.2, 10.5.4."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from throughline.flow.engine import commands
from throughline.flow.engine.effects import ArmTimer, WithdrawWork
from throughline.flow.engine.tests.walking import (
    NOW,
    Walk,
    draw,
    message,
    on_condition,
    on_cycle,
    on_message,
    on_signal,
    on_timer,
    signal,
)


def beside(definition: str, *, interrupting: bool, roots: str = "") -> Walk:
    """Return a case at a task with this event on its border."""
    chart = draw(
        f"""
        startEvent start
        userTask work
        boundaryEvent border attachedToRef=work cancelActivity={"true" if interrupting else "false"} {definition}
        task reaction
        endEvent end
        endEvent other
        start > work > end
        border > reaction > other
        """,
        roots=roots,
    )
    return Walk(chart).start()


class TestInterrupting:
    def test_ends_the_activity(self) -> None:
        walk = beside(on_message("stop"), interrupting=True, roots=message("stop")).send("stop")

        assert walk.names == "start border reaction other"
        assert walk.status == "completed"
        assert len(walk.asked(WithdrawWork)) == 1

    def test_maps_what_came(self) -> None:
        assert beside(on_message("m"), interrupting=True, roots=message("m")).send("m", why="late").variables == {
            "why": "late"
        }

    def test_is_gone_with_the_activity(self) -> None:
        walk = beside(on_signal("s"), interrupting=True, roots=signal("s")).complete("work")

        assert walk.case.waits == {}


class TestNotInterrupting:
    def test_adds_a_token_and_leaves_the_activity(self) -> None:
        walk = beside(on_message("more"), interrupting=False, roots=message("more")).send("more")

        assert walk.names == "start border reaction other"
        assert walk.waiting == "work"

    def test_is_listened_for_again(self) -> None:
        walk = beside(on_message("more"), interrupting=False, roots=message("more")).send("more").send("more")

        assert walk.names == "start border reaction other border reaction other"

    def test_a_single_timer_fires_once(self) -> None:
        assert beside(on_timer("PT1H"), interrupting=False).pass_time(hours=9).names == "start border reaction other"

    def test_a_cycle_fires_as_often_as_it_says_without_drifting(self) -> None:
        walk = beside(on_cycle("R3/PT1H"), interrupting=False)

        walk.pass_time(hours=9)

        assert walk.names.count("border") == 3
        assert [each.due_at for each in walk.asked(ArmTimer)] == [NOW + timedelta(hours=hour) for hour in (1, 2, 3)]

    def test_a_condition_fires_each_time_it_becomes_true(self) -> None:
        walk = beside(on_condition("score > 50"), interrupting=False)

        for score in (60, 70, 10, 80):
            walk.do(commands.SetVariables({"score": Decimal(score)}))

        assert walk.names.count("border") == 2


class TestCondition:
    def test_happens_at_once_when_it_holds_from_the_start(self) -> None:
        chart = draw(f"""
            startEvent start
            userTask work
            boundaryEvent already attachedToRef=work {on_condition("hot")}
            endEvent end
            start > work
            already > end
        """)

        assert Walk(chart).start(hot=True).names == "start already end"

    def test_knows_what_it_reads_and_is_tested_only_then(self) -> None:
        chart = draw(f"""
            startEvent start
            userTask work
            boundaryEvent inactive attachedToRef=work {on_condition("lead.idle_days > 30")}
            start > work
        """)
        walk = Walk(chart, facts={"lead": {"idle_days": 0}}).start()
        assert walk.waits[0].reads == ("lead.idle_days",)
        walk.facts = {"lead": {"idle_days": Decimal(31)}}

        walk.do(commands.RecordChanged(("lead.owner",)))
        assert walk.names == "start"

        assert walk.do(commands.RecordChanged(("lead.idle_days",))).names == "start inactive"


@pytest.mark.req("B5")
class TestTimer:
    @pytest.mark.parametrize(
        ("text", "due"),
        [
            ("PT30M", NOW + timedelta(minutes=30)),
            ("P1M", NOW.replace(month=2)),
            ("P2W", NOW + timedelta(weeks=2)),
            ('duration("PT2H")', NOW + timedelta(hours=2)),
            ("=duration(wait)", NOW + timedelta(days=1)),
            ('date and time("2026-03-01T08:00:00Z")', NOW.replace(month=3, day=1, hour=8)),
        ],
    )
    def test_reads_iso_texts_and_expressions(self, text: str, due: object) -> None:
        chart = draw(f"""
            startEvent start
            userTask work
            boundaryEvent late attachedToRef=work {on_timer(text)}
            start > work
        """)

        (timer,) = Walk(chart).start(wait="P1D").asked(ArmTimer)

        assert timer.due_at == due

    def test_that_gives_no_moment_is_an_incident_and_can_be_armed_later(self) -> None:
        walk = beside(on_timer("duration(wait)"), interrupting=True)
        assert walk.incident.message == (
            "Expected timer 'border' to give a moment or a duration, but null is no duration such as PT24H."
        )

        walk.do(commands.SetVariables({"wait": "PT1H"})).do(commands.Retry(walk.token("work").id))

        assert walk.pass_time(hours=1).names == "start border reaction other"
