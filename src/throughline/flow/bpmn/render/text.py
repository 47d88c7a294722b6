"""
Text in a drawing: how wide it is, and how it is broken into lines.

There is no browser here to ask, so widths come from a table measured in one: per letter the wider of Inter, the
product's typeface, and Arial, its usual substitute. DejaVu Sans is within three per cent of it, so a label that fits
by this table fits in practice. Letters with accents are as wide as their base letter; East Asian wide characters fill
the em.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

REGULAR: Final = tuple(
    map(
        int,
        """
    281 288 466 633 642 982 644 300 365 365 501 662 288 460 288 360 631 407 610 618 646 593 620 566
    619 620 288 302 662 662 662 511 966 690 654 730 722 601 590 746 743 269 571 672 565 903 753 765
    639 765 644 642 646 744 690 985 682 679 629 365 360 365 471 456 323 562 612 571 612 583 370 613
    591 242 242 549 242 876 591 600 612 612 376 528 327 591 562 818 546 562 552 426 333 426 662
        """.split(),  # noqa: SIM905  a table of 95 numbers reads better so
    )
)
"""Advance widths of U+0020 to U+007E in thousandths of the font size, weight 400."""

SEMIBOLD: Final = tuple(
    map(
        int,
        """
    252 321 523 644 650 1004 663 326 373 373 540 673 319 465 319 379 660 423 623 636 666 612 640 576
    640 640 319 329 673 673 673 543 999 728 659 737 722 605 588 749 746 277 580 703 565 922 759 769
    645 773 652 650 660 736 728 1020 720 713 652 373 379 373 481 469 351 574 624 583 624 591 389 625
    612 262 262 569 262 900 612 609 624 624 397 549 353 612 587 839 569 588 566 455 359 455 673
        """.split(),  # noqa: SIM905  as above
    )
)
"""The same for weight 600, of Inter."""

OTHERS: Final = {
    "—": 1000,
    "–": 667,
    "…": 864,
    "‘": 261,
    "’": 261,
    "“": 440,
    "”": 440,
    "€": 667,
    "→": 1000,
    "\u00a0": 281,
}
UNKNOWN: Final = 640
ELLIPSIS: Final = "…"
LINE_HEIGHT: Final = 1.25


@lru_cache(maxsize=4096)
def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of one line in the units of ``size``."""
    table = SEMIBOLD if bold else REGULAR
    return sum(_advance(character, table) for character in text) * size / 1000


def _advance(character: str, table: tuple[int, ...]) -> int:
    index = ord(character) - 32
    if 0 <= index < len(table):
        return table[index]
    if character in OTHERS:
        return OTHERS[character]
    if unicodedata.east_asian_width(character) in "WF":
        return 1000
    base = unicodedata.normalize("NFD", character)[0]
    if base != character:
        return _advance(base, table)
    return 0 if unicodedata.combining(character) else UNKNOWN


@lru_cache(maxsize=4096)
def wrap(text: str, width: float, size: float, *, most: int = 0, bold: bool = False) -> tuple[str, ...]:
    """
    Return the text in lines of at most ``width``.

    Lines the author broke stay broken. A word that is too long for a line is cut. ``most`` limits the number of lines
    (0: no limit); what does not fit is replaced by an ellipsis.
    """
    lines = [line for part in text.splitlines() for line in _lines(part.split(), width, size, bold=bold)]
    if most and len(lines) > most:
        lines = [*lines[: most - 1], shorten(" ".join(lines[most - 1 :]), width, size, bold=bold, always=True)]
    return tuple(lines)


def _lines(words: list[str], width: float, size: float, *, bold: bool) -> list[str]:
    lines: list[str] = []
    for word in words:
        for piece in _pieces(word, width, size, bold=bold):
            joined = f"{lines[-1]} {piece}" if lines else piece
            if lines and width_of(joined, size, bold=bold) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
    return lines


def _pieces(word: str, width: float, size: float, *, bold: bool) -> list[str]:
    """
    Cut a word that is too long after a hyphen, slash or underscore, between wide characters, else where the line ends.
    """
    if width_of(word, size, bold=bold) <= width:
        return [word]
    parts = [part for part in re.split(r"(?<=[-/_.])|(?<=[\u3000-\u9fff\uac00-\ud7af])", word) if part]
    pieces: list[str] = []
    for part in parts:
        if pieces and width_of(pieces[-1] + part, size, bold=bold) <= width:
            pieces[-1] += part
            continue
        while width_of(part, size, bold=bold) > width and len(part) > 1:
            head = _head(part, width, size, bold=bold)
            pieces.append(head)
            part = part[len(head) :]  # noqa: PLW2901  the rest of the same part
        pieces.append(part)
    return pieces


def _head(text: str, width: float, size: float, *, bold: bool) -> str:
    length = 1
    while length < len(text) and width_of(text[: length + 1], size, bold=bold) <= width:
        length += 1
    return text[:length]


def shorten(text: str, width: float, size: float, *, bold: bool = False, always: bool = False) -> str:
    """Return the text, cut with an ellipsis if it is wider than ``width`` (or in any case, with ``always``)."""
    if not always and width_of(text, size, bold=bold) <= width:
        return text
    room = width - width_of(ELLIPSIS, size, bold=bold)
    return _head(text, max(room, 0), size, bold=bold).rstrip() + ELLIPSIS


@lru_cache(maxsize=4096)
def balanced(text: str, width: float, size: float, *, most: int = 0) -> tuple[str, ...]:
    """
    Return the lines of :func:`wrap`, made as even as the number of lines allows, as captions under a symbol look best.
    """
    best = wrap(text, width, size, most=most)
    if len(best) < 2:
        return best
    low, high = width / 3, width
    while high - low > 2:
        middle = (low + high) / 2
        tried = wrap(text, middle, size, most=most)
        if len(tried) <= len(best) and not _cuts_more(tried, best):
            best, high = tried, middle
        else:
            low = middle
    return best


def _cuts_more(tried: tuple[str, ...], best: tuple[str, ...]) -> bool:
    return len(" ".join(tried).split()) > len(" ".join(best).split()) or (ELLIPSIS in tried[-1]) > (
        ELLIPSIS in best[-1]
    )
