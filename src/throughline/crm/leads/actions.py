"""What charts may ask of leads: score, first contact, verdict, nurturing, closing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.actor import Actor
from throughline.core.records.actions import record_of, sort_out, text, words
from throughline.core.refusals import Refusal
from throughline.crm.leads import operations
from throughline.crm.leads.models import Lead, Outcome, Rating
from throughline.crm.leads.operations import Closing, Score, Verdict, Wish
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python, to_python

T = TypeVar("T")
Do = Callable[[list[T], Actor, datetime], Sequence[Lead]]


def _wish(request: ActionRequest) -> Wish:
    ref = record_of(request)
    if ref.type != "lead":
        raise Refusal("not_a_lead", f"Expected the step to work on a lead, but the case travels with {ref}.")
    return Wish(ref.id, text(request.inputs.get("reason")), request.cause, request.by)


def on_leads(read: Callable[[ActionRequest], T], do: Do[T], answer: Callable[[Lead], dict[str, Any]]) -> PerformMany:
    """Make a performer of an operation over leads: wishes from requests, results from changed leads."""

    def do_all(requests: list[ActionRequest], wishes: list[T]) -> list[ActionResult]:
        return [ActionResult(from_python(answer(lead))) for lead in do(wishes, requests[0].by, requests[0].at)]

    return lambda requests: sort_out(requests, read, do_all)


def _status(lead: Lead) -> dict[str, Any]:
    return {"status": lead.status}


def _score(request: ActionRequest) -> Score:
    value = request.inputs.get("score")
    if not isinstance(value, Decimal):
        raise Refusal("no_score", f"Expected score to be a number, but it is {value!r}.", "score")
    return Score(
        _wish(request),
        int(value.to_integral_value()),
        tuple(words(request, "reasons")),
        text(request.inputs.get("rating")),
    )


def _due(request: ActionRequest) -> tuple[Wish, datetime]:
    due: Any = to_python(request.inputs.get("due"))
    if isinstance(due, timedelta):
        return _wish(request), request.at + due
    if isinstance(due, datetime) and due.tzinfo is not None:
        return _wish(request), due
    raise Refusal(
        "unreadable_due", f"Expected due to be a date and time with zone or a duration, but it is {due!r}.", "due"
    )


def _verdict(request: ActionRequest) -> Verdict:
    return Verdict(_wish(request), request.inputs.get("qualified") is not False)


def _closing(request: ActionRequest) -> Closing:
    return Closing(_wish(request), text(request.inputs.get("outcome")))


_STATUS = (Parameter(name="status", title="Status afterwards", type="string"),)
_REASON = Parameter(name="reason", title="Reason", type="string")

ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="lead.score",
            title="Store the score",
            summary="Keep a score from 0 to 100 with its reasons, as a decision table has worked it out.",
            inputs=(
                Parameter(name="score", title="Score (0 to 100)", type="number", required=True),
                Parameter(name="reasons", title="Reasons", type="list"),
                Parameter(name="rating", title=f"Rating ({', '.join(Rating.values)})", type="string"),
            ),
            outputs=(
                Parameter(name="score", title="Score", type="number"),
                Parameter(name="rating", title="Rating", type="string"),
                Parameter(name="reasons", title="Reasons", type="list"),
            ),
        ),
        on_leads(
            _score,
            lambda scores, by, at: operations.score_leads(scores=scores, by=by, at=at),
            lambda lead: {"score": lead.score, "rating": lead.rating, "reasons": lead.score_reasons},
        ),
    ),
    (
        ActionSpec(
            name="lead.flag_missed",
            title="Flag a missed first contact",
            summary="Flag the lead because nobody made the first contact in time.",
            outputs=(Parameter(name="flagged", title="Flagged", type="boolean"),),
        ),
        on_leads(
            _wish,
            lambda wishes, by, at: operations.flag_missed_contact(wishes=wishes, by=by, at=at),
            lambda lead: {"flagged": lead.flagged},
        ),
    ),
    (
        ActionSpec(
            name="lead.contacted",
            title="Mark as contacted",
            summary="Keep the moment of the first contact.",
            outputs=_STATUS,
        ),
        on_leads(_wish, lambda wishes, by, at: operations.mark_contacted(wishes=wishes, by=by, at=at), _status),
    ),
    (
        ActionSpec(
            name="lead.response_due",
            title="Show until when to answer",
            summary="Write the moment until which the first contact is to be made onto the lead.",
            inputs=(Parameter(name="due", title="A moment, or a duration from now", type="Any", required=True),),
            outputs=(Parameter(name="due", title="Due", type="date and time"),),
        ),
        on_leads(
            _due,
            lambda dues, by, at: operations.set_response_due(dues=dues, by=by, at=at),
            lambda lead: {"due": lead.first_response_due_at},
        ),
    ),
    (
        ActionSpec(
            name="lead.qualify",
            title="Qualify",
            summary="Say whether the lead is worth pursuing; not worth it closes the lead.",
            inputs=(Parameter(name="qualified", title="Worth pursuing (default true)", type="boolean"), _REASON),
            outputs=_STATUS,
        ),
        on_leads(_verdict, lambda given, by, at: operations.qualify_leads(verdicts=given, by=by, at=at), _status),
    ),
    (
        ActionSpec(
            name="lead.nurture",
            title="Put into nurturing",
            summary="Not ready yet: to be warmed up.",
            inputs=(_REASON,),
            outputs=_STATUS,
        ),
        on_leads(_wish, lambda wishes, by, at: operations.nurture_leads(wishes=wishes, by=by, at=at), _status),
    ),
    (
        ActionSpec(
            name="lead.close",
            title="Close",
            summary="End the enquiry.",
            inputs=(
                Parameter(name="outcome", title=f"Outcome ({', '.join(Outcome.values)})", type="string", required=True),
                _REASON,
            ),
            outputs=_STATUS,
        ),
        on_leads(_closing, lambda ends, by, at: operations.close_leads(closings=ends, by=by, at=at), _status),
    ),
]
