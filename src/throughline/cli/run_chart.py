"""``throughline run``: walk a chart in memory with given answers, and print what happened."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from throughline.cli import NO, OK, read_bytes, read_text
from throughline.cli.batch import Unanswerable, answer_lines, write_json
from throughline.flow import bpmn, dmn, engine, values
from throughline.flow.bpmn.model import Definitions
from throughline.flow.engine.timers import BadTimer
from throughline.flow.simulate.members import scenario_of
from throughline.flow.simulate.world import Outcome, Scenario, run_scenario
from throughline.platform.faults import Fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the chart, the scenario and the forms of output."""
    parser.add_argument("chart", nargs="?", help="a BPMN file; - reads standard input")
    parser.add_argument("--scenario", metavar="FILE", help="YAML or JSON: process, variables, auto, hold, answers")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--batch", action="store_true", help="JSON Lines in, JSON Lines out")


def run(arguments: argparse.Namespace) -> int:
    """Run one chart, or one per line of standard input; exit 1 when something failed on the way."""
    if arguments.batch:
        return answer_lines(answer)
    if arguments.chart is None:
        raise Fault("Name a chart to run, or use --batch.")
    try:
        outcome = _run(arguments.chart, _scenario_file(arguments.scenario))
    except Unanswerable as problem:
        raise Fault(f"{arguments.chart} cannot be run. {problem.message}") from problem
    if arguments.json:
        write_json(_document(outcome))
    else:
        print("\n".join(_lines(outcome)))  # noqa: T201
    return NO if outcome.status == "incident" else OK


def answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer to one request of the protocol. Raises Unanswerable."""
    chart = request.get("chart")
    if not isinstance(chart, str):
        raise Unanswerable("input", 'Expected "chart" to be the path of a BPMN file.')
    return _document(_run(chart, request))


def decisions_beside(chart: str, definitions: Definitions) -> dict[str, dmn.DecisionModel]:
    """
    Return the decision models that a chart refers to and that lie in its folder as ``<ref>.dmn``.

    A business rule task whose model is not there is completed like any other task. Raises Fault.
    """
    return {ref: _decision(file) for ref, file in decision_files_beside(chart, definitions).items()}


def decision_files_beside(chart: str, definitions: Definitions) -> dict[str, Path]:
    """Return the files of the decision models that a chart refers to and that lie in its folder, by ``ref``."""
    nodes = [node for process in definitions.processes for node, _ in process.walk()]
    wanted = {node.extensions.decision.ref for node in nodes if node.extensions.decision}
    found = {ref: Path(chart).with_name(f"{ref}.dmn") for ref in sorted(wanted) if ref}
    return {ref: file for ref, file in found.items() if file.is_file()}


def _decision(file: Path) -> dmn.DecisionModel:
    try:
        return dmn.compile_model(dmn.read(read_bytes(file)))
    except dmn.Unreadable as problem:
        raise Fault(f"{file}: {problem}") from problem


def scenario(members: Mapping[str, Any], decisions: Mapping[str, dmn.DecisionModel]) -> Scenario:
    """Return a scenario from the members of a request or a scenario file. Raises Unanswerable."""
    try:
        return scenario_of(members, decisions)
    except (TypeError, ValueError) as problem:
        raise Unanswerable("input", str(problem)) from problem


def _scenario_file(path: str | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    import yaml

    try:
        members = yaml.safe_load(read_text(path))
    except yaml.YAMLError as problem:
        raise Fault(f"{path} is neither YAML nor JSON: {problem}".replace("\n", " ")) from problem
    if not isinstance(members, dict):
        raise Fault(f"{path} should hold the members of a scenario: process, variables, auto, hold, answers.")
    return members


def _run(path: str, members: Mapping[str, Any]) -> Outcome:
    try:
        definitions = bpmn.read(read_bytes(path))
        return run_scenario(definitions, scenario(members, decisions_beside(path, definitions)))
    except bpmn.Unreadable as problem:
        raise Unanswerable("syntax", str(problem)) from problem
    except (engine.ChartRefused, engine.CommandRefused, BadTimer) as problem:
        raise Unanswerable("input", str(problem)) from problem


def _document(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "trace": outcome.trace,
        "waiting": outcome.waiting,
        "incidents": outcome.incidents,
        "variables": {name: values.to_json(value) for name, value in outcome.variables.items()},
    }


def _lines(outcome: Outcome) -> Iterator[str]:
    yield " > ".join(outcome.trace) or "(nothing with a name happened)"
    yield f"Status: {outcome.status}"
    for each in outcome.waiting:
        yield f"Waiting: {each['name'] or each['id']} ({each['type']})"
    for each in outcome.incidents:
        yield f"Incident at {each['element']}: {each['message']}"
    for name, value in outcome.variables.items():
        yield f"{name} = {values.dumps(value)}"
