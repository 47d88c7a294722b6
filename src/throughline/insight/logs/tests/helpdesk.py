"""The helpdesk log of the public data, and the reference values of its description."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from throughline.flow.mining.log import EventLog
from throughline.insight.logs import read_log
from throughline.testing.suites import suites_folder

COMPLETE = {"starts": ("Assign seriousness", "Insert ticket"), "ends": ("Closed",)}


def helpdesk_folder() -> Path:
    """Return where it lies; the calling test is skipped, saying so, where it is absent."""
    folder = suites_folder() / "data" / "helpdesk"
    if not (folder / "finale.csv.gz").exists():
        pytest.skip(f"THE HELPDESK LOG WAS NOT MINED: {folder} does not hold it. Set THROUGHLINE_SUITES.")
    return folder


@cache
def helpdesk_log() -> EventLog:
    """Return the log with all its attributes."""
    return read_log(helpdesk_folder() / "finale.csv.gz").log


def references() -> list[dict[str, Any]]:
    """Return the two tables of reference values: all cases, and the complete ones."""
    text = (helpdesk_folder() / "README.md").read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
