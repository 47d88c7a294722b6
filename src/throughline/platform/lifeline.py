"""
The lifeline: a child process ends when its parent is gone, even after ``kill -9``.

The parent holds a lock on a fresh file for as long as it lives (``tie``). Every descendant blocks on that lock in a
thread (``follow``): getting it means that the parent has died. No signals to miss, no polling, no inherited
descriptors, and it reaches grandchildren that a server library starts in its own way.

Each follower also shares a second lock, so that the next parent can wait until all of them have ended (``settle``).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from throughline.platform.locks import Lock

VARIABLE = "THROUGHLINE_LIFELINE"
CLUSTER_VARIABLE = "THROUGHLINE_CLUSTER"  # the folder of the embedded cluster that the parent entered
GRACE_SECONDS = 10.0

_held: list[Lock] = []  # for the life of the process
_cut = threading.Event()


def tie(folder: Path) -> str:
    """
    Make a lifeline in ``folder`` that lasts as long as this process.

    Returns the value of the environment variable ``VARIABLE`` for the children.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("parent-*.lock"):
        old.unlink(missing_ok=True)  # its followers keep their open file
    path = folder / f"parent-{os.getpid()}-{time.monotonic_ns()}.lock"
    lock = Lock(path)
    lock.acquire()
    _held.append(lock)
    return str(path)


def settle(folder: Path, *, wait_seconds: float) -> bool:
    """Wait until the followers of earlier parents have ended; returns whether they have."""
    lock = Lock(folder / "children.lock")
    try:
        return lock.acquire(wait_seconds=wait_seconds)
    finally:
        lock.release()


def follow() -> None:
    """
    End this process soon after its parent: SIGTERM to itself, and a hard exit when that takes too long.

    Without a lifeline in the environment nothing is watched.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    alive = Lock(Path(path).parent / "children.lock")
    alive.acquire(shared=True, wait_seconds=GRACE_SECONDS)
    _held.append(alive)
    if not Path(path).exists():
        os._exit(1)  # the parent was already replaced by another
    parent = Lock(Path(path))
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def cut() -> bool:
    """Whether the parent of this process is gone."""
    return _cut.is_set()


def _watch(parent: Lock) -> None:
    parent.wait_until_free()
    _cut.set()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
