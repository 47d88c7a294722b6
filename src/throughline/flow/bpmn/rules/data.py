"""Rules about data: inputs, outputs, associations, and that their types fit."""

from __future__ import annotations

from throughline.flow.bpmn.rules.drawing import EVENTS, Drawing, Element, kids, local, plain, text
from throughline.flow.bpmn.rules.registry import Found, rule

CARRIERS = {
    "messageEventDefinition": "messageRef",
    "signalEventDefinition": "signalRef",
    "errorEventDefinition": "errorRef",
    "escalationEventDefinition": "escalationRef",
}
SETS = (
    ("inputSet", "dataInputRefs", ("optionalInputRefs", "whileExecutingInputRefs")),
    ("outputSet", "dataOutputRefs", ("optionalOutputRefs", "whileExecutingOutputRefs")),
)


def _texts(element: Element, name: str) -> set[str]:
    return {plain(text(each)) for each in kids(element, name)}


@rule("data-set", "10.4.2")
def data_set(drawing: Drawing) -> Found:
    """Every input belongs to an input set, every output to an output set, and special ones are among the ordinary."""
    for owner in drawing.elements:
        for data, set_name, members in (
            ("dataInput", "inputSet", "dataInputRefs"),
            ("dataOutput", "outputSet", "dataOutputRefs"),
        ):
            sets = kids(owner, set_name)
            if local(owner) not in EVENTS | {"ioSpecification"}:
                continue
            known = set().union(*(_texts(each, members) for each in sets)) if sets else set()
            for each in kids(owner, data):
                if (sets or local(owner) == "ioSpecification") and each.get("id") not in known:
                    yield each, f"{data} {each.get('id')!r} to be in an {set_name}, but it is in none."
    for set_name, members, special in SETS:
        for each in drawing.all(set_name):
            for name in special:
                for missing in sorted(_texts(each, name) - _texts(each, members)):
                    yield each, f"{missing!r} of {name} to be among the {members} of its set, but it is not."


@rule("data-set-pair", "10.4.2")
def data_set_pair(drawing: Drawing) -> Found:
    """Input and output sets that belong together name each other."""
    for one, other, there, back in (
        ("inputSet", "outputSet", "outputSetRefs", "inputSetRefs"),
        ("outputSet", "inputSet", "inputSetRefs", "outputSetRefs"),
    ):
        for each in drawing.all(one):
            for name in sorted(_texts(each, there)):
                target = drawing.find(name)
                if target is not None and local(target) == other and each.get("id") not in _texts(target, back):
                    yield each, f"{other} {name!r} to name {each.get('id')!r} back, but it does not."


@rule("collection", "10.4.1")
def collection(drawing: Drawing) -> Found:
    """Data is a collection if its item definition is one."""
    for each in drawing.all("dataObject", "dataInput", "dataOutput"):
        item = drawing.item_of(each)
        if item is not None and (item.get("isCollection") == "true") is not (each.get("isCollection") == "true"):
            yield each, f"{local(each)} {each.get('id')!r} to be a collection like its item, but only one of them is."


@rule("association-direction", "10.4.2")
def association_direction(drawing: Drawing) -> Found:
    """Data moves into inputs and out of outputs."""
    for name, inner, wrong_end, wrong in (
        ("dataInputAssociation", "targetRef", "sourceRef", "dataOutput"),
        ("dataOutputAssociation", "sourceRef", "targetRef", "dataInput"),
    ):
        for each in drawing.all(name):
            for reference in kids(each, wrong_end):
                target = drawing.find(text(reference))
                if target is not None and local(target) == wrong and not _is_own(each, target):
                    yield each, f"{name} {each.get('id')!r} not to take a {wrong} at its outer end, but it does."
            yield from _inner_end(drawing, each, inner)


def _is_own(association: Element, data: Element) -> bool:
    """Say whether data belongs to the activity or event of the association itself."""
    owner = association.getparent()
    return owner is not None and any(each is owner for each in data.iterancestors())


def _inner_end(drawing: Drawing, association: Element, end: str) -> Found:
    owner = association.getparent()
    wanted = "dataInput" if end == "targetRef" else "dataOutput"
    if owner is None or not (kids(owner, "ioSpecification") or local(owner) in EVENTS):
        return
    for reference in kids(association, end):
        target = drawing.find(text(reference))
        if target is not None and local(target) in ("dataInput", "dataOutput") and local(target) != wanted:
            yield association, f"{end} of {association.get('id')!r} to be a {wanted}, but it is a {local(target)}."
        elif target is not None and local(target) == wanted and not _is_own(association, target):
            yield association, f"{end} of {association.get('id')!r} to belong to {owner.get('id')!r}, but it does not."


