"""
A pack as one file: a zip with the pack's files and, in ``DIGEST``, the sum over them.

Theory of operation. A file comes from a stranger, so nothing of it is believed: its size, the number of its entries,
the size each claims and the size each really has are bounded before anything is read; entries are read into memory
only, never unpacked to a disk, and names that leave the folder (``..``, a leading slash, a drive, a link) refuse the
whole. Written, the same pack always gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from throughline.packs.model import BadPack, Pack
from throughline.packs.reading import MANIFEST, read_pack

DIGEST = "DIGEST"
LARGEST = 5 * 1024 * 1024
"""A pack's file has at most so many bytes."""
LARGEST_UNPACKED = 20 * 1024 * 1024
MOST_FILES = 500
_SAME_MOMENT = (1980, 1, 1, 0, 0, 0)
_LINK = 0o120000


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256, in hexadecimal, over the names and contents of files."""
    lines = (f"{path} {hashlib.sha256(files[path]).hexdigest()}\n" for path in sorted(files) if path != DIGEST)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def pack_bytes(pack: Pack) -> bytes:
    """Return the pack as the content of a file."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        content = {**pack.files, DIGEST: f"{digest_of(pack.files)}\n".encode()}
        for path in sorted(content):
            archive.writestr(zipfile.ZipInfo(path, _SAME_MOMENT), content[path], zipfile.ZIP_DEFLATED)
    return written.getvalue()


def pack_from(content: bytes) -> Pack:
    """
    Return the pack in a file.

    Raises:
        BadPack: it is none, it is not whole, or it is not what it says; one sentence.
    """
    files = _files(content)
    said = files.pop(DIGEST, b"").decode("ascii", "replace").strip()
    if not said:
        raise BadPack("The pack lacks its DIGEST, so nobody can say whether it is whole. Export it again.")
    if said != digest_of(files):
        raise BadPack(
            "The pack was changed after it was exported: its content does not fit its digest. Export it again."
        )
    return read_pack(files)


def _files(content: bytes) -> dict[str, bytes]:
    if len(content) > LARGEST:
        raise BadPack(f"The file is larger than {LARGEST // 1024**2} MB; a pack is not.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _require_harmless(entries)
            return {entry.filename: _read(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as problem:
        if isinstance(problem, RuntimeError) and "encrypted" in str(problem):
            raise BadPack("The pack is locked with a password. Export it without one.") from None
        raise BadPack("The file is no pack: a pack is a .zip file made by “Export”.") from None


def _require_harmless(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > MOST_FILES:
        raise BadPack(f"The pack has {len(names)} files; more than {MOST_FILES} are not read.")
    if len(set(names)) < len(names):
        raise BadPack("The pack has two files of the same name, so nobody can say which one is meant.")
    for entry in entries:
        if _leaves(entry):
            raise BadPack(f"The pack has a file that points outside of it ({entry.filename[:80]}), so it is not read.")
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise _bomb()
    if MANIFEST not in names:
        raise BadPack(f"The file is a .zip, but no pack: it has no {MANIFEST}.")


def _leaves(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    outside = path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename
    return outside or (entry.external_attr >> 16) & 0o170000 == _LINK


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read an entry, and no more of it than it says it has."""
    with archive.open(entry) as opened:
        content = opened.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise _bomb()
    return content


def _bomb() -> BadPack:
    return BadPack(f"The pack unpacks to more than {LARGEST_UNPACKED // 1024**2} MB, so it is not read.")
