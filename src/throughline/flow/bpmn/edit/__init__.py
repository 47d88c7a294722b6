"""
Changes of a chart as operations: what a table of steps, a guided path and a program do to a drawing.

Theory of operation. Every operation takes :class:`~throughline.flow.bpmn.model.Definitions` and returns others; what
it does not touch stays the same value, so that it is written byte for byte as before. Inside, a
:class:`~throughline.flow.bpmn.edit.sketch.Sketch` holds the flow elements by id, which makes a change of the flow a few
assignments, and puts the tree together again at the end. An operation that would leave a broken file (a flow without
an end, two flows into a start) is refused with :class:`NotEditable`, whose sentence is for the person who asked;
whether the procedure makes sense is the business of the check, not of these operations.

The picture: places that were chosen stay. Where something came, went or was connected anew, room is made for it by
:func:`~throughline.flow.bpmn.layout.kept`; only where that finds no place, as for the first lane, the chart is laid out
as a whole by :func:`~throughline.flow.bpmn.layout.lay_out`, and keeps the colours that people gave.

Ids are made from names, without chance or clock: the same operation on the same chart gives the same file.
"""

from throughline.flow.bpmn.edit.decisions import Way, branch, remind, set_ways
from throughline.flow.bpmn.edit.flows import connect, disconnect, redirect, set_condition
from throughline.flow.bpmn.edit.lanes import add_lane, put_in_lane, role_of
from throughline.flow.bpmn.edit.outline import Exit, Row, outline
from throughline.flow.bpmn.edit.settings import (
    describe_step,
    rename,
    set_action,
    set_evidence,
    set_procedure,
    set_timer,
    set_trigger,
    set_value_adding,
    set_work,
)
from throughline.flow.bpmn.edit.sketch import NotEditable
from throughline.flow.bpmn.edit.steps import add_after, add_alone, change_kind, delete, move_after
from throughline.flow.bpmn.edit.templates import Template, template

__all__ = [
    "Exit",
    "NotEditable",
    "Row",
    "Template",
    "Way",
    "add_after",
    "add_alone",
    "add_lane",
    "branch",
    "change_kind",
    "connect",
    "delete",
    "describe_step",
    "disconnect",
    "move_after",
    "outline",
    "put_in_lane",
    "redirect",
    "remind",
    "rename",
    "role_of",
    "set_action",
    "set_condition",
    "set_evidence",
    "set_procedure",
    "set_timer",
    "set_trigger",
    "set_value_adding",
    "set_ways",
    "set_work",
    "template",
]
