"""Leads for the chaos, in a process of its own: ``python -m tests.chaos.capture FIRST LAST``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

REGIONS = ("north", "south")


def name(number: int) -> str:
    """Return the external key of a lead."""
    return f"chaos-{number}"


def main() -> None:
    """Capture the leads from FIRST up to LAST (left out)."""
    import django

    django.setup()
    from throughline.core.actor import Actor
    from throughline.crm.leads.capture import capture_leads

    first, last = int(sys.argv[1]), int(sys.argv[2])
    rows = [{"external_id": name(number), "region": REGIONS[number % 2]} for number in range(first, last)]
    from django.db import transaction

    with transaction.atomic():
        capture_leads(rows, by=Actor.system("Chaos"), at=datetime.now(UTC))


if __name__ == "__main__":
    main()
