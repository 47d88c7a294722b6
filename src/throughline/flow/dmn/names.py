"""The names that stand in a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from throughline.flow.dmn import model as m


def names_in(element: object) -> Iterator[str]:
    """Give every name in a model that may follow a dot: of nodes, variables, components, columns and entries."""
    if isinstance(element, tuple):
        for each in element:
            yield from names_in(each)
    elif isinstance(element, m.Element):
        name: Any = getattr(element, "name", None)
        if name:
            yield name
        for each in fields(element):
            if each.name not in ("extensions", "others", "attributes"):
                yield from names_in(getattr(element, each.name))
