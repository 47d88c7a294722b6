"""Tables of files: what was put in, by content, in chunks."""

from __future__ import annotations

from django.db import models


class Blob(models.Model):
    """
    A stored file. Its content lies in chunks; ``sha256`` proves it; the record it belongs to decides who may read it.

    ``record_type`` is empty for what belongs to no record (an import, a log to mine): then only ``owner_id`` reads it.
    ``deleted_at``: it lies in the bin since then.
    """

    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=127, default="application/octet-stream")
    size = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    owner_id = models.BigIntegerField(null=True)
    record_type = models.CharField(max_length=32, blank=True)
    record_id = models.BigIntegerField(null=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["record_type", "record_id"], name="files_record")]

    def __str__(self) -> str:
        return self.name


class Chunk(models.Model):
    """One piece of a blob's content, in order from 0."""

    blob = models.ForeignKey(Blob, models.CASCADE, related_name="chunks")
    place = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blob", "place"], name="files_chunk_place")]

    def __str__(self) -> str:
        return f"{self.blob_id}/{self.place}"
