"""
How long it takes to read a drawing of 60 shapes and make a chart of it, laid out: ``python bench/import_drawing.py``.

Prints the best of several runs in milliseconds of processor time. The bar: one second.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from throughline.flow import bpmn
from throughline.flow.charts.formats import Form, read_drawing

SHAPES, RUNS = 60, 5
PER_ROW = 10


def drawing() -> bytes:
    """Return a draw.io file: two lanes, rows of steps with a decision in each fifth place, loops back."""
    cells = "".join(_cells())
    model = f'<mxGraphModel><root><mxCell id="0"/><mxCell id="1" parent="0"/>{cells}</root></mxGraphModel>'
    return f'<mxfile><diagram name="Sixty">{model}</diagram></mxfile>'.encode()


def _cells() -> Iterator[str]:
    for lane in range(2):
        yield _shape(f"lane{lane}", f"Lane {lane}", "swimlane;horizontal=0;", (0, lane * 450, 1900, 450))
    for number in range(SHAPES - 2):
        row, column = divmod(number, PER_ROW)
        style = "rhombus;" if number % 5 == 4 else "ellipse;" if number in (0, SHAPES - 3) else "rounded=1;"
        yield _shape(f"s{number}", f"Step {number}", style, (60 + column * 180, 40 + row * 145, 120, 60))
        if number:
            yield _line(f"l{number}", f"s{number - 1}", f"s{number}")
        if number % 5 == 4 and number > 5:
            yield _line(f"b{number}", f"s{number}", f"s{number - 5}", "no")


def _shape(key: str, text: str, style: str, box: tuple[int, int, int, int]) -> str:
    place = 'x="{}" y="{}" width="{}" height="{}"'.format(*box)
    return (
        f'<mxCell id="{key}" value={quoteattr(text)} style="{style}" vertex="1" parent="1">'
        f'<mxGeometry {place} as="geometry"/></mxCell>'
    )


def _line(key: str, source: str, target: str, text: str = "") -> str:
    ends = f'source="{source}" target="{target}"'
    geometry = '<mxGeometry relative="1" as="geometry"/>'
    return f'<mxCell id="{key}" value={quoteattr(text)} edge="1" parent="1" {ends}>{geometry}</mxCell>'


def measure() -> float:
    """Return the best of several runs, in milliseconds of processor time."""
    content = drawing()
    best = float("inf")
    for _ in range(RUNS):
        start = time.process_time()
        found = read_drawing(content, Form.DRAWIO)
        bpmn.write(found.chart)
        best = min(best, time.process_time() - start)
    return best * 1000


if __name__ == "__main__":
    print(f"{measure():.0f} ms for {SHAPES} shapes")
