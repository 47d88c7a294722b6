"""Writes the golden files of facts: new kinds are added, released ones must be as they were."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from throughline.core.journal import kinds


class Command(BaseCommand):
    """Freeze the names and shapes of new facts."""

    help = "Add new kinds of facts to the golden files (events.golden.json); refuses changes of released ones."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Go through all parts that have facts."""
        for config in apps.get_app_configs():
            if config.name.startswith("throughline.") and find_spec(f"{config.name}.events") is not None:
                self._freeze(f"{config.name}.events")

    def _freeze(self, name: str) -> None:
        module = import_module(name)
        golden = Path(str(module.__file__)).with_name("events.golden.json")
        shapes = {kind.name: kind.shape() for kind in kinds if kind.struct.__module__.startswith(name)}
        frozen = json.loads(golden.read_text()) if golden.exists() else {}
        changed = sorted(key for key in frozen if frozen[key] != shapes.get(key))
        if changed:
            raise CommandError(f"Released facts are frozen; a change needs a new name: {', '.join(changed)}")
        if not shapes:
            return
        golden.write_text(json.dumps(shapes, indent=1, sort_keys=True) + "\n")
        self.stdout.write(f"{name}: {len(shapes)} facts frozen")
