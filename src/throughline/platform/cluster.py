"""
The embedded PostgreSQL: made, started, shared, stopped and brought back.

Theory of operation. A cluster is a folder: ``data`` (PostgreSQL's own), ``access.json`` (port and passwords, readable
by its owner only), ``postgres.log`` and two locks. Whoever needs the database *enters* and later *leaves*: everybody
inside shares ``users.lock``; who leaves and finds that nobody else is inside stops the server. So the web server, a
worker and a ``throughline manage`` in another terminal use one server, in any order, and a server whose users were all
killed is found running by the next one and used on.

Entering is serialised by ``starting.lock``. A server counts as running when the process that ``postmaster.pid`` names
lives, is a PostgreSQL and works in our data folder: a PID alone proves nothing, since another process may have it by
now. A new cluster is made in ``data.new`` and renamed when complete, so that an interrupted first start leaves nothing
half.

As root the server runs under an unprivileged account that owns ``data`` and nothing else. It reaches the folder through
an open descriptor (``/proc/self/fd/N``), so that no folder above, such as a private home, needs wider rights.

Only loopback TCP, with scram: no socket whose path could be too long or whose folder could be shared.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

import psycopg
from psycopg import sql

from throughline.platform import account as accounts
from throughline.platform import binaries
from throughline.platform.address import DatabaseAddress
from throughline.platform.faults import Fault
from throughline.platform.locks import Lock, held

HOST = "127.0.0.1"
OWNER = "throughline"
READER = "throughline_walled"  # the role under which programs read; on a server the product makes it if it may
SUPERUSER = "postgres"

START_SECONDS = 300.0  # replaying a long log after a crash takes its time
STOP_SECONDS = 60.0
PATIENCE_SECONDS = 5.0  # then say what is going on
LOG_BYTES = 10_000_000

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Access:
    """How to enter the cluster."""

    port: int
    password: str
    superuser_password: str


class Cluster:
    """
    One embedded PostgreSQL in one folder.

    ``durable=False`` is for tests: nothing is forced to disk. ``report`` receives sentences for the user.
    """

    def __init__(self, folder: Path, *, durable: bool = True, report: Callable[[str], None] = lambda _: None) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._durable = durable
        self._report = report
        self._users: Lock | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> DatabaseAddress:
        """Enter, and return the address of the database."""
        return self.enter()

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self.leave()

    def enter(self) -> DatabaseAddress:
        """
        Start the server or join the running one, and make sure that our database exists.

        Raises:
            Fault: PostgreSQL is missing, does not start, or the data folder is of another version.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with held(self.folder / "starting.lock", wait_seconds=START_SECONDS):
            self._users = Lock(self.folder / "users.lock")
            self._users.acquire(shared=True, wait_seconds=STOP_SECONDS)
            return self._ensure_running()

    def revive(self) -> DatabaseAddress:
        """Start the server again after it has died; nothing happens when it runs."""
        with held(self.folder / "starting.lock", wait_seconds=START_SECONDS):
            return self._ensure_running()

    def leave(self) -> None:
        """Stop the server, unless somebody else is using it."""
        with held(self.folder / "starting.lock", wait_seconds=START_SECONDS):
            users = self._users or Lock(self.folder / "users.lock")
            try:
                if users.acquire():
                    self._stop()
            finally:
                users.release()
                self._users = None

    def running(self) -> bool:
        """Whether the server's process lives."""
        if self._server and self._server.poll() is not None:
            self._server = None
        return self._postmaster() is not None

    # -- starting ------------------------------------------------------------------------------------------------------

    def _ensure_running(self) -> DatabaseAddress:
        account = accounts.for_database(self._report)
        programs = binaries.find(account)
        if not self._data.exists():
            self._report("Making the database …")
            _Initialisation(self.folder, programs, account, durable=self._durable).run()
        self._refuse_other_version(programs)
        access = self._access()
        if self._postmaster() is None:
            access = self._with_free_port(access)
            self._launch(programs, account, access)
        self._wait_until_ready(programs, account, access)
        address = DatabaseAddress(OWNER, HOST, access.port, OWNER, access.password)
        _ensure_database(access)
        return address

    def _refuse_other_version(self, programs: binaries.Binaries) -> None:
        made_by = (self._data / "PG_VERSION").read_text().strip()
        if made_by != str(programs.major):
            raise Fault(
                f"The database in {self.folder} was made by PostgreSQL {made_by}, but this program brings "
                f"PostgreSQL {programs.major}. Restore a backup into a new THROUGHLINE_HOME, or run the version before."
            )

    def _access(self) -> Access:
        return Access(**json.loads((self.folder / "access.json").read_text()))

    def _with_free_port(self, access: Access) -> Access:
        if _free(access.port):
            return access
        moved = Access(any_free_port(), access.password, access.superuser_password)
        write_private(self.folder / "access.json", json.dumps(asdict(moved)))
        return moved

    def _launch(self, programs: binaries.Binaries, account: accounts.Account | None, access: Access) -> None:
        self._forget_stale_pid()
        settings = {**SETTINGS, **({} if self._durable else FLEETING), "port": str(access.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log() as log, _Reach(self._data, account) as reach:
            self._server = subprocess.Popen(  # noqa: S603
                [programs.program("postgres"), "-D", reach.path, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the parent, which stops the database last
                pass_fds=reach.descriptors,
                **(account.as_process() if account else {}),
            )

    def _log(self) -> IO[bytes]:
        path = self.folder / "postgres.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))

    def _wait_until_ready(self, programs: binaries.Binaries, account: accounts.Account | None, access: Access) -> None:
        started = time.monotonic()
        told = False
        while not _answers(access):
            waited = time.monotonic() - started
            if waited > START_SECONDS:
                raise Fault(
                    f"The database did not become ready. Its log: {self.folder / 'postgres.log'}\n{self._tail()}"
                )
            if waited > PATIENCE_SECONDS and not told:
                self._report("The database is recovering from an unclean stop; this can take some minutes …")
                told = True
            if self._server and self._server.poll() is not None:
                self._relaunch(programs, account, access)
            time.sleep(0.05)

    def _relaunch(self, programs: binaries.Binaries, account: accounts.Account | None, access: Access) -> None:
        """Try again when processes of a killed server still hold its memory; otherwise say why it did not start."""
        tail = self._tail()
        if "shared memory block" not in tail and "is another postmaster" not in tail.lower():
            raise Fault(f"The database does not start. Its log: {self.folder / 'postgres.log'}\n{tail}")
        time.sleep(1)
        self._launch(programs, account, access)

    def _tail(self) -> str:
        lines = (self.folder / "postgres.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-6:])

    # -- the running process -------------------------------------------------------------------------------------------

    def _postmaster(self) -> int | None:
        """The PID of our running server, if there is one."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return pid if _is_postgres_in(pid, self._data) else None

    def _forget_stale_pid(self) -> None:
        """Remove a PID file whose process is not our server: PostgreSQL would not start while that PID lives."""
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _stop(self) -> None:
        pid = self._postmaster()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)  # fast: ends sessions, writes a checkpoint
        if not self._ended(pid, STOP_SECONDS):
            os.kill(pid, signal.SIGQUIT)  # immediate: the next start recovers
            self._ended(pid, STOP_SECONDS)

    def _ended(self, pid: int, wait_seconds: float) -> bool:
        deadline = time.monotonic() + wait_seconds
        while time.monotonic() < deadline:
            if self._server:
                self._server.poll()  # reaps our own child
            if not _is_postgres_in(pid, self._data):
                return True
            time.sleep(0.02)
        return False


class _Initialisation:
    """The making of a new cluster, complete or not at all."""

    def __init__(
        self, folder: Path, programs: binaries.Binaries, account: accounts.Account | None, *, durable: bool
    ) -> None:
        self._folder = folder
        self._draft = folder / "data.new"
        self._programs = programs
        self._account = account
        self._durable = durable

    def run(self) -> None:
        """
        Make ``data`` and ``access.json``.

        Raises:
            Fault: ``initdb`` failed; what was made is removed.
        """
        access = Access(any_free_port(), secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        shutil.rmtree(self._draft, ignore_errors=True)
        self._draft.mkdir(mode=0o700)
        if self._account:
            os.chown(self._draft, self._account.uid, self._account.gid)
        self._initdb(access.superuser_password)
        write_private(self._folder / "access.json", json.dumps(asdict(access)))
        self._draft.rename(self._folder / "data")

    def _initdb(self, password: str) -> None:
        with tempfile.TemporaryFile() as secret, _Reach(self._draft, self._account) as reach:
            secret.write(password.encode())
            secret.flush()
            secret.seek(0)
            if self._account:
                os.fchown(secret.fileno(), self._account.uid, self._account.gid)
            done = subprocess.run(  # noqa: S603
                [
                    self._programs.program("initdb"),
                    *("-D", reach.path, "--username", SUPERUSER, "--pwfile", f"/dev/fd/{secret.fileno()}"),
                    *("--auth", "scram-sha-256", "--encoding", "UTF8"),
                    *self._locale(),
                    *([] if self._durable else ["--no-sync"]),
                ],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                env=_environment(),
                pass_fds=(secret.fileno(), *reach.descriptors),
                **(self._account.as_process() if self._account else {}),
            )
        if done.returncode:
            shutil.rmtree(self._draft, ignore_errors=True)
            raise Fault(f"The database could not be made in {self._folder}:\n{done.stderr.strip()}")

    def _locale(self) -> list[str]:
        """Sorting and letters never depend on the machine's language."""
        if self._programs.major >= 17:
            return ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        return ["--locale", "C.UTF-8"]


class _Reach:
    """A folder's path as the account can open it: plain, or through a descriptor when we are root on Linux."""

    def __init__(self, folder: Path, account: accounts.Account | None) -> None:
        self._folder = folder
        self._through = account is not None and sys.platform == "linux"
        self.descriptors: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        if self._through:
            self.descriptors = (os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY),)
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)

    @property
    def path(self) -> str:
        """The path to give to a program of PostgreSQL."""
        return f"/proc/self/fd/{self.descriptors[0]}" if self.descriptors else str(self._folder)


def any_free_port() -> int:
    """Return a TCP port of the loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as PostgreSQL does: closing connections do not count
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _environment() -> dict[str, str]:
    """The caller's, without libpq's variables and without a language of messages."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))} | {"LC_ALL": "C"}


def _is_postgres_in(pid: int, data: Path) -> bool:
    """Whether the process lives, is a PostgreSQL, and works in ``data``."""
    if Path("/proc/self/cwd").exists():
        try:
            running = Path(os.readlink(f"/proc/{pid}/cwd")) == data.resolve()
            ended = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return False
        return running and not ended
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return "postgres" in shown.stdout


def _connect(access: Access) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=HOST,
        port=access.port,
        user=SUPERUSER,
        password=access.superuser_password,
        dbname="postgres",
        autocommit=True,
        connect_timeout=10,
    )


def _answers(access: Access) -> bool:
    try:
        _connect(access).close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_database(access: Access) -> None:
    """Make our role (no superuser: the same rights as on a server) and our database."""
    with _connect(access) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [OWNER]).fetchall():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(
                    sql.Identifier(OWNER), sql.Literal(access.password)
                )
            )
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [READER]).fetchall():
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(READER)))
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(READER), sql.Identifier(OWNER)))
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [OWNER]).fetchall():
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(OWNER)))
