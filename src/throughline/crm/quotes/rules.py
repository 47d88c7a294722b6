"""
The sums of an offer, exact to the cent, without a database.

Theory of operation. Each line is rounded for itself after its own discount. A discount on the whole is a share or an
amount of the net sum; it is dealt out over the rates of tax in proportion, in whole cents that add up to it exactly
(the largest remainders get the cents that are left over). Tax is then worked out once per rate on what remains, as EN
16931 (BR-CO-14, BR-S-09) has it for invoices. All rounding is half to even. No float is involved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from throughline.crm.deals.rules import CENT, HUNDRED, Line, cents

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What is taxed at one rate (in percent), and its tax."""

    percent: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Sums:
    """
    The sums of an offer: ``subtotal`` of the lines after their own discounts, the ``discount`` on the whole, what
    remains by rate of tax.
    """

    subtotal: Decimal
    discount: Decimal
    taxes: tuple[TaxSum, ...]

    @property
    def net(self) -> Decimal:
        """What is asked without tax."""
        return self.subtotal - self.discount

    @property
    def tax(self) -> Decimal:
        """The tax of all rates."""
        return sum((each.tax for each in self.taxes), ZERO)

    @property
    def gross(self) -> Decimal:
        """What is to be paid."""
        return self.net + self.tax


def sums(lines: Iterable[Line], *, percent: Decimal = ZERO, amount: Decimal = ZERO) -> Sums:
    """
    Return the sums of lines with a discount on the whole: ``percent`` of it, and ``amount`` off.

    Raises:
        ValueError: the discount is less than nothing, or more than everything.
    """
    nets: dict[Decimal, Decimal] = {}
    for line in lines:
        nets[line.tax] = nets.get(line.tax, ZERO) + line.net
    subtotal = sum(nets.values(), ZERO)
    if not 0 <= percent <= HUNDRED:
        raise ValueError(f"A discount lies between 0 and 100 percent, not at {percent}.")
    discount = cents(subtotal * percent / HUNDRED) + cents(amount)
    if amount < 0 or discount > subtotal:
        raise ValueError(f"A discount lies between 0 and the sum of the lines ({subtotal}), not at {discount}.")
    rates = sorted(nets)
    shares = share_out(discount, [nets[rate] for rate in rates])
    taxes = (_tax(rate, nets[rate] - share) for rate, share in zip(rates, shares, strict=True))
    return Sums(subtotal, discount, tuple(taxes))


def _tax(percent: Decimal, net: Decimal) -> TaxSum:
    return TaxSum(percent, net, cents(net * percent / HUNDRED))


def share_out(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """
    Deal out ``total`` (in whole cents, 0 or above) in proportion to ``weights`` (0 or above), exactly.

    Nobody gets more than a cent beside the exact share, and nobody more than the weight when ``total`` is at most their
    sum.
    """
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    exact = [total * weight / whole for weight in weights]
    shares = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    left = int((total - sum(shares, ZERO)) / CENT)
    by_remainder = sorted(range(len(weights)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_remainder[:left]:
        shares[place] += CENT
    return shares
