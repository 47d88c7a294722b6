"""Telling faults of the server or the connection from faults of what was asked of them."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError

AGAIN = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock, lock not available: the same transaction may succeed when it is done again."""

_OF_THE_SERVER = ("08", "25P03", "53", "57P", "58")  # connection, idle too long, resources, shutdown, system


def state_of(problem: BaseException) -> str:
    """Return the five-character SQLSTATE of a database error, empty when the server did not give one."""
    return getattr(problem.__cause__, "sqlstate", None) or ""


def is_passing(problem: BaseException) -> bool:
    """
    Say whether the work itself is not at fault, so that it must be done again later rather than become an incident.

    A statement that was cancelled because it took too long (57014) is at fault.
    """
    if isinstance(problem, InterfaceError):
        return True
    if not isinstance(problem, OperationalError):
        return False
    state = state_of(problem)
    return not state or state in AGAIN or state.startswith(_OF_THE_SERVER)
