"""Compensation and transactions: BPMN 2.0.2, 10.7, 10.3.5.2 and 13.5.5."""

from __future__ import annotations

from throughline.flow.engine.tests.walking import Walk, draw, on_error, on_signal, signal

BOOKED = """
    task {name}
    boundaryEvent undo_{name} attachedToRef={name} <compensateEventDefinition/>
    task cancel_{name} isForCompensation=true
    association a_{name} sourceRef=undo_{name} targetRef=cancel_{name} associationDirection=One
"""
UNDO = "<compensateEventDefinition/>"


def booked(*names: str) -> str:
    """Return tasks that can be undone, each with its handler."""
    return "".join(BOOKED.format(name=name) for name in names)


class TestThrow:
    def test_undoes_what_was_done_in_reverse_order_and_waits_for_it(self) -> None:
        chart = draw(f"""
            startEvent start
            {booked("flight", "hotel")}
            intermediateThrowEvent undo {UNDO}
            endEvent end
            start > flight > hotel > undo > end
        """)

        assert Walk(chart).start().names == "start flight hotel cancel_hotel cancel_flight undo end"

    def test_undoes_one_activity_when_it_is_named(self) -> None:
        chart = draw(f"""
            startEvent start
            {booked("flight", "hotel")}
            endEvent undo <compensateEventDefinition activityRef="flight"/>
            start > flight > hotel > undo
        """)

        assert Walk(chart).start().names == "start flight hotel cancel_flight undo"

    def test_undoes_nothing_twice(self) -> None:
        chart = draw(f"""
            startEvent start
            {booked("flight")}
            intermediateThrowEvent once {UNDO}
            intermediateThrowEvent twice {UNDO}
            start > flight > once > twice
        """)

        assert Walk(chart).start().names == "start flight cancel_flight once twice"

    def test_undoes_nothing_that_was_not_done(self) -> None:
        chart = draw(f"""
            startEvent start
            {booked("flight")}
            endEvent undo {UNDO}
            start > undo
        """)

        assert Walk(chart).start().names == "start undo"

    def test_waits_for_a_person_who_undoes(self) -> None:
        chart = draw(
            f"""
            startEvent start
            {booked("flight")}
            endEvent undo {UNDO}
            start > flight > undo
            """,
            by_hand=("cancel_flight",),
        )
        walk = Walk(chart).start()
        assert walk.waiting == "undo cancel_flight"

        assert walk.complete("cancel_flight").names == "start flight cancel_flight undo"

    def test_undoes_each_round_of_a_loop(self) -> None:
        chart = draw(f"""
            startEvent start
            {booked("flight").replace("task flight", "task flight <standardLoopCharacteristics loopMaximum='2'/>", 1)}
            endEvent undo {UNDO}
            start > flight > undo
        """)

        assert Walk(chart).start().names == "start flight flight cancel_flight cancel_flight undo"


class TestSubprocess:
    def test_is_undone_by_undoing_what_was_done_inside(self) -> None:
        chart = draw(f"""
            startEvent start
            subProcess trip {{
                startEvent begin
                {booked("flight")}
                begin > flight
            }}
            endEvent undo <compensateEventDefinition activityRef="trip"/>
            start > trip > undo
        """)

        assert Walk(chart).start().names == "start begin flight trip cancel_flight undo"

    def test_is_undone_by_its_compensation_event_subprocess_over_the_data_it_had(self) -> None:
        chart = draw(f"""
            startEvent start
            subProcess trip {{
                dataObject seat
                startEvent begin
                scriptTask book tl:result=seat <script>"12A"</script>
                begin > book
                subProcess undoing triggeredByEvent=true {{
                    startEvent asked {UNDO}
                    scriptTask free tl:result=freed <script>seat</script>
                    asked > free
                }}
            }}
            endEvent undo {UNDO}
            start > trip > undo
        """)

        walk = Walk(chart).start()

        assert walk.names == "start begin book trip asked free undoing undo"
        assert walk.variables == {"freed": "12A"}

    def test_that_failed_is_not_undone(self) -> None:
        chart = draw(f"""
            startEvent start
            subProcess trip {{
                startEvent begin
                {booked("flight")}
                endEvent broken {on_error()}
                begin > flight > broken
            }}
            boundaryEvent failed attachedToRef=trip {on_error()}
            endEvent undo {UNDO}
            start > trip
            failed > undo
        """)

        assert Walk(chart).start().names == "start begin flight broken failed undo"


