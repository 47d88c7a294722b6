"""String functions, among them the regular expressions of XPath."""

from __future__ import annotations

import pytest

from throughline.flow.feel.tests.evaluating import text_of, warnings_of


class TestPieces:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('substring("foobar", 3)', '"obar"'),
            ('substring("foobar", 3, 3)', '"oba"'),
            ('substring("foobar", -2, 1)', '"a"'),
            ('substring("🐎ab", 2)', '"ab"'),
            ('substring("foobar", 0)', "null"),
            ('substring("foobar", 7)', "null"),
            ('substring("foobar", 1, 0)', "null"),
            ('substring(["foobar"], 6)', '"r"'),
            ('string length("🐎ab")', "3"),
            ('upper case("aBc4ß")', '"ABC4SS"'),
            ('lower case("aBc4")', '"abc4"'),
            ('substring before("foobar", "bar")', '"foo"'),
            ('substring before("foobar", "x")', '""'),
            ('substring before("foobar", "")', '""'),
            ('substring after("foobar", "ob")', '"ar"'),
            ('substring after("foobar", "")', '"foobar"'),
            ('contains("foobar", "ob")', "true"),
            ('starts with("foobar", "fo")', "true"),
            ('ends with("foobar", "r")', "true"),
            ('string join(["a", null, "c"], "-")', '"a-c"'),
            ('string join(["a", "b"])', '"ab"'),
            ('string join([], "-")', '""'),
            ('string join([1, 2], "-")', "null"),
        ],
    )
    def test_they_count_characters_from_one(self, text: str, value: str) -> None:
        assert text_of(text) == value


class TestPatterns:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            (r'matches("foobar", "^fo*b")', "true"),
            (r'matches("abc", "ABC", "i")', "true"),
            (r'matches("x", "[A-Z-[OI]]", "i")', "true"),
            (r'matches("O", "[A-Z-[OI]]", "i")', "false"),
            (r'matches("hello world", "hello\ sworld", "x")', "true"),
            (r'matches("hello world", " hello[ ]world", "x")', "true"),
            (r'matches("a\nb", "a.b", "s")', "true"),
            (r'matches("a\nb", "a.b")', "false"),
            (r'matches("\nabc\n", "^abc$", "m")', "true"),
            (r'matches("h", "(.)\2")', "null"),
            (r'matches("abc", "[a-")', "null"),
            (r'matches("abc", "abc", "g")', "null"),
            (r'matches("abc", "abc", null)', "true"),
            (r'replace("banana", "a", "o")', '"bonono"'),
            (r'replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', '"[1=ab][2=]cd"'),
            (r'replace("abc", "b", "\$")', '"a$c"'),
            (r'replace("abc", "b", "$")', "null"),
            (r'replace("abc", "(b)", "$12")', '"ab2c"'),
            (r'replace("abc", "x*", "-")', "null"),
            (r'split("John Doe", "\s")', '["John", "Doe"]'),
            (r'split("a;b;c;;", ";")', '["a", "b", "c", "", ""]'),
            (r'split("a1b22c", "(\d)+")', '["a", "b", "c"]'),
        ],
    )
    def test_they_are_those_of_xpath(self, text: str, value: str) -> None:
        assert text_of(text) == value

    def test_a_bad_pattern_says_so(self) -> None:
        (warning,) = warnings_of('matches("abc", "[a-")')

        assert warning.startswith('matches: Expected a regular expression, but "[a-"')
