"""
Two versions of a drawing in one picture, or beside each other: what came, what went, what is done otherwise.

:func:`change_marks` turns the changes that :mod:`throughline.flow.bpmn.diff` finds into marks of the old and of the new
drawing. :func:`overlaid` puts what is gone back into the new drawing, at the place where it was, so that one picture
shows both; it is for looking at, not for running.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from throughline.flow.bpmn import model as m
from throughline.flow.bpmn.diff import Change
from throughline.flow.bpmn.render.marks import Mark

KINDS: Mapping[str, str] = {"added": "added", "removed": "removed", "moved": "moved"}
"""Kinds of changes that are marked as what they are; every other one marks its element as changed."""

SHOWN = 2
"""So many aspects are written at a changed element; more are counted."""


def change_marks(
    old: m.Definitions, new: m.Definitions, changes: Iterable[Change], words: Mapping[str, str]
) -> tuple[dict[str, Mark], dict[str, Mark]]:
    """
    Return marks for the old and for the new drawing; ``words`` says what a kind of change is called on it.

    A way between steps that is only in one of them is gone there or new here.
    """
    known, present = _ids(old), _ids(new)
    said: dict[str, list[Change]] = {}
    for change in changes:
        said.setdefault(change.element, []).append(change)
    before: dict[str, Mark] = {}
    after: dict[str, Mark] = {}
    for element, about in said.items():
        mark = Mark(change=_kind(element, about, known, present), note=_note(about, words))
        if element in known and mark.change != "added":
            before[element] = mark
        if element in present and mark.change != "removed":
            after[element] = mark
    return before, after


def _kind(element: str, about: list[Change], known: set[str], present: set[str]) -> str:
    if element not in known:
        return "added"
    if element not in present:
        return "removed"
    kinds = {KINDS.get(change.kind, "changed") for change in about}
    return "moved" if kinds == {"moved"} else "changed"


def _note(about: list[Change], words: Mapping[str, str]) -> str:
    named = list(dict.fromkeys(words.get(change.kind, change.aspect) for change in about))
    more = len(named) - SHOWN
    return ", ".join(named[:SHOWN]) + (f" +{more}" if more > 0 else "")


def overlaid(old: m.Definitions, new: m.Definitions) -> m.Definitions:
    """
    Return the new drawing with the flow elements of the old one that are gone, where they were.

    What was gone inside sub-processes is not put back; comparing beside each other shows it.
    """
    present = _ids(new)
    gone = {process.id: [each for each in process.elements if each.id not in present] for process in old.processes}
    processes = {process.id for process in new.processes}
    if not any(gone.get(key) for key in processes):
        return new
    elements = tuple(
        replace(each, elements=(*each.elements, *gone.get(each.id, ()))) if isinstance(each, m.Process) else each
        for each in new.elements
    )
    put_back = {each.id for key in processes for each in gone.get(key, ())}
    return replace(new, elements=elements, diagrams=_with_shapes(old, new, put_back))


def _with_shapes(old: m.Definitions, new: m.Definitions, wanted: set[str]) -> tuple[m.Diagram, ...]:
    drawn = [
        shape
        for diagram in old.diagrams
        if diagram.plane is not None
        for shape in diagram.plane.elements
        if shape.element in wanted
    ]
    if not new.diagrams or new.diagrams[0].plane is None:
        return new.diagrams
    first = new.diagrams[0]
    assert first.plane is not None
    plane = replace(first.plane, elements=(*first.plane.elements, *drawn))
    return (replace(first, plane=plane), *new.diagrams[1:])


def _ids(drawing: m.Definitions) -> set[str]:
    """Return the ids of all flow elements and lanes."""
    walked = {item.id for process in drawing.processes for item, _ in process.walk()}
    return walked | {lane.id for process in drawing.processes for lane in process.lanes}
