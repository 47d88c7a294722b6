"""
What ends and what interrupts it, in the same step: one of the two happens, never both, whoever comes first.

The interrupting branch gets longer task by task, so that every order of the two is met.
"""

from __future__ import annotations

import pytest

from throughline.flow.engine.tests.walking import Walk, draw, instances, on_condition, on_signal, repeat, signal

INSIDE = "{\ntask inner\n}"
TWICE = repeat("true", 'loopMaximum="2"')

pytestmark = pytest.mark.req("B7")
BOUND_TO_END = {
    "subprocess": f"subProcess work {INSIDE}",
    "loop": f"task work {TWICE}",
    "loop of subprocesses": "subProcess work {\n" + TWICE + INSIDE[1:],
    "instances": f"task work {instances(2)}",
    "ad hoc": f"adHocSubProcess work {INSIDE}",
    "transaction": f"transaction work {INSIDE}",
}


def delay(tasks: int) -> str:
    """Return so many tasks in a row, as a way from the fork to the throwing event."""
    names = [f"t{number}" for number in range(tasks)]
    return "\n".join([*(f"task {name}" for name in names), " > ".join(["fork", *names, "throw"])])


@pytest.mark.parametrize("tasks", range(8))
@pytest.mark.parametrize("work", BOUND_TO_END.values(), ids=BOUND_TO_END)
def test_an_activity_is_over_or_interrupted_and_never_both(work: str, tasks: int) -> None:
    chart = draw(
        f"""
        startEvent start
        parallelGateway fork
        {work}
        boundaryEvent stop attachedToRef=work {on_signal("X")}
        endEvent done
        endEvent stopped
        endEvent throw {on_signal("X")}
        start > fork > work > done
        stop > stopped
        {delay(tasks)}
        """,
        roots=signal("X"),
    )

    walk = Walk(chart).start()

    assert walk.status == "completed"
    assert sorted({"done", "stopped"} & set(walk.names.split())) in (["done"], ["stopped"])


@pytest.mark.parametrize("tasks", range(8))
def test_a_reaction_is_over_or_interrupted_and_never_both(tasks: int) -> None:
    chart = draw(
        f"""
        startEvent start
        subProcess around {{
            startEvent inner_start
            parallelGateway fork
            task work
            endEvent throw {on_signal("X")}
            subProcess reaction triggeredByEvent=true {{
                startEvent called isInterrupting=false {on_condition("begun")}
                task react
                called > react
            }}
            scriptTask begin tl:result=begun <script>true</script>
            inner_start > fork > begin > work
            {delay(tasks)}
        }}
        boundaryEvent stop attachedToRef=around {on_signal("X")}
        endEvent done
        endEvent stopped
        start > around > done
        stop > stopped
        """,
        roots=signal("X"),
    )

    walk = Walk(chart).start()

    assert walk.status == "completed"
    assert sorted({"done", "stopped"} & set(walk.names.split())) in (["done"], ["stopped"])


@pytest.mark.parametrize("tasks", range(8))
def test_undoing_is_over_or_interrupted_and_never_both(tasks: int) -> None:
    chart = draw(
        f"""
        startEvent start
        subProcess around {{
            startEvent inner_start
            task book
            boundaryEvent undo_book attachedToRef=book <compensateEventDefinition/>
            task unbook isForCompensation=true
            association a sourceRef=undo_book targetRef=unbook associationDirection=One
            parallelGateway fork
            intermediateThrowEvent undo <compensateEventDefinition/>
            task after
            endEvent throw {on_signal("X")}
            inner_start > book > fork > undo > after
            {delay(tasks)}
        }}
        boundaryEvent stop attachedToRef=around {on_signal("X")}
        endEvent done
        endEvent stopped
        start > around > done
        stop > stopped
        """,
        roots=signal("X"),
    )

    walk = Walk(chart).start()

    assert walk.status == "completed"
    assert walk.names.split().count("unbook") <= 1
