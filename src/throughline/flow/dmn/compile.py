"""
Compiling a model: from what is drawn to what can be asked.

Theory of operation. `link` turns the model and those it imports into nodes with logic; a `DecisionModel` opens a
session per question and asks the node. Nothing is refused while compiling: what is wrong becomes a `Problem` of the
result, and the rest of the model still decides. Whoever publishes a model looks at ``problems``.

Beyond the standard, for tables that are drawn without a requirement graph: a name that logic reads and nothing declares
is an input of that name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from throughline.flow.dmn import model as m
from throughline.flow.dmn.explain import Explanation
from throughline.flow.dmn.graph import DecisionNode, InputNode, Node, ServiceNode
from throughline.flow.dmn.link import Module, link
from throughline.flow.dmn.logic.base import Problem
from throughline.flow.dmn.memory import Memory, Path
from throughline.flow.dmn.session import Session, Trace
from throughline.flow.dmn.types import fit
from throughline.flow.feel.errors import FeelTooMuchWork, FeelWarning
from throughline.flow.feel.types import ANY
from throughline.flow.values import Value, from_datetime

N = TypeVar("N", bound=Node)
T = TypeVar("T")


class NoSuchDecision(LookupError):
    """The model has no decision, or no service, of that name."""


@dataclass(frozen=True, slots=True)
class Input:
    """
    What a decision needs from outside. ``type`` is the name of its type, ``declared`` whether the model draws it;
    ``namespace`` is that of the model that does.
    """

    name: str
    type: str
    declared: bool
    namespace: str


class DecisionModel:
    """A compiled model. It holds no state of a question and can be shared."""

    def __init__(self, module: Module, modules: Sequence[Module]) -> None:
        self._module = module
        self._modules = tuple(modules)
        self._declared = frozenset(name for each in modules for name in each.declared())
        self.problems: tuple[Problem, ...] = tuple(problem for each in modules for problem in each.problems)
        self.names: tuple[str, ...] = tuple(_names(module, DecisionNode))
        self.services: tuple[str, ...] = tuple(_names(module, ServiceNode))
        self._memory = None if module.imports else Memory(_read_from_outside(module))

    def decide(
        self,
        name: str,
        inputs: Mapping[str, Value],
        *,
        now: datetime | None = None,
        warnings: list[FeelWarning] | None = None,
        namespaces: Mapping[str, str] | None = None,
    ) -> Value:
        """
        Take a decision and all that it requires.

        ``name``: the decision's name, or its id; a decision of an imported model as ``import.name``. ``inputs``: the
        input data by name; an absent one is null. ``namespaces``: which model an input belongs to, where several
        models have an input of that name. Why something became null is added to ``warnings``.

        Raises:
            NoSuchDecision: no decision has that name or id.
            FeelTooMuchWork: the evaluation would not end.
        """
        node = self._find(name, DecisionNode)
        session = self._session(inputs, now, warnings, namespaces)
        value: Value = bounded(lambda: node.value(session))
        return value

    def service(
        self,
        name: str,
        inputs: Mapping[str, Value],
        *,
        now: datetime | None = None,
        warnings: list[FeelWarning] | None = None,
        namespaces: Mapping[str, str] | None = None,
    ) -> Value:
        """
        Call a decision service: ``inputs`` are its input data and its input decisions by name.

        One output decision gives its value, several give a context. Raises as `decide`.
        """
        node = self._find(name, ServiceNode)
        session = self._session(inputs, now, warnings, namespaces)

        def taken(each: Node) -> Any:
            if isinstance(each, InputNode):
                return each.value(session)
            given = session.given(each.namespace, each.variable)
            return fit(given, each.type, f"“{each.variable}”", session.warnings)

        served: Value = bounded(lambda: node.serve([taken(each) for each in node.takes], session))
        return served

    def explain(
        self,
        name: str,
        inputs: Mapping[str, Value],
        *,
        now: datetime | None = None,
        namespaces: Mapping[str, str] | None = None,
    ) -> Explanation:
        """
        Take a decision as `decide` does and say how it came about: per decision, the rules that made it.

        An answer to a question that differs in nothing the logic reads is given again (`memory`).
        """
        memory = None if namespaces else self._memory
        key = None if memory is None else memory.key(name, inputs)
        if memory is None or key is None:
            return self._explain(name, inputs, now, namespaces)
        explanation = memory.find(key)
        if explanation is None:
            explanation = self._explain(name, inputs, now, namespaces)
            memory.keep(key, explanation)
        return explanation

    def _explain(
        self, name: str, inputs: Mapping[str, Value], now: datetime | None, namespaces: Mapping[str, str] | None
    ) -> Explanation:
        node = self._find(name, DecisionNode)
        warnings: list[FeelWarning] = []
        session = self._session(inputs, now, warnings, namespaces)
        trace = session.trace = Trace()
        value: Value = bounded(lambda: node.value(session))
        return Explanation(
            decision=node.element.name,
            value=value,
            decided=tuple(trace.decided),
            warnings=tuple(str(warning) for warning in warnings),
        )

    def inputs(self, name: str) -> tuple[Input, ...]:
        """Give what a decision needs from outside, directly or not: declared input data, then names it only reads."""
        needed = tuple(self._find(name, DecisionNode).closure())
        declared = [each for each in needed if isinstance(each, InputNode)]
        read = {free for each in needed for module in self._modules for free in module.free(each)}
        undeclared = sorted(read - self._declared)
        return tuple(Input(each.variable, str(each.type), True, each.namespace) for each in declared) + tuple(
            Input(each, "Any", False, self._module.definitions.namespace) for each in undeclared
        )

    def _find(self, name: str, kind: type[N]) -> N:
        found = self._module.find(name, kind)
        if found is None:
            what = "decision service" if kind is ServiceNode else "decision"
            known = ", ".join(f"“{each}”" for each in _names(self._module, kind)) or "none"
            raise NoSuchDecision(f"Expected a {what} of this model, but “{name}” is none. It has: {known}.")
        return found

    def _session(
        self,
        inputs: Mapping[str, Value],
        now: datetime | None,
        warnings: list[FeelWarning] | None,
        namespaces: Mapping[str, str] | None,
    ) -> Session:
        given = _Given(inputs, namespaces or {}, self._module)
        surroundings = {name: value for name, value in inputs.items() if name not in self._declared}
        present = None if now is None else from_datetime(now)
        return Session(given.find, surroundings, present, [] if warnings is None else warnings)


@dataclass(frozen=True, slots=True)
class _Given:
    """The inputs of one question: by name, or for an imported model as ``import.name`` or inside a context."""

    inputs: Mapping[str, Value]
    namespaces: Mapping[str, str]
    module: Module

    def find(self, namespace: str, name: str) -> Value:
        """Give the input of that name that belongs to the model of that namespace; None when there is none."""
        for prefix, module in self.module.imports:
            if module.definitions.namespace == namespace:
                if f"{prefix}.{name}" in self.inputs:
                    return self.inputs[f"{prefix}.{name}"]
                if isinstance(inner := self.inputs.get(prefix), dict) and name in inner:
                    return inner[name]  # type: ignore[no-any-return]
        return self.inputs.get(name) if self.namespaces.get(name, namespace) == namespace else None


def compile_model(model: m.Definitions, imports: Sequence[m.Definitions] = ()) -> DecisionModel:
    """
    Compile a model. ``imports``: models among which its imports, and theirs, are found by namespace.

    Nothing is raised: what is wrong with the model is in ``problems`` of the result.
    """
    return DecisionModel(*link(model, imports))


def _read_from_outside(module: Module) -> Iterator[Path]:
    """Give what the logic of a model reads, and as a whole the inputs whose type is checked."""
    yield from module.paths
    for node in module.nodes:
        if isinstance(node, InputNode) and node.type is not ANY:
            yield (node.variable,)


def _names(module: Module, kind: type[Node]) -> list[str]:
    return [node.element.name for node in module.nodes if isinstance(node, kind)]


def bounded(decide: Callable[[], T]) -> T:
    """Turn Python's own limit of nesting into the one that callers know."""
    try:
        return decide()
    except RecursionError as problem:
        raise FeelTooMuchWork("Expected the decisions to require each other less deeply, but they nest too far.") from (
            problem
        )
