"""
Documents on paper: a Typst template of this folder, filled with data, becomes a PDF.

The same data give the same bytes (no date of making, only the fonts that come with Typst), so a digest names a document
for good. Templates read nothing but ``sys.inputs.data``; nothing that a person typed is ever read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import typst

PDF = "application/pdf"


def render(template: str, data: Mapping[str, Any]) -> bytes:
    """
    Return the PDF of a template (``offer.typ``) filled with plain data.

    Raises:
        RuntimeError: the template cannot be set with these data; a fault of ours.
    """
    source = (files(__package__) / template).read_bytes()
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    try:
        made = typst.compile(source, format="pdf", sys_inputs=inputs, ignore_system_fonts=True)
    except typst.TypstError as wrong:
        raise RuntimeError(f"Expected {template} to be set, but it is not: {wrong}") from wrong
    return bytes(made)
