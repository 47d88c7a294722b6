"""
The requirement graph at work: nodes that know what they require and decide once per session.

Theory of operation. Every input, decision, knowledge model and service of a model becomes a `Node`. A node's value in a
session is computed when first asked for and kept. A decision asks its requirements for their values, lays them out as
the scope its logic may see (nothing else of the model is visible, DMN 1.5, 6.3.7 and 10.4), and evaluates its logic.
Values of imported elements are entries of a context under the import's name. The value of a knowledge model or a
service is a function.

A requirement that leads back to the node itself is reported when the model is compiled; asked all the same, it is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, null_logic
from throughline.flow.dmn.logic.function import Callee
from throughline.flow.dmn.session import Decided, Scope, Session
from throughline.flow.dmn.types import complete, fit
from throughline.flow.feel.types import ANY, Type
from throughline.flow.values import Value

_UNDER_WAY: Any = object()


@dataclass(eq=False, slots=True)
class Node:
    """A node of the graph. ``namespace`` is that of its model, ``variable`` the name under which its value is known."""

    element: m.DRGElement
    namespace: str
    variable: str
    requirements: list[Requirement] = field(default_factory=list)
    type: Type = ANY

    def value(self, session: Session) -> Any:
        """Give the node's value in this session."""
        key = id(self)
        known = session.values.get(key, self)
        if known is _UNDER_WAY:
            session.warn(f"Expected “{self.element.name}” not to require itself, but it does; it is null there.")
            return None
        if known is not self:
            return known
        session.values[key] = _UNDER_WAY
        try:
            value = session.values[key] = self.compute(session)
        except BaseException:
            del session.values[key]
            raise
        return value

    def compute(self, session: Session) -> Any:
        """Compute the value; called once per session."""
        raise NotImplementedError  # pragma: no cover - every kind of node has its own

    def scope(self, session: Session) -> Scope:
        """Lay out what the node's logic sees: the values of its requirements under their names."""
        return laid_out(self.requirements, session)

    def closure(self) -> Iterable[Node]:
        """Give the node and all it requires, directly or not, each once, what is required first."""
        return _closure(self, set())


@dataclass(frozen=True, slots=True)
class Requirement:
    """A node as another one sees it; ``prefix`` is the name of the import it comes through, which may be empty."""

    node: Node
    prefix: str = ""
    imported: bool = False


def laid_out(requirements: Iterable[Requirement], session: Session) -> Scope:
    """
    Give the values of the required nodes by name; those of imported ones in a context per import.

    What an import without a name brings stands beside the model's own elements, which come first (6.3.3).
    """
    own: Scope = {}
    imported: Scope = {}
    for requirement in requirements:
        value = requirement.node.value(session)
        if requirement.prefix:
            imported.setdefault(requirement.prefix, {})[requirement.node.variable] = value
        elif requirement.imported:
            imported.setdefault(requirement.node.variable, value)
        else:
            own[requirement.node.variable] = value
    return {**session.surroundings, **imported, **own}


def _closure(node: Node, seen: set[int]) -> Iterable[Node]:
    if id(node) in seen:
        return
    seen.add(id(node))
    for requirement in node.requirements:
        yield from _closure(requirement.node, seen)
    yield node


@dataclass(eq=False, slots=True)
class InputNode(Node):
    """Information from outside: what does not fit its type is null, entries that are missing are null."""

    def compute(self, session: Session) -> Any:
        """Take the value that was given."""
        what = f"“{self.element.name}”"
        given = session.given(self.namespace, self.variable)
        if given is None:
            return None
        return fit(complete(given, self.type, what, session.warnings), self.type, what, session.warnings)


@dataclass(eq=False, slots=True)
class DecisionNode(Node):
    """A decision; its logic may be missing, then it is null."""

    logic: Logic = null_logic

    def compute(self, session: Session) -> Any:
        """Decide, and note it in the trace."""
        scope = self.scope(session)
        trace = session.trace
        if trace is None:
            return self.decide(scope, session)
        outer, trace.tables = trace.tables, []
        try:
            value = self.decide(scope, session)
            trace.decided.append(
                Decided(name=self.element.name, id=self.element.id, value=value, tables=tuple(trace.tables))
            )
        finally:
            trace.tables = outer
        return value

    def decide(self, scope: Scope, session: Session) -> Any:
        """Evaluate the logic; a value that does not fit the decision's type is null."""
        return fit(self.logic(scope, session), self.type, f"“{self.element.name}”", session.warnings)


@dataclass(eq=False, slots=True)
class KnowledgeNode(Node):
    """A business knowledge model: its value is the function, or null when it has no logic."""

    function: Callee | None = None

    def compute(self, session: Session) -> Any:
        """Make the function over what the knowledge model itself requires."""
        if self.function is None:
            return None
        scope = {name: value for name, value in self.scope(session).items() if name not in session.surroundings}
        return self.function.bind(scope, session)


@dataclass(eq=False, slots=True)
class ServiceNode(Node):
    """
    A decision service: its value is a function of its input data and input decisions, in this order (10.4).

    ``takes`` are the nodes that its arguments stand for, ``gives`` its output decisions.
    """

    takes: list[Node] = field(default_factory=list)
    gives: list[Node] = field(default_factory=list)

    def compute(self, session: Session) -> Any:
        """Make the function."""
        return self.function().bind({}, session)

    def function(self) -> Callee:
        """Give the service as a function whose body decides in a session of its own."""

        names = self.parameters()

        def body(scope: Scope, outer: Session) -> Any:
            return self.serve([scope[name] for name in names], outer.inner(lambda _namespace, _name: None))

        parameters = tuple((name, node.type) for name, node in zip(names, self.takes, strict=True))
        return Callee(self.element.name, parameters, body)

    def parameters(self) -> list[str]:
        """Give the names of the parameters; a second one of a name (from another model) gets its place added."""
        names: list[str] = []
        for place, node in enumerate(self.takes, start=1):
            names.append(node.variable if node.variable not in names else f"{node.variable} {place}")
        return names

    def serve(self, arguments: Sequence[Value], session: Session) -> Any:
        """Decide the output decisions in a session that starts from the arguments."""
        for node, argument in zip(self.takes, arguments, strict=True):
            session.values[id(node)] = argument
        what = f"the result of {self.element.name}"
        if len(self.gives) == 1:
            return fit(self.gives[0].value(session), self.type, what, session.warnings)
        values = {node.variable: node.value(session) for node in self.gives}
        return fit(values or None, self.type, what, session.warnings)


def cycles(nodes: Iterable[Node]) -> list[list[Node]]:
    """Give the circles of requirements, each once, as the nodes on it in order."""
    found: list[list[Node]] = []
    done: set[int] = set()
    path: list[Node] = []

    def visit(node: Node) -> None:
        if node in path:
            found.append(path[path.index(node) :])
            return
        if id(node) in done:
            return
        path.append(node)
        for requirement in node.requirements:
            visit(requirement.node)
        path.pop()
        done.add(id(node))

    for node in nodes:
        visit(node)
    return found
