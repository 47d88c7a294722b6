"""How queues are called: charts and work items know the key of a role, people read a name."""

from __future__ import annotations

from collections.abc import Callable

from throughline.core.identity.models import Role


def role_name(queue: str) -> str:
    """Return the name of the role that plays a queue, the key itself where there is none. One query."""
    return Role.objects.filter(key=queue).values_list("name", flat=True).first() or queue


_name_of: Callable[[str], str] = role_name


def queues_are_named_by(name_of: Callable[[str], str]) -> None:
    """Say how queues are called; said once at start-up by what keeps them as records."""
    global _name_of  # noqa: PLW0603 - this layer knows no queues
    _name_of = name_of


def queue_name(queue: str) -> str:
    """Return what people call a queue."""
    return _name_of(queue)
