"""
Drawings as PNG and PDF, made in memory by Typst.

The fonts are those of the machine; where it has none, Typst's own serif stands in, so no letter is lost. The same
drawing with the same fonts gives the same bytes: no date is written.
"""

from __future__ import annotations

import re
from typing import Literal

Format = Literal["png", "pdf"]
POINTS_PER_INCH = 72.0
LONGEST_SIDE = 14_000.0
"""Points; beyond this PDF readers give up."""


class Unprintable(ValueError):
    """The drawing cannot be made a picture of that kind; the message says why in one sentence."""


_SIZE = re.compile(r'<svg\b[^>]*?\swidth="([\d.]+)"[^>]*?\sheight="([\d.]+)"')
_PAGE = """
#let words = sys.inputs.at("words", default: "")
#set document(title: words, date: none)
#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: {fill})
#image(bytes(sys.inputs.picture), format: "svg", width: {width}pt, alt: words)
"""


def printed(svg: str, to: Format, *, title: str = "", zoom: float = 2.0, background: str = "white") -> bytes:
    """
    Return an SVG with plain colours as PNG or as a one-page PDF of its size.

    ``zoom`` is pixels per unit of the drawing and counts for PNG only; a drawing that would get more than 14,000
    pixels on a side is made smaller. ``background`` is a colour name of Typst; ``none`` leaves it clear.

    Raises:
        Unprintable: the SVG has no size, or Typst cannot draw it.
    """
    import typst

    width, height = size_of(svg)
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    zoom = min(zoom, LONGEST_SIDE / (max(width, height) * scale))
    page = _PAGE.format(width=width * scale, height=height * scale, fill=background)
    inputs = {"picture": svg, "words": title}
    try:
        made = typst.compile(page.encode(), format=to, ppi=POINTS_PER_INCH * zoom, sys_inputs=inputs)
    except typst.TypstError as problem:
        raise Unprintable(f"The drawing cannot be made a {to.upper()}: {problem}.") from problem
    if not isinstance(made, bytes):  # pragma: no cover - the page above is one page
        raise Unprintable(f"The drawing cannot be made a {to.upper()}: expected one page, but got several.")
    return made


def size_of(svg: str) -> tuple[float, float]:
    """
    Return width and height of an SVG.

    Raises:
        Unprintable: it does not say them.
    """
    found = _SIZE.search(svg)
    if found is None:
        raise Unprintable("The drawing has no width and height.")
    return max(float(found[1]), 1.0), max(float(found[2]), 1.0)
