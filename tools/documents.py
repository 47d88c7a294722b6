"""Writes the pages of documentation that are made from the code and the last scores: bpmn-support, dmn, feel."""

from __future__ import annotations

from pathlib import Path

from throughline.flow.dmn.support import markdown as dmn_page
from throughline.flow.engine.support import markdown as bpmn_page
from throughline.flow.feel.reference import reference as feel_page
from throughline.flow.suites import read_scores

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = {"bpmn-support.md": bpmn_page, "dmn.md": dmn_page, "feel.md": feel_page}


def main() -> None:
    """Write them."""
    scores = read_scores((DOCS / "scores.json").read_bytes())
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(scores), "utf-8")


if __name__ == "__main__":
    main()
