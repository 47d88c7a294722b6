"""Whether names, actions, owners and decisions that are missing are found, and those that are there are left alone."""

from __future__ import annotations

import pytest

from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.check import Known, check
from throughline.flow.check.tests.charts import chart

pytestmark = pytest.mark.req("A10")

RUN = '<tl:procedure key="p" record="lead"/>'
TAG = ActionSpec(name="record.tag", title="Tag", inputs=(Parameter(name="tags", type="list", required=True),))
KNOWN = Known(
    actions={"record.tag": TAG},
    fields={"lead": frozenset({"name", "region"})},
    decisions=frozenset({"route-lead"}),
)
TWO_INPUTS = '<tl:input name="tags" value="[]"/><tl:input name="x" value="1"/>'
SALES = """<tl:workItem queue='"sales"' result="answer"/>"""
WORK = f'<userTask id="work"><extensionElements>{SALES}</extensionElements></userTask>'


def rules(*ways: str, **more: str) -> list[tuple[str, str]]:
    return [(f.rule, f.element) for f in check(chart(*ways, procedure=RUN, **more), KNOWN) if f.severity == "error"]


def arrow(source: str, target: str, condition: str) -> str:
    return (
        f'<sequenceFlow id="{source}_{target}" name="?" sourceRef="{source}" targetRef="{target}">'
        f"<conditionExpression>{condition}</conditionExpression></sequenceFlow>"
    )


class TestNames:
    def test_an_outcome_and_a_field_of_the_record_may_be_read(self) -> None:
        extra = arrow("x1", "end", 'answer = "yes"') + arrow("x1", "end2", 'lead.region = "North"')

        assert rules("start > work > x1 > end", "x1 > end2", defined=WORK, extra=extra) == []

    def test_a_name_that_nothing_sets_is_told(self) -> None:
        extra = arrow("x1", "end", 'anser = "yes"') + arrow("x1", "end2", "true")

        found = rules("start > work > x1 > end", "x1 > end2", defined=WORK, extra=extra)

        assert found == [("unbound-name", "x1_end")]

    def test_a_field_that_the_record_does_not_have_is_told(self) -> None:
        extra = arrow("x1", "end", 'lead.regoin = "North"') + arrow("x1", "end2", "true")

        assert rules("start > work > x1 > end", "x1 > end2", defined=WORK, extra=extra) == [("unknown-field", "x1_end")]

    def test_a_field_that_the_record_does_not_have_is_named(self) -> None:
        extra = arrow("x1", "end", 'lead.regoin = "North"') + arrow("x1", "end2", "answer = 1")
        drawn = chart("start > work > x1 > end", "x1 > end2", procedure=RUN, defined=WORK, extra=extra)

        assert [found.name for found in check(drawn, KNOWN) if found.name] == ["regoin"]

    def test_an_expression_that_cannot_be_read_is_told_where_it_stands(self) -> None:
        extra = arrow("x1", "end", "answer = (") + arrow("x1", "end2", "true")

        assert rules("start > work > x1 > end", "x1 > end2", defined=WORK, extra=extra) == [("expression", "x1_end")]

    def test_data_that_is_drawn_may_be_read(self) -> None:
        drawn = WORK + '<dataObject id="offer" name="offer"/>'
        extra = arrow("x1", "end", "offer.sum = 1") + arrow("x1", "end2", "true")

        assert rules("start > work > x1 > end", "x1 > end2", defined=drawn, extra=extra) == []

    def test_a_repeated_step_may_read_the_item_at_hand_and_its_count(self) -> None:
        loop = (
            "<multiInstanceLoopCharacteristics><loopCardinality>anzahl</loopCardinality>"
            '<inputDataItem id="i" name="each"/><completionCondition>numberOfCompletedInstances = 2 and each != null'
            "</completionCondition></multiInstanceLoopCharacteristics>"
        )
        task = f'<userTask id="work"><extensionElements>{SALES}</extensionElements>{loop}</userTask>'

        assert rules("start > work > end", defined=task) == [("unbound-name", "work")]
        assert rules("start > work > end", defined=task.replace("anzahl", "3")) == []

    def test_a_loop_may_read_its_count(self) -> None:
        loop = (
            "<standardLoopCharacteristics><loopCondition>loopCounter = {}</loopCondition></standardLoopCharacteristics>"
        )
        task = f'<userTask id="work"><extensionElements>{SALES}</extensionElements>{loop}</userTask>'

        assert rules("start > work > end", defined=task.format("2")) == []
        assert rules("start > work > end", defined=task.format("most")) == [("unbound-name", "work")]
        assert (
            rules("start > work > end", defined=task.replace("<loopCondition>loopCounter = {}</loopCondition>", ""))
            == []
        )

    def test_the_time_of_a_timer_is_read(self) -> None:
        timer = (
            '<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>pause</timeDuration>'
            "</timerEventDefinition></intermediateCatchEvent>"
        )

        assert rules("start > wait > end", defined=timer) == [("unbound-name", "wait")]

    def test_the_key_of_a_message_is_read(self) -> None:
        settings = '<extensionElements><tl:correlation key="order"/></extensionElements>'
        task = f'<receiveTask id="wait" messageRef="m">{settings}</receiveTask>'

        found = check(chart("start > wait > end", defined=task, procedure=RUN), KNOWN)

        assert ("unbound-name", "wait") in [(f.rule, f.element) for f in found]

    def test_a_trigger_reads_names_of_its_own(self) -> None:
        trigger = '<tl:trigger event="lead.captured" where="{}"/>'
        start = f'<startEvent id="start"><extensionElements>{trigger}</extensionElements></startEvent>'

        assert rules("start > work > end", defined=start.format("entry.kind = 1") + WORK) == []
        assert rules("start > work > end", defined=start.format("(") + WORK) == [("expression", "start")]

    @pytest.mark.parametrize(
        ("step", "severity"),
        [
            ('<callActivity id="call" calledElement="q"/>', "warning"),
            (
                '<receiveTask id="call" messageRef="m"><extensionElements><tl:output name="n" value="message.n"/>'
                "</extensionElements></receiveTask>",
                "error",
            ),
        ],
    )
    def test_what_may_set_anything_makes_an_unknown_name_a_warning(self, step: str, severity: str) -> None:
        extra = arrow("call", "end", "other = 1")

        found = check(chart("start > call > end", defined=step, extra=extra, procedure=RUN), KNOWN)

        assert [f.severity for f in found if f.rule == "unbound-name"] == [severity]


