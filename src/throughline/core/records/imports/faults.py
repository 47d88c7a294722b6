"""Why a file, or a line of one, cannot be imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from throughline.core.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be imported, and why. ``line`` counts from 1, the header included."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        where = f"Line {self.line}, column {self.column}" if self.column else f"Line {self.line}"
        return f"{where}: {self.message}"


class FileRefused(Refusal):
    """The file cannot be imported; nothing was changed. ``problems`` are the first ones, with their lines."""

    def __init__(self, problems: Sequence[Problem], more: int = 0) -> None:
        told = " ".join(str(problem) for problem in problems[:3])
        rest = len(problems) + more - 3
        and_more = f" And {rest} more." if rest > 0 else ""
        super().__init__("file_refused", f"{told}{and_more} Nothing was imported.")
        self.problems = list(problems)
