"""Suggestions: small changes of a chart that anybody can propose, carried out by the operations on charts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from throughline.flow.bpmn import edit, model

Change = Callable[[model.Definitions, str, str], model.Definitions]


def _rename(chart: model.Definitions, element: str, value: str) -> model.Definitions:
    return edit.rename(chart, element=element, name=value)


def _guidance(chart: model.Definitions, element: str, value: str) -> model.Definitions:
    return edit.set_work(chart, node=element, guidance=value)


def _due(chart: model.Definitions, element: str, value: str) -> model.Definitions:
    return edit.set_work(chart, node=element, due=f'duration("{value}")')


def _why(chart: model.Definitions, element: str, value: str) -> model.Definitions:
    return edit.describe_step(chart, node=element, text=value)


def _after(chart: model.Definitions, element: str, value: str) -> model.Definitions:
    step = edit.Template(model.UserTask(id="suggested", name=value))
    return edit.add_after(chart, after=element, step=step, name=value)[0]


def _leave_out(chart: model.Definitions, element: str, value: str) -> model.Definitions:  # noqa: ARG001 - nothing to say
    return edit.delete(chart, node=element)


CHANGES: Final[Mapping[str, Change]] = {
    "name": _rename,
    "guidance": _guidance,
    "due": _due,
    "why": _why,
    "after": _after,
    "leave_out": _leave_out,
}
"""Kinds of suggestions → what they do to a chart. ``due`` takes a length of time (``P2D``)."""


def applied(chart: model.Definitions, *, kind: str, element: str, value: str) -> model.Definitions:
    """
    Return the chart with a suggestion carried out.

    Raises:
        NotEditable: the step is gone, or this cannot be done to it; the sentence says why.
    """
    return CHANGES[kind](chart, element, value)
