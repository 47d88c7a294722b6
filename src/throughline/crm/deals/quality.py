"""What the data of a deal is worth. The points are shown on the page *Data quality*."""

from __future__ import annotations

from throughline.core.records.quality.rule import Part, QualityRule

DEAL = QualityRule(
    parts=(
        Part(("amount",), 20),
        Part(("expected_close_on",), 20),
        Part(("organization", "contact"), 15),
        Part(("next_step", "next_step_due_at", "next_activity_at"), 10),
        Part(("source",), 10),
        Part(("owner",), 5),
    ),
    touched=20,
    single=0,
    settled=("closed_at",),
)
