"""
The elements of a DMN model as frozen values, named as DMN 1.5 names them.

Theory of operation
-------------------
One class per metaclass of DMN 1.5 chapters 6 to 10, without behaviour. Every element carries what DMN itself does not
know: attributes of other namespaces and the children of ``extensionElements`` (as `Foreign` trees), so that a file
drawn with any tool is written back complete. The diagram (DMNDI, chapter 13) is kept the same way: nothing here
computes with it. How a class looks in XML stands in one place, the table of ``schema.py``, from which both reading and
writing work; reading what was written therefore gives an equal value.

References between elements stay what they are in the file (``#id`` or ``namespace#id``); ``graph.py`` resolves them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class HitPolicy(StrEnum):
    """Which of the matching rules make the result (DMN 1.5, 8.2.10)."""

    UNIQUE = "UNIQUE"
    FIRST = "FIRST"
    PRIORITY = "PRIORITY"
    ANY = "ANY"
    COLLECT = "COLLECT"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"


class Aggregation(StrEnum):
    """What a COLLECT table does with the collected outputs (DMN 1.5, 8.2.10): ``C+``, ``C#``, ``C<``, ``C>``."""

    SUM = "SUM"
    COUNT = "COUNT"
    MIN = "MIN"
    MAX = "MAX"


