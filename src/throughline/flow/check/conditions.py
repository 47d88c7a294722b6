"""
Conditions that can never hold, answers that do not exist, arrows whose turn never comes, decisions that leave a gap.

Each is found by trying the conditions of a decision together (:mod:`sampling`) with the values that the names can have
(:mod:`domains`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from throughline.flow.bpmn import model as bpmn
from throughline.flow.check.domains import Domain, Path, spoken, spoken_one
from throughline.flow.check.expressions import compiled
from throughline.flow.check.findings import Finding, Severity
from throughline.flow.check.reaching import Reaching
from throughline.flow.check.sampling import Question, Trials, given, key
from throughline.flow.check.scopes import Scope, label
from throughline.flow.feel import FeelSyntaxError
from throughline.flow.values import Value


@dataclass(frozen=True, slots=True)
class Surely:
    """
    What is sure about names: their ``domains``, and how they are ``reaching`` a place.

    ``severity``: how grave a condition is that never holds; ``severity_of_gaps``: how grave one is that is missing.
    """

    names: frozenset[str]
    domains: Mapping[Path, Domain]
    reaching: Reaching
    severity: Severity
    severity_of_gaps: Severity


@dataclass(frozen=True, slots=True)
class _Way:
    """An arrow with a condition that can be tried."""

    flow: bpmn.SequenceFlow
    question: Question

    def holds(self, trial: Mapping[Path, Value]) -> bool:
        """Whether the arrow is taken when the names have these values."""
        return self.question.holds(given(self.question, trial))

    @property
    def told(self) -> str:
        """How a person would call the arrow."""
        name = self.flow.name.strip()
        return f"“{name}”" if name else f"without a name ({self.flow.id})"


def conditions(scope: Scope, surely: Surely) -> Iterator[Finding]:
    """The findings about the conditions of one scope."""
    for node in scope.nodes.values():
        if isinstance(node, bpmn.Event):
            yield from _event(scope, node, surely)
        flows = [scope.flows[flow] for flow in scope.outgoing[node.id]]
        ways = [way for flow in flows if (way := _way(flow, surely.names)) is not None]
        if ways:
            yield from _ways(node, ways, surely)
        if isinstance(node, bpmn.ExclusiveGateway | bpmn.InclusiveGateway) and len(flows) > 1:
            yield from _decision(node, flows, ways, surely)


def _decision(
    gateway: bpmn.ExclusiveGateway | bpmn.InclusiveGateway,
    flows: list[bpmn.SequenceFlow],
    ways: list[_Way],
    surely: Surely,
) -> Iterator[Finding]:
    """Arrows out of a decision that have no condition, and a decision that may find none that holds."""
    blank = [flow for flow in flows if flow.condition is None and flow.id != gateway.default]
    for flow in blank:
        answer = f"“{flow.name.strip()}”" if flow.name.strip() else "without a name"
        yield Finding(
            "no-condition",
            surely.severity_of_gaps,
            flow.id,
            f"Expected the arrow {answer} out of {label(gateway)} to have a condition, but it has none. "
            "Write the condition, or make the arrow the default.",
        )
    if not blank and not gateway.default:
        yield from _gap(gateway, ways, len(flows), surely)


def _way(flow: bpmn.SequenceFlow, names: frozenset[str]) -> _Way | None:
    if flow.condition is None:
        return None
    question = _question(flow.condition.text, names)
    return None if question is None else _Way(flow, question)


def _question(text: str, names: frozenset[str]) -> Question | None:
    try:
        return Question(compiled(text, names))
    except FeelSyntaxError:
        return None


def _event(scope: Scope, event: bpmn.Event, surely: Surely) -> Iterator[Finding]:
    for definition in scope.definitions.triggers(event):
        if isinstance(definition, bpmn.ConditionalEventDefinition) and definition.condition is not None:
            question = _question(definition.condition.text, surely.names)
            if question is not None and not _can_hold(question, surely.domains):
                told = f"Expected {label(event)} to be able to happen, but {_why_never(question, surely.domains)}"
                yield Finding("never-true", surely.severity, event.id, told)


def _ways(node: bpmn.FlowNode, ways: list[_Way], surely: Surely) -> Iterator[Finding]:
    never = {way.flow.id for way in ways if not _can_hold(way.question, surely.domains)}
    for way in ways:
        if way.flow.id in never:
            why = _why_never(way.question, surely.domains)
            told = f"Expected the arrow {way.told} out of {label(node)} to be taken some time, but {why}"
            yield Finding("never-true", surely.severity, way.flow.id, told)
        else:
            for told in _unknown_values(way.question, surely.domains):
                yield Finding("unknown-value", "warning", way.flow.id, f"In the condition after {label(node)}: {told}")
    if isinstance(node, bpmn.ExclusiveGateway):
        in_order = [way for way in ways if way.flow.id not in never and way.flow.id != node.default]
        yield from _shadowed(node, in_order, surely)


def _can_hold(question: Question, domains: Mapping[Path, Domain]) -> bool:
    trials = Trials([question], domains, frozenset())
    return not trials.complete or any(question.holds(given(question, trial)) for trial in trials)


def _why_never(question: Question, domains: Mapping[Path, Domain]) -> str:
    told = list(_unknown_values(question, domains))
    if told:
        return " ".join(told)
    if not question.paths:
        return "its condition is never true, whatever happens. Remove the arrow, or write when it is taken."
    names = " and ".join(f"“{key(path)}”" for path in question.paths if path not in question.opaque)
    what = names or "anything it reads"
    return f"no value of {what} makes its condition true. Look at its parts: they exclude each other."


def _unknown_values(question: Question, domains: Mapping[Path, Domain]) -> Iterator[str]:
    for path, constant in dict.fromkeys(question.equalities):
        domain = domains.get(path)
        if domain is not None and constant not in domain.values:
            yield (
                f"“{key(path)}” is compared with {spoken_one(constant)}, but {domain.source} gives only "
                f"{spoken(domain.values)}. Correct the value, or add it there."
            )


def _shadowed(node: bpmn.ExclusiveGateway, ways: list[_Way], surely: Surely) -> Iterator[Finding]:
    for place in range(1, len(ways)):
        trials = Trials([way.question for way in ways[: place + 1]], surely.domains, frozenset())
        if not trials.complete:
            return
        before = _takers(ways[: place + 1], trials)
        if before is not None:
            earlier = " or ".join(way.told for way in before)
            yield Finding(
                "shadowed",
                "warning",
                ways[place].flow.id,
                f"Expected the arrow {ways[place].told} out of {label(node)} to be taken some time, but whenever its "
                f"condition holds, {earlier} is taken before it. Narrow the earlier condition, or change the order.",
            )


def _takers(ways: list[_Way], trials: Trials) -> list[_Way] | None:
    """The earlier ways that take every case of the last one; None when they leave it some."""
    takers: dict[int, _Way] = {}
    last = len(ways) - 1
    for trial in trials:
        if ways[last].holds(trial):
            taker = next((n for n in range(last) if ways[n].holds(trial)), None)
            if taker is None:
                return None
            takers[taker] = ways[taker]
    return [takers[number] for number in sorted(takers)]


def _gap(
    node: bpmn.ExclusiveGateway | bpmn.InclusiveGateway, ways: list[_Way], arrows: int, surely: Surely
) -> Iterator[Finding]:
    """A decision without a default, unless its conditions leave nothing open."""
    example = ""
    if len(ways) == arrows:
        certain = surely.reaching.surely_set_after(node.id)
        trials = Trials([way.question for way in ways], surely.domains, certain)
        if trials.complete:
            open_trial = next((trial for trial in trials if not any(way.holds(trial) for way in ways)), None)
            if open_trial is None:
                return
            example = _example(open_trial, ways)
    yield Finding(
        "no-default",
        "warning",
        node.id,
        f"Expected {label(node)} to have a default way, but every arrow has a condition: a case for which none "
        f"holds{example} would stop with an incident.",
        surely.reaching.way_to(node.id),
    )


def _example(trial: Mapping[Path, Value], ways: list[_Way]) -> str:
    opaque = {path for way in ways for path in way.question.opaque}
    values = [f"{key(path)} is {spoken_one(value)}" for path, value in trial.items() if path not in opaque]
    return f" (such as when {' and '.join(values)})" if values else ""
