"""Messages that came before anybody waited for them, and the ones that were already taken."""

from __future__ import annotations

from django.db import models


class BufferedMessage(models.Model):
    """
    An early message: kept until a case waits for it or until ``expires_at``.

    ``key`` is the correlation key as text; ``message_id`` the sender's own name for it, empty if there is none.
    """

    name = models.TextField()
    key = models.TextField()
    payload = models.JSONField()
    message_id = models.TextField(blank=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_id = models.TextField(blank=True)
    actor_label = models.TextField(blank=True)
    sandbox = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["name", "key"], name="procedures_buffered_key"),
            models.Index(fields=["expires_at"], name="procedures_buffered_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.key})"


class MessageReceipt(models.Model):
    """A message id that has been seen: the same message sent again is recognised and dropped until ``expires_at``."""

    name = models.TextField()
    key = models.TextField()
    message_id = models.TextField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "key", "message_id"], name="procedures_receipt_message_id")
        ]
        indexes = [models.Index(fields=["expires_at"], name="procedures_receipt_expiry")]

    def __str__(self) -> str:
        return self.message_id
