"""The embedded PostgreSQL: made, started, shared, stopped and brought back."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from throughline.platform.address import DatabaseAddress
from throughline.platform.cluster import Cluster
from throughline.platform.faults import Fault

pytestmark = pytest.mark.req("N1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cluster for the module: making it is what takes time."""
    yield tmp_path_factory.mktemp("cluster")  # noqa: PT022  stopped by each test


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    """A way into the cluster, left at the end whatever happens."""
    cluster = Cluster(folder)
    yield cluster
    cluster.leave()


def _ask(address: DatabaseAddress, question: str) -> object:
    with psycopg.connect(address.url) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


def _postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


class TestEnter:
    def test_makes_a_database_of_our_own_that_is_no_superusers(self, cluster: Cluster) -> None:
        address = cluster.enter()

        assert _ask(address, "SELECT current_user || '@' || current_database()") == "throughline@throughline"
        assert _ask(address, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False

    def test_sorts_without_regard_to_the_machines_language(self, cluster: Cluster) -> None:
        address = cluster.enter()

        assert _ask(address, "SELECT datlocale FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
        assert _ask(address, "SELECT upper('žluťoučký')") == "ŽLUŤOUČKÝ"

    def test_lets_nobody_in_without_the_password(self, cluster: Cluster) -> None:
        address = cluster.enter()
        stranger = DatabaseAddress(address.name, address.host, address.port, address.user, "guessed")

        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(stranger.url)

    def test_keeps_the_password_private(self, cluster: Cluster, folder: Path) -> None:
        cluster.enter()

        assert stat.S_IMODE((folder / "access.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700

    def test_keeps_what_was_written_and_the_port(self, cluster: Cluster, folder: Path) -> None:
        address = cluster.enter()
        with psycopg.connect(address.url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer")
        cluster.leave()

        again = cluster.enter()

        assert again == address
        assert _ask(again, "SELECT answer FROM kept") == 42

    def test_moves_to_another_port_when_its_own_is_taken(self, cluster: Cluster) -> None:
        import socket

        first = cluster.enter()
        cluster.leave()
        with socket.create_server((first.host, first.port or 0)):
            second = cluster.enter()

        assert second.port != first.port
        assert _ask(second, "SELECT 1") == 1


class TestLeave:
    def test_keeps_the_server_for_others(self, cluster: Cluster, folder: Path) -> None:
        other = Cluster(folder)
        address = cluster.enter()
        other.enter()

        other.leave()

        assert _ask(address, "SELECT 1") == 1

    def test_stops_the_server_when_nobody_else_is_inside(self, cluster: Cluster, folder: Path) -> None:
        cluster.enter()

        cluster.leave()

        assert not cluster.running()
        assert not (folder / "data" / "postmaster.pid").exists()


class TestAfterAKill:
    def test_a_killed_server_is_started_again_with_what_was_committed(self, cluster: Cluster, folder: Path) -> None:
        address = cluster.enter()
        with psycopg.connect(address.url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS survived AS SELECT 7 AS answer")
        os.kill(_postmaster(folder), signal.SIGKILL)
        _until(lambda: not cluster.running())

        again = cluster.revive()

        assert _ask(again, "SELECT answer FROM survived") == 7

    def test_a_server_whose_users_were_killed_is_used_on(self, cluster: Cluster, folder: Path) -> None:
        code = (
            "import os, pathlib, signal, sys\nfrom throughline.platform.cluster import Cluster\n"
            "Cluster(pathlib.Path(sys.argv[1])).enter()\nos.kill(os.getpid(), signal.SIGKILL)\n"
        )
        subprocess.run([sys.executable, "-c", code, str(folder)], check=False)
        orphan = _postmaster(folder)

        cluster.enter()

        assert _postmaster(folder) == orphan

    def test_a_stale_pid_file_that_names_another_living_process_is_no_obstacle(
        self, cluster: Cluster, folder: Path
    ) -> None:
        cluster.enter()
        cluster.leave()
        (folder / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder / 'data'}\n1\n1\n\n127.0.0.1\n\n")

        address = cluster.enter()

        assert _ask(address, "SELECT 1") == 1
        assert _postmaster(folder) != os.getpid()

    def test_an_interrupted_first_start_leaves_nothing_half(self, tmp_path: Path) -> None:
        (tmp_path / "data.new").mkdir()
        (tmp_path / "data.new" / "PG_VERSION").write_text("18\n")

        with Cluster(tmp_path, durable=False) as address:
            assert _ask(address, "SELECT 1") == 1

        assert not (tmp_path / "data.new").exists()


class TestOtherVersion:
    def test_is_refused_with_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "PG_VERSION").write_text("12\n")

        with pytest.raises(Fault, match="was made by PostgreSQL 12.*Restore a backup"):
            Cluster(tmp_path).enter()


def _until(true: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)
