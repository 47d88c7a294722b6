"""What became of messages."""

from __future__ import annotations

from django.db import models


class MailOutcome(models.Model):
    """
    What became of a message, by the key of the step that asked for it (``case:activation``): the mail server has taken
    it, or (``reason``) it was not sent because the person does not want it.

    Address and subject stand in the journal, where they can be erased; here is what recognises a repeat.
    """

    key = models.CharField(max_length=64, unique=True)
    message_id = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=32, blank=True)
    purpose = models.CharField(max_length=32)
    settled_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["settled_at"], name="mail_settled_at")]

    def __str__(self) -> str:
        return self.message_id or self.reason
