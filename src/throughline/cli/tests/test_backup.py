"""Backup and restore, with a database of their own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from throughline.platform.cluster import Cluster
from throughline.platform.locks import Lock

pytestmark = pytest.mark.req("L4", "N1")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder whose database is held open by the tests, so that it need not start for every command."""
    home = tmp_path_factory.mktemp("backup")
    with Cluster(home / "postgres", durable=False):
        yield home


@pytest.fixture(autouse=True)
def one_lead(home: Path) -> None:
    """One table with one row, as the state to come back to."""
    _do(home, "DROP TABLE IF EXISTS lead", "CREATE TABLE lead AS SELECT 'Ada' AS name")


def _do(home: Path, *statements: str) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    with Cluster(home / "postgres", durable=False) as address, psycopg.connect(address.url) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
            found = cursor.fetchall() if cursor.description else []
    return found


def _run(home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "throughline", *words],
        env={**environment, "THROUGHLINE_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def _names(home: Path) -> list[object]:
    return [row[0] for row in _do(home, "SELECT name FROM lead ORDER BY name")]


class TestBackup:
    def test_brings_back_what_was(self, home: Path, tmp_path: Path) -> None:
        written = _run(home, "backup", str(tmp_path / "monday"))
        _do(home, "INSERT INTO lead VALUES ('Tom')")

        restored = _run(home, "restore", str(tmp_path / "monday"))

        assert (written.returncode, restored.returncode) == (0, 0), written.stderr + restored.stderr
        assert _names(home) == ["Ada"]

    def test_is_readable_by_its_owner_only(self, home: Path, tmp_path: Path) -> None:
        _run(home, "backup", str(tmp_path / "monday"))

        assert stat.S_IMODE((tmp_path / "monday").stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["monday"]

    def test_does_not_overwrite(self, home: Path, tmp_path: Path) -> None:
        (tmp_path / "monday").write_text("dear to me")

        done = _run(home, "backup", str(tmp_path / "monday"))

        assert (done.returncode, (tmp_path / "monday").read_text()) == (2, "dear to me")

    def test_holds_nothing_readable_when_encrypted(self, home: Path, tmp_path: Path) -> None:
        _run(home, "backup", str(tmp_path / "sealed"), THROUGHLINE_BACKUP_PASSPHRASE="horse")
        _do(home, "INSERT INTO lead VALUES ('Tom')")

        without = _run(home, "restore", str(tmp_path / "sealed"))
        wrong = _run(home, "restore", str(tmp_path / "sealed"), THROUGHLINE_BACKUP_PASSPHRASE="cow")
        right = _run(home, "restore", str(tmp_path / "sealed"), THROUGHLINE_BACKUP_PASSPHRASE="horse")

        assert b"PGDMP" not in (tmp_path / "sealed").read_bytes()
        assert "is encrypted. Set THROUGHLINE_BACKUP_PASSPHRASE" in without.stderr
        assert "the passphrase is another one" in wrong.stderr
        assert (without.returncode, wrong.returncode, right.returncode) == (2, 2, 0)
        assert _names(home) == ["Ada"]


class TestRestore:
    @pytest.mark.parametrize("content", [b"", b"name\nAda\n", b"PGDMP but not really"])
    def test_changes_nothing_when_the_file_is_no_backup(self, home: Path, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "file").write_bytes(content)

        done = _run(home, "restore", str(tmp_path / "file"))

        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert _names(home) == ["Ada"]

    def test_changes_nothing_when_the_file_was_cut(self, home: Path, tmp_path: Path) -> None:
        _run(home, "backup", str(tmp_path / "monday"))
        whole = (tmp_path / "monday").read_bytes()
        (tmp_path / "monday").write_bytes(whole[: len(whole) * 2 // 3])

        done = _run(home, "restore", str(tmp_path / "monday"))

        assert done.returncode == 2
        assert _names(home) == ["Ada"]

    def test_keeps_the_database_as_it_was_before(self, home: Path, tmp_path: Path) -> None:
        _run(home, "backup", str(tmp_path / "monday"))
        _do(home, "INSERT INTO lead VALUES ('Tom')")
        _run(home, "restore", str(tmp_path / "monday"))

        with Cluster(home / "postgres", durable=False) as address:
            before = address.named(address.name + "_before_restore")
            with psycopg.connect(before.url) as connection:
                kept = connection.execute("SELECT count(*) FROM lead").fetchone()

        assert kept == (2,)

    def test_is_refused_while_the_product_runs(self, home: Path, tmp_path: Path) -> None:
        _run(home, "backup", str(tmp_path / "monday"))
        lock = Lock(home / "run" / "serve.lock")
        lock.acquire()

        done = _run(home, "restore", str(tmp_path / "monday"))

        lock.release()
        assert done.returncode == 2
        assert "Throughline is running. Stop it first" in done.stderr
