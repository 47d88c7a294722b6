"""
One evaluation: what it reads, when it is, how much work it has left, and why things became null.

Theory of operation. Every compiled closure takes ``(run, frame)``: the run is this record, the frame holds the local
variables (``compiler``). Work is counted where the size of a result or a repetition is decided by data: per iteration,
per filtered item, per call and per item or character that a built-in takes or produces. What exceeds the budget raises,
because a null would hide that the answer is missing for lack of time and not of data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from throughline.flow.feel.errors import FeelTooMuchWork, FeelWarning, place
from throughline.flow.values import DateTime

MOST_STEPS = 1_000_000
DEEPEST_CALL = 100
SERIES = 100
"""What a logarithm, an exponential or a power costs."""
CONTAINERS = frozenset({list, dict})


class Run:
    """What the closures of one evaluation share."""

    steps = MOST_STEPS  # set on the instance only when counted: most evaluations never do
    calls = 0

    def __init__(
        self,
        context: Mapping[str, Any],
        now: DateTime | None,
        warnings: list[FeelWarning] | None,
        text: str,
        steps: int | None = None,
    ) -> None:
        self.context = context
        self.now = now
        self.warnings = warnings
        self.text = text
        if steps is not None:
            self.steps = steps

    def warn(self, at: int, message: str) -> None:
        """Say why the expression at that offset is null."""
        if self.warnings is not None:
            self.warnings.append(FeelWarning(message, *place(self.text, at)))

    def spend(self, steps: int = 1) -> None:
        """Raises FeelTooMuchWork when the budget is used up."""
        self.steps -= steps
        if self.steps < 0:
            raise FeelTooMuchWork("Expected the evaluation to take fewer steps, but it needs more than it may.")

    def weigh(self, value: Any) -> None:
        """
        Count everything inside a list or context, as often as it is held there.

        A list that holds another twice takes no more room, but going through it takes twice as long: thirty such lists
        inside each other are a billion items. Raises FeelTooMuchWork.
        """
        waiting = [value]
        while waiting:
            inner = waiting.pop()
            if type(inner) is list:
                waiting.extend(item for item in inner if type(item) in CONTAINERS)
                self.spend(len(inner))
            elif type(inner) is dict:
                waiting.extend(item for item in inner.values() if type(item) in CONTAINERS)
                self.spend(len(inner))

    def enter(self) -> None:
        """Count one more call of a FEEL function inside others. Raises FeelTooMuchWork."""
        self.calls += 1
        if self.calls > DEEPEST_CALL:
            raise FeelTooMuchWork(f"Expected at most {DEEPEST_CALL} calls inside each other, but there are more.")
        self.spend()

    def leave(self) -> None:
        self.calls -= 1


NOWHERE = Run({}, None, None, "")
"""For what is computed while compiling: it reads no context and knows no time."""
