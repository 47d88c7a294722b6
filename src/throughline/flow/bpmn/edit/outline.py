"""
A chart as a list of steps to read from top to bottom.

Order: a depth-first walk from the starts, numbered backwards as it returns, so that every step comes after all that
lead to it (loops aside) and the steps of one way stand together. What nothing leads to comes last. Exceptions follow
their step, steps of a group follow the group, one level deeper.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from throughline.flow.bpmn import model


@dataclass(frozen=True, slots=True)
class Exit:
    """
    A way that leads on: ``target`` and what it is called, what stands on the arrow, when it is taken.

    ``otherwise``: it is taken when no other fits. ``back``: it leads to an earlier step.
    """

    flow: str
    target: str
    target_number: int
    target_name: str
    label: str
    condition: str
    otherwise: bool
    back: bool


@dataclass(frozen=True, slots=True)
class Row:
    """
    A step in the list: its number (from 1) and depth (0, inside a group 1 …), the lane by id and name, what follows.

    ``after`` is the activity that an exception belongs to, else empty. ``reached`` says whether anything leads there.
    """

    number: int
    depth: int
    node: model.FlowNode
    lane: str
    lane_name: str
    exits: tuple[Exit, ...]
    reached: bool

    @property
    def id(self) -> str:
        """The id of the step."""
        return self.node.id

    @property
    def after(self) -> str:
        """The activity that this exception belongs to, else empty."""
        return self.node.attached_to if isinstance(self.node, model.BoundaryEvent) else ""


def outline(definitions: model.Definitions) -> tuple[Row, ...]:
    """Return the steps of all processes in reading order."""
    found: list[tuple[int, model.FlowNode, model.Process, bool]] = []
    flows: dict[str, list[model.SequenceFlow]] = defaultdict(list)
    for process in definitions.processes:
        for element, _ in process.walk():
            if isinstance(element, model.SequenceFlow):
                flows[element.source].append(element)
        found += [(depth, node, process, reached) for depth, node, reached in _walk(process, 0)]
    numbers = {node.id: number for number, (_, node, _, _) in enumerate(found, 1)}
    names = {node.id: node.name for _, node, _, _ in found}
    lanes = {
        node: lane for process in definitions.processes for lane in process.lanes for node in lane.nodes
    }  # inner lanes come later, and win
    rows = []
    for depth, node, _, reached in found:
        lane = lanes.get(node.id)
        exits = tuple(_exit(flow, node, numbers, names) for flow in flows[node.id] if flow.target in numbers)
        rows.append(
            Row(numbers[node.id], depth, node, lane.id if lane else "", lane.name if lane else "", exits, reached)
        )
    return tuple(rows)


def _exit(flow: model.SequenceFlow, node: model.FlowNode, numbers: dict[str, int], names: dict[str, str]) -> Exit:
    return Exit(
        flow=flow.id,
        target=flow.target,
        target_number=numbers[flow.target],
        target_name=names[flow.target],
        label=flow.name,
        condition=flow.condition.text if flow.condition else "",
        otherwise=getattr(node, "default", "") == flow.id,
        back=numbers[flow.target] <= numbers[node.id],
    )


def _walk(place: model.Container, depth: int) -> list[tuple[int, model.FlowNode, bool]]:
    nodes = {node.id: node for node in place.nodes}
    onward: dict[str, list[str]] = {node: [] for node in nodes}
    entered: set[str] = set()
    for flow in place.flows:
        if flow.source in nodes and flow.target in nodes:
            onward[flow.source].append(flow.target)
            entered.add(flow.target)
    for node in place.nodes:
        if isinstance(node, model.BoundaryEvent) and node.attached_to in nodes:
            onward[node.attached_to].append(node.id)
            entered.add(node.id)
    starts = [node.id for node in place.nodes if isinstance(node, model.StartEvent)]
    loose = [node.id for node in place.nodes if node.id not in entered and node.id not in starts]
    seen: set[str] = set()
    ordered = _ordered(starts, onward, seen)
    reached = set(ordered)
    for rest in (loose, list(nodes)):
        ordered += _ordered([each for each in rest if each not in seen], onward, seen)
    found: list[tuple[int, model.FlowNode, bool]] = []
    for each in ordered:
        node = nodes[each]
        by_itself = isinstance(node, model.SubProcess) and node.triggered_by_event
        found.append((depth, node, each in reached or by_itself))
        if isinstance(node, model.Container):
            found += _walk(node, depth + 1)
    return found


def _ordered(starts: list[str], onward: dict[str, list[str]], seen: set[str]) -> list[str]:
    """The nodes reached, each after all that lead to it, those of one way together; no recursion, for long charts."""
    finished: list[str] = []
    for start in reversed(starts):
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(reversed(onward[start])))]
        while stack:
            node, rest = stack[-1]
            following = next((each for each in rest if each not in seen), None)
            if following is None:
                finished.append(node)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(reversed(onward[following]))))
    return finished[::-1]
