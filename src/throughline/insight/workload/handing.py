"""Who hands work to whom: in one case, a step that somebody finished, and the next that somebody else finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from throughline.core.identity.models import User
from throughline.core.procedures.models import Case
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.records import registry

WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Handing:
    """Work went from one colleague to the other so many times; ``mean``: from the end of one step to the next's."""

    giver: int
    taker: int
    count: int
    mean: timedelta


_PAIRS = """
SELECT giver::bigint, taker::bigint, count(*), avg(took) FROM (
    SELECT lag(actor_id) OVER w AS giver, actor_id AS taker, at - lag(at) OVER w AS took
    FROM procedures_case_event WHERE kind = 'completed' AND actor_kind = 'user' AND NOT sandbox AND at > %s AND at <= %s
    {seen}
    WINDOW w AS (PARTITION BY case_id ORDER BY seq)
) steps WHERE giver <> taker AND giver = ANY(%s) AND taker = ANY(%s)
GROUP BY giver, taker ORDER BY count(*) DESC, giver, taker
"""


def handings(*, people: Sequence[User], user: User, at: datetime) -> list[Handing]:
    """
    Return how often work went from one of these people to another within 90 days, in cases that ``user`` sees.
    """
    seen = seen_by(user, [spec.type for spec in registry.everything()])
    part, params = "", ()
    if seen:
        cases, params = Case.objects.filter(seen).values("pk").query.sql_with_params()
        part = f"AND case_id IN ({cases})"
    keys = [str(person.pk) for person in people]
    given: list[Any] = [at - WITHIN, at, *params, keys, keys]
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS.format(seen=part), given)
        return [Handing(*row) for row in cursor.fetchall()]
