"""
Puts the product to the public suites and writes docs/scores.json, from which the pages of documentation show scores.

The suites lie where THROUGHLINE_SUITES points (``../shared`` beside the project); each brings a runner of its own. A
suite below what it must reach makes the exit status 1, and so does a failure that nothing explains
(``throughline.flow.suites``); the file is written all the same, since it says what is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from throughline.flow.suites import SUITES, read_scores, unexplained

ROOT = Path(__file__).resolve().parent.parent
SCORES = ROOT / "docs" / "scores.json"
COMMAND = f"{sys.executable} -m throughline.cli"

RUNNERS = {
    "betsy-run": ("run_bpmn.py", 95),
    "token-simulation": ("run_bpmn.py", 90),
    "betsy-check": ("run_check.py", 90),
    "soundness": ("run_check.py", 100),
    "import-miwg-reference": ("run_import.py", 100),
    "import-engines": ("run_import.py", 100),
    "dmn-tck-level-2": ("run_dmn.py", 100),
    "dmn-tck-level-3": ("run_dmn.py", 97),
    "feel-feelin": ("run_feel.py", 97),
}
"""For each pack its runner and the least percentage."""


def score(folder: Path, pack: str) -> dict[str, object]:
    """Run one suite; return what of it is kept. Ends the program when the runner itself fails."""
    runner, _ = RUNNERS[pack]
    with tempfile.NamedTemporaryFile(suffix=".json") as counts:
        words = [sys.executable, str(folder / runner), str(folder / pack), "--command", COMMAND, "--json", counts.name]
        done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise SystemExit(f"{done.stdout}\nExpected {runner} to run {pack}, but it ended with {done.returncode}.")
        found = json.loads(Path(counts.name).read_bytes())
    print(done.stdout.strip().splitlines()[-1], flush=True)
    short = {name: [passed, total] for name, (passed, total) in sorted(found["folders"].items()) if passed < total}
    return {"passed": found["passed"], "total": found["total"], "short": short}


def main() -> int:
    """Run every suite, write the scores, and say what is below its bar or fails without a reason."""
    folder = Path(os.environ.get("THROUGHLINE_SUITES", ROOT.parent / "shared")) / "conformance"
    if not folder.is_dir():
        print(f"THE PUBLIC SUITES WERE NOT RUN: there is no {folder}. Set THROUGHLINE_SUITES.", file=sys.stderr)
        return 1
    found = {suite.pack: score(folder, suite.pack) for suite in SUITES}
    SCORES.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", "utf-8")
    scores = read_scores(SCORES.read_bytes())
    wrong = unexplained(scores)
    wrong += [
        f"Expected {pack} to reach {least} %, but it has {scores[pack].percent:.1f} %."
        for pack, (_, least) in RUNNERS.items()
        if scores[pack].percent < least
    ]
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
