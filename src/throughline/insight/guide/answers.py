"""What people answer along the guided path, and the advice that follows from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

Pain = Literal["late", "frustrating", "wasteful"]
PAINS: tuple[Pain, ...] = ("late", "frustrating", "wasteful")
FATES = ("removed", "eased", "stays")
CHARTS = ("swimlane", "process", "data-flow", "value-stream", "uml")
"""The five chart types; the first two are drawn, the others follow from what is drawn and recorded."""


class PainPoint(msgspec.Struct, frozen=True, kw_only=True):
    """
    What hurts today: in words, how, at which step of the as-is and at which moment of the customer's; what the new way
    makes of it, and by what.
    """

    text: str
    kind: str = "late"
    step: str = ""
    moment: str = ""
    fate: str = ""
    how: str = ""


class Persona(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody the procedure serves, and what they want of it."""

    name: str
    wants: str = ""


class Touchpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A moment at which the customer meets the company, by which channel."""

    moment: str
    channel: str = ""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A field that records lack, as it is to be made. ``key`` is empty unless the drawing names it already."""

    label: str
    type: str = "text"
    choices: tuple[str, ...] = ()
    key: str = ""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """
    All answers. ``goals`` are keys of goals; ``fields`` those of the record's fields that were made on the path, and
    ``needs`` what is still to be made by somebody who may.
    """

    pains: tuple[PainPoint, ...] = ()
    personas: tuple[Persona, ...] = ()
    touchpoints: tuple[Touchpoint, ...] = ()
    goals: tuple[int, ...] = ()
    fields: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    chart: str = ""


def read(stored: Mapping[str, Any]) -> Answers:
    """Return stored answers as values."""
    return msgspec.convert(stored, Answers)


def stored(answers: Answers) -> dict[str, Any]:
    """Return answers as they are stored."""
    found: dict[str, Any] = msgspec.to_builtins(answers)
    return found


def advised(units: Sequence[str], pains: Sequence[PainPoint]) -> str:
    """
    Return the chart type that shows best what the goals are about.

    Lost time shows in a value stream map only once there are timings, so a goal about time or lateness is first drawn
    in lanes, where it lies between people; waste shows in a value stream; without either, a plain flow chart is enough.
    """
    kinds = {pain.kind for pain in pains}
    if "wasteful" in kinds and not kinds & {"late"}:
        return "value-stream"
    if "late" in kinds or any(unit in ("span", "share") for unit in units):
        return "swimlane"
    return "process"
