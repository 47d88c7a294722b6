"""Script tasks and business rule tasks: what the kernel works out by itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from throughline.flow import dmn
from throughline.flow.engine import ChartRefused, events
from throughline.flow.engine.effects import OfferWork, PerformAction
from throughline.flow.engine.tests.walking import ENDLESS, Walk, draw, settings

ROUTE = dmn.compile_model(
    dmn.read(b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="test">
    <inputData id="i" name="region"><variable name="region" typeRef="string"/></inputData>
    <decision id="r" name="Route"><variable name="Route" typeRef="string"/>
     <informationRequirement><requiredInput href="#i"/></informationRequirement>
     <decisionTable hitPolicy="FIRST"><input><inputExpression><text>region</text></inputExpression></input>
      <output name="to"/>
      <rule id="eu"><inputEntry><text>"EU"</text></inputEntry><outputEntry><text>"Maya"</text></outputEntry></rule>
      <rule id="rest"><inputEntry><text>-</text></inputEntry><outputEntry><text>"Tom"</text></outputEntry></rule>
     </decisionTable></decision></definitions>""")
)
ASKED = '<tl:decision ref="route-lead" decision="Route" result="owner">INPUT</tl:decision>'
ROUTING = f"""
    startEvent start
    businessRuleTask route {settings(ASKED)}
    start > route
"""


class TestScript:
    def test_keeps_its_value_in_the_variable_it_names(self) -> None:
        chart = draw("""
            startEvent start
            scriptTask add scriptFormat=feel tl:result=total <script>a + b</script>
            start > add
        """)

        assert Walk(chart).start(a=1, b=2).variables["total"] == Decimal(3)

    def test_is_refused_in_a_language_nobody_runs(self) -> None:
        with pytest.raises(ChartRefused, match="Expected script 's' to be FEEL, but its format is 'javascript'"):
            draw("scriptTask s scriptFormat=javascript <script>1</script>")

    def test_is_refused_when_it_cannot_be_read(self) -> None:
        with pytest.raises(ChartRefused) as refusal:
            draw("scriptTask s <script>1 +</script>")

        assert [each.rule for each in refusal.value.problems] == ["expression"]

    def test_runs_when_a_person_completes_it_by_hand(self) -> None:
        chart = draw("scriptTask add tl:result=x <script>40 + 2</script>", by_hand=("add",))
        walk = Walk(chart).start()
        assert len(walk.asked(OfferWork)) == 1

        assert walk.complete("add").variables["x"] == Decimal(42)

    def test_that_would_not_end_becomes_an_incident(self) -> None:
        chart = draw(f"scriptTask endless tl:result=x <script>{ENDLESS}</script>")

        walk = Walk(chart).start()

        assert walk.incident.kind == "expression"
        assert walk.status == "waiting"


@pytest.mark.req("B4")
class TestDecision:
    def test_takes_its_inputs_from_what_is_in_scope(self) -> None:
        chart = draw(ROUTING.replace("INPUT", ""), decisions={"route-lead": ROUTE})

        assert Walk(chart).start(region="EU").variables["owner"] == "Maya"

    def test_takes_its_inputs_from_mappings(self) -> None:
        mapping = '<tl:input name="region" value="lead.region"/>'
        chart = draw(ROUTING.replace("INPUT", mapping), decisions={"route-lead": ROUTE})

        assert Walk(chart, facts={"lead": {"region": "US"}}).start().variables["owner"] == "Tom"

    def test_keeps_which_rule_gave_the_answer(self) -> None:
        walk = Walk(draw(ROUTING.replace("INPUT", ""), decisions={"route-lead": ROUTE})).start(region="EU")

        (made,) = (each for each in walk.events if isinstance(each, events.DecisionMade))

        assert (made.decision, made.result, made.rules) == ("Route", "Maya", ("eu",))
        assert made.reason

    def test_is_refused_when_the_table_is_not_there(self) -> None:
        with pytest.raises(ChartRefused) as refusal:
            draw(ROUTING.replace("INPUT", ""))

        assert [each.rule for each in refusal.value.problems] == ["decision"]


class TestDecisionByOtherMeans:
    def test_without_a_table_is_an_action(self) -> None:
        asked = settings('<tl:action name="rules.ask"/>')

        walk = Walk(draw(f"startEvent start\nbusinessRuleTask ask {asked}\nstart > ask")).start()

        assert [each.action for each in walk.asked(PerformAction)] == ["rules.ask"]

    def test_is_left_to_a_person_while_its_table_is_not_there(self) -> None:
        chart = draw(ROUTING.replace("INPUT", ""), by_hand=("route",))

        assert len(Walk(chart).start().asked(OfferWork)) == 1

    def test_gives_its_answer_to_mappings_alone_when_no_variable_is_named(self) -> None:
        asked = '<tl:decision ref="route-lead" decision="Route"><tl:output name="who" value="result"/></tl:decision>'
        chart = draw(
            f"startEvent start\nbusinessRuleTask route {settings(asked)}\nstart > route",
            decisions={"route-lead": ROUTE},
        )

        assert Walk(chart).start(region="EU").variables == {"region": "EU", "who": "Maya"}
