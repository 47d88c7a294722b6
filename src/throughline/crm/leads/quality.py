"""What the data of an enquiry is worth. The points are shown on the page *Data quality*."""

from __future__ import annotations

from throughline.core.records.quality.rule import Part, QualityRule

LEAD = QualityRule(
    parts=(
        Part(("email", "phone", "mobile"), 30),
        Part(("interest",), 15),
        Part(("source",), 15),
        Part(("region", "country"), 10),
        Part(("organization_name",), 5),
        Part(("owner",), 5),
    ),
    touched=20,
    single=0,
    settled=("closed_at", "converted_at"),
)
