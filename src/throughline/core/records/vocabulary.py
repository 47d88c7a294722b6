"""
The words that search knows, and which of them may be meant by one with a slip of the keyboard.

Theory of operation. Comparing a misspelt word with the text of every record takes seconds among millions; comparing it
with every *word* there is takes milliseconds, since a company uses few words for many records. So each word of letters
is kept once, written with the text it first stands in. What lies near a given word is found by the trigram index of
the words and then measured: one slip in a short word, two in a long one, a slip being a letter too many, too few,
another one, or two that changed places (optimal string alignment distance). Search then looks for the words that were
meant as it looks for any: by the index, under the rights of who asks. So a word that stands only where somebody may not
look leads to nothing (docs/adr/0084).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from rapidfuzz.distance import OSA

from throughline.core.rows import rows_of

SHORTEST, LONGEST = 4, 32
"""Words of so many letters are kept, and only they can be meant; by one that is a letter shorter, too."""
LONG = 6
"""From so many letters on, two slips are forgiven."""
MEANT = 8
"""So many words at most may be meant by one."""
BEGUN = 5
"""From so many letters on, what was typed may be the beginning of a word, with a slip in it."""

Choices = tuple[str, ...]
"""A word that is looked for: what may be meant by it, the nearest first; any of them will do."""

_SIGNS = ".,;:!?/|()[]@&+-_#*\"'"
_WORDS = f"""
SELECT DISTINCT word FROM {{source}} AS told,
    string_to_table(translate(told.text, '{_SIGNS.replace("'", "''")}', '{" " * len(_SIGNS)}'), ' ') AS word
WHERE length(word) BETWEEN {SHORTEST} AND {LONGEST} AND word ~ '^[[:alpha:]]+$'
"""
LEARN = f"""
INSERT INTO records_search_word (word)
SELECT fresh.word FROM ({_WORDS}) fresh
WHERE NOT EXISTS (SELECT FROM records_search_word known WHERE known.word = fresh.word)
"""
"""
Keeps the words of the texts in ``source``. Two who learn a word at once keep it twice, which does no harm: a unique key
would let each of them wait for the other.
"""
_FORGET = f"""
WITH used AS MATERIALIZED ({_WORDS.format(source="records_search")})
DELETE FROM records_search_word kept
WHERE NOT EXISTS (SELECT FROM used WHERE used.word = kept.word)
    OR EXISTS (SELECT FROM records_search_word twin WHERE twin.word = kept.word AND twin.id < kept.id)
"""
_ALIKE = f"""
SET LOCAL pg_trgm.word_similarity_threshold = 0.25;
SELECT asked.word, known.word
FROM unnest(%s::text[]) AS asked (word),
    LATERAL (
        SELECT word FROM records_search_word WHERE word %%> asked.word
        ORDER BY word_similarity(asked.word, word) DESC LIMIT {25 * MEANT}
    ) AS known;
SET LOCAL pg_trgm.word_similarity_threshold = 0.6
"""


def near(words: Sequence[str]) -> list[Choices]:
    """Return, for each of the folded words, the words that may be meant by it, and last the word itself. One query."""
    asked = {word for word in words if word.isalpha() and SHORTEST - 1 <= len(word) <= LONGEST}
    meant: dict[str, dict[str, int]] = {word: {} for word in asked}
    if asked:
        for word, known in _alike(sorted(asked)):
            slips = _slips(word, known)
            if slips is not None:
                meant[word][known] = slips
    return [(*_nearest(meant.get(word, {}), word), word) for word in words]


def _nearest(meant: dict[str, int], word: str) -> list[str]:
    ordered = sorted(meant, key=lambda known: (meant[known], abs(len(known) - len(word)), known))
    return [known for known in ordered if known != word][:MEANT]


def _slips(word: str, known: str) -> int | None:
    """Return by how many slips a word, or the beginning of one, becomes another; None when by too many."""
    forgiven = 1 if len(word) < LONG else 2
    heads = {known}
    if len(word) >= BEGUN:
        heads |= {known[:length] for length in range(len(word) - 1, len(word) + 2)}
    fewest = min(OSA.distance(word, head, score_cutoff=forgiven) for head in heads)
    return fewest if fewest <= forgiven else None


def _alike(words: Sequence[str]) -> list[tuple[str, str]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALIKE, [list(words)])
        return [(word, known) for word, known in rows_of(cursor)]


def learn_all() -> None:
    """Keep the words of all that search knows, where its rows came in past ``search.feed``."""
    with connection.cursor() as cursor:
        cursor.execute(LEARN.format(source="records_search"))


def forget_unused() -> int:
    """Forget the words that stand in no text any more: records were deleted, or say something else. Return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
        return int(cursor.rowcount)
