"""
Performing what the cases of a batch asked of the database, one call per action.

Each call runs in a savepoint. If it raises, the savepoint is rolled back and every request performed by itself: the
ones that raise again fail with the text of what they raised, the others are done. Faults of the connection are not
failures of an action; they end the batch, which is done again.

What a case of a trial asks is performed by itself, on test records only (core/trying.py). What would change something
real is taken back and caught, as what leaves the house is; what tells somebody something is done, and shown as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from throughline.core.actions import ActionRequest, ActionResult
from throughline.core.actor import Actor
from throughline.core.procedures import actions
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.core.procedures.driver.faults import is_passing
from throughline.core.records.unit_of_work import WriteFailed
from throughline.core.refusals import Refusal
from throughline.core.trying import TouchesReal, on_test_records
from throughline.flow import values
from throughline.flow.engine import commands as cmd
from throughline.flow.engine.effects import PerformAction

Asked = tuple[CaseRun, PerformAction]


def perform(runs: Iterable[CaseRun]) -> list[CaseRun]:
    """Perform everything asked, give each case its answers, and return the cases that have some."""
    by_action: dict[str, list[Asked]] = {}
    answered: dict[int, CaseRun] = {}
    for run in runs:
        for effect in run.asked:
            by_action.setdefault(effect.action, []).append((run, effect))
            answered[run.id] = run
        run.asked = []
    for name, asked in sorted(by_action.items()):
        _perform(name, asked)
    return list(answered.values())


def _perform(name: str, asked: list[Asked]) -> None:
    action = actions.find(name)
    assert action is not None  # case_run answers for unknown ones
    asked.sort(key=lambda each: (each[0].record or ("", 0), each[0].id, each[1].activation))  # one order of locks
    live = [each for each in asked if not each[0].sandbox]
    results = _results(action, [request(run, effect) for run, effect in live]) if live else ()
    answered = [*zip(live, results, strict=True), *((each, _try(action, *each)) for each in asked if each[0].sandbox)]
    for (run, effect), result in answered:
        run.outstanding -= 1
        run.answers.append(answer(effect.activation, result))


def _try(action: actions.Action, run: CaseRun, effect: PerformAction) -> ActionResult:
    """Perform a request of a trial; what would touch something real is caught and answered as if it were done."""
    try:
        with on_test_records():
            (result,) = _results(action, [request(run, effect)])
    except TouchesReal:
        run.wishes[effect.activation] = (effect, run.moved_at)
        return ActionResult()
    if action.spec.tells and result.failure is None:
        run.wishes[effect.activation] = (effect, run.moved_at)
    return result


def request(run: CaseRun, effect: PerformAction) -> ActionRequest:
    """Return what the performer is told."""
    by = Actor("procedure", f"{run.id}:{effect.activation}", run.running.name)
    return ActionRequest(
        case=run.id,
        activation=effect.activation,
        record=run.record,
        inputs=effect.inputs,
        by=by,
        at=run.moved_at,
        cause=run.cause,
        sandbox=run.sandbox,
    )


def answer(activation: int, result: ActionResult) -> cmd.Command:
    """Return the command that tells a case how an action ended."""
    if result.failure is not None:
        return cmd.ActionFailed(activation, result.failure, result.retryable, result.code)
    return cmd.ActionFinished(activation, values.from_python(result.result))


def _results(action: actions.Action, requests: Sequence[ActionRequest]) -> Sequence[ActionResult]:
    try:
        with transaction.atomic():
            return action.perform(requests)
    except Exception as problem:
        if is_passing(problem) or isinstance(problem, (WriteFailed, TouchesReal)):
            raise
        if len(requests) == 1:
            return [failed(action.spec.name, problem)]
        middle = len(requests) // 2
        return [*_results(action, requests[:middle]), *_results(action, requests[middle:])]


def failed(name: str, problem: Exception) -> ActionResult:
    """Return the result of a request whose performer raised."""
    if isinstance(problem, Refusal):
        return ActionResult.failed(problem.message, code=problem.code)
    text = f"Expected the action “{name}” to be done, but it failed: {type(problem).__name__}: {problem}"
    return ActionResult.failed(text, retryable=True)
