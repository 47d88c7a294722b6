"""Whether names are set on the ways to where they are read."""

from __future__ import annotations

import pytest

from throughline.flow.check import check
from throughline.flow.check.tests.charts import chart

pytestmark = pytest.mark.req("A10")

RUN = '<tl:procedure key="p" record="lead"/>'
RULES = ("read-before-set", "set-on-some-ways")


def script(name: str, text: str, result: str = "") -> str:
    return f'<scriptTask id="{name}" name="{name}" tl:result="{result or name}"><script>{text}</script></scriptTask>'


def told(*ways: str, **more: str) -> list[tuple[str, str, tuple[str, ...]]]:
    found = check(chart(*ways, procedure=RUN, **more))
    return [(finding.rule, finding.element, finding.trace) for finding in found if finding.rule in RULES]


SET, READ = script("set", "1", "n"), script("read", "n + 1", "m")


class TestReaching:
    def test_a_name_that_is_set_before_is_left_alone(self) -> None:
        assert told("start > set > read > end", defined=SET + READ) == []

    def test_a_name_that_is_only_set_later_is_told(self) -> None:
        assert told("start > read > set > end", defined=SET + READ) == [("read-before-set", "read", ("start", "read"))]

    def test_a_name_that_one_way_leaves_out_is_told_with_that_way(self) -> None:
        found = told("start > x1 > set > x2 > read > end", "x1 > a > x2", defined=SET + READ)

        assert found == [("set-on-some-ways", "read", ("start", "x1", "a", "x2", "read"))]

    def test_a_name_that_all_ways_set_is_left_alone(self) -> None:
        other = script("other", "2", "n")

        assert told("start > x1 > set > x2 > read > end", "x1 > other > x2", defined=SET + READ + other) == []

    def test_behind_a_parallel_join_all_ways_have_been_taken(self) -> None:
        assert told("start > and1 > set > and2 > read > end", "and1 > a > and2", defined=SET + READ) == []

    def test_beside_each_other_is_not_one_after_the_other(self) -> None:
        found = told("start > and1 > set > and2 > end", "and1 > read > and2", defined=SET + READ)

        assert found == [("set-on-some-ways", "read", ("start", "and1", "read"))]

    def test_behind_an_inclusive_join_a_way_may_not_have_been_taken(self) -> None:
        [(rule, _, way)] = told("start > or1 > set > or2 > read > end", "or1 > a > or2", defined=SET + READ)

        assert (rule, way) == ("set-on-some-ways", ("start", "or1", "a", "or2", "read"))

    def test_the_first_time_round_a_loop_counts(self) -> None:
        found = told("start > x1 > read > set > x2 > end", "x2 > x1", defined=SET + READ)

        assert found == [("set-on-some-ways", "read", ("start", "x1", "read"))]

    @pytest.mark.parametrize("text", ["if n = null then 1 else n + 1", "n != null and n > 1"])
    def test_who_asks_for_an_empty_one_knows(self, text: str) -> None:
        assert told("start > x1 > read > set > x2 > end", "x2 > x1", defined=SET + script("read", text, "m")) == []

    def test_an_interrupted_step_has_set_nothing(self) -> None:
        work = """<userTask id="ask"><extensionElements><tl:workItem queue='"q"' result="n"/></extensionElements>"""
        late = '<boundaryEvent id="late" attachedToRef="ask"><timerEventDefinition/></boundaryEvent>'

        found = told("start > ask > end", "late > read > end2", defined=f"{work}</userTask>{late}{READ}")

        assert found == [("set-on-some-ways", "read", ("start", "ask", "late", "read"))]

    def test_a_sub_process_sets_what_its_inside_sets(self) -> None:
        inner = (
            f'<subProcess id="sub"><startEvent id="s"/>{SET}<endEvent id="e"/>'
            '<sequenceFlow id="1" sourceRef="s" targetRef="set"/><sequenceFlow id="2" sourceRef="set" targetRef="e"/>'
            "</subProcess>"
        )

        assert told("start > sub > read > end", defined=inner + READ) == []

    def test_the_inside_of_a_sub_process_has_what_was_set_before_it(self) -> None:
        inner = (
            f'<subProcess id="sub"><startEvent id="s"/>{READ}<endEvent id="e"/>'
            '<sequenceFlow id="1" sourceRef="s" targetRef="read"/><sequenceFlow id="2" sourceRef="read" targetRef="e"/>'
            "</subProcess>"
        )

        assert told("start > set > sub > end", defined=inner + SET) == []
        assert told("start > sub > set > end", defined=inner + SET) == [
            ("read-before-set", "read", ("start", "sub", "s", "read"))
        ]

    def test_each_round_of_a_step_s_loop_has_its_item(self) -> None:
        inner = '<loopDataInputRef>list</loopDataInputRef><inputDataItem id="n" name="n"/>'
        loop = f"<multiInstanceLoopCharacteristics>{inner}</multiInstanceLoopCharacteristics>"
        many = READ.replace("<script>", f"{loop}<script>") + '<dataObject id="list"/>'

        assert told("start > read > end", defined=many) == []

    def test_a_message_that_may_bring_anything_brings_it(self) -> None:
        catch = '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'

        assert told("start > wait > read > set > end", defined=catch + SET + READ) == []

    def test_a_condition_is_read_after_the_step_before_it(self) -> None:
        flow = (
            '<sequenceFlow id="set_end" sourceRef="set" targetRef="end"><conditionExpression>n = 1'
            '</conditionExpression></sequenceFlow><sequenceFlow id="set_end2" sourceRef="set" targetRef="end2"/>'
        )

        assert told("start > set > end", "set > end2", defined=SET, extra=flow) == []

    def test_a_condition_that_is_waited_for_may_become_true_later(self) -> None:
        event = (
            '<intermediateCatchEvent id="wait"><conditionalEventDefinition><condition>n = 1</condition>'
            "</conditionalEventDefinition></intermediateCatchEvent>"
        )

        assert told("start > and1 > wait > end", "and1 > set > end2", defined=event + SET) == []

    def test_what_runs_beside_is_not_judged(self) -> None:
        beside = (
            '<subProcess id="sub" triggeredByEvent="true"><startEvent id="s"><timerEventDefinition/></startEvent>'
            f'{READ}<sequenceFlow id="1" sourceRef="s" targetRef="read"/></subProcess>'
        )

        assert told("start > set > end", defined=beside + SET) == []

    def test_links_lead_on(self) -> None:
        throw = '<intermediateThrowEvent id="to"><linkEventDefinition name="L"/></intermediateThrowEvent>'
        catch = '<intermediateCatchEvent id="from"><linkEventDefinition name="L"/></intermediateCatchEvent>'

        assert told("start > set > to", "from > read > end", defined=throw + catch + SET + READ) == []

    def test_a_comparison_with_something_else_than_null_does_not_ask_for_it(self) -> None:
        asks = script("read", "n = 1", "m")

        assert told("start > read > set > end", defined=SET + asks) == [("read-before-set", "read", ("start", "read"))]
        assert told("start > read > set > end", defined=SET + asks.replace("1", "null")) == []

    def test_what_no_case_comes_to_is_not_judged(self) -> None:
        assert told("start > set > end", "read > x1 > read", "x1 > end2", defined=SET + READ) == []

    def test_the_inside_of_an_ad_hoc_sub_process_may_begin_anywhere(self) -> None:
        inner = f'<adHocSubProcess id="sub">{READ}</adHocSubProcess>'

        [(_, element, way)] = told("start > sub > set > end", defined=inner + SET)

        assert (element, way) == ("read", ("start", "sub", "read"))
