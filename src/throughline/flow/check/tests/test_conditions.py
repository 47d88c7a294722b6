"""Whether conditions that cannot hold are found, and those that can are left alone."""

from __future__ import annotations

import pytest

from throughline.flow.check import Finding, Known, check, outputs_of
from throughline.flow.check.tests.charts import chart

pytestmark = pytest.mark.req("A10")

RUN = '<tl:procedure key="p" record="lead"/>'
KNOWN = Known(
    fields={"lead": frozenset({"status", "score", "name", "since"})},
    choices={"lead": {"status": frozenset({"New", "Won"})}},
)
RESULTS = frozenset({"never-true", "unknown-value", "shadowed", "no-default"})
CALL = """<userTask id="call" name="Call"><extensionElements><tl:workItem queue='"sales"' result="contact">
  <tl:outcome value="reached"/><tl:outcome value="no_answer"/><tl:field name="hot" type="boolean"/>
  <tl:field name="budget" type="choice" options="known, none"/><tl:field name="amount" type="number"/>
</tl:workItem></extensionElements></userTask>"""


def arrow(target: str, condition: str, source: str = "x1") -> str:
    return (
        f'<sequenceFlow id="{source}_{target}" name="{target}" sourceRef="{source}" targetRef="{target}">'
        f"<conditionExpression><![CDATA[{condition}]]></conditionExpression></sequenceFlow>"
    )


def findings(*conditions: str, known: Known = KNOWN, defined: str = CALL, gateway: str = "x1") -> list[Finding]:
    """What is found about a decision after a call whose arrows have these conditions, in this order."""
    ends = [f"end{number}" for number in range(1, len(conditions) + 1)]
    arrows = "".join(arrow(end, condition, gateway) for end, condition in zip(ends, conditions, strict=True))
    drawn = chart(
        f"start > call > {gateway}",
        *(f"{gateway} > {end}" for end in ends),
        defined=defined,
        extra=arrows,
        procedure=RUN,
    )
    return [finding for finding in check(drawn, known) if finding.rule in RESULTS]


def told(*conditions: str, known: Known = KNOWN, defined: str = CALL) -> list[tuple[str, str]]:
    """The same as rule and element, for conditions beside one that always holds."""
    found = findings(*conditions, "contact != null or contact = null", known=known, defined=defined)
    return [(finding.rule, finding.element) for finding in found if finding.rule != "no-default"]


