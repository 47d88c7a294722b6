"""What a pack is once it has been read: procedures that belong together, with what they need. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
"""The number of this way to write packs; a file with a greater one comes from a later version of the product."""

FIRST = ("fields",)
"""What a manifest may list that its procedures need to be there before them."""
VARIANTS = "variants"
"""The list that says which of the procedures are variants of others: ``key``, ``of``, ``name`` and ``rule`` (FEEL)."""
LISTED = (*FIRST, "pipelines", "products", "price_books", "goals", "dashboards", VARIANTS)
"""What else a manifest may list, in the order in which it is installed: each needs what stands before it."""


class BadPack(Exception):
    """A file or folder that is no pack; the text is one sentence for whoever chose it."""


@dataclass(frozen=True, slots=True)
class PackedProcedure:
    """A procedure in a pack: its key, name, the record type it travels with, and its chart as a BPMN file."""

    key: str
    name: str
    record: str
    chart: bytes


@dataclass(frozen=True, slots=True)
class PackedDecision:
    """A decision table in a pack: the key that steps refer to, its name, and its model as a DMN file."""

    key: str
    name: str
    model: bytes


@dataclass(frozen=True, slots=True)
class PackedScenario:
    """A scenario in a pack: the key of the procedure it runs, and the members of a ``run`` request with ``expect``."""

    name: str
    procedure: str
    members: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """
    Something a pack asks of whoever installs it; the answer takes the place of ``[[key]]`` in its texts.

    ``kind`` is ``text``, or ``team`` for one of the company's teams by key.
    """

    key: str
    label: str
    default: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Pack:
    """
    Procedures that belong together, with what they need.

    ``version`` is written by its author (1.0, 1.1 …), ``origin`` says where it comes from, ``kind`` is ``procedures``
    or ``starter`` (chosen at set-up; ``includes`` names the packs that belong to it). ``listed`` holds what its
    manifest lists under the names of ``LISTED``. ``files`` is the pack as it lies on a disk, by path: what is written
    to a file, and what its digest is taken of.
    """

    key: str
    name: str
    summary: str
    procedures: tuple[PackedProcedure, ...]
    decisions: tuple[PackedDecision, ...]
    version: str = "1.0"
    origin: str = ""
    kind: str = "procedures"
    area: str = ""
    review_months: int = 4
    includes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    scenarios: tuple[PackedScenario, ...] = ()
    listed: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def decision_keys(self) -> frozenset[str]:
        """The keys of its decision tables."""
        return frozenset(decision.key for decision in self.decisions)

    def procedure(self, key: str) -> PackedProcedure | None:
        """Return the procedure with this key, or None."""
        return next((each for each in self.procedures if each.key == key), None)

    def decision(self, key: str) -> PackedDecision | None:
        """Return the decision table with this key, or None."""
        return next((each for each in self.decisions if each.key == key), None)
