"""What is said when a log cannot be read."""

from __future__ import annotations


class LogUnreadable(ValueError):
    """
    The file is no event log, or a damaged one; the message is one sentence for the person who has it.

    ``sentence`` is the message without what only helps at the command line (``hint``).
    """

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(f"{sentence} {hint}".strip())
        self.sentence = sentence
