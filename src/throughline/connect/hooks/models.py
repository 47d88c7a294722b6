"""Where charts may call."""

from __future__ import annotations

from django.db import models


class HookTarget(models.Model):
    """
    An address that an administrator has allowed; charts name it by ``key``.

    ``secret`` signs every call and is kept encrypted (secret.py). ``inside``: the address may lie in a private network.
    A target that is not ``active`` is called no more and stays for the history.
    """

    key = models.SlugField(max_length=64, unique=True)
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500)
    secret = models.TextField()
    inside = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title
