"""Sums of offers, exact to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.crm.deals.rules import Line
from throughline.crm.quotes.rules import share_out, sums

CENTS = st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)
PERCENT = st.integers(0, 10_000).map(lambda hundredths: Decimal(hundredths) / 100)
QUANTITY = st.integers(1, 10**7).map(lambda thousandths: Decimal(thousandths) / 1000)
LINES = st.lists(
    st.builds(
        Line,
        quantity=QUANTITY,
        unit_price=CENTS,
        discount=PERCENT,
        tax=st.sampled_from([Decimal(0), Decimal(7), Decimal(19)]),
    ),
    max_size=8,
)


def line(price: str, tax: str = "19", quantity: str = "1", discount: str = "0") -> Line:
    """Return a line."""
    return Line(Decimal(quantity), Decimal(price), Decimal(discount), Decimal(tax))


def in_cents(amount: Decimal) -> bool:
    """Say whether an amount has no part of a cent."""
    return amount == amount.quantize(Decimal("0.01"))


@pytest.mark.req("D2")
class TestSums:
    """What is asked for."""

    def test_tax_is_worked_out_once_per_rate(self) -> None:
        found = sums([line("0.10"), line("0.10"), line("0.10"), line("1.00", "7")])

        assert [(each.percent, each.net, each.tax) for each in found.taxes] == [
            (Decimal(7), Decimal("1.00"), Decimal("0.07")),
            (Decimal(19), Decimal("0.30"), Decimal("0.06")),
        ]
        assert found.gross == Decimal("1.43")

    def test_half_a_cent_goes_to_the_even_one(self) -> None:
        assert [sums([line("0.05", "0", discount=share)]).net for share in ("10", "30")] == [
            Decimal("0.04"), Decimal("0.04"),
        ]  # fmt: skip

    def test_a_discount_on_the_whole_is_dealt_out_over_the_rates(self) -> None:
        found = sums([line("100", "19"), line("50", "7")], percent=Decimal(10), amount=Decimal("0.01"))

        assert (found.subtotal, found.discount, found.net) == (Decimal(150), Decimal("15.01"), Decimal("134.99"))
        assert [each.net for each in found.taxes] == [Decimal("45.00"), Decimal("89.99")]

    def test_nothing_costs_nothing(self) -> None:
        assert (sums([]).gross, sums([]).taxes) == (Decimal(0), ())

    @pytest.mark.parametrize(
        ("percent", "amount"), [("0", "100.01"), ("0", "-1"), ("-1", "0"), ("100.01", "0"), ("50", "50.01")]
    )
    def test_a_discount_that_there_cannot_be_is_refused(self, percent: str, amount: str) -> None:
        with pytest.raises(ValueError, match="A discount lies between"):
            sums([line("100")], percent=Decimal(percent), amount=Decimal(amount))

    @given(lines=LINES, percent=PERCENT)
    def test_the_parts_are_the_whole(self, lines: list[Line], percent: Decimal) -> None:
        found = sums(lines, percent=percent)

        assert found.subtotal == sum((each.net for each in lines), Decimal(0))
        assert found.net == sum((each.net for each in found.taxes), Decimal(0))
        assert found.gross == found.subtotal - found.discount + found.tax
        assert all(in_cents(amount) for amount in (found.subtotal, found.discount, found.net, found.tax, found.gross))
        assert all(each.net >= 0 for each in found.taxes)

    @given(lines=LINES, percent=PERCENT, data=st.data())
    def test_the_order_of_the_lines_does_not_matter(
        self, lines: list[Line], percent: Decimal, data: st.DataObject
    ) -> None:
        shuffled = data.draw(st.permutations(lines))

        assert sums(lines, percent=percent) == sums(shuffled, percent=percent)


class TestShareOut:
    """Dealing out cents."""

    @given(weights=st.lists(CENTS, min_size=1, max_size=10), part=st.integers(0, 1000))
    def test_it_adds_up_and_nobody_is_a_cent_off(self, weights: list[Decimal], part: int) -> None:
        whole = sum(weights, Decimal(0))
        total = (whole * part / 1000).quantize(Decimal("0.01"))

        shares = share_out(total, weights)

        assert sum(shares) == (total if whole else 0)
        for share, weight in zip(shares, weights, strict=True):
            assert in_cents(share)
            assert 0 <= share <= weight or not whole
            assert not whole or abs(share - total * weight / whole) < Decimal("0.01")
