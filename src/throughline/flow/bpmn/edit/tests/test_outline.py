from __future__ import annotations

from throughline.flow.bpmn import edit
from throughline.flow.bpmn.edit.tests.charts import FIRST_CONTACT, MAIL


class TestOutline:
    def test_reads_from_the_start_along_the_ways(self) -> None:
        names = [row.node.name or row.id for row in edit.outline(FIRST_CONTACT)]

        assert names == [
            "Lead captured",
            "Call the lead",
            "Reached?",
            "Done",
            "Lost",
            "late",
            "Tell the manager",
            "Told",
        ]

    def test_says_what_follows_and_when(self) -> None:
        decision = next(row for row in edit.outline(FIRST_CONTACT) if row.id == "reached")

        assert [(each.label, each.target_name, each.otherwise) for each in decision.exits] == [
            ("Yes", "Done", False),
            ("No", "Lost", True),
        ]

    def test_a_way_to_an_earlier_step_goes_back(self) -> None:
        chart = edit.redirect(FIRST_CONTACT, flow="no", target="call")

        decision = next(row for row in edit.outline(chart) if row.id == "reached")

        assert [each.back for each in decision.exits] == [False, True]

    def test_what_nothing_leads_to_comes_last_and_is_said(self) -> None:
        chart, made = edit.add_alone(FIRST_CONTACT, step=MAIL)

        last = edit.outline(chart)[-1]

        assert (last.id, last.reached) == (made, False)
        assert all(row.reached for row in edit.outline(FIRST_CONTACT))
