"""The field that scored types declare."""

from __future__ import annotations

from throughline.core.records.spec import FieldSpec, FieldType

QUALITY = FieldSpec(
    name="quality",
    label="Data quality",
    type=FieldType.INTEGER,
    read_only=True,
    help="Points out of a hundred; the page of the record and the page Data quality say what they are for.",
)
"""Kept by ``keeping``."""
