"""The page that says what runs is made from data, and the data names what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from throughline.flow.engine.support import RUNS, Support, markdown

ENGINE = Path(__file__).parents[1]
PAGE = ENGINE.parents[3] / "docs" / "bpmn-support.md"


def test_the_page_is_what_the_data_says() -> None:
    """Written anew when it is missing: delete it and run the tests."""
    if not PAGE.exists():
        PAGE.write_text(markdown(), "utf-8")

    assert PAGE.read_text("utf-8") == markdown()


@pytest.mark.parametrize("support", RUNS, ids=[each.element for each in RUNS])
def test_modules_and_tests_are_there(support: Support) -> None:
    assert (ENGINE / "elements" / f"{support.module}.py").resolve().is_file()
    assert (ENGINE / "tests" / f"{support.tests}.py").is_file()


def test_every_element_is_named() -> None:
    shared = {"__init__", "activity", "joins"}
    modules = {file.stem for file in (ENGINE / "elements").glob("*.py")} - shared

    assert modules <= {each.module for each in RUNS}
