"""Reading procedures and cases; every answer holds only what the asker may see."""

from throughline.core.procedures.queries.live import CaseAtNode, Live, NodeLive, cases_at, live
from throughline.core.procedures.queries.outcomes import OutcomeCount, outcomes
from throughline.core.procedures.queries.position import NextStep, Position, TokenAt, Visit, position, positions
from throughline.core.procedures.queries.timeline import CaseHappening, happenings
from throughline.core.procedures.queries.work import WorkRow, my_work, work_of_record

__all__ = [
    "CaseAtNode",
    "CaseHappening",
    "Live",
    "NextStep",
    "NodeLive",
    "OutcomeCount",
    "Position",
    "TokenAt",
    "Visit",
    "WorkRow",
    "cases_at",
    "happenings",
    "live",
    "my_work",
    "outcomes",
    "position",
    "positions",
    "work_of_record",
]
