"""Reads of guided paths."""

from __future__ import annotations

from throughline.insight.guide.models import Guide


def open_guide(*, key: str) -> Guide | None:
    """Return the guided path that is under way for a procedure, with it and its as-is. One query."""
    rows = Guide.objects.select_related("procedure", "as_is")
    return rows.filter(procedure__key=key, finished_at=None).first()


def latest_guide(*, key: str) -> Guide | None:
    """Return the guided path of a procedure that was begun last, finished or not, with it. One query."""
    rows = Guide.objects.select_related("procedure")
    return rows.filter(procedure__key=key).order_by("-begun_at", "-pk").first()


def under_way() -> dict[str, int]:
    """Return how many of the seven steps are answered, by procedure that has a guided path under way. One query."""
    return dict(Guide.objects.filter(finished_at=None).values_list("procedure__key", "step"))
