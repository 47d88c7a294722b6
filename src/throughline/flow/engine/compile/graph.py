"""Compiling bodies: nodes, flows, what is attached to what, and what lies upstream of what."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from throughline.flow.bpmn import model as bpmn
from throughline.flow.bpmn.rules.triggers import ANYWHERE, Allowed, allowed_boundary, allowed_start
from throughline.flow.engine.chart import Body, Flow, Node
from throughline.flow.engine.compile.activities import compile_activity
from throughline.flow.engine.compile.events import compile_definitions, expectations
from throughline.flow.engine.compile.roles import roles_of
from throughline.flow.engine.elements import (
    activity,
    boundary_event,
    catch_event,
    complex_gateway,
    end_event,
    event_based_gateway,
    exclusive_gateway,
    inclusive_gateway,
    loops,
    parallel_gateway,
    start_event,
    throw_event,
)
from throughline.flow.engine.elements.inclusive_gateway import JoinRule
from throughline.flow.engine.waits import WAITED_FOR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from throughline.flow.engine.compile.workshop import Workshop


@dataclass(slots=True)
class Assembly:
    """What has been put together so far."""

    root: Body = field(default_factory=lambda: Body(""))
    nodes: list[Node] = field(default_factory=list)
    bodies: dict[str, Body] = field(default_factory=dict)
    joins: bool = False


def assemble(shop: Workshop) -> Assembly:
    """Compile a process with everything inside it."""
    assembly = Assembly()
    roles = roles_of(shop.process)
    _body(shop, assembly, shop.process, assembly.root, roles)
    return assembly


def _body(shop: Workshop, assembly: Assembly, container: bpmn.Container, body: Body, roles: dict[str, str]) -> None:
    assembly.bodies[body.id] = body
    nodes: dict[str, Node] = {}
    for element in container.nodes:
        node = _node(shop, assembly, element, body, roles)
        nodes[element.id] = node
    body.nodes = tuple(nodes.values())
    _connect(shop, container, nodes)
    _attach(shop, container, nodes)
    _link(shop, body)
    for node in body.nodes:
        _behave(assembly, node)
    _starts(body)
    for node in body.nodes:
        if isinstance(node.rule, JoinRule):
            node.rule = JoinRule({flow.id: _upstream(flow, node, body) for flow in node.incoming})
    body.names = _declared(shop, container)


def _node(shop: Workshop, assembly: Assembly, element: bpmn.FlowNode, body: Body, roles: dict[str, str]) -> Node:
    node = Node(
        id=element.id,
        name=element.name,
        type=element.kind_name,
        body=body,
        enter=activity.begin,
        happen=catch_event.happen,
        index=len(assembly.nodes),
        role=roles.get(element.id),
        element=element,
    )
    assembly.nodes.append(node)
    if isinstance(element, bpmn.Event):
        _event(shop, element, node)
    elif isinstance(element, bpmn.Activity):
        inner = bpmn.Container if isinstance(element, bpmn.SubProcess) else None
        if inner is not None and isinstance(element, bpmn.SubProcess):
            node.inside = Body(element.id, node, body)
            _body(shop, assembly, element, node.inside, roles)
        compile_activity(shop, element, node)
    elif isinstance(element, bpmn.ComplexGateway):
        node.activation = shop.expression(element.activation, element.id, "the activation condition")
    elif isinstance(element, bpmn.EventBasedGateway):
        node.parallel = element.gateway_type == "Parallel"
    return node


def _event(shop: Workshop, element: bpmn.Event, node: Node) -> None:
    node.definitions = compile_definitions(shop, element)
    extensions = element.extensions
    if isinstance(element, bpmn.CatchEvent):
        node.parallel = element.parallel_multiple and len(node.definitions) > 1
        node.outputs = shop.mappings(extensions.outputs, element.id)
        node.expects = expectations(shop, element)
    else:
        node.outputs = shop.mappings(extensions.inputs, element.id)
    if isinstance(element, bpmn.StartEvent):
        node.interrupting = element.is_interrupting
    elif isinstance(element, bpmn.BoundaryEvent):
        node.interrupting = element.cancel_activity
    _check_triggers(shop, node)


def _check_triggers(shop: Workshop, node: Node) -> None:
    """Note an event that makes no sense where it stands; what would run all the same is left to the check of rules."""
    allowed = _allowed(node)
    for definition in node.definitions:
        if definition.trigger not in allowed.triggers:
            message = f"Expected {allowed.what} {node.id!r} to be no {definition.trigger} event, but it is one."
            shop.problem("event-trigger", node.id, message)
    if not node.definitions and not allowed.none:
        message = f"Expected {allowed.what} {node.id!r} to say what it waits for, but it does not."
        shop.problem("event-trigger", node.id, message)


def _allowed(node: Node) -> Allowed:
    around = node.body.node
    if node.type == "startEvent":
        return allowed_start(
            in_subprocess=around is not None,
            by_event=around is not None and getattr(around.element, "triggered_by_event", False),
            interrupting=node.interrupting,
        )
    return allowed_boundary(interrupting=node.interrupting) if node.type == "boundaryEvent" else ANYWHERE[node.type]


# --- flows ------------------------------------------------------------------------------------------------------------
def _connect(shop: Workshop, container: bpmn.Container, nodes: dict[str, Node]) -> None:
    outgoing: dict[str, list[Flow]] = {}
    incoming: dict[str, list[Flow]] = {}
    for each in container.flows:
        source, target = nodes.get(each.source), nodes.get(each.target)
        if source is None or target is None:
            missing = each.source if source is None else each.target
            shop.problem(
                "sequence-flow",
                each.id,
                f"Expected flow {each.id!r} to join two nodes of one scope, but {missing!r} is not in it.",
            )
            continue
        flow = Flow(each.id, each.name, source, target, shop.expression(each.condition, each.id, "the condition"))
        outgoing.setdefault(source.id, []).append(flow)
        incoming.setdefault(target.id, []).append(flow)
    for node in nodes.values():
        node.outgoing = tuple(outgoing.get(node.id, ()))
        node.incoming = tuple(incoming.get(node.id, ()))
        default = getattr(node.element, "default", "")
        node.default = next((flow for flow in node.outgoing if flow.id == default), None)


def _attach(shop: Workshop, container: bpmn.Container, nodes: dict[str, Node]) -> None:
    handlers = {
        each.source: nodes[each.target]
        for each in container.artifacts
        if isinstance(each, bpmn.Association) and each.source in nodes and each.target in nodes
    }
    backwards = {
        each.target: nodes[each.source]
        for each in container.artifacts
        if isinstance(each, bpmn.Association) and each.source in nodes and each.target in nodes
    }
    for node in nodes.values():
        if not isinstance(node.element, bpmn.BoundaryEvent):
            continue
        host = nodes.get(node.element.attached_to)
        if host is None:
            shop.problem(
                "boundary",
                node.id,
                f"Expected boundary event {node.id!r} to be at an activity, but {node.element.attached_to!r} is none.",
            )
            continue
        node.attached = host
        host.boundaries = (*host.boundaries, node)
        if any(each.trigger in WAITED_FOR for each in node.definitions):
            host.listeners = (*host.listeners, node)
        if any(each.trigger == "compensate" for each in node.definitions):
            handler = handlers.get(node.id) or backwards.get(node.id)
            if handler is not None and handler.for_compensation:
                host.handler = handler


def _link(shop: Workshop, body: Body) -> None:
    """Join throwing link events to the catching one of the same name in the same scope."""
    landings = {
        each.name: node
        for node in body.nodes
        if node.type == "intermediateCatchEvent"
        for each in node.definitions
        if each.trigger == "link"
    }
    for node in body.nodes:
        for each in node.definitions:
            if each.trigger == "link" and node.type == "intermediateThrowEvent":
                node.rule = landings.get(each.name)
                if node.rule is None:
                    shop.problem(
                        "link",
                        node.id,
                        f"Expected link {each.name!r} of {node.id!r} to lead somewhere, but nothing catches it.",
                    )


# --- behaviour --------------------------------------------------------------------------------------------------------
def _behave(assembly: Assembly, node: Node) -> None:
    """Choose how a token enters, now that flows are known."""
    node.plain = (
        node.default is None and node.completion_quantity == 1 and not any(flow.condition for flow in node.outgoing)
    )
    if node.perform is not None:
        node.enter = node.perform if node.loop is None else loops.enter
        if node.start_quantity > 1:
            node.enter = activity.gather
        return
    chosen: Any = _ENTER[node.type]
    node.enter = chosen(assembly, node) if node.type in _CHOICES else chosen
    node.happen = _HAPPEN.get(node.type, catch_event.happen)


def _catching(assembly: Assembly, node: Node) -> Any:  # noqa: ARG001
    waits = any(each.trigger != "link" for each in node.definitions)
    return catch_event.enter if waits else catch_event.land


def _exclusive(assembly: Assembly, node: Node) -> Any:  # noqa: ARG001
    node.plain = node.plain and len(node.outgoing) <= 1
    return exclusive_gateway.enter


def _parallel(assembly: Assembly, node: Node) -> Any:  # noqa: ARG001
    node.plain = True
    return parallel_gateway.join if len(node.incoming) > 1 else parallel_gateway.enter


def _inclusive(assembly: Assembly, node: Node) -> Any:
    if len(node.incoming) <= 1:
        return inclusive_gateway.enter
    assembly.joins = True
    node.rule = JoinRule({})
    return inclusive_gateway.join


def _complex(assembly: Assembly, node: Node) -> Any:
    assembly.joins = True
    node.rule = JoinRule({})
    return complex_gateway.enter


_CHOICES = frozenset(
    {"intermediateCatchEvent", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway"}
)
_ENTER: dict[str, Any] = {
    "startEvent": start_event.enter,
    "endEvent": end_event.enter,
    "intermediateThrowEvent": throw_event.enter,
    "implicitThrowEvent": throw_event.enter,
    "boundaryEvent": boundary_event.enter,
    "eventBasedGateway": event_based_gateway.enter,
    "intermediateCatchEvent": _catching,
    "exclusiveGateway": _exclusive,
    "parallelGateway": _parallel,
    "inclusiveGateway": _inclusive,
    "complexGateway": _complex,
}
_HAPPEN: dict[str, Any] = {"startEvent": start_event.happen, "boundaryEvent": boundary_event.happen}


# --- what is known beforehand -----------------------------------------------------------------------------------------
def _starts(body: Body) -> None:
    reactions = tuple(node for node in body.nodes if node.by_event)
    body.event_subprocesses = reactions
    for node in reactions:
        assert node.inside is not None
        triggers = {each.trigger for start in node.inside.starts for each in start.definitions}
        if "compensate" in triggers:
            body.compensation = node
        body.event_starts += tuple(
            start for start in node.inside.starts if any(each.trigger in WAITED_FOR for each in start.definitions)
        )
    events = [node for node in body.nodes if node.type == "startEvent"]
    if body.node is not None and body.node.type == "subProcess" and _is_reaction(body):
        body.starts = tuple(events)
    elif events:
        plain = [node for node in events if not node.definitions]
        inner = plain or (events if body.parent is not None else [])
        body.starts = tuple(inner[:1])
    else:
        body.starts = tuple(node for node in body.nodes if _begins(node))


def _is_reaction(body: Body) -> bool:
    return body.node is not None and getattr(body.node.element, "triggered_by_event", False)


def _begins(node: Node) -> bool:
    """Say whether a scope without start events begins at this node (BPMN 2.0.2, 13.2)."""
    if node.incoming or node.by_event or node.for_compensation or node.type == "boundaryEvent":
        return False
    if getattr(node.element, "instantiate", False):
        return False
    return not (node.type == "intermediateCatchEvent" and any(each.trigger == "link" for each in node.definitions))


def _declared(shop: Workshop, container: bpmn.Container) -> frozenset[str]:
    """Return the variables that belong to the inside of a sub-process: its data objects and properties."""
    if isinstance(container, bpmn.Process):
        return frozenset()
    found: Iterable[bpmn.FlowElement] = (each for each in container.elements if isinstance(each, bpmn.DataObject))
    own = {shop.data[each.id] for each in found if each.id in shop.data}
    assert isinstance(container, bpmn.Activity)
    own.update(shop.data[each.id] for each in container.properties if each.id in shop.data)
    return frozenset(own)


def _upstream(flow: Flow, gateway: Node, body: Body) -> frozenset[str]:
    """Return the nodes from which a token can come to ``flow`` without passing ``gateway``."""
    throwers = [node for node in body.nodes if node.type == "intermediateThrowEvent" and isinstance(node.rule, Node)]
    found: set[str] = set()
    queue = deque([flow.source])
    while queue:
        node = queue.popleft()
        if node is gateway or node.id in found:
            continue
        found.add(node.id)
        queue.extend(each.source for each in node.incoming)
        queue.extend(thrower for thrower in throwers if thrower.rule is node)
        if node.attached is not None:
            queue.append(node.attached)
    return frozenset(found)
