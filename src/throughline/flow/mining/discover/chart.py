"""
A process tree as a BPMN chart: one entry and one exit per part, so that it is sound as drawn.

A sequence becomes a line of flows, a choice two exclusive gateways, parallel parts two parallel ones, a loop an
exclusive gateway to come back to before the body and one to decide after it. A part that does nothing is a flow past
the others. Ids are numbers in the order of drawing, so the same tree gives the same file.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from throughline.flow.bpmn import lay_out
from throughline.flow.bpmn import model as bpmn
from throughline.flow.mining.discover.tree import SILENT, Tree


def chart_of(tree: Tree, *, name: str = "Discovered procedure") -> bpmn.Definitions:
    """Return the tree as a chart with one process, laid out; ``name`` is that of the process."""
    drawing = _Drawing()
    drawing.node(bpmn.StartEvent(id="start", name="Start"))
    last = drawing.add(tree, "start")
    drawing.node(bpmn.EndEvent(id="end", name="End"))
    drawing.flow(last, "end")
    process = bpmn.Process(id="discovered", name=name, elements=(*drawing.nodes, *drawing.flows))
    return lay_out(
        bpmn.Definitions(
            id="definitions", name=name, target_namespace="urn:throughline:discovered", elements=(process,)
        )
    )


@dataclass(slots=True)
class _Drawing:
    nodes: list[bpmn.FlowNode] = field(default_factory=list)
    flows: list[bpmn.SequenceFlow] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)

    def add(self, tree: Tree, before: str) -> str:
        """Draw ``tree`` after the node ``before``; returns the node it ends with."""
        match tree.operator:
            case "activity":
                return self._after(before, bpmn.Task(id=self._id("task"), name=tree.activity))
            case "silent":
                return before
            case "sequence":
                for part in tree.parts:
                    before = self.add(part, before)
                return before
            case "loop":
                return self._loop(tree, before)
            case "choice":
                return self._parted(tree, before, bpmn.ExclusiveGateway)
            case "parallel":
                return self._parted(tree, before, bpmn.ParallelGateway)

    def _parted(
        self, tree: Tree, before: str, gateway: type[bpmn.ExclusiveGateway] | type[bpmn.ParallelGateway]
    ) -> str:
        split = self._after(before, gateway(id=self._id("gateway")))
        join = gateway(id=self._id("gateway"))
        for part in sorted(tree.parts, key=lambda each: each == SILENT):
            self.flow(self.add(part, split), join.id)
        return self.node(join)

    def _loop(self, tree: Tree, before: str) -> str:
        body, redo = tree.parts
        back = self._after(before, bpmn.ExclusiveGateway(id=self._id("gateway")))
        last = self.add(body, back)
        decide = self._after(last, bpmn.ExclusiveGateway(id=self._id("gateway")))
        self.flow(self.add(redo, decide), back)
        return decide

    def _after(self, before: str, node: bpmn.FlowNode) -> str:
        self.node(node)
        self.flow(before, node.id)
        return node.id

    def node(self, node: bpmn.FlowNode) -> str:
        """Draw a node; returns its id."""
        self.nodes.append(node)
        return node.id

    def flow(self, source: str, target: str) -> None:
        """Draw an arrow."""
        self.flows.append(bpmn.SequenceFlow(id=self._id("flow"), source=source, target=target))

    def _id(self, kind: str) -> str:
        self.numbers[kind] += 1
        return f"{kind}_{self.numbers[kind]}"
