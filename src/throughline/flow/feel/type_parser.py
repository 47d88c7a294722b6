"""Types in the text of an expression (DMN 1.5, grammar rule 54)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from throughline.flow.feel import types
from throughline.flow.feel.cursor import Cursor
from throughline.flow.feel.lexer import WORD
from throughline.flow.feel.names import shared_names


class TypeParser(Cursor):
    """Reads types. ``named_types``: type names known besides FEEL's own."""

    def __init__(self, text: str, named_types: Mapping[str, types.Type]) -> None:
        super().__init__(text)
        self.named_types = {**types.NAMED, **named_types} if named_types else types.NAMED
        self.type_names = shared_names(tuple(self.named_types))

    def type(self) -> types.Type:
        """A type (rule 54): a name, or one of the four with parameters."""
        if self.token.kind == WORD and self.peek(1).text == "<" and self.token.text in PARAMETERIZED:
            return PARAMETERIZED[self.token.text](self)
        known = self.type_names.longest(self.stream, self.index)
        if known is None:
            return self.unknown_type()
        self.index += known[1]
        return self.named_types[known[0]]

    def unknown_type(self) -> types.Type:
        """A name, perhaps qualified, that no type has: to ask for it gives null (table 61)."""
        if self.token.kind != WORD:
            self.fail_expected("a type")
        names = [self.unknown_name()]
        while self.take("."):
            names.append(self.unknown_name())
        return types.Unknown(".".join(names))

    def list_type(self) -> types.Type:
        return types.ListType(self.single_parameter())

    def range_type(self) -> types.Type:
        return types.RangeType(self.single_parameter())

    def single_parameter(self) -> types.Type:
        self.advance()
        self.expect("<")
        parameter = self.type()
        self.expect(">")
        return parameter

    def context_type(self) -> types.Type:
        self.advance()
        self.expect("<")
        entries: list[tuple[str, types.Type]] = []
        while not self.take(">"):
            if entries:
                self.expect(",")
            entries.append((self.key(), self.type()))
        return types.ContextType(tuple(entries))

    def function_type(self) -> types.Type:
        self.advance()
        self.expect("<")
        parameters: list[types.Type] = []
        while not self.take(">"):
            if parameters:
                self.expect(",")
            parameters.append(self.type())
        self.expect("->")
        return types.FunctionType(tuple(parameters), self.type())


def read_type(text: str, named_types: Mapping[str, types.Type] | None = None) -> types.Type:
    """The type that the text names, such as ``list<number>``. Raises FeelSyntaxError."""
    parser = TypeParser(text, named_types or {})
    found = parser.type()
    parser.expect_end()
    return found


PARAMETERIZED: dict[str, Callable[[TypeParser], types.Type]] = {
    "list": TypeParser.list_type,
    "range": TypeParser.range_type,
    "context": TypeParser.context_type,
    "function": TypeParser.function_type,
}