class FunctionKind(StrEnum):
    """In which language a function's body is written (DMN 1.5, 10.5.3)."""

    FEEL = "FEEL"
    JAVA = "Java"
    PMML = "PMML"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """
    An XML element that DMN leaves to others: an extension, or a part of the diagram.

    ``tag`` and the names in ``attributes`` are in Clark notation (``{namespace}name``); ``namespaces`` are the prefixes
    declared at this element, of no meaning. Whitespace between child elements is not kept.
    """

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    children: tuple[Foreign, ...] = ()
    tail: str = ""
    namespaces: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def get(self, name: str, default: str = "") -> str:
        """Give the value of an attribute."""
        return next((value for key, value in self.attributes if key == name), default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What every DMN element has (6.3.1): ``others`` are child elements that the schema does not know here."""

    id: str | None = None
    label: str | None = None
    description: str | None = None
    extensions: tuple[Foreign, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    others: tuple[Foreign, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Element):
    """An element with a name (6.3.1)."""

    name: str


# --- expressions (chapters 7, 8 and 10) ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression(Element):
    """Any decision logic; ``type_ref`` names the type of its value."""

    type_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationItem(Named):
    """A variable: the name under which a value is known, and its type (7.3.4)."""

    type_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedValues(Named):
    """Values that stand in another document, such as rows of a spreadsheet (7.3.5)."""

    namespace: str | None = None
    location_uri: str | None = None
    import_type: str | None = None
    imported_element: str | None = None
    expression_language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralExpression(Expression):
    """A text in an expression language, FEEL unless said (7.3.5)."""

    text: str | None = None
    expression_language: str | None = None
    imported_values: ImportedValues | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnaryTests(Expression):
    """Tests that a value can pass: a cell of a table, or the allowed values of a type."""

    text: str = ""
    expression_language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding(Element):
    """One argument of an invocation."""

    parameter: InformationItem
    expression: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation(Expression):
    """A call of a knowledge model, service or function (7.3.6): ``function`` is the expression that names it."""

    function: Expression | None = None
    bindings: tuple[Binding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InputClause(Element):
    """A column of conditions of a decision table."""

    input_expression: LiteralExpression
    input_values: UnaryTests | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputClause(Element):
    """A column of results of a decision table."""

    name: str | None = None
    type_ref: str | None = None
    output_values: UnaryTests | None = None
    default_output: LiteralExpression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAnnotationClause(Element):
    """A column of annotations of a decision table."""

    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAnnotation(Element):
    """What is noted beside a rule."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule(Element):
    """One rule of a decision table."""

    input_entries: tuple[UnaryTests, ...] = ()
    output_entries: tuple[LiteralExpression, ...] = ()
    annotation_entries: tuple[RuleAnnotation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTable(Expression):
    """Rules over input clauses, with a hit policy that says what happens when several match (chapter 8)."""

    inputs: tuple[InputClause, ...] = ()
    outputs: tuple[OutputClause, ...] = ()
    annotations: tuple[RuleAnnotationClause, ...] = ()
    rules: tuple[DecisionRule, ...] = ()
    hit_policy: HitPolicy = HitPolicy.UNIQUE
    aggregation: Aggregation | None = None
    preferred_orientation: str | None = None
    output_label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextEntry(Element):
    """One entry of a boxed context; without ``variable`` it is the result of the whole."""

    variable: InformationItem | None = None
    expression: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Expression):
    """A boxed context (10.2.1.4)."""

    entries: tuple[ContextEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionDefinition(Expression):
    """A boxed function (10.2.1.7)."""

    parameters: tuple[InformationItem, ...] = ()
    body: Expression | None = None
    kind: FunctionKind = FunctionKind.FEEL


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExpression(Expression):
    """A boxed list (10.2.1.5)."""

    elements: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation(Expression):
    """A boxed relation: a list of contexts written as a table (10.2.1.6)."""

    columns: tuple[InformationItem, ...] = ()
    rows: tuple[ListExpression, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildExpression(Element):
    """A part of a boxed conditional, iteration or filter: a box that holds one expression."""

    type_ref: str | None = None
    expression: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional(Expression):
    """A boxed conditional (10.2.1.8)."""

    condition: ChildExpression
    then: ChildExpression
    otherwise: ChildExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class For(Expression):
    """A boxed iteration that gives a list (10.2.1.10)."""

    iterator_variable: str
    collection: ChildExpression
    result: ChildExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Every(Expression):
    """A boxed *every … satisfies* (10.2.1.10)."""

    iterator_variable: str
    collection: ChildExpression
    satisfies: ChildExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Some(Expression):
    """A boxed *some … satisfies* (10.2.1.10)."""

    iterator_variable: str
    collection: ChildExpression
    satisfies: ChildExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Expression):
    """A boxed filter (10.2.1.9)."""

    collection: ChildExpression
    match: ChildExpression


# --- types (7.3.3) ---


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionItem(Element):
    """The signature of a function type."""

    parameters: tuple[InformationItem, ...] = ()
    output_type_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDefinition(Named):
    """
    A type: another type narrowed to allowed values, a structure of components, or a function type.

    ``allowed_values`` constrain the items of a collection, ``type_constraint`` (DMN 1.5) the value as a whole.
    """

    type_ref: str | None = None
    allowed_values: UnaryTests | None = None
    type_constraint: UnaryTests | None = None
    components: tuple[ItemDefinition, ...] = ()
    function_item: FunctionItem | None = None
    type_language: str | None = None
    is_collection: bool = False


# --- the requirement graph (chapter 6) ---


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationRequirement(Element):
    """What a decision takes in: a reference to another decision or to input data."""

    required_decision: str | None = None
    required_input: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeRequirement(Element):
    """A reference to the knowledge model or service that logic calls."""

    required_knowledge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRequirement(Element):
    """A reference to what gives guidance."""

    required_decision: str | None = None
    required_input: str | None = None
    required_authority: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DRGElement(Named):
    """A node of the requirement graph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputData(DRGElement):
    """Information from outside."""

    variable: InformationItem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(DRGElement):
    """An output determined from inputs by decision logic (6.3.7)."""

    question: str | None = None
    allowed_answers: str | None = None
    variable: InformationItem | None = None
    information_requirements: tuple[InformationRequirement, ...] = ()
    knowledge_requirements: tuple[KnowledgeRequirement, ...] = ()
    authority_requirements: tuple[AuthorityRequirement, ...] = ()
    supported_objectives: tuple[str, ...] = ()
    impacted_performance_indicators: tuple[str, ...] = ()
    decision_makers: tuple[str, ...] = ()
    decision_owners: tuple[str, ...] = ()
    using_processes: tuple[str, ...] = ()
    using_tasks: tuple[str, ...] = ()
    expression: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessKnowledgeModel(DRGElement):
    """A function that decisions share (6.3.9)."""

    variable: InformationItem | None = None
    encapsulated_logic: FunctionDefinition | None = None
    knowledge_requirements: tuple[KnowledgeRequirement, ...] = ()
    authority_requirements: tuple[AuthorityRequirement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionService(DRGElement):
    """Decisions offered as one function (6.3.10)."""

    variable: InformationItem | None = None
    output_decisions: tuple[str, ...] = ()
    encapsulated_decisions: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    input_data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeSource(DRGElement):
    """An authority: a law, a policy, an expert."""

    authority_requirements: tuple[AuthorityRequirement, ...] = ()
    type: str | None = None
    owner: str | None = None
    location_uri: str | None = None


# --- what surrounds it ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Import(Named):
    """Another model whose elements are known under ``name`` here; an empty name adds them without a prefix."""

    namespace: str
    location_uri: str | None = None
    import_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnnotation(Element):
    """A remark on the diagram."""

    text: str | None = None
    text_format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Association(Element):
    """A line between a remark and what it is about."""

    source_ref: str | None = None
    target_ref: str | None = None
    direction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Element):
    """A frame on the diagram."""

    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementCollection(Named):
    """A named set of nodes."""

    drg_elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceIndicator(Named):
    """A measure that decisions influence."""

    uri: str | None = None
    impacting_decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationUnit(Named):
    """Who makes or owns decisions."""

    uri: str | None = None
    decisions_made: tuple[str, ...] = ()
    decisions_owned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions(Named):
    """
    A whole model (6.3.2).

    ``version`` is the version of DMN whose namespace the file uses ("1.1" … "1.5"); ``prefixes`` are the namespace
    prefixes declared at its root, in order of prefix; ``diagrams`` is the DMNDI element.
    """

    namespace: str
    version: str = "1.3"
    prefixes: tuple[tuple[str, str], ...] = ()
    expression_language: str | None = None
    type_language: str | None = None
    exporter: str | None = None
    exporter_version: str | None = None
    imports: tuple[Import, ...] = ()
    item_definitions: tuple[ItemDefinition, ...] = ()
    drg_elements: tuple[DRGElement, ...] = ()
    artifacts: tuple[Element, ...] = ()
    element_collections: tuple[ElementCollection, ...] = ()
    business_context: tuple[Named, ...] = ()
    diagrams: Foreign | None = None

    @property
    def decisions(self) -> Iterator[Decision]:
        """The decisions, in the order of the file."""
        return (node for node in self.drg_elements if isinstance(node, Decision))
