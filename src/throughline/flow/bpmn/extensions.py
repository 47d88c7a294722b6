"""
Throughline's own words in a chart: the records of the namespace ``urn:throughline:bpmn:1``.

They stand in ``bpmn:extensionElements`` and say what a drawing cannot: which action a step performs, who gets the
work and when it is due, what proves that it was done, which event starts a case. Fields called ``value``, ``key``,
``where``, ``that``, ``assignee``, ``queue``, ``due`` and ``priority`` hold FEEL as text, empty when not given; they
are compiled by the engine, not here.
"""

# ruff: noqa: RUF009  the defaults are field specifiers, made once per class

from __future__ import annotations

from dataclasses import dataclass

from throughline.flow.bpmn.markup import Markup
from throughline.flow.bpmn.schema import attribute, child, children, content, element, flag, text_child
from throughline.flow.bpmn.xml import BPMN, TL


@element("input", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Markup):
    """A value handed to an action or decision: parameter ``name`` is the FEEL ``value``."""

    name: str = attribute("name")
    value: str = attribute("value")


@element("output", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Markup):
    """A value taken back: case variable ``name`` becomes the FEEL ``value`` over ``result`` or ``message``."""

    name: str = attribute("name")
    value: str = attribute("value")


@element("action", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Markup):
    """What a service or send task asks of the CRM; ``name`` is a name of the action catalogue."""

    name: str = attribute("name")
    inputs: tuple[Input, ...] = children(Input)
    outputs: tuple[Output, ...] = children(Output)


@element("outcome", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Markup):
    """One way a person can end a step; ``value`` is a plain text, not FEEL."""

    value: str = attribute("value")
    label: str = attribute("label")


@element("field", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class FormField(Markup):
    """
    A field of the form of a step; it becomes the case variable ``name``. ``options`` are plain texts, parted by
    commas.
    """

    name: str = attribute("name")
    label: str = attribute("label")
    type: str = attribute("type", "text")
    required: bool = flag("required")
    options: str = attribute("options")

    @property
    def choices(self) -> tuple[str, ...]:
        """The options as a tuple."""
        return tuple(part.strip() for part in self.options.split(",") if part.strip())


@element("workItem", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem(Markup):
    """
    What a person is asked to do.

    ``clock`` says whether ``due`` counts elapsed or business time, the latter of the named ``calendar``. The chosen
    outcome is kept in the case variable ``result``.
    """

    assignee: str = attribute("assignee")
    queue: str = attribute("queue")
    due: str = attribute("due")
    clock: str = attribute("clock", "elapsed")
    calendar: str = attribute("calendar", "default")
    priority: str = attribute("priority")
    result: str = attribute("result", "outcome")
    guidance: str = text_child("guidance", namespace=TL)
    outcomes: tuple[Outcome, ...] = children(Outcome)
    fields: tuple[FormField, ...] = children(FormField)


@element("evidence", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Markup):
    """
    A journal event that proves a human step was done: it completes the step with ``outcome`` when ``where`` holds.
    """

    event: str = attribute("event")
    where: str = attribute("where")
    outcome: str = attribute("outcome")


@element("decision", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Markup):
    """
    The decision a business rule task asks: table ``ref``, decision name ``decision``, answer into variable
    ``result``.
    """

    ref: str = attribute("ref")
    decision: str = attribute("decision")
    result: str = attribute("result")
    inputs: tuple[Input, ...] = children(Input)
    outputs: tuple[Output, ...] = children(Output)


@element("trigger", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(Markup):
    """The journal event that starts a case here, if ``where`` holds or is empty."""

    event: str = attribute("event")
    where: str = attribute("where")


@element("correlation", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation(Markup):
    """The FEEL ``key`` that ties a message to a case."""

    key: str = attribute("key")


@element("expect", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Markup):
    """
    What a plausible message fulfils; ``otherwise`` is reported when ``that`` does not hold, and nothing is blocked.
    """

    that: str = attribute("that")
    otherwise: str = attribute("otherwise")


@element("procedure", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(Markup):
    """
    The procedure a process is: its ``key`` and the type of ``record`` its cases travel with. One that ``watches`` does
    not act: it follows what people do (:mod:`throughline.flow.engine.watching`).
    """

    key: str = attribute("key")
    record: str = attribute("record")
    watches: bool = flag("watches")


@element("role", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Markup):
    """The role (queue) a lane stands for."""

    key: str = attribute("key")


@element("valueAdding", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAdding(Markup):
    """Whether a customer would pay for the step: ``yes``, ``necessary`` or ``waste``."""

    value: str = attribute("value")


@element("reads", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Reads(Markup):
    """A field of a record that the step reads, such as ``lead.region``."""

    field: str = attribute("field")


@element("writes", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Writes(Markup):
    """A field of a record that the step writes."""

    field: str = attribute("field")


@element("simulation", TL)
@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation(Markup):
    """Figures for simulation: the attributes and children as written, which the simulator names and reads."""

    text: str = content()

    @property
    def figures(self) -> dict[str, str]:
        """The attributes by local name."""
        return {name.rpartition("}")[2]: value for name, value in self.attributes}


@element("extensionElements", BPMN)
@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions(Markup):
    """
    All extension elements of one BPMN element: Throughline's as records, everybody else's word for word in ``rest``.
    """

    procedure: Procedure | None = child(Procedure)
    trigger: Trigger | None = child(Trigger)
    role: Role | None = child(Role)
    action: Action | None = child(Action)
    work_item: WorkItem | None = child(WorkItem)
    evidence: tuple[Evidence, ...] = children(Evidence)
    decision: Decision | None = child(Decision)
    correlation: Correlation | None = child(Correlation)
    expects: tuple[Expect, ...] = children(Expect)
    inputs: tuple[Input, ...] = children(Input)
    outputs: tuple[Output, ...] = children(Output)
    value_adding: ValueAdding | None = child(ValueAdding)
    reads: tuple[Reads, ...] = children(Reads)
    writes: tuple[Writes, ...] = children(Writes)
    simulation: Simulation | None = child(Simulation)


NO_EXTENSIONS = Extensions()
