"""
Files that only a passphrase opens: the form of encrypted backups.

A header with a random salt, then frames of one megabyte. The key comes from the passphrase by scrypt; each frame is
sealed by AES-256-GCM with its number as the nonce and, as associated data, whether it is the last: a file that was cut,
reordered or changed does not open. A key is never used for two files, because the salt is new each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from throughline.platform.faults import Fault

MAGIC = b"throughline sealed 1\n"
SALT_BYTES = 16
FRAME_BYTES = 1 << 20
TAG_BYTES = 16
MORE, LAST = b"more", b"last"


def seal(source: IO[bytes], target: IO[bytes], passphrase: str) -> None:
    """Write ``source`` to ``target``, sealed."""
    salt = os.urandom(SALT_BYTES)
    cipher = _cipher(passphrase, salt)
    target.write(MAGIC + salt)
    for number, frame, place in _frames(source, FRAME_BYTES):
        target.write(cipher.encrypt(_nonce(number), frame, place))


def unseal(source: IO[bytes], target: IO[bytes], passphrase: str) -> None:
    """
    Write what ``source`` holds to ``target``.

    Raises:
        Fault: no sealed file, another passphrase, or not as it was written. What was written to ``target`` until then
            is to be thrown away.
    """
    if source.read(len(MAGIC)) != MAGIC:
        raise Fault("This is no encrypted backup of Throughline.")
    cipher = _cipher(passphrase, source.read(SALT_BYTES))
    for number, frame, place in _frames(source, FRAME_BYTES + TAG_BYTES):
        try:
            target.write(cipher.decrypt(_nonce(number), frame, place))
        except InvalidTag:
            raise Fault(
                "The backup does not open: the passphrase is another one, or the file is damaged."
                if number == 0
                else f"The backup is damaged or cut off after {number} MB."
            ) from None


def is_sealed(source: IO[bytes]) -> bool:
    """Whether the file begins like a sealed one; reads nothing away."""
    beginning = source.read(len(MAGIC))
    source.seek(0)
    return beginning == MAGIC


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << 15, r=8, p=1).derive(passphrase.encode()))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _frames(source: IO[bytes], size: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Frames of ``size`` bytes with their numbers, the last one marked; an empty source has one empty last frame."""
    number, frame = 0, source.read(size)
    while following := source.read(size):
        yield number, frame, MORE
        number, frame = number + 1, following
    yield number, frame, LAST
