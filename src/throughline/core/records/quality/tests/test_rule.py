"""Scoring: what earns points, what costs them, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from throughline.core.records.quality.rule import Loss, Part, QualityRule, Score, freshness, is_odd, score
from throughline.core.records.spec import FieldSpec, FieldType

pytestmark = pytest.mark.req("K1")

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIELDS = {
    "name": FieldSpec(name="name", label="Name"),
    "email": FieldSpec(name="email", label="E-mail", type=FieldType.EMAIL),
    "phone": FieldSpec(name="phone", label="Phone", type=FieldType.PHONE),
    "mobile": FieldSpec(name="mobile", label="Mobile", type=FieldType.PHONE),
}
RULE = QualityRule(
    parts=(Part(("name",), 20), Part(("email",), 30), Part(("phone", "mobile"), 20)), touched=20, single=10
)
GOOD = {"name": "Ada", "email": "ada@example.com", "phone": "", "mobile": "+49301234567"}


def scored(days: int = 0, *, settled: bool = False, twin: bool = False, **values: Any) -> Score:
    touched_at = AT - timedelta(days=days)
    return score(RULE, FIELDS, {**GOOD, **values}, touched_at=touched_at, is_settled=settled, has_twin=twin, at=AT)


class TestScore:
    def test_is_a_hundred_where_nothing_is_missing(self) -> None:
        assert scored() == Score(100, ())

    def test_names_what_costs_points_the_dearest_first(self) -> None:
        found = scored(days=400, twin=True, name="", email="ada@gmial.com", mobile="")

        assert found == Score(
            5,
            (
                Loss("odd", 30, ("email",)),
                Loss("missing", 20, ("name",)),
                Loss("missing", 20, ("phone", "mobile")),
                Loss("aged", 15),
                Loss("twice", 10),
            ),
        )

    def test_takes_one_of_several_fields_and_one_right_value_among_them(self) -> None:
        assert scored(phone="12", mobile="+49301234567").points == 100
        assert scored(phone="12", mobile="").losses == (Loss("odd", 20, ("phone",)),)

    def test_does_not_age_what_is_closed(self) -> None:
        assert scored(days=4000, settled=True).points == 100
        assert scored(days=4000).points == 80

    @pytest.mark.parametrize(
        ("days", "percent"), [(0, 100), (90, 100), (91, 75), (180, 75), (365, 50), (730, 25), (731, 0)]
    )
    def test_ages_in_steps(self, days: int, percent: int) -> None:
        assert freshness(AT - timedelta(days=days), AT) == percent

    def test_knows_nothing_of_what_was_never_touched(self) -> None:
        assert freshness(None, AT) == 0

    def test_a_rule_gives_a_hundred_points(self) -> None:
        with pytest.raises(ValueError, match="they are 99"):
            QualityRule(parts=(Part(("name",), 99),), touched=0, single=0)


class TestOdd:
    @pytest.mark.parametrize(
        ("kind", "value", "odd"),
        [
            (FieldType.EMAIL, "ada@example.com", False),
            (FieldType.EMAIL, "ada.b+x@mail.example.co.uk", False),
            (FieldType.EMAIL, "ada@example", True),
            (FieldType.EMAIL, "ada example.com", True),
            (FieldType.EMAIL, "ada@hotmail.con", True),
            (FieldType.PHONE, "+49301234567", False),
            (FieldType.PHONE, "+493012345x77", False),
            (FieldType.PHONE, "12345", True),
            (FieldType.PHONE, "00000000", True),
            (FieldType.PHONE, "1234567890123456", True),
            (FieldType.URL, "https://example.com/a?b", False),
            (FieldType.URL, "example.com", False),
            (FieldType.URL, "nowhere", True),
            (FieldType.TEXT, "?", False),
        ],
    )
    def test_is_what_cannot_be_right(self, kind: FieldType, value: str, odd: bool) -> None:
        assert is_odd(kind, value) is odd
