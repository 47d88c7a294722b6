"""
The figures of a scenario as fields of a form, and a form back into a scenario, so that nobody has to write JSON.

Every field changes one thing. A duration is shown by its mean: another mean stretches what was measured or fitted and
keeps its shape; another shape keeps the mean. What is left as it is stays exactly as the scenario says it, however
little of it a field can show. Shares are percent of those that come to a decision or an answer.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from throughline.core.refusals import Refusal
from throughline.flow.engine import Chart
from throughline.flow.engine.chart import Node
from throughline.flow.simulate import BadScenario
from throughline.flow.simulate.fitting import iso
from throughline.flow.simulate.reading import Place, duration
from throughline.web.parts import Choice

MINUTE = 60.0
MOST_PEOPLE = 20
DRAWN = "PT30M"
"""What a step takes while nobody has said anything."""
COST = 40
_QUEUE = re.compile(r'\s*=?\s*"([^"]+)"\s*')
"""A queue that is a plain text in FEEL."""

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A field with a number; ``most``: up to where its slider goes, 0 for one without."""

    name: str
    label: str
    value: str
    unit: str = ""
    most: int = 0


@dataclass(frozen=True, slots=True)
class Pick:
    """A field with choices."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Fields about one thing, such as a step."""

    title: str
    figures: tuple[Figure, ...] = ()
    picks: tuple[Pick, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """All fields of a scenario for one chart."""

    arrivals: Group
    people: tuple[Group, ...]
    steps: tuple[Group, ...]
    ways: tuple[Group, ...]


def fields_of(chart: Chart, scenario: Mapping[str, Any]) -> Fields:
    """Return the fields of a scenario that fits a chart."""
    return Fields(
        _arrivals(scenario.get("arrivals")),
        tuple(_people(scenario)),
        tuple(_step(node, scenario) for node in steps_of(chart)),
        (*_gateways(chart, scenario), *_outcomes(chart, scenario)),
    )


def steps_of(chart: Chart) -> list[Node]:
    """Return the steps that people do."""
    return [node for node in chart.nodes if node.phase == "work" and node.perform is not None]


def role_of(node: Node) -> str:
    """Return the role that does a step: that of its lane, else the queue that its drawing names ("" for none)."""
    item = node.element.extensions.work_item
    named = _QUEUE.fullmatch((item.queue if item is not None else None) or "")
    return node.role or (named[1] if named else "")


def skeleton(chart: Chart) -> Document:
    """Return a scenario to begin with: the steps that people do, and the roles that do them."""
    asked = {node.id: role_of(node) for node in steps_of(chart)}
    roles = dict.fromkeys(role for role in asked.values() if role)
    tasks = {
        node: {"duration": {"distribution": "exponential", "mean": DRAWN}} | ({"resource": role} if role else {})
        for node, role in asked.items()
    }
    return {
        "arrivals": {"distribution": "exponential", "mean": "PT1H"},
        "resources": {role: {"amount": 1, "cost_per_hour": COST} for role in roles},
        "tasks": tasks,
    }


def fitted(chart: Chart, scenario: Mapping[str, Any]) -> Document:
    """Return what of a scenario fits another chart: figures of steps and flows that it does not have are left out."""
    flows = {flow.id for node in chart.nodes for flow in node.outgoing}
    nodes = {node.id for node in chart.nodes} | {node.name for node in chart.nodes if node.name}
    found = copy.deepcopy(dict(scenario))
    found["tasks"] = {name: each for name, each in found.get("tasks", {}).items() if name in nodes}
    found["flows"] = {name: each for name, each in found.get("flows", {}).items() if name in flows}
    for node in steps_of(chart):
        if node.id not in found["tasks"] and node.name not in found["tasks"]:
            found["tasks"][node.id] = skeleton(chart)["tasks"][node.id]
            role = found["tasks"][node.id].get("resource")
            if role and not _serves(found, role):
                found.setdefault("resources", {})[role] = {"amount": 1, "cost_per_hour": COST}
    return found


def _serves(scenario: Mapping[str, Any], role: str) -> bool:
    resources = scenario.get("resources", {})
    return role in resources or any(role in _texts(each.get("roles")) for each in resources.values())


# --- out of a scenario ------------------------------------------------------------------------------------------------
def _arrivals(given: Any) -> Group:
    mean = _mean(given)
    figures = () if mean is None else (Figure("gap", _("Minutes between two cases"), _number(mean / MINUTE), "min"),)
    hint = "" if mean is not None else _("They come at the times that the text below says.")
    rate = Figure("rate", _("How many come, of as many as that"), "100", "%", 400)
    return Group(_("Who comes"), (*figures, rate), hint=hint)


def _people(scenario: Mapping[str, Any]) -> Iterator[Group]:
    for name, each in scenario.get("resources", {}).items():
        amount = each.get("amount", 1)
        yield Group(
            name,
            (
                Figure(f"amount:{name}", _("How many: %(who)s") % {"who": name}, str(amount), "",
                       max(MOST_PEOPLE, 2 * amount)),
                Figure(f"cost:{name}", _("An hour costs: %(who)s") % {"who": name},
                       _number(each.get("cost_per_hour", 0))),
            ),
        )  # fmt: skip


def _step(node: Node, scenario: Mapping[str, Any]) -> Group:
    figures = _figures_of(node, scenario)
    given = figures.get("duration", DRAWN)
    mean = _mean(given)
    shown = () if mean is None else (
        Figure(f"took:{node.id}", _("Minutes of work: %(step)s") % {"step": node.label}, _number(mean / MINUTE), "min"),
    )  # fmt: skip
    picks = [Pick(f"shape:{node.id}", _("How they vary: %(step)s") % {"step": node.label}, tuple(_shapes(given)))]
    people = list(scenario.get("resources", {}))
    if people:
        mine = next(iter(_texts(figures.get("resource"))), "")
        nobody = [] if mine else [Choice("", _("nobody has to be there"), chosen=True)]
        choices = (*nobody, *(Choice(name, name, chosen=name == mine) for name in people))
        picks.append(Pick(f"who:{node.id}", _("Done by: %(step)s") % {"step": node.label}, choices))
    return Group(node.label, shown, tuple(picks))


def _shapes(given: Any) -> Iterator[Choice]:
    own = given.get("distribution", "constant") if isinstance(given, Mapping) else "constant"
    words = {
        "constant": _("always the same"),
        "exponential": _("mostly short, some long"),
        "triangular": _("evenly around the middle"),
    }
    if own not in words:
        kept = {"empirical": _("as they were measured")}
        yield Choice(own, kept.get(own, own), chosen=True)
    for name, label in words.items():
        yield Choice(name, label, chosen=name == own)


def _gateways(chart: Chart, scenario: Mapping[str, Any]) -> Iterator[Group]:
    shares = scenario.get("flows", {})
    for node in chart.nodes:
        if node.type not in ("exclusiveGateway", "inclusiveGateway") or len(node.outgoing) < 2:
            continue
        figures = tuple(
            Figure(
                f"way:{flow.id}",
                _("Percent that go %(way)s") % {"way": flow.name or _("to %(step)s") % {"step": flow.target.label}},
                _number(100 * shares[flow.id]) if flow.id in shares else "",
                "%",
            )
            for flow in node.outgoing
        )
        yield Group(node.label, figures, hint=_("Left empty, the drawing's own conditions decide where they can."))


def _outcomes(chart: Chart, scenario: Mapping[str, Any]) -> Iterator[Group]:
    for node in steps_of(chart):
        item = node.element.extensions.work_item
        if item is None or len(item.outcomes) < 2:
            continue
        given = _figures_of(node, scenario).get("outcomes", {})
        total = sum(given.values()) or 1
        figures = tuple(
            Figure(
                f"outcome:{node.id}:{each.value}",
                _("Percent answered “%(answer)s”") % {"answer": each.label or each.value},
                _number(100 * given[each.value] / total) if each.value in given else "",
                "%",
            )
            for each in item.outcomes
        )
        yield Group(node.label, figures, hint=_("Left empty, all answers are equally likely."))


def _figures_of(node: Node, scenario: Mapping[str, Any]) -> Mapping[str, Any]:
    tasks = scenario.get("tasks", {})
    found: Mapping[str, Any] = tasks.get(node.id) or tasks.get(node.name) or {}
    return found


def _mean(given: Any) -> float | None:
    """Return the mean seconds of a distribution as it stands in a scenario, None where none can be told."""
    if isinstance(given, Mapping):
        given = {name: each for name, each in given.items() if name != "calendar"}
    try:
        return None if given is None else duration(Place("", given)).mean
    except BadScenario:
        return None


def _number(value: float) -> str:
    return f"{value:.6g}"


def _texts(given: Any) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)


