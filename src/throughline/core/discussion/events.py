"""What the journal tells of discussions. What was said is personal: it may name anybody."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("procedure.remarked", "Remark")
class ProcedureRemarked(JournalEvent, frozen=True, kw_only=True):
    """Somebody said something about a procedure or one of its steps; the words lie with the remark."""

    remark: int
    element: str
    suggests: bool
    guest: bool


@event("procedure.remark_settled", "Remark settled")
class RemarkSettled(JournalEvent, frozen=True, kw_only=True):
    """A remark is settled: ``how`` is said (done, declined, or taken over into the draft ``number``)."""

    remark: int
    how: str
    number: int | None = None


@event("procedure.decided", "Decision on a procedure")
class ProcedureDecided(JournalEvent, frozen=True, kw_only=True):
    """Something about a procedure was decided; it stands in the log of decisions."""

    decision: int
    number: int
    element: str


@event("procedure.round_begun", "Round of feedback")
class RoundBegun(JournalEvent, frozen=True, kw_only=True):
    """Colleagues were asked what they think of a version, until a moment."""

    round: int
    number: int
    invited: list[int]


@event("procedure.shared", "Link to a procedure")
class ProcedureShared(JournalEvent, frozen=True, kw_only=True):
    """A link was made with which an outsider looks at a version until it expires."""

    link: int
    number: int
    may_remark: bool


@event("procedure.link_revoked", "Link revoked")
class LinkRevoked(JournalEvent, frozen=True, kw_only=True):
    """A link leads nowhere any more."""

    link: int