class TestTransaction:
    def test_cancelled_undoes_what_was_done_and_goes_on_at_its_border(self) -> None:
        chart = draw(f"""
            startEvent start
            transaction trip {{
                startEvent begin
                {booked("flight", "hotel")}
                userTask forgotten
                endEvent cancel <cancelEventDefinition/>
                begin > flight > hotel > cancel
                begin > forgotten
            }}
            boundaryEvent cancelled attachedToRef=trip <cancelEventDefinition/>
            endEvent end
            endEvent sorry
            start > trip > end
            cancelled > sorry
        """)

        walk = Walk(chart).start()

        assert walk.names == "start begin flight hotel cancel_hotel cancel_flight cancel cancelled sorry"
        assert walk.status == "completed"

    def test_that_is_not_cancelled_is_a_subprocess(self) -> None:
        chart = draw("""
            startEvent start
            transaction trip {
                task flight
            }
            endEvent end
            start > trip > end
        """)

        assert Walk(chart).start().names == "start flight trip end"

    def test_cancelled_without_a_border_event_is_an_incident(self) -> None:
        chart = draw("""
            startEvent start
            transaction trip {
                startEvent begin
                endEvent cancel <cancelEventDefinition/>
                begin > cancel
            }
            start > trip
        """)

        walk = Walk(chart).start()

        assert walk.incident.kind == "cancel"
        assert walk.status == "waiting"


class TestFromAnEventSubprocess:
    def test_undoes_what_was_done_in_the_scope_it_reacts_in(self) -> None:
        chart = draw(
            f"""
            startEvent start
            {booked("flight")}
            userTask wait
            subProcess reaction triggeredByEvent=true {{
                startEvent sorry {on_signal("X")}
                endEvent undo {UNDO}
                sorry > undo
            }}
            start > flight > wait
            """,
            roots=signal("X"),
        )

        assert Walk(chart).start().signal("X").names == "start flight sorry cancel_flight undo reaction"

    def test_finds_a_named_activity_outwards(self) -> None:
        chart = draw(f"""
            startEvent start
            {booked("flight")}
            subProcess inside {{
                startEvent inner
                endEvent undo <compensateEventDefinition activityRef="flight"/>
                inner > undo
            }}
            start > flight > inside
        """)

        assert Walk(chart).start().names == "start flight inner cancel_flight undo inside"


class TestSubprocessWithAHandlerOfItsOwn:
    def test_is_undone_inside_first_and_then_by_its_handler(self) -> None:
        chart = draw(f"""
            startEvent start
            subProcess trip {{
                startEvent inner
                {booked("flight")}
                inner > flight
            }}
            boundaryEvent undo_trip attachedToRef=trip {UNDO}
            task cancel_trip isForCompensation=true
            association a_trip sourceRef=undo_trip targetRef=cancel_trip associationDirection=One
            endEvent undo {UNDO}
            start > trip > undo
        """)

        assert Walk(chart).start().names == "start inner flight trip cancel_flight cancel_trip undo"


class TestCompensationWithoutAHandler:
    def test_of_an_event_that_nothing_is_tied_to_undoes_nothing(self) -> None:
        chart = draw(f"""
            startEvent start
            task flight
            boundaryEvent undo_flight attachedToRef=flight {UNDO}
            endEvent undo {UNDO}
            start > flight > undo
        """)

        assert Walk(chart).start().names == "start flight undo"


class TestCancelFromWithin:
    def test_a_subprocess_of_a_transaction_cancels_the_whole(self) -> None:
        chart = draw(f"""
            startEvent start
            transaction buy {{
                startEvent begin
                {booked("flight")}
                subProcess check {{
                    startEvent look
                    endEvent no <cancelEventDefinition/>
                    look > no
                }}
                begin > flight > check
            }}
            boundaryEvent cancelled attachedToRef=buy <cancelEventDefinition/>
            endEvent sorry
            start > buy
            cancelled > sorry
        """)

        assert Walk(chart).start().names == "start begin flight look cancel_flight no cancelled sorry"