# --- into a scenario --------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Changed:
    """A scenario with what somebody changed in the form; ``words`` says what, for its name."""

    scenario: Document
    words: list[str] = field(default_factory=list)


def changed_by(chart: Chart, scenario: Mapping[str, Any], given: Mapping[str, str]) -> Changed:
    """
    Return the scenario with the fields of a form that say something else than it does.

    Raises:
        Refusal: a field holds no number, or not one that can be.
    """
    found = Changed(copy.deepcopy(dict(scenario)))
    shown = fields_of(chart, scenario)
    groups = (shown.arrivals, *shown.people, *shown.steps, *shown.ways)
    for group in groups:
        for each in group.figures:
            text = given.get(each.name, each.value).strip().replace(",", ".")
            if text != each.value:
                _PUT[each.name.partition(":")[0]](found, each, _read(text, each), chart)
        for pick in group.picks:
            value = given.get(pick.name)
            known = {choice.value: choice for choice in pick.choices}
            if value in known and not known[value].chosen:
                _PUT[pick.name.partition(":")[0]](found, pick, value, chart)
                found.words.append(f"{pick.label}: {known[value].label}")
    return found


def _read(text: str, each: Figure) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise Refusal("no_number", _("“%(field)s” needs a number.") % {"field": each.label}, each.name) from None
    most = 100.0 if each.name.startswith(("way:", "outcome:")) else 1e6
    if not 0 <= number <= most:
        sentence = _("“%(field)s” lies between 0 and %(most)g.") % {"field": each.label, "most": most}
        raise Refusal("out_of_range", sentence, each.name)
    return number


