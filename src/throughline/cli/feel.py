"""``throughline feel``: the value of a FEEL expression, or whether an input passes unary tests."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Mapping
from typing import Any

from throughline.cli import OK
from throughline.cli.batch import Unanswerable, answer_lines, parse, write_json
from throughline.flow import feel, values
from throughline.platform.faults import Fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the expression, its context and the forms of output."""
    parser.add_argument("expression", nargs="?", help="a FEEL expression, or unary tests with --unary")
    parser.add_argument("--context", default="{}", metavar="JSON", help='the variables; {"$feel": "..."} for dates')
    parser.add_argument("--unary", metavar="JSON", help="test this input instead")
    parser.add_argument("--json", action="store_true", help="one JSON document with result and warnings")
    parser.add_argument("--batch", action="store_true", help="JSON Lines in, JSON Lines out")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate one expression, or one per line of standard input."""
    if arguments.batch:
        return answer_lines(answer)
    if arguments.expression is None:
        raise Fault("Give an expression to evaluate, or use --batch.")
    request = {"expression": arguments.expression, "context": parse(arguments.context, what="--context")}
    if arguments.unary is not None:
        request |= {"unary": True, "input": parse(arguments.unary, what="--unary")}
    try:
        document = answer(request)
    except Unanswerable as problem:
        raise Fault(problem.message) from problem
    if arguments.json:
        write_json(document)
        return OK
    for warning in document["warnings"]:
        print(warning, file=sys.stderr)  # noqa: T201
    print(values.write_json(document["result"]))  # noqa: T201
    return OK


def answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer to one request of the protocol. Raises Unanswerable."""
    text = request.get("expression")
    if not isinstance(text, str):
        raise Unanswerable("input", 'Expected "expression" to be text.')
    context = variables(request.get("context") or {})
    warnings: list[feel.FeelWarning] = []
    try:
        result = evaluate(request, text, context, warnings)
    except feel.FeelSyntaxError as problem:
        raise Unanswerable("syntax", str(problem)) from problem
    except feel.FeelTooMuchWork as problem:
        raise Unanswerable("evaluation", str(problem)) from problem
    return {"result": values.to_json(result), "warnings": [str(warning) for warning in warnings]}


def evaluate(
    request: Mapping[str, Any], text: str, context: dict[str, values.Value], warnings: list[feel.FeelWarning]
) -> values.Value:
    now = datetime.datetime.now(datetime.UTC)
    members = values.names_within(context.values())
    if request.get("unary"):
        tested = value_of(request.get("input"), "input")
        members |= values.names_within([tested])
        tests = feel.compile_unary_tests(text, context, members=members)
        return tests.evaluate(tested, context, now=now, warnings=warnings) is True
    return feel.compile_expression(text, context, members=members).evaluate(context, now=now, warnings=warnings)


def variables(tree: Any) -> dict[str, values.Value]:
    if not isinstance(tree, dict):
        raise Unanswerable("input", 'Expected "context" to be an object.')
    return {name: value_of(item, name) for name, item in tree.items()}


def value_of(tree: Any, name: str) -> values.Value:
    try:
        return values.from_json(tree)
    except ValueError as problem:
        raise Unanswerable("input", f"{name}: {problem}") from problem
