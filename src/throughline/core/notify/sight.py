"""
Which records a reader of mails sees: asked before what messages say of them leaves the house.

A message was written when something happened; its mail may go out a day later, to somebody who has lost sight of the
record meanwhile. Who may see what is known above this package, which is told at start-up whom to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef

Hidden = Callable[[User, Collection[RecordRef]], set[RecordRef]]


def _nothing(_user: User, _refs: Collection[RecordRef]) -> set[RecordRef]:
    return set()


_hidden: Hidden = _nothing


def hidden_is_known_by(told: Hidden) -> None:
    """Say who knows which of some records are hidden from somebody; called once at start-up."""
    global _hidden  # noqa: PLW0603 - this module knows no records
    _hidden = told


def hidden_from(user: User, refs: Collection[RecordRef]) -> set[RecordRef]:
    """Return those of the records that are hidden from somebody."""
    return _hidden(user, refs) if refs else set()
