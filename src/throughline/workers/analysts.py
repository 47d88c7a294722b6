"""
Analysts: a thread of a worker process that has experiments computed, one at a time, by processes of their own,
and looks at goals, forecasts, split tests and steps, and learns predictions anew, when nothing else is to be done. It
tells of reports whose hour has come.

The thread only starts such a process and listens to it, so cases are stepped as fast as before; the process runs with
lower priority (nice). An experiment whose worker died is computed anew by another when the lease has run out.
"""

from __future__ import annotations

import logging
import threading

from django.db import close_old_connections

from throughline.insight.bands.watching import watch_steps
from throughline.insight.dashboards.reports import tell_due_reports
from throughline.insight.errands import leases
from throughline.insight.kpis.goals import watch_goals
from throughline.insight.prediction.refreshing import refresh_predictions
from throughline.insight.simulation import computing
from throughline.insight.simulation.forecasts import compare_forecasts
from throughline.insight.simulation.models import Experiment
from throughline.insight.simulation.operations import CHANNEL
from throughline.insight.split_tests.operations import watch_tests
from throughline.workers.listening import Clock, Listener, keep_doing, sleep_until

log = logging.getLogger("throughline.analyst")


def run(stop: threading.Event, *, clock: Clock) -> None:
    """Have experiments computed until ``stop`` is set; one that is under way then waits for another worker."""
    keep_doing(_work, CHANNEL, stop, clock=clock, log=log)


def _work(stop: threading.Event, listener: Listener, clock: Clock) -> None:
    close_old_connections()
    tell_due_reports(at=clock())
    claimed = leases.claim(Experiment, at=clock())
    if claimed is None:
        watch_goals(at=clock())
        compare_forecasts(at=clock())
        watch_tests(at=clock())
        watch_steps(at=clock())
        refresh_predictions(at=clock())
        sleep_until(leases.next_due(Experiment), stop, listener, clock)
        return
    log.info("Experiment %s is computed.", claimed.pk)
    computing.compute(claimed, clock=clock, wanted=lambda: not stop.is_set())
