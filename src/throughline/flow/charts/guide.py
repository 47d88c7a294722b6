"""
The playbook of a chart: for each step what to do, why, until when, how it can end and what follows then; and questions.

Theory of operation. Everything is taken from the chart, so the playbook changes with its version and with nothing else.
What follows an outcome is found by walking on from the step: conditions are evaluated with the outcome as all that is
known; where that decides, one way is left, else each is told with its words. Steps that run by themselves are passed
through and told as such. A step's ``digest`` names what is said of it: two versions differ for a reader where it
does.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.periods import spoken
from throughline.flow.charts.views.dataflow import as_work_goes, main_process
from throughline.flow.check.scopes import Scope, scopes_of
from throughline.flow.feel import FeelSyntaxError, compile_expression
from throughline.flow.values import Value

FARTHEST: Final = 12
"""So many automatic steps in a row are followed."""
UNTOLD: Final = frozenset({"id", "digest", "written"})
"""Fields of a part that its digest leaves out: they say nothing, or nothing more."""
MOST_CHOICES: Final = 4
MOST_QUESTIONS: Final = 3
TEXTS: Final = frozenset({"subject", "body", "text", "title", "message", "html"})
"""Inputs of actions that hold words for people."""

_WORK = (model.UserTask, model.ManualTask)
_MACHINES = (
    model.ServiceTask, model.SendTask, model.ScriptTask, model.BusinessRuleTask, model.IntermediateThrowEvent,
)  # fmt: skip
_TIMES: Final = ("1 hour", "24 hours", "2 days", "5 days", "1 week")


@dataclass(frozen=True, slots=True)
class Follow:
    """What comes next: ``when`` in words (empty: always), ``by_itself`` what runs before, ``then`` the next step."""

    when: str
    by_itself: tuple[str, ...]
    then: str

    @property
    def words(self) -> str:
        """The same as one text."""
        parts = [*self.by_itself, self.then]
        return " → ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Turn:
    """One way a step can end, and what follows."""

    label: str
    follows: tuple[Follow, ...]

    @property
    def words(self) -> str:
        """What follows as one text."""
        return "; ".join(f"{each.when}: {each.words}" if each.when else each.words for each in self.follows)


@dataclass(frozen=True, slots=True)
class Part:
    """
    One step as the playbook tells it.

    ``what`` is the guidance, ``why`` the documentation; ``due`` is in words, ``clock`` ``elapsed`` or ``business``;
    ``asked`` are the fields of its form, ``texts`` what is sent or said, by what it is, ``written`` the same as the
    chart writes it; ``late`` what happens on its own when time runs out. ``by_hand`` tells steps of people from what
    runs by itself.
    """

    id: str
    name: str
    role: str
    role_name: str
    by_hand: bool
    what: str
    why: str
    due: str
    clock: str
    asked: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]
    turns: tuple[Turn, ...]
    late: tuple[str, ...]
    written: tuple[tuple[str, str], ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question on the playbook; ``key`` names it, ``answer`` is one of its choices."""

    key: str
    step: str
    text: str
    choices: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Guide:
    """A chart as a playbook: its parts as work goes on. ``roles`` are name by key, in the order of the lanes."""

    title: str
    about: str
    parts: tuple[Part, ...]
    roles: Mapping[str, str] = field(default_factory=dict)

    def of_role(self, role: str) -> tuple[Part, ...]:
        """Return the parts of one role; all of them for an empty key."""
        return tuple(part for part in self.parts if not role or part.role == role)


def guide(definitions: model.Definitions) -> Guide:
    """
    Return the playbook of a chart's main process.

    Raises:
        LookupError: there is no process.
    """
    return _Writing(definitions).guide()


