"""
The table: which command a resting token accepts, by its phase.

    phase         what it rests for                       ends by
    ------------  --------------------------------------  --------------------------------------------------
    work          a person                                CompleteWork
    action        an answer of the driver                 ActionFinished, ActionFailed
    event         a message, timer, signal, condition     ReceiveMessage, TimerDue, ReceiveSignal, RecordChanged
    join          other tokens                            the step in which they come
    scope         the inside of a sub-process             the end of the inside
    call          another case                            ChildFinished (ChildEscalated leaves it)
    loop          instances of an activity                the end of the last one
    compensation  activities being undone                 the end of the last one
    stuck         repair: the node cannot be begun        Retry
    leaving       repair: no way out can be taken         Retry

Every phase also accepts Skip and Move; what waits for a person, an action, a message or a case accepts an error. A
token that is gone accepts anything and does nothing: commands may be repeated. A command for a token in a phase that
does not accept it is a fault of the sender and refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from throughline.flow.engine import commands as cmd
from throughline.flow.engine.state import Phase

if TYPE_CHECKING:
    from throughline.flow.engine.state import Token

PHASES: frozenset[Phase] = frozenset(get_args(Phase))

ACCEPTS: dict[type[cmd.Command], frozenset[Phase]] = {
    cmd.CompleteWork: frozenset({"work"}),
    cmd.ActionFinished: frozenset({"action"}),
    cmd.ActionFailed: frozenset({"action"}),
    cmd.ThrowError: frozenset({"work", "action", "event", "scope", "call", "loop"}),
    cmd.ChildFinished: frozenset({"call"}),
    cmd.ChildEscalated: frozenset({"call"}),
    cmd.Retry: PHASES,
    cmd.Skip: frozenset({"work", "action", "event", "scope", "call", "loop", "stuck"}),
    cmd.Move: PHASES,
}
"""Phases in which a command for one token is accepted."""


class CommandRefused(ValueError):
    """A command that makes no sense for this case; nothing was changed. The message says what was expected."""


def check(command: cmd.Command, token: Token, label: str) -> None:
    """Raise CommandRefused unless the token accepts the command."""
    accepted = ACCEPTS[type(command)]
    if token.phase not in accepted:
        wanted, name = " or ".join(sorted(accepted)), type(command).__name__
        raise CommandRefused(
            f"Expected token {token.id} at {label!r} to be in phase {wanted} for {name}, but it is in {token.phase}."
        )
