"""What a running system does for its journal by itself: seal what is closed, make next months' partitions."""

from __future__ import annotations

from datetime import datetime, timedelta

from throughline.core.journal.models import Segment
from throughline.core.journal.partitions import ensure_partitions
from throughline.core.journal.seal import seal

EVERY = timedelta(minutes=1)
AHEAD = timedelta(days=62)


def look_after(*, at: datetime) -> Segment | None:
    """
    Seal the journal when a minute has passed since the last segment, and make partitions two months ahead.

    Meant to be called by every worker whenever it has nothing else to do: it costs two small queries when there is
    nothing to seal, and workers that call it at once wait for one another.
    """
    last = Segment.objects.order_by("-number").values_list("sealed_at", flat=True).first()
    if last is not None and at - last < EVERY:
        return None
    ensure_partitions(first_on=at.date(), last_on=(at + AHEAD).date())
    return seal(at=at)
