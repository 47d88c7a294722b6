"""Call activities: another process as a case of its own."""

from __future__ import annotations

from decimal import Decimal

from throughline.flow.engine import commands
from throughline.flow.engine.effects import CancelCase, StartCase
from throughline.flow.engine.tests.walking import (
    Walk,
    draw,
    error,
    escalation,
    on_error,
    on_escalation,
    on_timer,
    settings,
)

CALL = draw(
    f"""
    startEvent start
    callActivity onboard calledElement=onboarding
    boundaryEvent failed attachedToRef=onboard {on_error("E")}
    boundaryEvent told attachedToRef=onboard cancelActivity=false {on_escalation("X")}
    boundaryEvent late attachedToRef=onboard {on_timer("P30D")}
    endEvent end
    endEvent sorry
    task note
    start > onboard > end
    failed > sorry
    told > note
    """,
    roots=error("E") + escalation("X"),
)


def calling() -> Walk:
    """Return a case that waits for the case it has called."""
    return Walk(CALL, facts={"lead": {}}).start(customer="Ada")


class TestCall:
    def test_asks_for_the_case_with_the_variables_but_not_the_facts(self) -> None:
        (asked,) = calling().asked(StartCase)

        assert (asked.called, asked.variables) == ("onboarding", {"customer": "Ada"})
        assert CALL.calls == {"onboarding"}

    def test_takes_the_variables_back(self) -> None:
        walk = calling()

        walk.do(commands.ChildFinished(walk.token("onboard").id, variables={"score": Decimal(9)}))

        assert walk.names == "start onboard end"
        assert walk.variables == {"customer": "Ada", "score": Decimal(9)}

    def test_hands_over_and_takes_back_only_what_is_mapped(self) -> None:
        mapped = settings(
            '<tl:input name="who" value="customer"/><tl:output name="happy" value="result.score &gt; 5"/>'
        )
        chart = draw(f"""
            startEvent start
            callActivity onboard calledElement=p {mapped}
            start > onboard
        """)
        walk = Walk(chart).start(customer="Ada")
        assert walk.asked(StartCase)[0].variables == {"who": "Ada"}

        walk.do(commands.ChildFinished(walk.token("onboard").id, variables={"score": Decimal(9)}))

        assert walk.variables == {"customer": "Ada", "happy": True}


class TestFailure:
    def test_an_error_of_the_called_case_is_caught_here(self) -> None:
        walk = calling()

        walk.do(commands.ChildFinished(walk.token("onboard").id, "error", code="E"))

        assert walk.names == "start failed sorry"

    def test_an_error_nothing_catches_is_an_incident_and_can_be_tried_again(self) -> None:
        walk = calling()
        token = walk.token("onboard").id
        walk.do(commands.ChildFinished(token, "error", code="other"))
        assert walk.incident.message == (
            "Expected the case called at 'onboard' to complete, but it ended with error 'other'."
        )

        walk.do(commands.Retry(token))

        assert len(walk.asked(StartCase)) == 2
        assert walk.case.incidents == {}

    def test_an_escalation_of_the_called_case_is_heard_here_while_it_goes_on(self) -> None:
        walk = calling()

        walk.do(commands.ChildEscalated(walk.token("onboard").id, "X"))

        assert walk.names == "start told note"
        assert walk.waiting == "onboard"

    def test_the_called_case_is_cancelled_when_it_is_not_needed_any_more(self) -> None:
        walk = calling().pass_time(days=30)

        assert walk.names == "start late"
        assert len(walk.asked(CancelCase)) == 1


class TestEscalationOfTheCalled:
    def test_that_nothing_catches_changes_nothing(self) -> None:
        walk = calling()

        walk.do(commands.ChildEscalated(walk.token("onboard").id, "other"))

        assert walk.waiting == "onboard"


class TestErrorOfTheCalled:
    def test_that_nothing_catches_ends_a_case_that_is_called_itself(self) -> None:
        chart = draw("startEvent start\ncallActivity inner calledElement=deep\nstart > inner")
        walk = Walk(chart)
        walk.do(commands.Start(called=True))

        walk.do(commands.ChildFinished(walk.token("inner").id, outcome="error", code="E", message="down"))

        assert walk.status == "error"
