"""What comes after a step, as a form, and a sent form as a change of the chart."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from throughline.core.refusals import Refusal
from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit import Row
from throughline.web.parts import Choice
from throughline.web.steps.forms import Edit, Given, composed, expression_of

END = "end:"
DECIDES = (model.ExclusiveGateway, model.InclusiveGateway)


@dataclass(frozen=True, slots=True)
class WayRow:
    """
    A way of the form: what stands on it and where it leads, and under what condition when that is not given by an
    outcome. ``flow`` is its id when it is there already.
    """

    number: int
    flow: str
    label: str
    condition: str
    otherwise: bool
    targets: tuple[Choice, ...]
    by_outcome: bool


@dataclass(frozen=True, slots=True)
class Ways:
    """
    The form of what comes next. ``decision`` is the gateway that parts the ways, empty when one way leads on.

    ``question`` stands on the decision. ``asks_conditions``: each way has a condition to write.
    """

    decision: str
    question: str
    rows: tuple[WayRow, ...]
    asks_conditions: bool


def ways_of(row: Row, rows: tuple[Row, ...]) -> Ways | None:
    """Return what can be said about what follows a step, None for an end."""
    node = row.node
    if isinstance(node, model.EndEvent):
        return None
    if isinstance(node, DECIDES):
        given = [
            WayRow(
                number, each.flow, each.label, each.condition, each.otherwise, _targets(row, rows, each.target), False
            )
            for number, each in enumerate(row.exits)
        ]
        blank = WayRow(len(given), "", "", "", False, _targets(row, rows, "", none=True), False)
        return Ways(row.id, node.name, (*given, blank), True)
    decision = _decision_behind(row, rows)
    outcomes = node.extensions.work_item.outcomes if node.extensions.work_item else ()
    if len(outcomes) > 1:
        return _by_outcomes(row, rows, decision)
    if len(row.exits) > 1 or decision is not None:
        return None
    target = row.exits[0].target if row.exits else ""
    only = WayRow(
        0, row.exits[0].flow if row.exits else "", "", "", False, _targets(row, rows, target, none=not target), False
    )
    return Ways("", "", (only,), False)


def _by_outcomes(row: Row, rows: tuple[Row, ...], decision: Row | None) -> Ways:
    work = row.node.extensions.work_item
    assert work is not None
    standing = {each.label: each.target for each in decision.exits} if decision else {}
    onward = row.exits[0].target if row.exits and decision is None else ""
    shown = tuple(
        WayRow(
            number,
            "",
            outcome.label or outcome.value,
            f'{work.result} = "{outcome.value}"',
            False,
            _targets(row, rows, standing.get(outcome.label or outcome.value, onward), itself=True),
            True,
        )
        for number, outcome in enumerate(work.outcomes)
    )
    return Ways(decision.id if decision else "", decision.node.name if decision else _question(row), shown, False)


def _question(row: Row) -> str:
    """What a new decision asks: whether the first outcome was reached."""
    work = row.node.extensions.work_item
    first = work.outcomes[0] if work and work.outcomes else None
    return f"{first.label or first.value}?" if first else row.node.name


def _decision_behind(row: Row, rows: tuple[Row, ...]) -> Row | None:
    if len(row.exits) != 1:
        return None
    found = next((each for each in rows if each.id == row.exits[0].target), None)
    leads = sum(1 for each in rows for exit_ in each.exits if found and exit_.target == found.id)
    return found if found and isinstance(found.node, model.ExclusiveGateway) and leads == 1 else None


def _targets(
    row: Row, rows: tuple[Row, ...], chosen: str, *, none: bool = False, itself: bool = False
) -> tuple[Choice, ...]:
    known = [
        Choice(each.id, f"{each.number} {each.node.name or each.id}", chosen=each.id == chosen)
        for each in rows
        if (itself or each.id != row.id)
        and each.depth == row.depth
        and not isinstance(each.node, model.StartEvent | model.BoundaryEvent)
    ]
    first = [Choice("", _("Choose…"), chosen=not chosen)] if none else []
    return (*first, *known, Choice(END, _("A new end")))


def ways_sent(row: Row, given: Given) -> Edit:
    """
    Return the change of what follows a step that a form asks for.

    Raises:
        Refusal: a condition cannot be read.
    """
    if isinstance(row.node, DECIDES):
        return _of_decision(row, given)
    if "way.1.target" in given:
        return _of_outcomes(row, given)
    return _of_step(row, given)


def _of_step(row: Row, given: Given) -> Edit:
    target = given.get("way.0.target", "")
    way = edit.Way("", "", _goal(target, _("Done")))
    return lambda chart: edit.set_ways(chart, after=row.id, question="", ways=[way])


def _of_outcomes(row: Row, given: Given) -> Edit:
    work = row.node.extensions.work_item
    outcomes = work.outcomes if work else ()
    ways = [
        edit.Way(
            outcome.label or outcome.value,
            f'{work.result if work else "outcome"} = "{outcome.value}"',
            _goal(given.get(f"way.{number}.target", ""), outcome.label or outcome.value),
        )
        for number, outcome in enumerate(outcomes)
    ]
    question = given.get("question", "").strip() or _question(row)
    if len({way.target for way in ways}) == 1 and not ways[0].target.startswith(END):
        only = edit.Way("", "", ways[0].target)
        return lambda chart: edit.set_ways(chart, after=row.id, question=question, ways=[only])
    return lambda chart: edit.set_ways(chart, after=row.id, question=question, ways=_together(ways))


def _together(ways: list[edit.Way]) -> list[edit.Way]:
    """Ways to the same step as one: BPMN knows one flow between two nodes."""
    found: dict[str, edit.Way] = {}
    for way in ways:
        known = found.get(way.target)
        found[way.target] = (
            edit.Way(f"{known.label}, {way.label}", f"{known.condition} or {way.condition}", way.target)
            if known and not way.target.startswith(END)
            else way
        )
    return list(found.values())


def _of_decision(row: Row, given: Given) -> Edit:
    edits: list[Edit] = []
    for number, standing in enumerate(row.exits):
        if given.get(f"way.{number}.remove"):
            edits.append(_removal(standing.flow))
            continue
        edits.append(_changed(standing.flow, number, given))
    number = len(row.exits)
    if given.get(f"way.{number}.target"):
        edits.append(_added(row.id, number, given))
    return composed(edits)


def _removal(flow: str) -> Edit:
    return lambda chart: edit.disconnect(chart, flow=flow)


def _changed(flow: str, number: int, given: Given) -> Edit:
    label, target = given.get(f"way.{number}.label", "").strip(), given.get(f"way.{number}.target", "")
    otherwise = given.get("otherwise") == str(number)
    condition = "" if otherwise else expression_of(given, f"way.{number}.condition")

    def change(chart: model.Definitions) -> model.Definitions:
        chart = edit.set_condition(chart, flow=flow, label=label, condition=condition, otherwise=otherwise)
        if target.startswith(END):
            return _with_end(chart, flow, label)
        return edit.redirect(chart, flow=flow, target=target) if target else chart

    return change


def _with_end(chart: model.Definitions, flow: str, label: str) -> model.Definitions:
    source = next(row.id for row in edit.outline(chart) for exit_ in row.exits if exit_.flow == flow)
    step = edit.template({"element": "bpmn:EndEvent", "name": label or _("Done")})
    return edit.add_after(chart, after=source, step=step, way=flow)[0]


def _added(node: str, number: int, given: Given) -> Edit:
    label, target = given.get(f"way.{number}.label", "").strip(), given[f"way.{number}.target"]
    condition = expression_of(given, f"way.{number}.condition")
    if target.startswith(END):
        step = edit.template({"element": "bpmn:EndEvent", "name": label or _("Done")})

        def with_end(chart: model.Definitions) -> model.Definitions:
            chart, end = edit.add_alone(chart, step=step)
            lane = next((row.lane for row in edit.outline(chart) if row.id == node), "")
            chart = edit.put_in_lane(chart, node=end, lane=lane) if lane else chart
            return edit.connect(chart, source=node, target=end, label=label, condition=condition)

        return with_end
    return lambda chart: edit.connect(chart, source=node, target=target, label=label, condition=condition)


def _goal(target: str, name: str) -> str:
    if target.startswith(END):
        return f"{END}{name}"
    if not target:
        raise Refusal("no_target", _("Choose what comes next."), "way.0.target")
    return target
