"""
Test cases of a chart: given this record and these answers, expect this way, these times and these effects.

Theory of operation. A test case is a scenario (:mod:`throughline.flow.simulate.world`) with one more member,
``expect``, so the scenarios of shipped packs, what somebody has clicked together on the drawing and what was recorded
from a real case are one format with one runner::

    variables: {lead: {region: EU}}
    auto: tasks
    hold: [Make first contact]
    answers:
      - {advance: PT5H}
      - {complete: Make first contact, variables: {contact: reached}}
    expect:
      status: completed
      trace: Lead captured > Make first contact > Won
      waiting: []
      times: {Make first contact: PT5H}            when a step was done, after the beginning
      due: {Make first contact: P1D}               until when a person was asked, after the beginning
      effects: [{action: record.tag, at: Tag the lead, inputs: {tags: [inbound]}}]
      variables: {route: {team: south}}

Only what is named is compared. Members of ``expect`` with any other name are variables too. A *departure* says what was
expected and what came instead, and at which element of the drawing that shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from throughline.flow import values
from throughline.flow.bpmn import model as bpmn
from throughline.flow.dmn import DecisionModel
from throughline.flow.engine import ChartRefused, CommandRefused
from throughline.flow.engine.timers import BadTimer, span_of
from throughline.flow.feel.compare import equal
from throughline.flow.simulate.members import scenario_of, values_of, written
from throughline.flow.simulate.world import Asked, Outcome, run_scenario

JOINT = " > "
"""What stands between the steps of a trace."""
MEMBERS = ("status", "trace", "waiting", "times", "due", "effects", "variables")
"""The members of ``expect`` with a meaning of their own."""

_STATUS = {"completed": "has ended", "waiting": "waits", "incident": "has stopped with an incident"}


@dataclass(frozen=True, slots=True)
class Departure:
    """
    Where what happened is not what was expected.

    ``kind``: the member of ``expect``, or ``broken`` when the chart could not be run. ``element``: the node of the
    drawing at which it shows ("" for none). ``words``: the sentence for whoever draws.
    """

    kind: str
    element: str
    expected: str
    found: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a test case; it is passed without departures. ``outcome`` is None when the chart could not run."""

    departures: tuple[Departure, ...]
    outcome: Outcome | None

    @property
    def passed(self) -> bool:
        """Say whether all that was expected came."""
        return not self.departures


def run_test(
    definitions: bpmn.Definitions, members: Mapping[str, Any], *, decisions: Mapping[str, DecisionModel] | None = None
) -> Verdict:
    """Run a test case and say where the chart departs from it. What cannot be run is a departure, too."""
    try:
        outcome = run_scenario(definitions, scenario_of(members, decisions or {}))
        return Verdict(tuple(compare(definitions, members.get("expect") or {}, outcome)), outcome)
    except (ChartRefused, CommandRefused, BadTimer, TypeError, ValueError) as problem:
        words = f"The test case cannot be run: {problem}"
        return Verdict((Departure("broken", "", "", str(problem), words),), None)


def compare(definitions: bpmn.Definitions, expected: Mapping[str, Any], outcome: Outcome) -> Iterator[Departure]:
    """Give every departure of an outcome from what was expected, the way first."""
    yield from _incidents(expected, outcome)
    for name, compare_member in _COMPARE.items():
        if name in expected:
            yield from compare_member(_Compared(definitions, outcome), expected[name])
    others = {name: value for name, value in expected.items() if name not in MEMBERS}
    yield from _variables(_Compared(definitions, outcome), others)


def expectation(outcome: Outcome) -> dict[str, Any]:
    """Return the ``expect`` that an outcome fulfils: what is kept when somebody says that it went as it should."""
    kept: dict[str, Any] = {
        "status": outcome.status,
        "trace": JOINT.join(outcome.trace),
        "waiting": [each["name"] for each in outcome.waiting],
        "times": {each.name: iso(each.after) for each in outcome.happened if each.name and each.after},
        "due": {each.name: iso(each.due_after) for each in outcome.asked if each.due_after is not None},
        "effects": [
            {"action": each.action, "at": each.name, "inputs": {n: written(v) for n, v in each.inputs.items()}}
            for each in outcome.asked
            if each.action
        ],
    }
    return {name: value for name, value in kept.items() if value or name in ("status", "trace", "waiting")}


def iso(span: timedelta) -> str:
    """Return a duration as FEEL and ISO 8601 write it."""
    text = values.to_json(values.from_timedelta(span))["$feel"]
    return str(text).removeprefix('duration("').removesuffix('")')


# --- what is compared -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Compared:
    definitions: bpmn.Definitions
    outcome: Outcome

    def element(self, name: str) -> str:
        """Return the id of a step by name or id, "" when the drawing has none."""
        walked = (item for process in self.definitions.processes for item, _ in process.walk())
        return next((item.id for item in walked if name in (item.id, getattr(item, "name", ""))), "")

    def last(self) -> str:
        """Return the node of what happened last."""
        return self.outcome.happened[-1].node if self.outcome.happened else ""


def _incidents(expected: Mapping[str, Any], outcome: Outcome) -> Iterator[Departure]:
    if expected.get("status") == "incident":
        return
    for each in outcome.incidents:
        words = f"It stops here with an incident: {each['message']}"
        yield Departure("status", each["element"], "", each["message"], words)