class TestNeverTrue:
    @pytest.mark.parametrize(
        "condition",
        [
            'contact = "reachd"',
            'contact in ("reachd", "answered")',
            "contact = 5",
            "contact > 3",
            'hot = "yes"',
            'budget = "unknown"',
            'lead.status = "Lost"',
            "lead.score > 10 and lead.score < 5",
            "lead.score > 10 and not(lead.score > 5)",
            'lead.name = "a" and lead.name = "b"',
            "lead.score = 5 and lead.score != 5",
            "lead.score in [1..3] and lead.score in [5..7]",
            "lead.score between 5 and 3",
            'lead.score > 5 and lead.score = "5"',
            'lead.since > date("2026-03-01") and lead.since < date("2026-02-01")',
            'lead.since > date("2026-03-01") and lead.since < date("2026-03-02")',
            'lead.score > duration("P1M") and lead.score < duration("P2M")',
            'lead.score > duration("PT2S") and lead.score < duration("PT1S")',
            "lead.name = null and lead.name != null",
            'lead.name < ""',
            "contains(lead.name, lead.status) and contact = 5",
            "contains(lead.name, lead.status) and not(contains(lead.name, lead.status))",
            'hot and contact = "reachd"',
            "false",
            "null",
            '"yes"',
            'if contact = "reached" then false else contact = "reachd"',
        ],
    )
    def test_a_condition_that_no_value_makes_true_is_told(self, condition: str) -> None:
        assert told(condition) == [("never-true", "x1_end1")]

    @pytest.mark.parametrize(
        "condition",
        [
            'contact = "reached"',
            'contact != "reached"',
            "contact = null",
            "hot",
            "not(hot)",
            "lead.score > 10 and lead.score < 20",
            "lead.score > 3 and lead.score < 4",
            'lead.name > "a" and lead.name < "ab"',
            'lead.name != "a" and lead.name != "b"',
            "lead.score between 3 and 3",
            "lead.score in [1..3] and lead.score in [3..7]",
            'lead.since > date("2026-03-01") and lead.since < date("2026-03-03")',
            "amount > lead.score",
            "amount + 1 < amount",
            'contains(lead.name, "x") and not(contains(lead.name, "y"))',
            "lead.score != null",
            "count(lead.name) > 3 and count(lead.name) < 2",
            'some each in [1, 2] satisfies each = lead.score and contact = "reached"',
            'if contact = "reached" then hot else lead.score > 3',
            'lead.since + duration("P1D") < today()',
            'list contains(["reached"], contact)',
            "amount between lead.score and 5",
            "amount in [lead.score..5]",
            "amount in lead.score",
            "lead.since = date(lead.name)",
            "lead.since = someday(1)",
            'lead.score > duration("P1M") and lead.score < duration("P3M")',
            'lead.score > duration("PT1S") and lead.score < duration("PT2S")',
            'contact in ["reached", "no_answer"]',
        ],
    )
    def test_a_condition_that_may_hold_is_left_alone(self, condition: str) -> None:
        assert told(condition) == []

    def test_it_says_what_there_is_instead(self) -> None:
        [finding, *_] = findings('contact = "reachd"', 'contact = "reached"')

        assert finding.severity == "error"
        assert finding.message == (
            "Expected the arrow “end1” out of “x1” to be taken some time, but “contact” is compared with “reachd”, but "
            "“Call” gives only “no_answer” or “reached”. Correct the value, or add it there."
        )

    def test_a_name_that_something_else_may_set_can_be_anything(self) -> None:
        script = '<scriptTask id="redo" tl:result="contact"><script>lead.name</script></scriptTask>'
        drawn = chart(
            "start > call > redo > x1 > end1",
            defined=CALL + script,
            extra=arrow("end1", 'contact = "reachd"') + arrow("end2", "true"),
            procedure=RUN,
        )

        assert "never-true" not in {finding.rule for finding in check(drawn, KNOWN)}

    def test_the_constants_of_a_script_are_its_values(self) -> None:
        script = (
            '<scriptTask id="call" tl:result="size"><script>if lead.score > 5 then "big" else "small"</script>'
            "</scriptTask>"
        )

        assert told('size = "bigger"', defined=script) == [("never-true", "x1_end1")]
        assert told('size = "big"', defined=script) == []

    def test_a_script_that_cannot_be_read_may_give_anything(self) -> None:
        script = '<scriptTask id="call" tl:result="size"><script>if (</script></scriptTask>'

        assert told('size = "bigger"', defined=script) == []

    @pytest.mark.parametrize(
        "other",
        [
            '<dataObject id="contact" name="contact"/>',
            '<task id="more"><property id="contact" name="contact"/></task>',
            '<task id="more"><multiInstanceLoopCharacteristics><inputDataItem id="contact"/>'
            "</multiInstanceLoopCharacteristics></task>",
            '<task id="more"><multiInstanceLoopCharacteristics><loopDataOutputRef>contact</loopDataOutputRef>'
            "</multiInstanceLoopCharacteristics></task>",
        ],
    )
    def test_a_name_that_is_also_data_of_a_step_or_the_chart_can_be_anything(self, other: str) -> None:
        assert told('contact = "reachd"', defined=CALL + other) == []

    def test_a_record_that_a_step_replaces_can_be_anything(self) -> None:
        script = '<scriptTask id="redo" tl:result="lead"><script>contact</script></scriptTask>'

        assert told('lead.status = "Lost"', defined=CALL + script) == []

    def test_an_answer_that_is_kept_nowhere_sets_nothing(self) -> None:
        unkept = CALL.replace('result="contact"', 'result=""')

        assert told('hot = "yes"', defined=unkept) == [("never-true", "x1_end1")]

    def test_an_event_that_cannot_happen_is_told(self) -> None:
        event = (
            '<intermediateCatchEvent id="wait"><conditionalEventDefinition><condition>lead.status = "Lost"</condition>'
            "</conditionalEventDefinition></intermediateCatchEvent>"
        )

        found = check(chart("start > wait > end", defined=event, procedure=RUN), KNOWN)

        assert [(f.rule, f.element) for f in found if f.rule in RESULTS] == [("never-true", "wait")]

    def test_more_combinations_than_are_tried_are_not_judged(self) -> None:
        many = " and ".join(f"lead.score > {number} and amount > {number}" for number in range(40))

        assert told(f"{many} and amount < 0") == []


class TestUnknownValue:
    def test_one_wrong_value_among_right_ones_is_a_warning(self) -> None:
        [finding] = [f for f in findings('contact = "reached" or contact = "reachd"') if f.rule == "unknown-value"]

        assert (finding.severity, finding.element) == ("warning", "x1_end1")
        assert "“reachd”" in finding.message


