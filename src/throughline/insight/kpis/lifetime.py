"""
What customers without a contract will still buy: BG/NBD for how often, Gamma-Gamma for how much. Pure.

Theory of operation. While alive a customer buys at a rate of his own, drawn from a gamma distribution (r, alpha); after
each purchase he leaves with a probability of his own, drawn from a beta distribution (a, b). What is known of each is
how often he came again (x), when last (t) and since when he is known (T). Who never came again counts as alive by
construction: the model lets people leave only after a repeated purchase; pages say so. The mean value of a purchase is
independent of how often somebody buys (Gamma-Gamma: p, q, v): ``correlation`` is to be shown and near zero.

Sources: Fader, Hardie, Lee (2005), equations 6 and 10; Fader, Hardie (2013), "The Gamma-Gamma model". The vectors of
the tests are those of the CDNOW data as published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np
from scipy.special import beta as beta_of
from scipy.special import betaln, gammaln, hyp2f1


class TooLittle(ValueError):
    """There are too few repeat buyers to tell anything."""


FEWEST = 30
"""So many customers with a repeated purchase are asked for before anything is said."""


@dataclass(frozen=True, slots=True)
class History:
    """A customer: repeated purchases ``x``, the last of them ``t`` after the first purchase, known for ``age``."""

    x: int
    t: float
    age: float


@dataclass(frozen=True, slots=True)
class Buying:
    """The parameters of BG/NBD, in the unit of time of the histories it was fitted to."""

    r: float
    alpha: float
    a: float
    b: float

    def log_likelihood(self, customers: Sequence[History]) -> float:
        """Return how well it explains what was seen (the more, the better)."""
        return -_unlikely(np.log([self.r, self.alpha, self.a, self.b]), *_columns(customers))

    def alive(self, customer: History) -> float:
        """Return the probability that a customer has not left."""
        if customer.x == 0:
            return 1.0
        x, t, age = customer.x, customer.t, customer.age
        odds = self.a / (self.b + x - 1) * ((self.alpha + age) / (self.alpha + t)) ** (self.r + x)
        return float(1 / (1 + odds))

    def expected(self, customer: History, span: float) -> float:
        """Return how many purchases are expected of a customer within ``span`` from now."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        x, t, age = customer.x, customer.t, customer.age
        series = hyp2f1(r + x, b + x, a + b + x - 1, span / (alpha + age + span))
        shrunk = ((alpha + age) / (alpha + age + span)) ** (r + x)
        numerator = (a + b + x - 1) / (a - 1) * (1 - shrunk * series)
        gone = a / (b + x - 1) * ((alpha + age) / (alpha + t)) ** (r + x) if x else 0.0
        return float(numerator / (1 + gone))


def fit_buying(customers: Sequence[History]) -> Buying:
    """
    Return the parameters that explain the histories best.

    Raises:
        TooLittle: fewer than ``FEWEST`` came again.
    """
    if sum(each.x > 0 for each in customers) < FEWEST:
        raise TooLittle(f"Fewer than {FEWEST} customers bought again, so nothing can be said of how they go on.")
    columns = _columns(customers)
    scale = 10 / max(1e-9, float(columns[2].max()))  # the search walks best where times are about 10
    scaled = (columns[0], columns[1] * scale, columns[2] * scale)
    from scipy.optimize import minimize  # takes a while to load

    found = minimize(_unlikely, np.log([1.0, 5.0, 1.0, 2.0]), args=scaled, method="Nelder-Mead",
                     options={"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-6})  # fmt: skip
    r, alpha, a, b = map(exp, found.x)
    return Buying(r, alpha / scale, a, b)


def _columns(customers: Sequence[History]) -> tuple[Any, Any, Any]:
    rows = np.array([(each.x, each.t, each.age) for each in customers], dtype=float)
    return rows[:, 0], rows[:, 1], rows[:, 2]


def _unlikely(logs: Any, x: Any, t: Any, age: Any) -> float:
    r, alpha, a, b = np.exp(logs)
    came = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stays = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
    leaves = np.where(
        x > 0, betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t), -np.inf
    )
    return -float(np.sum(came + np.logaddexp(stays, leaves)))


@dataclass(frozen=True, slots=True)
class Spending:
    """The parameters of Gamma-Gamma, in the unit of money of the means it was fitted to."""

    p: float
    q: float
    v: float

    def expected(self, x: int, mean: float) -> float:
        """Return the mean value of a purchase expected of somebody whose ``x`` purchases had this mean."""
        return self.p * (self.v + x * mean) / (self.p * x + self.q - 1)


def fit_spending(frequency: Sequence[int], means: Sequence[float]) -> Spending:
    """
    Return the parameters that explain the mean values of repeat buyers best.

    Raises:
        TooLittle: fewer than ``FEWEST`` are given.
    """
    if len(means) < FEWEST:
        raise TooLittle(f"Fewer than {FEWEST} customers bought again, so nothing can be said of what they spend.")
    x, m = np.array(frequency, dtype=float), np.array(means, dtype=float)

    def unlikely(logs: Any) -> float:
        p, q, v = np.exp(logs)
        each = (
            gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
            + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(x * m + v)
        )  # fmt: skip
        return -float(np.sum(each))

    from scipy.optimize import minimize  # takes a while to load

    found = minimize(unlikely, np.log([1.0, 2.0, max(1e-6, float(m.mean()))]), method="Nelder-Mead",
                     options={"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-6})  # fmt: skip
    return Spending(*map(exp, found.x))


def correlation(frequency: Sequence[int], means: Sequence[float]) -> float:
    """Return how far often goes with much (−1 to 1); Gamma-Gamma rests on there being nothing to it."""
    if len(set(frequency)) < 2 or len(set(means)) < 2:
        return 0.0
    return float(np.corrcoef(frequency, means)[0, 1])


def mean_leaving(buying: Buying) -> float:
    """Return the probability of leaving after a purchase, over all customers."""
    return float(beta_of(buying.a + 1, buying.b) / beta_of(buying.a, buying.b))
