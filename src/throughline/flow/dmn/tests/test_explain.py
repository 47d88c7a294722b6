"""Explanations: which rules made a decision, in a form that can be stored."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from throughline.flow.dmn.tests.drawing import data, decision, feel, model_of, table
from throughline.flow.values import Value

SCORE = table(
    ["fit"], ["points"], ["> 5 => 10 // fits", "> 2 => 5 // half", "< 0 => 1"], policy="COLLECT", aggregation="SUM"
)
ROUTE = table(["region", "score"], ["owner"], ['"EU" | >= 10 => "Maya" // hot in Europe', '"EU" | < 10 => "Alma"'])
MODEL = model_of(
    data("region")
    + data("fit")
    + decision("score", SCORE, requires=["i:fit"])
    + decision("Route", ROUTE, requires=["i:region", "d:score"])
    + decision("Plain", feel("Route"), requires=["d:Route"])
)


class TestExplain:
    @pytest.mark.req("C2")
    def test_it_names_the_rules_with_their_notes_and_inputs(self) -> None:
        explanation = MODEL.explain("Route", {"region": "EU", "fit": Decimal(9)})

        assert explanation.value == "Maya"
        (rule,) = explanation.rules
        assert (rule.number, rule.id) == (1, "r1")
        assert rule.inputs == (("region", "EU"), ("score", Decimal(15)))
        assert rule.conditions == ('"EU"', ">= 10")
        assert rule.outputs == (("owner", "Maya"),)
        assert rule.annotations == (("Note", "hot in Europe"),)

    def test_it_tells_every_decision_on_the_way(self) -> None:
        explanation = MODEL.explain("Plain", {"region": "EU", "fit": Decimal(9)})

        assert [(each.name, each.value) for each in explanation.decided] == [
            ("score", 15),
            ("Route", "Maya"),
            ("Plain", "Maya"),
        ]
        assert [rule.number for rule in explanation.decided[0].tables[0].rules] == [1, 2]

    def test_the_reason_is_a_sentence_per_table(self) -> None:
        assert MODEL.explain("Route", {"region": "EU", "fit": Decimal(9)}).reason == (
            'Route: "Maya", by rule 1 (region = "EU", score = 15): hot in Europe. '
            "score: 15, by rule 1 and rule 2 (fit = 9): fits; half."
        )
        assert MODEL.explain("Route", {"region": "US", "fit": Decimal(9)}).reason.startswith(
            "Route: null, because no rule matches."
        )

    def test_it_can_be_stored_as_json(self) -> None:
        stored = MODEL.explain("Route", {"region": "EU", "fit": Decimal(9)}).to_json()

        text = json.dumps(stored, default=str)

        assert json.loads(text)["decided"][1]["tables"][0]["rules"][0]["annotations"] == {"Note": "hot in Europe"}

    def test_it_says_what_became_null(self) -> None:
        explanation = MODEL.explain("Route", {"region": "EU", "fit": "good"})

        assert explanation.value is None
        assert any("Expected values of one kind" in warning for warning in explanation.warnings)

    def test_explaining_changes_nothing_of_the_decision(self) -> None:
        inputs: dict[str, Value] = {"region": "EU", "fit": Decimal(3)}

        assert MODEL.explain("Route", inputs).value == MODEL.decide("Route", inputs) == "Alma"
