"""Who did something: a plain value that is kept with what was done, and never a foreign key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from throughline.core.identity.models import User


class ActorKind(StrEnum):
    """How an actor came to act. ``user`` and ``api`` act for a person, the others for the company."""

    USER = "user"
    API = "api"
    PROCEDURE = "procedure"
    IMPORT = "import"
    FORM = "form"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """
    Who acts: its kind, its key among that kind, and how it is written in a timeline.

    ``id`` of a ``user`` and of an ``api`` actor is the key of the person; of a ``procedure`` it is ``case:activation``
    or the case; of an ``import`` or ``form`` its own key. ``label`` is kept as it was: renaming a person rewrites
    nothing.
    """

    kind: str
    id: str
    label: str

    @classmethod
    def user(cls, user: User) -> Actor:
        """Return the actor for a person at a page."""
        return cls(ActorKind.USER, str(user.pk), user.name)

    @classmethod
    def api(cls, user: User, key_name: str) -> Actor:
        """Return the actor for a program that uses a person's key."""
        return cls(ActorKind.API, str(user.pk), f"{key_name} of {user.name}")

    @classmethod
    def system(cls, label: str = "Throughline") -> Actor:
        """Return the actor for what the product does by itself (clocks, upkeep)."""
        return cls(ActorKind.SYSTEM, "", label)

    @property
    def user_id(self) -> int | None:
        """The key of the person whose permissions bound this actor, or None when the company itself acts."""
        return int(self.id) if self.kind in (ActorKind.USER, ActorKind.API) else None
