"""Who is told what, and how far that has come."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Subscription(models.Model):
    """
    An address that is told events which ``user`` may know of; without ``events`` of all names.

    ``secret`` signs every call and is kept encrypted. (``era``, ``txid``, ``entry``) is the place in the journal up to
    which calls were taken. A failed call is tried again at ``next_at``; since ``failing_since`` none was taken, and
    ``failure`` says why. One that is not ``active`` is paused and keeps its place.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    url = models.URLField(max_length=500)
    events = ArrayField(models.TextField(), default=list, blank=True)
    secret = models.TextField()
    inside = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    era = models.SmallIntegerField(default=0)
    txid = models.BigIntegerField(default=0)
    entry = models.BigIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["next_at"], name="subscriptions_next", condition=models.Q(active=True))]

    def __str__(self) -> str:
        return self.url
