"""
Everything that CI runs, one after the other, with the time each takes. ``--quick`` leaves out database and browser.

All checks run even when one fails, so that one look shows everything; the exit status says whether all passed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PROCESSES = str(min(4, os.cpu_count() or 1))
SPREAD = ("-q", "-n", PROCESSES, "--dist", "loadfile")
MEASURED = [f"--ignore=src/throughline/flow/{part}" for part in ("bpmn", "check", "dmn", "engine", "feel", "tests")]
"""What ``tools/kernel.py`` runs on its own."""

QUICK: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("style", ("ruff", "check", ".")),
    ("format", ("ruff", "format", "--check", ".")),
    ("layers", ("lint-imports",)),
    ("types", ("mypy",)),
    ("types beside", ("mypy", "tests", "tools", "hatch_build.py", "conftest.py")),
    ("architecture", ("pytest", "-q", "tests/architecture")),
)
FULL = (
    *QUICK,
    ("kernel", ("python", "tools/kernel.py")),
    ("tests", ("pytest", *SPREAD, "-m", "not browser and not suites", *MEASURED)),
    ("public suites", ("pytest", *SPREAD, "-m", "suites and not browser")),
    ("browser", ("pytest", *SPREAD, "-m", "browser")),
    ("scripts", ("python", "tools/frontend.py")),
)


def main() -> int:
    """Run the checks; returns 1 when any failed."""
    failed = []
    for name, words in QUICK if "--quick" in sys.argv else FULL:
        print(f"--- {name}: {' '.join(words)}", flush=True)
        started_at = time.monotonic()
        status = subprocess.run([str(BIN / words[0]), *words[1:]], cwd=ROOT, check=False).returncode
        passed = status == 0
        print(f"--- {name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - started_at:.0f} s", flush=True)
        failed += [] if passed else [name]
    print(f"\nFailed: {', '.join(failed)}." if failed else "\nAll checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
