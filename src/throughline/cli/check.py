"""``throughline check``: what can go wrong in a chart, found without running it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from throughline.cli import NO, OK, read_bytes
from throughline.cli.batch import Unanswerable, answer_lines, write_json
from throughline.flow import bpmn
from throughline.flow.check import Finding, check
from throughline.flow.check.standard import standard
from throughline.platform.faults import Fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("chart", nargs="?", metavar="CHART.bpmn", help="the chart to check; - is standard input")
    parser.add_argument("--json", action="store_true", help="print the findings as one JSON document")
    parser.add_argument("--batch", action="store_true", help="answer JSON Lines of standard input")


def run(arguments: argparse.Namespace) -> int:
    """Print the findings of a chart; the exit status says whether one of them is an error."""
    if arguments.batch:
        return answer_lines(_answer)
    if not arguments.chart:
        raise Fault("Expected the name of a chart, but there is none. Say `throughline check CHART.bpmn`.")
    try:
        findings = _findings(arguments.chart)
    except bpmn.Unreadable as problem:
        raise Fault(f"{arguments.chart}: {problem}") from problem
    if arguments.json:
        write_json({"findings": [_as_json(finding) for finding in findings]})
    else:
        _print(findings)
    return NO if any(finding.severity == "error" for finding in findings) else OK


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    chart = request.get("chart")
    if not isinstance(chart, str):
        raise Unanswerable("input", 'Expected the request to name a "chart", but it does not.')
    try:
        return {"findings": [_as_json(finding) for finding in _findings(chart)]}
    except bpmn.Unreadable as problem:
        raise Unanswerable("syntax", str(problem)) from problem


def _findings(chart: str) -> list[Finding]:
    data = read_bytes(chart)
    return [*standard(data), *check(bpmn.read(data))]


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "element": finding.element,
        "message": finding.message,
        "trace": list(finding.trace),
    }


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        print(f"{finding.severity}: {finding.message} [{finding.rule}, {finding.element}]")  # noqa: T201
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    print(f"{errors} errors, {warnings} warnings." if findings else "Nothing to say against this chart.")  # noqa: T201
