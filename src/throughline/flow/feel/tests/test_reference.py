"""The document about FEEL says what the functions declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from throughline.flow.feel.reference import reference

DOCUMENT = Path(__file__).parents[5] / "docs" / "feel.md"


@pytest.mark.skipif(not DOCUMENT.parent.is_dir(), reason="an installed package has no docs")
def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text("utf-8") == reference(), "python -m throughline.flow.feel.reference > docs/feel.md"
