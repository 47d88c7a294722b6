"""Rules about sequence flows and gateways."""

from __future__ import annotations

from throughline.flow.bpmn.rules.drawing import (
    ACTIVITIES,
    FLOW_NODES,
    GATEWAYS,
    SUBPROCESSES,
    Drawing,
    Element,
    kids,
    local,
    plain,
    text,
)
from throughline.flow.bpmn.rules.registry import Found, rule

CONDITIONAL_SOURCES = ACTIVITIES | {"exclusiveGateway", "inclusiveGateway", "complexGateway"}


@rule("flow-crosses-scope", "10.3.5")
def flow_crosses_scope(drawing: Drawing) -> Found:
    """A sequence flow joins two nodes of the same process or sub-process and lies there."""
    for flow in drawing.all("sequenceFlow"):
        source, target = drawing.find(flow.get("sourceRef")), drawing.find(flow.get("targetRef"))
        if source is None or target is None or local(source) not in FLOW_NODES or local(target) not in FLOW_NODES:
            continue
        if source.getparent() is not target.getparent():
            yield flow, f"flow {flow.get('id')!r} to stay inside one process or sub-process, but it crosses a border."
        elif flow.getparent() is not source.getparent():
            yield flow, f"flow {flow.get('id')!r} to lie where its ends are, but it lies elsewhere."


@rule("unlisted-flow", "8.4.13", portable=True)
def unlisted_flow(drawing: Drawing) -> Found:
    """In a file that lists flows at nodes, every node lists all of its own and no others."""
    listed = drawing.by_name.get("incoming", []) + drawing.by_name.get("outgoing", [])
    if not listed:
        return
    for name in sorted(FLOW_NODES):
        for node in drawing.all(name):
            for side, flows in (("incoming", drawing.incoming), ("outgoing", drawing.outgoing)):
                said = {plain(text(each)) for each in kids(node, side)}
                real = {flow.get("id") for flow in flows.get(node, ())}
                if said != real:
                    yield node, f"{name} {node.get('id')!r} to list exactly its {side} flows, but it does not."


@rule("conditional-flow", "8.4.13")
def conditional_flow(drawing: Drawing) -> Found:
    """A condition stands on a flow out of an activity or a deciding gateway."""
    for flow in drawing.all("sequenceFlow"):
        source = drawing.find(flow.get("sourceRef"))
        if source is None or not kids(flow, "conditionExpression"):
            continue
        if local(source) in FLOW_NODES - CONDITIONAL_SOURCES:
            yield flow, f"flow {flow.get('id')!r} to have no condition, but it comes from a {local(source)}."


@rule("lone-condition", "8.4.13")
def lone_condition(drawing: Drawing) -> Found:
    """An activity with a conditional flow has another way out."""
    for flow in drawing.all("sequenceFlow"):
        source = drawing.find(flow.get("sourceRef"))
        if source is None or local(source) not in ACTIVITIES or not kids(flow, "conditionExpression"):
            continue
        if len(drawing.outgoing.get(source, ())) < 2:
            yield (
                flow,
                f"another way out of {source.get('id')!r} beside flow {flow.get('id')!r}, but there is none.",
            )


@rule("default-flow", "8.4.13")
def default_flow(drawing: Drawing) -> Found:
    """A default flow leaves the node whose default it is."""
    for name in sorted(ACTIVITIES | GATEWAYS):
        for node in drawing.all(name):
            default = node.get("default")
            flow = drawing.find(default)
            if flow is not None and local(flow) == "sequenceFlow" and flow not in drawing.outgoing.get(node, ()):
                yield node, f"default flow {default!r} to leave {node.get('id')!r}, but it does not."


# --- where ways begin and end -----------------------------------------------------------------------------------------
def _scopes(drawing: Drawing) -> list[Element]:
    return list(drawing.all("process", *sorted(SUBPROCESSES)))


def _ordinary(node: Element) -> bool:
    """Say whether a node takes part in the ordinary course: no event sub-process, no handler of a compensation."""
    return node.get("triggeredByEvent") != "true" and node.get("isForCompensation") != "true"


@rule("start-without-end", "10.5.1")
def start_without_end(drawing: Drawing) -> Found:
    """A scope with a start event has an end event, and the other way round."""
    for scope in _scopes(drawing):
        starts, ends = kids(scope, "startEvent"), kids(scope, "endEvent")
        if ends and not starts and not _creates(scope):
            yield scope, f"{scope.get('id')!r} to have a start event since it has an end event, but it has none."
        if starts and not ends and local(scope) != "adHocSubProcess":
            yield scope, f"{scope.get('id')!r} to have an end event since it has a start event, but it has none."


def _creates(scope: Element) -> bool:
    """Say whether a receive task or event-based gateway creates the cases of a process."""
    return any(each.get("instantiate") == "true" for each in kids(scope, "receiveTask", "eventBasedGateway"))


@rule("not-reached", "13.2.1")
def not_reached(drawing: Drawing) -> Found:
    """In a scope with a start event every other activity and gateway has a way in."""
    for scope in _scopes(drawing):
        if not kids(scope, "startEvent"):
            continue
        for node in kids(scope, *sorted(ACTIVITIES | GATEWAYS)):
            creates = node.get("instantiate") == "true"
            if _ordinary(node) and not creates and not drawing.incoming.get(node):
                yield node, f"{node.get('id')!r} to have a way in since its scope has a start event, but it has none."


