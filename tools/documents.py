"""Writes the pages of documentation that are made from the code and the last scores: bpmn-support, dmn, feel, kpis."""

from __future__ import annotations

import os
from pathlib import Path

import django

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
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.config.testing")
    django.setup()
    from throughline.insight.kpis.definitions import markdown as kpi_page

    (DOCS / "kpis.md").write_text(kpi_page(), "utf-8")


if __name__ == "__main__":
    main()
