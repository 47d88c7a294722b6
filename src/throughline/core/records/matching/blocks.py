"""
Blocks: which records are compared at all.

Every record has a few keys, numbers of 64 bits made of what its blocks say; two records are compared when they share
one. A key that very many records share tells nothing and is passed over: others find the pair.

Trigrams are blocked by minimal hashes (Broder 1997): of each of a few pairs of hash functions the smallest values over
all groups of three letters. Texts that share most of their groups agree in one of the pairs with high probability, and
the keys of a record depend on it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from throughline.core.records.matching.rule import Block, Form, MatchingRule, Part, Texts
from throughline.core.records.matching.soundex import sound_of

COMMON = 50
"""A key shared by more records than this is passed over."""

BANDS = 6
"""Pairs of hash functions for trigrams. Texts with 60 % of their groups in common share one of six with 93 %."""

_SEEDS = tuple(0x9E3779B1 * (number + 1) & 0xFFFFFFFF for number in range(2 * BANDS))
_MANY = 0xFFFFFFFF

Pairs = NDArray[np.int64]
"""Two columns: places of records, the smaller one first."""


def keys_of(rule: MatchingRule, texts: Texts) -> list[int]:
    """Return the keys of a record, each once, as signed numbers of 64 bits."""
    found = set()
    for number, block in enumerate(rule.blocks):
        for said in _said(rule, block, texts):
            digest = blake2b(f"{number}\0{said}".encode(), digest_size=8).digest()
            found.add(int.from_bytes(digest, "big", signed=True))
    return sorted(found)


def _said(rule: MatchingRule, block: Block, texts: Texts) -> Sequence[str]:
    """Return what the record says for a block; nothing when a part is unknown."""
    (first, *_) = block
    if first.form is Form.TRIGRAMS:
        return _minimal(texts[rule.place[first.trait]])
    parts = [_FORMS[part.form](texts[rule.place[part.trait]], part) for part in block]
    return ["\0".join(parts)] if all(parts) else []


_FORMS: dict[Form, Callable[[str, Part], str]] = {
    Form.WHOLE: lambda text, _part: text,
    Form.SOUND: lambda text, _part: sound_of(text),
    Form.START: lambda text, part: text[: part.length],
    Form.END: lambda text, part: text[-part.length :],
}


def _minimal(text: str) -> list[str]:
    squeezed = f"  {text} "
    groups = {crc32(squeezed[place : place + 3].encode()) for place in range(len(squeezed) - 2)}
    if not text:
        return []
    lows = [min((group * seed + (seed >> 7)) & _MANY for group in groups) for seed in _SEEDS]
    return [f"{band}:{lows[2 * band]}:{lows[2 * band + 1]}" for band in range(BANDS)]


def pairs_sharing(keys: Sequence[Sequence[int]]) -> Pairs:
    """Return the pairs of records that share a key which is not common, each once."""
    counts = np.fromiter((len(own) for own in keys), np.int64, len(keys))
    flat = np.fromiter((key for own in keys for key in own), np.int64, int(counts.sum()))
    owners = np.repeat(np.arange(len(keys)), counts)
    order = np.argsort(flat, kind="stable")
    flat, owners = flat[order], owners[order]
    begins = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]]) if len(flat) else np.zeros(0, np.int64)
    sizes = np.diff(np.r_[begins, len(flat)])
    found = [np.zeros((0, 2), np.int64)]
    for size in np.unique(sizes[(sizes > 1) & (sizes <= COMMON)]):
        groups = owners[begins[sizes == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        found.append(np.stack([groups[:, one].ravel(), groups[:, other].ravel()], axis=1))
    return np.unique(np.concatenate(found), axis=0)
