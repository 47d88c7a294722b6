"""
What a drawing needs and this installation has not: record types, events and actions of capabilities that are not there.

Such a drawing can be kept, proved and tried in scenarios, and waits; it cannot be published before all of it is real.
"""

from __future__ import annotations

from throughline.core import journal
from throughline.core.procedures import actions
from throughline.core.records import registry
from throughline.core.refusals import Refusal
from throughline.packs.needs import Needs, needs_of, waits_for


def lacking(needs: Needs) -> tuple[str, ...]:
    """Return the record types, events and actions that are needed and not there, sorted."""
    told = {kind.name for kind in journal.kinds}
    missing = {record for record in needs.records if registry.find(record) is None}
    missing |= {event for event in needs.events if event not in told}
    return tuple(sorted(missing | {action for action in needs.actions if actions.find(action) is None}))


def require_real(name: str, drawing: bytes) -> None:
    """
    Go on only when what starts the procedure and what it does exists here.

    Raises:
        Refusal: the sentence says what it waits for. Misspelt actions are left to the check, which names the step.
    """
    needs = needs_of(drawing)
    missing = [each for each in lacking(needs) if not _is_misspelt(each, needs)]
    if missing:
        waits = " and ".join(waits_for(missing))
        raise Refusal("waits", f"“{name}” cannot go live yet: it waits for {waits} ({', '.join(missing)}).", "drawing")


def _is_misspelt(missing: str, needs: Needs) -> bool:
    """Say whether a capability that is not known is behind a name, so that it is rather a mistake in a step."""
    return missing in needs.actions and waits_for([missing]) == (f"“{missing}”",)
