"""Standard loops and multi-instance activities: BPMN 2.0.2, 10.3.8."""

from __future__ import annotations

from decimal import Decimal

import pytest

from throughline.flow.engine import commands
from throughline.flow.engine.effects import OfferWork, ThrowSignal, WithdrawWork
from throughline.flow.engine.tests.walking import (
    ENDLESS,
    Walk,
    draw,
    error,
    escalation,
    instances,
    on_error,
    on_escalation,
    on_timer,
    repeat,
    signal,
)


def looping(marker: str, *, kind: str = "userTask", more: str = "", roots: str = "") -> Walk:
    """Return a case of one looping activity."""
    return Walk(
        draw(
            f"""
            startEvent start
            {kind} work {marker}
            endEvent end
            start > work > end
            {more}
            """,
            roots=roots,
        )
    )


def many(*, sequential: bool = False, behavior: str = "", inner: str = "<loopCardinality>3</loopCardinality>") -> str:
    """Return a multi-instance marker."""
    order = "true" if sequential else "false"
    tag = "multiInstanceLoopCharacteristics"
    return f'<{tag} isSequential="{order}" {behavior}>{inner}</{tag}>'


OVER_LIST = (
    "<loopDataInputRef>contacts</loopDataInputRef><loopDataOutputRef>answers</loopDataOutputRef>"
    '<inputDataItem id="contact" name="contact"/><outputDataItem id="answer" name="answer"/>'
)


class TestStandardLoop:
    def test_goes_on_while_its_condition_holds(self) -> None:
        walk = looping("<standardLoopCharacteristics><loopCondition>more</loopCondition></standardLoopCharacteristics>")

        walk.start().complete("work", more=True).complete("work", more=False)

        assert walk.names == "start work work end"

    def test_is_skipped_when_tested_before_and_not_holding(self) -> None:
        marker = repeat("more", 'testBefore="true"')

        assert looping(marker).start().names == "start end"

    def test_stops_at_its_maximum(self) -> None:
        marker = repeat("true", 'loopMaximum="2"')

        assert looping(marker).start().complete("work").complete("work").names == "start work work end"

    def test_counts_its_rounds(self) -> None:
        marker = repeat("loopCounter < 4")

        assert looping(marker, kind="task").start().names == "start work work work work end"

    def test_that_would_never_end_becomes_an_incident(self) -> None:
        marker = "<standardLoopCharacteristics><loopCondition>true</loopCondition></standardLoopCharacteristics>"

        walk = looping(marker, kind="task").start()

        assert walk.incident.kind == "loop without a wait"
        assert walk.status == "waiting"


class TestParallel:
    def test_begins_all_instances_at_once_and_waits_for_all(self) -> None:
        walk = looping(many()).start()
        assert len(walk.asked(OfferWork)) == 3

        walk.complete("work").complete("work")
        assert walk.status == "waiting"

        assert walk.complete("work").names == "start work work work end"

    def test_gives_each_instance_its_item_and_collects_results_in_order(self) -> None:
        walk = looping(many(inner=OVER_LIST)).start(contacts=["a", "b"])
        first, second = (each for each in walk.case.tokens.values() if each.phase == "work")
        assert (first.locals, second.locals) == (
            {"loopCounter": Decimal(1), "contact": "a", "answer": None},
            {"loopCounter": Decimal(2), "contact": "b", "answer": None},
        )

        walk.do(commands.CompleteWork(second.id, {"answer": "B"})).do(commands.CompleteWork(first.id, {"answer": "A"}))

        assert walk.variables["answers"] == ["A", "B"]
        assert "answer" not in walk.variables

    def test_is_enough_when_its_completion_condition_holds(self) -> None:
        condition = "<completionCondition>numberOfCompletedInstances >= 2</completionCondition>"
        walk = looping(many(inner="<loopCardinality>3</loopCardinality>" + condition)).start()

        walk.complete("work").complete("work")

        assert walk.names == "start work work end"
        assert len(walk.asked(WithdrawWork)) == 1

    def test_of_nothing_is_over_at_once(self) -> None:
        assert looping(many(inner=OVER_LIST)).start(contacts=[]).names == "start end"

    def test_is_withdrawn_as_a_whole_by_a_boundary_event(self) -> None:
        walk = looping(many(), more=f"boundaryEvent late attachedToRef=work {on_timer('PT1H')}").start()

        walk.complete("work").pass_time(hours=1)

        assert walk.names == "start work late"
        assert len(walk.asked(WithdrawWork)) == 2


