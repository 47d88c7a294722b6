"""Tables of access. Roles lie in identity; who takes part in a record's cases lies here."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Participant(models.Model):
    """
    A person who may see one record because of taking part in it: holds a work item, was asked, was mentioned.

    Written by the parts that bring people in (a case's host above all); ``reason`` is shown by "Why can I see this?".
    """

    record_type = models.CharField(max_length=32)
    record_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300)
    since_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "record_type", "record_id"], name="access_participant_once")
        ]
        indexes = [models.Index(fields=["record_type", "record_id"], name="access_participant_record")]

    def __str__(self) -> str:
        return f"{self.user} in {self.record_type}:{self.record_id}"


class Share(models.Model):
    """
    A record that somebody shared with a colleague or a team, to see or to change it, for a stated reason.
    """

    record_type = models.CharField(max_length=32)
    record_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey("identity.Team", models.CASCADE, null=True, related_name="+")
    may_edit = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=200)
    since_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user=None, team__isnull=False) | models.Q(user__isnull=False, team=None),
                name="access_share_with_one",
            ),
            models.UniqueConstraint(
                fields=["record_type", "record_id", "user", "team"], nulls_distinct=False, name="access_share_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type}:{self.record_id} with {self.user or self.team}"


class Territory(models.Model):
    """
    What a part of the market opens: records of a type whose fields have certain values, and the people who work on it.

    ``where``: field → values, all of which must fit. Members see these records, whoever owns them; with ``may_edit``
    they change them, too. A retired one opens nothing. It is read with everybody's grants, so it stands by itself; the
    record that people know it by (``core.territories``) keeps it.
    """

    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    record_type = models.CharField(max_length=32)
    where = models.JSONField(default=dict)
    may_edit = models.BooleanField(default=False)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