class TestTables:
    TABLE = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="t" namespace="t" id="t">'
        '<decision name="Route" id="d"><decisionTable hitPolicy="{policy}"><input id="i"><inputExpression id="e">'
        '<text>lead.score</text></inputExpression></input><output id="o1" name="team"/><output id="o2" name="level"/>'
        '<rule id="r1"><inputEntry id="a"><text>&lt; 5</text></inputEntry><outputEntry id="b"><text>"A"</text>'
        '</outputEntry><outputEntry id="c"><text>1</text></outputEntry></rule>'
        '<rule id="r2"><inputEntry id="f"><text>-</text></inputEntry><outputEntry id="g"><text>"B"</text>'
        '</outputEntry><outputEntry id="h"><text>lead.score</text></outputEntry></rule>'
        "</decisionTable></decision></definitions>"
    )
    TASK = (
        '<businessRuleTask id="call"><extensionElements><tl:decision ref="route" decision="Route" result="route"/>'
        "</extensionElements></businessRuleTask>"
    )

    def known(self, policy: str) -> Known:
        outputs = outputs_of({"route": self.TABLE.format(policy=policy).encode(), "broken": b"<x"})
        return Known(fields=KNOWN.fields, outputs=outputs)

    def test_an_output_that_the_table_never_returns_is_told(self) -> None:
        assert told('route.team = "C"', known=self.known("FIRST"), defined=self.TASK) == [("never-true", "x1_end1")]

    def test_an_output_that_it_returns_or_computes_is_left_alone(self) -> None:
        assert told('route.team = "B"', known=self.known("FIRST"), defined=self.TASK) == []
        assert told("route.level = 17", known=self.known("FIRST"), defined=self.TASK) == []

    def test_a_list_of_hits_is_not_judged(self) -> None:
        assert told('route.team = "C"', known=self.known("COLLECT"), defined=self.TASK) == []

    def test_a_decision_that_is_kept_nowhere_sets_nothing(self) -> None:
        unkept = self.TASK.replace('result="route"', 'result=""')

        assert told('route.team = "C"', known=self.known("FIRST"), defined=unkept) == []

    @pytest.mark.parametrize(
        ("logic", "name"),
        [
            ('<literalExpression id="e"><text>if a then "A" else "B"</text></literalExpression>', "route"),
            (
                '<context id="c"><contextEntry id="n"><variable name="team" id="v"/><literalExpression id="e">'
                '<text>if a then "A" else "B"</text></literalExpression></contextEntry><contextEntry id="r">'
                '<literalExpression id="f"><text>team</text></literalExpression></contextEntry></context>',
                "route.team",
            ),
        ],
    )
    def test_the_constants_of_other_logic_are_its_values(self, logic: str, name: str) -> None:
        xml = (
            '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="t" namespace="t" id="t">'
            f'<decision name="Route" id="d">{logic}</decision></definitions>'
        )
        known = Known(fields=KNOWN.fields, outputs=outputs_of({"route": xml.encode()}))

        assert told(f'{name} = "C"', known=known, defined=self.TASK) == [("never-true", "x1_end1")]
        assert told(f'{name} = "B"', known=known, defined=self.TASK) == []


class TestShadowed:
    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            ("lead.score > 5", "lead.score > 10"),
            ("true", 'contact = "reached"'),
            ('contact = "reached"', 'contact = "reached" and hot'),
            ('contact in ("reached", "no_answer")', 'contact = "no_answer"'),
            ("contains(lead.name, lead.status)", "hot and contains( lead.name, lead.status )"),
            ("amount > lead.score", "amount > lead.score"),
        ],
    )
    def test_an_arrow_whose_turn_never_comes_is_told(self, earlier: str, later: str) -> None:
        found = [(f.rule, f.element) for f in findings(earlier, later) if f.rule != "no-default"]

        assert found == [("shadowed", "x1_end2")]

    def test_arrows_that_take_all_of_it_together_are_named(self) -> None:
        found = findings("lead.score > 5", "lead.score <= 5", "lead.score = 3 or lead.score = 7")

        [shadowed] = [f for f in found if f.rule == "shadowed"]
        assert shadowed.element == "x1_end3"
        assert "“end1” or “end2” is taken before it" in shadowed.message

    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            ("lead.score > 10", "lead.score > 5"),
            ("lead.score > 5", "lead.score <= 5"),
            ("lead.score > 5", "amount > 10"),
            ('contact = "reached"', "hot"),
        ],
    )
    def test_an_arrow_that_gets_its_turn_is_left_alone(self, earlier: str, later: str) -> None:
        assert [f.rule for f in findings(earlier, later) if f.rule != "no-default"] == []


class TestNoDefault:
    def test_a_gap_is_told_with_an_example_and_the_way_there(self) -> None:
        [finding] = findings("lead.score > 5", "lead.score < 5")

        assert (finding.rule, finding.element) == ("no-default", "x1")
        assert "such as when lead.score is 5)" in finding.message
        assert finding.trace == ("start", "call", "x1")

    def test_a_gap_that_no_case_comes_to_has_no_way_there(self) -> None:
        gaps = arrow("end1", "lead.score > 5") + arrow("back", "lead.score < 5")
        drawn = chart("start > call > end", "x1 > back > x1", "x1 > end1", defined=CALL, extra=gaps, procedure=RUN)

        [finding] = [f for f in check(drawn, KNOWN) if f.rule == "no-default"]

        assert (finding.element, finding.trace) == ("x1", ())

    def test_answers_that_are_all_there_leave_no_gap(self) -> None:
        assert findings('contact = "reached"', 'contact = "no_answer"') == []

    def test_an_answer_that_may_be_missing_leaves_one(self) -> None:
        [finding] = findings("hot", "not(hot)")

        assert "hot is empty" in finding.message

    def test_an_inclusive_decision_needs_one_that_holds_too(self) -> None:
        [finding] = findings("hot", "amount > 3", gateway="or1")

        assert (finding.rule, finding.element) == ("no-default", "or1")
