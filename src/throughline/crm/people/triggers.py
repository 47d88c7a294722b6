"""What follows in the records of people from what happened to them: a merge moves who belongs where."""

from __future__ import annotations

from collections.abc import Sequence

from throughline.core.journal import Recorded
from throughline.crm.people.affiliations import refresh_people

MERGES = ("record.merged", "record.unmerged")


def follow_merges(entries: Sequence[Recorded]) -> None:
    """Write anew what people carry of their further organizations, when people or organizations became one or two."""
    for entry in entries:
        if entry.event not in MERGES or entry.about.type not in ("contact", "organization"):
            continue
        both = [entry.about.id, entry.data.get("absorbed") or entry.data["other"]]
        if entry.about.type == "contact":
            refresh_people(contacts=both, on=entry.at.date())
        else:
            refresh_people(organizations=both, on=entry.at.date())


LISTENERS = (follow_merges,)
"""What wiring.py tells the journal to call."""
