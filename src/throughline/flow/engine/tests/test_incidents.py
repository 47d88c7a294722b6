"""Every kind of incident: what it says, where, and that the case goes on once the reason is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from throughline.flow import engine
from throughline.flow.engine import commands
from throughline.flow.engine.effects import CloseIncident, RaiseIncident
from throughline.flow.engine.tests.walking import (
    ENDLESS,
    NOW,
    Walk,
    draw,
    error,
    instances,
    on_condition,
    on_error,
    on_timer,
    repeat,
    settings,
    value,
    values,
)

pytestmark = pytest.mark.req("A10", "B7")


@dataclass(frozen=True)
class Trouble:
    """
    A drawing that comes to an incident of a ``kind`` at a node, and what it says.

    ``given``: the variables it starts with; ``helped``: those that take the reason away; ``then``: what is then told.
    """

    kind: str
    node: str
    says: str
    drawing: str
    given: dict[str, Any] = field(default_factory=dict)
    helped: dict[str, Any] = field(default_factory=dict)
    then: str = ""
    roots: str = ""


CASES = {
    "an exclusive gateway whose conditions all fail": Trouble(
        "no way out",
        "which",
        "Expected gateway 'which' to have a default flow or a condition that holds, but ",
        """
        startEvent start
        exclusiveGateway which
        task a
        task b
        start > which
        which -one| n = 1-> a
        which -two| n = 2-> b
        """,
        {"n": 3},
        {"n": 2},
        "start b",
    ),
    "an inclusive gateway whose conditions all fail": Trouble(
        "no way out",
        "which",
        "Expected gateway 'which' to have a default flow or a condition that holds, but ",
        """
        startEvent start
        inclusiveGateway which
        task a
        task b
        start > which
        which -one| n = 1-> a
        which -more| n >= 1-> b
        """,
        {"n": 0},
        {"n": 1},
        "start a b",
    ),
    "a circle that never waits": Trouble(
        "loop without a wait",
        "meet",
        "Expected the chart to wait or end within 10000 steps, but it goes round at ",
        """
        startEvent start
        exclusiveGateway meet
        task work
        exclusiveGateway done
        endEvent end
        start > meet > work > done
        done -no| not(over)-> meet
        done -yes| over-> end
        """,
        {"over": False},
        {"over": True},
        "end",
    ),
    "a loop that never waits": Trouble(
        "loop without a wait",
        "work",
        "Expected loop 'work' to wait or end, but it goes on and on.",
        f"""
        startEvent start
        task work {repeat("not(over)")}
        endEvent end
        start > work > end
        """,
        {"over": False},
        {"over": True},
        "end",
    ),
    "an error that nothing catches": Trouble(
        "uncaught error",
        "fail",
        "Expected error 'E1' thrown at 'fail' to be caught, but nothing catches it.",
        f"""
        startEvent start
        endEvent fail {on_error("E1")}
        start > fail
        """,
        roots=error("E1"),
    ),
    "a number of instances that is none": Trouble(
        "loop",
        "work",
        "Expected 'work' to have a whole number of instances from 0, but it is ",
        f"""
        startEvent start
        task work {instances("n")}
        start > work
        """,
        {"n": -1},
        {"n": 2},
        "start work work",
    ),
    "more instances than there may be": Trouble(
        "loop",
        "work",
        "Expected at most ",
        f"""
        startEvent start
        task work {instances("n")}
        start > work
        """,
        {"n": 10_000_000},
        {"n": 1},
        "start work",
    ),
    "a timer that names no moment": Trouble(
        "timer",
        "wait",
        "Expected timer 'wait' to give a moment or a duration, but ",
        f"""
        startEvent start
        intermediateCatchEvent wait {on_timer("n")}
        start > wait
        """,
        {"n": "soon"},
    ),
    "an expression that does not end": Trouble(
        "expression",
        "work",
        "Expected ",
        f"""
        startEvent start
        scriptTask work tl:result="x" <script>{ENDLESS}</script>
        start > work
        """,
    ),
    "a transaction that is cancelled without anybody to tell": Trouble(
        "cancel",
        "book",
        "Expected transaction 'book' to have a cancel boundary event, but it has none.",
        """
        startEvent start
        transaction book {
            startEvent begin
            endEvent give_up <cancelEventDefinition/>
            begin > give_up
        }
        start > book
        """,
    ),
}


def walked(trouble: Trouble) -> Walk:
    """The case, come to its incident."""
    return Walk(draw(trouble.drawing, roots=trouble.roots)).start(**trouble.given)


@pytest.mark.parametrize("name", CASES)
class TestIncident:
    def test_it_says_what_was_expected_and_where(self, name: str) -> None:
        trouble = CASES[name]
        walk = walked(trouble)

        assert walk.incident.kind == trouble.kind
        assert walk.incident.message.startswith(trouble.says)
        assert " but " in walk.incident.message
        assert walk.chart.node(walk.incident.node).label == trouble.node or trouble.kind == "loop without a wait"
        [raised] = walk.asked(RaiseIncident)
        assert raised.message == walk.incident.message

    def test_the_case_waits_there_and_ends_neither_silently_nor_for_ever(self, name: str) -> None:
        walk = walked(CASES[name])

        assert walk.status == "waiting"
        assert walk.case.tokens

    def test_trying_again_without_help_says_the_same_again(self, name: str) -> None:
        trouble = CASES[name]
        walk = walked(trouble)

        walk.do(commands.Retry(walk.incident.token))

        assert walk.incident.message.startswith(trouble.says)

    def test_it_can_be_given_up(self, name: str) -> None:
        walk = walked(CASES[name])

        walk.do(commands.Cancel("not worth it"))

        assert walk.status == "cancelled"
        assert not walk.case.incidents


@pytest.mark.parametrize("name", [name for name, trouble in CASES.items() if trouble.helped])
class TestRepair:
    def test_it_goes_on_when_the_reason_is_gone(self, name: str) -> None:
        trouble = CASES[name]
        walk = walked(trouble)
        token = walk.incident.token

        walk.do(commands.SetVariables(values(trouble.helped))).do(commands.Retry(token))

        assert walk.status == "completed"
        assert walk.names.endswith(trouble.then)
        assert walk.asked(CloseIncident)


class TestFromOutside:
    def test_an_action_that_failed_says_why_and_may_be_tried_again(self) -> None:
        walk = Walk(draw("startEvent start\nserviceTask ask\nendEvent end\nstart > ask > end")).start()

        walk.do(commands.ActionFailed(walk.token("ask").id, "Expected an answer, but there was none.", retryable=True))

        assert (walk.incident.kind, walk.incident.retryable) == ("action", True)
        assert walk.incident.message == "Expected an answer, but there was none."
        walk.do(commands.Retry(walk.incident.token)).finish_action("ask")
        assert walk.status == "completed"

    def test_an_error_thrown_from_outside_that_nothing_catches(self) -> None:
        walk = Walk(draw("startEvent start\nuserTask ask\nstart > ask")).start()

        walk.throw("ask", "E1")

        assert walk.incident.message == "Expected error 'E1' at 'ask' to be caught, but nothing catches it."

    def test_a_called_case_that_did_not_complete(self) -> None:
        walk = Walk(draw("startEvent start\ncallActivity call calledElement=other\nstart > call")).start()

        walk.do(commands.ChildFinished(walk.token("call").id, "failed", message="there is no process 'other'"))

        assert walk.incident.kind == "call"
        assert walk.incident.message.startswith("Expected the case called at 'call' to complete, but it ended with ")

    def test_a_due_moment_that_is_none_does_not_keep_the_work_from_being_offered(self) -> None:
        work = settings('<tl:workItem due="when"/>')
        walk = Walk(draw(f"startEvent start\nuserTask ask {work}\nstart > ask")).start(when="soon")

        assert walk.incident.message.startswith("Expected the due moment of 'ask' to be a moment or a duration, but ")
        assert walk.complete("ask").status == "completed"

    def test_a_condition_that_does_not_end_is_told_at_what_waits_for_it(self) -> None:
        chart = draw(f"startEvent start\nintermediateCatchEvent wait {on_condition(ENDLESS)}\nstart > wait")
        walk = Walk(chart).start()

        assert walk.incident.kind == "expression"
        assert walk.status == "waiting"

    def test_a_list_to_go_through_that_is_none(self) -> None:
        chart = draw(f"startEvent start\ntask work {instances(over='people')}\nstart > work")
        walk = Walk(chart).start(people="Maya")

        assert walk.incident.message == """Expected 'people' of 'work' to be a list, but it is "Maya"."""
        walk.do(commands.SetVariables({"people": value(["Maya", "Tom"])})).do(commands.Retry(walk.incident.token))
        assert walk.names == "start work work"


class TestNeverSilent:
    def test_a_join_that_starves_waits_and_is_seen(self) -> None:
        chart = draw("""
            startEvent start
            exclusiveGateway which
            parallelGateway both
            task a
            task b
            endEvent end
            start > which
            which -one| true-> a
            which -two| false-> b
            a > both
            b > both
            both > end
        """)
        walk = Walk(chart).start()

        assert walk.status == "waiting"
        assert walk.waiting == "both"

    def test_a_command_for_what_is_gone_changes_nothing(self) -> None:
        walk = Walk(draw("startEvent start\nuserTask ask\nstart > ask")).start()
        command = commands.CompleteWork(walk.token("ask").id)
        walk.do(command)

        assert engine.decide(walk.chart, walk.case, command, engine.Surroundings(NOW)) == ()
