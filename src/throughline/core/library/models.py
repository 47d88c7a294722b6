"""Tables of the library: packs that were brought, packs that are installed, and the parts these brought in."""

from __future__ import annotations

from typing import Any

from django.db import models


class BroughtPack(models.Model):
    """
    A pack that somebody brought as a file, the newest of its key; ``content`` is the file, ``digest`` the pack's.

    One that has the key of a pack of the product stands before it on the shelf.
    """

    key = models.TextField(unique=True)
    version = models.TextField()
    digest = models.TextField()
    content = models.BinaryField()
    brought_at = models.DateTimeField()
    brought_by_label = models.TextField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class InstalledPack(models.Model):
    """
    A pack that works here.

    ``content`` is the file of the version that was installed or pulled last, ``binding`` what its names mean here
    (packs.binding, as JSON).
    """

    key = models.TextField(unique=True)
    name = models.TextField()
    version = models.TextField()
    digest = models.TextField()
    content = models.BinaryField()
    binding: models.JSONField[Any, Any] = models.JSONField(default=dict)
    installed_at = models.DateTimeField()
    installed_by_label = models.TextField()
    pulled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class InstalledPart(models.Model):
    """
    Something that an installed pack brought in.

    ``kind`` is ``procedure``, ``decision`` or one of the lists of a manifest; ``key`` names it there. ``base`` is the
    file as it was brought in, after binding: what one's own changes are measured against. ``was_there``: it had been
    there before, so the pack only uses it.
    """

    pack = models.ForeignKey(InstalledPack, models.CASCADE, related_name="parts")
    kind = models.TextField()
    key = models.TextField()
    base = models.BinaryField(null=True)
    was_there = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["pack", "kind", "key"], name="library_part_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Pulled(models.Model):
    """
    The last pull of a pack, as far as it can be taken back.

    ``version``, ``digest``, ``content`` and ``former_pulled_at`` are the pack's before it; ``bases`` what its parts
    were measured against (base64, by kind and key); ``procedures`` and ``tables`` their drafts before and after it
    (base64, empty: none); ``listed`` each listed item that it changed: what stood there (``ours``) and stands now
    (``theirs``).
    """

    pack = models.OneToOneField(InstalledPack, models.CASCADE, primary_key=True, related_name="pulled")
    pulled_at = models.DateTimeField()
    pulled_by_label = models.TextField()
    version = models.TextField()
    digest = models.TextField()
    content = models.BinaryField()
    former_pulled_at = models.DateTimeField(null=True)
    bases: models.JSONField[Any, Any] = models.JSONField(default=dict)
    procedures: models.JSONField[Any, Any] = models.JSONField(default=dict)
    tables: models.JSONField[Any, Any] = models.JSONField(default=dict)
    listed: models.JSONField[Any, Any] = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"pull of {self.pack_id}"
