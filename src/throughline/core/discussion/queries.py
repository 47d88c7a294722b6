"""Reads of discussions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from throughline.core.discussion.models import Decision, Link, Remark, Round, Standing
from throughline.flow.bpmn import model


@dataclass(frozen=True, slots=True)
class Place:
    """A step or arrow that can be talked about: its id and what it is called."""

    id: str
    name: str
    is_arrow: bool


def places(chart: model.Definitions) -> list[Place]:
    """Return the steps and arrows of a chart that have a name, and arrows by what they join."""
    names: dict[str, str] = {}
    arrows: list[model.SequenceFlow] = []
    for process in chart.processes:
        for element, _ in process.walk():
            if isinstance(element, model.SequenceFlow):
                arrows.append(element)
            elif isinstance(element, model.FlowNode):
                names[element.id] = element.name
    steps = [Place(key, name, is_arrow=False) for key, name in names.items() if name]
    lines = [
        Place(each.id, f"{names.get(each.source, '')} → {each.name or names.get(each.target, '')}", is_arrow=True)
        for each in arrows
        if each.name or (names.get(each.source) and names.get(each.target))
    ]
    return [*steps, *lines]


def remarks(*, procedure: str, element: str = "") -> list[Remark]:
    """Return the remarks on a procedure (on one step or arrow), replies among them, the oldest first. One query."""
    rows = Remark.objects.filter(procedure__key=procedure).select_related("author", "answers__author")
    return list(rows.filter(element=element) if element else rows)


def said_in_trials(*, procedure: str, limit: int = 100) -> list[Remark]:
    """Return what testers have said about a procedure's drafts, replies left out, the youngest first. One query."""
    rows = Remark.objects.filter(procedure__key=procedure, in_trial=True, answers=None).select_related("author")
    return list(rows.order_by("-said_at", "-pk")[:limit])


def open_by_element(found: Sequence[Remark]) -> dict[str, int]:
    """Return how many open remarks, replies left out, each step or arrow has."""
    return Counter(each.element for each in found if each.standing == Standing.OPEN and each.answers_id is None)


def decisions(*, procedure: str, number: int | None = None) -> list[Decision]:
    """Return what was decided about a procedure (up to a version), the latest first. One query."""
    rows = Decision.objects.filter(procedure__key=procedure).select_related("decided_by")
    return list(rows.filter(number__lte=number) if number is not None else rows)


def rounds(*, procedure: str) -> list[Round]:
    """Return the rounds of feedback of a procedure with who was asked, the latest first. Two queries."""
    rows = Round.objects.filter(procedure__key=procedure).select_related("asked_by")
    return list(rows.prefetch_related("invitations__user"))


def links(*, procedure: str, at: datetime) -> list[Link]:
    """Return the links of a procedure that still lead somewhere, the latest first. One query."""
    return list(Link.objects.filter(procedure__key=procedure, revoked_at=None, expires_at__gt=at))
