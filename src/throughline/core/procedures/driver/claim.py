"""Claiming commands: different workers never hold the same case, and nobody overtakes within a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from throughline.core.actor import Actor
from throughline.core.procedures import setwise
from throughline.flow.engine import commands as cmd
from throughline.flow.engine import decode_command


@dataclass(frozen=True, slots=True)
class Claimed:
    """A command of the inbox that this transaction holds."""

    id: int
    case: int
    command: cmd.Command
    by: Actor
    at: datetime
    cause: int | None
    letter: dict[str, Any] | None


_COLUMNS = "id, case_id, command, actor_kind, actor_id, actor_label, at, cause, letter::text"

_OLDEST = f"""
SELECT {_COLUMNS} FROM procedures_inbox WHERE NOT parked ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_OF_CASES = f"""
SELECT {_COLUMNS} FROM procedures_inbox WHERE NOT parked AND case_id = ANY(%s) ORDER BY id LIMIT %s
FOR UPDATE SKIP LOCKED
"""
_FIRST_NOT_HELD = """
SELECT case_id, min(id) FROM procedures_inbox WHERE case_id = ANY(%s) AND id <> ALL(%s) AND NOT parked GROUP BY case_id
"""


def claim(limit: int, cases: Sequence[int] | None = None) -> dict[int, list[Claimed]]:
    """
    Lock up to ``limit`` commands, of these ``cases`` only if given, and return them by case, oldest first.

    A command is left alone if an earlier one of its case is not held by this transaction: another worker has it, and
    until that one commits, its row is visible here.
    """
    rows = setwise.fetch(_OLDEST, [limit]) if cases is None else setwise.fetch(_OF_CASES, [list(cases), limit])
    if not rows:
        return {}
    held = [row[0] for row in rows]
    first_not_held: dict[int, int] = dict(setwise.fetch(_FIRST_NOT_HELD, [[row[1] for row in rows], held]))
    claimed: dict[int, list[Claimed]] = {}
    for row in rows:
        if row[0] < first_not_held.get(row[1], row[0] + 1):
            claimed.setdefault(row[1], []).append(_claimed(row))
    return claimed


def _claimed(row: setwise.Row) -> Claimed:
    key, case, command, kind, actor, label, at, cause, letter = row
    by = Actor(kind, actor, label)
    return Claimed(key, case, decode_command(bytes(command)), by, at, cause, letter and msgspec.json.decode(letter))
