"""Keeping files in chunks."""

from __future__ import annotations

import hashlib
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.files import operations
from throughline.core.files.models import Blob, Chunk
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Refusal

LEAD = RecordRef("lead", 7)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let chunks be of four bytes and files of twelve."""
    monkeypatch.setattr(operations, "CHUNK", 4)
    monkeypatch.setattr(operations, "LARGEST", 12)


def store(content: bytes, at: datetime, **more: Any) -> Blob:
    """Keep a file."""
    return operations.store_file(content=BytesIO(content), name="a.txt", by=Actor.system(), at=at, **more)


@pytest.mark.django_db
@pytest.mark.usefixtures("small_chunks")
class TestStoreFile:
    """In and out."""

    @pytest.mark.parametrize("content", [b"x", b"abcd", b"abcdefghij", b"abcdefghijkl"])
    def test_what_goes_in_comes_out(self, at: datetime, content: bytes) -> None:
        blob = store(content, at, about=LEAD)

        assert b"".join(operations.read_file(blob)) == content
        assert (blob.size, bytes(blob.sha256)) == (len(content), hashlib.sha256(content).digest())
        assert Chunk.objects.count() == -(-len(content) // 4)
        assert operations.files_of([LEAD]) == [blob]

    @pytest.mark.parametrize(("content", "code"), [(b"", "file_empty"), (b"x" * 13, "file_too_large")])
    def test_empty_and_too_large_ones_leave_nothing(self, at: datetime, content: bytes, code: str) -> None:
        with pytest.raises(Refusal) as refused:
            store(content, at)

        assert refused.value.code == code
        assert not Blob.objects.exists()

    def test_changed_content_is_noticed(self, at: datetime) -> None:
        blob = store(b"abcdef", at)
        Chunk.objects.filter(place=1).update(data=b"eX")

        with pytest.raises(ValueError, match="digest differs"):
            list(operations.read_file(blob))

    def test_a_deleted_file_leaves_its_trace(self, at: datetime) -> None:
        blob = store(b"abcdef", at, about=LEAD)

        operations.delete_file(blob=blob, by=Actor.system(), at=at)

        assert not Chunk.objects.exists()
        told = Entry.objects.filter(record_type="lead", record_id=7).order_by("id")
        assert [entry.event for entry in told] == ["file.stored", "file.deleted"]
