"""
Tokens to syntax tree: a Pratt parser that knows the scope.

Theory of operation. ``expression(level)`` reads an operand and then, as long as the operator that follows binds
tighter than ``level``, what belongs to it. The levels follow the order of DMN 1.5's grammar rule 2: or, and,
comparison, sum, product, power, minus sign, ``instance of``, and the postfixes ``.``, ``[]``, ``()``. All binary
operators associate to the left, powers too (rule 4: ``3 ** 4 ** 5`` is ``(3 ** 4) ** 5``), and a minus sign binds
tighter than a power.

A name is the longest one known in scope. Where nothing known starts, the words up to the next operator or keyword are
one unknown name: so a text compiled without its names still reads ``Monthly Salary > 5000``, and what is unknown is
null later.

Three constructs cannot be told apart by their first token: ``(a..b)`` and ``(a)``; ``[a..b]`` and ``[a]``; the end of
an interval ``[a..b[`` and a filter ``b[...]``. The first two are known after ``a``. The third is tried as a filter; a
bracket that was no filter once is none when it is come upon again, and a text that must be re-read many times is
refused, so that trying never doubles the work with every bracket.

Methods are kept in the order of the grammar: entry points, operators, operands, postfixes. What needs no scope is in
``cursor`` and ``type_parser``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import DecimalException
from typing import Any, TypeVar

from throughline.flow.feel import nodes, types
from throughline.flow.feel.cursor import ENDS_NAME, KEYWORDS, NAME_SYMBOLS
from throughline.flow.feel.errors import FeelSyntaxError
from throughline.flow.feel.lexer import END, NUMBER, STRING, SYMBOL, WORD, Token
from throughline.flow.feel.names import Names
from throughline.flow.feel.numbers import NUMBERS
from throughline.flow.feel.scope import Scopes
from throughline.flow.feel.type_parser import TypeParser
from throughline.flow.temporal import parse_temporal

Read = TypeVar("Read")

LOWEST, OR, AND, COMPARISON, SUM, PRODUCT, POWER, MINUS, INSTANCE = range(9)
BINDING = {
    "or": OR,
    "and": AND,
    "=": COMPARISON,
    "!=": COMPARISON,
    "<": COMPARISON,
    "<=": COMPARISON,
    ">": COMPARISON,
    ">=": COMPARISON,
    "between": COMPARISON,
    "in": COMPARISON,
    "+": SUM,
    "-": SUM,
    "*": PRODUCT,
    "/": PRODUCT,
    "**": POWER,
    "instance": INSTANCE,
}
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
CLOSERS = frozenset({")", "]", "["})
CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
DEEPEST = 120
REREAD_AT_MOST = 5


class Parser(TypeParser):
    """One parse of one text."""

    def __init__(
        self,
        text: str,
        names: Iterable[str],
        members: Iterable[str],
        builtins: Names,
        named_types: dict[str, types.Type],
    ) -> None:
        super().__init__(text, named_types)
        self.depth = 0
        self.in_interval = False
        self.no_filters: set[tuple[int, int]] = set()
        self.rereading = REREAD_AT_MOST * (len(self.stream) + 2000)
        self.scopes = Scopes(names, members, builtins)

    # --- entry points -------------------------------------------------------------------------------------------------

    def whole_expression(self) -> nodes.Node:
        """The whole text as one expression (rule 1). Raises FeelSyntaxError."""
        node = self.expression()
        self.expect_end()
        return node

    def whole_unary_tests(self) -> nodes.UnaryTests:
        """The whole text as unary tests (rule 15). Raises FeelSyntaxError."""
        self.scopes.open(("?",))
        start = self.token.start
        if self.token.text == "-" and self.peek(1).kind == END:
            self.advance()
            return nodes.UnaryTests(start, None, False)
        node = self.negated_tests() or nodes.UnaryTests(start, self.tests(), False)
        self.expect_end()
        return node

    def negated_tests(self) -> nodes.UnaryTests | None:
        """``not(...)`` around all of the text; None when it is something else that starts with ``not``."""
        if (self.token.kind, self.token.text) != (WORD, "not") or self.peek(1).text != "(":
            return None
        mark, start = self.index, self.token.start
        self.advance()
        self.advance()
        tests = self.tests()
        if self.token.text == ")" and self.peek(1).kind == END:
            self.advance()
            return nodes.UnaryTests(start, tests, True)
        self.index = mark
        return None

    def tests(self) -> tuple[nodes.Node, ...]:
        """Positive unary tests, separated by commas (rule 14)."""
        found = [self.expression()]
        while self.take(","):
            found.append(self.expression())
        return tuple(found)

    # --- operators ----------------------------------------------------------------------------------------------------

    def expression(self, level: int = LOWEST) -> nodes.Node:
        """An expression whose operators all bind tighter than ``level``."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"Expected at most {DEEPEST} levels of nesting, but there are more.")
        left = self.operators(self.operand(), level)
        self.depth -= 1
        return left

    def operators(self, left: nodes.Node, level: int) -> nodes.Node:
        """``left`` and what is joined to it by operators that bind tighter than ``level``."""
        while (binding := self.binding()) > level:
            left = self.operator(left, binding)
        return left

    def binding(self) -> int:
        """How tightly the operator at the current token binds; LOWEST when there is none."""
        token = self.token
        return BINDING.get(token.text, LOWEST) if token.kind in (WORD, SYMBOL) else LOWEST

    def operator(self, left: nodes.Node, binding: int) -> nodes.Node:
        text = self.advance().text
        if binding in (OR, AND):
            return self.logic(left, text, binding)
        if text in COMPARISONS:
            return nodes.Comparison(left.at, text, left, self.expression(COMPARISON))
        if text == "between":
            low = self.expression(COMPARISON)
            self.expect_word("and")
            return nodes.Between(left.at, left, low, self.expression(COMPARISON))
        if text == "in":
            return nodes.In(left.at, left, self.tests_of_in())
        if text == "instance":
            self.expect_word("of")
            return nodes.InstanceOf(left.at, left, self.type())
        return nodes.Arithmetic(left.at, text, left, self.expression(binding))

    def logic(self, left: nodes.Node, text: str, binding: int) -> nodes.Node:
        """All parts of a chain of the same connective at once, so that long chains are not deep."""
        parts = [left, self.expression(binding)]
        while self.take_word(text):
            parts.append(self.expression(binding))
        return (nodes.Or if binding == OR else nodes.And)(left.at, tuple(parts))

    def tests_of_in(self) -> tuple[nodes.Node, ...]:
        """What follows ``in``: one test, or several in parentheses (rules 49.c and 49.d)."""
        if self.token.kind != SYMBOL or self.token.text != "(":
            return (self.expression(COMPARISON),)
        start = self.advance().start
        first = self.inside(self.expression)
        if self.token.text == ",":
            found = [first]
            while self.take(","):
                found.append(self.inside(self.expression))
            self.expect(")")
            return tuple(found)
        return (self.operators(self.rest_of_parenthesis(start, first), COMPARISON),)

    # --- operands -----------------------------------------------------------------------------------------------------

    def operand(self) -> nodes.Node:
        token = self.token
        if token.kind == NUMBER:
            return self.postfixes(self.number(self.advance()))
        if token.kind == STRING:
            self.advance()
            return self.postfixes(nodes.Literal(token.start, token.value))
        if token.kind == WORD:
            return self.word()
        if token.text in OPENERS:
            return OPENERS[token.text](self)
        return self.fail_expected("an expression")

    def number(self, token: Token, sign: str = "") -> nodes.Node:
        try:
            return nodes.Literal(token.start, NUMBERS.create_decimal(sign + token.text))
        except DecimalException:
            return nodes.BadLiteral(token.start, f"Expected a number of at most 6144 digits, but {token.text}.")

    def minus(self) -> nodes.Node:
        start = self.advance().start
        if self.token.kind == NUMBER:
            literal = self.number(self.advance(), "-")
            return self.postfixes(literal)
        return nodes.Negation(start, self.expression(MINUS))

    def test(self) -> nodes.Node:
        """A comparison without its left side (rule 7.a)."""
        token = self.advance()
        return nodes.Test(token.start, token.text, self.expression(COMPARISON))

    def at_literal(self) -> nodes.Node:
        start = self.advance().start
        if self.token.kind != STRING:
            self.fail_expected('text in " after @')
        text = self.advance().value
        try:
            return self.postfixes(nodes.Literal(start, parse_temporal(text)))
        except ValueError as problem:
            return self.postfixes(nodes.BadLiteral(start, str(problem)))

    def parenthesis(self) -> nodes.Node:
        start = self.advance().start
        return self.rest_of_parenthesis(start, self.inside(self.expression))

    def rest_of_parenthesis(self, start: int, inner: nodes.Node) -> nodes.Node:
        """What ``(`` and ``inner`` begin: an interval, or a value in parentheses."""
        if self.take(".."):
            return self.interval(start, inner, included=False)
        self.expect(")")
        return self.postfixes(inner)

    def bracket(self) -> nodes.Node:
        start = self.advance().start
        if self.take("]"):
            return self.postfixes(nodes.ListOf(start, ()))
        items = [self.inside(self.expression)]
        if self.take(".."):
            return self.interval(start, items[0], included=True)
        while self.take(","):
            items.append(self.inside(self.expression))
        self.expect("]")
        return self.postfixes(nodes.ListOf(start, tuple(items)))

    def open_interval(self) -> nodes.Node:
        """``]a..b]``: an interval that starts with a closing bracket."""
        start = self.advance().start
        low = self.inside(self.expression)
        self.expect("..")
        return self.interval(start, low, included=False)

    def interval(self, start: int, low: nodes.Node, *, included: bool) -> nodes.Node:
        """The rest of an interval, from its second end on (rule 8)."""
        outer, self.in_interval = self.in_interval, True
        high = self.expression()
        self.in_interval = outer
        if self.token.kind != SYMBOL or self.token.text not in CLOSERS:
            self.fail_expected("), ] or [ at the end of the interval")
        closing = self.advance()
        return self.postfixes(nodes.Interval(start, low, high, included, closing.text == "]"))

    def context(self) -> nodes.Node:
        start = self.advance().start
        self.scopes.open()
        entries: list[tuple[str, nodes.Node]] = []
        while not self.take("}"):
            if entries:
                self.expect(",")
            key = self.key()
            entries.append((key, self.inside(self.expression)))
            self.scopes.add(key)
            self.scopes.add_member(key)
        self.scopes.close()
        return self.postfixes(nodes.ContextOf(start, tuple(entries)))

    def word(self) -> nodes.Node:
        """A keyword's construct, a constant or a name, whichever is longest."""
        known = self.scopes.variable(self.stream, self.index)
        text = self.token.text
        if text in CONSTRUCTS and (known is None or known[1] == 1):
            return CONSTRUCTS[text](self)
        if text in CONSTANTS and (known is None or known[1] == 1):
            return self.postfixes(nodes.Literal(self.advance().start, CONSTANTS[text]))
        if known is None and text in KEYWORDS:
            self.fail_expected("an expression")
        start = self.token.start
        if known is None or self.is_longer_than_builtin(known):
            return self.postfixes(nodes.Name(start, self.unknown_name()))
        self.index += known[1]
        return self.postfixes(nodes.Name(start, known[0]))

    def is_longer_than_builtin(self, known: tuple[str, int]) -> bool:
        """``date of birth``, where the name of a built-in function is only the first word of an unknown name."""
        following = self.peek(known[1])
        return following.kind == WORD and following.text not in ENDS_NAME and self.scopes.is_builtin(known[0])

    def conditional(self) -> nodes.Node:
        start = self.advance().start
        condition = self.expression()
        self.expect_word("then")
        then = self.expression()
        self.expect_word("else")
        return nodes.If(start, condition, then, self.expression())

    def for_loop(self) -> nodes.Node:
        start = self.advance().start
        self.scopes.open(("partial",))
        iterations = self.iterations()
        self.expect_word("return")
        body = self.expression()
        self.scopes.close()
        return nodes.For(start, iterations, body)

    def quantified(self) -> nodes.Node:
        every, start = self.token.text == "every", self.advance().start
        self.scopes.open()
        iterations = self.iterations()
        self.expect_word("satisfies")
        condition = self.expression()
        self.scopes.close()
        return nodes.Quantified(start, every, iterations, condition)

    def iterations(self) -> tuple[nodes.Iteration, ...]:
        found = [self.iteration()]
        while self.take(","):
            found.append(self.iteration())
        return tuple(found)

    def iteration(self) -> nodes.Iteration:
        name = self.name_until("in", "the name of a variable")
        self.expect_word("in")
        source = self.expression()
        end = self.expression() if self.take("..") else None
        self.scopes.add(name)
        return nodes.Iteration(name, source, end)

    def function_definition(self) -> nodes.Node:
        start = self.advance().start
        self.expect("(")
        parameters: list[tuple[str, types.Type]] = []
        while not self.take(")"):
            if parameters:
                self.expect(",")
            parameters.append(self.parameter())
        external = self.take_word("external")
        self.scopes.open(name for name, _ in parameters)
        body = self.expression()
        self.scopes.close()
        source = self.text[start : self.stream[self.index - 1].end]
        return nodes.FunctionOf(start, tuple(parameters), body, external, source)

    def parameter(self) -> tuple[str, types.Type]:
        name = self.name_until((":", ",", ")"), "the name of a parameter")
        return name, self.type() if self.take(":") else types.ANY

    # --- postfixes ----------------------------------------------------------------------------------------------------

    def postfixes(self, node: nodes.Node) -> nodes.Node:
        while True:
            text = self.token.text if self.token.kind == SYMBOL else ""
            if text == ".":
                self.advance()
                node = nodes.Path(node.at, node, self.member())
            elif text == "[":
                filtered = self.attempt_filter(node) if self.in_interval else self.filter(node)
                if filtered is None:
                    return node
                node = filtered
            elif text == "(":
                node = self.call(node)
            else:
                return node

    def member(self) -> str:
        if self.token.kind not in (WORD, SYMBOL):
            self.fail_expected("a name after the dot")
        known = self.scopes.member(self.stream, self.index)
        if known is None:
            return self.unknown_name()
        self.index += known[1]
        return known[0]

    def filter(self, source: nodes.Node) -> nodes.Node:
        self.expect("[")
        self.scopes.open_filter()
        condition = self.inside(self.expression)
        self.scopes.close_filter()
        self.expect("]")
        return nodes.Filter(source.at, source, condition)

    def attempt_filter(self, source: nodes.Node) -> nodes.Node | None:
        """The filter, or None when the bracket closes the interval around it: what follows is then no condition."""
        bracket = self.index, self.scopes.depth()
        if bracket in self.no_filters or self.peek(1).text in COMPARISONS:
            return None
        depth = self.depth
        try:
            return self.filter(source)
        except FeelSyntaxError:
            self.no_filters.add(bracket)
            self.rereading -= self.index - bracket[0]
            if self.rereading < 0:
                raise
            self.index, self.depth, self.in_interval = bracket[0], depth, True
            self.scopes.back_to(bracket[1])
            return None

    def call(self, function: nodes.Node) -> nodes.Node:
        self.expect("(")
        arguments, names = self.inside(self.arguments)
        return nodes.Call(function.at, function, arguments, names)

    def arguments(self) -> tuple[tuple[nodes.Node, ...], tuple[str, ...] | None]:
        """Arguments and the closing parenthesis; all by position or all by name (rules 40 to 43)."""
        values: list[nodes.Node] = []
        names: list[str] = []
        while not self.take(")"):
            if values:
                self.expect(",")
            if (name := self.argument_name()) is not None:
                names.append(name)
            values.append(self.expression())
            if names and len(names) != len(values):
                self.fail("Expected all arguments by name or all by position, but they are mixed.")
        return tuple(values), tuple(names) if names else None

    def argument_name(self) -> str | None:
        """The name before a colon, when the argument has one."""
        ahead = 0
        while (token := self.peek(ahead)).kind in (WORD, NUMBER) or token.text in NAME_SYMBOLS:
            ahead += 1
        if ahead == 0 or token.text != ":":
            return None
        name = self.name_until(":", "the name of an argument")
        self.expect(":")
        return name

    def inside(self, read: Callable[[], Read]) -> Read:
        """Read something between brackets, where the ``[`` that may close an interval outside has no meaning."""
        outer, self.in_interval = self.in_interval, False
        try:
            return read()
        finally:
            self.in_interval = outer


OPENERS: dict[str, Callable[[Parser], nodes.Node]] = {
    "-": Parser.minus,
    "(": Parser.parenthesis,
    "[": Parser.bracket,
    "]": Parser.open_interval,
    "{": Parser.context,
    "@": Parser.at_literal,
    **dict.fromkeys(COMPARISONS, Parser.test),
}
CONSTRUCTS: dict[str, Callable[[Parser], nodes.Node]] = {
    "if": Parser.conditional,
    "for": Parser.for_loop,
    "some": Parser.quantified,
    "every": Parser.quantified,
    "function": Parser.function_definition,
}
