"""The data from which the page about decisions is made names what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from throughline.flow.dmn.support import BUILT, Support

DMN = Path(__file__).parents[1]


@pytest.mark.parametrize("support", BUILT, ids=[each.element for each in BUILT])
def test_modules_and_tests_are_there(support: Support) -> None:
    assert all((DMN / f"{module}.py").is_file() for module in support.modules)
    assert all((DMN / "tests" / f"{test}.py").is_file() for test in support.tests)


def test_every_kind_of_boxed_logic_is_named() -> None:
    shared = {"__init__", "base", "kinds"}
    modules = {f"logic/{file.stem}" for file in (DMN / "logic").glob("*.py") if file.stem not in shared}

    assert modules == {module for each in BUILT for module in each.modules if module.startswith("logic/")}
