"""
``throughline restore``: the database as a backup has it.

The backup is read into a database of its own first. Only when that is complete does it take the place of the present
one, which is kept under another name until the next restore: a wrong or damaged file changes nothing, and there is a
way back.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from throughline.cli import OK, say
from throughline.cli.backup import PASSPHRASE, password_environment, program, without_password
from throughline.platform import sealing
from throughline.platform.address import DatabaseAddress
from throughline.platform.faults import Fault
from throughline.platform.home import Home
from throughline.platform.locks import Lock
from throughline.platform.surroundings import entered

DRAFT, BEFORE = "_restoring", "_before_restore"
ARCHIVE = b"PGDMP"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what `throughline backup` wrote")


def run(arguments: argparse.Namespace) -> int:
    """Replace the database."""
    _refuse_while_serving()
    with _archive(arguments.file) as archive, entered(say) as surroundings:
        address = surroundings.address
        draft = address.named(address.name + DRAFT)
        with _maintenance(address) as connection:
            _drop(connection, draft.name)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft.name)))
            try:
                _read(draft, archive)
            except Fault:
                _drop(connection, draft.name)
                raise
            _exchange(connection, address.name)
    say(f"Restored {arguments.file}. The database as it was before is kept as {address.name}{BEFORE}.")
    return OK


def _refuse_while_serving() -> None:
    lock = Lock(Home.find().lock)
    try:
        if not lock.acquire():
            raise Fault("Throughline is running. Stop it first, then restore.")
    finally:
        lock.release()


def _archive(path: Path) -> IO[bytes]:
    """A backup as PostgreSQL's archive: the file itself, or what a sealed one holds, in a file without a name."""
    try:
        source = path.open("rb")
    except OSError as error:
        raise Fault(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    if sealing.is_sealed(source):
        passphrase = os.environ.get(PASSPHRASE)
        if not passphrase:
            raise Fault(f"{path} is encrypted. Set {PASSPHRASE} to the passphrase it was made with.")
        opened = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
        with source:
            sealing.unseal(source, opened, passphrase)
        opened.seek(0)
        source = opened  # type: ignore[assignment]
    if source.read(len(ARCHIVE)) != ARCHIVE:
        raise Fault(f"{path} is no backup of Throughline.")
    source.seek(0)
    return source


def _maintenance(address: DatabaseAddress) -> psycopg.Connection[tuple[object, ...]]:
    """A connection beside the database, which can then be renamed."""
    return psycopg.connect(address.named("postgres").url, autocommit=True)


def _drop(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _read(address: DatabaseAddress, archive: IO[bytes]) -> None:
    os.lseek(archive.fileno(), 0, os.SEEK_SET)  # the child reads the descriptor, which our buffer has run ahead of
    done = subprocess.run(  # noqa: S603
        [
            program("pg_restore"),
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            "--dbname",
            without_password(address),
        ],
        stdin=archive,
        capture_output=True,
        text=True,
        env=password_environment(address),
        check=False,
    )
    if done.returncode:
        raise Fault(f"The backup could not be read, and nothing was changed: {done.stderr.strip()}")


def _exchange(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    before, draft = sql.Identifier(name + BEFORE), sql.Identifier(name + DRAFT)
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    _drop(connection, name + BEFORE)
    try:
        connection.execute(rename.format(sql.Identifier(name), before))
    except psycopg.errors.ObjectInUse as error:
        raise Fault(f"Somebody still uses the database {name}. Stop every web and worker process first.") from error
    connection.execute(rename.format(draft, sql.Identifier(name)))
