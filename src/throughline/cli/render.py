"""``throughline render``: a chart as a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from throughline.cli import OK, read_bytes, write_bytes
from throughline.flow import bpmn
from throughline.flow.bpmn.render import DARK, LIGHT
from throughline.flow.bpmn.render.printing import Format, Unprintable, printed
from throughline.platform.faults import Fault

FORMATS: Final[dict[str, Format | None]] = {".svg": None, ".png": "png", ".pdf": "pdf"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the chart, the picture and what of it is shown."""
    parser.add_argument("chart", help="a BPMN file; - reads standard input")
    parser.add_argument("-o", "--output", required=True, help="FILE.svg, FILE.png or FILE.pdf; - writes SVG")
    parser.add_argument("--page", type=int, help="which page of a chart with several (the first, or that of --around)")
    parser.add_argument("--around", default="", metavar="ID", help="only the stretch around this node")
    parser.add_argument("--hops", type=int, default=2, help="how far the stretch reaches, in flows (2)")
    parser.add_argument("--zoom", type=float, default=2.0, help="pixels per unit in a PNG (2)")
    parser.add_argument("--dark", action="store_true", help="light lines for a dark background")


def run(arguments: argparse.Namespace) -> int:
    """Draw the chart and write the picture."""
    kind = ".svg" if arguments.output == "-" else Path(arguments.output).suffix.lower()
    if kind not in FORMATS:
        raise Fault(f"{arguments.output} must end with .svg, .png or .pdf.")
    write_bytes(arguments.output, _drawn(arguments, FORMATS[kind]))
    return OK


def _drawn(arguments: argparse.Namespace, to: Format | None) -> bytes:
    definitions = _chart(arguments.chart)
    try:
        svg = bpmn.render_svg(
            definitions,
            page=None if arguments.page is None else arguments.page - 1,
            around=arguments.around,
            hops=arguments.hops,
            colours=DARK if arguments.dark else LIGHT,
        )
    except LookupError as problem:
        raise Fault(str(problem.args[0])) from problem
    if to is None:
        return svg.encode()
    try:
        return printed(svg, to, zoom=arguments.zoom, background="rgb(20, 23, 29)" if arguments.dark else "white")
    except Unprintable as problem:
        raise Fault(str(problem)) from problem


def _chart(path: str) -> bpmn.model.Definitions:
    try:
        return bpmn.read(read_bytes(path))
    except bpmn.Unreadable as problem:
        raise Fault(f"{path} cannot be read as BPMN. {problem}") from problem
