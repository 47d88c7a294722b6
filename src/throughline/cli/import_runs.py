"""
What the commands share that import line by line: in whose name, how far it is, what came of it.

They drive the same imports as the page *Imports*: each has a number, stands there, and is carried on or taken back from
either side. A worker that runs beside takes turns with the command, a batch at a time.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from throughline.cli import NO, OK, say, write_bytes
from throughline.cli.batch import write_json
from throughline.cli.import_records import say_of_lines
from throughline.platform.faults import Fault

if TYPE_CHECKING:
    from throughline.core.actor import Actor
    from throughline.core.records.imports.models import Import

SHOWN = 20
"""So many problems are shown; the file of errors has all of them."""
PAUSE_SECONDS = 0.2
"""Until the import is looked at again while a worker is at it."""


def add_person(parser: argparse.ArgumentParser) -> None:
    """Declare in whose name."""
    parser.add_argument(
        "--as", dest="person", metavar="EMAIL", help="act as this person, within their rights (default: the company)"
    )


def add_result(parser: argparse.ArgumentParser) -> None:
    """Declare where the result goes."""
    parser.add_argument("--errors", metavar="FILE.csv", help="write the refused lines there, each with its reason")
    parser.add_argument("--json", action="store_true", help="print what was done as one JSON document")


def expect_place(arguments: argparse.Namespace) -> None:
    """
    Go on only when the file of errors can be written later: by then the records are there.

    Raises:
        Fault: it cannot.
    """
    errors = arguments.errors
    if errors == "-" and arguments.json:
        raise Fault("Standard output takes the JSON or the refused lines. Name a file for --errors.")
    if errors and errors != "-" and (Path(errors).is_dir() or not os.access(Path(errors).absolute().parent, os.W_OK)):
        raise Fault(f"The refused lines cannot be written to {errors}. Name a file in a folder that can be written to.")


def actor_named(email: str | None, otherwise: Actor) -> Actor:
    """
    Return the person of an address, or who acts when none is given.

    Raises:
        Fault: nobody has an account with it.
    """
    if email is None:
        return otherwise
    from throughline.core.actor import Actor
    from throughline.core.identity.models import User

    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise Fault(f"Nobody has an account with the address {email}.")
    return Actor.user(user)


class Progress:
    """How far an import is, on standard error: one line written anew on a terminal, else a line for every tenth."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._tenth = 0

    def show(self, run: Import) -> None:
        """Show it."""
        sentence = f"{run.passed:,} of {run.lines:,} lines: {counts(run)}"
        if self._is_terminal:
            print(f"\r{sentence}\x1b[K", end="", file=sys.stderr, flush=True)  # noqa: T201
            return
        tenth = 10 * run.passed // max(1, run.lines)
        if tenth > self._tenth:
            self._tenth = tenth
            say(sentence)

    def end(self) -> None:
        """Leave the line."""
        if self._is_terminal:
            say("")


def counts(done: Any) -> str:
    """Return what came of lines, or would come of them, in words."""
    return (
        f"{done.created:,} created, {done.updated:,} changed, {done.existing:,} known already, "
        f"{done.held:,} put aside, {done.refused:,} refused"
    )


def carry_on(run: Import) -> None:
    """Carry an import out to its end; when something comes between, say how to go on with it."""
    from throughline.core.records.imports.running import advance_import

    progress = Progress()
    try:
        while run.status == run.Status.RUNNING:
            if not advance_import(import_id=run.pk, at=datetime.now(UTC)):
                time.sleep(PAUSE_SECONDS)
            run.refresh_from_db()
            progress.show(run)
    except BaseException:
        progress.end()
        say(
            f"Import {run.pk} is not finished. `throughline import resume {run.pk}` goes on with it; a running worker"
            " does so by itself."
        )
        raise
    progress.end()


def tell(run: Import, *, errors: str | None, json: bool) -> int:
    """Tell what came of an import; return the exit status: 1 when it was stopped or lines are not in."""
    from throughline.core.records.imports.running import error_file

    if errors:
        write_bytes(errors, error_file(run).encode("utf-8-sig"))
    if json:
        write_json(_document(run))
    else:
        _tell(run)
    is_whole = run.status == run.Status.DONE and not run.held and not run.refused
    return OK if is_whole else NO


def _document(run: Import) -> dict[str, Any]:
    columns = ("status", "lines", "created", "updated", "existing", "held", "refused", "notes", "warnings", "problem")
    return {
        "import": run.pk,
        "type": run.record_type,
        "file_name": run.file_name,
        "dry_run": False,
        **{name: getattr(run, name) for name in columns},
        "columns": run.mapping.get("columns", {}),
        "problems": [{"line": line, "message": message} for line, message in _problems(run)],
    }


def _problems(run: Import) -> list[tuple[int, str]]:
    rows = run.staged.exclude(problem="").order_by("line")
    return list(rows.values_list("line", "problem")[:SHOWN])


def _tell(run: Import) -> None:
    print(f"{run.record_type}: {run.lines:,} lines, {counts(run)}. Import {run.pk}.")  # noqa: T201
    for note in run.notes:
        say(note)
    for warning in run.warnings:
        say_of_lines(warning["message"], warning["lines"])
    for line, message in _problems(run):
        say(f"Line {line}: {message}")
    if run.refused > SHOWN:
        say(f"{run.refused - SHOWN:,} more lines were refused; --errors FILE has all of them.")
    if run.held:
        say(
            f"{run.held:,} lines wait for a decision: on the page of the import (/imports/{run.pk}/), or by"
            f" `throughline import held {run.pk}` and `throughline import decide {run.pk}`."
        )
    if run.status == run.Status.STOPPED:
        say(f"It was stopped after line {run.cursor}: {run.problem}")
