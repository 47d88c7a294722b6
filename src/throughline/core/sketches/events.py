"""What the journal tells of drawings that were brought in."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("drawing.sent", "Drawing sent in")
class DrawingSent(JournalEvent, frozen=True, kw_only=True):
    """Somebody brought a drawing of another tool, or a picture to trace."""

    drawing: int
    file_name: str
    form: str


@event("drawing.accepted", "Drawing became a draft")
class DrawingAccepted(JournalEvent, frozen=True, kw_only=True):
    """A drawing was accepted: it is the draft of a procedure now. ``left_open`` questions were not answered."""

    drawing: int
    procedure: str
    number: int
    left_open: int


@event("drawing.taken_back", "Drawing taken back")
class DrawingTakenBack(JournalEvent, frozen=True, kw_only=True):
    """The draft that a drawing had become is gone; what stood there before is back."""

    drawing: int
    procedure: str


@event("drawing.forgotten", "Drawing forgotten")
class DrawingForgotten(JournalEvent, frozen=True, kw_only=True):
    """A drawing was thrown away before it became anything."""

    drawing: int
    file_name: str
