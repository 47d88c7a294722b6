"""What the proof before publishing knows of fields and decision tables."""

from __future__ import annotations

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from tests.procedures.test_publishing import publish_table
from throughline.core.procedures import answers, operations
from throughline.core.refusals import Refusal


def drawing(condition: str) -> bytes:
    """A chart that asks the table, and parts its cases by a condition."""
    ask = c.element(
        "businessRuleTask",
        "route",
        c.tl(
            "decision",
            c.tl("input", name="Region", value="lead.region"),
            ref="route",
            decision="Route lead",
            result="team",
        ),
    )
    return c.chart(
        c.captured(),
        ask,
        c.element("exclusiveGateway", "which"),
        c.work("a"),
        c.work("b"),
        c.end(),
        c.flows("captured > route > which", f"which >[{condition}] a > end", "which >[true] b > end"),
    )


@pytest.mark.req("A10")
class TestProof:
    def test_the_choices_of_fields_and_the_answers_of_tables_are_known(self, desk: Desk) -> None:
        publish_table(desk, "north")

        assert "New" in answers.choices()["lead"]["status"]
        assert answers.outputs() == {("route", "Route lead"): {(): frozenset({"north", "south"})}}

    @pytest.mark.parametrize("condition", ['team = "west"', 'lead.status = "Newish"'])
    def test_an_answer_that_never_comes_keeps_a_chart_from_being_published(self, desk: Desk, condition: str) -> None:
        publish_table(desk, "north")

        with pytest.raises(Refusal, match="is compared with") as refused:
            desk.publish(drawing(condition))

        assert refused.value.code == "not_sound"

    @pytest.mark.parametrize("condition", ['team = "north"', 'lead.status = "New"'])
    def test_an_answer_that_may_come_does_not(self, desk: Desk, condition: str) -> None:
        publish_table(desk, "north")

        desk.publish(drawing(condition))

        assert operations.retire(key="test", by=desk.admin, at=desk.now, reason="Done.") == 0
