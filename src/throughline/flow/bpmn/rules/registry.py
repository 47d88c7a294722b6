"""The list of rules: each a function over a drawing that gives what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from throughline.flow.bpmn.rules.drawing import Drawing, Element

Found = Iterator[tuple[Element, str]]
"""Elements that break a rule, each with the end of a sentence that begins *Expected …*."""


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A rule of the standard.

    ``name`` is stable. ``section`` is where BPMN 2.0.2 says it. ``portable`` rules concern what other engines need to
    be written and Throughline supplies itself; they are not asked of its own procedures.
    """

    name: str
    section: str
    look: Callable[[Drawing], Found]
    portable: bool = False


RULES: list[Rule] = []


def rule(
    name: str, section: str, *, portable: bool = False
) -> Callable[[Callable[[Drawing], Found]], Callable[[Drawing], Found]]:
    """Add a function to the rules."""

    def add(look: Callable[[Drawing], Found]) -> Callable[[Drawing], Found]:
        RULES.append(Rule(name, section, look, portable))
        return look

    return add
