"""Models for tests, written short: the XML around what a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import Any

from throughline.flow import dmn
from throughline.flow.dmn.schema import VERSIONS
from throughline.flow.values import Value, from_python


def drawing(inner: str, *, namespace: str = "urn:test", version: str = "1.3") -> bytes:
    """A DMN file with these elements."""
    return (
        f'<definitions xmlns="{VERSIONS[version].model}" xmlns:tl="urn:throughline:bpmn:1" id="d" name="Test" '
        f'namespace="{namespace}">{inner}</definitions>'
    ).encode()


def model_of(inner: str, *others: bytes, namespace: str = "urn:test") -> dmn.DecisionModel:
    """The compiled model of these elements."""
    return dmn.compile_model(dmn.read(drawing(inner, namespace=namespace)), [dmn.read(other) for other in others])


def decision(
    name: str, logic: str, *, requires: Sequence[str] = (), knows: Sequence[str] = (), type_ref: str = ""
) -> str:
    """A decision with its logic; ``requires`` are ids of decisions (``d:``) or inputs, ``knows`` of knowledge."""
    kinds = {True: "requiredDecision", False: "requiredInput"}
    information = "".join(
        f'<informationRequirement><{kinds[each.startswith("d:")]} href="{href(each)}"/></informationRequirement>'
        for each in requires
    )
    knowledge = "".join(
        f'<knowledgeRequirement><requiredKnowledge href="{href(each)}"/></knowledgeRequirement>' for each in knows
    )
    type_ref = f' typeRef="{type_ref}"' if type_ref else ""
    return (
        f'<decision id="d:{name}" name="{name}"><variable name="{name}"{type_ref}/>'
        f"{information}{knowledge}{logic}</decision>"
    )


def href(id_: str) -> str:
    return id_ if "#" in id_ else f"#{id_}"


def data(name: str, type_ref: str = "") -> str:
    """Input data."""
    type_ref = f' typeRef="{type_ref}"' if type_ref else ""
    return f'<inputData id="i:{name}" name="{name}"><variable name="{name}"{type_ref}/></inputData>'


def feel(text: str) -> str:
    """A literal expression."""
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def item(
    name: str, type_ref: str = "", *, allowed: str = "", whole: str = "", many: bool = False, parts: str = ""
) -> str:
    """A type: ``allowed`` values, a constraint on the ``whole``; ``parts`` are components as ``name: type``."""
    inner = f"<typeRef>{type_ref}</typeRef>" if type_ref else ""
    inner += f"<allowedValues><text>{escape(allowed)}</text></allowedValues>" if allowed else ""
    inner += f"<typeConstraint><text>{escape(whole)}</text></typeConstraint>" if whole else ""
    for part in filter(None, parts.split("; ")):
        part_name, _, part_type = part.partition(": ")
        listed = ' isCollection="true"' if part_type.endswith("*") else ""
        inner += f'<itemComponent name="{part_name}"{listed}><typeRef>{part_type.rstrip("*")}</typeRef></itemComponent>'
    return f'<itemDefinition name="{name}" isCollection="{str(many).lower()}">{inner}</itemDefinition>'


def boxed(kind: str, variable: str, collection: str, part: str) -> str:
    """A boxed ``for``, ``every``, ``some`` or ``filter``."""
    tag = {"for": "return", "filter": "match"}.get(kind, "satisfies")
    name = f' iteratorVariable="{variable}"' if variable else ""
    return f"<{kind}{name}><in>{feel(collection)}</in><{tag}>{feel(part)}</{tag}></{kind}>"


def function(body: str, *parameters: str) -> str:
    """A boxed function; a parameter is ``name`` or ``name: type``."""
    formal = ""
    for each in parameters:
        name, _, type_ref = each.partition(": ")
        formal += f'<formalParameter name="{name}" typeRef="{type_ref or "Any"}"/>'
    return f"<functionDefinition>{formal}{feel(body)}</functionDefinition>"


def invocation(called: str, **arguments: str) -> str:
    """A boxed invocation; an underscore in a parameter's name stands for a space."""
    bindings = "".join(
        f'<binding><parameter name="{name.replace("_", " ")}"/>{feel(text)}</binding>'
        for name, text in arguments.items()
    )
    return f"<invocation>{feel(called)}{bindings}</invocation>"


