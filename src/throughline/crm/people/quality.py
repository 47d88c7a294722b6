"""What the data of people and organizations is worth. The points are shown on the page *Data quality*."""

from __future__ import annotations

from throughline.core.records.quality.rule import Part, QualityRule

CONTACT = QualityRule(
    parts=(
        Part(("email",), 20),
        Part(("phone", "mobile"), 15),
        Part(("organization",), 10),
        Part(("last_name",), 10),
        Part(("job_title",), 5),
        Part(("country",), 5),
        Part(("owner",), 5),
    ),
    touched=20,
    single=10,
)

ORGANIZATION = QualityRule(
    parts=(
        Part(("domain", "website"), 20),
        Part(("industry",), 15),
        Part(("country",), 10),
        Part(("phone",), 10),
        Part(("employees", "revenue"), 10),
        Part(("owner",), 5),
    ),
    touched=20,
    single=10,
)
