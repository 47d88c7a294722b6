"""Why a chart cannot run: problems with a rule, an element and a sentence, found all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing that is wrong: the ``rule`` it breaks, the ``element`` (id) and a message of the form *Expected X, but
    Y.*
    """

    rule: str
    element: str
    message: str


class ChartRefused(ValueError):
    """A chart that must not run; ``problems`` says everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.message for problem in self.problems))
