"""The exclusive gateway: BPMN 2.0.2, 10.6.2."""

from __future__ import annotations

from throughline.flow.engine import commands
from throughline.flow.engine.tests.walking import Walk, draw

HOT = draw("""
    startEvent start
    userTask qualify
    exclusiveGateway hot? default=hot__no
    userTask call
    endEvent end
    endEvent dropped
    start > qualify > hot?
    hot? -yes| score >= 50-> call
    hot? -no-> dropped
    call > end
""")
STRICT = draw("""
    startEvent start
    exclusiveGateway region?
    task eu
    task us
    endEvent end
    start > region?
    region? -EU| region = "EU"-> eu
    region? -US| region = "US"-> us
    eu > end
    us > end
""")


class TestSplit:
    def test_takes_the_first_way_whose_condition_holds(self) -> None:
        walk = Walk(HOT).start()

        walk.complete("qualify", score=80).complete("call")

        assert walk.story == "start > qualify > hot? -yes-> call > end"
        assert walk.status == "completed"

    def test_takes_the_default_when_no_condition_holds(self) -> None:
        walk = Walk(HOT).start()

        walk.complete("qualify", score=10)

        assert walk.story == "start > qualify > hot? -no-> dropped"

    def test_counts_null_as_not_holding(self) -> None:
        walk = Walk(HOT).start()

        walk.complete("qualify")

        assert walk.story == "start > qualify > hot? -no-> dropped"

    def test_looks_at_conditions_in_the_order_drawn(self) -> None:
        chart = draw("""
            startEvent start
            exclusiveGateway which
            endEvent first
            endEvent second
            start > which
            which -a| true-> first
            which -b| true-> second
        """)

        assert Walk(chart).start().story == "start > which -a-> first"

    def test_becomes_an_incident_that_says_what_the_conditions_saw_when_no_way_is_open(self) -> None:
        walk = Walk(STRICT).start(region="NO")

        assert walk.status == "waiting"
        assert walk.incident.message == (
            "Expected gateway 'region?' to have a default flow or a condition that holds, "
            'but region = "NO" matches none of 2.'
        )

    def test_goes_on_when_the_data_are_repaired_and_it_is_tried_again(self) -> None:
        walk = Walk(STRICT).start(region="NO")

        walk.do(commands.SetVariables({"region": "US"})).do(commands.Retry(walk.token("region?").id))

        assert walk.names == "start us end"
        assert walk.case.incidents == {}
        assert walk.status == "completed"

    def test_reads_facts_of_the_record_where_no_variable_has_the_name(self) -> None:
        walk = Walk(STRICT, facts={"region": "US"}).start()

        assert walk.names == "start us end"


class TestMerge:
    def test_passes_every_token(self) -> None:
        chart = draw("""
            startEvent start
            parallelGateway both
            task a
            task b
            exclusiveGateway merge
            task after
            endEvent end
            start > both > a > merge
            both > b > merge
            merge > after > end
        """)

        assert Walk(chart).start().names == "start a b after after end end"
