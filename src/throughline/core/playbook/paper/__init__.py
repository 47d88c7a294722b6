"""The playbook as a PDF: a Typst template of this folder, filled with data; see docs/adr/0050-documents-by-typst.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from throughline.core.paper import typeset


def printed(data: Mapping[str, Any]) -> bytes:
    """
    Return the PDF of a playbook given as plain data. Fonts are those of the machine, as for other pictures of charts.

    Raises:
        RuntimeError: the template cannot be set with these data; a fault of ours.
    """
    return typeset(__name__, "playbook.typ", data)
