"""
A scope of a chart as a net of places and transitions.

Theory of operation. Every sequence flow is a place; a token on it is a token in the drawing. A node becomes one or more
transitions that take tokens from places and put tokens on places; ``path`` names the nodes that the firing passes, in
order, so that any run of the net can be played on the drawing. Three kinds of firing are enough for BPMN 2.0.2 §13:

* ``plain`` takes one token from each input and gives one to each output;
* ``inclusive`` is the joining inclusive gateway (§13.4.3): it takes what its inputs hold, and waits while a token
  upstream can still reach an input that is empty;
* ``ending`` is an end that clears its scope (terminate, error, cancel).

A place marked ``sink`` remembers that an end was reached: it is never emptied, so a second token in it is improper
completion. Sub-processes are nets of their own: seen from outside they are activities that may finish.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["plain", "inclusive", "ending"]


@dataclass(slots=True)
class Place:
    """
    Where a token can be.

    ``element`` is the node that the token is waiting to enter (or, in a sink, the end). ``doubled`` is the node that is
    entered twice when a second token comes: another one where a reduction moved the meeting of two ways down to here.
    """

    element: str
    doubled: str
    sink: bool = False


@dataclass(slots=True, eq=False)
class Transition:
    """
    One way in which tokens move.

    ``path``: ids of the nodes passed, in order. ``covers``: ids of nodes that some run passes whenever this can fire;
    at least those of ``path``, and those of transitions that a reduction folded into this one.
    """

    takes: frozenset[int]
    gives: frozenset[int]
    path: tuple[str, ...]
    kind: Kind = "plain"
    covers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.covers = self.covers | frozenset(self.path)


@dataclass(slots=True)
class Net:
    """Places, transitions, and the alternative ways to begin: each a set of places that hold one token at first."""

    places: list[Place] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    beginnings: list[frozenset[int]] = field(default_factory=list)

    def place(self, element: str, *, sink: bool = False) -> int:
        """Add a place and return its number."""
        self.places.append(Place(element, element, sink))
        return len(self.places) - 1

    def transition(
        self,
        takes: set[int] | frozenset[int],
        gives: set[int] | frozenset[int],
        path: tuple[str, ...],
        kind: Kind = "plain",
    ) -> None:
        """Add a transition."""
        self.transitions.append(Transition(frozenset(takes), frozenset(gives), path, kind))
