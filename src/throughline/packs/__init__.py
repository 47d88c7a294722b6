"""
Packs: procedures that belong together, with the tables, scenarios, pipelines, prices and goals that they need.

A pack is a set of files (``reading``), kept as a folder of this package or sent as one zip file (``archive``). Here is
what comes with the product: ``shipped`` are the packs that every company begins with, ``library`` are all, with those
that one chooses (``procedures/``) and those chosen at set-up (``starters/``). This package reads, checks, binds and
merges; ``core.library`` installs, and the tests in tests/procedures run every scenario.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from throughline.packs.model import BadPack, Pack, PackedDecision, PackedProcedure, PackedScenario
from throughline.packs.reading import MANIFEST, read_pack

__all__ = [
    "BadPack",
    "Pack",
    "PackedDecision",
    "PackedProcedure",
    "PackedScenario",
    "get_pack",
    "library",
    "scenarios",
    "shipped",
]

SHELVES = ("procedures", "starters")


def shipped() -> tuple[Pack, ...]:
    """Return the packs that every company begins with, by key."""
    return tuple(sorted((_read(folder) for folder in _folders(files(__name__))), key=lambda pack: pack.key))


def library() -> tuple[Pack, ...]:
    """Return every pack of the product, by key."""
    chosen = [_read(folder) for shelf in SHELVES for folder in _folders(files(__name__) / shelf)]
    return tuple(sorted([*shipped(), *chosen], key=lambda pack: pack.key))


def get_pack(key: str) -> Pack:
    """
    Return the pack of the product with this key.

    Raises:
        KeyError: there is none.
    """
    return {pack.key: pack for pack in library()}[key]


def scenarios() -> Iterator[tuple[str, Traversable, dict[str, Any]]]:
    """Give every scenario as its name, the chart it runs, and its content (the members of a ``run`` request)."""
    for root in (files(__name__), *(files(__name__) / shelf for shelf in SHELVES)):
        for folder in _folders(root):
            if (folder / "scenarios").is_dir():
                for file in sorted((folder / "scenarios").iterdir(), key=lambda item: item.name):
                    content = yaml.safe_load(file.read_text("utf-8"))
                    yield f"{folder.name}/{file.name.removesuffix('.yaml')}", folder / content.pop("chart"), content


def _folders(root: Traversable) -> list[Traversable]:
    return [folder for folder in root.iterdir() if (folder / MANIFEST).is_file()] if root.is_dir() else []


def _read(folder: Traversable) -> Pack:
    if str(folder) not in _packs:  # what lies in the package does not change while the program runs
        _packs[str(folder)] = read_pack(dict(_files(folder, "")))
    return _packs[str(folder)]


_packs: dict[str, Pack] = {}


def _files(folder: Traversable, under: str) -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda each: each.name):
        if item.is_dir():
            yield from _files(item, f"{under}{item.name}/")
        elif not item.name.startswith("."):
            yield f"{under}{item.name}", item.read_bytes()