def _needed(number: Any, each: Figure, least: float) -> float:
    if not isinstance(number, float) or number < least:
        sentence = _("“%(field)s” is at least %(least)g.") % {"field": each.label, "least": least}
        raise Refusal("out_of_range", sentence, each.name)
    return number


def _put_gap(found: Changed, each: Figure, number: Any, _chart: Chart) -> None:
    seconds = _needed(number, each, 0.001) * MINUTE
    found.scenario["arrivals"] = with_mean(found.scenario["arrivals"], seconds)
    found.words.append(_("a case every %(n)g minutes") % {"n": seconds / MINUTE})


def _put_rate(found: Changed, each: Figure, number: Any, _chart: Chart) -> None:
    percent = _needed(number, each, 1)
    arrivals = found.scenario.get("arrivals")
    if isinstance(arrivals, Mapping) and "windows" in arrivals:
        windows = [
            {**window, "cases": max(1, round(window.get("cases", 1) * percent / 100))} for window in arrivals["windows"]
        ]
        found.scenario["arrivals"] = {**arrivals, "windows": windows}
    elif arrivals is not None and _mean(arrivals):
        found.scenario["arrivals"] = stretched(arrivals, 100 / percent)
    else:
        raise Refusal("no_rate", _("Say first how far apart cases come; then more or fewer can come."), each.name)
    found.words.append(_("%(percent)g %% of the cases") % {"percent": percent})


