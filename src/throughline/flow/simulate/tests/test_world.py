"""The small closed world: what a scenario makes of a file's charts."""

from __future__ import annotations

from typing import Any

import pytest

from throughline.flow import bpmn
from throughline.flow.engine import ChartRefused
from throughline.flow.engine.tests.walking import (
    error,
    message,
    on_condition,
    on_cycle,
    on_error,
    on_message,
    on_signal,
    on_timer,
    signal,
    values,
    xml,
)
from throughline.flow.simulate.world import Outcome, Scenario, run_scenario


def play(drawing: str, *, roots: str = "", extra: str = "", **members: Any) -> Outcome:
    """Run a drawing with the members of a scenario."""
    members["variables"] = values(members.get("variables", {}))
    return run_scenario(bpmn.read(xml(drawing, roots=roots, extra=extra)), Scenario(**members))


def process(name: str, body: str) -> str:
    """Return a further process of the file."""
    text = xml(body, process=name).decode()
    return text[text.index("<process") : text.index("</process>") + len("</process>")]


TASKS = """
    startEvent start
    userTask call
    serviceTask score
    scriptTask note <script>1</script>
    endEvent end
    start > call > score > note > end
"""
DEADLINE = f"""
    startEvent start
    userTask call
    boundaryEvent late attachedToRef=call {on_timer("PT24H")}
    endEvent end
    endEvent escalated
    start > call > end
    late > escalated
"""


class TestAuto:
    def test_true_completes_every_task(self) -> None:
        assert play(TASKS).trace == ["start", "call", "score", "note", "end"]

    def test_false_completes_only_what_does_itself(self) -> None:
        outcome = play(TASKS, auto=False)

        assert outcome.trace == ["start"]
        assert outcome.waiting == [{"id": "call", "name": "call", "type": "userTask"}]
        assert outcome.status == "waiting"

    def test_true_moves_the_clock_when_nothing_else_is_left(self) -> None:
        assert play(DEADLINE, hold=["call"]).trace == ["start", "late", "escalated"]

    def test_tasks_leaves_the_clock_alone(self) -> None:
        assert play(DEADLINE, hold=["call"], auto="tasks").status == "waiting"

    def test_holds_what_a_coming_answer_names(self) -> None:
        outcome = play(TASKS, answers=[{"complete": "note", "variables": {"done": True}}])

        assert outcome.trace == ["start", "call", "score", "note", "end"]
        assert outcome.variables == {"done": True}

    def test_ends_a_world_whose_timers_never_do(self) -> None:
        outcome = play(
            f"""
            startEvent start
            userTask call
            boundaryEvent again attachedToRef=call cancelActivity=false {on_cycle("R/PT1H")}
            start > call
            """,
            hold=["call"],
        )

        assert outcome.status == "waiting"
        assert len(outcome.trace) == 1 + 1000


@pytest.mark.req("A12")
class TestAnswers:
    def test_advance_lets_timers_fall_due_in_order_of_time(self) -> None:
        outcome = play(
            f"""
            startEvent start
            parallelGateway fork
            intermediateCatchEvent later {on_timer("PT2H")}
            intermediateCatchEvent sooner {on_timer("PT1H")}
            start > fork > later
            fork > sooner
            """,
            auto="tasks",
            answers=[{"advance": "PT3H"}],
        )

        assert outcome.trace == ["start", "sooner", "later"]

    def test_bpmn_error_ends_the_activity(self) -> None:
        outcome = play(
            f"""
            startEvent start
            userTask work
            boundaryEvent failed attachedToRef=work {on_error("E")}
            endEvent end
            start > work > end
            failed > end
            """,
            roots=error("E"),
            answers=[{"bpmn_error": {"at": "work", "code": "E"}}],
        )

        assert outcome.trace == ["start", "failed", "end"]

    def test_set_makes_a_condition_true(self) -> None:
        outcome = play(
            f"""
            startEvent start
            intermediateCatchEvent ready {on_condition("go")}
            start > ready
            """,
            answers=[{"set": {"go": True}}],
        )

        assert outcome.trace == ["start", "ready"]

    def test_that_find_nothing_to_act_on_change_nothing(self) -> None:
        answers = [{"complete": "nobody"}, {"message": "none"}, {"signal": "none"}, {"bpmn_error": {"at": "x"}}]

        assert play(TASKS, answers=answers).status == "completed"