@rule("association-type", "10.4.2")
def association_type(drawing: Drawing) -> Found:
    """Without a transformation an association joins one source to a target of the same type."""
    for each in drawing.all("dataInputAssociation", "dataOutputAssociation"):
        if kids(each, "transformation"):
            continue
        sources = [drawing.find(text(one)) for one in kids(each, "sourceRef")]
        if len(sources) > 1:
            yield each, f"association {each.get('id')!r} to transform its {len(sources)} sources, but it does not."
        if kids(each, "assignment"):
            continue
        target = next((drawing.find(text(one)) for one in kids(each, "targetRef")), None)
        for source in sources:
            if not drawing.same_type(drawing.item_of(source), drawing.item_of(target)):
                yield each, f"both ends of {each.get('id')!r} to have one type, but they have two."


@rule("event-data", "10.5.1")
def event_data(drawing: Drawing) -> Found:
    """An event that hands over data does so for each of its triggers, in the type of what is carried."""
    for name in sorted(EVENTS):
        for event in drawing.all(name):
            pieces = kids(event, "dataInput", "dataOutput")
            carried = [
                drawing.item_of(drawing.find(each.get(CARRIERS[local(each)])))
                for each in drawing.definitions(event)
                if local(each) in CARRIERS
            ]
            if not pieces or not carried:
                continue
            if len(pieces) < len(carried):
                yield event, f"event {event.get('id')!r} to have data for each trigger, but it has {len(pieces)}."
            elif not all(map(drawing.same_type, (drawing.item_of(each) for each in pieces), carried)):
                yield event, f"data of event {event.get('id')!r} to have the type of what it carries, but it does not."


@rule("task-data", "10.3.3")
def task_data(drawing: Drawing) -> Found:
    """The data of a service, send or receive task fits the messages of its operation."""
    for task in drawing.all("serviceTask", "sendTask", "receiveTask"):
        for specification in kids(task, "ioSpecification"):
            yield from _task_sets(task, specification)
            yield from _task_types(drawing, task, specification)


def _task_sets(task: Element, specification: Element) -> Found:
    inputs, outputs = kids(specification, "inputSet"), kids(specification, "outputSet")
    if len(inputs) > 1 or len(outputs) > 1:
        yield task, f"{task.get('id')!r} to have one set of inputs and of outputs, but it has more."
    if local(task) == "sendTask" and len(kids(specification, "dataInput")) > 1:
        yield task, f"send task {task.get('id')!r} to have one input, but it has more."
    if local(task) == "receiveTask" and len(kids(specification, "dataOutput")) > 1:
        yield task, f"receive task {task.get('id')!r} to have one output, but it has more."


def _task_types(drawing: Drawing, task: Element, specification: Element) -> Found:
    operation = drawing.find(task.get("operationRef"))
    coming = None if operation is None else next(iter(kids(operation, "inMessageRef")), None)
    going = None if operation is None else next(iter(kids(operation, "outMessageRef")), None)
    message = drawing.find(task.get("messageRef"))
    into = message if message is not None else drawing.find(text(coming))
    out = message if local(task) == "receiveTask" else drawing.find(text(going))
    sides = [("dataInput", into)] if local(task) == "sendTask" else [("dataInput", into), ("dataOutput", out)]
    if local(task) == "receiveTask":
        sides = [("dataOutput", out)]
    for name, carrier in sides:
        wanted = drawing.item_of(carrier)
        for each in kids(specification, name):
            item = drawing.item_of(each)
            if wanted is not None and (item is None or not drawing.same_type(item, wanted)):
                yield task, f"{name} of {task.get('id')!r} to have the type of its message, but it does not."


@rule("task-message", "10.3.3")
def task_message(drawing: Drawing) -> Found:
    """A send or receive task with an operation moves the message of that operation."""
    for task in drawing.all("sendTask", "receiveTask"):
        operation, message = drawing.find(task.get("operationRef")), drawing.find(task.get("messageRef"))
        if operation is None or message is None or local(operation) != "operation":
            continue
        taken = {plain(text(each)) for each in kids(operation, "inMessageRef")}
        if message.get("id") not in taken:
            yield task, f"{task.get('id')!r} to move a message of its operation, but it moves {message.get('id')!r}."