@rule("no-way-on", "13.2.1")
def no_way_on(drawing: Drawing) -> Found:
    """In a scope with an end event every other activity and gateway has a way out."""
    for scope in _scopes(drawing):
        if not kids(scope, "endEvent"):
            continue
        for node in kids(scope, *sorted(ACTIVITIES | GATEWAYS)):
            if _ordinary(node) and not drawing.outgoing.get(node) and not _has_boundary(scope, node):
                yield node, f"{node.get('id')!r} to have a way out since its scope has an end event, but it has none."


def _has_boundary(scope: Element, node: Element) -> bool:
    return any(each.get("attachedToRef") == node.get("id") for each in kids(scope, "boundaryEvent"))


# --- gateways ---------------------------------------------------------------------------------------------------------
@rule("gateway-flows", "10.6.1")
def gateway_flows(drawing: Drawing) -> Found:
    """A gateway parts or joins: several ways in or several ways out."""
    for name in sorted(GATEWAYS):
        for node in drawing.all(name):
            ways_in, ways_out = len(drawing.incoming.get(node, ())), len(drawing.outgoing.get(node, ()))
            event_start = name == "eventBasedGateway" and node.get("instantiate") == "true"
            if ways_in < 2 and ways_out < 2 and not event_start:
                yield (
                    node,
                    f"gateway {node.get('id')!r} to part or join ways, but it has {ways_in} in and {ways_out} out.",
                )


@rule("gateway-direction", "10.6.1")
def gateway_direction(drawing: Drawing) -> Found:
    """A gateway's direction says how many ways it has."""
    for name in sorted(GATEWAYS):
        for node in drawing.all(name):
            ways_in, ways_out = len(drawing.incoming.get(node, ())), len(drawing.outgoing.get(node, ()))
            direction = node.get("gatewayDirection", "Unspecified")
            fits = {
                "Converging": ways_in > 1 and ways_out <= 1,
                "Diverging": ways_out > 1 and ways_in <= 1,
                "Mixed": ways_in > 1 and ways_out > 1,
            }.get(direction, True)
            if not fits:
                yield (
                    node,
                    f"{direction} gateway {node.get('id')!r} to be so, but it has {ways_in} in and {ways_out} out.",
                )


@rule("event-gateway", "10.6.6")
def event_gateway(drawing: Drawing) -> Found:
    """An event-based gateway leads to at least two events or receive tasks, each reached from it alone."""
    for gateway in drawing.all("eventBasedGateway"):
        ways = drawing.outgoing.get(gateway, [])
        if len(ways) < 2:
            yield gateway, f"event-based gateway {gateway.get('id')!r} to have two ways out, but it has {len(ways)}."
        targets = [target for target in (drawing.find(way.get("targetRef")) for way in ways) if target is not None]
        for target in targets:
            yield from _behind_event_gateway(drawing, gateway, target)
        kinds = {_kind(drawing, target) for target in targets}
        if "receiveTask" in kinds and "message" in kinds:
            yield gateway, f"{gateway.get('id')!r} to lead to message events or receive tasks, but it leads to both."
        yield from _instantiating(drawing, gateway, targets)


def _kind(drawing: Drawing, target: Element) -> str:
    triggers = drawing.triggers(target) if local(target) == "intermediateCatchEvent" else []
    return "message" if "message" in triggers else local(target)


def _behind_event_gateway(drawing: Drawing, gateway: Element, target: Element) -> Found:
    name = target.get("id")
    if local(target) not in ("intermediateCatchEvent", "receiveTask"):
        yield gateway, f"an event or receive task behind {gateway.get('id')!r}, but {name!r} is a {local(target)}."
        return
    allowed = {"message", "signal", "timer", "conditional", "multiple"}
    if wrong := set(drawing.triggers(target)) - allowed:
        yield (
            target,
            f"event {name!r} behind a gateway to wait for something, but it is a {'/'.join(sorted(wrong))} event.",
        )
    if len(drawing.incoming.get(target, ())) > 1:
        yield target, f"{name!r} to be reached from its gateway alone, but it has other ways in."
    if any(each.get("attachedToRef") == name for each in drawing.all("boundaryEvent")):
        yield target, f"receive task {name!r} behind a gateway to have no boundary event, but it has one."


def _instantiating(drawing: Drawing, gateway: Element, targets: list[Element]) -> Found:
    creates = gateway.get("instantiate") == "true"
    if creates and drawing.incoming.get(gateway):
        yield gateway, f"{gateway.get('id')!r} to have no way in since it creates cases, but it has one."
    if gateway.get("eventGatewayType") == "Parallel":
        if not creates:
            yield gateway, f"parallel event-based gateway {gateway.get('id')!r} to create cases, but it does not."
        if any(_kind(drawing, each) not in ("message", "receiveTask") for each in targets):
            yield (
                gateway,
                f"only messages behind parallel event-based gateway {gateway.get('id')!r}, but there are others.",
            )
