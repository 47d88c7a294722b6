"""
The cases of a procedure as an event log.

What became of an activity or a named event is one event of the log: activities when they are completed, events when
they happen. The engine notes how long a token rested, and people who take work from a queue say so, so the beginning of
the work is known too. The log of all cases is kept and brought up to date (:mod:`kept_log`); whoever may not see all of
them gets the part that is theirs, asked anew at every look.
"""

from __future__ import annotations

from django.db.models import Q

from throughline.core.identity.models import User
from throughline.flow.mining.log import EventLog
from throughline.insight.mined.kept_log import kept_log
from throughline.insight.mined.scope import scope_of, seen_cases


def case_log(*, procedure: str, user: User, version: int | None = None) -> EventLog:
    """
    Return what happened to the cases of one version of a procedure that ``user`` may see.

    Activities go by their names on the drawing; the column ``node`` has their ids, ``resource`` who did it, where a
    person did. Cases are named by their numbers.

    Raises:
        NotFound: there is no such procedure or version.
    """
    scope = scope_of(procedure=procedure, user=user, version=version)
    kept = kept_log(scope.version.pk)
    return kept.log if scope.seen == Q() else kept.of(seen_cases(scope))
