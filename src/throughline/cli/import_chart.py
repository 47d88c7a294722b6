"""``throughline import-chart``: a drawing of another tool becomes a BPMN chart; each doubt is said."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from throughline.cli import OK, read_bytes, say, write_bytes
from throughline.cli.batch import write_json
from throughline.flow import bpmn
from throughline.flow.charts import UnreadableDrawing, understand
from throughline.flow.charts.formats import form_of, sketches_of
from throughline.platform.faults import Fault

if TYPE_CHECKING:
    from throughline.flow.charts import Sketch, Understood


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "drawing",
        metavar="FILE",
        help="a draw.io, Visio (.vsdx), Lucidchart (CSV, .vsdx), Creately (.vsdx, SVG) or BPMN file, or a table",
    )
    parser.add_argument("-o", "--output", required=True, metavar="FILE.bpmn", help="- writes standard output")
    parser.add_argument("--page", type=int, metavar="N", help="which page; by default the one with the most lines")
    parser.add_argument("--json", action="store_true", help="print what was understood as one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Read the drawing, write the chart."""
    content = read_bytes(arguments.drawing)
    if _is_bpmn(content):
        return _import_bpmn(arguments, content)
    sketch, place, count = _page(arguments, content)
    found = understand(sketch)
    write_bytes(arguments.output, bpmn.write(found.chart))
    if arguments.json:
        write_json(_report(found, sketch, place, count))
        return OK
    say(
        f"Page {place} of {count}: {found.shapes} shapes and {found.lines} lines, {found.connected} of them connected "
        f"at both ends ({found.snapped} by where they lie); {found.kept_as_notes} shapes were kept as notes."
    )
    for doubt in found.doubts:
        say(f"{doubt.element}: {doubt.message}" if doubt.element else doubt.message)
    return OK


def _is_bpmn(content: bytes) -> bool:
    return b"http://www.omg.org/spec/BPMN/20100524/MODEL" in content[:20_000]


def _import_bpmn(arguments: argparse.Namespace, content: bytes) -> int:
    try:
        definitions = bpmn.read(content)
    except bpmn.Unreadable as problem:
        raise Fault(f"{arguments.drawing} cannot be read as BPMN. {problem}") from problem
    if not definitions.diagrams:
        definitions = bpmn.lay_out(definitions)
    write_bytes(arguments.output, bpmn.write(definitions))
    if arguments.json:
        warnings = [{"kind": "read", "element": "", "message": each.message} for each in definitions.warnings]
        write_json({**bpmn.describe(definitions), "doubts": warnings})
    return OK


def _page(arguments: argparse.Namespace, content: bytes) -> tuple[Sketch, int, int]:
    try:
        pages = sketches_of(content, form_of(content, arguments.drawing))
    except UnreadableDrawing as problem:
        raise Fault(f"{arguments.drawing}: {problem}") from problem
    place = arguments.page or 1 + max(range(len(pages)), key=lambda page: len(pages[page].lines))
    if not 1 <= place <= len(pages):
        raise Fault(f"{arguments.drawing} has {len(pages)} pages, and no page {place}.")
    return pages[place - 1], place, len(pages)


def _report(found: Understood, sketch: Sketch, place: int, count: int) -> dict[str, object]:
    return {
        **bpmn.describe(found.chart),
        "page": {"name": sketch.name, "number": place, "of": count},
        "shapes": found.shapes,
        "lines": found.lines,
        "connected": found.connected,
        "snapped": found.snapped,
        "kept_as_notes": found.kept_as_notes,
        "doubts": [
            {
                "kind": each.kind,
                "element": each.element,
                "message": each.message,
                "choices": [choice.value for choice in each.choices],
            }
            for each in found.doubts
        ],
    }
