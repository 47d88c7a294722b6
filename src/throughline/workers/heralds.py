"""Heralds: a thread of a worker process that tells subscribers what happens, one call after the other."""

from __future__ import annotations

import logging
import threading

from django.db import close_old_connections

from throughline.connect.subscriptions import telling
from throughline.connect.subscriptions.operations import CHANNEL
from throughline.workers.listening import Clock, Listener, keep_doing, sleep_until

log = logging.getLogger("throughline.herald")


def run(stop: threading.Event, *, clock: Clock) -> None:
    """Tell subscribers until ``stop`` is set; a call that is under way is finished first."""
    keep_doing(_work, CHANNEL, stop, clock=clock, log=log)


def _work(stop: threading.Event, listener: Listener, clock: Clock) -> None:
    close_old_connections()
    subscription = telling.claim(at=clock())
    if subscription is None:
        sleep_until(telling.next_due(), stop, listener, clock)
        return
    told = telling.tell(subscription, at=clock())
    if told.failure:
        log.warning("Subscription %s was not told: %s", subscription.pk, told.failure)