class _Writing:
    def __init__(self, definitions: model.Definitions) -> None:
        self.definitions = definitions
        self.process = main_process(definitions)
        self.scopes = [scope for scope in scopes_of(definitions) if _within(scope, self.process)]
        self.nodes: dict[str, model.FlowNode] = {}
        self.scope_of: dict[str, Scope] = {}
        for scope in self.scopes:
            for key, node in scope.nodes.items():
                self.nodes[key], self.scope_of[key] = node, scope
        self.lanes: dict[str, model.Lane] = {}
        for lane in self.process.lanes:
            for key in lane.nodes:
                self.lanes[key] = lane

    def guide(self) -> Guide:
        order = as_work_goes(self.definitions, self.process)
        parts = tuple(self._part(self.nodes[key]) for key in order if self._is_told(self.nodes[key]))
        roles = {part.role: part.role_name for part in parts if part.role}
        about = " ".join(each.text.strip() for each in self.process.documentation)
        return Guide(self.process.name or self.process.id, about, parts, roles)

    @staticmethod
    def _is_told(node: model.FlowNode) -> bool:
        """Steps of people are told, and what runs by itself and speaks to people."""
        return isinstance(node, _WORK) or type(node) is model.Task or bool(_texts(node))

    def _part(self, node: model.FlowNode) -> Part:
        work = node.extensions.work_item
        lane = self.lanes.get(node.id)
        role = lane.extensions.role if lane is not None else None
        part = Part(
            id=node.id,
            name=node.name or node.id,
            role=role.key if role is not None else (lane.name if lane is not None else ""),
            role_name=lane.name if lane is not None else "",
            by_hand=isinstance(node, _WORK) or type(node) is model.Task,
            what=work.guidance.strip() if work is not None else "",
            why=" ".join(each.text.strip() for each in node.documentation),
            due=in_words(work.due) if work is not None else "",
            clock=work.clock if work is not None and work.due else "",
            asked=tuple(_asked(each) for each in work.fields) if work is not None else (),
            texts=tuple((name, _plain(text)) for name, text in _texts(node)),
            written=_texts(node),
            turns=tuple(self._turns(node)),
            late=tuple(self._late(node)),
        )
        said = repr([getattr(part, each.name) for each in fields(part) if each.name not in UNTOLD])
        return replace(part, digest=hashlib.sha256(said.encode()).hexdigest()[:16])

    def _turns(self, node: model.FlowNode) -> Iterator[Turn]:
        work = node.extensions.work_item
        if work is None or not work.outcomes:
            yield Turn("", tuple(self._follow(node.id, {})))
            return
        for outcome in work.outcomes:
            known = {work.result or "outcome": outcome.value}
            yield Turn(outcome.label or outcome.value, tuple(self._follow(node.id, known)))

    def _late(self, node: model.FlowNode) -> Iterator[str]:
        """Tell what happens on its own when a timer at the step runs out."""
        for event in self.scope_of[node.id].boundary.get(node.id, ()):
            timers = [each for each in self.definitions.triggers(event) if isinstance(each, model.TimerEventDefinition)]
            if timers:
                after = _time_of(timers[0])
                follows = "; ".join(each.words for each in self._follow(event.id, {}))
                yield f"{after or event.name}: {follows}" if follows else (after or event.name)

    # -- What follows --------------------------------------------------------------------------------------------------

    def _follow(self, key: str, known: Mapping[str, str]) -> list[Follow]:
        found: list[Follow] = []
        self._walk(key, known, "", (), {key}, found)
        return list(dict.fromkeys(found))

    def _walk(  # noqa: PLR0917 - what is carried along a way
        self, key: str, known: Mapping[str, str], when: str, passed: tuple[str, ...], seen: set[str],
        found: list[Follow],
    ) -> None:  # fmt: skip
        flows = self._taken(key, known)
        if not flows:
            found.append(Follow(when, passed, ""))
        for flow, words in flows:
            goal, said = self.nodes.get(flow.target), ", ".join(part for part in (when, words) if part)
            if goal is None:
                continue
            if isinstance(goal, model.Gateway) and goal.id not in seen:
                self._walk(goal.id, known, said, passed, seen | {goal.id}, found)
            elif _runs_by_itself(goal) and goal.id not in seen and len(passed) < FARTHEST:
                self._walk(goal.id, known, said, (*passed, goal.name or goal.id), seen | {goal.id}, found)
            else:
                found.append(Follow(said, passed, goal.name or _unnamed(goal)))

    def _taken(self, key: str, known: Mapping[str, str]) -> list[tuple[model.SequenceFlow, str]]:
        """Return the flows that may be taken from a node, with the words on them where several may."""
        scope, node = self.scope_of[key], self.nodes[key]
        flows = [scope.flows[flow] for flow in scope.outgoing[key]]
        if len(flows) < 2 or not isinstance(node, model.ExclusiveGateway | model.InclusiveGateway):
            return [(flow, "") for flow in flows]
        default = node.default
        verdicts = {flow.id: _holds(flow, known) for flow in flows if flow.id != default}
        if any(verdict is True for verdict in verdicts.values()) and isinstance(node, model.ExclusiveGateway):
            return [(flow, "") for flow in flows if verdicts.get(flow.id) is True][:1]
        open_ones = [flow for flow in flows if verdicts.get(flow.id) is not False]
        if len(open_ones) == 1:
            return [(open_ones[0], "")]
        return [(flow, flow.name or ("otherwise" if flow.id == default else "")) for flow in open_ones]


def _within(scope: Scope, process: model.Process) -> bool:
    return scope.container is process or (scope.parent is not None and _within(scope.parent, process))


def _runs_by_itself(node: model.FlowNode) -> bool:
    return isinstance(node, _MACHINES)


def _unnamed(node: model.FlowNode) -> str:
    return "the end" if isinstance(node, model.EndEvent) else node.id


def _holds(flow: model.SequenceFlow, known: Mapping[str, str]) -> bool | None:
    """Return whether the condition of a flow holds when only the outcome is known; None when that decides nothing."""
    if flow.condition is None or not flow.condition.body.strip():
        return None
    try:
        expression = compile_expression(flow.condition.body)
    except FeelSyntaxError:
        return None
    if not any(path[0] in known for path in expression.reads):
        return None
    value = expression.evaluate(dict(known))
    return value if isinstance(value, bool) else None


# -- Words -------------------------------------------------------------------------------------------------------------


