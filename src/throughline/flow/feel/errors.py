"""What FEEL raises: a text that is no FEEL, and an evaluation that would not end. Everything else becomes null."""

from __future__ import annotations

import msgspec


class FeelSyntaxError(ValueError):
    """The text is not FEEL. ``line`` and ``column`` count from 1; the message is a sentence *Expected X, but Y.*"""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.message} (line {self.line}, column {self.column})"


class FeelTooMuchWork(RuntimeError):
    """The evaluation took more steps, or nested deeper, than one evaluation may."""


class NoResult(ValueError):
    """An operation or a built-in function has no result for these values; the message says why. Never leaves FEEL."""


class FeelWarning(msgspec.Struct, frozen=True):
    """Why something became null. ``line`` and ``column`` count from 1 in the text of the expression."""

    message: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.message} (line {self.line}, column {self.column})"


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column, counted from 1, of a position in the text."""
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
