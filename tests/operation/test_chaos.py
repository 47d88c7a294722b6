"""Everything is killed at random, for half a minute: every case ends as if nothing had happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.run import VICTIMS, storm


@pytest.mark.req("B7", "N1")
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the processes in /proc")
def test_every_case_ends_as_without_faults(tmp_path: Path) -> None:
    report = storm(cases=200, seconds=30, seed=20261122, folder=tmp_path)

    assert report.wrong == [], str(report)
    assert set(report.killed) == set(VICTIMS)
