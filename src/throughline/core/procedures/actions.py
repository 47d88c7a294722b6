"""
The registry of actions: what charts may ask of the product, and who performs it.

``wiring`` registers every capability's actions at start-up. A chart names an action; publishing refuses names that are
not here, the editor offers them, the driver groups the requests of a batch by action and hands them to the performer
at once. See core/actions.py for what a performer is given, returns and may raise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.core.actions import ActionRequest, ActionResult, Outside, Patience, PerformMany
from throughline.flow.catalogue import ActionSpec, Catalogue, Parameter

OUTSIDE = "outside"

__all__ = ["OUTSIDE", "Action", "ActionRequest", "ActionResult", "catalogue", "find", "forget", "register"]


@dataclass(frozen=True, slots=True)
class Action:
    """An action with its performer."""

    spec: ActionSpec
    perform_many: PerformMany
    outside: Outside | None = None

    @property
    def patience(self) -> Patience:
        """How often and how long it is tried."""
        return DEFAULT_PATIENCE if self.outside is None else self.outside.patience

    def connection(self, inputs: Mapping[str, Any]) -> str:
        """Return the key of the connection that a request goes over: its own name, if nothing else is said."""
        return self.spec.name if self.outside is None else self.outside.connection(inputs)

    @property
    def is_outside(self) -> bool:
        """Whether it leaves the database, so that it goes through the outbox."""
        return self.spec.place == OUTSIDE

    def perform(self, requests: Sequence[ActionRequest]) -> Sequence[ActionResult]:
        """
        Perform all requests.

        Raises:
            RuntimeError: the performer did not return one result per request.
        """
        results = self.perform_many(requests)
        if len(results) != len(requests):
            raise RuntimeError(
                f"Expected action {self.spec.name} to return {len(requests)} results, but it returned {len(results)}."
            )
        return results


def _set_reviews(requests: Sequence[ActionRequest]) -> Sequence[ActionResult]:
    from throughline.core.procedures.operations.stewardship import set_reviews  # it needs this module

    return set_reviews(requests)


ACTIONS: Sequence[tuple[ActionSpec, PerformMany]] = (
    (
        ActionSpec(
            name="procedure.set_review",
            title="Set the day of a procedure's review",
            summary="Say when a procedure is looked at again: in so many days, or in so many months.",
            inputs=(
                Parameter(name="procedure", title="Key of the procedure", type="string", required=True),
                Parameter(name="days", title="Days from now", type="number"),
                Parameter(name="months", title="Months from now", type="number"),
            ),
            outputs=(Parameter(name="review_on", title="Day of the review", type="date"),),
            place="database",
        ),
        _set_reviews,
    ),
)
"""What procedures may ask of procedures themselves."""

DEFAULT_PATIENCE = Patience()
_actions: dict[str, Action] = {}


def register(spec: ActionSpec, perform_many: PerformMany, outside: Outside | None = None) -> None:
    """
    Make an action known under ``spec.name``; called once at start-up. ``outside``: how it leaves the house.

    Raises:
        ValueError: the name is taken by another performer.
    """
    known = _actions.get(spec.name)
    if known is not None and known.perform_many is not perform_many:
        raise ValueError(f'Expected action "{spec.name}" to be registered once, but it has two performers.')
    _actions[spec.name] = Action(spec, perform_many, outside)


def forget(name: str) -> None:
    """Take an action out again; unknown names are ignored."""
    _actions.pop(name, None)


def find(name: str) -> Action | None:
    """Return the action called ``name``, or None if nobody performs it here."""
    return _actions.get(name)


def outside() -> list[Action]:
    """Return the actions that leave the house, by name."""
    return [action for _, action in sorted(_actions.items()) if action.is_outside]


def catalogue() -> Catalogue:
    """Return the specifications of all actions, by name: what the editor offers and the check knows."""
    return {name: action.spec for name, action in sorted(_actions.items())}
