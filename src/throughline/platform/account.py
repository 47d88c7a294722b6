"""
The account that PostgreSQL runs under when we are root, since it refuses to run as root.

Preferred is an account of our own, because whoever shares ``nobody`` could read the data files. The program and the
data folder stay as they are: see ``binaries`` and ``cluster`` for how the account reaches them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NAME = "throughline"
ALTERNATIVES = ("postgres", "nobody")
ADD = (
    ("useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", NAME),
    ("adduser", "-S", "-D", "-H", NAME),  # busybox
)


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int

    def as_process(self) -> dict[str, Any]:
        """The arguments that make ``subprocess`` start a program under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def for_database(report: Callable[[str], None]) -> Account | None:
    """Return the account for the database: none unless we are root; made once where that is possible."""
    if os.geteuid() != 0:
        return None
    own = _find(NAME) or _make(report)
    return own or next(found for name in ALTERNATIVES if (found := _find(name)))


def _find(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _make(report: Callable[[str], None]) -> Account | None:
    for command in ADD:
        if shutil.which(command[0]) and subprocess.run(command, capture_output=True, check=False).returncode == 0:  # noqa: S603
            report(f'Made the system account "{NAME}" for the database, which does not run as root.')
            return _find(NAME)
    return None
