"""Standard loops and multi-instance activities: BPMN 2.0.2, 10.3.8."""

from __future__ import annotations

from decimal import Decimal

import pytest

from throughline.flow.engine import commands
from throughline.flow.engine.effects import OfferWork, WithdrawWork
from throughline.flow.engine.tests.walking import Walk, draw, on_timer, repeat, signal


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