def context(*entries: tuple[str, str]) -> str:
    """A boxed context of names and logic; an empty name is the result."""
    return f"<context>{''.join(map(_entry, entries))}</context>"


def _entry(entry: tuple[str, str]) -> str:
    name, logic = entry
    name, _, type_ref = name.partition(": ")
    type_ref = f' typeRef="{type_ref}"' if type_ref else ""
    variable = f'<variable name="{name}"{type_ref}/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def relation(columns: Sequence[str], *rows: Sequence[str]) -> str:
    """A boxed relation of FEEL texts."""
    heads = "".join(f'<column name="{column}"/>' for column in columns)
    cells = ("".join(map(feel, row)) for row in rows)
    return f"<relation>{heads}{''.join(f'<row>{row}</row>' for row in cells)}</relation>"


def table(
    inputs: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[str],
    *,
    policy: str = "UNIQUE",
    aggregation: str = "",
    defaults: Sequence[str] = (),
    types: Sequence[str] = (),
    values: Sequence[str] = (),
) -> str:
    """
    A decision table. An input is ``text`` or ``text: input values``, an output ``name`` or ``name: output values``; a
    rule is ``cell | cell => output | output // note``.
    """
    clauses = "".join(_input(each, types[place] if types else "") for place, each in enumerate(inputs))
    clauses += "".join(_output(each, defaults[place] if defaults else "") for place, each in enumerate(outputs))
    aggregated = f' aggregation="{aggregation}"' if aggregation else ""
    body = "".join(_rule(number, rule) for number, rule in enumerate(rules, start=1))
    return (
        f'<decisionTable id="table" hitPolicy="{policy}"{aggregated}>{clauses}<annotation name="Note"/>{body}'
        "</decisionTable>"
    )


def _input(text: str, type_ref: str) -> str:
    name, _, values = text.partition(": ")
    type_ref = f' typeRef="{type_ref}"' if type_ref else ""
    allowed = f"<inputValues><text>{escape(values)}</text></inputValues>" if values else ""
    return f"<input><inputExpression{type_ref}><text>{escape(name)}</text></inputExpression>{allowed}</input>"


def _output(text: str, default: str) -> str:
    name, _, values = text.partition(": ")
    allowed = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    standard = f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default else ""
    return f'<output name="{name}">{allowed}{standard}</output>'


def _rule(number: int, text: str) -> str:
    conditions, _, rest = text.partition("=>")
    outputs, _, note = rest.partition("//")
    cells = "".join(f"<inputEntry><text>{escape(each.strip())}</text></inputEntry>" for each in conditions.split("|"))
    cells += "".join(f"<outputEntry><text>{escape(each.strip())}</text></outputEntry>" for each in outputs.split("|"))
    return f'<rule id="r{number}">{cells}<annotationEntry><text>{escape(note.strip())}</text></annotationEntry></rule>'


def decide(model: dmn.DecisionModel, name: str, **inputs: Any) -> Value:
    """The decision for inputs given as Python objects."""
    return model.decide(name, {key: from_python(value) for key, value in inputs.items()})


def told(model: dmn.DecisionModel, name: str, **inputs: Any) -> list[str]:
    """The warnings of a decision."""
    warnings: list[Any] = []
    model.decide(name, {key: from_python(value) for key, value in inputs.items()}, warnings=warnings)
    return [warning.message for warning in warnings]


def table_in(xml: bytes) -> Any:
    """The table of the first decision of a file."""
    return next(dmn.read(xml).decisions).expression


def number(text: str | int) -> Decimal:
    return Decimal(text)
