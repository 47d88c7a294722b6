"""Moving running cases to another version of their chart."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.flow import engine
from throughline.flow.engine import MigrationRefused, Plan, commands
from throughline.flow.engine.effects import ArmTimer, DisarmTimer
from throughline.flow.engine.tests.walking import NOW, Walk, draw, message, on_condition, on_cycle, on_message, on_timer

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


def moved(walk: Walk, new: engine.Chart, plan: Plan | None = None, began: dict[int, datetime] | None = None) -> Walk:
    """Return the case on another chart, with its whole log."""
    step = engine.migrate(walk.chart, new, walk.case, plan or Plan(), AROUND, began=began or {})
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
class TestWhatIsListenedFor:
    BEGAN = NOW + timedelta(minutes=10)

    def due(self, walk: Walk) -> list[datetime | None]:
        return [each.due_at for each in walk.waits]

    def test_a_new_duration_counts_from_when_its_step_began(self) -> None:
        walk = Walk(draw("startEvent start\nuserTask call\nstart > call")).start()

        walk = moved(walk, draw(OLD), began={walk.token("call").id: self.BEGAN})

        assert self.due(walk) == [self.BEGAN + timedelta(hours=24)]

    def test_another_duration_does_too(self) -> None:
        walk = Walk(draw(OLD)).start()

        walk = moved(walk, draw(OLD.replace("PT24H", "PT48H")), began={walk.token("call").id: NOW})

        assert self.due(walk) == [NOW + timedelta(hours=48)]
        assert len(walk.asked(DisarmTimer)) == 1

    def test_and_is_the_former_one_when_that_is_taken_back(self) -> None:
        old, new = draw(OLD), draw(OLD.replace("PT24H", "PT48H"))
        walk = Walk(old).start()
        began = {walk.token("call").id: NOW}

        walk = moved(moved(walk, new, began=began), old, began=began)

        assert self.due(walk) == [NOW + timedelta(hours=24)]

    def test_a_new_repetition_counts_from_now_on(self) -> None:
        walk = Walk(draw("startEvent start\nuserTask call\nstart > call")).start()
        again = OLD.replace("attachedToRef=call", "attachedToRef=call cancelActivity=false")
        again = again.replace(on_timer("PT24H"), on_cycle("R/PT4H"))

        walk = moved(walk, draw(again), began={walk.token("call").id: NOW - timedelta(days=3)})

        assert self.due(walk) == [AROUND.now + timedelta(hours=4)]

    def test_a_new_event_subprocess_counts_from_when_the_case_began(self) -> None:
        overdue = f"""
            subProcess overdue triggeredByEvent=true {{
                startEvent passed {on_timer("P3D")}
                task warn
                passed > warn
            }}"""

        walk = moved(Walk(draw(OLD)).start(), draw(OLD + overdue), began={0: self.BEGAN})

        assert self.BEGAN + timedelta(days=3) in self.due(walk)

    def test_what_has_happened_does_not_happen_again(self) -> None:
        reminded = OLD.replace("attachedToRef=call", "attachedToRef=call cancelActivity=false")
        walk = Walk(draw(reminded)).start().pass_time(hours=25)

        walk = moved(walk, draw(reminded.replace("endEvent end", "task review\nendEvent end")), began={})

        assert walk.waits == []

    def test_an_event_of_another_kind_is_waited_for_as_that(self) -> None:
        by_word = draw(OLD.replace(on_timer("PT24H"), on_message("stop")), roots=message("stop"))

        walk = moved(Walk(draw(OLD)).start(), by_word)

        assert [each.kind for each in walk.waits] == ["message"]

    def test_a_step_that_a_token_is_sent_to_is_listened_around(self) -> None:
        two = f"""
            startEvent start
            userTask call
            userTask write
            boundaryEvent late attachedToRef=write {on_timer("PT24H")}
            endEvent end
            endEvent escalated
            start > call > write > end
            late > escalated
        """
        walk = Walk(draw(two)).start()

        walk = moved(walk, draw(two), Plan({"call": "write"}))

        assert [(each.node, each.token) for each in walk.waits] == [("late", walk.token("write").id)]

    def test_an_event_that_sits_at_another_step_now_is_not_waited_for(self) -> None:
        elsewhere = OLD.replace("attachedToRef=call", "attachedToRef=review")
        elsewhere = elsewhere.replace("> call > end", "> call > review > end").replace(
            "userTask call", "userTask call\nuserTask review"
        )

        walk = moved(Walk(draw(OLD)).start(), draw(elsewhere))

        assert walk.waits == []

    def test_another_condition_of_a_wait_is_tested_anew(self) -> None:
        chart = """
            startEvent start
            intermediateCatchEvent hot %s
            endEvent end
            start > hot > end
        """
        walk = Walk(draw(chart % on_condition("score > 80"))).start(score=50)

        walk = moved(walk, draw(chart % on_condition("score > 40")))

        assert walk.names.endswith("hot end")


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

    def test_of_a_case_of_another_chart_says_only_that(self) -> None:
        walk = Walk(draw(OLD)).start()

        seen = engine.preview(draw(RENAMED), draw(WITH_REVIEW), walk.case, Plan())

        assert [each.message[:25] for each in seen.problems] == ["Expected a case of chart "]
        assert seen.starts_listening == seen.stops_listening == ()

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
