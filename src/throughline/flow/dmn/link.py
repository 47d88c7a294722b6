"""
Modules: a model with its types and its nodes, linked to those of the models it imports.

Theory of operation. `link` makes one `Module` per model, imported ones first and each once, however many import it. In
a module, nodes are made first, then linked by the ``href`` of their requirements (``#id``, or ``namespace#id`` for an
imported element), then given their logic. An import whose model is not at hand, a reference to nothing and a circle of
requirements are problems of the module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from throughline.flow.dmn import model as m
from throughline.flow.dmn.graph import (
    DecisionNode,
    InputNode,
    KnowledgeNode,
    Node,
    Requirement,
    ServiceNode,
    cycles,
)
from throughline.flow.dmn.logic.base import Problem, Static
from throughline.flow.dmn.logic.function import callable_of, result_type
from throughline.flow.dmn.logic.kinds import KINDS
from throughline.flow.dmn.memory import Path
from throughline.flow.dmn.names import names_in
from throughline.flow.dmn.schema import VERSION_OF_NAMESPACE
from throughline.flow.dmn.types import Types

N = TypeVar("N", bound=Node)

NODES: Mapping[type[m.DRGElement], type[Node]] = {
    m.InputData: InputNode,
    m.Decision: DecisionNode,
    m.BusinessKnowledgeModel: KnowledgeNode,
    m.DecisionService: ServiceNode,
}


class Module:
    """One model, linked. ``imports`` are the modules it imports, each with the name of the import; it may be empty."""

    def __init__(self, definitions: m.Definitions, imports: Sequence[tuple[str, Module]]) -> None:
        self.definitions = definitions
        self.imports = tuple(imports)
        self.problems: list[Problem] = []
        self.types: Types = Types(definitions, [(prefix, module.types) for prefix, module in imports], self.report)
        self.members: frozenset[str] = frozenset(names_in(definitions)).union(
            *(module.members for _, module in imports)
        )
        self.nodes: list[Node] = [node for element in definitions.drg_elements for node in self._node(element)]
        self._by_id = {node.element.id: node for node in self.nodes if node.element.id is not None}
        self._free: dict[int, frozenset[str]] = {}
        self.paths: set[Path] = set()

    def report(self, element: m.Element, sentence: str, where: str = "") -> None:
        """Note a problem of the model."""
        self.problems.append(Problem(element.id, where or self.definitions.name, sentence))

    def free(self, node: Node) -> frozenset[str]:
        """Give the names that the logic of a node of this module reads although nothing declares them."""
        return self._free.get(id(node), frozenset())

    def declared(self) -> Iterator[str]:
        """Give the names that are declared in the model: of its nodes and of its imports."""
        for node in self.nodes:
            yield node.variable
            yield node.element.name
        yield from (prefix for prefix, _ in self.imports)

    def find(self, name: str, kind: type[N]) -> N | None:
        """Give the node of that name, of that id, or of that name in an import (``import.name``)."""
        own = [node for node in self.nodes if isinstance(node, kind)]
        for node in own:
            if name in (node.element.name, node.variable):
                return node
        for node in own:
            if name == node.element.id:
                return node
        for prefix, module in self.imports:
            inner = name.removeprefix(f"{prefix}.") if prefix else name
            if (inner != name or not prefix) and (found := module.find(inner, kind)) is not None:
                return found
        return None

    def link(self) -> None:
        """Link the nodes, give them their logic, and report circles and what is there twice."""
        for key in ("id", "name"):
            self._report_twice(key)
        for node in self.nodes:
            self._require(node)
        for circle in cycles(self.nodes):
            names = " > ".join(node.element.name for node in [*circle, circle[0]])
            self.report(circle[0].element, f"Expected no decision to require itself, but {names}.")
        for node in self.nodes:
            self._give_logic(node)

    def _report_twice(self, key: str) -> None:
        seen: set[tuple[type[Node], str]] = set()
        for node in self.nodes:
            value = getattr(node.element, key)
            kind = Node if key == "id" else type(node)
            if value is not None and (kind, value) in seen:
                self.report(node.element, f"Expected every {key} once, but “{value}” comes twice.", node.element.name)
            seen.add((kind, value))

    def _node(self, element: m.DRGElement) -> Iterator[Node]:
        kind = NODES.get(type(element))
        if kind is not None:
            variable = getattr(element, "variable", None)
            name = variable.name if variable is not None and variable.name else element.name
            yield kind(element, self.definitions.namespace, name)

    def _require(self, node: Node) -> None:
        element = node.element
        variable: m.InformationItem | None = getattr(element, "variable", None)
        if variable is not None:
            node.type = self.types.named(variable.type_ref, variable)
        if isinstance(node, ServiceNode) and isinstance(element, m.DecisionService):
            node.type = result_type(node.type)
            node.takes = self._resolved((*element.input_data, *element.input_decisions), element)
            node.gives = self._resolved(element.output_decisions, element)
            return
        node.requirements = [found for href in _required(element) for found in self._resolve(href, element)]

    def _resolved(self, hrefs: Iterable[str], element: m.Element) -> list[Node]:
        return [found.node for href in hrefs for found in self._resolve(href, element)]

    def _resolve(self, href: str, element: m.Element) -> Iterator[Requirement]:
        """The node that an ``href`` names and the import it comes through; nothing when there is none, reported."""
        namespace, _, id_ = href.strip().rpartition("#")
        if namespace in ("", self.definitions.namespace) and id_ in self._by_id:
            yield Requirement(self._by_id[id_])
            return
        for prefix, module in self.imports:
            if namespace in ("", module.definitions.namespace) and id_ in module._by_id:
                yield Requirement(module._by_id[id_], prefix, imported=True)
                return
        self.report(element, f"Expected “{href}” to name an element of this model or of an import, but there is none.")

    def _static(self, node: Node) -> Static:
        names = (requirement.prefix or requirement.node.variable for requirement in node.requirements)
        return Static(
            names=frozenset(names),
            members=self.members,
            types=self.types,
            where=node.element.name,
            owner=node.element.id,
            language=self.definitions.expression_language,
            problems=self.problems,
            free=set(),
            reads=set(),
            paths=self.paths,
            kinds=KINDS,
        )

    def _give_logic(self, node: Node) -> None:
        static = self._static(node)
        element = node.element
        if isinstance(node, DecisionNode) and isinstance(element, m.Decision):
            node.logic = static.logic(element.expression)
            if element.expression is None and element.others:
                static.report(element, "Expected the decision's logic to be an expression of DMN 1.5, but it is not.")
        if isinstance(node, KnowledgeNode) and isinstance(element, m.BusinessKnowledgeModel):
            logic = element.encapsulated_logic
            result = result_type(node.type)
            node.function = None if logic is None else callable_of(logic, static, element.name, result)
        self._free[id(node)] = frozenset(static.free)


def _required(element: m.DRGElement) -> Iterator[str]:
    for information in getattr(element, "information_requirements", ()):
        yield from (href for href in (information.required_decision, information.required_input) if href)
    for knowledge in getattr(element, "knowledge_requirements", ()):
        yield knowledge.required_knowledge


def link(model: m.Definitions, others: Sequence[m.Definitions]) -> tuple[Module, tuple[Module, ...]]:
    """Make the module of a model; also given are the modules of all it imports, directly or not, with its own."""
    available = {other.namespace: other for other in reversed(others)}
    made: dict[str, Module] = {}
    module = _linked(model, available, made, ())
    return module, (module, *made.values())


def _linked(
    model: m.Definitions, available: Mapping[str, m.Definitions], made: dict[str, Module], path: tuple[str, ...]
) -> Module:
    imports: list[tuple[str, Module]] = []
    missing: list[tuple[m.Import, str]] = []
    inner = (*path, model.namespace)
    for each in model.imports:
        if each.namespace in inner:
            missing.append((each, f"Expected imports without a circle, but “{each.name}” leads back to this model."))
        elif each.namespace not in available and each.import_type and each.import_type not in VERSION_OF_NAMESPACE:
            continue  # types or functions of another standard: what needs them says so
        elif each.namespace not in available:
            missing.append((each, f"Expected the model “{each.namespace}” to be at hand, but it is not."))
        else:
            if each.namespace not in made:
                made[each.namespace] = _linked(available[each.namespace], available, made, inner)
            imports.append((each.name, made[each.namespace]))
    module = Module(model, imports)
    for each, sentence in missing:
        module.report(each, sentence)
    module.link()
    return module
