"""The data from which the page about BPMN is made names what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from throughline.flow.engine.support import RUNS, Support

ENGINE = Path(__file__).parents[1]


@pytest.mark.parametrize("support", RUNS, ids=[each.element for each in RUNS])
def test_modules_and_tests_are_there(support: Support) -> None:
    assert (ENGINE / "elements" / f"{support.module}.py").resolve().is_file()
    assert (ENGINE / "tests" / f"{support.tests}.py").is_file()


def test_every_element_is_named() -> None:
    shared = {"__init__", "activity", "joins"}
    modules = {file.stem for file in (ENGINE / "elements").glob("*.py")} - shared

    assert modules <= {each.module for each in RUNS}
