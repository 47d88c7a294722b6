"""Time always arrives as an argument; only the shells look at the clock."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import Module, dotted, modules

SHELLS = tuple(f"throughline.{name}" for name in ("cli", "config", "platform", "web", "api", "workers", "wiring"))
CLOCKS = {
    "now", "utcnow", "today", "localtime", "gmtime", "time_ns", "localdate", "get_current_timezone", "Now",
    "CurrentTimestamp", "CurrentDate", "TransactionNow",
}  # fmt: skip
OWNERS = {"datetime", "date", "timezone", "time", "dt", "functions", "Datetime", "pendulum"}
SQL_CLOCK = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)|"
    r"\bcurrent_(timestamp|date|time)\b|\blocaltimestamp\b",
    re.IGNORECASE,
)
STATEMENT = re.compile(r"\b(select|insert|update|delete|create|alter|where|values|returning)\b", re.IGNORECASE)


def _clock_calls(module: Module) -> Iterator[str]:
    imported = {
        alias.asname or alias.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module in {"time", "django.utils.timezone"}
        for alias in node.names
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            owner, _, last = name.rpartition(".")
            if (last in CLOCKS and owner.rpartition(".")[2] in OWNERS) or name in imported & CLOCKS or name == "Now":
                yield f"{module.place}:{node.lineno}: {name}()"
            if name == "time.time" or (name == "time" and "time" in imported):
                yield f"{module.place}:{node.lineno}: {name}()"
        if isinstance(node, ast.keyword) and (
            node.arg in {"auto_now", "auto_now_add"}
            or (node.arg in {"default", "db_default"} and dotted(node.value).rpartition(".")[2] in CLOCKS)
        ):
            yield f"{module.place}:{node.value.lineno}: {node.arg}"


def _sql_clocks(module: Module) -> Iterator[str]:
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            found = SQL_CLOCK.search(node.value)
            if found and STATEMENT.search(node.value):
                yield f"{module.place}:{node.lineno}: {found[0]} in SQL"


class TestClock:
    def test_is_looked_at_by_shells_only(self) -> None:
        found = [call for module in modules() if not module.within(*SHELLS) for call in _clock_calls(module)]

        assert found == []

    def test_is_not_hidden_in_sql(self) -> None:
        found = [
            clock
            for module in modules()
            if not module.within(*SHELLS, "throughline.flow")
            for clock in _sql_clocks(module)
        ]

        assert found == []


class TestTheRuleItself:
    def test_finds_each_way_of_asking_the_clock(self) -> None:
        text = (
            "from django.utils import timezone\nfrom datetime import datetime\nimport time\n"
            "a = timezone.now()\nb = datetime.now(UTC)\nc = time.time()\n"
            "d = models.DateTimeField(auto_now=True)\ne = models.DateTimeField(default=timezone.now)\n"
        )
        module = _module(text)

        assert len(list(_clock_calls(module))) == 5

    def test_finds_a_clock_in_sql_and_leaves_prose_alone(self) -> None:
        module = _module('"""select now()"""\na = "UPDATE x SET at = now()"\nb = "do it now ( )"\n')

        assert list(_sql_clocks(module)) == ["example.py:2: now() in SQL"]


def _module(text: str) -> Module:
    from tests.architecture.source import ROOT

    module = Module("example", ROOT / "example.py")
    module.__dict__["text"] = text
    return module
