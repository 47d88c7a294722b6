"""
How a desk speaks (:mod:`~throughline.insight.errands.leases`): lines of JSON on standard output, how far it is again
and again, and at last what came of it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

GENTLY = 10
"""Live work goes first."""
SECONDS = 0.5
"""So long between two words."""


@contextmanager
def telling(word: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Say how far it is (``word``) again and again, also while nothing moves; when nobody listens any more, end."""
    is_over = threading.Event()

    def tell() -> None:
        while not is_over.wait(SECONDS):
            try:
                say(word())
            except BrokenPipeError:
                os._exit(1)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def say(line: Mapping[str, Any]) -> None:
    """Say one line."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
