"""
One asking of a model: what was given, what has been decided so far, and why.

Theory of operation. A compiled model is shared and never changes; everything that belongs to one question lives in a
`Session`: the inputs, the values of nodes already decided (each node is decided once), warnings, and, when asked for,
the traces from which an explanation is made. A decision service opens an inner session, whose decisions see only what
the service was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from throughline.flow.feel.errors import FeelTooMuchWork, FeelWarning
from throughline.flow.values import DateTime, Value

Scope = dict[str, Any]
"""The variables an expression sees, by name. A scope is never changed once an expression has seen it."""

DEEPEST_CALL = 64
"""How deep knowledge models may call each other in one session."""

MOST_EVALUATIONS = 500_000
"""How many expressions one question may evaluate; FEEL bounds the work of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRule:
    """
    A rule that made a result. ``number`` counts from 1 in the order of the table.

    ``inputs`` are the values of the input clauses by their text, ``annotations`` the notes beside the rule by column;
    a description of the rule, which some editors use for the note, has the column ``""``.
    """

    number: int
    id: str | None
    inputs: tuple[tuple[str, Value], ...]
    conditions: tuple[str, ...]
    outputs: tuple[tuple[str, Value], ...]
    annotations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableUse:
    """One evaluation of a decision table, with the rules that made its result (none: the default or null)."""

    table: str | None
    hit_policy: str
    rules: tuple[MatchedRule, ...]
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One node of the requirement graph and how it came to its value."""

    name: str
    id: str | None
    value: Value
    tables: tuple[TableUse, ...]


@dataclass(slots=True)
class Trace:
    """What a session notes for an explanation: the decided nodes in order, the tables of the one under way."""

    decided: list[Decided] = field(default_factory=list)
    tables: list[TableUse] = field(default_factory=list)


@dataclass(slots=True)
class Budget:
    """What is left of the work that one question may take, shared with the sessions of services."""

    evaluations: int = MOST_EVALUATIONS

    def spend(self) -> None:
        """Count one evaluation. Raises FeelTooMuchWork when there were too many."""
        self.evaluations -= 1
        if self.evaluations < 0:
            raise FeelTooMuchWork(f"Expected at most {MOST_EVALUATIONS} evaluations, but the decision needs more.")


@dataclass(slots=True)
class Session:
    """
    The state of one question.

    ``given`` finds the value of an input by the namespace of its model and its name; it answers None for an unknown
    one. ``values`` are the values of nodes by identity.
    """

    given: Callable[[str, str], Value]
    surroundings: Mapping[str, Value]
    now: DateTime | None
    warnings: list[FeelWarning]
    trace: Trace | None = None
    values: dict[int, Any] = field(default_factory=dict)
    depth: int = 0
    budget: Budget = field(default_factory=Budget)

    def warn(self, sentence: str) -> None:
        """Note why something became null."""
        self.warnings.append(FeelWarning(sentence))

    def inner(self, given: Callable[[str, str], Value]) -> Session:
        """Open a session for a decision service: nothing decided yet, the same warnings and trace."""
        return Session(given, {}, self.now, self.warnings, self.trace, {}, self.depth + 1, self.budget)
