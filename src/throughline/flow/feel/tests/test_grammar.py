"""DMN 1.5, 10.3.1.2, rule by rule: what is FEEL and what it gives, and what is none."""

# ruff: noqa: E501  the tables below are one case per line

from __future__ import annotations

import pytest

from throughline.flow.feel import FeelSyntaxError, compile_expression, compile_unary_tests
from throughline.flow.feel.tests.evaluating import passes, text_of, value_of

RULES = [
    ("1 expression", "[1]", "[1]"),
    ("1 expression", "1 + 1", "2"),
    ("2.a for, if, quantified", "for i in [1] return if i = 1 then some j in [i] satisfies j = 1 else 0", "[true]"),
    ("2 precedence", "1 + 2 * 3 ** 2 = 19 and true or false", "true"),
    ("2 precedence", "not(1 = 2) or 1 / 0 = 1", "true"),
    ("2.h literal in parentheses", "(((1)))", "1"),
    ("2.h simple positive unary test", "(< 5)", "(< 5)"),
    ("4 left associative", "10 - 3 - 2", "5"),
    ("4 left associative", "100 / 10 / 5", "2"),
    ("4 left associative", "2 ** 3 ** 2", "64"),
    ("4.d negation before power", "-4 ** 2", "16"),
    ("4.d negation before power", "-(4 ** 2)", "-16"),
    ("4.d negation", "- - 1", "1"),
    ("4.d negation", "1 - -1", "2"),
    ("7.a test with every operator", "[1 in < 2, 1 in <= 1, 1 in > 0, 1 in >= 1, 1 in = 1, 1 in != 2]", "[" + "true, " * 5 + "true]"),
    ("7.a endpoint is an expression", "5 in > 2 + 2", "true"),
    ("8 interval, every pair of brackets", "[1 in [1..2], 2 in [1..2], 1 in [1..2), 2 in [1..2)]", "[true, true, true, false]"),
    ("9 open start", "[1 in (1..2], 1 in ]1..2], 2 in (1..2], 2 in ]1..2]]", "[false, false, true, true]"),
    ("11 open end", "[2 in [1..2), 2 in [1..2[, 1 in ]0..2[, 2 in ]0..2[]", "[false, false, true, false]"),
    ("8 intervals are equal whatever bracket opens them", "]1..2[ = (1..2)", "true"),
    ("8 ends are expressions", "3 in [1 + 1..2 * 2[", "true"),
    ("8 ends in parentheses", "3 in [(1)..(5)[", "true"),
    ("8 ends with filters", "2 in [[1, 2][1]..[1, 2][2]]", "true"),
    ("8 ends with filters", "2 in [[1, 2][1]..[1, 2][2][", "false"),
    ("8 ends with calls", "2 in [min(1, 2)..max(1, 2)[", "false"),
    ("8 ends are dates", 'date("2024-02-29") in [@"2024-02-01"..@"2024-03-01"[', "true"),
    ("8 ends are dates", 'date("2024-03-01") in [date("2024-02-01")..date("2024-03-01")[', "false"),
    ("8 ends of two kinds", 'not([0..@"2024-03-01"[)', "null"),
    ("8 interval before a list", "[[1..2[, [3]]", "[[1..2), [3]]"),
    ("8 interval before a comparison", "[[1..2[ = [1..2)]", "[true]"),
    ("8 interval before a filter", "[[1..2[, [7, 8][2]]", "[[1..2), 8]"),
    ("8 interval in a context", "{a: [1..2[, b: [1]}", "{a: [1..2), b: [1]}"),
    ("8 interval in an argument", "is([1..2[, [1..2))", "true"),
    ("8 interval before a keyword", "if 1 in [1..2[ then [1..2[ else [2..3[", "[1..2)"),
    ("8 interval before its property", "[1..2[.end included", "false"),
    ("8 interval in parentheses", "(1..2) = ((1..2))", "true"),
    ("16 endpoint is any expression", "2 in [if true then 1 else 2..3]", "true"),
    ("18 qualified name", "{a: {b: {c: 1}}}.a.b.c", "1"),
    ("19-23 operators", "[1 + 1, 1 - 1, 2 * 2, 1 / 2, 2 ** 3]", "[2, 0, 4, 0.5, 8]"),
    ("31 null", "null", "null"),
    ("33 string", '"a\'b"', '"a\'b"'),
    ("34 boolean", "[true, false]", "[true, false]"),
    ("35 numbers", "[1, 1.5, .5, -1, -.5, 1e3, 1.2E-1, 1e+2]", "[1, 1.5, 0.5, -1, -0.5, 1000, 0.12, 100]"),
    ("38-42 invocation", 'substring("foobar", 3)', '"obar"'),
    ("40 named parameters", 'substring(start position: 3, string: "foobar")', '"obar"'),
    ("40 unsupplied named parameters are null", "(function(a, b) b)(a: 1)", "null"),
    ("42 all positional parameters", "(function(a, b) a)(1)", "null"),
    ("42 no parameters", "(function() 1)()", "1"),
    ("43 path", "{a b: 1}.a b", "1"),
    ("43 path through a list", "[{x: 1}, {}].x", "[1, null]"),
    ("44 for over two lists", "for i in [1, 2], j in [10, 20] return i + j", "[11, 21, 12, 22]"),
    ("44 for sees what went before", "for i in [[1], [2]], j in i return j", "[1, 2]"),
    ("44 partial", "for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"),
    ("45 if", "if null then 1 else 2", "2"),
    ("46 some", "some i in [1, 2], j in [2, 3] satisfies i = j", "true"),
    ("46 some of nothing", "some i in [] satisfies true", "false"),
    ("46 every", "every i in [1, 2] satisfies i > 0", "true"),
    ("46 every of nothing", "every i in [] satisfies false", "true"),
    ("47 or", "false or null or true", "true"),
    ("48 and", "true and null and false", "false"),
    ("49.a comparisons", "[1 = 1, 1 != 1, 1 < 2, 1 <= 1, 1 > 2, 1 >= 1]", "[true, false, true, true, false, true]"),
    ("49.a two kinds", '[1 = "1", 1 != "1", 1 < "1"]', "[null, null, null]"),
    ("49.a null", "[null = null, null != null, 1 = null, null != 1]", "[true, false, false, true]"),
    ("49.b between", "[2 between 1 and 3, 1 between 1 and 1, 0 between 1 and 3]", "[true, true, false]"),
    ("49.b between, then and", "2 between 1 and 3 and true", "true"),
    ("49.c in", "1 in [1, 2]", "true"),
    ("49.d in tests", "1 in (2, > 0)", "true"),
    ("49.d in, once in parentheses", "1 in ((1, 2))", None),
    ("49 in, chained by and", "1 in (1, 2) and 2 in [2..3[", "true"),
    ("50 filter by number", "[[5, 6][1], [5, 6][-1], [5, 6][3], 5[1], 5[2]]", "[5, 6, null, 5, null]"),
    ("50 filter by condition", "[1, 2, 3, 4][item > 2]", "[3, 4]"),
    ("50 filter by an entry", "[{x: 1, y: 2}, {x: null, y: 3}][x < 2]", "[{x: 1, y: 2}]"),
    ("50 filter of one", "3[item > 2]", "[3]"),
    ("50 the entry item wins", "[{item: 1}, {item: 2}][item = 2]", "[{item: 2}]"),
    ("51 instance of", "[1 instance of number, null instance of Null, null instance of number]", "[true, true, false]"),
    ("52 types", "[[1] instance of list<number>, [1..2] instance of range<number>]", "[true, true]"),
    ("52 types", '{a: 1, b: "x"} instance of context<a: number>', "true"),
    ("52 types", "(function(a: number) a) instance of function<number> -> Any", "true"),
    ("52 a list without its parameter", "[1] instance of list", "null"),
    ("54 list", "[[], [1], [1, [2]]]", "[[], [1], [1, [2]]]"),
    ("55 function", "(function(x) function(y) x + y)(1)(2)", "3"),
    ("56 typed parameter", '(function(x: number) x)("a")', "null"),
    ("56 typed parameter, converted", "(function(x: number) x)([1])", "1"),
    ("57-59 context", '{a: 1, "b c": a + 1, d: {e: a}}', '{a: 1, b c: 2, d: {e: 1}}'),
    ("57 empty context", "{}", "{}"),
    ("60 date time literals", 'date("2024-01-01") = @"2024-01-01"', "true"),
    ("61 white space", "1\u00a0+\u2003\t1\n+\ufeff1", "3"),
    ("comments", "1 // one\n + /* two */ 2", "3"),
    ("63 iteration downwards", "for i in 3..1 return i", "[3, 2, 1]"),
    ("63 iteration over dates", 'for d in @"2024-02-28"..@"2024-03-01" return d.day', "[28, 29, 1]"),
    ("64 escapes", r'"\"\\\n\r\t\u0041\U01F40E"', '"\\"\\\\\\n\\r\\tA\U0001f40e"'),
    ("65 at literals", '[@"2024-01-01", @"10:00:00", @"P1D", @"P1Y"]', '[date("2024-01-01"), time("10:00:00"), duration("P1D"), duration("P1Y")]'),
    ("66.a range", 'range("[18..21)")', "[18..21)"),
    ("66.b range without a start", '[range("(..2)"), range("(..2]"), range("]..2[")]', "[(< 2), (<= 2), (< 2)]"),
    ("66.c range without an end", '[range("[2..)"), range("(2..)"), range("[2..[")]', "[(>= 2), (> 2), (>= 2)]"),
    ("66 none", '[range(""), range("[..]"), range("[..2]"), range("[2..]"), range("(..)"), range("1..2")]', "[" + "null, " * 5 + "null]"),
    ("67 endpoint is a literal", '[range("[1+1..3]"), range("[a..3]")]', "[null, null]"),
    ("67 endpoint is a literal", r'[range("[\"a\"..\"b\"]"), range("[date(\"2024-01-01\")..@\"2024-02-01\"]")]', '[["a".."b"], [date("2024-01-01")..date("2024-02-01")]]'),
]  # fmt: skip


