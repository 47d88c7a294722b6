"""Normal forms of text: for searching, for sorting names, for recognising addresses and numbers. Pure."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_SPACE = re.compile(r"\s+")
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")
_NOT_DIGIT = re.compile(r"[^0-9]")
_PLAIN_NUMBER = re.compile(r"(?:\+ ?[0-9]|0 ?[1-9]|[1-9] ?[0-9])(?: ?[0-9]){2,13}")
"""Most numbers in files: digits and single spaces. Nothing has to be worked out but what they are without spaces."""


def fold(text: str) -> str:
    """Return text as it is searched and sorted: lower case, without accents, single spaces. ``Š `` → ``s``."""
    if text.isascii():
        return _SPACE.sub(" ", text.lower()).strip()
    letters = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _SPACE.sub(" ", plain.casefold()).strip()


def clean(text: str) -> str:
    """Return text without control characters and outer space, in composed form."""
    if text.isascii() and text.isprintable():
        return text.strip()
    composed = unicodedata.normalize("NFC", text)
    return "".join(c for c in composed if c in "\n\t" or not unicodedata.category(c).startswith("C")).strip()


def normal_email(text: str) -> str:
    """
    Return an e-mail address in normal form: without outer space, in lower case. Empty stays empty.

    The part before the @ is lowered too: addresses that differ in capitals only are one mailbox everywhere in practice.

    Raises:
        ValueError: it is no address.
    """
    address = clean(text).removeprefix("mailto:").casefold()
    if address and not _EMAIL.fullmatch(address):
        raise ValueError(f'"{text}" is no e-mail address. Write it like maya@example.com.')
    return address


def normal_phone(text: str) -> str:
    """
    Return a phone number in normal form: digits, after a ``+`` when the country is known. Empty stays empty.

    ``00`` in front means the country too; an extension is kept after ``x``. ``+49 (0)30 12-34`` → ``+49301234``.

    Raises:
        ValueError: there are fewer than 3 or more than 15 digits (E.164 allows 15).
    """
    number = clean(text).removeprefix("tel:")
    if not number:
        return ""
    if _PLAIN_NUMBER.fullmatch(number):
        return number.replace(" ", "")
    main, _, extension = re.sub(r"(?i)\s*(?:ext\.?|x)\s*", "x", number, count=1).partition("x")
    international = main.lstrip().startswith(("+", "00"))
    digits = _NOT_DIGIT.sub("", main.replace("(0)", "") if international else main)
    if international and not main.lstrip().startswith("+"):
        digits = digits[2:]
    if not 3 <= len(digits) <= 15:
        raise ValueError(f'"{text}" is no phone number. Write it like +49 30 1234567.')
    tail = _NOT_DIGIT.sub("", extension)
    return ("+" if international else "") + digits + (f"x{tail}" if tail else "")


def normal_tags(tags: list[str]) -> list[str]:
    """Return tags without outer space, empty ones and repetitions, in the order given; case is kept, not counted."""
    seen: dict[str, str] = {}
    for tag in tags:
        text = _SPACE.sub(" ", clean(tag))
        if text:
            seen.setdefault(text.casefold(), text)
    return list(seen.values())


def told(*parts: str | None) -> tuple[str, ...]:
    """Return the parts that say something: the words by which a record is found."""
    return tuple(part for part in parts if part)


def amount_of(money: Decimal | None, currency: str) -> str:
    """Return money as the line below a title says it; nothing where there is none."""
    return f"{money:,.2f} {currency}".strip() if money is not None else ""


def joined(*parts: str | None) -> str:
    """Return the parts that say something, a comma between: the subtitle of many a record."""
    return ", ".join(part for part in parts if part)
