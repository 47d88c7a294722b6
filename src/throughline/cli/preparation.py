"""
Remembers that the embedded database was prepared by exactly this program, so that a later start need not look again.

Only for our own cluster: on a server somebody else may have changed what is there. The memory lies inside the cluster's
folder and goes when that goes.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import throughline

PACKAGE = Path(throughline.__file__).parent
UNREAD = {"__pycache__", "frontend", "static", "tests", "node_modules"}
STAMP = "prepared-by"


def remembered(cluster: Path, *, demo: bool) -> bool:
    """Whether this program prepared this cluster before, with the same wish."""
    stamp = cluster / STAMP
    return stamp.exists() and stamp.read_text() == _mark(demo)


def remember(cluster: Path, *, demo: bool) -> None:
    """Note that it has."""
    (cluster / STAMP).write_text(_mark(demo))


def _mark(demo: bool) -> str:
    found = hashlib.sha256(f"{throughline.__version__} {sys.version} {demo}".encode())
    for path in sorted(_files(PACKAGE)):
        about = path.stat()
        found.update(f"{path.relative_to(PACKAGE)} {about.st_size} {about.st_mtime_ns}\n".encode())
    installed = Path(sys.prefix) / "lib"  # a changed package may bring migrations of its own
    found.update(str([path.stat().st_mtime_ns for path in sorted(installed.glob("python*/site-packages"))]).encode())
    return found.hexdigest()


def _files(folder: Path) -> list[Path]:
    files: list[Path] = []
    for path in folder.iterdir():
        if path.is_dir():
            files += _files(path) if path.name not in UNREAD else []
        else:
            files.append(path)
    return files
