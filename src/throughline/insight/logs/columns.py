"""
Which column of a table is the case, the activity, the time.

Theory of operation. Names decide first: the words that tools and people use, the most telling first. Where no name is
known, content decides for what cannot be missing: the time is a column that reads as times, the case one whose words
come again and again but that has many of them, the activity one with few words. What was guessed by content is said
as a warning, because it may be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.times import reads_as_time


@dataclass(frozen=True, slots=True)
class Columns:
    """
    The columns of a log by their role; None: none, or to be found out.

    ``time`` is when the event was recorded; of work with a beginning, when it ended. ``start`` and ``enabled`` are when
    work began and could have begun. ``classifier``: the columns that together name the activity, if not one alone.
    """

    case: str | None = None
    activity: str | None = None
    time: str | None = None
    resource: str | None = None
    lifecycle: str | None = None
    start: str | None = None
    enabled: str | None = None
    classifier: tuple[str, ...] = ()
    time_format: str | None = None

    def roles(self) -> dict[str, str]:
        """Return the role and name of each column that is known."""
        named = {role: getattr(self, role) for role in ROLES}
        return {role: name for role, name in named.items() if name}

    def having(self, role: str, column: str | None) -> Columns:
        """Return these columns with another one in a role."""
        change: dict[str, Any] = {role: column}
        return replace(self, **change)


ROLES = ("case", "activity", "time", "resource", "lifecycle", "start", "enabled")
NEEDED = ("case", "activity", "time")

KNOWN: Mapping[str, Sequence[str]] = {
    "case": (
        "case:concept:name", "case id", "caseid", "case", "case number", "case no", "case key", "trace id", "traceid",
        "trace", "process instance id", "process instance", "instance id", "journey id", "incident id", "ticket id",
        "order id", "application id", "lead id", "deal id", "opportunity id", "claim id", "fall", "fall id", "vorgang",
        "ticket", "incident", "sr number", "id",
    ),
    "activity": (
        "concept:name", "activity", "activity name", "activityname", "event name", "task", "task name", "step",
        "event", "action", "operation", "status", "aktivitaet", "aktivität", "activity id",
    ),
    "time": (
        "time:timestamp", "complete timestamp", "timestamp", "completed at", "complete time", "completetime",
        "end time", "endtime", "end timestamp", "end", "time", "event time", "datetime", "date time", "date", "at",
        "occurred at", "created at", "change date+time", "zeitstempel", "zeit", "start timestamp", "start time",
        "starttime",
    ),
    "start": ("start timestamp", "start time", "starttime", "started at", "start", "start_timestamp"),
    "enabled": ("enable time", "enabled time", "enabled at", "enable timestamp"),
    "resource": (
        "org:resource", "resource", "resource name", "user", "user name", "username", "person", "agent", "assignee",
        "owner", "actor", "performer", "employee", "worker", "originator", "who", "done by", "bearbeiter",
    ),
    "lifecycle": ("lifecycle:transition", "lifecycle", "lifecycle transition", "transition", "event type"),
}  # fmt: skip


def plain(name: str) -> str:
    """Return a column's name without case, and with one space for any run of blanks, ``_`` and ``-``."""
    return re.sub(r"[\s_\-]+", " ", name).strip().casefold()


def found_columns(
    given: Columns, names: Sequence[str], sample: Mapping[str, Sequence[str | None]]
) -> tuple[Columns, list[str]]:
    """
    Return the columns of a table and warnings about what had to be guessed.

    ``given`` names some of them already. ``sample``: some values of each column.

    Raises:
        LogUnreadable: a named column is missing, or there is none for case, activity or time.
    """
    chosen, warnings = guessed_columns(given, names, sample)
    for role in ("time", "case", "activity"):
        if getattr(chosen, role) is None and not (role == "activity" and chosen.classifier):
            raise LogUnreadable(
                f"No column of the log can be taken for the {SPOKEN[role]}; it has {_list(names)}.",
                f"Name it with --{role} COLUMN.",
            )
    return chosen, warnings


