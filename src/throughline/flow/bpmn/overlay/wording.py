"""What people call the elements and aspects that an overlay touches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.markup import Markup
from throughline.flow.bpmn.overlay.units import Units
from throughline.flow.bpmn.periods import spoken

WORK: Final = "extensions.work_item"
ACTION: Final = "extensions.action"
WORDS: Final[Mapping[str, str]] = {
    "": "kind of step",
    "place": "part",
    "ways": "order of ways",
    "documentation": "description",
    "source": "beginning",
    "target": "goal",
    "condition": "condition",
    "condition.body": "condition",
    "default": "way for when no other fits",
    "definitions": "event",
    "attached_to": "step it belongs to",
    "cancel_activity": "effect",
    "loop": "repetition",
    "called_element": "called procedure",
    WORK: "work",
    f"{WORK}.due": "due time",
    f"{WORK}.guidance": "guidance",
    f"{WORK}.outcomes": "outcomes",
    f"{WORK}.fields": "form",
    f"{WORK}.result": "name of the answer",
    ACTION: "action",
    f"{ACTION}.name": "action",
    f"{ACTION}.inputs": "inputs",
    f"{ACTION}.outputs": "results",
    "extensions.value_adding.value": "worth to the customer",
}
"""Aspects that are not called by the last field of their path."""
NAMED: Final = ("label", "name", "value", "event", "text", "id")
"""What tells the parts of a list apart, the first that is there."""
LONGEST: Final = 120


def aspect_word(aspect: str) -> str:
    """Return what people call an aspect."""
    return WORDS.get(aspect, aspect.rpartition(".")[2].replace("_", " "))


def label(key: str, *charts: Units) -> str:
    """Return what people call an element, as the first of the charts that has it says."""
    for units in charts:
        item = units.item(key)
        if isinstance(item, model.SequenceFlow):
            return f"{label(item.source, units)} → {label(item.target, units)}"
        if item is not None:
            return getattr(item, "name", "") or getattr(item, "text", "") or key
    return key


def said(value: Any, *charts: Units) -> str:
    """Return a value in few words; ids are told by their names, lengths of time in words."""
    if isinstance(value, str):
        return _short(label(value, *charts) if any(value in units.units for units in charts) else spoken(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return _short("; ".join(said(each, *charts) for each in value))
    if isinstance(value, model.Expression):
        return _short(spoken(value.text))
    if isinstance(value, Markup):
        return next((str(text) for name in NAMED if (text := getattr(value, name, ""))), value.kind_name)
    return "" if value is None else _short(str(getattr(value, "name", value)))


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"


def quoted(text: str) -> str:
    """Return a value as a sentence has it."""
    return f"“{text}”" if text else "nothing"
