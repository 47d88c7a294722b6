"""
Reads the environment for the settings, and is loud about it.

A variable that is missing or not understood stops the start with one sentence that names it, instead of being replaced
by a guess. All variables are listed in docs/howto/settings.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TypeVar

from throughline.platform.faults import Fault

T = TypeVar("T")

_LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_ORIGIN = re.compile(rf"https?://({_LABEL}(\.{_LABEL})*|\[[0-9a-f:]+\])(:[0-9]{{1,5}})?", re.IGNORECASE | re.ASCII)
SWITCH = {"on": True, "off": False}


class Expected(Fault):
    """A variable of the environment is missing or cannot be understood."""


def text(name: str, default: str | None = None, *, hint: str = "") -> str:
    """
    Return the variable's text.

    Raises:
        Expected: it is not set or empty, and there is no ``default``.
    """
    found = os.environ.get(name, "") or default
    if found is None:
        raise Expected(f"Expected {name} to be set, but it is not. {hint}".strip())
    return found


def switch(name: str, default: bool) -> bool:
    """Return whether the variable is ``on`` or ``off``."""
    return choice(name, SWITCH, "on" if default else "off")


def number(name: str, default: int, *, least: int = 0) -> int:
    """Return the variable as a whole number that is at least ``least``."""
    found = text(name, str(default))
    if not found.isascii() or not found.isdecimal() or int(found) < least:
        raise Expected(f'Expected {name} to be a whole number from {least} on, but it is "{found}".')
    return int(found)


def choice(name: str, choices: Mapping[str, T], default: str) -> T:
    """Return what the variable's word stands for."""
    found = text(name, default)
    if found not in choices:
        raise Expected(f'Expected {name} to be one of {", ".join(choices)}, but it is "{found}".')
    return choices[found]


def words(name: str) -> list[str]:
    """Return the parts of a comma-separated variable; none when it is not set."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def origins(name: str) -> list[str]:
    """
    Return the parts of a variable that names web sites, separated by spaces; none when it is not set.

    A site is what browsers call its origin: scheme, host and port, nothing behind. It goes into a header as it is.

    Raises:
        Expected: a part is something else.
    """
    found = list(dict.fromkeys(os.environ.get(name, "").split()))
    for part in found:
        if not _ORIGIN.fullmatch(part):
            raise Expected(
                f"Expected {name} to name sites like https://www.example.com, separated by spaces and with nothing "
                f'after the host or port, but it names "{part}".'
            )
    return found
