"""Looking at what was learned: the examination, and what it says of open cases."""

from __future__ import annotations

from throughline.insight.prediction.models import Prediction


def learned(*, version_id: int) -> Prediction | None:
    """Return what was last learned for a version. The caller shows of its cases only those that the reader may see."""
    return Prediction.objects.filter(version_id=version_id).first()
