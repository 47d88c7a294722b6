"""
The rules of BPMN that a drawing can break: what the standard forbids whatever the chart means.

``violations(xml)`` looks at a file as written and gives everything that breaks a rule, so that a chart from anywhere
is refused with reasons and not with a crash. Each rule is one small function with a name and the section of BPMN 2.0.2
that states it; they are grouped by what they look at. Whether a chart is *sound* is another question
(:mod:`throughline.flow.check`).
"""

from __future__ import annotations

from dataclasses import dataclass

from throughline.flow.bpmn.rules import activities, collaboration, data, events, flows, references
from throughline.flow.bpmn.rules.drawing import Drawing, Element
from throughline.flow.bpmn.rules.registry import RULES, Rule

__all__ = ["RULES", "Rule", "Violation", "violations"]

GROUPS = (references, flows, events, activities, data, collaboration)
"""The modules whose rules are asked, in this order."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken at one element: its id (or, without one, that of what it lies in) and a sentence."""

    rule: str
    element: str
    message: str
    section: str


def violations(xml: bytes | str) -> list[Violation]:
    """
    Return every rule of the standard that a file breaks.

    Raises:
        Unreadable: the file is not well-formed XML.
    """
    drawing = Drawing(xml)
    found = []
    for rule in RULES:
        if rule.portable and drawing.is_ours:
            continue
        for element, message in rule.look(drawing):
            found.append(Violation(rule.name, _id_of(element), f"Expected {message}", rule.section))
    return found


def _id_of(element: Element) -> str:
    """Return the id of the element, or of the nearest one around it that has an id."""
    return next((str(each.get("id")) for each in (element, *element.iterancestors()) if each.get("id")), "")
