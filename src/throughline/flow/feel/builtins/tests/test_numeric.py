"""Numeric functions."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.feel.tests.evaluating import text_of, value_of

MODES = {
    "decimal": ROUND_HALF_EVEN,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
    "round up": ROUND_UP,
    "round down": ROUND_DOWN,
    "round half up": ROUND_HALF_UP,
    "round half down": ROUND_HALF_DOWN,
}


class TestNumeric:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("decimal(1/3, 2)", "0.33"),
            ("decimal(2.5, 0)", "2"),
            ("decimal(1/3, 2.5)", "0.33"),
            ("decimal(1234, -2)", "1200"),
            ("floor(-1.5)", "-2"),
            ("floor(-1.56, 1)", "-1.6"),
            ("floor(1.56, null)", "null"),
            ("ceiling(-1.5)", "-1"),
            ("round up(1.121, 2)", "1.13"),
            ("round half down(-1.126, 2)", "-1.13"),
            ("round up(5.5, 6177)", "null"),
            ("round up(5.5, -6112)", "null"),
            ("abs(-1)", "1"),
            ('abs(@"-PT5H")', 'duration("PT5H")'),
            ('abs(@"-P1Y")', 'duration("P1Y")'),
            ('abs("a")', "null"),
            ("modulo(-12, 5)", "3"),
            ("modulo(12, -5)", "-3"),
            ("modulo(-10.1, 4.5)", "3.4"),
            ("modulo(10, 0)", "null"),
            ("sqrt(16)", "4"),
            ("sqrt(-3)", "null"),
            ("log(0)", "null"),
            ("exp(0)", "1"),
            ("odd(-1)", "true"),
            ("even(0)", "true"),
            ("even(1.5)", "null"),
        ],
    )
    def test_they_compute_or_are_null(self, text: str, value: str) -> None:
        assert text_of(text) == value


decimals = st.decimals(min_value=-(10**12), max_value=10**12, places=9)


@given(decimals, st.integers(-3, 12), st.sampled_from(sorted(MODES)))
def test_rounding_agrees_with_decimal(number: Decimal, scale: int, name: str) -> None:
    expected = number.quantize(Decimal(1).scaleb(-scale), MODES[name])

    assert value_of(f"{name}(n, s)", n=number, s=scale) == expected


@given(decimals, decimals.filter(bool))
def test_the_remainder_has_the_sign_of_the_divisor(dividend: Decimal, divisor: Decimal) -> None:
    remainder = value_of("modulo(a, b)", a=dividend, b=divisor)

    assert abs(remainder) < abs(divisor)
    assert remainder == 0 or (remainder < 0) == (divisor < 0)
    assert (dividend - remainder) % divisor == 0
