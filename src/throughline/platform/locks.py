"""
File locks, the only memory of who is running.

A lock belongs to a process and the kernel frees it when the process ends, however it ends. So there are no PID files to
go stale: *held* means somebody lives, *free* means nobody does.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.05


class Lock:
    """One ``flock`` on one file. Held until ``release``, or until the process and its forks have ended."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def acquire(self, *, shared: bool = False, wait_seconds: float = 0) -> bool:
        """Take the lock, or change its kind; returns whether it is held as asked within ``wait_seconds``."""
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
            else:
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)

    def wait_until_free(self) -> None:
        """Sleep until nobody else holds the lock alone; then hold it together with others."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go. A lock that was released cannot be taken again."""
        os.close(self._descriptor)


@contextmanager
def held(path: Path, *, wait_seconds: float) -> Iterator[None]:
    """
    Hold the lock alone for the length of the block.

    Raises:
        TimeoutError: somebody else kept it for ``wait_seconds``.
    """
    lock = Lock(path)
    try:
        if not lock.acquire(wait_seconds=wait_seconds):
            raise TimeoutError(f"Expected the lock {path} to be free within {wait_seconds} s, but it is held.")
        yield
    finally:
        lock.release()
