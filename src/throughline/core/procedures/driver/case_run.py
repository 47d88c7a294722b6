"""
A case in the memory of one batch: what it was, what the kernel makes of it, and what it asks of others.

A run is given one command after the other. Answers of database actions go before the next claimed command, and that one
waits until no action of the case is outstanding: the case behaves as if each command had a transaction of its own.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from throughline.core.actor import Actor
from throughline.core.procedures import actions
from throughline.core.procedures.charts import Running
from throughline.core.procedures.driver import log
from throughline.core.procedures.driver.claim import Claimed
from throughline.core.procedures.facts import Seen
from throughline.core.procedures.setwise import Row
from throughline.core.recordref import RecordRef
from throughline.flow.catalogue import ActionSpec
from throughline.flow.engine import Advance, CommandRefused, State, Surroundings, advance
from throughline.flow.engine import commands as cmd
from throughline.flow.engine import events as ev
from throughline.flow.engine.effects import (
    CancelAction,
    CancelCase,
    Effect,
    EscalateToCaller,
    FinishCase,
    OfferWork,
    PerformAction,
    StartCase,
    ThrowMessage,
    ThrowSignal,
    WithdrawWork,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Observed:
    """
    A step that was seen done: by whom, when, what that set. ``offer``: what was expected, if that came in this batch.
    """

    by: Actor
    at: datetime
    answers: Mapping[str, str]
    offer: OfferWork | None


@dataclass(slots=True)
class CaseRun:
    """
    One case of a batch.

    ``before`` is the state it came with (None: it has not started), ``state`` the one it has now. ``arrived``: when
    each resting token came. ``facts``: what expressions may see, by name; ``seen``: what they were worked out from.
    ``cause``: the journal entry behind the command at hand, else the one that started the case. Everything from
    ``offers`` on is what the kernel asked for and ``write`` carries out.
    """

    id: int
    running: Running
    record: RecordRef | None
    before: State | None
    state: State | None
    sequence: int
    inputs: int
    moved_at: datetime
    sandbox: bool
    cause: int | None
    depth: int
    parent: int | None
    parent_token: int | None
    arrived: dict[int, datetime]
    claimed: deque[Claimed]
    facts: Mapping[str, Any] = field(default_factory=dict)
    seen: Seen | None = None
    answers: deque[cmd.Command] = field(default_factory=deque)
    outstanding: int = 0
    asked: list[PerformAction] = field(default_factory=list)
    log: list[Row] = field(default_factory=list)
    fed: list[Row] = field(default_factory=list)
    offers: dict[int, OfferWork] = field(default_factory=dict)
    observed: dict[int, Observed] = field(default_factory=dict)
    wishes: dict[int, tuple[PerformAction, datetime]] = field(default_factory=dict)
    tried: dict[int, PerformAction] = field(default_factory=dict)
    unwanted: list[int] = field(default_factory=list)
    calls: dict[int, StartCase] = field(default_factory=dict)
    uncalled: list[int] = field(default_factory=list)
    messages: list[ThrowMessage] = field(default_factory=list)
    signals: list[ThrowSignal] = field(default_factory=list)
    escalations: list[str | None] = field(default_factory=list)
    refused: list[Claimed] = field(default_factory=list)
    finish: FinishCase | None = None

    @property
    def actor(self) -> Actor:
        """The procedure as the one who acts in this case."""
        return Actor("procedure", str(self.id), self.running.name)

    def step(self, calendars: Mapping[str, Any]) -> None:
        """Feed what is there until the case waits for an action of the database or for nothing that is in the batch."""
        while True:
            if self.answers:
                self._feed(self.answers.popleft(), self.actor, self.moved_at, None, calendars)
            elif self.outstanding == 0 and self.claimed:
                order = self.claimed.popleft()
                self.cause = order.cause or self.cause
                if not self._feed(order.command, order.by, order.at, order.cause, calendars):
                    self.refused.append(order)
            else:
                return

    def _feed(
        self, command: cmd.Command, by: Actor, at: datetime, cause: int | None, calendars: Mapping[str, Any]
    ) -> bool:
        now = max(at, self.moved_at)
        try:
            step = advance(self.running.chart, self.state, command, Surroundings(now, self.facts, calendars))
        except CommandRefused as refusal:
            about = {"case": self.id, "procedure": self.running.key}
            logger.warning("Case %s refused a command of %s: %s", self.id, by.label, refusal, extra=about)
            return False
        if not step.events:
            return False
        self.take(step, command, by, now, cause)
        return True

    def take(self, step: Advance, command: cmd.Command, by: Actor, now: datetime, cause: int | None) -> None:
        """Take over what the kernel made of a command: the state, the logs, and what it asks of others."""
        self.state, self.moved_at = step.state, now
        self.inputs += 1
        self.fed.append(log.input_row(self, command, by, cause, step.events))
        self.log.extend(log.event_rows(self, command, by, step.events))
        self.sequence += len(step.events)
        if isinstance(command, cmd.Observe):
            self._note_observed(step, command, by, now)
        for effect in step.effects:
            take = _TAKE.get(type(effect))
            if take is not None:
                take(self, effect)

    def _note_observed(self, step: Advance, command: cmd.Observe, by: Actor, now: datetime) -> None:
        offers = {each.token: each for each in step.effects if isinstance(each, OfferWork)}
        for event in step.events:
            if isinstance(event, ev.Completed) and event.phase == "work" and event.node in command.seen:
                offer = offers.get(event.token) or self.offers.get(event.token)
                self.observed[event.token] = Observed(by, now, command.seen[event.node], offer)


def _offer(run: CaseRun, effect: OfferWork) -> None:
    run.offers[effect.token] = effect


def _withdraw(run: CaseRun, effect: WithdrawWork) -> None:
    run.offers.pop(effect.token, None)


def _perform(run: CaseRun, effect: PerformAction) -> None:
    action = actions.find(effect.action)
    run.tried[effect.activation] = effect
    if action is None:
        reason = f"Expected an installed part that performs the action “{effect.action}”, but there is none."
        run.answers.append(cmd.ActionFailed(effect.activation, reason))
    elif action.is_outside or (run.sandbox and _binds(action.spec, effect)):
        run.wishes[effect.activation] = (effect, run.moved_at)
        if run.sandbox:
            run.answers.append(cmd.ActionFinished(effect.activation, None))
    else:
        run.outstanding += 1
        run.asked.append(effect)


def _binds(spec: ActionSpec, effect: PerformAction) -> bool:
    """Return whether an action binds the company: by what it is, or by what it is asked."""
    return spec.binds or (bool(spec.binds_when) and effect.inputs.get(spec.binds_when) is True)


def _cancel_action(run: CaseRun, effect: CancelAction) -> None:
    if run.wishes.pop(effect.activation, None) is None:
        run.unwanted.append(effect.activation)


def _call(run: CaseRun, effect: StartCase) -> None:
    run.calls[effect.token] = effect


def _uncall(run: CaseRun, effect: CancelCase) -> None:
    if run.calls.pop(effect.token, None) is None:
        run.uncalled.append(effect.token)


def _finish(run: CaseRun, effect: FinishCase) -> None:
    run.finish = effect


_TAKE: dict[type[Effect], Callable[[CaseRun, Any], None]] = {
    OfferWork: _offer,
    WithdrawWork: _withdraw,
    PerformAction: _perform,
    CancelAction: _cancel_action,
    StartCase: _call,
    CancelCase: _uncall,
    ThrowMessage: lambda run, effect: run.messages.append(effect),
    ThrowSignal: lambda run, effect: run.signals.append(effect),
    EscalateToCaller: lambda run, effect: run.escalations.append(effect.code),
    FinishCase: _finish,
}
"""What is kept of each effect. Timers, waits and incidents are read from the state itself (project.py)."""
