"""
What a procedure asks of the rest of the product, and what it is told back: plain values, no tables.

A chart names an action (``tl:action name="record.tag"``). The part that can perform it describes it once with an
``ActionSpec`` (flow/catalogue.py) and performs it *set-wise*: it is handed all requests of one batch for that action
and returns one result per request, in the same order. ``wiring`` joins specifications and performers in the registry
of core/procedures/actions.py; this module exists so that parts below ``procedures`` can write performers too.

There are two places. An action of the **database** is performed in the transaction that steps the case, so it happens
exactly once or not at all; it must not reach outside. An action **outside** (mail, web hooks, other systems) is
performed from the outbox after that transaction has been committed: at least once, always under the same
``ActionRequest.key``, so that the other side (or the performer) can recognise a repetition.

How a performer reports trouble:

- a failed result for one request fails that request alone; the others stand;
- an exception fails the whole call: nothing of it is kept, and the requests are halved and performed again until those
  that raise alone are found; they fail with the text of their exception. A ``Refusal`` keeps its code, so that a chart
  can catch it as an error. Performers that expect failures of single requests return them: halving costs several calls
  for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from throughline.core.actor import Actor
    from throughline.core.recordref import RecordRef


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """
    One step's wish that something be done.

    ``case`` and ``activation``: the case and the counter of the token's activation in it; together they never name
    another wish, whatever is retried. ``record``: what the case travels with. ``inputs``: the evaluated ``tl:input``
    values by name. ``by``: the procedure as an actor. ``at``: the instant of the step. ``cause``: the journal entry
    that led here. ``sandbox``: the case only tries a draft; what is written must carry the same flag and nothing may
    leave the house.
    """

    case: int
    activation: int
    record: RecordRef | None
    inputs: Mapping[str, Any]
    by: Actor
    at: datetime
    cause: int | None = None
    sandbox: bool = False

    @property
    def key(self) -> str:
        """The idempotency key, the same for every try: ``case:activation``."""
        return f"{self.case}:{self.activation}"


@dataclass(frozen=True, slots=True)
class ActionResult:
    """
    What became of one request: a result, or a failure in words.

    ``result`` is what output mappings see as ``result`` (a FEEL value, most often a context). ``failure`` follows the
    rule for errors (*Expected X, but Y.*); ``code`` makes it an error that a boundary event can catch; ``retryable``
    says that the same request may succeed later, so the outbox tries again before it becomes an incident.
    """

    result: Any = None
    failure: str | None = None
    code: str | None = None
    retryable: bool = False

    @classmethod
    def failed(cls, failure: str, *, code: str | None = None, retryable: bool = False) -> ActionResult:
        """Return the result of a request that could not be performed."""
        return cls(None, failure, code, retryable)


PerformMany = Callable[[Sequence[ActionRequest]], Sequence[ActionResult]]
"""Perform one action for many requests; one result per request, in the same order."""
