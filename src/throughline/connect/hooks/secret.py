"""Secrets of hook targets: made, kept encrypted, and opened to sign. Encrypted with a key drawn from SECRET_KEY."""

from __future__ import annotations

import base64
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX = "whsec_"
"""How secrets begin, as standardwebhooks.com has it."""


def make() -> str:
    """Return a new secret of 192 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def seal(secret: str) -> str:
    """Return a secret as it is kept."""
    return _box().encrypt(secret.encode()).decode()


def open_sealed(sealed: str) -> bytes:
    """
    Return the bytes that sign, from a secret as it is kept.

    Raises:
        ValueError: neither SECRET_KEY nor one of its fallbacks opens it.
    """
    try:
        secret = _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ValueError(
            "Expected SECRET_KEY to open the secret of the target, but it was sealed with another."
        ) from None
    return base64.b64decode(secret.removeprefix(PREFIX))


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_key(text)) for text in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(text: str) -> bytes:
    drawn = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"throughline.hooks.secret").derive(text.encode())
    return base64.urlsafe_b64encode(drawn)
