"""
A place in the tokens of a text, and what can be read from there without knowing any scope.

The base of the parser: look, step, expect, read a name up to a stop, and say in one sentence what was expected.
"""

from __future__ import annotations

from typing import NoReturn

from throughline.flow.feel.errors import FeelSyntaxError, place
from throughline.flow.feel.lexer import END, NUMBER, STRING, SYMBOL, WORD, Token, tokens

KEYWORDS = frozenset(
    (
        *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "function"),
        *("and", "or", "between", "instance", "of", "true", "false", "null"),
    )
)
ENDS_NAME = KEYWORDS - {"of"}
NAME_SYMBOLS = frozenset("./-’'+*")


class Cursor:
    def __init__(self, text: str) -> None:
        self.text = text
        self.stream = tokens(text)
        self.index = 0

    @property
    def token(self) -> Token:
        return self.stream[self.index]

    def peek(self, ahead: int) -> Token:
        return self.stream[min(self.index + ahead, len(self.stream) - 1)]

    def advance(self) -> Token:
        token = self.stream[self.index]
        if token.kind != END:  # pragma: no branch - whoever goes on has looked at the token; never beyond the end
            self.index += 1
        return token

    def take(self, symbol: str) -> bool:
        """Pass over the symbol when it is the current token."""
        if self.token.kind == SYMBOL and self.token.text == symbol:
            self.index += 1
            return True
        return False

    def take_word(self, word: str) -> bool:
        if self.token.kind == WORD and self.token.text == word:
            self.index += 1
            return True
        return False

    def expect(self, symbol: str) -> None:
        if not self.take(symbol):
            self.fail_expected(symbol)

    def expect_word(self, word: str) -> None:
        if not self.take_word(word):
            self.fail_expected(word)

    def expect_end(self) -> None:
        if self.token.kind != END:
            self.fail_expected("an operator or the end")

    def fail_expected(self, what: str) -> NoReturn:
        token = self.token
        found = "the text ends" if token.kind == END else f"found {self.text[token.start : token.end]}"
        self.fail(f"Expected {what}, but {found}.")

    def fail(self, message: str) -> NoReturn:
        raise FeelSyntaxError(message, *place(self.text, self.token.start))

    # --- names ------------------------------------------------------------------------------------------------------

    def unknown_name(self) -> str:
        """The words up to the next keyword or symbol, as one name."""
        start = self.token.start
        if self.token.kind != WORD:
            self.fail_expected("a name")
        end = self.advance().end
        while self.token.kind == WORD and self.token.text not in ENDS_NAME:
            end = self.advance().end
        return self.one_spaced(start, end)

    def name_until(self, stops: str | tuple[str, ...], what: str) -> str:
        """The tokens before the first of ``stops`` as one name."""
        stops = (stops,) if isinstance(stops, str) else stops
        first = self.token
        if first.kind != WORD or first.text in stops:
            self.fail_expected(what)
        while self.token.text not in stops:
            if self.token.kind not in (WORD, NUMBER) and self.token.text not in NAME_SYMBOLS:
                self.fail_expected(" or ".join(stops) + f" after {what}")
            self.advance()
        return self.one_spaced(first.start, self.stream[self.index - 1].end)

    def one_spaced(self, start: int, end: int) -> str:
        return " ".join(self.text[start:end].split())

    def key(self) -> str:
        """A key and its colon: a string, or all tokens up to the colon (rules 57 and 58)."""
        key = self.advance().value if self.token.kind == STRING else self.name_until(":", "a key")
        self.expect(":")
        return key
