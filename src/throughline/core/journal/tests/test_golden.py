"""What has been released is frozen: the names and shapes of all facts."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from throughline.core.journal import kinds

REGENERATE = "To freeze new facts, run: throughline manage freeze_events"


def capabilities() -> list[str]:
    """Return the names of the parts that have facts of their own."""
    names = (config.name for config in apps.get_app_configs() if config.name.startswith("throughline."))
    return [name for name in names if find_spec(f"{name}.events") is not None and name != "throughline.core.journal"]


@pytest.mark.parametrize("name", capabilities())
def test_facts_are_as_they_were_released(name: str) -> None:
    module = import_module(f"{name}.events")
    golden = Path(str(module.__file__)).with_name("events.golden.json")
    shapes: dict[str, Any] = {
        kind.name: kind.shape() for kind in kinds if kind.struct.__module__.startswith(f"{name}.events")
    }

    assert golden.exists(), REGENERATE
    frozen = json.loads(golden.read_text())
    changed = {key for key in frozen if frozen[key] != shapes.get(key)}
    assert not changed, f"Released facts are frozen; a change needs a new name: {sorted(changed)}"
    assert shapes.keys() == frozen.keys(), REGENERATE
