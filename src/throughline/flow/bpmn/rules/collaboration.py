"""Rules about pools, message flows and conversations."""

from __future__ import annotations

from throughline.flow.bpmn.rules.drawing import Drawing, Element, kids, local, text
from throughline.flow.bpmn.rules.registry import Found, rule


@rule("multiplicity", "9.2.1")
def multiplicity(drawing: Drawing) -> Found:
    """A participant takes part at least zero times, and at most no fewer times than at least."""
    for each in drawing.all("participantMultiplicity"):
        try:
            least, most = int(each.get("minimum", "0")), int(each.get("maximum", "1"))
        except ValueError:
            yield each, "the multiplicity of a participant to be two whole numbers, but it is not."
            continue
        if least < 0 or most < 1:
            yield (
                each,
                f"a participant to take part 0 times or more and up to 1 or more, but it says {least} to {most}.",
            )
        elif most < least:
            yield each, f"a participant to take part at most as often as at least, but it says {least} to {most}."


@rule("message-flow-inside", "9.3")
def message_flow_inside(drawing: Drawing) -> Found:
    """A message flow joins two different pools."""
    for flow in drawing.all("messageFlow"):
        source, target = _pool(drawing, flow.get("sourceRef")), _pool(drawing, flow.get("targetRef"))
        if source is not None and source is target:
            yield flow, f"message flow {flow.get('id')!r} to join two pools, but both its ends are in one."


def _pool(drawing: Drawing, reference: str | None) -> Element | None:
    """Return the participant a message flow's end belongs to, or the process if no participant has it."""
    end = drawing.find(reference)
    if end is None or local(end) == "participant":
        return end
    process = drawing.process_of(end)
    if process is None:
        return None
    pools = (each for each in drawing.all("participant") if drawing.find(each.get("processRef")) is process)
    return next(pools, process)


SENDS = frozenset({"endEvent", "intermediateThrowEvent"})
RECEIVES = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})


@rule("message-flow-event", "9.3")
def message_flow_event(drawing: Drawing) -> Found:
    """A message flow leaves events that send messages and reaches events that receive them."""
    for flow in drawing.all("messageFlow"):
        source, target = drawing.find(flow.get("sourceRef")), drawing.find(flow.get("targetRef"))
        if source is not None and local(source) in RECEIVES:
            yield (
                flow,
                f"message flow {flow.get('id')!r} to leave something that sends, but it leaves a {local(source)}.",
            )
        if target is not None and local(target) in SENDS:
            yield (
                flow,
                f"message flow {flow.get('id')!r} to reach something that receives, but it reaches a {local(target)}.",
            )
        for end, kinds in ((source, SENDS), (target, RECEIVES)):
            if end is not None and local(end) in kinds and "message" not in drawing.triggers(end):
                yield flow, f"{end.get('id')!r} to be a message event since a message flow ends there, but it is none."


@rule("message-flow-task", "9.3")
def message_flow_task(drawing: Drawing) -> Found:
    """Send tasks only send and receive tasks only receive."""
    for flow in drawing.all("messageFlow"):
        source, target = drawing.find(flow.get("sourceRef")), drawing.find(flow.get("targetRef"))
        if source is not None and local(source) in ("receiveTask", "scriptTask", "manualTask"):
            yield flow, f"message flow {flow.get('id')!r} not to leave a {local(source)}, but it does."
        if target is not None and local(target) in ("sendTask", "scriptTask", "manualTask"):
            yield flow, f"message flow {flow.get('id')!r} not to reach a {local(target)}, but it does."


@rule("global-conversation", "9.4.4")
def global_conversation(drawing: Drawing) -> Found:
    """A global conversation holds participants and message flows, and no conversations or choreographies."""
    for each in drawing.all("globalConversation"):
        for wrong in kids(
            each, "conversation", "subConversation", "callConversation", "choreographyRef", "conversationLink"
        ):
            yield each, f"global conversation {each.get('id')!r} to hold no {local(wrong)}, but it does."


@rule("called-collaboration", "9.4.3")
def called_collaboration(drawing: Drawing) -> Found:
    """A call conversation calls a collaboration or a global conversation."""
    for each in drawing.all("callConversation"):
        target = drawing.find(each.get("calledCollaborationRef"))
        if target is not None and local(target) not in ("collaboration", "globalConversation"):
            yield each, f"{each.get('id')!r} to call a collaboration, but it calls a {local(target)}."


@rule("conversation-link", "9.4.5")
def conversation_link(drawing: Drawing) -> Found:
    """A conversation link joins a conversation and a participant."""
    conversations = {"conversation", "subConversation", "callConversation"}
    for link in drawing.all("conversationLink"):
        ends = [drawing.find(link.get(end)) for end in ("sourceRef", "targetRef")]
        kinds = [None if end is None else local(end) for end in ends]
        if sum(kind in conversations for kind in kinds) != 1:
            yield (
                link,
                f"conversation link {link.get('id')!r} to join a conversation and a participant, but it does not.",
            )


@rule("choreography-participants", "11.5")
def choreography_participants(drawing: Drawing) -> Found:
    """A choreography activity has at least two different participants, one of which begins."""
    for each in drawing.all("choreographyTask", "subChoreography", "callChoreography"):
        members = {text(one) for one in kids(each, "participantRef")}
        if len(members) < 2:
            yield each, f"{local(each)} {each.get('id')!r} to have two participants, but it has {len(members)}."
        if each.get("initiatingParticipantRef") and each.get("initiatingParticipantRef") not in members:
            yield (
                each,
                f"the beginner of {local(each)} {each.get('id')!r} to be one of its participants, but it is not.",
            )


@rule("conversation-participants", "9.4.1")
def conversation_participants(drawing: Drawing) -> Found:
    """A conversation that names its participants names at least two."""
    for each in drawing.all("conversation", "subConversation", "callConversation"):
        if len(kids(each, "participantRef")) == 1:
            yield each, f"{local(each)} {each.get('id')!r} to have two participants, but it has one."
