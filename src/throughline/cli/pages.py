"""
The pages as granian's worker processes load them.

While a worker loads, it still has granian's own signal handlers, inherited by the fork, which only take notes: a stop
in that second would wait for the time limit. So the default is put back until granian sets the worker's own handlers.
"""

from __future__ import annotations

import signal

from throughline.platform import lifeline

for _number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(_number, signal.SIG_DFL)
lifeline.follow()

from throughline.config.wsgi import application  # noqa: E402

__all__ = ["application"]
