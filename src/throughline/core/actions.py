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
    ``unreachable`` says that the other side as a whole did not answer: after a few of those in a row its connection is
    left alone for a while.
    """

    result: Any = None
    failure: str | None = None
    code: str | None = None
    retryable: bool = False
    unreachable: bool = False

    @classmethod
    def failed(cls, failure: str, *, code: str | None = None, retryable: bool = False) -> ActionResult:
        """Return the result of a request that could not be performed."""
        return cls(None, failure, code, retryable)

    @classmethod
    def nobody_there(cls, failure: str) -> ActionResult:
        """Return the result of a request for which the other side could not be reached at all."""
        return cls(None, failure, None, retryable=True, unreachable=True)


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How an action outside is tried, in seconds.

    After a failure that may pass, the next try comes after ``first_pause`` and each further one after twice as long, at
    most ``longest_pause``; chance takes up to half of every pause away, so that what failed together is not tried
    together. After ``tries`` tries, or as long as they take at most, the step shows an incident; trying goes on every
    ``longest_pause`` until ``gives_up_after``, and a success ends the incident by itself. ``timeout``: how long one
    request may take. ``at_once``: how many requests a performer is handed.
    """

    tries: int = 5
    first_pause: float = 10.0
    longest_pause: float = 600.0
    gives_up_after: float = 14 * 24 * 3600.0
    timeout: float = 20.0
    at_once: int = 20

    def pause(self, tries: int, chance: float) -> float:
        """Return the seconds between try number ``tries`` (from 1) and the next; ``chance`` lies in [0, 1)."""
        longest = self.longest_pause if tries >= self.tries else self._full_pause(tries)
        return longest * (1 - chance / 2)

    @property
    def patience(self) -> float:
        """The seconds after which an incident is shown at the latest, however few tries there were."""
        return sum(self._full_pause(tries) + self.timeout for tries in range(1, self.tries))

    def _full_pause(self, tries: int) -> float:
        return min(self.longest_pause, self.first_pause * 2.0 ** min(tries - 1, 60))


@dataclass(frozen=True, slots=True)
class Outside:
    """
    How an action leaves the house: over which connection a request goes (from its inputs), and with how much patience.

    A connection is what works or does not work as a whole: a mail server, one address of a web hook. Its key is text.
    """

    connection: Callable[[Mapping[str, Any]], str]
    patience: Patience = Patience()


PerformMany = Callable[[Sequence[ActionRequest]], Sequence[ActionResult]]
"""Perform one action for many requests; one result per request, in the same order."""
