"""``throughline manage``: Django's management commands, with the database of this installation."""

from __future__ import annotations

import argparse

from throughline.cli import OK, say
from throughline.platform.surroundings import entered


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take everything as it is: the words are Django's."""
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND …")


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    with entered(say):
        from django.core.management import execute_from_command_line

        execute_from_command_line(["throughline manage", *arguments.words])
    return OK
