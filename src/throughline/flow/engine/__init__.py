"""
The engine: charts that run, as pure functions.

Theory of operation. A BPMN process is compiled once (:func:`compile_chart`). A case of it is a small :class:`State`.
Whatever happens to the case comes in as a *command*; :func:`decide` turns it into *events*, :func:`apply` is the only
thing that lets an event change a state, and :func:`effects` says what the world must do because of it. :func:`advance`
does the three in one pass. There is no clock, chance or input and output in here: the same chart, state, command and
surroundings give the same events, so a live case, a simulated one and the replay of a log differ only in who answers
the effects.

    from throughline.flow import bpmn, engine

    chart = engine.compile_chart(bpmn.read(xml))
    step = engine.advance(chart, None, engine.commands.Start(), engine.Surroundings(now))
    step.state, step.events, step.effects

Read :mod:`~throughline.flow.engine.step` for how a step works, :mod:`~throughline.flow.engine.lifecycle` for which
command is accepted when, and :mod:`~throughline.flow.engine.elements` for what each BPMN element does.
"""

from throughline.flow.engine import commands, events
from throughline.flow.engine.apply import apply, replay
from throughline.flow.engine.chart import Chart, Node, StartPoint
from throughline.flow.engine.codec import (
    decode_command,
    decode_event,
    decode_state,
    encode_command,
    encode_event,
    encode_state,
)
from throughline.flow.engine.compile import ChartRefused, Problem, compile_chart
from throughline.flow.engine.decide import Advance, advance, decide
from throughline.flow.engine.effects import effects
from throughline.flow.engine.lifecycle import CommandRefused
from throughline.flow.engine.migration import MigrationRefused, Plan, Preview, migrate, preview
from throughline.flow.engine.state import State
from throughline.flow.engine.surroundings import Surroundings

__all__ = [
    "Advance",
    "Chart",
    "ChartRefused",
    "CommandRefused",
    "MigrationRefused",
    "Node",
    "Plan",
    "Preview",
    "Problem",
    "StartPoint",
    "State",
    "Surroundings",
    "advance",
    "apply",
    "commands",
    "compile_chart",
    "decide",
    "decode_command",
    "decode_event",
    "decode_state",
    "effects",
    "encode_command",
    "encode_event",
    "encode_state",
    "events",
    "migrate",
    "preview",
    "replay",
]
