"""``throughline web``: granian serves the pages. Started by ``serve``; alone it needs the environment of a server."""

from __future__ import annotations

import argparse
import importlib
import os

from throughline.cli import OK
from throughline.cli.children import of_parent

TARGET = "throughline.cli.pages:application"
PRELOADED = "throughline.config.wsgi"  # once, before the workers are forked, which then share it
WORKERS = max(2, min(8, (os.cpu_count() or 2) // 2))  # with their threads within the database's 100 connections
THREADS = 8  # of one worker; a page waits for the database most of its time
KILL_SECONDS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=WORKERS, help="processes (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=THREADS, help="threads of a process (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        TARGET,
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=arguments.workers,
        blocking_threads=arguments.threads,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
        websockets=False,
        log_level=LogLevels.error,
    )
    importlib.import_module(PRELOADED)
    with of_parent():
        server.serve()
    return OK
