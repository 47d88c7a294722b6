"""Moving running cases to another version of their chart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from throughline.flow import engine
from throughline.flow.engine import MigrationRefused, Plan, commands
from throughline.flow.engine.effects import ArmTimer, DisarmTimer
from throughline.flow.engine.tests.walking import NOW, Walk, draw, message, on_message, on_timer

OLD = f"""
    startEvent start
    userTask call
    boundaryEvent late attachedToRef=call {on_timer("PT24H")}
    endEvent end
    endEvent escalated
    start > call > end
    late > escalated
"""
RENAMED = OLD.replace("userTask call", "userTask ring").replace("=call", "=ring").replace("> call >", "> ring >")
WITH_REVIEW = OLD.replace("> call > end", "> call > review > end").replace("endEvent end", "task review\nendEvent end")
AROUND = engine.Surroundings(NOW + timedelta(hours=1))


def moved(walk: Walk, new: engine.Chart, plan: Plan | None = None) -> Walk:
    """Return the case on another chart, with its whole log."""
    step = engine.migrate(walk.chart, new, walk.case, plan or Plan(), AROUND)
    after = Walk(new)
    after.state, after.events, after.effects = step.state, [*walk.events, *step.events], list(step.effects)
    after.now = AROUND.now
    assert engine.replay(walk.chart, after.events) == after.state
    return after


@pytest.mark.req("A5")
class TestMigrate:
    def test_lets_work_go_on_by_the_new_chart(self) -> None:
        walk = moved(Walk(draw(OLD)).start(), draw(WITH_REVIEW))

        walk.do(commands.CompleteWork(walk.token("call").id))

        assert walk.names.endswith("call review end")

    def test_keeps_the_moment_a_timer_was_armed_for(self) -> None:
        walk = moved(Walk(draw(OLD)).start(), draw(WITH_REVIEW))

        assert [each.due_at for each in walk.waits] == [NOW + timedelta(hours=24)]
        assert walk.effects == []

    def test_follows_a_plan_for_nodes_that_have_another_id(self) -> None:
        walk = moved(Walk(draw(OLD)).start(), draw(RENAMED), Plan({"call": "ring"}))

        assert walk.waiting == "ring"
        assert walk.complete("ring").names.endswith("ring end")

    def test_starts_to_listen_for_a_new_boundary_event(self) -> None:
        plain = "startEvent start\nuserTask call\nstart > call"

        walk = moved(Walk(draw(plain)).start(), draw(OLD))

        (timer,) = walk.asked(ArmTimer)
        assert timer.due_at == AROUND.now + timedelta(hours=24)

    def test_stops_listening_for_one_that_is_gone(self) -> None:
        plain = "startEvent start\nuserTask call\nendEvent end\nstart > call > end"

        walk = moved(Walk(draw(OLD)).start(), draw(plain))

        assert walk.case.waits == {}
        assert len(walk.asked(DisarmTimer)) == 1

    def test_listens_for_a_new_event_subprocess(self) -> None:
        with_stop = (
            OLD
            + f"""
            subProcess stop triggeredByEvent=true {{
                startEvent stopped {on_message("stop")}
                task farewell
                stopped > farewell
            }}"""
        )

        walk = moved(Walk(draw(OLD)).start(), draw(with_stop, roots=message("stop")))

        assert walk.send("stop").names.endswith("stopped farewell stop")

    def test_can_be_taken_back(self) -> None:
        old, new, plan = draw(OLD), draw(RENAMED), Plan({"call": "ring"})
        before = Walk(old).start()

        after = moved(moved(before, new, plan), old, plan.reversed())

        assert engine.encode_state(after.case) == engine.encode_state(before.case)

    def test_is_refused_for_a_token_whose_node_is_gone(self) -> None:
        with pytest.raises(MigrationRefused, match="Expected a place for 'call' in the new chart, but it is gone"):
            moved(Walk(draw(OLD)).start(), draw(RENAMED))

    def test_is_refused_for_a_node_that_is_another_kind_now(self) -> None:
        service = OLD.replace("userTask call", "serviceTask call")

        with pytest.raises(MigrationRefused, match="Expected 'call' to stay a userTask, but 'call' is a serviceTask"):
            moved(Walk(draw(OLD)).start(), draw(service))

    def test_is_refused_for_a_join_that_is_reached_by_another_way_now(self) -> None:
        fork = """
            startEvent start
            parallelGateway fork
            task a
            userTask b
            parallelGateway join
            start > fork > a > join
            fork > b > join
        """
        longer = fork.replace("> a > join", "> a > c > join").replace("task a", "task a\ntask c")

        with pytest.raises(
            MigrationRefused, match="Expected flow 'a_to_join' to lead to 'join' still, but it does not"
        ):
            moved(Walk(draw(fork)).start(), draw(longer))

    def test_leaves_an_ended_case_alone(self) -> None:
        walk = Walk(draw(OLD)).start().complete("call")

        assert engine.migrate(walk.chart, draw(WITH_REVIEW), walk.case, Plan(), AROUND).events == ()


@pytest.mark.req("A5")
class TestPreview:
    def test_says_what_would_happen_and_changes_nothing(self) -> None:
        plain = draw("startEvent start\nuserTask ring\nstart > ring")
        walk = Walk(draw(OLD)).start()

        seen = engine.preview(walk.chart, plain, walk.case, Plan({"call": "ring"}))

        assert seen.moves == ((walk.token("call").id, "call", "ring"),)
        assert seen.stops_listening == ("late",)
        assert seen.starts_listening == ()
        assert seen.problems == ()

    def test_asks_for_a_target(self) -> None:
        walk = Walk(draw(OLD)).start()

        (problem,) = engine.preview(walk.chart, draw(RENAMED), walk.case, Plan()).problems

        assert (problem.token, problem.node) == (walk.token("call").id, "call")


@pytest.mark.req("A5")
class TestRefusal:
    def test_of_a_case_of_another_chart(self) -> None:
        walk = Walk(draw(OLD)).start()

        with pytest.raises(MigrationRefused, match="Expected a case of chart .*, but it is one of"):
            engine.migrate(draw(WITH_REVIEW), draw(OLD), walk.case, Plan(), AROUND)

    def test_of_a_token_whose_node_lies_in_another_scope_now(self) -> None:
        inside = "startEvent start\nsubProcess box {\nuserTask call\n}\nstart > box"

        with pytest.raises(MigrationRefused, match="Expected 'call' to stay in its scope, but 'call' lies in another"):
            moved(Walk(draw("startEvent start\nuserTask call\nstart > call")).start(), draw(inside))

    def test_of_something_done_that_could_not_be_undone_any_more(self) -> None:
        old = """
            startEvent start
            task book
            boundaryEvent undo attachedToRef=book <compensateEventDefinition/>
            task unbook isForCompensation=true
            association a sourceRef=undo targetRef=unbook associationDirection=One
            userTask call
            start > book > call
        """

        with pytest.raises(MigrationRefused, match="Expected 'book' in the new chart since it may have to be undone"):
            moved(Walk(draw(old)).start(), draw("startEvent start\nuserTask call\nstart > call"))

    def test_no_more_when_what_may_have_to_be_undone_is_still_there(self) -> None:
        old = """
            startEvent start
            task book
            boundaryEvent undo attachedToRef=book <compensateEventDefinition/>
            task unbook isForCompensation=true
            association a sourceRef=undo targetRef=unbook associationDirection=One
            userTask call
            start > book > call
        """
        new = old.replace("start > book", "endEvent end\nstart > book") + "call > end"

        walk = moved(Walk(draw(old)).start(), draw(new))

        assert walk.complete("call").status == "completed"


@pytest.mark.req("A5")
class TestIncidents:
    def test_move_with_their_token(self) -> None:
        walk = Walk(draw(OLD)).start()
        walk.throw("call", "E")

        walk = moved(walk, draw(RENAMED), Plan({"call": "ring"}))

        assert walk.incident.node == "ring"


@pytest.mark.req("A5")
class TestReactions:
    REACTION = f"""
        subProcess reaction triggeredByEvent=true {{
            startEvent called {on_message("stop")}
            userTask react
            called > react
        }}
    """

    def test_that_listen_already_go_on_listening_once(self) -> None:
        chart = draw(OLD + self.REACTION, roots=message("stop"))

        walk = moved(Walk(chart).start(), draw(WITH_REVIEW + self.REACTION, roots=message("stop")))

        assert sorted(each.node for each in walk.waits) == ["called", "late"]

    def test_are_not_listened_for_again_where_one_has_interrupted(self) -> None:
        chart = draw(OLD + self.REACTION, roots=message("stop"))

        walk = moved(Walk(chart).start().send("stop"), draw(WITH_REVIEW + self.REACTION, roots=message("stop")))

        assert (walk.waiting, walk.waits) == ("react", [])
