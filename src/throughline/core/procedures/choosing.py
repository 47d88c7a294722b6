"""
Which variant of a procedure a case starts with.

Theory of operation. Whatever starts a case of a procedure that has variants (a person, the journal, a message, a
calling case) names the version of the base that runs. Here the rules of its variants are asked of the record as it is
at that moment, in their order; the first that holds takes the case, which then starts with the version of that variant
that runs. No rule holds, or there is no record: the base. A rule that gives no answer takes nothing.

A case that is started for trying a draft stays with that draft. Sharing cases between two versions (splitting.py) comes
afterwards and shares what goes by one drawing: the base, or a variant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from throughline.core.procedures import feel, setwise
from throughline.core.procedures.facts import facts_of_records
from throughline.core.procedures.reads import Names
from throughline.core.recordref import RecordRef
from throughline.flow.engine.formula import Formula
from throughline.flow.feel.errors import FeelTooMuchWork


@dataclass(frozen=True, slots=True)
class Live:
    """A variant that takes cases: the version of it that runs, and its rule."""

    version: int
    rule: str


_LIVE = """
SELECT b.id, v.id, a.rule FROM procedures_procedureversion b
JOIN procedures_variant a ON a.base_id = b.procedure_id AND a.retired_at IS NULL
JOIN procedures_procedureversion v ON v.procedure_id = a.procedure_id AND v.status = 'published'
WHERE b.id = ANY(%s) AND b.status = 'published' ORDER BY b.id, a.priority, a.id
"""


def live_variants(versions: Sequence[int]) -> dict[int, list[Live]]:
    """Return the variants that take cases of these versions, each list in the order in which rules are asked. One
    query."""
    found: dict[int, list[Live]] = {}
    for base, version, rule in setwise.fetch(_LIVE, [sorted(set(versions))]):
        found.setdefault(base, []).append(Live(version, rule))
    return found


def chosen_versions(
    wanted: Iterable[tuple[int, RecordRef]], variants: Mapping[int, Sequence[Live]], at: datetime
) -> dict[tuple[int, RecordRef], int]:
    """Return the version to start with for each pair of base version and record that a variant takes."""
    by_type: dict[str, list[tuple[int, RecordRef]]] = {}
    for base, record in wanted:
        if base in variants:
            by_type.setdefault(record.type, []).append((base, record))
    found: dict[tuple[int, RecordRef], int] = {}
    for record_type, pairs in by_type.items():
        rules = [live.rule for base in {base for base, _ in pairs} for live in variants[base]]
        seen = facts_of_records([record for _, record in pairs], members_read(rules, record_type))
        for base, record in pairs:
            facts = seen[record].context if record in seen else {}
            taken = next((live for live in variants[base] if holds(live.rule, record_type, facts, at)), None)
            if taken is not None:
                found[base, record] = taken.version
    return found


@lru_cache(maxsize=512)
def compiled(rule: str) -> Formula:
    """
    Return a rule made ready to be asked.

    Raises:
        FeelSyntaxError: it cannot be read.
    """
    return Formula(rule)


def holds(rule: str, record_type: str, facts: Mapping[str, Any], at: datetime) -> bool:
    """Say whether a rule takes a record with these facts; one that would not end takes none."""
    try:
        return compiled(rule)({record_type: facts}, feel.instant(at)) is True
    except FeelTooMuchWork:
        return False


def members_read(rules: Iterable[str], record_type: str) -> Names:
    """Return the members of the record that rules read; None when one takes the record as a whole."""
    names: set[str] = set()
    for rule in rules:
        for path in compiled(rule).reads:
            root, _, rest = path.partition(".")
            if root == record_type and not rest:
                return None
            if root == record_type:
                names.add(rest.partition(".")[0])
    return frozenset(names)
