"""Where the public conformance suites and real data lie, which are no part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def suites_folder() -> Path:
    """Return the folder that ``THROUGHLINE_SUITES`` names, by default ``../shared`` beside the project."""
    return Path(os.environ.get("THROUGHLINE_SUITES", ROOT.parent / "shared"))


def suites() -> Path:
    """Return ``suites_folder()``; where it is absent the calling test is skipped, and the reason says what to do."""
    folder = suites_folder()
    if not (folder / "conformance").is_dir():
        pytest.skip(f"THE PUBLIC SUITES WERE NOT RUN: {folder} has no conformance folder. Set THROUGHLINE_SUITES.")
    return folder
