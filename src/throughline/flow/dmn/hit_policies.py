"""
Hit policies: from the rules that match to the result of a table (DMN 1.5, 8.2.10).

Theory of operation. `POLICIES` says for each hit policy which of the matching rules make the result and how their
outputs are put together. A policy sees the matching rules in the order of the table and asks for outputs only of those
it needs. What a policy forbids (two rules under *unique*, different outputs under *any*) gives null with a warning that
names the rules: a table that contradicts itself decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.flow.dmn.model import Aggregation, HitPolicy
from throughline.flow.values import Value


@dataclass(frozen=True, slots=True)
class Hits:
    """
    The matching rules of one evaluation.

    ``rules`` are indices from 0, ascending and never empty. ``output`` gives the output of a rule, ``rank`` its
    priority (the lowest comes first), ``same`` compares two outputs, ``aggregate`` applies a FEEL function to a list.
    """

    rules: Sequence[int]
    output: Callable[[int], Value]
    rank: Callable[[int], tuple[int, ...]]
    same: Callable[[Value, Value], bool]
    aggregate: Callable[[Aggregation, list[Any]], Value]
    warn: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """The value of a table and the rules that made it."""

    value: Value
    rules: Sequence[int]


Policy = Callable[[Hits], Result]


def unique(hits: Hits) -> Result:
    """One rule may match."""
    if len(hits.rules) > 1:
        hits.warn(f"Expected one rule to match (hit policy UNIQUE), but {_numbers(hits.rules)} match.")
        return Result(None, hits.rules)
    return Result(hits.output(hits.rules[0]), hits.rules)


def any_of_equal(hits: Hits) -> Result:
    """Several rules may match when they say the same."""
    first, *others = (hits.output(rule) for rule in hits.rules)
    if not all(hits.same(first, other) for other in others):
        hits.warn(f"Expected the matching rules to agree (hit policy ANY), but {_numbers(hits.rules)} differ.")
        return Result(None, hits.rules)
    return Result(first, hits.rules)


def first(hits: Hits) -> Result:
    """The first rule in the order of the table counts."""
    return Result(hits.output(hits.rules[0]), hits.rules[:1])


def priority(hits: Hits) -> Result:
    """The rule whose output comes first in the list of output values counts."""
    best = min(hits.rules, key=hits.rank)
    return Result(hits.output(best), (best,))


def rule_order(hits: Hits) -> Result:
    """All outputs, in the order of the rules."""
    return Result([hits.output(rule) for rule in hits.rules], hits.rules)


def output_order(hits: Hits) -> Result:
    """All outputs, in the order of the list of output values."""
    rules = sorted(hits.rules, key=hits.rank)
    return Result([hits.output(rule) for rule in rules], rules)


def aggregated(function: Aggregation) -> Policy:
    """All outputs put together."""

    def policy(hits: Hits) -> Result:
        return Result(hits.aggregate(function, [hits.output(rule) for rule in hits.rules]), hits.rules)

    return policy


POLICIES: Mapping[tuple[HitPolicy, Aggregation | None], Policy] = {
    (HitPolicy.UNIQUE, None): unique,
    (HitPolicy.ANY, None): any_of_equal,
    (HitPolicy.FIRST, None): first,
    (HitPolicy.PRIORITY, None): priority,
    (HitPolicy.RULE_ORDER, None): rule_order,
    (HitPolicy.OUTPUT_ORDER, None): output_order,
    (HitPolicy.COLLECT, None): rule_order,
    **{(HitPolicy.COLLECT, each): aggregated(each) for each in Aggregation},
}

LISTING = frozenset({HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT})
"""The hit policies whose result is a list unless it is aggregated."""


def policy_of(hit_policy: HitPolicy, aggregation: Aggregation | None) -> Policy:
    """Give the policy; an aggregation counts with COLLECT only (8.2.10)."""
    return POLICIES[hit_policy, aggregation if hit_policy is HitPolicy.COLLECT else None]


def _numbers(rules: Sequence[int]) -> str:
    return "rules " + ", ".join(str(rule + 1) for rule in rules)
