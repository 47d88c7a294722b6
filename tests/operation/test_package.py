"""The wheel: complete without Node, and nothing in it that only developers need."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT

pytestmark = pytest.mark.req("N1")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel of this tree."""
    if not (PACKAGE / "web" / "static" / "built" / ".vite" / "manifest.json").exists():
        pytest.skip("the assets are not built: make assets")
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(ROOT)], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        yield archive


class TestWheel:
    def test_carries_the_built_assets(self, wheel: zipfile.ZipFile) -> None:
        names = wheel.namelist()

        assert "throughline/web/static/built/.vite/manifest.json" in names
        assert any(name.startswith("throughline/web/static/built/assets/app-") for name in names)

    def test_carries_the_shipped_charts_templates_and_samples(self, wheel: zipfile.ZipFile) -> None:
        kinds = {Path(name).suffix for name in wheel.namelist()}

        assert {".bpmn", ".dmn", ".html", ".yaml"} <= kinds

    def test_carries_no_tests_and_no_sources_of_scripts(self, wheel: zipfile.ZipFile) -> None:
        unwanted = [name for name in wheel.namelist() if "/tests/" in name or "/frontend/" in name]

        assert unwanted == []

    def test_says_what_it_needs_and_where_to_start(self, wheel: zipfile.ZipFile) -> None:
        info = next(name.rpartition("/")[0] for name in wheel.namelist() if name.endswith("/METADATA"))
        needs = Parser().parsestr(wheel.read(f"{info}/METADATA").decode()).get_all("Requires-Dist")

        assert needs is not None
        assert any(need.startswith("django~=") for need in needs)
        assert b"throughline = throughline.cli:main" in wheel.read(f"{info}/entry_points.txt")
