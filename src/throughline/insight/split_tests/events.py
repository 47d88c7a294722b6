"""Business facts of split tests: planned, begun, settled, ended."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("split_test.planned", "Split test planned")
class SplitTestPlanned(JournalEvent, frozen=True, kw_only=True):
    """Somebody stated what a test is to find, and how many cases it needs, before it began. Numbers exact, as text."""

    test: int
    hypothesis: str
    measure: str
    difference: str
    cases: int
    live: int
    other: int


@event("split_test.begun", "Split test begun")
class SplitTestBegun(JournalEvent, frozen=True, kw_only=True):
    """From now on the two versions share the cases that start."""

    test: int
    split: int


@event("split_test.settled", "Split test settled")
class SplitTestSettled(JournalEvent, frozen=True, kw_only=True):
    """The test has an answer: ``verdict`` is ``live``, ``other`` or ``no_difference``; its owner was told."""

    test: int
    verdict: str
    cases: int
    estimate: str
    low: str
    high: str


@event("split_test.ended", "Split test ended")
class SplitTestEnded(JournalEvent, frozen=True, kw_only=True):
    """All cases start with version ``kept`` from now on."""

    test: int
    kept: int
    reason: str
