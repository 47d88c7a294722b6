"""
Quotes, invoices and the like on paper: the Typst templates of this folder.

The same data give the same bytes (no date of making, only the fonts that come with Typst), so a digest names a document
for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from throughline.core.paper import PDF, typeset

__all__ = ["PDF", "render"]


def render(template: str, data: Mapping[str, Any]) -> bytes:
    """
    Return the PDF of a template (``offer.typ``) filled with plain data.

    Raises:
        RuntimeError: the template cannot be set with these data; a fault of ours.
    """
    return typeset(__name__, template, data, fonts_of_machine=False)
