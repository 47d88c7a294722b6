"""
The other side of a comparison: a published package in an environment of its own, timed in a process of its own.

Each peer has a list of pinned requirements (``bench/requirements-NAME.txt``) and a program (``bench/peer_NAME.py``)
that the environment's Python runs. The environment is made once in the user's cache folder and found again as long as
the list stays the same; nothing of it is ever near the product. A conversation has one line each way: the benchmark
sends how many times, the peer answers with the seconds of processor that it took, so rounds of both sides alternate
and a busy machine slows both.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BENCH = Path(__file__).resolve().parent


class Peer:
    """A peer that has answered once, so that it is warm."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self._process = process

    def seconds(self, times: int) -> float:
        """Return the seconds of processor that ``times`` runs took over there. RuntimeError when it has died."""
        return self.figures(times)[0]

    def figures(self, times: int) -> tuple[float, ...]:
        """Return the seconds and, where the peer tells, what they are made of. RuntimeError when it has died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{times}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"Expected seconds from {self.name}, but it ended. What it said is above.")
        return tuple(float(each) for each in answer.split())


@contextmanager
def peer(name: str) -> Iterator[Peer | None]:
    """Start the peer; None, and a loud word, when it cannot be installed here."""
    python = environment(name)
    if python is None:
        yield None
        return
    words = [str(python), "-I", str(BENCH / f"peer_{name}.py")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            started = Peer(name, process)
            started.seconds(1)
            yield started
        finally:
            assert process.stdin is not None
            process.stdin.close()  # the peer's end of input, and so its end


def environment(name: str) -> Path | None:
    """Return the Python of the peer's environment, made now when it is not there; None when it cannot be made."""
    requirements = BENCH / f"requirements-{name}.txt"
    identity = hashlib.sha256(sys.version.encode() + requirements.read_bytes()).hexdigest()[:12]
    folder = cache() / f"{name}-{identity}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if ready.is_file():
        return python
    print(f"Installing {name} and what it needs into {folder} ...", file=sys.stderr)
    made = _run(sys.executable, "-m", "venv", "--clear", str(folder)) and _run(
        str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(requirements)
    )
    if not made:
        print(
            f"\n!!! NOT COMPARED WITH {name.upper()}: it could not be installed from {requirements.name} (why is said "
            "above). There is no ratio.\n",
            file=sys.stderr,
        )
        return None
    ready.touch()
    return python


def cache() -> Path:
    """Return the folder of the environments, under the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "throughline" / "bench"


def _run(*words: str) -> bool:
    done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    return done.returncode == 0