def _put_amount(found: Changed, each: Figure, number: Any, _chart: Chart) -> None:
    amount, who = _needed(number, each, 1), each.name.partition(":")[2]
    if amount != int(amount):
        raise Refusal("no_number", _("“%(field)s” needs a whole number.") % {"field": each.label}, each.name)
    found.scenario["resources"][who]["amount"] = int(amount)
    found.words.append(_("%(n)d × %(name)s") % {"n": int(amount), "name": who})


def _put_cost(found: Changed, each: Figure, number: Any, _chart: Chart) -> None:
    who = each.name.partition(":")[2]
    found.scenario["resources"][who]["cost_per_hour"] = _needed(number, each, 0)
    found.words.append(_("%(who)s at %(n)g an hour") % {"who": who, "n": number})


def _task(found: Changed, node: str, chart: Chart) -> Document:
    tasks = found.scenario.setdefault("tasks", {})
    name = chart.by_id[node].name
    task: Document = tasks.setdefault(name if name in tasks and node not in tasks else node, {})
    return task


def _put_took(found: Changed, each: Figure, number: Any, chart: Chart) -> None:
    node = each.name.partition(":")[2]
    task, minutes = _task(found, node, chart), _needed(number, each, 0)
    task["duration"] = with_mean(task.get("duration", DRAWN), minutes * MINUTE)
    found.words.append(_("%(step)s in %(n)g minutes") % {"step": chart.by_id[node].label, "n": minutes})


def _put_shape(found: Changed, each: Pick, value: Any, chart: Chart) -> None:
    task = _task(found, each.name.partition(":")[2], chart)
    mean = _mean(task.get("duration", DRAWN)) or 0.0
    if value == "triangular":
        task["duration"] = {
            "distribution": value, "min": "PT0S", "mode": iso(mean), "max": iso(2 * mean),
        }  # fmt: skip
    else:
        task["duration"] = {"distribution": value if mean else "constant", "mean": iso(mean)}


def _put_who(found: Changed, each: Pick, value: Any, chart: Chart) -> None:
    _task(found, each.name.partition(":")[2], chart)["resource"] = value


def _put_way(found: Changed, each: Figure, number: Any, _chart: Chart) -> None:
    flows = found.scenario.setdefault("flows", {})
    flow = each.name.partition(":")[2]
    if number is None:
        flows.pop(flow, None)
    else:
        flows[flow] = number / 100
        found.words.append(f"{each.label}: {number:g}")


def _put_outcome(found: Changed, each: Figure, number: Any, chart: Chart) -> None:
    _kind, node, value = each.name.split(":", 2)
    outcomes = _task(found, node, chart).setdefault("outcomes", {})
    if number is None:
        outcomes.pop(value, None)
    else:
        outcomes[value] = number / 100
        found.words.append(f"{each.label}: {number:g}")


_PUT: Mapping[str, Any] = {
    "gap": _put_gap,
    "rate": _put_rate,
    "amount": _put_amount,
    "cost": _put_cost,
    "took": _put_took,
    "shape": _put_shape,
    "who": _put_who,
    "way": _put_way,
    "outcome": _put_outcome,
}


def with_mean(given: Any, seconds: float) -> Any:
    """Return a distribution as it stands in a scenario with another mean and its own shape."""
    mean = _mean(given)
    if not mean or not seconds:
        calendar = {"calendar": given["calendar"]} if isinstance(given, Mapping) and "calendar" in given else {}
        return {"distribution": "constant", "mean": iso(seconds), **calendar}
    return stretched(given, seconds / mean)


SPANS = ("mean", "deviation", "min", "max", "mode", "value", "from", "to", "values", "std", "sd",
         "standard_deviation", "low", "high")  # fmt: skip


def stretched(given: Any, factor: float) -> Any:
    """Return a distribution with all its durations times a factor."""
    if isinstance(given, str):
        return iso(Place("", given).seconds() * factor)
    found = {}
    for name, each in given.items():
        if name == "bins":
            found[name] = [stretched(one, factor) for one in each]
        elif name in SPANS:
            found[name] = (
                [stretched(one, factor) for one in each] if isinstance(each, list) else stretched(each, factor)
            )
        else:
            found[name] = each
    return found
