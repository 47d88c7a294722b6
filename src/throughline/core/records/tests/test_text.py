"""Normal forms of text."""

from __future__ import annotations

import pytest

from throughline.core.records.text import clean, fold, normal_email, normal_phone, normal_tags


class TestFold:
    """Text as it is searched."""

    @pytest.mark.parametrize(
        ("text", "folded"),
        [
            ("Zoë  Ångström", "zoe angstrom"),
            ("STRASSE ß", "strasse ss"),
            ("李 雷", "李 雷"),
            (" A\tB ", "a b"),
            ("", ""),
        ],
    )
    def test_capitals_accents_and_spaces_do_not_count(self, text: str, folded: str) -> None:
        assert fold(text) == folded


class TestClean:
    """Text as it is kept."""

    def test_control_characters_go_and_lines_stay(self) -> None:
        assert clean(" a\x00b\u200bc\nd ") == "abc\nd"


class TestNormalEmail:
    """Addresses by which people are recognised."""

    def test_capitals_and_space_do_not_count(self) -> None:
        assert normal_email(" Ada@Example.COM ") == "ada@example.com"
        assert normal_email("") == ""

    @pytest.mark.parametrize("text", ["ada", "ada@", "@example.com", "a b@example.com", "ada@example", "a@b@c.de"])
    def test_what_is_no_address_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="no e-mail address"):
            normal_email(text)


class TestNormalPhone:
    """Numbers by which people are recognised."""

    @pytest.mark.parametrize(
        ("text", "normal"),
        [
            ("+49 (0)30 12-34", "+49301234"), ("0049 30 1234", "+49301234"), ("030 / 12 34", "0301234"),
            ("(555) 123-4567 ext. 89", "5551234567x89"), ("tel:+1-555-0100", "+15550100"), ("", ""),
        ],
    )  # fmt: skip
    def test_one_number_has_one_form(self, text: str, normal: str) -> None:
        assert normal_phone(text) == normal

    @pytest.mark.parametrize("text", ["12", "no number", "+1234567890123456"])
    def test_what_is_no_number_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="no phone number"):
            normal_phone(text)


class TestNormalTags:
    """Tags as they are kept."""

    def test_repetitions_in_other_capitals_go(self) -> None:
        assert normal_tags([" Hot  lead ", "hot lead", "", "VIP"]) == ["Hot lead", "VIP"]
