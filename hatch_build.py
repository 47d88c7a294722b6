"""
Two hooks of the package's build: its dependencies are those of requirements/run.in, and the pages' assets are built
into the wheel and the source archive, so that a released package needs no Node.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

HERE = Path(__file__).parent


class DependenciesHook(MetadataHookInterface):
    """Reads the dependencies from where `make lock` reads them."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the lines of requirements/run.in."""
        lines = (HERE / "requirements" / "run.in").read_text().splitlines()
        metadata["dependencies"] = [line.partition(" #")[0] for line in lines if line and not line.startswith("#")]


class AssetsHook(BuildHookInterface[Any]):
    """Runs tools/assets.py before anything but an editable installation, where ``make assets`` does it."""

    def dependencies(self) -> list[str]:
        """Ask for Node's wheel when nothing is built yet and the system has no Node that would do."""
        assets = _assets()
        return [] if assets.MANIFEST.exists() or assets.system_node() else [assets.NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatch's signature
        """Build the assets."""
        if version != "editable":
            _assets().build()


def _assets() -> ModuleType:
    found = importlib.util.spec_from_file_location("assets", HERE / "tools" / "assets.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module  # dataclasses look their module up
    found.loader.exec_module(module)
    return module
