"""The playbook as a PDF: a Typst template of this folder, filled with data; see docs/adr/0050-documents-by-typst.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any


def printed(data: Mapping[str, Any]) -> bytes:
    """
    Return the PDF of a playbook given as plain data. Fonts are those of the machine, as for other pictures of charts.

    Raises:
        RuntimeError: the template cannot be set with these data; a fault of ours.
    """
    import typst

    source = (files(__package__) / "playbook.typ").read_bytes()
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    try:
        made = typst.compile(source, format="pdf", sys_inputs=inputs)
    except typst.TypstError as wrong:
        raise RuntimeError(f"Expected playbook.typ to be set, but it is not: {wrong}") from wrong
    return bytes(made)
