"""``throughline manage watch_cases``: prove that every open case waits for something that can come."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from throughline.core.procedures import watchdog


class Command(BaseCommand):
    """Looks, says what it finds, and changes nothing."""

    help = "Say which open cases nothing can move (exit 1 if there are any). Workers look every ten minutes."

    def handle(self, *_: Any, **__: Any) -> None:
        """Print one line per finding."""
        found = watchdog.findings(at=datetime.now(UTC))
        for each in found:
            place = f" at {each.node} (token {each.token})" if each.token is not None else ""
            self.stdout.write(f"case {each.case}{place}: {each.message}")
        if found:
            sys.exit(1)
        self.stdout.write("Every open case waits for something that can come.")
