"""How a word sounds, roughly: American Soundex over the folded word, which survives most slips of spelling."""

from __future__ import annotations

from functools import lru_cache

_GROUPS = ("", "bfpv", "cgjkqsxz", "dt", "l", "mn", "r")
_DIGIT = {letter: str(number) for number, letters in enumerate(_GROUPS) for letter in letters}
LENGTH = 4


@lru_cache(maxsize=65_536)
def sound_of(text: str) -> str:
    """
    Return the code of the first word of a folded text; empty without letters. ``robert`` and ``rupert`` → ``r163``.

    Other letters than a to z stand for themselves, so that words of other scripts agree only when they begin alike.
    """
    word = "".join(letter for letter in text.partition(" ")[0] if letter.isalpha())
    if not word:
        return ""
    if not word.isascii():
        return word[:LENGTH]
    code, last = word[0], _DIGIT.get(word[0], "")
    for letter in word[1:]:
        digit = _DIGIT.get(letter, "")
        if digit and digit != last:
            code += digit
        if letter not in "hw":  # they do not part two letters of one group
            last = digit
    return code[:LENGTH].ljust(LENGTH, "0")
