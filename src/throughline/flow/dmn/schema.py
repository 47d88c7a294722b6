"""
How the elements of `model` look in XML: one table, read by `read` and by `write`.

Theory of operation
-------------------
`SHAPES` gives for every class of the model its parts in the order of the schema of DMN 1.5. A part says which field it
fills and where the value stands: in an attribute, as the text of a child element, as the ``href`` of a child element,
as a child element of a known class, or as one of several elements that can stand for each other (an expression, a node
of the graph). Nothing else about XML is known anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from throughline.flow.dmn import model as m

EXTENSIONS = "urn:throughline:bpmn:1"
"""The namespace of our own extension elements (``tl:``)."""


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The namespaces of one version of DMN; 1.1 had no diagram interchange."""

    model: str
    diagram: str | None


VERSIONS: Mapping[str, Namespaces] = {
    "1.1": Namespaces("http://www.omg.org/spec/DMN/20151101/dmn.xsd", None),
    "1.2": Namespaces(
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "http://www.omg.org/spec/DMN/20180521/DMNDI/",
    ),
    "1.3": Namespaces(
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/DMNDI/",
    ),
    "1.4": Namespaces(
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/DMNDI/",
    ),
    "1.5": Namespaces(
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/DMNDI/",
    ),
}

_ALIASES: Mapping[str, str] = {
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20151130": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL": "1.2",
}
VERSION_OF_NAMESPACE: Mapping[str, str] = {**{names.model: version for version, names in VERSIONS.items()}, **_ALIASES}

FEEL_LANGUAGES = frozenset(
    {
        "http://www.omg.org/spec/FEEL/20140401",
        "http://www.omg.org/spec/DMN/20180521/FEEL/",
        "https://www.omg.org/spec/DMN/20191111/FEEL/",
        "https://www.omg.org/spec/DMN/20211108/FEEL/",
        "https://www.omg.org/spec/DMN/20230324/FEEL/",
        "feel",
    }
)
"""The names of FEEL as an expression or type language (`str.lower` is applied to the bare word only)."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value in an attribute; ``parse`` gives a ValueError when the text does not fit."""

    field: str
    name: str
    parse: Callable[[str], object] = str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a child element."""

    field: str
    tag: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """The ``href`` of a child element."""

    field: str
    tag: str
    many: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Child:
    """A child element of one class."""

    field: str
    tag: str
    element: type[m.Element]
    many: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Child elements that can stand for each other, by tag."""

    field: str
    elements: Mapping[str, type[m.Element]]
    many: bool = False


Part = Attribute | Text | Reference | Child | Choice


def _boolean(text: str) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise ValueError("true or false")
    return text in ("true", "1")


def _one_of(kinds: type[m.HitPolicy] | type[m.Aggregation] | type[m.FunctionKind]) -> Callable[[str], object]:
    def parse(text: str) -> object:
        try:
            return kinds(text)
        except ValueError:
            raise ValueError("one of " + ", ".join(kinds)) from None

    return parse


EXPRESSIONS: Mapping[str, type[m.Expression]] = {
    "literalExpression": m.LiteralExpression,
    "invocation": m.Invocation,
    "decisionTable": m.DecisionTable,
    "context": m.Context,
    "functionDefinition": m.FunctionDefinition,
    "relation": m.Relation,
    "list": m.ListExpression,
    "conditional": m.Conditional,
    "for": m.For,
    "every": m.Every,
    "some": m.Some,
    "filter": m.Filter,
}

DRG_ELEMENTS: Mapping[str, type[m.DRGElement]] = {
    "decision": m.Decision,
    "businessKnowledgeModel": m.BusinessKnowledgeModel,
    "inputData": m.InputData,
    "decisionService": m.DecisionService,
    "knowledgeSource": m.KnowledgeSource,
}

ARTIFACTS: Mapping[str, type[m.Element]] = {
    "textAnnotation": m.TextAnnotation,
    "association": m.Association,
    "group": m.Group,
}

BUSINESS_CONTEXT: Mapping[str, type[m.Named]] = {
    "performanceIndicator": m.PerformanceIndicator,
    "organizationUnit": m.OrganizationUnit,
}

_NAME = Attribute("name", "name", required=True)
_TYPE_REF = Attribute("type_ref", "typeRef")
_LANGUAGE = Attribute("expression_language", "expressionLanguage")
_EXPRESSION = Choice("expression", EXPRESSIONS)
_KNOWLEDGE = Child("knowledge_requirements", "knowledgeRequirement", m.KnowledgeRequirement, many=True)
_AUTHORITY = Child("authority_requirements", "authorityRequirement", m.AuthorityRequirement, many=True)
_VARIABLE = Child("variable", "variable", m.InformationItem)


