"""What a check says about a chart: one finding per fault, for a person who drew it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A fault of a chart.

    ``rule``: a stable name (``deadlock``, ``unbound-name`` …). ``element``: the id of the element where it shows.
    ``message``: one or two sentences for a business user. ``trace``: for a fault of the flow, the ids of the nodes on a
    shortest way there, which the drawing can play; empty otherwise. An ``error`` keeps a chart from being published.
    ``name``: of an unknown field the name that the chart reads it by; empty otherwise.
    """

    rule: str
    severity: Severity
    element: str
    message: str
    trace: tuple[str, ...] = ()
    name: str = ""
