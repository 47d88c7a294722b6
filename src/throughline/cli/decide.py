"""``throughline decide``: take a decision of a DMN model."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from throughline.cli import OK, read_bytes
from throughline.cli.batch import Unanswerable, answer_lines, parse, write_json
from throughline.flow import dmn, feel, values
from throughline.platform.faults import Fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, what is asked of it and the forms of output."""
    parser.add_argument("model", nargs="?", metavar="MODEL.dmn", help="the model; imports are sought beside it")
    parser.add_argument("--decision", metavar="NAME", help="the decision to take; may be left out when there is one")
    parser.add_argument("--service", metavar="NAME", help="the decision service to call instead")
    parser.add_argument("--input", default="{}", metavar="JSON", help='the inputs by name; {"$feel": "..."} for dates')
    parser.add_argument("--explain", action="store_true", help="say also which rules made the decision")
    parser.add_argument("--json", action="store_true", help="one JSON document with result and warnings")
    parser.add_argument("--batch", action="store_true", help="JSON Lines in, JSON Lines out")


def run(arguments: argparse.Namespace) -> int:
    """Take one decision, or one per line of standard input."""
    if arguments.batch:
        return answer_lines(answer)
    if arguments.model is None:
        raise Fault("Name a model to decide with, or use --batch.")
    request = {
        "model": arguments.model,
        "decision": arguments.decision,
        "service": arguments.service,
        "input": parse(arguments.input, what="--input"),
        "explain": arguments.explain,
    }
    try:
        document = answer(request)
    except Unanswerable as problem:
        raise Fault(problem.message) from problem
    if arguments.json:
        write_json(document)
        return OK
    for warning in document["warnings"]:
        print(warning, file=sys.stderr)  # noqa: T201
    print(json.dumps(json.loads(values.write_json(document["result"])), indent=2, ensure_ascii=False))  # noqa: T201
    if arguments.explain and document["reason"]:
        print(document["reason"])  # noqa: T201
    return OK


def answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Answer one request of the protocol; with ``explain``, also how the decision came about. Raises Unanswerable."""
    path = request.get("model")
    if not isinstance(path, str):
        raise Unanswerable("input", 'Expected "model" to be the path of a DMN file.')
    model = model_at(path)
    inputs = inputs_of(request.get("input") or {})
    try:
        return asked(model, request, inputs)
    except dmn.NoSuchDecision as problem:
        raise Unanswerable("input", str(problem)) from problem
    except feel.FeelTooMuchWork as problem:
        raise Unanswerable("evaluation", str(problem)) from problem


def asked(model: dmn.DecisionModel, request: Mapping[str, Any], inputs: dict[str, values.Value]) -> Mapping[str, Any]:
    now = datetime.datetime.now(datetime.UTC)
    namespaces = request.get("namespaces") or {}
    warnings: list[feel.FeelWarning] = []
    if request.get("service") is not None:
        result = model.service(request["service"], inputs, now=now, warnings=warnings, namespaces=namespaces)
    elif request.get("explain"):
        explanation = model.explain(decision_named(model, request), inputs, now=now, namespaces=namespaces)
        return {
            "result": values.to_json(explanation.value),
            "warnings": list(explanation.warnings),
            "reason": explanation.reason,
            "explanation": explanation.to_json(),
        }
    else:
        name = decision_named(model, request)
        result = model.decide(name, inputs, now=now, warnings=warnings, namespaces=namespaces)
    return {"result": values.to_json(result), "warnings": [str(warning) for warning in warnings]}


def decision_named(model: dmn.DecisionModel, request: Mapping[str, Any]) -> str:
    name = request.get("decision")
    if isinstance(name, str):
        return name
    if len(model.names) == 1:
        return model.names[0]
    raise Unanswerable("input", f"Say which decision to take. The model has: {', '.join(model.names) or 'none'}.")


def inputs_of(tree: Any) -> dict[str, values.Value]:
    if not isinstance(tree, dict):
        raise Unanswerable("input", 'Expected "input" to be an object.')
    try:
        return {name: values.from_json(item) for name, item in tree.items()}
    except ValueError as problem:
        raise Unanswerable("input", str(problem)) from problem


def model_at(path: str) -> dmn.DecisionModel:
    """The compiled model of a file; compiled again when a file of its folder changes. Raises Unanswerable."""
    place = Path(path).resolve()
    beside = tuple(sorted(each for each in place.parent.glob("*.dmn") if each != place))
    stamps = tuple(each.stat().st_mtime_ns for each in (place, *beside) if each.exists())
    return compiled(place, beside, stamps)


@lru_cache(maxsize=64)
def compiled(place: Path, beside: tuple[Path, ...], _stamps: tuple[int, ...]) -> dmn.DecisionModel:
    try:
        model = dmn.read(read_bytes(place))
    except dmn.Unreadable as problem:
        raise Unanswerable("syntax", f"{place.name}: {problem}") from problem
    return dmn.compile_model(model, [other for each in beside for other in readable(each)] if model.imports else ())


def readable(path: Path) -> list[dmn.Definitions]:
    """The model of a file beside the one asked for; none when it cannot be read, for it may not be needed."""
    try:
        return [dmn.read(read_bytes(path))]
    except dmn.Unreadable:
        return []
