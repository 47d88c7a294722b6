"""Children end when their parent is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from throughline.platform import lifeline

pytestmark = pytest.mark.req("N1")

CHILD = (
    "from throughline.platform import lifeline; import time; lifeline.follow(); print('up', flush=True); time.sleep(60)"
)
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + CHILD
PARENT = (
    "import os, pathlib, subprocess, sys, time\nfrom throughline.platform import lifeline\n"
    "os.environ[lifeline.VARIABLE] = lifeline.tie(pathlib.Path(sys.argv[1]))\n"
    "child = subprocess.Popen([sys.executable, '-c', sys.argv[2]], stdout=subprocess.PIPE, start_new_session=True)\n"
    "child.stdout.readline()\nprint(child.pid, flush=True)\ntime.sleep(60)\n"
)


def _family(folder: Path, child: str) -> tuple[subprocess.Popen[str], int]:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder), child], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class TestFollow:
    def test_ends_the_child_of_a_killed_parent(self, tmp_path: Path) -> None:
        parent, child = _family(tmp_path, CHILD)

        parent.kill()
        parent.wait()

        assert lifeline.settle(tmp_path, wait_seconds=5)
        assert not _lives(child)

    def test_does_nothing_while_the_parent_lives(self, tmp_path: Path) -> None:
        parent, child = _family(tmp_path, CHILD)

        settled = lifeline.settle(tmp_path, wait_seconds=0.5)

        assert not settled
        assert _lives(child)
        os.kill(child, signal.SIGKILL)
        parent.kill()
        parent.wait()

    def test_insists_when_the_child_does_not_listen(self, tmp_path: Path) -> None:
        parent, child = _family(tmp_path, DEAF)
        started_at = time.monotonic()

        parent.kill()
        parent.wait()

        assert lifeline.settle(tmp_path, wait_seconds=lifeline.GRACE_SECONDS + 5)
        assert not _lives(child)
        assert time.monotonic() - started_at >= lifeline.GRACE_SECONDS
