"""What commands with a database share: the surroundings, Django, and refusals said as one sentence."""

from __future__ import annotations

import csv
import gc
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from throughline.cli import read_text, say
from throughline.platform.faults import Fault
from throughline.platform.surroundings import Surroundings, entered

SAMPLE_CHARACTERS = 64_000
DELIMITERS = ",;\t|"
ONE_AT_A_TIME = 7_460_283  # the key of PostgreSQL's advisory lock: machines that start together migrate one by one


@contextmanager
def product() -> Iterator[Surroundings]:
    """
    Make the database and Django ready for the length of the block.

    Raises:
        Fault: the database cannot be used or went away, or an operation refused; what was not finished is undone.
    """
    with entered(say) as surroundings:
        import django

        django.setup()
        from django.db import InterfaceError, OperationalError

        from throughline.core.refusals import Refusal

        _expect_tables(surroundings)
        from throughline.core.records.custom import live

        try:
            live.look()
            yield surroundings
        except Refusal as refusal:
            raise Fault(refusal.message) from refusal
        except (InterfaceError, OperationalError) as problem:
            if not _is_away():
                raise
            raise Fault(
                "The database went away while the command was at work."
                " What it had not finished is undone; run it again."
            ) from problem


def _is_away() -> bool:
    """Return whether the connection is gone, and not merely refused to do something."""
    from django.db import connection

    return connection.connection is None or connection.connection.closed


def _expect_tables(surroundings: Surroundings) -> None:
    """Make them in a database of our own; a server's are its administrator's to change."""
    steps = len(_steps())
    if steps and surroundings.cluster is None:
        place = surroundings.address.place
        raise Fault(f"The database {place} is {steps} steps behind this version. Run `throughline manage migrate`.")
    with one_at_a_time():
        bring_up_to_date()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let no other process prepare the same database during the block."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])


def bring_up_to_date() -> None:
    """Bring the tables to this version, and what comes with it besides."""
    from django.core.management import call_command

    from throughline import wiring

    if steps := len(_steps()):
        say(f"Bringing the database to this version ({steps} steps) …")
        with _seldom_collected():
            call_command("migrate", verbosity=0, interactive=False)  # what comes with it is renewed after it
    else:
        wiring.renew(at=datetime.now(UTC))


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """
    Let the collector of garbage look less often: each step makes the classes of all tables anew, and looking through
    them takes a fifth of the processor of a first start, for 100 MB less.
    """
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _steps() -> list[object]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return [*executor.migration_plan(executor.loader.graph.leaf_nodes())]


def read_rows(path: str) -> list[dict[str, str]]:
    """
    Read a CSV file with a header row; comma, semicolon, tab or bar, whichever it uses. Empty lines are skipped.

    Raises:
        Fault: it cannot be read, has no rows, names a column twice, or a row has more cells than the header.
    """
    text = read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), _dialect(text), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise Fault(f"{path} is no CSV table (line {reader.line_num}: {error}).") from error
    if len(lines) < 2:
        raise Fault(f"{path} has no rows below its header.")
    header = [cell.strip() for cell in lines[0][1]]
    if doubled := {name for name in header if header.count(name) > 1}:
        raise Fault(f"{path} has the column {' and '.join(sorted(doubled))} more than once.")
    return [_row(path, header, number, cells) for number, cells in lines[1:]]


def _dialect(text: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(text.partition("\n")[0][:SAMPLE_CHARACTERS], DELIMITERS)
    except csv.Error:
        return csv.excel  # one column, or nothing that tells


def _row(path: str, header: list[str], number: int, cells: list[str]) -> dict[str, str]:
    if len(cells) > len(header):
        raise Fault(f"{path} has {len(cells)} cells in line {number}, but {len(header)} columns in its header.")
    return dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=True))
