"""Who is spoken to in a text."""

from __future__ import annotations

import pytest

from throughline.core.teamwork.mentions import AmbiguousMention, Colleague, Part, mentioned, parts

MAYA = Colleague(1, "Maya Lin", "maya@example.com")
MAY = Colleague(2, "May", "may@example.com")
TOM = Colleague(3, "Tom Berg", "tom@example.com")
OTHER_TOM = Colleague(4, "Tom Berg", "tom.b@example.com")
HERE = [MAYA, MAY, TOM]


class TestMentioned:
    """Names and addresses behind an @."""

    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            ("@Maya Lin please", [1]),
            ("Ask @maya lin, @MAY and @Tom Berg.", [1, 2, 3]),
            ("(@May)", [2]),
            ("@maya@example.com", [1]),
            ("@May @May", [2]),
            ("@Mayor", []),
            ("@Maya", []),
            ("write to tom@May.example", []),
            ("@ May", []),
            ("@", []),
            ("", []),
            ("line\n@Tom Berg", [3]),
        ],
    )
    def test_the_longest_name_that_fits_counts(self, text: str, keys: list[int]) -> None:
        assert mentioned(text, HERE) == keys

    def test_the_parts_are_the_text(self) -> None:
        text = "Ask @Maya Lin, or @May!"

        found = parts(text, HERE)

        assert found == [Part("Ask "), Part("@Maya Lin", 1), Part(", or "), Part("@May", 2), Part("!")]
        assert "".join(part.text for part in found) == text

    def test_a_name_of_two_people_is_no_answer_but_their_address_is(self) -> None:
        here = [*HERE, OTHER_TOM]

        with pytest.raises(AmbiguousMention) as several:
            mentioned("@Tom Berg", here)

        assert several.value.emails == ("tom@example.com", "tom.b@example.com")
        assert mentioned("@tom.b@example.com", here) == [4]