def _quantified() -> tuple[Part, ...]:
    return (
        Attribute("iterator_variable", "iteratorVariable", required=True),
        _TYPE_REF,
        Child("collection", "in", m.ChildExpression, required=True),
        Child("satisfies", "satisfies", m.ChildExpression, required=True),
    )


SHAPES: Mapping[type[m.Element], tuple[Part, ...]] = {
    m.InformationItem: (Attribute("name", "name"), _TYPE_REF),
    m.ImportedValues: (
        Attribute("name", "name"),
        Attribute("namespace", "namespace"),
        Attribute("location_uri", "locationURI"),
        Attribute("import_type", "importType"),
        _LANGUAGE,
        Text("imported_element", "importedElement"),
    ),
    m.LiteralExpression: (
        _TYPE_REF,
        _LANGUAGE,
        Text("text", "text"),
        Child("imported_values", "importedValues", m.ImportedValues),
    ),
    m.UnaryTests: (_TYPE_REF, _LANGUAGE, Text("text", "text")),
    m.Binding: (Child("parameter", "parameter", m.InformationItem, required=True), _EXPRESSION),
    m.Invocation: (
        _TYPE_REF,
        Choice("function", EXPRESSIONS),
        Child("bindings", "binding", m.Binding, many=True),
    ),
    m.InputClause: (
        Child("input_expression", "inputExpression", m.LiteralExpression, required=True),
        Child("input_values", "inputValues", m.UnaryTests),
    ),
    m.OutputClause: (
        Attribute("name", "name"),
        _TYPE_REF,
        Child("output_values", "outputValues", m.UnaryTests),
        Child("default_output", "defaultOutputEntry", m.LiteralExpression),
    ),
    m.RuleAnnotationClause: (Attribute("name", "name"),),
    m.RuleAnnotation: (Text("text", "text"),),
    m.DecisionRule: (
        Child("input_entries", "inputEntry", m.UnaryTests, many=True),
        Child("output_entries", "outputEntry", m.LiteralExpression, many=True),
        Child("annotation_entries", "annotationEntry", m.RuleAnnotation, many=True),
    ),
    m.DecisionTable: (
        _TYPE_REF,
        Attribute("hit_policy", "hitPolicy", _one_of(m.HitPolicy)),
        Attribute("aggregation", "aggregation", _one_of(m.Aggregation)),
        Attribute("preferred_orientation", "preferredOrientation"),
        Attribute("output_label", "outputLabel"),
        Child("inputs", "input", m.InputClause, many=True),
        Child("outputs", "output", m.OutputClause, many=True),
        Child("annotations", "annotation", m.RuleAnnotationClause, many=True),
        Child("rules", "rule", m.DecisionRule, many=True),
    ),
    m.ContextEntry: (_VARIABLE, _EXPRESSION),
    m.Context: (_TYPE_REF, Child("entries", "contextEntry", m.ContextEntry, many=True)),
    m.FunctionDefinition: (
        _TYPE_REF,
        Attribute("kind", "kind", _one_of(m.FunctionKind)),
        Child("parameters", "formalParameter", m.InformationItem, many=True),
        Choice("body", EXPRESSIONS),
    ),
    m.ListExpression: (_TYPE_REF, Choice("elements", EXPRESSIONS, many=True)),
    m.Relation: (
        _TYPE_REF,
        Child("columns", "column", m.InformationItem, many=True),
        Child("rows", "row", m.ListExpression, many=True),
    ),
    m.ChildExpression: (_TYPE_REF, _EXPRESSION),
    m.Conditional: (
        _TYPE_REF,
        Child("condition", "if", m.ChildExpression, required=True),
        Child("then", "then", m.ChildExpression, required=True),
        Child("otherwise", "else", m.ChildExpression, required=True),
    ),
    m.For: (
        Attribute("iterator_variable", "iteratorVariable", required=True),
        _TYPE_REF,
        Child("collection", "in", m.ChildExpression, required=True),
        Child("result", "return", m.ChildExpression, required=True),
    ),
    m.Every: _quantified(),
    m.Some: _quantified(),
    m.Filter: (
        _TYPE_REF,
        Child("collection", "in", m.ChildExpression, required=True),
        Child("match", "match", m.ChildExpression, required=True),
    ),
    m.FunctionItem: (
        Attribute("output_type_ref", "outputTypeRef"),
        Child("parameters", "parameters", m.InformationItem, many=True),
    ),
    m.ItemDefinition: (
        _NAME,
        Attribute("type_language", "typeLanguage"),
        Attribute("is_collection", "isCollection", _boolean),
        Text("type_ref", "typeRef"),
        Child("allowed_values", "allowedValues", m.UnaryTests),
        Child("type_constraint", "typeConstraint", m.UnaryTests),
        Child("components", "itemComponent", m.ItemDefinition, many=True),
        Child("function_item", "functionItem", m.FunctionItem),
    ),
    m.InformationRequirement: (
        Reference("required_decision", "requiredDecision"),
        Reference("required_input", "requiredInput"),
    ),
    m.KnowledgeRequirement: (Reference("required_knowledge", "requiredKnowledge", required=True),),
    m.AuthorityRequirement: (
        Reference("required_decision", "requiredDecision"),
        Reference("required_input", "requiredInput"),
        Reference("required_authority", "requiredAuthority"),
    ),
    m.InputData: (_NAME, _VARIABLE),
    m.Decision: (
        _NAME,
        Text("question", "question"),
        Text("allowed_answers", "allowedAnswers"),
        _VARIABLE,
        Child("information_requirements", "informationRequirement", m.InformationRequirement, many=True),
        _KNOWLEDGE,
        _AUTHORITY,
        Reference("supported_objectives", "supportedObjective", many=True),
        Reference("impacted_performance_indicators", "impactedPerformanceIndicator", many=True),
        Reference("decision_makers", "decisionMaker", many=True),
        Reference("decision_owners", "decisionOwner", many=True),
        Reference("using_processes", "usingProcess", many=True),
        Reference("using_tasks", "usingTask", many=True),
        _EXPRESSION,
    ),
    m.BusinessKnowledgeModel: (
        _NAME,
        _VARIABLE,
        Child("encapsulated_logic", "encapsulatedLogic", m.FunctionDefinition),
        _KNOWLEDGE,
        _AUTHORITY,
    ),
    m.DecisionService: (
        _NAME,
        _VARIABLE,
        Reference("output_decisions", "outputDecision", many=True),
        Reference("encapsulated_decisions", "encapsulatedDecision", many=True),
        Reference("input_decisions", "inputDecision", many=True),
        Reference("input_data", "inputData", many=True),
    ),
    m.KnowledgeSource: (
        _NAME,
        Attribute("location_uri", "locationURI"),
        _AUTHORITY,
        Text("type", "type"),
        Reference("owner", "owner"),
    ),
    m.Import: (
        Attribute("name", "name"),
        Attribute("namespace", "namespace", required=True),
        Attribute("location_uri", "locationURI"),
        Attribute("import_type", "importType"),
    ),
    m.TextAnnotation: (Attribute("text_format", "textFormat"), Text("text", "text")),
    m.Association: (
        Attribute("direction", "associationDirection"),
        Reference("source_ref", "sourceRef"),
        Reference("target_ref", "targetRef"),
    ),
    m.Group: (Attribute("name", "name"),),
    m.ElementCollection: (Attribute("name", "name"), Reference("drg_elements", "drgElement", many=True)),
    m.PerformanceIndicator: (
        Attribute("name", "name"),
        Attribute("uri", "URI"),
        Reference("impacting_decisions", "impactingDecision", many=True),
    ),
    m.OrganizationUnit: (
        Attribute("name", "name"),
        Attribute("uri", "URI"),
        Reference("decisions_made", "decisionMade", many=True),
        Reference("decisions_owned", "decisionOwned", many=True),
    ),
    m.Definitions: (
        Attribute("name", "name"),
        Attribute("namespace", "namespace", required=True),
        _LANGUAGE,
        Attribute("type_language", "typeLanguage"),
        Attribute("exporter", "exporter"),
        Attribute("exporter_version", "exporterVersion"),
        Child("imports", "import", m.Import, many=True),
        Child("item_definitions", "itemDefinition", m.ItemDefinition, many=True),
        Choice("drg_elements", DRG_ELEMENTS, many=True),
        Choice("artifacts", ARTIFACTS, many=True),
        Child("element_collections", "elementCollection", m.ElementCollection, many=True),
        Choice("business_context", BUSINESS_CONTEXT, many=True),
    ),
}
