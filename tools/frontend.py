"""The scripts' own checks, by npm: linting and the tests of what needs no browser."""

from __future__ import annotations

import json

import assets


def main() -> None:
    """Run what package.json declares of ``lint`` and ``test``."""
    node = assets.system_node() or assets.wheel_node()
    if node is None:
        raise SystemExit("Node is needed to check the scripts; `make assets` fetches it.")
    declared = json.loads((assets.SOURCES / "package.json").read_text())["scripts"]
    for name in ("lint", "test"):
        if name in declared:
            node.run("run", name)


if __name__ == "__main__":
    main()