class TestSequential:
    def test_begins_the_next_instance_when_one_has_ended(self) -> None:
        walk = looping(many(sequential=True)).start()

        for _ in range(3):
            assert walk.waiting == "work"
            walk.complete("work")

        assert walk.names == "start work work work end"

    def test_of_a_subprocess_runs_its_inside_each_time(self) -> None:
        chart = draw(f"""
            startEvent start
            subProcess each {{
                {many(sequential=True, inner=OVER_LIST)}
                scriptTask ask tl:result=answer <script>upper case(contact)</script>
            }}
            endEvent end
            start > each > end
        """)

        walk = Walk(chart).start(contacts=["a", "b"])

        assert walk.names == "start ask each ask each end"
        assert walk.variables["answers"] == ["A", "B"]


class TestMistakes:
    @pytest.mark.parametrize("number", [-1, 1.5, None, "many"])
    def test_a_number_that_is_none_is_an_incident(self, number: object) -> None:
        walk = looping(many(inner="<loopCardinality>n</loopCardinality>")).start(n=number)

        assert walk.incident.message.startswith("Expected 'work' to have a whole number of instances from 0, but it is")

    def test_a_list_that_is_none_is_an_incident(self) -> None:
        walk = looping(many(inner=OVER_LIST)).start(contacts="Maya")

        assert walk.incident.message == "Expected 'contacts' of 'work' to be a list, but it is \"Maya\"."


class TestBehavior:
    @pytest.mark.parametrize(
        ("behavior", "times"),
        [('behavior="None" noneBehaviorEventRef="told"', 3), ('behavior="One" oneBehaviorEventRef="told"', 1), ("", 0)],
    )
    def test_tells_of_ended_instances_without_ending_the_activity(self, behavior: str, times: int) -> None:
        walk = looping(
            many(sequential=True, behavior=behavior),
            kind="task",
            more="""boundaryEvent heard attachedToRef=work <signalEventDefinition signalRef="s"/>
                    task react
                    heard > react""",
            roots=signal("s") + '<signalEventDefinition id="told" signalRef="s"/>',
        ).start()

        assert walk.names.split().count("react") == times
        assert walk.names.split().count("work") == 3
        assert walk.status == "completed"

    def test_complex_throws_when_its_condition_holds(self) -> None:
        inner = (
            "<loopCardinality>3</loopCardinality><complexBehaviorDefinition>"
            "<condition>numberOfCompletedInstances = 2</condition>"
            '<event id="e"><signalEventDefinition signalRef="s"/></event></complexBehaviorDefinition>'
        )
        walk = looping(
            many(sequential=True, behavior='behavior="Complex"', inner=inner),
            kind="task",
            more="""boundaryEvent heard attachedToRef=work <signalEventDefinition signalRef="s"/>
                    task react
                    heard > react""",
            roots=signal("s"),
        ).start()

        assert walk.names.split().count("react") == 1


class TestBounds:
    def test_a_maximum_that_is_none_is_refused(self) -> None:
        walk = looping(repeat("true", 'loopMaximum="-1"')).start()

        assert "Expected the maximum of loop 'work' to be a whole number from 0, but it is -1" in walk.incident.message

    def test_too_many_instances_are_an_incident(self) -> None:
        walk = looping(many(inner="<loopCardinality>100000</loopCardinality>")).start()

        assert "Expected at most" in walk.incident.message

    def test_a_number_beside_a_list_counts(self) -> None:
        inner = f"<loopCardinality>3</loopCardinality>{OVER_LIST}"
        walk = looping(many(inner=inner)).start(contacts=["Ada", "Bo"])

        assert [(each.locals or {})["contact"] for each in walk.case.tokens.values() if each.phase == "work"] == [
            "Ada",
            "Bo",
            None,
        ]

    def test_no_instances_one_after_the_other_are_over_at_once(self) -> None:
        assert looping(many(sequential=True, inner="<loopCardinality>0</loopCardinality>")).start().names == "start end"


