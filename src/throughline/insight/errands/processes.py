"""Processes that compute for another one, know no database, and never outlive it."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def processes(
    count: int, *, begin: Callable[..., None] | None = None, given: tuple[Any, ...] = (), nice: int = 0
) -> Iterator[ProcessPoolExecutor]:
    """
    Give so many processes; each calls ``begin`` with what is ``given`` before its first work. ``nice``: by how much
    other work goes first. What has not begun when this ends is given up.
    """
    pool = ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(begin, given, nice)
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(begin: Callable[..., None] | None, given: tuple[Any, ...], nice: int) -> None:
    os.nice(nice)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if begin is not None:
        begin(*given)


def _end_with_parent() -> None:
    """Wait until who asked is gone, however that came about, and go too."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
