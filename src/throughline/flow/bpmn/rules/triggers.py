"""Which triggers an event may have where it stands (BPMN 2.0.2, 10.84 to 10.88): data for rules and compiler."""

from __future__ import annotations

from typing import NamedTuple

START = frozenset({"message", "timer", "conditional", "signal"})
REACTION = START | {"error", "escalation", "compensate"}
INTERMEDIATE_CATCH = START | {"link"}
INTERMEDIATE_THROW = frozenset({"message", "escalation", "link", "compensate", "signal"})
BOUNDARY = START | {"error", "escalation", "cancel", "compensate"}
BOUNDARY_BESIDE = START | {"escalation"}
END = frozenset({"message", "error", "escalation", "cancel", "compensate", "signal", "terminate"})


class Allowed(NamedTuple):
    """The triggers an event may have, whether it may have none, and what to call it."""

    triggers: frozenset[str]
    none: bool
    what: str


ANYWHERE = {
    "endEvent": Allowed(END, True, "end event"),
    "intermediateCatchEvent": Allowed(INTERMEDIATE_CATCH, False, "catching event"),
    "intermediateThrowEvent": Allowed(INTERMEDIATE_THROW, True, "throwing event"),
    "implicitThrowEvent": Allowed(INTERMEDIATE_THROW, True, "throwing event"),
}


def allowed_start(*, in_subprocess: bool, by_event: bool, interrupting: bool) -> Allowed:
    """Return what the start event of a process, sub-process or event sub-process may be."""
    if by_event:
        triggers = REACTION if interrupting else REACTION - {"error", "compensate"}
        return Allowed(triggers, False, "start of an event sub-process")
    if in_subprocess:
        return Allowed(frozenset(), True, "start of a sub-process")
    return Allowed(START, True, "start event")


def allowed_boundary(*, interrupting: bool) -> Allowed:
    """Return what a boundary event may be."""
    return Allowed(BOUNDARY if interrupting else BOUNDARY_BESIDE, False, "boundary event")
