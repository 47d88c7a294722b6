"""
Runs the kernel's own tests and says which lines and branches of it none of them reaches.

What is measured, and what is left out with which reason, stands in pyproject.toml ([tool.coverage]). A single line is
left out by ``# pragma: no cover - reason``; all of these are listed, and one without a reason is refused. The tests
that ask for speed run afterwards, unmeasured: measuring makes everything several times slower.

    python tools/kernel.py [--list]
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KERNEL = Path("src", "throughline", "flow")
TESTS = [str(KERNEL / part) for part in ("bpmn", "check", "dmn", "engine", "feel", "tests")]
BIN = ROOT / ".venv" / "bin"
SPREAD = ("-q", "-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile")
PRAGMA = re.compile(r"#\s*pragma:\s*no (?:cover|branch)(?:\s*-\s*(?P<reason>\S.*))?$")

STEPS: tuple[tuple[str, ...], ...] = (
    ("coverage", "erase"),
    ("coverage", "run", "-m", "pytest", *SPREAD, "-m", "not suites and not speed", *TESTS),
    ("coverage", "combine", "--quiet"),
    ("coverage", "report"),
    ("pytest", "-q", "-m", "speed and not suites", *TESTS),
)


def left_out() -> list[tuple[str, int, str]]:
    """Return the lines that are left out one by one: file, line, and the reason, which may be missing."""
    found = []
    for path in sorted((ROOT / KERNEL).rglob("*.py")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if match := PRAGMA.search(line):
                found.append((str(path.relative_to(ROOT)), number, match["reason"] or ""))
    return found


def main() -> int:
    """Run the steps; 1 when a test fails, a line is not reached, or one is left out without a reason."""
    lines = left_out()
    for file, number, reason in lines:
        print(f"left out: {file}:{number} {reason or '(NO REASON)'}")
    if "--list" in sys.argv:
        return 0
    failed = not all(reason for _, _, reason in lines)
    for words in STEPS:
        failed |= subprocess.run([str(BIN / words[0]), *words[1:]], cwd=ROOT, check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
