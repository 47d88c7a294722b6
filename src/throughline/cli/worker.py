"""``throughline worker``: one more process that drains the queues of the database."""

from __future__ import annotations

import argparse

from throughline.cli import OK, say
from throughline.cli.children import of_parent
from throughline.platform.surroundings import entered


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare no options."""


def run(_arguments: argparse.Namespace) -> int:
    """Work until stopped."""
    with entered(say), of_parent():
        import django

        django.setup()
        from throughline.workers import main

        main.settle_memory()
        main.run()
    return OK
