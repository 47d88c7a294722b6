"""
Prints each numbered requirement of docs/requirements.md with the tests that carry it.

Reads the tests' source, not their results: ``@pytest.mark.req("B5")`` on a function, a class or a module.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r"\b([A-N]\d+)\b")


def numbered() -> dict[str, str]:
    """Return each number of docs/requirements.md with the beginning of its text, in the document's order."""
    text = (ROOT / "docs" / "requirements.md").read_text()
    pieces = re.split(r"(?:^- |(?<=\. )|(?<=\) ))(?=[A-N]\d+ )", text, flags=re.MULTILINE)
    found = {}
    for piece in pieces:
        if match := re.match(r"([A-N]\d+) (.+)", piece):
            found[match[1]] = match[2]
    return found


def carried() -> dict[str, list[str]]:
    """Return each number that a test names, with the tests."""
    tests: dict[str, list[str]] = defaultdict(list)
    for path in sorted([*ROOT.glob("src/**/tests/**/test_*.py"), *ROOT.glob("tests/**/test_*.py")]):
        for number, name in _marks(ast.parse(path.read_text()), str(path.relative_to(ROOT)), ()):
            tests[number].append(name)
    return dict(tests)


def _marks(tree: ast.Module | ast.ClassDef, place: str, outer: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    here = (*outer, *_numbers([node.value for node in tree.body if isinstance(node, ast.Assign) and _is_mark(node)]))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _marks(node, f"{place}::{node.name}", (*here, *_numbers(node.decorator_list)))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            for number in dict.fromkeys((*here, *_numbers(node.decorator_list))):
                yield number, f"{place}::{node.name}"


def _is_mark(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)


def _numbers(expressions: list[ast.expr]) -> list[str]:
    calls = [call for expression in expressions for call in ast.walk(expression) if isinstance(call, ast.Call)]
    marks = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "req"]
    return [str(word.value) for call in marks for word in call.args if isinstance(word, ast.Constant)]


def main() -> None:
    """Print the list and how many requirements have a test."""
    tests = carried()
    known = numbered()
    for number, text in known.items():
        print(f"{number:<4} {text[:110]}")
        for name in tests.get(number, ["(no test yet)"]):
            print(f"       {name}")
    print(f"\n{sum(number in tests for number in known)} of {len(known)} requirements have a test.")


if __name__ == "__main__":
    main()
