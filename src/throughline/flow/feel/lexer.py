"""
Text to tokens.

Theory of operation. FEEL cannot be split into tokens without knowing the names in scope: ``a-b`` may be one name, and
``date and time`` contains an operator. So the lexer only makes the smallest pieces (words, numbers, strings, symbols),
and the parser joins pieces into names with the help of ``names.Names``. A known name is split by the same lexer, which
is why the two always meet.

Sources: DMN 1.5, 10.3.1.2, rules 22 to 35 (names), 33 to 37 (literals), 61 (white space and comments).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from throughline.flow.feel.errors import FeelSyntaxError, place

WORD: Final = "word"
NUMBER: Final = "number"
STRING: Final = "string"
SYMBOL: Final = "symbol"
END: Final = "end"


class Token(NamedTuple):
    """``text`` as written; ``value`` of a string without quotes and escapes. Offsets are those in the whole text."""

    kind: str
    text: str
    start: int
    end: int
    value: str = ""


NAME_START = (
    r"?A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D"
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
NAME_PART = NAME_START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
SPACE = r"\s\u0085\u00A0\u1680\u180E\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF"
PIECE = re.compile(
    rf"(?P<space>[{SPACE}]+|//[^\n\r]*|/\*.*?\*/)"
    rf"|(?P<word>[{NAME_START}][{NAME_PART}]*)"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r'|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<symbol>\*\*|\.\.|->|<=|>=|!=|.)",
    re.DOTALL,
)
ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", re.DOTALL)
ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
REPLACEMENT = "\ufffd"


def tokens(text: str) -> list[Token]:
    """The tokens of the text, closed by one of kind END. Raises FeelSyntaxError for an unclosed string or comment."""
    found: list[Token] = []
    for match in PIECE.finditer(text):
        group = match.lastgroup
        if group == "space":
            continue
        piece, start = match[0], match.start()
        if group == "string":
            found.append(Token(STRING, piece, start, match.end(), unescape(piece[1:-1])))
            continue
        if piece == '"':
            raise FeelSyntaxError('Expected the string to end with ", but the text ends first.', *place(text, start))
        if piece == "/" and text.startswith("/*", start):
            raise FeelSyntaxError("Expected the comment to end with */, but the text ends first.", *place(text, start))
        found.append(Token(str(group), piece, start, match.end()))
    found.append(Token(END, "", len(text), len(text)))
    return found


def unescape(body: str) -> str:
    """The value of a string literal. An escape FEEL does not know stays as it is: that is how patterns are written."""
    if "\\" not in body:
        return body
    return SURROGATES.sub(join_surrogates, ESCAPE.sub(unescape_one, body))


def unescape_one(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) > 1:
        code = int(escape[1:], 16)
        return chr(code) if code <= 0x10FFFF else match[0]
    return ESCAPED.get(escape, match[0])


def join_surrogates(match: re.Match[str]) -> str:
    """The character that two halves stand for; a lone half is no character and cannot leave as UTF-8."""
    return match[0].encode("utf-16", "surrogatepass").decode("utf-16") if len(match[0]) == 2 else REPLACEMENT
