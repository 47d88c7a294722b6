"""Compiling a chart: what is refused, all of it at once, and what data and roles are called."""

from __future__ import annotations

import pytest

from throughline.flow import bpmn, dmn, engine
from throughline.flow.engine import ChartRefused, commands
from throughline.flow.engine.effects import OfferWork, ThrowMessage
from throughline.flow.engine.tests.walking import (
    NOW,
    Walk,
    draw,
    instances,
    message,
    on_message,
    on_signal,
    settings,
    signal,
    values,
    xml,
)


def problems(drawing: str, *, roots: str = "") -> list[tuple[str, str]]:
    """Return rule and element of each problem for which a drawing is refused."""
    with pytest.raises(ChartRefused) as refusal:
        draw(drawing, roots=roots)
    return [(each.rule, each.element) for each in refusal.value.problems]


class TestChoice:
    def test_of_a_process_that_is_not_there_names_those_that_are(self) -> None:
        definitions = bpmn.read(xml("startEvent start"))

        with pytest.raises(ChartRefused, match=r"Expected a process of the file \(process\), but 'other'"):
            engine.compile_chart(definitions, process="other")

    def test_in_a_file_without_a_process_is_refused(self) -> None:
        definitions = bpmn.read(b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"/>')

        with pytest.raises(ChartRefused, match="Expected a process in the file, but there is none"):
            engine.compile_chart(definitions)

    def test_finds_a_global_task_by_its_id(self) -> None:
        text = xml("startEvent start").replace(
            b"</definitions>", b'<globalUserTask id="ask" name="Ask"/></definitions>'
        )

        walk = Walk(engine.compile_chart(bpmn.read(text), process="ask")).start()

        assert walk.waiting == "Ask"

    def test_finds_a_global_script_with_its_script(self) -> None:
        task = (
            b'<globalScriptTask id="sum" scriptLanguage="feel"><script>1 + 1</script></globalScriptTask></definitions>'
        )
        text = xml("startEvent start").replace(b"</definitions>", task)

        walk = Walk(engine.compile_chart(bpmn.read(text), process="sum")).start()

        assert walk.status == "completed"


@pytest.mark.req("A10")
class TestRefusal:
    def test_tells_all_problems_at_once(self) -> None:
        assert problems("""
            userTask none startQuantity=0
            userTask many <multiInstanceLoopCharacteristics/>
            callActivity nobody
        """) == [("quantity", "none"), ("multi-instance", "many"), ("call", "nobody")]

    def test_of_a_flow_that_leaves_its_scope(self) -> None:
        assert problems("""
            startEvent start
            subProcess inside {
                userTask inner
            }
            start > inner
        """) == [("sequence-flow", "start_to_inner")]

    def test_of_a_boundary_event_at_nothing(self) -> None:
        assert problems(f"boundaryEvent late attachedToRef=gone {on_signal('x')}", roots=signal("x")) == [
            ("boundary", "late")
        ]

    def test_of_a_catch_event_that_waits_for_nothing(self) -> None:
        assert problems("startEvent start\nintermediateCatchEvent wait\nstart > wait") == [("event-trigger", "wait")]

    def test_of_an_event_that_cannot_stand_where_it_does(self) -> None:
        assert problems("startEvent start <errorEventDefinition/>") == [("event-trigger", "start")]

    @pytest.mark.parametrize(
        "timer",
        [
            "<timeDate>PT24H</timeDate>",
            "<timeDate>2026-13-40</timeDate>",
            "<timeDuration>R3/PT1H</timeDuration>",
            "<timeCycle>2026-01-01</timeCycle>",
            "<timeCycle>R0/PT1H</timeCycle>",
            "<timeCycle>R2/2026-13-01T00:00:00Z/PT1H</timeCycle>",
        ],
    )
    def test_of_a_timer_whose_text_is_of_another_kind(self, timer: str) -> None:
        event = f"intermediateCatchEvent wait <timerEventDefinition>{timer}</timerEventDefinition>"

        assert problems(f"startEvent start\n{event}\nstart > wait") == [("timer", "wait")]

    def test_of_a_decision_that_the_table_does_not_make(self) -> None:
        model = dmn.compile_model(dmn.Definitions(name="none", namespace="test"))
        asked = settings('<tl:decision ref="route" decision="Route"/>')

        with pytest.raises(ChartRefused, match=r"Expected a decision 'Route' in 'route', but it has \[\]"):
            draw(f"businessRuleTask ask {asked}", decisions={"route": model})


class TestDataNames:
    def test_of_a_data_object_lead_from_its_reference_to_the_variable(self) -> None:
        chart = draw(f"""
            <dataObject id="contacts_1" name="contacts"/>
            <dataObjectReference id="ref_1" dataObjectRef="contacts_1"/>
            startEvent start
            userTask call {instances(over="ref_1")}
            start > call
        """)

        assert len(Walk(chart).start(contacts=["Ada", "Bo"]).asked(OfferWork)) == 2

    def test_of_an_activitys_input_lead_to_what_is_copied_into_it(self) -> None:
        copy = "<sourceRef>contacts_1</sourceRef><targetRef>items</targetRef>"
        chart = draw(f"""
            <dataObject id="contacts_1" name="contacts"/>
            startEvent start
            userTask call <dataInputAssociation id="copy">{copy}</dataInputAssociation>{instances(over="items")}
            start > call
        """)

        assert len(Walk(chart).start(contacts=["Ada", "Bo", "Cy"]).asked(OfferWork)) == 3

    def test_of_an_activitys_input_are_told_from_its_other_inputs(self) -> None:
        other = '<dataInputAssociation id="other"><sourceRef>order</sourceRef><targetRef>one</targetRef>'
        copy = "<sourceRef>contacts</sourceRef><targetRef>items</targetRef>"
        chart = draw(f"""
            startEvent start
            userTask call {other}</dataInputAssociation><dataInputAssociation id="copy">{copy}</dataInputAssociation>{
            instances(over="items")
        }
            start > call
        """)

        assert len(Walk(chart).start(contacts=["Ada", "Bo", "Cy"]).asked(OfferWork)) == 3

    def test_of_a_processs_inputs_are_known_with_their_spaces(self) -> None:
        chart = draw("""
            <ioSpecification id="io"><dataInput id="in" name="order value"/><dataOutput id="out" name="net value"/>
            <inputSet/><outputSet/></ioSpecification>
            startEvent start
            scriptTask work tl:result=total <script>order value * 2</script>
            start > work
        """)

        walk = Walk(chart).do(commands.Start(variables=values({"order value": 21})))

        assert int(walk.variables["total"]) == 42

    def test_of_properties_belong_to_the_subprocess_that_declares_them(self) -> None:
        chart = draw("""
            startEvent start
            subProcess inside {
                <property id="p" name="draft"/>
                scriptTask write tl:result=draft <script>"text"</script>
            }
            start > inside
        """)

        walk = Walk(chart).start()

        assert walk.status == "completed"
        assert "draft" not in walk.variables


class TestRoles:
    def test_of_a_lane_without_a_name_is_none(self) -> None:
        walk = Walk(
            draw('<laneSet id="s"><lane id="l"><flowNodeRef>call</flowNodeRef></lane></laneSet>\nuserTask call')
        )

        (offer,) = walk.start().asked(OfferWork)

        assert offer.queue is None

    def test_of_a_subprocess_is_that_of_what_lies_inside(self) -> None:
        chart = draw("""
            <laneSet id="s"><lane id="l" name="Field Sales"><flowNodeRef>inside</flowNodeRef></lane></laneSet>
            startEvent start
            subProcess inside {
                userTask call
            }
            start > inside
        """)

        (offer,) = Walk(chart).start().asked(OfferWork)

        assert offer.queue == "field-sales"


class TestMessageName:
    def test_is_that_of_the_operation_which_takes_it(self) -> None:
        roots = message("won") + (
            '<interface id="i" name="i"><operation id="tell" name="tell"><inMessageRef>won</inMessageRef></operation>'
            "</interface>"
        )
        chart = draw("startEvent start\nsendTask send operationRef=tell\nstart > send", roots=roots)

        (thrown,) = Walk(chart).start().asked(ThrowMessage)

        assert thrown.name == "won"


class TestCorrelation:
    def test_of_a_message_event_is_a_key_worked_out_when_it_waits(self) -> None:
        key = settings('<tl:correlation key="lead.external_id"/>')
        event = on_message("won").replace("/>", f">{key}</messageEventDefinition>")
        chart = draw(f"startEvent start\nintermediateCatchEvent wait {event}\nstart > wait", roots=message("won"))

        (wait,) = Walk(chart, facts={"lead": {"external_id": "L7"}}).start().waits

        assert wait.key == "L7"


class TestQuantities:
    def test_of_start_gather_tokens_until_there_are_enough(self) -> None:
        chart = draw("""
            startEvent start
            parallelGateway fork
            userTask a
            userTask b
            userTask both startQuantity=2
            start > fork > a > both
            fork > b > both
        """)
        walk = Walk(chart).start().complete("a")
        assert [each.node for each in walk.asked(OfferWork)] == ["a", "b"]

        walk.complete("b")

        assert [each.node for each in walk.asked(OfferWork)] == ["a", "b", "both"]

    def test_of_start_gather_for_a_loop_as_a_whole(self) -> None:
        chart = draw(f"""
            startEvent start
            parallelGateway fork
            task a
            task b
            userTask both startQuantity=2 {instances(3)}
            start > fork > a > both
            fork > b > both
        """)

        assert len(Walk(chart).start().asked(OfferWork)) == 3


class TestCommands:
    def test_before_there_is_a_case_are_refused(self) -> None:
        chart = draw("startEvent start")

        with pytest.raises(engine.CommandRefused, match="Expected a case for Cancel, but there is none"):
            engine.decide(chart, None, commands.Cancel("why"), engine.Surroundings(NOW))


class TestApply:
    def test_one_event_after_the_other_gives_the_state_and_leaves_the_given_ones_alone(self) -> None:
        chart = draw("startEvent start\nuserTask call\nstart > call")
        step = engine.advance(chart, None, commands.Start(), engine.Surroundings(NOW))
        states: list[engine.State | None] = [None]

        for event in step.events:
            states.append(engine.apply(chart, states[-1], event))

        assert states[-1] == step.state
        assert states[1] != step.state
