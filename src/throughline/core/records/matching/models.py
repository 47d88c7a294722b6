"""Tables of duplicates: the keys of records, the likely pairs with what people said of them, what was learned."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q


class RecordKeys(models.Model):
    """The keys of one record (``blocks.keys_of``), kept behind the journal. Records in the bin have none."""

    record_type = models.CharField(max_length=32)
    record_id = models.BigIntegerField()
    keys = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "record_id"], name="matching_keys_record")]
        indexes = [GinIndex(fields=["keys"], name="matching_keys_shared")]

    def __str__(self) -> str:
        return f"{self.record_type}:{self.record_id}"


class CommonKey(models.Model):
    """A key that so many records share that it tells nothing; it is passed over from then on."""

    record_type = models.CharField(max_length=32)
    key = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "key"], name="matching_common_once")]

    def __str__(self) -> str:
        return f"{self.record_type}: {self.key}"


class PairStatus(models.TextChoices):
    """What is known of a likely pair."""

    OPEN = "open", "Not decided"
    DIFFERENT = "different", "Different"
    MERGED = "merged", "Merged"


class LikelyPair(models.Model):
    """
    Two records that are likely the same thing; ``one_id`` is the smaller key. ``bits`` is the evidence and ``reasons``
    say where it comes from (``weights.Reason``). What was decided is remembered and not asked again.
    """

    Status = PairStatus

    record_type = models.CharField(max_length=32)
    one_id = models.BigIntegerField()
    other_id = models.BigIntegerField()
    bits = models.FloatField()
    reasons = models.JSONField(default=list)
    found_at = models.DateTimeField()
    status = models.CharField(max_length=16, choices=PairStatus.choices, default=PairStatus.OPEN)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record_type", "one_id", "other_id"], name="matching_pair_once"),
            models.CheckConstraint(condition=Q(one_id__lt=F("other_id")), name="matching_pair_order"),
        ]
        indexes = [
            models.Index(
                "record_type", F("bits").desc(), F("id"), name="matching_pair_open", condition=Q(status="open")
            ),
            models.Index(fields=["record_type", "other_id"], name="matching_pair_other"),
        ]

    def __str__(self) -> str:
        return f"{self.record_type}:{self.one_id}~{self.other_id}"


class LearnedWeights(models.Model):
    """What the records of a type taught about their traits (``weights.learn``)."""

    record_type = models.CharField(max_length=32, primary_key=True)
    weights = models.JSONField()
    records = models.IntegerField()
    learned_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.record_type


class Followed(models.Model):
    """How far the journal was followed, by who follows it."""

    name = models.CharField(max_length=32, primary_key=True)
    era = models.SmallIntegerField(default=0)
    txid = models.BigIntegerField(default=0)
    entry_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
