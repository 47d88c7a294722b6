"""Reading what rules compare: the texts of many records, and the weights that hold for a type."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from throughline.core.arrays import any_of
from throughline.core.records.matching.models import CommonKey, LearnedWeights
from throughline.core.records.matching.rule import MatchingRule, Texts
from throughline.core.records.matching.weights import Weights, first_guess
from throughline.core.records.spec import RecordSpec


def rule_of(spec: RecordSpec) -> MatchingRule:
    """
    Return the matching rule of a type.

    Raises:
        LookupError: its records are not compared.
    """
    if spec.matching is None:
        raise LookupError(f"Expected {spec.plural.lower()} to have a matching rule, but their type declares none.")
    return spec.matching


def weights_of(spec: RecordSpec) -> Weights:
    """Return the weights that hold for a type: learned ones, for traits that nothing was learned of first guesses."""
    rule = rule_of(spec)
    known = LearnedWeights.objects.filter(pk=spec.type).values_list("weights", flat=True).first() or {}
    guessed = first_guess(rule)
    return {name: known[name] if len(known.get(name, ())) == len(bits) else bits for name, bits in guessed.items()}


def compared(spec: RecordSpec) -> QuerySet[Any]:
    """Return the records of a type that are compared: none in the bin, of the sandbox, or closed (``only_open``)."""
    rows = spec.model._default_manager.filter(deleted_at=None, sandbox=False)
    return rows.filter(**spec.open) if rule_of(spec).only_open else rows


def texts_of(spec: RecordSpec, ids: Collection[int], *, where: Q | None = None) -> dict[int, Texts]:
    """Return the texts of records by key; those that are compared with nothing are left out. One query."""
    rule = rule_of(spec)
    rows = compared(spec).filter(any_of("pk", ids))
    if where is not None:
        rows = rows.filter(where)
    return {row[0]: rule.texts(row[1:]) for row in rows.values_list("pk", *rule.paths)}


def common_among(record_type: str, keys: Collection[int]) -> set[int]:
    """Return which of the keys are known to be too common to tell anything. One query."""
    return set(CommonKey.objects.filter(any_of("key", keys), record_type=record_type).values_list("key", flat=True))
