"""Expressions of a chart: what they read, and what they say of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from throughline.flow.engine.formula import Formula
from throughline.flow.values import Function, from_datetime

NOW = from_datetime(datetime(2026, 1, 5, 9, tzinfo=UTC))


class TestFormula:
    def test_says_what_it_reads(self) -> None:
        formula = Formula("lead.region = region and n > 1")

        assert formula.reads == ("lead.region", "n", "region")
        assert formula.roots == {"lead", "n", "region"}

    def test_gives_its_value(self) -> None:
        assert Formula("n + 1")({"n": Decimal(1)}, NOW) == 2


class TestExplain:
    def test_tells_the_values_it_saw(self) -> None:
        assert Formula('lead.region = "EU"').explain({"lead": {"region": "NO"}}) == 'lead.region = "NO"'

    def test_tells_null_where_the_path_breaks_off(self) -> None:
        assert Formula("lead.owner.name").explain({"lead": "L7"}) == "lead.owner.name = null"

    def test_is_the_text_when_nothing_is_read(self) -> None:
        assert Formula("1 = 2").explain({}) == "1 = 2"

    def test_tells_a_value_that_cannot_be_written_as_well_as_it_can(self) -> None:
        function = Function("f", (), lambda arguments, _run: arguments)

        assert Formula("f = 1").explain({"f": function}).startswith("f = ")