class TestThrownBehavior:
    def test_an_error_ends_the_activity(self) -> None:
        walk = looping(
            many(behavior='behavior="One" oneBehaviorEventRef="boom"'),
            more=f"boundaryEvent failed attachedToRef=work {on_error('E')}\nendEvent sorry\nfailed > sorry",
            roots=error("E") + '<errorEventDefinition id="boom" errorRef="E"/>',
        )

        assert walk.start().complete("work").names == "start work failed sorry"

    def test_an_escalation_that_nothing_at_the_border_catches_goes_outwards(self) -> None:
        walk = looping(
            many(behavior='behavior="One" oneBehaviorEventRef="tell"'),
            more=f"""
                subProcess reaction triggeredByEvent=true {{
                    startEvent told isInterrupting=false {on_escalation("X")}
                }}
            """,
            roots=escalation("X") + '<escalationEventDefinition id="tell" escalationRef="X"/>',
        )

        walk.start().complete("work")

        assert walk.names == "start work told reaction"
        assert walk.waiting == "work work"

    def test_a_border_that_waits_for_something_else_is_left_alone(self) -> None:
        walk = looping(
            many(behavior='behavior="One" oneBehaviorEventRef="tell"'),
            more=f"boundaryEvent late attachedToRef=work {on_timer('PT1H')}",
            roots=escalation("X") + '<escalationEventDefinition id="tell" escalationRef="X"/>',
        )

        assert walk.start().complete("work").names == "start work"

    def test_complex_can_refer_to_an_event_of_the_file(self) -> None:
        complex_ = (
            "<complexBehaviorDefinition><condition>numberOfCompletedInstances = 2</condition>"
            "<event><eventDefinitionRef>tell</eventDefinitionRef><unknown/></event></complexBehaviorDefinition>"
        )
        walk = looping(
            many(behavior='behavior="Complex"', inner=f"<loopCardinality>3</loopCardinality>{complex_}"),
            roots=signal("X") + '<signalEventDefinition id="tell" signalRef="X"/>',
        )

        walk.start().complete("work").complete("work")

        assert [each.name for each in walk.asked(ThrowSignal)] == ["X"]


@pytest.mark.req("B7")
class TestWorkWithoutEnd:
    def test_in_one_instance_is_an_incident_and_that_instance_can_be_tried_again(self) -> None:
        endless = f"if loopCounter = 2 and not(done) then {ENDLESS} else loopCounter"
        chart = draw(f"""
            startEvent start
            scriptTask work tl:result=x {instances(3)}<script>{endless}</script>
            endEvent end
            start > work > end
        """)
        walk = Walk(chart).start(done=False)
        assert (walk.incident.kind, walk.status) == ("expression", "waiting")

        walk.do(commands.SetVariables({"done": True})).do(commands.Retry(walk.incident.token))

        assert walk.names == "start work work work end"
        assert walk.variables["x"] == Decimal(2)

    @pytest.mark.parametrize("kind", ["task", "userTask"])
    @pytest.mark.parametrize("when", ["loopCounter >= 1", "true"], ids=["after a round", "before the first"])
    def test_in_the_condition_is_an_incident_and_the_loop_can_be_tried_again(self, kind: str, when: str) -> None:
        condition = f"if {when} and not(done) then {ENDLESS} > 0 else loopCounter < 2"
        walk = looping(repeat(condition, 'testBefore="true"'), kind=kind).start(done=False)
        if walk.waiting and not walk.case.incidents:
            walk.complete("work")
        assert (walk.incident.kind, walk.incident.node) == ("expression", "work")

        walk.do(commands.SetVariables({"done": True})).do(commands.Retry(walk.incident.token))
        while walk.waiting:
            walk.complete("work")

        assert walk.names == "start work work end"

    def test_in_the_completion_condition_is_an_incident_of_the_whole(self) -> None:
        inner = (
            "<loopCardinality>2</loopCardinality><completionCondition>"
            f"not(done) and {ENDLESS} = 0</completionCondition>"
        )
        walk = looping(many(inner=inner)).start(done=False).complete("work")
        assert walk.incident.kind == "expression"

        walk.do(commands.SetVariables({"done": True})).do(commands.Retry(walk.incident.token)).complete("work")

        assert walk.names == "start work work end"


class TestSeveralThrownAtOnce:
    def test_what_comes_after_an_error_is_not_thrown(self) -> None:
        both = '<errorEventDefinition errorRef="E"/><signalEventDefinition signalRef="X"/>'
        complex_ = (
            "<complexBehaviorDefinition><condition>true</condition>"
            f'<event id="thrown">{both}</event></complexBehaviorDefinition>'
        )
        walk = looping(
            many(behavior='behavior="Complex"', inner=f"<loopCardinality>2</loopCardinality>{complex_}"),
            more=f"boundaryEvent failed attachedToRef=work {on_error('E')}",
            roots=error("E") + signal("X"),
        )

        walk.start().complete("work")

        assert walk.names == "start work failed"
        assert walk.asked(ThrowSignal) == []

    def test_an_escalation_caught_at_the_border_goes_no_further(self) -> None:
        walk = looping(
            many(behavior='behavior="One" oneBehaviorEventRef="tell"'),
            more=f"boundaryEvent told attachedToRef=work cancelActivity=false {on_escalation('X')}",
            roots=escalation("X") + '<escalationEventDefinition id="tell" escalationRef="X"/>',
        )

        walk.start().complete("work")

        assert walk.names == "start work told"
        assert walk.waiting == "work work"
