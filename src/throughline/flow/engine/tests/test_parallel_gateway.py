"""The parallel gateway: BPMN 2.0.2, 10.6.4."""

from __future__ import annotations

from throughline.flow.engine.tests.walking import Walk, draw

BOTH = draw("""
    startEvent start
    parallelGateway fork
    userTask a
    userTask b
    parallelGateway join
    task after
    endEvent end
    start > fork > a > join
    fork > b > join
    join > after > end
""")


class TestJoin:
    def test_waits_for_every_branch(self) -> None:
        walk = Walk(BOTH).start().complete("b")

        assert walk.waiting == "a join"
        assert walk.status == "waiting"

    def test_goes_on_once_when_the_last_branch_arrives(self) -> None:
        walk = Walk(BOTH).start().complete("b").complete("a")

        assert walk.names == "start b a after end"
        assert walk.status == "completed"

    def test_keeps_a_surplus_token_of_one_flow(self) -> None:
        chart = draw("""
            startEvent start
            task twice completionQuantity=2
            task once
            parallelGateway fork
            parallelGateway join
            task after
            endEvent end
            start > fork > twice > join
            fork > once > join
            join > after > end
        """)

        walk = Walk(chart).start()

        assert walk.names == "start twice once after end"
        assert walk.waiting == "join"
        assert walk.status == "waiting"

    def test_ignores_conditions_on_its_flows(self) -> None:
        chart = draw("""
            startEvent start
            parallelGateway fork
            task a
            task b
            start > fork
            fork -no| false-> a
            fork > b
        """)

        assert Walk(chart).start().names == "start a b"


class TestStory:
    def test_tells_a_join_once(self) -> None:
        chart = draw("""
            startEvent start
            parallelGateway fork
            task a
            task b
            parallelGateway join
            start > fork > a > join
            fork > b > join
        """)

        assert Walk(chart).start().story.split(" > ").count("join") == 1