def _trace(this: _Compared, expected: Any) -> Iterator[Departure]:
    wanted = [part.strip() for part in str(expected).split(JOINT.strip()) if part.strip()]
    came = [each for each in this.outcome.happened if each.name]
    for number, (name, step) in enumerate(zip_longest(wanted, came)):
        if step is not None and name == step.name:
            continue
        before = f"After “{came[number - 1].name}”" if number else "At the beginning"
        if step is None:
            element = this.element(name) or this.last()
            yield Departure("trace", element, name, "", f"{before}, “{name}” should come, but it goes no further.")
        elif name is None:
            yield Departure(
                "trace", step.node, "", step.name, f"{before}, nothing more should come, but “{step.name}”."
            )
        else:
            words = f"{before}, “{name}” should come, but “{step.name}” comes."
            yield Departure("trace", step.node, name, step.name, words)
        return


def _status(this: _Compared, expected: Any) -> Iterator[Departure]:
    found = this.outcome.status
    if found != expected:
        words = (
            f"In the end the case {_STATUS.get(found, found)}; expected was that it {_STATUS.get(expected, expected)}."
        )
        yield Departure("status", this.last(), str(expected), found, words)


def _waiting(this: _Compared, expected: Any) -> Iterator[Departure]:
    wanted, found = [str(each) for each in expected or ()], this.outcome.waiting
    names = [each["name"] or each["id"] for each in found]
    if sorted(names) == sorted(wanted):
        return
    missing = [name for name in wanted if name not in names]
    extra = [each for each in found if (each["name"] or each["id"]) not in wanted]
    element = extra[0]["id"] if extra else this.element(missing[0]) if missing else ""
    element = element or this.last()
    said, instead = ", ".join(wanted) or "nothing", ", ".join(names) or "nothing"
    words = f"It should wait at {said}, but it waits at {instead}."
    yield Departure("waiting", element, said, instead, words)


def _times(this: _Compared, expected: Any) -> Iterator[Departure]:
    found = {each.name: (each.node, each.after) for each in this.outcome.happened}
    yield from _moments(this, "times", expected, found, "be done")


def _due(this: _Compared, expected: Any) -> Iterator[Departure]:
    found = {each.name: (each.node, each.due_after) for each in this.outcome.asked if not each.action}
    yield from _moments(this, "due", expected, found, "be due")


def _moments(
    this: _Compared, kind: str, expected: Any, found: Mapping[str, tuple[str, timedelta | None]], verb: str
) -> Iterator[Departure]:
    for name, text in dict(expected).items():
        wanted = _span(text)
        node, after = found.get(name, (this.element(name), None))
        if after == wanted:
            continue
        instead = "not at all" if after is None else f"after {iso(after)}"
        yield Departure(kind, node, str(text), instead, f"“{name}” should {verb} after {text}, but is {instead}.")


def _span(text: Any) -> timedelta:
    span = values.to_python(span_of(text))
    if not isinstance(span, timedelta):
        raise TypeError(f"Expected a duration such as PT5H, but {text!r}.")
    return span


def _effects(this: _Compared, expected: Any) -> Iterator[Departure]:
    left = [each for each in this.outcome.asked if each.action]
    for wanted in expected or ():
        inputs = values_of(wanted.get("inputs") or {})
        met = next((each for each in left if _is_met(wanted, inputs, each)), None)
        if met is not None:
            left.remove(met)
            continue
        action, at = str(wanted.get("action", "")), str(wanted.get("at", ""))
        same = [each for each in left if each.action == action and at in ("", each.name, each.node)]
        instead = "it is not asked for" if not same else f"it is asked with {_shown(same[0].inputs, inputs)}"
        words = f"“{at or action}” should ask for {action} with {_shown(inputs, inputs)}, but {instead}."
        element = same[0].node if same else this.element(at) or this.last()
        yield Departure("effects", element, action, instead, words)
    if expected is not None and not expected and left:
        words = f"Nothing should be done outside, but “{left[0].name}” asks for {left[0].action}."
        yield Departure("effects", left[0].node, "", left[0].action, words)


def _is_met(wanted: Mapping[str, Any], inputs: Mapping[str, Any], came: Asked) -> bool:
    if came.action != wanted.get("action") or wanted.get("at", came.name) not in (came.name, came.node):
        return False
    return all(name in came.inputs and equal(came.inputs[name], value) is True for name, value in inputs.items())


def _shown(found: Mapping[str, Any], names: Mapping[str, Any]) -> str:
    said = (f"{name} = {values.dumps(found.get(name))}" for name in names)
    return ", ".join(said) or "anything"


def _variables(this: _Compared, expected: Any) -> Iterator[Departure]:
    found = this.outcome.variables
    for name, value in values_of(expected or {}).items():
        if name in found and equal(found[name], value) is True:
            continue
        wanted, instead = values.dumps(value), values.dumps(found[name]) if name in found else "nothing"
        words = f"“{name}” should be {wanted} in the end, but is {instead}."
        yield Departure("variables", this.last(), wanted, instead, words)


_COMPARE: Mapping[str, Callable[[_Compared, Any], Iterator[Departure]]] = {
    "trace": _trace,
    "status": _status,
    "waiting": _waiting,
    "times": _times,
    "due": _due,
    "effects": _effects,
    "variables": _variables,
}
"""How each member of ``expect`` is compared, in the order in which departures are told."""
