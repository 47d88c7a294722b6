"""Reading procedures and cases; every answer holds only what the asker may see."""

from throughline.core.procedures.queries.live import CaseAtNode, Live, NodeLive, cases_at, live
from throughline.core.procedures.queries.outcomes import (
    CountedCase,
    OutcomeCount,
    cases_counted,
    names_of,
    outcomes,
    parting_fields,
)
from throughline.core.procedures.queries.position import NextStep, Position, TokenAt, Visit, position, positions
from throughline.core.procedures.queries.timeline import CaseHappening, happenings
from throughline.core.procedures.queries.watched import Deed, Expected, Strayed, Watched, watched
from throughline.core.procedures.queries.work import (
    QueueFigures,
    WorkFigures,
    WorkRow,
    find_work,
    my_work,
    queue_figures,
    waiting_in,
    work_figures,
    work_of_record,
)

__all__ = [
    "CaseAtNode",
    "CaseHappening",
    "CountedCase",
    "Deed",
    "Expected",
    "Live",
    "NextStep",
    "NodeLive",
    "OutcomeCount",
    "Position",
    "QueueFigures",
    "Strayed",
    "TokenAt",
    "Visit",
    "Watched",
    "WorkFigures",
    "WorkRow",
    "cases_at",
    "cases_counted",
    "find_work",
    "happenings",
    "live",
    "my_work",
    "names_of",
    "outcomes",
    "parting_fields",
    "position",
    "positions",
    "queue_figures",
    "waiting_in",
    "watched",
    "work_figures",
    "work_of_record",
]
