"""The complex gateway: BPMN 2.0.2, 10.6.5 and 13.4.5."""

from __future__ import annotations

from throughline.flow.engine import commands
from throughline.flow.engine.state import ROOT
from throughline.flow.engine.tests.walking import Walk, draw

SECOND_OF_THREE = draw("""
    startEvent start
    parallelGateway fork
    userTask a
    userTask b
    userTask c
    complexGateway enough <activationCondition>activationCount >= 2</activationCondition>
    task after
    endEvent end
    start > fork > a > enough
    fork > b > enough
    fork > c > enough
    enough > after > end
""")


class TestJoin:
    def test_goes_on_when_its_condition_holds(self) -> None:
        walk = Walk(SECOND_OF_THREE).start().complete("c")
        assert walk.waiting == "a b enough"

        walk.complete("a")

        assert walk.names == "start c a after end"
        assert walk.waiting == "b"

    def test_swallows_the_late_token_and_is_over(self) -> None:
        walk = Walk(SECOND_OF_THREE).start().complete("c").complete("a").complete("b")

        assert walk.names == "start c a after end b"
        assert walk.status == "completed"

    def test_starts_anew_after_its_late_tokens_have_come(self) -> None:
        chart = draw("""
            startEvent start
            exclusiveGateway again
            parallelGateway fork
            userTask a
            userTask b
            complexGateway first <activationCondition>activationCount >= 1</activationCondition>
            userTask after
            start > again > fork > a > first
            fork > b > first
            first > after > again
        """)
        walk = Walk(chart).start()

        walk.complete("a").complete("b").complete("after").complete("b")

        assert walk.names == "start a b after b"
        assert walk.waiting == "a after"

    def test_starts_anew_when_the_late_tokens_went_elsewhere(self) -> None:
        chart = draw("""
            startEvent start
            parallelGateway fork
            userTask a
            userTask b
            exclusiveGateway which
            complexGateway first <activationCondition>activationCount >= 1</activationCondition>
            task after
            endEvent elsewhere
            userTask beside
            start > fork > a > first
            fork > b > which
            fork > beside
            which -no| not(late)-> elsewhere
            which -yes| late-> first
            first > after
        """)
        walk = Walk(chart).start(late=False).complete("a")
        assert walk.case.scopes[ROOT].resetting

        walk.complete("b")

        assert walk.names == "start a after b elsewhere"
        assert not walk.case.scopes[ROOT].resetting

    def test_waits_like_an_inclusive_gateway_without_a_condition(self) -> None:
        chart = draw("""
            startEvent start
            parallelGateway fork
            userTask a
            userTask b
            complexGateway merge
            endEvent end
            start > fork > a > merge
            fork > b > merge
            merge > end
        """)
        walk = Walk(chart).start().complete("a")
        assert walk.waiting == "b merge"

        assert walk.complete("b").names == "start a b end"


class TestSplit:
    def test_takes_every_way_whose_condition_holds(self) -> None:
        chart = draw("""
            startEvent start
            complexGateway which default=which_no
            task a
            task b
            task c
            start > which
            which -x| true-> a
            which -y| true-> b
            which -no-> c
        """)

        assert Walk(chart).start().names == "start a b"


class TestNoWayOut:
    def test_is_an_incident_once_and_goes_on_when_a_condition_holds(self) -> None:
        chart = draw("""
            startEvent start
            parallelGateway fork
            task a
            userTask b
            complexGateway enough <activationCondition>activationCount >= 1</activationCondition>
            userTask after
            start > fork > a > enough
            fork > b > enough
            enough -| ok-> after
        """)
        walk = Walk(chart).start()
        assert (walk.incident.kind, walk.incident.node) == ("no way out", "enough")

        walk.do(commands.SetVariables({"ok": True}))

        assert walk.case.incidents == {}
        assert walk.names == "start a"
        assert walk.waiting == "b after"

    def test_takes_the_default_when_nothing_holds(self) -> None:
        chart = draw("""
            startEvent start
            complexGateway split default=split_otherwise <activationCondition>true</activationCondition>
            task a
            task b
            start > split
            split -x| false-> a
            split -otherwise-> b
        """)

        assert Walk(chart).start().names == "start b"

    def test_starts_anew_when_no_late_token_can_come(self) -> None:
        chart = draw("""
            startEvent start
            exclusiveGateway which
            userTask a
            userTask b
            complexGateway first <activationCondition>activationCount >= 1</activationCondition>
            start > which
            which -x| first_way-> a
            which -y| not(first_way)-> b
            a > first
            b > first
            first > done
            task done
        """)

        walk = Walk(chart).start(first_way=True).complete("a")

        assert walk.status == "completed"
        assert walk.names == "start a done"