def guessed_columns(
    given: Columns, names: Sequence[str], sample: Mapping[str, Sequence[str | None]]
) -> tuple[Columns, list[str]]:
    """
    Return the columns of a table as far as they can be guessed, and warnings about what had to be.

    Raises:
        LogUnreadable: a named column is missing.
    """
    chosen = _given(given, names)
    chosen = _by_name(chosen, names, sample, alone=given.time is not None)
    warnings: list[str] = []
    for role in ("time", "case", "activity"):
        if getattr(chosen, role) is None and not (role == "activity" and chosen.classifier):
            column = _by_content(role, names, sample, taken=set(chosen.roles().values()))
            if column is not None:
                chosen = chosen.having(role, column)
                warnings.append(
                    f"No column is named like the {SPOKEN[role]}; “{column}” was taken because it reads so."
                )
    return chosen, warnings


SPOKEN = {
    "case": "case", "activity": "activity", "time": "time", "resource": "resource", "lifecycle": "lifecycle",
    "start": "start time", "enabled": "enabled time",
}  # fmt: skip


def _given(given: Columns, names: Sequence[str]) -> Columns:
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain(name), name)
    chosen = given
    for role, asked in given.roles().items():
        chosen = chosen.having(role, _named(asked, names, by_plain))
    return replace(chosen, classifier=tuple(_named(asked, names, by_plain) for asked in given.classifier))


def _named(asked: str, names: Sequence[str], by_plain: Mapping[str, str]) -> str:
    name = asked if asked in names else by_plain.get(plain(asked))
    if name is None:
        raise LogUnreadable(f"The log has no column “{asked}”; it has {_list(names)}.")
    return name


def _by_name(
    chosen: Columns, names: Sequence[str], sample: Mapping[str, Sequence[str | None]], *, alone: bool
) -> Columns:
    for role, words in KNOWN.items():
        if getattr(chosen, role) is not None or (role == "activity" and chosen.classifier):
            continue
        if role in ("start", "enabled") and alone:
            continue  # the time column was named, so it is the only one that counts
        taken = set(chosen.roles().values())
        free = {plain(name): name for name in reversed(names) if name not in taken}
        column = next(
            (free[plain(word)] for word in words if plain(word) in free and _fits(role, sample, free, word)), None
        )
        chosen = chosen.having(role, column)
    return chosen


def _fits(role: str, sample: Mapping[str, Sequence[str | None]], free: Mapping[str, str], word: str) -> bool:
    values = [value for value in sample.get(free[plain(word)], ()) if value]
    if role in ("time", "start", "enabled"):
        return bool(values) and reads_as_time(values)
    if role == "lifecycle":
        return any(value.casefold() in TRANSITIONS for value in values)
    return bool(values)


TRANSITIONS = frozenset({
    "schedule", "assign", "withdraw", "reassign", "start", "suspend", "resume", "pi_abort", "ate_abort", "complete",
    "autoskip", "manualskip", "unknown", "end", "started", "completed", "enabled",
})  # fmt: skip
"""The transitions of the XES lifecycle extension, and what others write instead."""


def _by_content(
    role: str, names: Sequence[str], sample: Mapping[str, Sequence[str | None]], *, taken: set[str]
) -> str | None:
    scored = [(score, name) for name in names if name not in taken and (score := _score(role, sample[name])) > 0]
    return max(scored, key=lambda each: each[0])[1] if scored else None


def _score(role: str, values: Sequence[str | None]) -> float:
    filled = [value for value in values if value]
    if len(filled) < 2:
        return 0.0
    share = len(set(filled)) / len(filled)
    if role == "time":
        return len(filled) / len(values) if reads_as_time(filled) else 0.0
    if role == "case":  # words that come again, in runs or not, but many of them
        return 0.0 if share > 0.8 or share < 0.01 or reads_as_time(filled) else 1.0 - abs(share - 0.25)
    if all(re.fullmatch(r"[\d.,]+", value) for value in filled):
        return 0.0
    return 0.0 if share > 0.3 or len(set(filled)) < 2 else 1.0 - share


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown or "no columns"
