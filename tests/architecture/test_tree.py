"""Rules about the files of the tree: what they may name, how big they get, what has been released."""

from __future__ import annotations

import ast
import json
import re
import sys

import pytest

from tests.architecture.source import PACKAGE, ROOT, modules, texts, tracked_files

sys.path.insert(0, str(ROOT / "tools"))
import requirements

LINES = 800
LONGER_FOR_A_REASON = {"throughline.flow.bpmn.model"}  # the vocabulary of a standard, one record per element
MEGABYTE = 1_000_000
HEAVY_FOR_A_REASON = {"company.xz"}  # the sample company, which takes long to make and must be there at once
INLINE = re.compile(r"<[^>{%]*\s(on[a-z]+)\s*=|javascript:|\shx-on[:-]|['\"]js:", re.IGNORECASE)
ICON = re.compile(r"{% icon \"([\w-]+)\"")
PLACES = ("root", "home/[a-z]", "Users/[A-Za-z]", "work/(?:main|shared)", "opt/(?:wheels|pypi)")
REGISTRIES = ("registry[.]npmjs", "files[.]pythonhosted", "pypi[.]org/simple", "artifactory", "nexus[.]")
MACHINE = re.compile(rf"(?<![\w.])/(?:{'|'.join(PLACES)})(?:/[\w.-]+)+|{'|'.join(REGISTRIES)}")


class TestRequirementMarks:
    def test_name_requirements_that_exist(self) -> None:
        unknown = {
            number: tests for number, tests in requirements.carried().items() if number not in requirements.numbered()
        }

        assert unknown == {}

    def test_the_list_is_complete(self) -> None:
        assert len(requirements.numbered()) == 82


class TestTrackedFiles:
    def test_name_no_machine_and_no_registry(self) -> None:
        found = [
            f"{path.relative_to(ROOT)}: {match[0]}"
            for path, text in texts()
            if path != ROOT / "tests" / "architecture" / "test_tree.py" and (match := MACHINE.search(text))
        ]

        assert found == []

    def test_stay_small_enough_to_read(self) -> None:
        found = [
            f"{module.place}: {count} lines"
            for module in modules()
            if (count := module.text.count("\n")) > LINES
            and module.name not in LONGER_FOR_A_REASON
            and ".migrations." not in module.name
        ]

        assert found == []

    def test_are_no_heavy_blobs(self) -> None:
        found = [
            str(path.relative_to(ROOT))
            for path in tracked_files()
            if path.stat().st_size > MEGABYTE and path.name not in HEAVY_FOR_A_REASON
        ]

        assert found == []

    def test_lock_the_scripts_without_addresses(self) -> None:
        lock = json.loads((PACKAGE / "web" / "frontend" / "package-lock.json").read_text())

        resolved = [name for name, package in lock["packages"].items() if "resolved" in package]

        assert resolved == []

    def test_hold_nothing_built(self) -> None:
        found = [path for path in tracked_files() if "built" in path.parts or path.suffix == ".pyc"]

        assert found == []


class TestTemplates:
    def test_have_no_script_in_attributes(self) -> None:
        """The content security policy would silently stop it."""
        found = [
            f"{path.relative_to(ROOT)}: {match[0].strip()}"
            for path, text in texts()
            if path.suffix == ".html" and PACKAGE in path.parents and (match := INLINE.search(text))
        ]

        assert found == []

    @pytest.mark.parametrize("text", ['<a onclick="x()">', '<a href="javascript:x">', '<b hx-on:click="x">'])
    def test_would_be_caught(self, text: str) -> None:
        assert INLINE.search(text)

    def test_draw_only_icons_that_the_build_brings(self) -> None:
        """Another one would leave an empty square."""
        brought = (PACKAGE / "web" / "frontend" / "src" / "icons.txt").read_text().split()
        found = [
            f"{path.relative_to(ROOT)}: {name}"
            for path, text in texts()
            if path.suffix == ".html" and PACKAGE in path.parents
            for name in ICON.findall(text)
            if name not in brought
        ]

        assert found == []

    def test_have_no_inline_script_or_style_element(self) -> None:
        element = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>|<style\b", re.IGNORECASE)
        found = [
            f"{path.relative_to(ROOT)}: {match[0]}"
            for path, text in texts()
            if path.suffix == ".html"
            and PACKAGE / "web" / "templates" in path.parents
            and (match := element.search(text))
        ]

        assert found == []


class TestMigrations:
    def test_import_nothing_of_the_project(self) -> None:
        found = [
            f"{module.place}:{node.lineno}"
            for module in modules()
            if ".migrations." in module.name
            for node in ast.walk(module.tree)
            if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("throughline"))
            or (isinstance(node, ast.Import) and any(alias.name.startswith("throughline") for alias in node.names))
        ]

        assert found == []

    def test_are_named_by_what_they_do(self) -> None:
        found = [
            module.place
            for module in modules()
            if ".migrations." in module.name and re.search(r"_(initial|auto_\d+)$", module.name)
        ]

        assert found == []
