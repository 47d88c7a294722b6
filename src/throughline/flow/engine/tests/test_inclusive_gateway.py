"""The inclusive gateway: BPMN 2.0.2, 10.6.3, and its join rule in 13.4.3."""

from __future__ import annotations

import pytest

from throughline.flow.engine import commands
from throughline.flow.engine.tests.walking import ENDLESS, Walk, draw, on_timer

CHOICE = draw("""
    startEvent start
    inclusiveGateway which default=which_none
    userTask a
    userTask b
    task none
    inclusiveGateway merge
    task after
    endEvent end
    start > which
    which -a| contains(wanted, "a")-> a
    which -b| contains(wanted, "b")-> b
    which -none-> none
    a > merge
    b > merge
    none > merge
    merge > after > end
""")


class TestSplit:
    @pytest.mark.parametrize(("wanted", "offered"), [("a", "a"), ("b", "b"), ("ab", "a b")])
    def test_takes_every_way_whose_condition_holds(self, wanted: str, offered: str) -> None:
        assert Walk(CHOICE).start(wanted=wanted).waiting == offered

    def test_takes_the_default_only_when_nothing_holds(self) -> None:
        assert Walk(CHOICE).start(wanted="").names == "start none after end"

    def test_becomes_an_incident_without_a_way(self) -> None:
        chart = draw("""
            startEvent start
            inclusiveGateway which
            task a
            start > which
            which -a| false-> a
        """)

        walk = Walk(chart).start()

        assert walk.incident.kind == "no way out"
        assert walk.status == "waiting"


class TestJoin:
    def test_ends_what_it_joined_when_nothing_comes_after_it(self) -> None:
        chart = draw("""
            startEvent start
            inclusiveGateway which
            task a
            task b
            inclusiveGateway merge
            start > which
            which -a| true-> a
            which -b| true-> b
            a > merge
            b > merge
        """)

        walk = Walk(chart).start()

        assert walk.status == "completed"

    def test_waits_only_for_the_branches_that_were_taken(self) -> None:
        walk = Walk(CHOICE).start(wanted="ab").complete("a")
        assert walk.waiting == "b merge"

        walk.complete("b")

        assert walk.names == "start a b after end"

    def test_goes_on_at_once_when_one_branch_was_taken(self) -> None:
        assert Walk(CHOICE).start(wanted="b").complete("b").names == "start b after end"

    def test_waits_for_a_token_that_can_still_come_through_a_boundary_event(self) -> None:
        chart = draw(f"""
            startEvent start
            parallelGateway fork
            userTask slow
            boundaryEvent late attachedToRef=slow {on_timer("PT1H")}
            task quick
            inclusiveGateway merge
            endEvent end
            endEvent other
            start > fork > slow > other
            fork > quick > merge
            late > merge
            merge > end
        """)
        walk = Walk(chart).start()
        assert walk.waiting == "slow merge"

        walk.pass_time(hours=1)

        assert walk.names == "start quick late end"
        assert walk.status == "completed"

    def test_goes_on_when_the_token_it_waited_for_has_gone_elsewhere(self) -> None:
        chart = draw("""
            startEvent start
            parallelGateway fork
            userTask decide
            exclusiveGateway where? default=where__merge
            inclusiveGateway merge
            endEvent end
            endEvent away
            start > fork > decide > where?
            fork > merge
            where? -merge-> merge
            where? -away| leave-> away
            merge > end
        """)
        walk = Walk(chart).start()
        assert walk.waiting == "decide merge"

        walk.complete("decide", leave=True)

        assert walk.names == "start decide away end"

    def test_does_not_wait_for_a_token_that_can_only_come_round_through_itself(self) -> None:
        chart = draw("""
            startEvent start
            inclusiveGateway merge
            userTask work
            exclusiveGateway again? default=again__no
            endEvent end
            start > merge > work > again?
            again? -yes| more-> merge
            again? -no-> end
        """)
        walk = Walk(chart).start()

        walk.complete("work", more=True).complete("work", more=False)

        assert walk.names == "start work work end"


class TestJoinWithoutAWay:
    def test_is_an_incident_once_and_goes_on_when_a_condition_holds(self) -> None:
        chart = draw("""
            startEvent start
            parallelGateway fork
            task a
            task b
            userTask c
            inclusiveGateway join
            userTask after
            start > fork > a > join
            fork > b > join
            fork > c
            join -| ok-> after
        """)
        walk = Walk(chart).start().complete("c")
        assert (walk.incident.kind, walk.incident.node) == ("no way out", "join")

        walk.do(commands.SetVariables({"ok": True}))

        assert walk.case.incidents == {}
        assert walk.waiting == "after"


class TestJoinWhoseConditionWouldNotEnd:
    def test_is_an_incident_and_can_be_tried_again(self) -> None:
        chart = draw(f"""
            startEvent start
            parallelGateway fork
            task a
            task b
            userTask c
            inclusiveGateway join
            userTask after
            start > fork > a > join
            fork > b > join
            fork > c
            join -| done or {ENDLESS} = 0-> after
        """)
        walk = Walk(chart).start(done=False)
        assert (walk.incident.kind, walk.incident.node) == ("expression", "join")
        walk.complete("c")
        assert len(walk.case.incidents) == 1

        walk.do(commands.SetVariables({"done": True})).do(commands.Retry(walk.incident.token))

        assert walk.waiting == "after"