@rule("loop-data", "10.3.8")
def loop_data(drawing: Drawing) -> Found:
    """The list of a multi-instance activity holds items of the type that an instance takes."""
    for loop in drawing.all("multiInstanceLoopCharacteristics"):
        for reference, item_name in (("loopDataInputRef", "inputDataItem"), ("loopDataOutputRef", "outputDataItem")):
            whole = next((drawing.find(text(each)) for each in kids(loop, reference)), None)
            for item in kids(loop, item_name):
                kind, of_whole = drawing.item_of(item), drawing.item_of(whole)
                if item.get("isCollection") == "true" or (kind is not None and kind.get("isCollection") == "true"):
                    yield loop, f"{item_name} of {_owner(loop)} to be one item, but it is a collection."
                if not drawing.same_type(kind, of_whole):
                    yield loop, f"{item_name} of {_owner(loop)} to have the type of its list, but it has another."
            if whole is not None and (of := drawing.item_of(whole)) is not None and of.get("isCollection") != "true":
                yield loop, f"{reference} of {_owner(loop)} to be a list, but it is one item."


def _owner(loop: Element) -> str:
    parent = loop.getparent()
    return repr(None if parent is None else parent.get("id"))


@rule("inner-inputs", "10.4.2")
def inner_inputs(drawing: Drawing) -> Found:
    """Data inputs and outputs belong to activities, events and processes, not to sub-processes."""
    for node in drawing.all("subProcess", "transaction", "adHocSubProcess"):
        if kids(node, "ioSpecification"):
            yield node, f"sub-process {node.get('id')!r} to have no inputs and outputs of its own, but it has."


@rule("call-data", "10.3.6")
def call_data(drawing: Drawing) -> Found:
    """A call activity has the inputs and outputs of what it calls."""
    for call in drawing.all("callActivity"):
        called = drawing.find(call.get("calledElement"))
        theirs = None if called is None else next(iter(kids(called, "ioSpecification")), None)
        if theirs is None:
            continue
        ours = next(iter(kids(call, "ioSpecification")), None)
        for name in ("dataInput", "dataOutput"):
            wanted, found = kids(theirs, name), [] if ours is None else kids(ours, name)
            if len(wanted) != len(found):
                yield (
                    call,
                    f"{call.get('id')!r} to have each {name} of what it calls, but it has {len(found)}.",
                )
            elif not all(
                drawing.same_type(drawing.item_of(a), drawing.item_of(b)) for a, b in zip(wanted, found, strict=True)
            ):
                yield call, f"{name}s of {call.get('id')!r} to have the types of what it calls, but they do not."


@rule("service-binding", "10.4.2")
def service_binding(drawing: Drawing) -> Found:
    """A process that offers operations binds their messages to its inputs and outputs."""
    for process in drawing.all("process"):
        bindings = kids(process, "ioBinding")
        specification = kids(process, "ioSpecification")
        if kids(process, "supportedInterfaceRef") and specification and not bindings:
            yield process, f"process {process.get('id')!r} to bind its operations to its data, but it does not."
        for binding in bindings:
            operation = drawing.find(binding.get("operationRef"))
            for attribute, message_name in (("inputDataRef", "inMessageRef"), ("outputDataRef", "outMessageRef")):
                data = drawing.find(binding.get(attribute))
                message = None if operation is None else next(iter(kids(operation, message_name)), None)
                carried = drawing.item_of(drawing.find(text(message)))
                if data is not None and not drawing.same_type(drawing.item_of(data), carried):
                    yield (
                        binding,
                        f"{attribute} of {process.get('id')!r} to have its message's type, but it has another.",
                    )


@rule("data-state-name", "10.4.1")
def data_state_name(drawing: Drawing) -> Found:
    """A data object drawn in a state is named after both: ``Order [paid]``."""
    for each in drawing.all("dataObjectReference"):
        state = next(iter(kids(each, "dataState")), None)
        name = each.get("name") or ""
        if (
            state is not None
            and state.get("name")
            and name.endswith("]")
            and not name.endswith(f"[{state.get('name')}]")
        ):
            yield each, f"{each.get('id')!r} to be named after its state {state.get('name')!r}, but it is {name!r}."
