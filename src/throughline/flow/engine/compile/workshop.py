"""
What compiling one process needs at hand: the file, the names in scope, the decisions, and the problems found so far.

Mistakes do not stop the compiler; they are collected, so that an author sees all of them at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from throughline.flow.bpmn import model as bpmn
from throughline.flow.bpmn.extensions import Input, Output
from throughline.flow.engine.chart import OutputRule
from throughline.flow.engine.compile.problems import Problem
from throughline.flow.engine.formula import Formula
from throughline.flow.feel import FeelSyntaxError

if TYPE_CHECKING:
    from throughline.flow.dmn.compile import DecisionModel

NULL = "null"


class Workshop:
    """The state of one compilation."""

    def __init__(
        self,
        definitions: bpmn.Definitions,
        process: bpmn.Process,
        decisions: Mapping[str, DecisionModel],
        by_hand: Collection[str],
    ) -> None:
        self.definitions = definitions
        self.process = process
        self.decisions = decisions
        self.by_hand = frozenset(by_hand)
        self.watches = process.extensions.procedure is not None and process.extensions.procedure.watches
        self.problems: list[Problem] = []
        self.messages = definitions.messages
        self.signals = definitions.signals
        self.errors = definitions.errors
        self.escalations = definitions.escalations
        self.operations = {
            operation.id: operation
            for element in definitions.elements
            if isinstance(element, bpmn.Interface)
            for operation in element.operations
        }
        self.data = data_names(process)
        self.names = sorted(special_names(process, self.data))

    def problem(self, rule: str, element: str, message: str) -> None:
        """Note something that is wrong."""
        self.problems.append(Problem(rule, element, message))

    def formula(self, text: str, element: str, what: str) -> Formula:
        """Compile an expression; a mistake is noted and null stands in its place."""
        try:
            return Formula(text, self.names)
        except FeelSyntaxError as mistake:
            self.problem(
                "expression", element, f"Expected {what} of {element!r} to be FEEL, but {text!r} is not: {mistake}"
            )
            return Formula(NULL)

    def optional(self, text: str, element: str, what: str) -> Formula | None:
        """Compile an expression that may be left out."""
        return self.formula(text, element, what) if text.strip() else None

    def expression(self, expression: bpmn.Expression | None, element: str, what: str) -> Formula | None:
        """Compile an expression element; one without text counts as left out."""
        return None if expression is None else self.optional(expression.text, element, what)

    def mappings(self, pairs: Iterable[Input | Output], element: str) -> tuple[OutputRule, ...]:
        """Compile inputs or outputs."""
        return tuple(
            OutputRule(each.name, self.formula(each.value or NULL, element, f"{each.name!r}")) for each in pairs
        )

    def message_name(self, message_ref: str, operation_ref: str = "") -> str:
        """Return the name of a message given by itself or by the operation that takes it."""
        if not message_ref and operation_ref in self.operations:
            message_ref = self.operations[operation_ref].in_message_ref
        message = self.messages.get(message_ref)
        return message_ref if message is None else message.name or message.id


def data_names(process: bpmn.Process) -> dict[str, str]:
    """
    Return the variable name of each data object, property, data input or output by id; references lead to objects.
    """
    names: dict[str, str] = {}
    references: dict[str, str] = {}

    def add(items: Iterable[bpmn.Property | bpmn.DataInput | bpmn.DataOutput | bpmn.DataObject]) -> None:
        names.update((item.id, item.name or item.id) for item in items)

    add(process.properties)
    if process.io is not None:
        add(process.io.inputs)
        add(process.io.outputs)
    for element, _ in process.walk():
        if isinstance(element, bpmn.DataObject):
            add((element,))
        elif isinstance(element, bpmn.DataObjectReference):
            references[element.id] = element.data_object_ref
        elif isinstance(element, bpmn.Activity):
            add(element.properties)
    names.update((ref, names[target]) for ref, target in references.items() if target in names)
    return names


def special_names(process: bpmn.Process, data: Mapping[str, str]) -> set[str]:
    """Return the variable names of a process that FEEL could not tell apart without knowing them."""
    found = set(data.values())
    for element, _ in process.walk():
        extensions = element.extensions
        if isinstance(element, bpmn.Activity):
            found.add(element.result)
            if isinstance(element.loop, bpmn.MultiInstance):
                items = (element.loop.input_item, element.loop.output_item)
                found.update(item.name for item in items if item is not None)
        if extensions.work_item is not None:
            found.add(extensions.work_item.result)
            found.update(each.name for each in extensions.work_item.fields)
        found.update(each.name for each in extensions.outputs)
        if extensions.action is not None:
            found.update(each.name for each in extensions.action.outputs)
        if extensions.decision is not None:
            found.add(extensions.decision.result)
            found.update(each.name for each in extensions.decision.outputs)
    return {name for name in found if name and not name.isidentifier()}