class TestOthers:
    def test_a_message_reaches_one_waiting_case_and_a_signal_all(self) -> None:
        listener = f"""
            startEvent begin
            intermediateCatchEvent heard {on_message("m")}
            intermediateCatchEvent alarm {on_signal("s")}
            begin > heard > alarm
        """
        outcome = play(
            f"""
            startEvent start
            intermediateThrowEvent tell {on_message("m")}
            intermediateThrowEvent shout {on_signal("s")}
            start > tell > shout
            """,
            roots=message("m") + signal("s"),
            extra=process("other", listener),
            process=["other", "other", "process"],
        )

        assert outcome.trace.count("heard") == 1
        assert outcome.trace.count("alarm") == 1

    def test_a_message_starts_a_process_that_begins_with_it(self) -> None:
        outcome = play(
            f"""
            startEvent start
            endEvent tell {on_message("m")}
            start > tell
            """,
            roots=message("m"),
            extra=process("other", f"startEvent got {on_message('m')}\ntask react\ngot > react"),
        )

        assert outcome.trace == ["start", "tell", "got", "react"]

    def test_a_message_sent_too_early_waits_for_its_receiver(self) -> None:
        outcome = play(
            f"""
            startEvent start
            intermediateThrowEvent tell {on_message("m")}
            callActivity call calledElement=other
            start > tell > call
            """,
            roots=message("m"),
            extra=process("other", f"startEvent begin\nintermediateCatchEvent heard {on_message('m')}\nbegin > heard"),
        )

        assert outcome.trace == ["start", "tell", "begin", "heard", "call"]

    def test_a_called_process_gives_its_variables_back(self) -> None:
        outcome = play(
            """
            startEvent start
            callActivity call calledElement=other
            endEvent end
            start > call > end
            """,
            extra=process("other", "scriptTask double tl:result=n <script>n * 2</script>"),
            variables={"n": 21},
        )

        assert outcome.trace == ["start", "double", "call", "end"]
        assert {name: int(value) for name, value in outcome.variables.items()} == {"n": 42}

    def test_a_global_task_can_be_called(self) -> None:
        attributes = 'id="g" name="greet" scriptLanguage="feel" tl:result="hello"'
        task = f'<globalScriptTask {attributes}><script>"hi"</script></globalScriptTask>'

        outcome = play("startEvent start\ncallActivity call calledElement=g\nstart > call", extra=task)

        assert outcome.trace == ["start", "greet", "call"]
        assert outcome.variables == {"hello": "hi"}

    def test_a_process_that_is_not_there_is_an_incident(self) -> None:
        outcome = play("startEvent start\ncallActivity call calledElement=gone\nstart > call")

        assert outcome.status == "incident"
        assert outcome.incidents[0]["message"].endswith("it ended with there is no process 'gone' in this file.")


class TestLimits:
    def test_processes_that_start_each_other_without_end_are_an_incident(self) -> None:
        outcome = play("startEvent start\ncallActivity again calledElement=process\nstart > again")

        assert outcome.status == "incident"
        assert outcome.incidents[0]["message"].startswith("Expected the processes of this file to come to rest")


class TestStart:
    def test_a_start_that_waits_for_several_things_begins_when_all_have_come(self) -> None:
        both = on_message("m") + on_signal("s")
        outcome = play(
            f"""
            startEvent start
            intermediateThrowEvent tell {on_message("m")}
            intermediateThrowEvent shout {on_signal("s")}
            start > tell > shout
            """,
            roots=message("m") + signal("s"),
            extra=process("other", f"startEvent both parallelMultiple=true {both}\ntask react\nboth > react"),
        )

        assert outcome.trace == ["start", "tell", "shout", "both", "react"]

    def test_a_process_with_a_timer_start_begins_when_it_falls_due(self) -> None:
        assert play(f"startEvent daily {on_timer('P1D')}\ntask work\ndaily > work").trace == ["daily", "work"]

    def test_a_process_that_is_not_in_the_file_is_refused(self) -> None:
        with pytest.raises(ChartRefused, match="Expected a process of the file \\(process\\), but 'other'"):
            play("startEvent start", process="other")