class TestRules:
    @pytest.mark.parametrize(
        ("rule", "text", "value"), [pytest.param(*rule, id=f"{rule[0]}: {rule[1]}") for rule in RULES]
    )
    def test_each_means_what_the_standard_says(self, rule: str, text: str, value: str | None) -> None:
        if value is None:
            with pytest.raises(FeelSyntaxError):
                compile_expression(text)
        else:
            assert text_of(text) == value, rule

    @pytest.mark.parametrize(
        "text",
        [
            *("1 +", "* 1", "1 2", "()", "(1", "1)", "[1", "[1,]", "[,1]", "{a}", "{a:}", "{a: 1,}", "{: 1}", "a.", ".a"),
            *("if 1 then 2", "for i in [1]", "for in [1] return 1", "some i satisfies 1", "every i in [1]", "1 between 2"),
            *("1 in", "1 in ()", "1 instance 2", "@1", '@"', '"a', "/* 1", "[1..2", "[..2]", "[1..]", "1..2", "function(", "f(1", "f(,1)"),
            *("]1..2", "[1..2[[", "1 in [1..2[[", "[1..a[[", "= ", "< ", "not in", "1 not in [1]", "a = * b"),
        ],
    )  # fmt: skip
    def test_what_breaks_a_rule_is_no_feel(self, text: str) -> None:
        with pytest.raises(FeelSyntaxError, match="Expected"):
            compile_expression(text if not text.startswith("=") else f"1 {text}")


