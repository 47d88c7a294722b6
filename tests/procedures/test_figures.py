"""The figures of the Operations page are those of the queues."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder
from throughline.core.actions import ActionResult
from throughline.core.procedures import gauge
from throughline.core.procedures.queries.figures import figures
from throughline.core.procedures.worker import drain


@pytest.mark.req("N2")
class TestFigures:
    def test_what_waits_is_counted_and_how_long(self, desk: Desk, mail: Recorder) -> None:
        mail.answer = lambda request: ActionResult.nobody_there("Expected a server.")
        desk.publish(
            c.chart(
                c.captured(),
                c.work("call"),
                c.deadline("late", "call", "PT1H"),
                c.action("mail", "test.mail"),
                c.end(),
                c.end("gone"),
                c.flows("captured > call > mail > end", "late > gone"),
            )
        )
        desk.capture(6)
        before = figures(at=desk.now + timedelta(seconds=30))
        desk.drain()
        for item in desk.open_items()[:5]:
            desk.complete(item)
        desk.drain(seconds=1)

        after = figures(at=desk.now + timedelta(hours=2))

        assert (before.commands, before.lag_seconds, before.cases["starting"]) == (6, 30.0, 6)
        assert (after.commands, after.lag_seconds, after.cases["running"], after.tokens) == (0, 0.0, 6, 6)
        assert (after.timers, after.timers_overdue, after.timer_lag_seconds) == (1, 1, 3601.0)
        assert after.outside == 5
        (connection,) = after.connections
        assert (connection.key, connection.state, connection.waiting) == ("test.mail", "open", 5)
        assert connection.last_failure == "Expected a server."

    def test_rates_are_of_the_last_minutes(self, desk: Desk) -> None:
        desk.publish(c.chart(c.captured(), c.end(), c.flows("captured > end")))
        desk.capture(30)
        desk.drain(seconds=1)

        now = figures(at=desk.now)
        later = figures(at=desk.now + timedelta(minutes=6))

        assert (now.steps_per_second, now.batch_size) == (0.1, 30.0)
        assert (later.steps_per_second, later.batch_size) == (0.0, 0.0)

    def test_workers_tell_of_themselves_and_how_late_timers_were(self, desk: Desk) -> None:
        desk.publish(
            c.chart(
                c.captured(),
                c.work("call"),
                c.deadline("late", "call", "PT1H"),
                c.end(),
                c.end("gone"),
                c.flows("captured > call > end", "late > gone"),
            )
        )
        desk.capture()
        desk.drain()
        gauge.Gauge("other:1", at=desk.now).tell(at=desk.now)
        own = gauge.Gauge("one:7", at=desk.now)
        desk.now += timedelta(hours=1, seconds=4)
        drained = drain(at=desk.now)
        own.worked(drained.commands)
        own.tell(at=desk.now)

        now = figures(at=desk.now)

        assert [(worker.name, worker.alive, worker.commands) for worker in now.workers] == [
            ("one:7", True, 1),
            ("other:1", False, 0),
        ]
        assert now.timer_late_seconds == 4.0
        assert (now.lateness.timers, now.lateness.seconds) == (1, 4.0)
        assert 2.5 < now.lateness.quantile(0.99) <= 5.0
        own.leave()
        assert [worker.name for worker in figures(at=desk.now).workers] == ["other:1"]
