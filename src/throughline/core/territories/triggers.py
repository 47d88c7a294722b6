"""What follows for territories from what happens elsewhere: a field by which they are made is called otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from throughline.core.journal import Recorded
from throughline.core.records import registry, search
from throughline.core.territories.models import Territory
from throughline.core.territories.rules import in_words

RENAMING = frozenset({"custom.field_changed", "custom.field_retired", "custom.field_restored"})


def retell(entries: Sequence[Recorded]) -> None:
    """Keep the rules of territories in the words of now, when a field of the type they are made of has changed."""
    kinds = {str(entry.data["record_type"]) for entry in entries if entry.event in RENAMING}
    if not kinds:
        return
    retold = []
    for territory in Territory.objects.filter(rule__record_type__in=kinds).select_related("rule").order_by("pk"):
        words = in_words(territory.rule.record_type, territory.rule.where) if territory.rule else ""
        if words != territory.which:
            territory.which = words
            retold.append(territory)
    Territory.objects.bulk_update(retold, ["which"])
    search.feed_ids(registry.get("territory"), [territory.pk for territory in retold])


LISTENERS = (retell,)
"""What wiring.py tells the journal to call."""