UNARY = [
    ("15.a one test", "5", 5, True),
    ("15.a tests", "1, 5, > 9", 5, True),
    ("15.a tests", "1, > 9", 5, False),
    ("15.b not", "not(5)", 5, False),
    ("15.b not, several", "not(1, 2)", 5, True),
    ("15.b not an interval", "not([1..5[)", 5, True),
    ("15.b not an interval", "not(]1..5])", 5, False),
    ("15.b not intervals", "not(]1..5[, ]7..9[)", 5, True),
    ("15.b not intervals", "not(]1..6[, ]7..9[)", 5, False),
    ("15.b not a comparison", "not(> 5)", 5, True),
    ("15.b not a condition", "not(? = 5)", 5, False),
    ("15.b not is a function inside", "not(not(? = 5))", 5, True),
    ("15.b two kinds", 'not([0..@"2024-03-01"[)', 5, None),
    ("15.c anything", "-", 5, True),
    ("15.c not a minus", "-5", 5, False),
    ("13 any expression", "? > 4 and ? < 6", 5, True),
    ("13 any expression", "some i in [4, 5] satisfies i = ?", 5, True),
    ("13 an interval that a variable closes", "[1..limit[", 5, True),
    ("13 an interval that a variable closes, and more", "[7..limit[, 5", 5, True),
    ("13 intervals that variables close", "[limit..9[, [1..limit[", 5, True),
    ("13 a list of tests", "[< 3, > 4]", 5, True),
    ("7.a negative endpoint", ">-6", 5, True),
]


class TestUnaryTests:
    @pytest.mark.parametrize(
        ("rule", "tests", "tested", "verdict"), [pytest.param(*rule, id=f"{rule[0]}: {rule[1]}") for rule in UNARY]
    )
    def test_each_means_what_the_standard_says(
        self, rule: str, tests: str, tested: int, *, verdict: bool | None
    ) -> None:
        assert passes(tests, tested, limit=8) is verdict, rule

    @pytest.mark.parametrize(
        "tests", ["", ",", "5,", "not()", "not(-)", "not(5", "in [1..2]", "? not in [1]", "-, 5", ">"]
    )
    def test_what_breaks_a_rule_is_no_test(self, tests: str) -> None:
        with pytest.raises(FeelSyntaxError, match="Expected"):
            compile_unary_tests(tests)


class TestAmbiguity:
    @pytest.mark.parametrize("depth", [10, 40])
    @pytest.mark.parametrize(
        "opening",
        ["1 in (", "[1..a[-", "[1..a[[[", "[1..a[(", "[1..a[<", "[1..a[-[1..b[2][-", "(1..(", "f(a: ", "{a: [1..b["],
    )
    def test_trying_readings_does_not_double_with_every_bracket(self, opening: str, depth: int) -> None:
        closing = ")" if opening.endswith("(") else ""
        try:
            compile_expression(opening * depth + "1" + closing * depth)  # a hundred years, were it to double
        except FeelSyntaxError as refusal:
            assert "Expected" in str(refusal)  # noqa: PT017

    def test_a_long_list_of_open_intervals_is_read(self) -> None:
        assert len(value_of("[" + ", ".join(["[1..a["] * 2000) + "]", a=3)) == 2000
