from __future__ import annotations

from dataclasses import replace

from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import FIRST_CONTACT, GROUPED, MAIL, PLAIN


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

    def test_the_steps_of_a_group_follow_it_one_level_deeper(self) -> None:
        assert [(row.depth, row.node.name) for row in edit.outline(GROUPED)] == [
            (0, "Begin"),
            (0, "Order"),
            (1, "Opened"),
            (1, "Pick"),
            (1, "Packing"),
            (2, "Wrap"),
            (0, "End"),
            (0, "Sold out"),
            (0, "Say sorry"),
            (1, "Ring"),
        ]

    def test_a_way_to_nothing_is_not_told(self) -> None:
        (process,) = PLAIN.processes
        loose = model.SequenceFlow(id="loose", source="one", target="never")
        chart = replace(PLAIN, elements=(replace(process, elements=(*process.elements, loose)),))

        assert [[each.flow for each in row.exits] for row in edit.outline(chart)] == [["begin_one"], ["one_end"], []]

    def test_steps_that_only_lead_to_each_other_are_told_once(self) -> None:
        chart, made = edit.add_alone(PLAIN, step=MAIL)
        chart, other = edit.add_after(chart, after=made, step=MAIL)
        chart = edit.connect(chart, source=other, target=made)

        assert [(row.id, row.reached) for row in edit.outline(chart)] == [
            ("begin", True), ("one", True), ("end", True), (other, False), (made, False),
        ]  # fmt: skip
