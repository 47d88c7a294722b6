"""
Documents on paper: a Typst template of a package, filled with plain data, becomes a PDF; see
docs/adr/0050-documents-by-typst.md.

Templates read nothing but ``sys.inputs.data``; nothing that a person typed is ever read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

PDF = "application/pdf"


def typeset(package: str, template: str, data: Mapping[str, Any], *, fonts_of_machine: bool = True) -> bytes:
    """
    Return the PDF of a template (``offer.typ``) of a package. Without the fonts of the machine the same data give the
    same bytes everywhere.

    Raises:
        RuntimeError: the template cannot be set with these data; a fault of ours.
    """
    import typst

    source = (files(package) / template).read_bytes()
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    try:
        made = typst.compile(source, format="pdf", sys_inputs=inputs, ignore_system_fonts=not fonts_of_machine)
    except typst.TypstError as wrong:
        raise RuntimeError(f"Expected {template} to be set, but it is not: {wrong}") from wrong
    return bytes(made)
