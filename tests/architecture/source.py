"""What the architecture tests read: the tracked files of the tree and the syntax of its modules."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "throughline"


@dataclass(frozen=True)
class Module:
    """One module of the product: its dotted name, its path and its text."""

    name: str
    path: Path

    @property
    def place(self) -> str:
        """The path as a message names it."""
        return str(self.path.relative_to(ROOT))

    @functools.cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf-8")

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.place)

    @property
    def is_test(self) -> bool:
        """Whether the module belongs to the tests of a package."""
        return "tests" in self.path.parts or self.path.name == "conftest.py"

    def within(self, *packages: str) -> bool:
        """Whether the module is one of ``packages`` or inside one."""
        return any(self.name == package or self.name.startswith(package + ".") for package in packages)


@functools.cache
def modules() -> tuple[Module, ...]:
    """Every module of the product, without tests."""
    found = (Module(_name(path), path) for path in sorted(PACKAGE.rglob("*.py")) if "node_modules" not in path.parts)
    return tuple(module for module in found if not module.is_test)


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that git keeps, or would keep; without git, every file outside of what is made here."""
    try:
        shown = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        made = {".venv", "node_modules", "built", "dist", "__pycache__", ".git"}
        return tuple(path for path in ROOT.rglob("*") if path.is_file() and not made.intersection(path.parts))
    return tuple(path for name in shown.split("\0") if name and (path := ROOT / name).is_file())


def texts() -> Iterator[tuple[Path, str]]:
    """Every tracked file that is text, with its text."""
    for path in tracked_files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def dotted(node: ast.expr) -> str:
    """The dotted name that an expression spells (``models.F``), or nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""