class TestSteps:
    def test_an_arrow_out_of_a_decision_needs_a_condition(self) -> None:
        found = rules("start > work > x1 > end", "x1 > end2", defined=WORK)

        assert found == [("no-condition", "x1_end"), ("no-condition", "x1_end2")]

    def test_a_step_of_a_person_needs_an_owner_or_a_due_time(self) -> None:
        assert rules("start > ask > end", defined='<userTask id="ask"/>') == [("no-owner", "ask")]

    def test_a_lane_is_an_owner(self) -> None:
        lane = '<laneSet id="s"><lane id="l" name="Sales"><flowNodeRef>ask</flowNodeRef></lane></laneSet>'

        assert rules("start > ask > end", defined=f'{lane}<userTask id="ask"/>') == []

    @pytest.mark.parametrize(
        ("action", "rule"),
        [
            ("", "no-action"),
            ('<tl:action name="record.tga"/>', "unknown-action"),
            ('<tl:action name="record.tag"/>', "missing-input"),
            (f'<tl:action name="record.tag">{TWO_INPUTS}</tl:action>', "unknown-input"),
        ],
    )
    def test_an_action_must_exist_and_have_what_it_needs(self, action: str, rule: str) -> None:
        task = f'<serviceTask id="act"><extensionElements>{action}</extensionElements></serviceTask>'

        assert rules("start > act > end", defined=task) == [(rule, "act")]

    def test_a_decision_table_must_exist(self) -> None:
        task = (
            '<businessRuleTask id="rule"><extensionElements><tl:decision ref="rout-lead" decision="Route" result="r"/>'
            "</extensionElements></businessRuleTask>"
        )

        assert rules("start > rule > end", defined=task) == [("unknown-decision", "rule")]

    def test_a_step_by_rule_needs_a_decision(self) -> None:
        assert rules("start > rule > end", defined='<businessRuleTask id="rule"/>') == [("no-decision", "rule")]

    def test_sending_a_message_needs_no_action(self) -> None:
        assert rules("start > tell > end", defined='<sendTask id="tell" messageRef="m"/>') == []

    def test_actions_are_not_judged_where_none_are_known(self) -> None:
        task = '<serviceTask id="act"><extensionElements><tl:action name="any"/></extensionElements></serviceTask>'

        assert [f.rule for f in check(chart("start > act > end", defined=task, procedure=RUN))] == []


class TestDrawing:
    def test_a_decision_without_a_question_and_answers_is_pointed_out(self) -> None:
        nameless = '<exclusiveGateway id="q"/>'

        findings = check(chart("start > q > end", "q > end2", defined=nameless))

        told = [(f.rule, f.element) for f in findings if f.rule == "unlabelled-decision"]
        assert told == [
            ("unlabelled-decision", "q"),
            ("unlabelled-decision", "q_end"),
            ("unlabelled-decision", "q_end2"),
        ]

    def test_a_way_that_leads_nowhere_is_pointed_out(self) -> None:
        assert ("dead-end", "a") in [(f.rule, f.element) for f in check(chart("start > a"))]

    def test_a_level_with_very_many_elements_is_pointed_out(self) -> None:
        way = " > ".join(["start", *(f"a{n}" for n in range(50)), "end"])

        assert [f.rule for f in check(chart(way))] == ["large"]

    def test_a_drawing_that_nobody_runs_is_only_warned_about(self) -> None:
        assert {
            f.severity for f in check(chart("start > ask > x1 > end", "x1 > end2", defined='<userTask id="ask"/>'))
        } == {"warning"}
