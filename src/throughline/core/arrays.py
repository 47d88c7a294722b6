"""Many values as one parameter of a statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def array_of(values: Sequence[Any]) -> Any:
    """
    Return many values as one parameter of a statement that casts it to an array.

    Texts and whole numbers go as the text of an array: of a list the driver looks at each value by itself, which takes
    longer than what the database does with it.
    """
    kinds = set(map(type, values))
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds == {str}:
        return '{"' + '","'.join([text.replace("\\", r"\\").replace('"', r"\"") for text in values]) + '"}'
    return list(values)
