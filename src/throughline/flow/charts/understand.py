"""
From a sketch to BPMN: what each shape is, decided with the lines at it; and what was not sure, as questions.

Rules. A shape with lines is a part of the flow; what hangs on it (a note, a document, a store) is joined by an
association. Loose ends are joined to the shape nearest to them. An ellipse with lines out only starts, with lines in
only ends, with both is something that happens between. A diamond with several exits decides, a step with several exits
is asked about. Bands that hold shapes are lanes, and so are plain boxes around steps, which are asked about; a band
around bands is the pool, whose name the process takes. Parts of a shape (an icon on it, its words apart) belong to it.
Whatever is left is kept as an annotation, so that nothing drawn is lost without a word: each shape and line has a fate,
and what was left out says why.

Questions can be answered: reading the same sketch again with answers by the keys of the doubts gives the chart that
was meant, so a review is a pure function of the file and the answers and can be left and taken up again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from throughline.flow.bpmn import lay_out, model
from throughline.flow.charts.frames import frames_among
from throughline.flow.charts.labels import named_by
from throughline.flow.charts.sketch import (
    EVENTS,
    FLOW,
    GATEWAYS,
    SEEN,
    STEPS,
    Choice,
    Doubt,
    Fate,
    Kind,
    Line,
    Shape,
    Sketch,
)

SNAP = 24.0
"""A loose end so near to a shape, in pixels, was meant to touch it."""

FAR = 80.0
"""A loose end so near is joined as well, and asked about."""

NEAREST = 3
"""So many shapes are offered for a loose end, and so many steps for the beginning."""

YES, NO = Choice("yes", "Yes"), Choice("no", "No")
KEEP = Choice("keep", "Leave it as it is")


@dataclass(frozen=True, slots=True)
class Understood:
    """
    What a page was understood as: the chart, laid out, and the questions that remain.

    ``shapes`` and ``lines`` count what was drawn, ``connected`` the lines with something at both ends, ``snapped``
    those of them that were joined by place, ``kept_as_notes`` the shapes that are no part of the flow. ``fates`` tell
    of each shape and each line what it became.
    """

    chart: model.Definitions
    doubts: tuple[Doubt, ...]
    shapes: int
    lines: int
    connected: int
    snapped: int
    kept_as_notes: int
    fates: tuple[Fate, ...] = ()

    @property
    def open_doubts(self) -> tuple[Doubt, ...]:
        """The questions that nobody has answered."""
        return tuple(doubt for doubt in self.doubts if not doubt.answer)


def understand(sketch: Sketch, answers: Mapping[str, str] | None = None) -> Understood:
    """
    Return the chart that a sketch means. The ids of its elements are made from the sketch's, and are stable.

    ``answers`` are by the keys of doubts of an earlier reading; what does not answer anything is left alone.
    """
    return _Reading(sketch, answers or {}).understood()


_WORDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"\b(e-?mail|send|notify|newsletter|sms|inform)\b", re.IGNORECASE), Kind.SEND_STEP),
    (re.compile(r"\b((check|apply|evaluate) (the )?(business )?rules?|score)\b", re.IGNORECASE), Kind.RULE_STEP),
    (
        re.compile(r"\b(system|automatic(ally)?|auto-?\w*|api|crm (creates|updates|assigns))\b", re.IGNORECASE),
        Kind.SERVICE_STEP,
    ),
    (
        re.compile(
            r"\b(call|visit|approve|review|meet(ing)?|sign|contact|discuss|interview|negotiate|prepare)\b",
            re.IGNORECASE,
        ),
        Kind.USER_STEP,
    ),
)
"""Words by which a plain box tells what kind of work it is; the first that fits."""

_SIGNS: Mapping[str, Kind] = {
    "xor": Kind.DECISION, "x": Kind.DECISION, "or": Kind.INCLUSIVE, "v": Kind.INCLUSIVE, "∨": Kind.INCLUSIVE,
    "and": Kind.PARALLEL, "+": Kind.PARALLEL, "∧": Kind.PARALLEL,
}  # fmt: skip
"""Words in a circle that make it a connector of event-driven process chains: where ways part and meet."""

_TASKS: Mapping[Kind, type[model.Activity]] = {
    Kind.STEP: model.Task,
    Kind.USER_STEP: model.UserTask,
    Kind.SEND_STEP: model.SendTask,
    Kind.RECEIVE_STEP: model.ReceiveTask,
    Kind.SERVICE_STEP: model.ServiceTask,
    Kind.SCRIPT_STEP: model.ScriptTask,
    Kind.RULE_STEP: model.BusinessRuleTask,
    Kind.MANUAL_STEP: model.ManualTask,
    Kind.CALL: model.CallActivity,
}

_GATEWAYS: Mapping[Kind, type[model.Gateway]] = {
    Kind.DECISION: model.ExclusiveGateway,
    Kind.PARALLEL: model.ParallelGateway,
    Kind.INCLUSIVE: model.InclusiveGateway,
    Kind.EVENT_GATEWAY: model.EventBasedGateway,
    Kind.COMPLEX: model.ComplexGateway,
}

_DEFINITIONS: Mapping[str, type[model.EventDefinition]] = {
    "message": model.MessageEventDefinition,
    "timer": model.TimerEventDefinition,
    "signal": model.SignalEventDefinition,
    "error": model.ErrorEventDefinition,
    "escalation": model.EscalationEventDefinition,
    "conditional": model.ConditionalEventDefinition,
    "terminate": model.TerminateEventDefinition,
    "compensate": model.CompensateEventDefinition,
}

_THROWN = frozenset({"message", "signal", "error", "escalation", "terminate", "compensate"})
_BY_KIND = {Kind.TIMER: "timer", Kind.MESSAGE: "message"}
_AT_START = frozenset({"message", "timer", "signal", "conditional"})


@dataclass(slots=True)
class _Joined:
    """A line with what is at its ends."""

    line: Line
    source: str = ""
    target: str = ""
    snapped: bool = False


@dataclass(slots=True)
class _Band:
    """A lane, with the shapes it holds."""

    shape: Shape
    nodes: list[str] = field(default_factory=list)
    inner: list[_Band] = field(default_factory=list)


class _Reading:
    def __init__(self, sketch: Sketch, answers: Mapping[str, str]) -> None:
        self._sketch = sketch
        self._answers = answers
        self._part_of: dict[str, str] = {}
        self._beside: dict[str, list[str]] = defaultdict(list)
        self._labels: dict[str, str] = {}
        self._defaults: dict[str, str] = {}
        self._made: list[model.FlowElement] = []
        self._decides: dict[str, str] = {}
        self._drawn = {shape.id: shape for shape in sketch.shapes}
        self._shapes = dict(self._drawn)
        self._doubts: list[Doubt] = []
        self._ids: dict[str, str] = {}
        self._taken: set[str] = set()
        for number, remark in enumerate(sketch.remarks):
            self._ask("read", str(number), "", remark, SEEN)
        self._merge_parts()
        self._joined = self._join()
        self._name_lines()
        self._ends: dict[str, list[_Joined]] = defaultdict(list)
        self._starts: dict[str, list[_Joined]] = defaultdict(list)
        for joined in self._joined:
            if joined.source and joined.target:
                self._starts[joined.source].append(joined)
                self._ends[joined.target].append(joined)
        self._kinds = {key: self._meaning(shape) for key, shape in self._shapes.items()}

    # -- Shapes that belong together -----------------------------------------------------------------------------------

    def _merge_parts(self) -> None:
        """Give the words and marks that lie on a shape to the shape; drop frames that only hold others together."""
        touched = {end for line in self._sketch.lines for end in (line.source, line.target)}
        self._see_lanes(touched)
        holders = [shape for shape in self._shapes.values() if shape.kind in FLOW | {Kind.DATA, Kind.STORE}]
        for shape in list(self._shapes.values()):
            is_row = shape.kind is Kind.NOTE and shape.parent in self._shapes
            if (shape.id in touched and not is_row) or shape.kind in (Kind.LANE, Kind.GROUP):
                continue
            whole = self._whole(shape, holders)
            if whole is not None:
                self._absorb(whole, shape)
        inner = {shape.parent for shape in self._shapes.values()}
        for shape in list(self._shapes.values()):
            if shape.kind is Kind.GROUP and shape.id in touched:
                self._shapes[shape.id] = replace(shape, kind=Kind.STEP, sure=False)
                self._shapes[shape.id] = replace(self._shapes[shape.id], text=shape.text or self._words_inside(shape))
            elif shape.kind is Kind.GROUP and (shape.id in inner or not shape.text):
                del self._shapes[shape.id]
                self._part_of[shape.id] = ""

    def _see_lanes(self, touched: set[str]) -> None:
        """Take boxes around steps for lanes, each with a question; what is no lane stays a frame."""
        for line in self._sketch.lines:
            ends = ((line.source, line.start), (line.target, line.end))
            touched = touched | {self._smallest_at(point) for key, point in ends if not key and point is not None}
        for frame in frames_among(self._shapes, touched):
            steps = f"{len(frame.held)} step{'' if len(frame.held) == 1 else 's'}"
            words = f"Is “{frame.name}” a lane? It is a plain box around {steps}."
            lane, other = Choice("lane", "Yes, who does them"), Choice("frame", "No, a frame")
            box = self._shapes[frame.box]
            if self._ask("lane", frame.box, self._id(frame.box), words, lane, other) == "frame":
                self._shapes[frame.box] = replace(box, kind=Kind.DECORATION)
                continue
            self._shapes[frame.box] = replace(box, kind=Kind.LANE, text=frame.name, sure=False)
            if frame.header in self._shapes:
                del self._shapes[frame.header]
                self._part_of[frame.header] = frame.box

    def _smallest_at(self, point: tuple[float, float]) -> str:
        near = [(each.area, each.id) for each in self._shapes.values() if each.distance(*point) <= SNAP]
        return min(near, default=(0.0, ""))[1]

    def _whole(self, part: Shape, holders: Iterable[Shape]) -> Shape | None:
        """Return the shape of the flow on which a part lies, by the file or by place; None when it stands alone."""
        parent = self._shapes.get(part.parent)
        if parent is not None and parent.kind in FLOW:
            return parent
        if part.kind in STEPS and part.sure and part.text:
            return None
        if not part.area:
            return None
        x, y = part.middle
        around = [
            other
            for other in holders
            if other.id != part.id and other.id in self._shapes and other.area > 1.5 * part.area and other.holds(x, y)
            and other.holds(part.x, part.y, 4) and other.holds(part.x + part.width, part.y + part.height, 4)
        ]  # fmt: skip
        return min(around, key=lambda other: other.area, default=None)

    def _absorb(self, whole: Shape, part: Shape) -> None:
        del self._shapes[part.id]
        self._part_of[part.id] = whole.id
        whole = self._shapes.get(whole.id, whole)
        text = " ".join(word for word in (whole.text, part.text) if word) if part.text not in whole.text else whole.text
        kind = whole.kind
        if part.kind is Kind.MESSAGE and kind is Kind.STEP:
            kind = Kind.SEND_STEP
        event = whole.event
        if kind in EVENTS and part.kind in _BY_KIND and not event:
            event = _BY_KIND[part.kind]
        self._shapes[whole.id] = replace(whole, text=text, kind=kind, event=event)

    def _words_inside(self, frame: Shape) -> str:
        inside = [shape for shape in self._shapes.values() if shape.parent == frame.id and shape.text]
        for shape in inside:
            del self._shapes[shape.id]
            self._part_of[shape.id] = frame.id
        return " ".join(shape.text for shape in inside)

    # -- Lines ---------------------------------------------------------------------------------------------------------

    def _join(self) -> list[_Joined]:
        lines = {line.id: line for line in self._sketch.lines}
        found = []
        for line in self._sketch.lines:
            joined = _Joined(line)
            joined.source = self._at(line.source, line.start, lines, joined, "source")
            joined.target = self._at(line.target, line.end, lines, joined, "target")
            found.append(joined)
            if not (joined.source and joined.target):
                self._ask_where(joined)
        return found

    def _name_lines(self) -> None:
        """Give loose words beside a line to it."""
        touched = {end for joined in self._joined for end in (joined.source, joined.target)}
        notes = [shape for shape in self._shapes.values() if shape.kind is Kind.NOTE and shape.id not in touched]
        whole = {joined.line.id: joined for joined in self._joined if joined.source and joined.target}
        ways = [(each.line, self._shapes[each.source], self._shapes[each.target]) for each in whole.values()]
        for note, line in named_by(notes, ways):
            whole[line.id].line = replace(line, text=note.text)
            self._part_of[note.id] = line.id
            del self._shapes[note.id]

    def _ask_where(self, joined: _Joined) -> None:
        """Ask what a line joins that hangs loose; where one end is loose, the nearest shapes are offered."""
        line = joined.line
        named = f' "{line.text}"' if line.text else ""
        point = line.start if joined.target else line.end
        other = joined.source or joined.target
        choices = []
        if point is not None and other:
            near = sorted(
                (shape.distance(*point), shape.id)
                for shape in self._shapes.values()
                if self._joins(shape) and shape.id != other and shape.text
            )
            choices = [Choice(key, f"It joins “{self._shapes[key].text}”") for _, key in near[:NEAREST]]
        answer = self._ask(
            "loose-line",
            line.id,
            "",
            f"The line{named} is not connected at both ends. What does it join?",
            *choices,
            Choice("drop", "Leave it out"),
        )
        if answer in self._shapes and other:
            joined.source, joined.target = (joined.source or answer), (joined.target or answer)

    def _at(
        self, key: str, point: tuple[float, float] | None, lines: Mapping[str, Line], joined: _Joined, end: str
    ) -> str:
        if key in self._shapes:
            return key
        if key in lines:  # a line that ends on another goes where that one goes
            other = lines[key].target if end == "target" else lines[key].source
            return other if other in self._shapes else ""
        known = self._drawn.get(key)
        if known is not None:
            point = known.middle  # it was a part of another shape
        if point is None:
            return ""
        near = [(shape.distance(*point), shape.area, shape.id) for shape in self._shapes.values() if self._joins(shape)]
        distance, _, found = min(near, default=(FAR + 1, 0.0, ""))
        if distance > FAR:
            return ""
        joined.snapped = True
        if distance > SNAP:
            called = self._shapes[found].text or "a shape without words"
            words = f'A line ends near "{called}". Does it belong there?'
            if self._ask("snapped-line", f"{joined.line.id}:{end}", self._id(found), words, YES, NO) == "no":
                joined.snapped = False
                return ""
        return found

    @staticmethod
    def _joins(shape: Shape) -> bool:
        return shape.kind in FLOW or shape.kind in (Kind.DATA, Kind.STORE, Kind.NOTE)

    # -- Meanings ------------------------------------------------------------------------------------------------------

    def _meaning(self, shape: Shape) -> Kind:
        """Return what a shape is, now that the lines at it are known."""
        comes, goes = bool(self._ends[shape.id]), bool(self._starts[shape.id])
        kind = shape.kind
        if kind in (Kind.LANE, Kind.GROUP):
            return self._meaning_of_frame(shape, comes or goes)
        if kind in EVENTS and (comes or goes) and (sign := _SIGNS.get(shape.text.strip().casefold())):
            return sign
        if kind in (Kind.DATA, Kind.NOTE, Kind.DECORATION) and comes and goes:
            words = f'Is "{shape.text}" a step? It lies on the way.'
            beside = Choice("data", "No, it is data" if kind is Kind.DATA else "No, it is a note")
            answer = self._ask("kind", shape.id, self._id(shape.id), words, Choice("step", "Yes, a step"), beside)
            return Kind.STEP if answer != "data" else Kind.DATA if kind is Kind.DATA else Kind.NOTE
        if kind is Kind.STORE and comes and goes and not self._is_side(shape):
            return Kind.STORE
        if kind is Kind.DECORATION:
            return Kind.STEP if (comes or goes) and shape.text else Kind.NOTE
        if kind in FLOW and not comes and not goes:
            return self._meaning_alone(shape)
        if kind in (Kind.EVENT, Kind.START, Kind.END) and shape.text and len(shape.text.split()) > 4 and comes and goes:
            words = f'Is "{shape.text}" a step or something that happens?'
            step, event = Choice("step", "A step"), Choice("event", "Something that happens")
            if self._ask("kind", shape.id, self._id(shape.id), words, step, event) == "step":
                return Kind.STEP
        return kind

    def _meaning_alone(self, shape: Shape) -> Kind:
        """Return what a shape of the flow is at which no line is: a step where it can be one, else a note."""
        if not shape.sure or shape.kind is not Kind.STEP or not shape.text:
            return Kind.NOTE
        words = f'"{shape.text}" is not connected. Where does it belong?'
        answer = self._ask("alone", shape.id, self._id(shape.id), words, KEEP, Choice("note", "Keep it as a note"))
        return Kind.NOTE if answer == "note" else Kind.STEP

    def _meaning_of_frame(self, shape: Shape, has_lines: bool) -> Kind:
        if has_lines:
            return Kind.STEP
        holds = any(other.parent == shape.id for other in self._shapes.values()) or any(
            other.id != shape.id and other.kind in FLOW and shape.holds(*other.middle)
            for other in self._shapes.values()
        )
        return Kind.LANE if holds or shape.kind is Kind.LANE else Kind.NOTE

    def _is_side(self, shape: Shape) -> bool:
        return shape.kind in (Kind.STORE, Kind.DATA, Kind.NOTE)

    def _ask(self, kind: str, subject: str, element: str, message: str, *choices: Choice, free: bool = False) -> str:
        """Put down a question about a shape or line (``subject``), and return what it was answered with, if it was."""
        key = f"{kind}:{subject}" if subject else kind
        said = self._answers.get(key, "").strip()
        answer = said if free or said in {choice.value for choice in choices} else ""
        self._doubts.append(Doubt(kind, element, message, choices, key, answer, free))
        return answer

    def _id(self, key: str, prefix: str = "n") -> str:
        """Return the id of an element of the chart for an id of the drawing: a valid one, the same each time."""
        if key not in self._ids:
            stem = re.sub(r"[^A-Za-z0-9_]+", "_", key).strip("_") or "x"
            made = next(
                name
                for name in (f"{prefix}_{stem}", *(f"{prefix}_{stem}_{number}" for number in range(2, 10_000)))
                if name not in self._taken
            )
            self._ids[key] = made
            self._taken.add(made)
        return self._ids[key]

    # -- The chart -----------------------------------------------------------------------------------------------------

    def understood(self) -> Understood:
        flow = {key for key, kind in self._kinds.items() if kind in FLOW}
        data = {key for key, kind in self._kinds.items() if kind in (Kind.DATA, Kind.STORE)}
        notes = {key for key, kind in self._kinds.items() if kind in (Kind.NOTE, Kind.DECORATION)}
        notes = {key for key in notes if self._shapes[key].text or self._ends[key] or self._starts[key]}
        elements: list[model.FlowElement] = []
        artifacts: list[model.Artifact] = []
        self._ask_about_flow(flow)
        for key in self._shapes:
            if key in flow:
                elements.append(self._node(key))
            elif key in data:
                elements.extend(self._data(key))
            elif key in notes:
                artifacts.append(model.TextAnnotation(id=self._id(key), text=self._shapes[key].text))
        for joined in self._joined:
            if joined.source in flow and joined.target in flow:
                elements.append(self._flow(joined))
            elif {joined.source, joined.target} <= flow | data | notes and joined.source != joined.target:
                artifacts.append(
                    model.Association(
                        id=self._id(joined.line.id, "a"),
                        source=self._id(joined.source),
                        target=self._id(joined.target),
                        direction="One" if {joined.source, joined.target} & data else "None",
                    )
                )
        elements = [*elements, *self._made]
        if self._defaults:
            elements = [self._with_default(element) for element in elements]
        title, lane_sets = self._lanes(flow | data)
        stores = tuple(
            model.DataStore(id=f"{self._id(key)}_store", name=self._shapes[key].text)
            for key in data
            if self._kinds[key] is Kind.STORE
        )
        process = model.Process(
            id="imported",
            name=title or self._sketch.name,
            is_executable=False,
            lane_sets=lane_sets,
            elements=tuple(elements),
            artifacts=tuple(artifacts),
        )
        chart = model.Definitions(
            id="definitions",
            target_namespace="urn:throughline:imported",
            exporter="Throughline",
            elements=(*stores, process),
        )
        whole = [joined for joined in self._joined if joined.source and joined.target]
        return Understood(
            chart=lay_out(chart),
            doubts=tuple(self._doubts),
            shapes=len(self._sketch.shapes),
            lines=len(self._joined),
            connected=len(whole),
            snapped=sum(joined.snapped for joined in whole),
            kept_as_notes=len(notes),
            fates=tuple(self._fates(process, title)),
        )

    def _with_default(self, element: model.FlowElement) -> model.FlowElement:
        if isinstance(element, model.ExclusiveGateway | model.InclusiveGateway) and element.id in self._defaults:
            return replace(element, default=self._defaults[element.id])
        return element

    def _fates(self, process: model.Process, title: str) -> Iterator[Fate]:
        """Tell of each shape and line what it became."""
        names = {element.id: _tag(element) for element in (*process.elements, *process.artifacts)}
        lanes = {lane.id for lane in _all_lanes(process.lane_sets)}
        for shape in self._sketch.shapes:
            made = self._ids.get(shape.id, "")
            whole = self._part_of.get(shape.id)
            if made in names:
                yield Fate(shape.id, self._shapes[shape.id].text, names[made], element=made)
            elif made in lanes:
                yield Fate(shape.id, shape.text, "lane", element=made)
            elif whole:
                yield Fate(shape.id, shape.text, "part", self._shapes[whole].text if whole in self._shapes else "")
            elif whole is not None:
                yield Fate(shape.id, shape.text, "", "A frame that only holds others together.")
            elif self._kinds.get(shape.id) is Kind.LANE:
                is_pool = bool(title) and shape.text == title
                yield Fate(
                    shape.id,
                    shape.text,
                    "participant" if is_pool else "",
                    "" if is_pool else "A band with nothing in it.",
                )
            else:
                yield Fate(shape.id, shape.text, "", "It has neither words nor lines.")
        for joined in self._joined:
            yield self._fate_of_line(joined, names)

    def _fate_of_line(self, joined: _Joined, names: Mapping[str, str]) -> Fate:
        line, made = joined.line, self._ids.get(joined.line.id, "")
        if made in names:
            return Fate(line.id, line.text, names[made], element=made)
        if joined.source and joined.source == joined.target:
            return Fate(line.id, line.text, "", "It leads from a shape that is no step to itself.")
        if joined.source and joined.target:
            return Fate(line.id, line.text, "", "It joins something that is no step.")
        return Fate(line.id, line.text, "", "It is not connected at both ends.")

    def _node(self, key: str) -> model.FlowNode:
        shape, kind = self._shapes[key], self._kinds[key]
        named: dict[str, Any] = {"id": self._id(key), "name": shape.text}
        if kind in GATEWAYS:
            return self._gateway(key, kind, named)
        if kind in EVENTS:
            return self._event(key, kind, named)
        return self._task(kind, named)

    @staticmethod
    def _task(kind: Kind, named: dict[str, Any]) -> model.FlowNode:
        if kind is Kind.STEP:
            kind = next((meant for pattern, meant in _WORDS if pattern.search(named["name"])), kind)
        return _TASKS[kind](**named)

    def _gateway(self, key: str, kind: Kind, named: dict[str, Any]) -> model.FlowNode:
        exits = self._starts[key]
        if kind is Kind.DECISION:
            for joined in exits if len(exits) > 1 else ():
                if not joined.line.text:
                    self._ask_when(key, joined)
            if len(exits) == 1 and len(self._ends[key]) < 2:
                words = f'"{named["name"]}" decides, but there is one way out only.'
                step = Choice("step", "It is a step")
                if self._ask("one-exit", key, self._id(key), words, step, KEEP) == "step":
                    return self._task(Kind.STEP, named)
        return _GATEWAYS[kind](**named)

    def _ask_when(self, key: str, joined: _Joined) -> None:
        """Ask for the words on an exit of a decision; whatever fits none of the others is its default."""
        goal = self._shapes[joined.target].text
        words = f'When does "{self._shapes[key].text}" go this way' + (f', to "{goal}"?' if goal else "?")
        otherwise = Choice("otherwise", "When nothing else fits")
        answer = self._ask("unlabelled-exit", joined.line.id, self._id(key), words, YES, NO, otherwise, free=True)
        self._labels[joined.line.id] = {"yes": "Yes", "no": "No", "otherwise": "Otherwise"}.get(answer, answer)
        if answer == "otherwise":
            self._defaults[self._id(key)] = self._id(joined.line.id, "f")

    def _event(self, key: str, kind: Kind, named: dict[str, Any]) -> model.FlowNode:
        comes, goes = bool(self._ends[key]), bool(self._starts[key])
        event = self._shapes[key].event or _BY_KIND.get(kind, "")
        if comes and goes:
            return self._between(event, named)
        if goes or (kind is Kind.START and not comes):
            return model.StartEvent(**named, definitions=_definition(named["id"], event if event in _AT_START else ""))
        return model.EndEvent(**named, definitions=_definition(named["id"], event if event in _THROWN else ""))

    @staticmethod
    def _between(event: str, named: dict[str, Any]) -> model.FlowNode:
        if event in ("timer", "message", "signal", "conditional"):
            return model.IntermediateCatchEvent(**named, definitions=_definition(named["id"], event))
        if event in ("escalation", "compensate"):
            return model.IntermediateThrowEvent(**named, definitions=_definition(named["id"], event))
        return model.IntermediateThrowEvent(**named)

    def _data(self, key: str) -> tuple[model.FlowElement, ...]:
        shape, name = self._shapes[key], self._id(key)
        if self._kinds[key] is Kind.STORE:
            return (model.DataStoreReference(id=name, name=shape.text, data_store_ref=f"{name}_store"),)
        return (
            model.DataObject(id=f"{name}_object", name=shape.text),
            model.DataObjectReference(id=name, name=shape.text, data_object_ref=f"{name}_object"),
        )

    def _flow(self, joined: _Joined) -> model.SequenceFlow:
        return model.SequenceFlow(
            id=self._id(joined.line.id, "f"),
            name=joined.line.text or self._labels.get(joined.line.id, ""),
            source=self._decides.get(joined.source) or self._id(joined.source),
            target=self._id(joined.target),
        )

    # -- Lanes ---------------------------------------------------------------------------------------------------------

    def _lanes(self, nodes: set[str]) -> tuple[str, tuple[model.LaneSet, ...]]:
        """Return the name of the pool and the lanes; both empty where the drawing has none."""
        bands = {key: _Band(self._shapes[key]) for key, kind in self._kinds.items() if kind is Kind.LANE}
        tops: list[_Band] = []
        for band in bands.values():
            outer = self._outer(band.shape, bands)
            (tops if outer is None else bands[outer].inner).append(band)
        for key in self._shapes:
            if key in nodes and (holder := self._holder(key, bands)) is not None:
                bands[holder].nodes.append(key)
        tops = [band for band in tops if _holds_any(band)]
        title = ""
        if len(tops) == 1 and tops[0].inner:
            title, tops = tops[0].shape.text, [band for band in tops[0].inner if _holds_any(band)]
        elif len(tops) > 1:
            tops = [inner for band in tops for inner in (band.inner if band.inner else [band])]
        if not tops:
            return title, ()
        lanes = tuple(self._lane(band) for band in sorted(tops, key=_place))
        held = {node for lane in lanes for node in _held(lane)}
        alone = [key for key in self._shapes if key in nodes and self._id(key) not in held]
        left = tuple(node for key in alone for node in (self._id(key), *self._beside[key]))
        if left:
            words = f"Who does the {len(alone)} steps outside of all lanes?"
            offered = [Choice(lane.id, f"“{lane.name}”") for lane in lanes if lane.name and lane.child_set is None]
            answer = self._ask("no-lane", "", "lane_unassigned", words, *offered, KEEP)
            if answer in {lane.id for lane in lanes}:
                return title, (_with_more(lanes, answer, left),)
            lanes = (*lanes, model.Lane(id="lane_unassigned", name="", nodes=left))
        return title, (model.LaneSet(id="lanes", lanes=lanes),)

    def _lane(self, band: _Band) -> model.Lane:
        inner = [each for each in band.inner if _holds_any(each)]
        below = (
            model.LaneSet(
                id=f"{self._id(band.shape.id)}_lanes",
                lanes=tuple(self._lane(each) for each in sorted(inner, key=_place)),
            )
            if inner
            else None
        )
        return model.Lane(
            id=self._id(band.shape.id),
            name=band.shape.text,
            nodes=tuple(node for key in band.nodes for node in (self._id(key), *self._beside[key])),
            child_set=below,
        )

    def _outer(self, shape: Shape, bands: Mapping[str, _Band]) -> str | None:
        parent = shape.parent
        while parent:
            if parent in bands:
                return parent
            parent = self._parent(parent)
        around = [
            other.shape
            for key, other in bands.items()
            if key != shape.id and other.shape.area > shape.area > 0 and other.shape.holds(*shape.middle)
        ]
        return min(around, key=lambda other: other.area).id if around else None

    def _parent(self, key: str) -> str:
        return self._drawn[key].parent if key in self._drawn else ""

    def _holder(self, key: str, bands: Mapping[str, _Band]) -> str | None:
        parent = self._shapes[key].parent
        while parent:
            if parent in bands and not bands[parent].inner:
                return parent
            parent = self._parent(parent)
        shape = self._shapes[key]
        around = [band.shape for band in bands.values() if band.shape.area and band.shape.holds(*shape.middle)]
        return min(around, key=lambda band: band.area).id if around else None

    # -- Questions about the whole -------------------------------------------------------------------------------------

    def _ask_about_flow(self, flow: set[str]) -> None:
        self._ask_for_the_start(flow)
        self._ask_for_the_end(flow)
        for key in sorted(flow, key=self._id):
            shape, kind = self._shapes[key], self._kinds[key]
            if kind not in STEPS:
                continue
            if len([each for each in self._starts[key] if each.target in flow]) > 1:
                self._ask_which_exit(key)
            if not shape.text:
                words = "A step has no words. What is done there?"
                said = self._ask("nameless", key, self._id(key), words, free=True)
                self._shapes[key] = replace(shape, text=said)

    def _ask_for_the_start(self, flow: set[str]) -> None:
        if not flow or any(self._kinds[key] in EVENTS and not self._ends[key] for key in flow):
            return
        first = sorted((key for key in flow if not self._ends[key]), key=self._from_the_left)[:NEAREST]
        offered = [Choice(key, f"Before “{self._shapes[key].text}”") for key in first if self._shapes[key].text]
        answer = self._ask("no-start", "", "", "Nothing starts this chart. Where does it begin?", *offered, KEEP)
        if answer in flow:
            start = model.StartEvent(id="begin")
            self._made += [start, model.SequenceFlow(id="begin_flow", source=start.id, target=self._id(answer))]
            self._beside[answer].append(start.id)

    def _ask_for_the_end(self, flow: set[str]) -> None:
        if not flow or any(self._kinds[key] in EVENTS and not self._starts[key] for key in flow):
            return
        last = [key for key in self._shapes if key in flow and not self._starts[key]]
        offered = [Choice("all", "After each step that nothing follows")] if last else []
        answer = self._ask("no-end", "", "", "Nothing ends this chart. Where is it done?", *offered, KEEP)
        for number, key in enumerate(last if answer == "all" else (), start=1):
            end = model.EndEvent(id=f"done_{number}")
            self._made += [end, model.SequenceFlow(id=f"done_{number}_flow", source=self._id(key), target=end.id)]
            self._beside[key].append(end.id)

    def _ask_which_exit(self, key: str) -> None:
        called = self._shapes[key].text or "A step without words"
        words = f'"{called}" has several ways out. All of them, or one?'
        one, every = Choice("one", "One of them"), Choice("all", "All of them")
        if self._ask("several-exits", key, self._id(key), words, one, every) == "one":
            gateway = model.ExclusiveGateway(id=f"which_{self._id(key)}")
            self._made += [
                gateway,
                model.SequenceFlow(id=f"to_which_{self._id(key)}", source=self._id(key), target=gateway.id),
            ]
            self._decides[key] = gateway.id
            self._beside[key].append(gateway.id)

    def _from_the_left(self, key: str) -> tuple[float, float]:
        return self._shapes[key].x, self._shapes[key].y


def _with_more(lanes: tuple[model.Lane, ...], key: str, nodes: tuple[str, ...]) -> model.LaneSet:
    """Return the lanes, one of them with more nodes."""
    widened = (replace(lane, nodes=(*lane.nodes, *nodes)) if lane.id == key else lane for lane in lanes)
    return model.LaneSet(id="lanes", lanes=tuple(widened))


def _all_lanes(sets: Iterable[model.LaneSet]) -> Iterator[model.Lane]:
    for each in sets:
        for lane in each.lanes:
            yield lane
            if lane.child_set is not None:
                yield from _all_lanes([lane.child_set])


def _tag(element: model.BaseElement) -> str:
    """Return the name of an element in BPMN: ``userTask``."""
    name = type(element).__name__
    return name[0].lower() + name[1:]


def _definition(node: str, event: str) -> tuple[model.EventDefinition, ...]:
    return (_DEFINITIONS[event](id=f"{node}_event"),) if event in _DEFINITIONS else ()


def _place(band: _Band) -> tuple[float, float]:
    """Return by what bands are in order: from the top down, then from the left."""
    return band.shape.y, band.shape.x


def _holds_any(band: _Band) -> bool:
    return bool(band.nodes) or any(map(_holds_any, band.inner))


def _held(lane: model.Lane) -> list[str]:
    inner = lane.child_set.lanes if lane.child_set else ()
    return [*lane.nodes, *(node for each in inner for node in _held(each))]
