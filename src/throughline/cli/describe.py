"""``throughline describe``: what is understood of a chart."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from throughline.cli import OK, read_bytes
from throughline.cli.batch import Unanswerable, answer_lines, write_json
from throughline.flow import bpmn
from throughline.platform.faults import Fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the chart and the forms of output."""
    parser.add_argument("chart", nargs="?", help="a BPMN file; - reads standard input")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--batch", action="store_true", help="JSON Lines in, JSON Lines out")


def run(arguments: argparse.Namespace) -> int:
    """Describe one chart, or one per line of standard input."""
    if arguments.batch:
        return answer_lines(_answer)
    if arguments.chart is None:
        raise Fault("Name a chart to describe, or use --batch.")
    try:
        described = bpmn.describe(bpmn.read(read_bytes(arguments.chart)))
    except bpmn.Unreadable as problem:
        raise Fault(f"{arguments.chart} cannot be read as BPMN. {problem}") from problem
    if arguments.json:
        write_json(described)
    else:
        print("\n".join(_lines(described)))  # noqa: T201
    return OK


def _answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
    chart = request.get("chart")
    if not isinstance(chart, str):
        raise Unanswerable("input", 'Expected "chart" to be the path of a BPMN file.')
    try:
        return bpmn.describe(bpmn.read(read_bytes(chart)))
    except bpmn.Unreadable as problem:
        raise Unanswerable("syntax", str(problem)) from problem


def _lines(described: Mapping[str, Any]) -> Iterator[str]:
    for process in described["processes"]:
        nodes, flows = process["nodes"], process["flows"]
        names = {item["id"]: _said(item) for item in (*nodes, process)}
        yield f"Process {_said(process)}: {len(nodes)} nodes, {len(flows)} flows"
        for node in nodes:
            event = f", {node['event']}" if node["event"] not in (None, "none") else ""
            inside = f" in {names[node['parent']]}" if node["parent"] else ""
            yield f"  {names[node['id']]} ({node['type']}{event}){inside}"
        for flow in flows:
            yield f"  {names.get(flow['source'], flow['source'])} > {names.get(flow['target'], flow['target'])}"
    for lane in described["lanes"]:
        yield f"Lane {_said(lane)}"
    for warning in described["warnings"]:
        yield f"Line {warning['line']}: {warning['message']}"


def _said(item: Mapping[str, Any]) -> str:
    """The name on one line, or the id of what has none."""
    return " ".join(str(item["name"]).split()) or str(item["id"])
