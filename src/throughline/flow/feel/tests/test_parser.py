"""What belongs to what: precedence, names with spaces, intervals, and sentences for what is no FEEL."""

from __future__ import annotations

import pytest

from throughline.flow.feel import FeelSyntaxError, compile_expression, compile_unary_tests
from throughline.flow.feel.tests.evaluating import text_of
from throughline.flow.feel.tests.printing import printed


def shape(text: str, *names: str, members: tuple[str, ...] = ()) -> str:
    """The expression with every grouping written out."""
    return printed(compile_expression(text, names, members=members).node)


class TestPrecedence:
    @pytest.mark.parametrize(
        ("text", "grouped"),
        [
            ("1 + 2 * 3", "(1 + (2 * 3))"),
            ("1 - 2 - 3", "((1 - 2) - 3)"),
            ("2 ** 3 ** 2", "((2 ** 3) ** 2)"),
            ("-a ** 2", "((- (a)) ** 2)"),
            ("-a.b", "(- (a.b))"),
            ("a or b and c", "(a or (b and c))"),
            ("a = b and c < d", "((a = b) and (c < d))"),
            ("a + 1 > b", "((a + 1) > b)"),
            ("a between 1 and 2 and b", "((a between 1 and 2) and b)"),
            ("a in (1, 2) and b", "((a in (1, 2)) and b)"),
            ("a in (1 + 2) * 3", "(a in (((1 + 2) * 3)))"),
            ("a instance of number and b", "((a instance of number) and b)"),
            ("if a then b else c + 1", "(if a then b else (c + 1))"),
            ("a[1].b(2)[3]", "a[1].b(2)[3]"),
        ],
    )
    def test_operators_bind_as_the_standard_orders_them(self, text: str, grouped: str) -> None:
        assert shape(text) == grouped


class TestNames:
    def test_the_longest_name_known_in_scope_wins(self) -> None:
        assert shape("a - b + a", "a", "b", "a - b") == "(a - b + a)"

    def test_white_space_in_a_name_does_not_count(self) -> None:
        assert shape("a+b", "a + b") == "a + b"

    def test_a_name_with_a_keyword_in_it_is_one_name(self) -> None:
        assert shape("for i in days in weekend return i", "days in weekend") == "(for i in days in weekend return i)"

    def test_a_name_ends_where_the_scope_knows_no_longer_one(self) -> None:
        assert shape("Mike's age + walt's age - average age", "Mike's age + walt's age", "average age") == (
            "(Mike's age + walt's age - average age)"
        )

    def test_words_that_nobody_knows_are_one_name(self) -> None:
        assert shape("Monthly Salary > 5000") == "(Monthly Salary > 5000)"

    def test_a_built_in_name_may_begin_an_unknown_one(self) -> None:
        assert shape('date of birth > date("2000-01-01")') == '(date of birth > date("2000-01-01"))'

    def test_a_member_may_have_spaces(self) -> None:
        assert shape("loan.principal amount + 1", "loan", members=("principal amount",)) == (
            "(loan.principal amount + 1)"
        )

    def test_a_built_in_may_be_spaced_freely(self) -> None:
        assert text_of('string    length ("abc")') == "3"

    def test_parameters_and_entries_are_names_in_their_scope(self) -> None:
        assert text_of("(function(unit price, n) unit price * n)(2, 3)") == "6"
        assert text_of("{unit price: 2, total: unit price * 3}.total") == "6"

    def test_an_argument_may_have_a_name_with_spaces(self) -> None:
        assert text_of('substring(string: "foobar", start position : 3)') == '"obar"'


class TestStrings:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('"(" in "("', "true"),
            ('substring before("a+b", "+")', '"a"'),
            ('contains(":", ":")', "true"),
            ('["[", "]", "..", "and"][4]', '"and"'),
            ('{"-": 1, ":": "}"}', '{"-": 1, ":": "}"}'),
            ('if "then" = "else" then "if" else "in"', '"in"'),
        ],
    )
    def test_a_string_is_never_taken_for_what_it_holds(self, text: str, value: str) -> None:
        assert text_of(text) == value

    def test_a_dash_in_quotes_is_a_value_and_not_anything(self) -> None:
        assert compile_unary_tests('"-"').evaluate("a", {}) is False


class TestIntervals:
    @pytest.mark.parametrize(
        "text",
        ["[1..2]", "(1..2)", "]1..2]", "[1..2[", "[a..b]", "[f(1)..2)", "[a[1]..b[1]]", "[a[1]..b[1][", "[1..2[.end"],
    )
    def test_an_interval_may_end_with_any_bracket(self, text: str) -> None:
        assert shape(text) == text.replace("]1", "(1").replace("2[", "2)").replace("][", "])")

    def test_an_interval_in_parentheses_is_not_a_value_in_parentheses(self) -> None:
        assert shape("1 in (1..2)") == "(1 in ((1..2)))"
        assert shape("(1)") == "1"


class TestSentences:
    @pytest.mark.parametrize(
        ("text", "message", "column"),
        [
            ("1 +", "Expected an expression, but the text ends.", 4),
            ("(1", r"Expected \), but the text ends.", 3),
            ("[1, 2", r"Expected \], but the text ends.", 6),
            ("if a then b", "Expected else, but the text ends.", 12),
            ("for i of x return i", "Expected in after the name of a variable", 20),
            ("{a 1}", "Expected :", 5),
            ("1 2", "Expected an operator or the end, but found 2.", 3),
            ("f(a: 1, 2)", "all arguments by name or all by position", 10),
            ("a and", "Expected an expression, but the text ends.", 6),
            ("@5", 'Expected text in " after @, but found 5.', 2),
            ("every x in y", "Expected satisfies, but the text ends.", 13),
            ("1 instance of", "Expected a type, but the text ends.", 14),
        ],
    )
    def test_what_is_no_feel_is_said_with_its_place(self, text: str, message: str, column: int) -> None:
        with pytest.raises(FeelSyntaxError, match=message) as problem:
            compile_expression(text)

        assert (problem.value.line, problem.value.column) == (1, column)

    def test_the_place_counts_lines(self) -> None:
        with pytest.raises(FeelSyntaxError) as problem:
            compile_expression("1 +\n  * 2")

        assert (problem.value.line, problem.value.column) == (2, 3)

    def test_an_empty_text_is_no_expression(self) -> None:
        with pytest.raises(FeelSyntaxError, match="Expected an expression"):
            compile_expression("  ")

    @pytest.mark.parametrize("text", ["(" * 5000 + "1" + ")" * 5000, "[" * 5000, "-" * 5000 + "1", "if " * 5000])
    def test_what_nests_too_deep_is_refused_and_not_a_crash(self, text: str) -> None:
        with pytest.raises(FeelSyntaxError, match=r"nest"):
            compile_expression(text)

    def test_a_long_chain_is_not_deep(self) -> None:
        assert text_of(" + ".join(["1"] * 5000)) == "5000"
        assert text_of(" and ".join(["true"] * 5000)) == "true"


class TestLeadingEquals:
    def test_an_equals_sign_in_front_is_ignored(self) -> None:
        assert text_of("= 1 + 1") == "2"

    def test_unary_tests_keep_it(self) -> None:
        assert compile_unary_tests("= 5").evaluate(None, {}) is False
