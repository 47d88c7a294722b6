"""Service tasks: actions asked of the product."""

from __future__ import annotations

from decimal import Decimal

import pytest

from throughline.flow.engine import CommandRefused, commands
from throughline.flow.engine.effects import CancelAction, PerformAction
from throughline.flow.engine.tests.walking import Walk, draw, error, on_error, on_timer, settings

ACTION = """<tl:action name="lead.score"><tl:input name="region" value="lead.region"/>
<tl:output name="score" value="result.points + 1"/></tl:action>""".replace("\n", "")
PLAIN = '<tl:action name="a"/>'
SCORE = draw(
    f"""
    startEvent start
    serviceTask score {settings(ACTION)}
    boundaryEvent broken attachedToRef=score {on_error("no-data")}
    boundaryEvent slow attachedToRef=score {on_timer("PT1H")}
    endEvent end
    endEvent manual
    endEvent late
    start > score > end
    broken > manual
    slow > late
    """,
    roots=error("no-data"),
)


def scoring() -> Walk:
    """Return a case that waits for the score."""
    return Walk(SCORE, facts={"lead": {"region": "EU"}}).start()


class TestRequest:
    def test_asks_for_the_action_with_evaluated_inputs(self) -> None:
        (request,) = scoring().asked(PerformAction)

        assert (request.node, request.action, request.inputs) == ("score", "lead.score", {"region": "EU"})

    def test_names_the_token_as_activation(self) -> None:
        walk = scoring()

        assert walk.asked(PerformAction)[0].activation == walk.token("score").id


class TestResult:
    def test_is_mapped_to_variables(self) -> None:
        walk = scoring().finish_action("score", {"points": 41})

        assert walk.variables == {"score": Decimal(42)}
        assert walk.names == "start score end"

    def test_is_counted_once(self) -> None:
        walk = scoring()
        activation = walk.token("score").id
        walk.finish_action("score", {"points": 1})
        before = list(walk.events)

        walk.do(commands.ActionFinished(activation, {"points": Decimal(2)}))

        assert walk.events == before

    def test_is_not_taken_for_work_of_a_person(self) -> None:
        walk = scoring()

        with pytest.raises(CommandRefused, match="to be in phase work for CompleteWork, but it is in action"):
            walk.do(commands.CompleteWork(walk.token("score").id))


@pytest.mark.req("B7")
class TestFailure:
    def test_is_an_incident_with_the_reason(self) -> None:
        walk = scoring()

        walk.do(commands.ActionFailed(walk.token("score").id, "Expected an answer, but the line is dead.", True))

        assert walk.incident.message == "Expected an answer, but the line is dead."
        assert walk.incident.retryable
        assert walk.waiting == "score"

    def test_is_tried_again_under_the_same_activation(self) -> None:
        walk = scoring()
        token = walk.token("score").id
        walk.do(commands.ActionFailed(token, "dead"))

        walk.do(commands.Retry(token))

        assert [each.activation for each in walk.asked(PerformAction)] == [token, token]
        assert walk.case.incidents == {}
        assert walk.finish_action("score", {"points": 0}).names == "start score end"

    def test_keeps_one_incident_however_often_it_fails(self) -> None:
        walk = scoring()
        token = walk.token("score").id

        walk.do(commands.ActionFailed(token, "dead")).do(commands.ActionFailed(token, "still dead"))

        assert walk.incident.message == "still dead"

    def test_with_a_code_is_caught_by_a_boundary_event(self) -> None:
        walk = scoring()

        walk.do(commands.ActionFailed(walk.token("score").id, "no data", code="no-data"))

        assert walk.names == "start broken manual"

    def test_with_a_code_that_nothing_catches_is_an_incident(self) -> None:
        walk = scoring()

        walk.do(commands.ActionFailed(walk.token("score").id, "odd", code="odd"))

        assert walk.incident.message == "odd"


class TestDeadline:
    def test_withdraws_the_request(self) -> None:
        walk = scoring().pass_time(hours=1)

        assert walk.names == "start slow late"
        assert len(walk.asked(CancelAction)) == 1


class TestOutputs:
    def test_without_any_the_result_is_not_kept(self) -> None:
        walk = Walk(draw(f"startEvent start\nserviceTask ask {settings(PLAIN)}\nstart > ask"))

        walk.start().finish_action("ask", {"score": 5})

        assert walk.variables == {}