def in_words(due: str) -> str:
    """Return a length of time in words (``duration("PT24H")`` → 24 hours); what is reckoned stays as it is written."""
    return spoken(due).strip().removeprefix("=").strip()


def _time_of(timer: model.TimerEventDefinition) -> str:
    for each in (timer.duration, timer.date, timer.cycle):
        if each is not None and each.body.strip():
            return in_words(each.body)
    return ""


def _asked(each: object) -> str:
    label = getattr(each, "label", "") or getattr(each, "name", "")
    return f"{label} (needed)" if getattr(each, "required", False) else label


_QUOTED: Final = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*')


def _texts(node: model.FlowNode) -> tuple[tuple[str, str], ...]:
    """Return the words that an action of a step sends to people, as the chart writes them."""
    action = node.extensions.action
    if action is None:
        return ()
    return tuple((each.name, each.value) for each in action.inputs if each.name in TEXTS and each.value.strip())


def filled_in(part: Part, context: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    """
    Return the words of a part as who gets them reads them, with the values of ``context`` in place of fields.

    What these do not know stays in braces, as in ``texts``.
    """
    return tuple((name, _plain(text, context)) for name, text in part.written)


def _plain(text: str, context: Mapping[str, Value] | None = None) -> str:
    """Return a FEEL text in words: what is quoted without its quotes, what is filled in in braces or by its value."""
    parts = []
    for part in _pieces(text.strip().removeprefix("=")):
        quoted, value = _QUOTED.fullmatch(part), None if context is None else _value(part, context)
        if quoted:
            parts.append(quoted[1].replace('\\"', '"').replace("\\n", "\n"))
        else:
            parts.append("{" + part.strip() + "}" if value is None else value)
    return "".join(parts)


def _value(piece: str, context: Mapping[str, Value]) -> str | None:
    """Return what a piece of a text gives as text; None where the context does not tell, or it cannot be read."""
    try:
        found = compile_expression(f"string({piece})", context.keys()).evaluate(context)
    except FeelSyntaxError:
        return None
    return found if isinstance(found, str) else None


def _pieces(text: str) -> list[str]:
    """Return a concatenation parted at its plus signs that stand in no quotes and no brackets."""
    pieces, depth, quoted, start = [], 0, False, 0
    for place, letter in enumerate(text):
        if letter == '"' and text[place - 1 : place] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (letter in "([{") - (letter in ")]}")
            if letter == "+" and depth == 0:
                pieces.append(text[start:place])
                start = place + 1
    return [*pieces, text[start:]]


# -- The short check ---------------------------------------------------------------------------------------------------


def questions(
    playbook: Guide, *, role: str = "", about: Sequence[str] = (), seed: str = "", most: int = MOST_QUESTIONS
) -> tuple[Question, ...]:
    """
    Return up to ``most`` questions on the parts of a role, first on the steps of ``about``.

    The same for the same playbook and ``seed``; another seed asks about other steps, and other things of them, as far
    as there are any. Without one, steps are asked about in the order of work. A chart that leaves nothing to ask (one
    step, no outcomes, no due) gives none.
    """
    parts = [part for part in playbook.of_role(role) if part.by_hand]
    asked = [question for part in parts for question in _on(part, playbook)]
    if seed:
        parts.sort(key=lambda part: _drawn(seed, part.id))
        asked.sort(key=lambda question: _drawn(seed, question.key))
    parts.sort(key=lambda part: part.id not in about)
    first = {question.step: question for question in reversed(asked)}
    rest = [question for question in asked if first[question.step] is not question]
    return (*(first[part.id] for part in parts if part.id in first), *rest)[:most]


def _drawn(seed: str, key: str) -> bytes:
    """Return where a key stands in the order that a seed makes."""
    return hashlib.sha256(f"{seed}|{key}".encode()).digest()


def _on(part: Part, playbook: Guide) -> Iterator[Question]:
    goals = list(dict.fromkeys(turn.words for each in playbook.parts for turn in each.turns if turn.words))
    told = {turn.words for turn in part.turns}
    for turn in part.turns:
        if turn.label and turn.words and len(told) > 1:
            others = [turn_.words for turn_ in part.turns if turn_.words] + goals
            text = f"“{part.name}” ended with “{turn.label}”. What follows?"
            yield _question(f"{part.id}:{turn.label}", part.id, text, turn.words, others)
    if part.due:
        others = [each.due for each in playbook.parts if each.due] + list(_TIMES)
        yield _question(f"{part.id}:due", part.id, f"Until when is “{part.name}” to be done?", part.due, others)
    if part.role_name and len(playbook.roles) > 1:
        names = list(playbook.roles.values())
        yield _question(f"{part.id}:who", part.id, f"Who does “{part.name}”?", part.role_name, names)


def _question(key: str, step: str, text: str, answer: str, others: Sequence[str]) -> Question:
    wrong = [each for each in dict.fromkeys(others) if each != answer][: MOST_CHOICES - 1]
    mixed = sorted((answer, *wrong), key=lambda each: hashlib.sha256(f"{key}|{each}".encode()).digest())
    return Question(key, step, text, tuple(mixed), answer)
