"""
``throughline backup`` and what ``restore`` shares with it: the whole database in one file.

The file is PostgreSQL's own archive (``pg_dump --format=custom``), which any PostgreSQL tool reads; with
THROUGHLINE_BACKUP_PASSPHRASE it is sealed (platform/sealing.py).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from throughline.cli import OK, say
from throughline.platform import binaries, sealing
from throughline.platform.address import DatabaseAddress
from throughline.platform.faults import Fault
from throughline.platform.surroundings import entered

PASSPHRASE = "THROUGHLINE_BACKUP_PASSPHRASE"  # noqa: S105  the variable's name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write; it must not exist")


def run(arguments: argparse.Namespace) -> int:
    """Write the backup; it is complete or not there at all."""
    target: Path = arguments.file
    if target.exists():
        raise Fault(f"{target} exists already. Choose another name.")
    with entered(say) as surroundings:
        draft = _draft_beside(target)
        try:
            with draft.open("wb") as file:
                _write(surroundings.address, file)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)
    how = "encrypted" if os.environ.get(PASSPHRASE) else f"not encrypted; set {PASSPHRASE} to encrypt it"
    say(f"Wrote {target} ({target.stat().st_size / 1e6:.1f} MB, {how}).")
    return OK


def _draft_beside(target: Path) -> Path:
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)  # readable by us only
    except OSError as error:
        raise Fault(f"{target} cannot be written: {(error.strerror or str(error)).lower()}.") from error
    os.close(descriptor)
    return Path(name)


def _write(address: DatabaseAddress, file: IO[bytes]) -> None:
    dump = subprocess.Popen(  # noqa: S603
        [program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--dbname", without_password(address)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=password_environment(address),
    )
    assert dump.stdout is not None
    assert dump.stderr is not None
    passphrase = os.environ.get(PASSPHRASE)
    with dump:
        if passphrase:
            sealing.seal(dump.stdout, file, passphrase)
        else:
            while block := dump.stdout.read(sealing.FRAME_BYTES):
                file.write(block)
        complaint = dump.stderr.read().decode(errors="replace").strip()
    if dump.returncode:
        raise Fault(f"The database could not be read: {complaint}")


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs."""
    return binaries.find(None).program(name)


def without_password(address: DatabaseAddress) -> str:
    """The address as an argument that everybody on the machine may see."""
    return DatabaseAddress(address.name, address.host, address.port, address.user, options=address.options).url


def password_environment(address: DatabaseAddress) -> dict[str, str]:
    """The environment that carries the password."""
    return {**os.environ, "PGPASSWORD": address.password, "LC_ALL": "C"}
