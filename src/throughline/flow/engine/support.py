"""Which elements of BPMN run, as data: section, module, tests. ``docs/bpmn-support.md`` is made from it."""

from __future__ import annotations

from typing import NamedTuple

from throughline.flow import suites


class Support(NamedTuple):
    """One element: its section in BPMN 2.0.2, the module that runs it, the tests that hold it, and a remark."""

    element: str
    section: str
    module: str
    tests: str
    remark: str = ""


RUNS: tuple[Support, ...] = (
    Support("Task", "10.3.3", "task", "test_subprocess", "done when reached, or offered to a person by hand"),
    Support("User task, manual task", "10.3.3", "user_task", "test_user_task", "`tl:workItem`"),
    Support("Service task", "10.3.3", "service_task", "test_service_task", "`tl:action`"),
    Support("Send task", "10.3.3", "send_task", "test_catch_and_throw_events", "a message, or `tl:action`"),
    Support("Receive task", "10.3.3", "receive_task", "test_event_based_gateway", "also creating cases"),
    Support("Script task", "10.3.3", "script_task", "test_script_and_rule_tasks", "FEEL"),
    Support("Business rule task", "10.3.3", "business_rule_task", "test_script_and_rule_tasks", "DMN; `tl:decision`"),
    Support("Sub-process", "10.3.5", "subprocess", "test_subprocess", "with data of its own"),
    Support("Event sub-process", "10.3.5", "event_subprocess", "test_subprocess", "interrupting and not, all starts"),
    Support("Ad-hoc sub-process", "10.3.5", "ad_hoc_subprocess", "test_subprocess", "parallel and sequential"),
    Support("Transaction", "10.3.5", "transaction", "test_compensation_and_transactions", "cancel"),
    Support("Call activity, global task", "10.3.6", "call_activity", "test_call_activity", "a case of its own"),
    Support("Standard loop", "10.3.8", "loops", "test_loops", "the condition means *while*"),
    Support("Multi-instance", "10.3.8", "loops", "test_loops", "sequential, parallel, completion, behaviours"),
    Support("Start event", "10.5.1", "start_event", "test_repair", "none, message, timer, signal, conditional"),
    Support("End event", "10.5.1", "end_event", "test_repair", "all kinds; multiple"),
    Support("Catch event", "10.5.2", "catch_event", "test_catch_and_throw_events", "multiple, parallel multiple"),
    Support("Throw event", "10.5.3", "throw_event", "test_catch_and_throw_events", "link, multiple"),
    Support("Boundary event", "10.5.4", "boundary_event", "test_boundary_event", "interrupting and not; cycles"),
    Support("Error, escalation", "10.5.5", "../throwing", "test_errors_and_escalations", "uncaught: an incident"),
    Support("Exclusive gateway", "10.6.2", "exclusive_gateway", "test_exclusive_gateway", "no way out: an incident"),
    Support("Inclusive gateway", "10.6.3", "inclusive_gateway", "test_inclusive_gateway", "the join rule of 13.4.3"),
    Support("Parallel gateway", "10.6.4", "parallel_gateway", "test_parallel_gateway", "surplus tokens stay"),
    Support("Complex gateway", "10.6.5", "complex_gateway", "test_complex_gateway", "`activationCount`"),
    Support("Event-based gateway", "10.6.6", "event_based_gateway", "test_event_based_gateway", "also creating cases"),
    Support(
        "Compensation",
        "10.7",
        "compensation",
        "test_compensation_and_transactions",
        "in reverse, once, waited for",
    ),
    Support("Implicit split, merge", "13.2.1", "../step", "test_exclusive_gateway", "conditions make it inclusive"),
)
"""What runs."""

DRAWN: tuple[tuple[str, str], ...] = (
    ("Pools, message flows", "documentation; a scenario delivers messages along them"),
    ("Lanes", "the queue of a step that names nobody"),
    ("Data objects, properties", "variables by name or id; associations and assignments are not executed"),
    ("Data stores, groups, annotations", "documentation"),
    ("Associations", "documentation, but for those from a compensation event to its activity"),
    ("Choreographies, conversations", "kept word for word, not shown and not run"),
    ("Interfaces, operations, resources, correlations", "read for names; `tl:` says what runs"),
    ("Auditing, monitoring", "kept word for word"),
)
"""What is only drawn."""


def markdown(scores: suites.Scores) -> str:
    """Return the page of documentation, with the last scores of the public suites."""
    lines = [
        "# BPMN support",
        "",
        "Made from `src/throughline/flow/engine/support.py` by `make documents`; a test compares the two.",
        "",
        "## What runs",
        "",
        "| Element | BPMN 2.0.2 | Module in `flow/engine` | Tests | Remark |",
        "|---|---|---|---|---|",
    ]
    for each in RUNS:
        module = each.module.removeprefix("../") if each.module.startswith("../") else f"elements/{each.module}"
        lines.append(f"| {each.element} | {each.section} | `{module}.py` | `{each.tests}.py` | {each.remark} |")
    lines += ["", "## What is only drawn", "", "| Element | What becomes of it |", "|---|---|"]
    lines += [f"| {element} | {remark} |" for element, remark in DRAWN]
    return "\n".join(lines) + "\n" + suites.chapter("bpmn", scores)
