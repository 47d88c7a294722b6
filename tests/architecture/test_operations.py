"""A write is one operation: keyword-only, told by whom and when."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Module, dotted, modules

CAPABILITIES = ("throughline.core", "throughline.crm", "throughline.insight", "throughline.connect")
OWN_MARKS = {"mark_read"}  # what only the reader sees is no business fact and has no other author


def _operations() -> Iterator[tuple[Module, ast.FunctionDef]]:
    for module in modules():
        parts = module.name.split(".")
        if module.within(*CAPABILITIES) and "operations" in parts:
            for node in module.tree.body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _writes(node):
                    yield module, node


def _writes(function: ast.FunctionDef) -> bool:
    """An operation is atomic; what only helps another (a plan, a check) is not."""
    return any(
        dotted(decorator.func if isinstance(decorator, ast.Call) else decorator).endswith("atomic")
        for decorator in function.decorator_list
    )


class TestOperations:
    def test_take_keywords_only(self) -> None:
        found = [
            f"{module.place}:{function.lineno}: {function.name}"
            for module, function in _operations()
            if function.args.args or function.args.posonlyargs or function.args.vararg
        ]

        assert found == []

    def test_are_told_by_whom_and_when(self) -> None:
        found = [
            f"{module.place}:{function.lineno}: {function.name} takes no {missing}"
            for module, function in _operations()
            if function.name not in OWN_MARKS
            for missing in {"by", "at"} - {argument.arg for argument in function.args.kwonlyargs}
        ]

        assert found == []

    def test_exist(self) -> None:
        """The two rules above are not kept by looking at nothing."""
        assert len(list(_operations())) > 10
