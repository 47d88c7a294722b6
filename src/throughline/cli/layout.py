"""``throughline layout``: positions for a chart that has none, or new ones."""

from __future__ import annotations

import argparse

from throughline.cli import OK, read_bytes, say, write_bytes
from throughline.flow import bpmn
from throughline.platform.faults import Fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the chart and where the new one goes."""
    parser.add_argument("chart", help="a BPMN file; - reads standard input")
    parser.add_argument("-o", "--output", required=True, metavar="FILE.bpmn", help="- writes standard output")


def run(arguments: argparse.Namespace) -> int:
    """Lay the chart out and write it; everything but the positions stays."""
    try:
        definitions = bpmn.read(read_bytes(arguments.chart))
    except bpmn.Unreadable as problem:
        raise Fault(f"{arguments.chart} cannot be read as BPMN. {problem}") from problem
    for warning in definitions.warnings:
        say(f"Line {warning.line}: {warning.message}")
    write_bytes(arguments.output, bpmn.write(bpmn.lay_out(definitions)))
    return OK
