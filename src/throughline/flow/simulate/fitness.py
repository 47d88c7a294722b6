"""
Whether a table of the kernel's answers may carry the cases of a chart.

A table forgets the data of a case and lets forks be answered from outside. That is right as long as nothing else looks
at data, and as long as the data that forks look at is known outside: what a case began with, and what work has set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.timers import TimerRule
    from throughline.flow.simulate.setting import Setting

COUNTS = frozenset(
    {
        "loopCounter",
        "numberOfInstances",
        "numberOfActiveInstances",
        "numberOfCompletedInstances",
        "numberOfTerminatedInstances",
    }
)
"""Names that the kernel knows without data."""
CLOCK = ("now(", "now (", "today(", "today (")


def why_no_table(setting: Setting) -> str:
    """Return what speaks against a table, as the end of a sentence; "" when nothing does."""
    if len(setting.charts) > 1:
        return "it calls other processes"
    if setting.chart.conditions:
        return "it waits for conditions"
    by_data = any(fork.kind == "conditions" for fork in setting.forks)
    for node in setting.chart.nodes:
        if reason := next(_reasons(node), ""):
            return f"{node.label!r} {reason}"
        if by_data and (reason := next(_changes(node, setting), "")):
            return f"a condition looks at data and {node.label!r} {reason}"
    if by_data and any(body.names for body in setting.chart.bodies.values()):
        return "a condition looks at data and a sub-process has data of its own"
    return ""


def _reasons(node: Node) -> Iterator[str]:
    """Give what lets the data of a case change its way, besides forks."""
    for definition in node.definitions:
        if definition.timer is not None and not _is_steady(definition.timer):
            yield "has a timer that repeats or looks at data"
    loop = node.loop
    if loop is not None:
        formulas = [
            loop.maximum,
            loop.condition,
            loop.cardinality,
            loop.completion,
            *(each for each, _ in loop.complex),
        ]
        if loop.collection is not None or loop.output is not None or _looks_at_data(formulas):
            yield "repeats by data"
    if node.type == "adHocSubProcess":
        yield "is ad hoc"
    if node.type == "complexGateway":
        yield "is a complex gateway"
    rule = node.rule
    if getattr(rule, "due", None) is not None and _looks_at_data([rule.due]):
        yield "is due by data"


def _changes(node: Node, setting: Setting) -> Iterator[str]:
    """Give what changes data in a way that only the kernel knows."""
    if node.outputs and node.type not in ("intermediateThrowEvent", "endEvent", "sendTask"):
        yield "sets variables"
    if node.type in ("scriptTask", "businessRuleTask") and node.id not in setting.by_hand:
        yield "sets variables"
    if node.type == "scriptTask":
        yield "runs a script"
    if getattr(node.rule, "result", "") and node.phase == "action":
        yield "keeps a result"
    if node.loop is not None and any(station.results for station in setting.stations.values()):
        yield "repeats what may set variables"
    answer = setting.answers.get(node.id)
    if answer is not None and answer.payload:
        yield "brings data"


def _is_steady(timer: TimerRule) -> bool:
    """Say whether a timer depends on nothing but the instant it is set at."""
    if timer.kind == "cycle":
        return False
    if timer.formula is None:
        return True
    return not timer.formula.reads and not any(word in timer.formula.text for word in CLOCK)


def _looks_at_data(formulas: Iterable[Any]) -> bool:
    return any(each is not None and not each.roots <= COUNTS for each in formulas)
