"""
Procedures that come with the product, as packs: charts, the decision tables they ask, and scenarios that prove them.

A pack is a folder of this package with a ``pack.yaml``. This module only reads; ``core.procedures`` installs a pack,
and the tests in tests/procedures run every scenario.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class PackedProcedure:
    """A procedure in a pack: its key, name, the record type it travels with, and its chart as a BPMN file."""

    key: str
    name: str
    record: str
    chart: bytes


@dataclass(frozen=True, slots=True)
class PackedDecision:
    """A decision table in a pack: the key that steps refer to, its name, and its model as a DMN file."""

    key: str
    name: str
    model: bytes


@dataclass(frozen=True, slots=True)
class Pack:
    """Procedures that belong together, with what they need."""

    key: str
    name: str
    summary: str
    procedures: tuple[PackedProcedure, ...]
    decisions: tuple[PackedDecision, ...]


def shipped() -> tuple[Pack, ...]:
    """Return every pack of the product, by key."""
    return tuple(sorted((_read(folder) for folder in _folders()), key=lambda pack: pack.key))


def get_pack(key: str) -> Pack:
    """
    Return the pack with this key.

    Raises:
        KeyError: there is none.
    """
    return {pack.key: pack for pack in shipped()}[key]


def scenarios() -> Iterator[tuple[str, Traversable, dict[str, Any]]]:
    """Give every scenario as its name, the chart it runs, and its content (the members of a ``run`` request)."""
    for folder in _folders():
        for file in sorted((folder / "scenarios").iterdir(), key=lambda item: item.name):
            content = yaml.safe_load(file.read_text("utf-8"))
            yield f"{folder.name}/{file.name.removesuffix('.yaml')}", folder / content.pop("chart"), content


def _folders() -> list[Traversable]:
    return [folder for folder in files(__name__).iterdir() if (folder / "pack.yaml").is_file()]


def _read(folder: Traversable) -> Pack:
    content = yaml.safe_load((folder / "pack.yaml").read_text("utf-8"))
    return Pack(
        key=content["key"],
        name=content["name"],
        summary=content["summary"],
        procedures=tuple(
            PackedProcedure(item["key"], item["name"], item["record"], (folder / item["chart"]).read_bytes())
            for item in content["procedures"]
        ),
        decisions=tuple(
            PackedDecision(item["key"], item["name"], (folder / item["model"]).read_bytes())
            for item in content["decisions"]
        ),
    )
