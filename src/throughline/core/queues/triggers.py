"""What publishing a procedure sets off: the queues that its drawing names and that are not there are made."""

from __future__ import annotations

from collections.abc import Sequence

from throughline.core.journal import Recorded
from throughline.core.queues.ensuring import ensure_queues


def make_queues(entries: Sequence[Recorded]) -> None:
    """Make the queues that newly published drawings name; other entries cost nothing."""
    published = [entry for entry in entries if entry.event == "procedure.published"]
    if published:
        procedures = [entry.about.id for entry in published]
        ensure_queues(procedures=procedures, by=published[-1].by, at=published[-1].at)


LISTENERS = (make_queues,)
"""What wiring.py tells the journal to call."""
