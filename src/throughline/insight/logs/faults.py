"""What is said when a log cannot be read."""

from __future__ import annotations


class LogUnreadable(ValueError):
    """The file is no event log, or a damaged one; the message is one sentence for the person who has it."""
