"""
How long a condition takes: FEEL's closures beside the same condition written by hand in Python, in one run.

    python bench/feel_condition.py [--rounds N]

Every figure is the fastest of interleaved rounds on the same values (Decimal and str), in time of the processor: others
on the machine only ever add. The first row is compared with pySFeel too, in an environment of its own (peers.py). Exits
with 1 when that row takes more than a microsecond, when pySFeel is less than a hundred times slower, or when it could
not be asked.
"""

from __future__ import annotations

import argparse
import sys
import time
import timeit
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from peers import peer

from throughline.flow.feel import compile_expression, compile_unary_tests

GOAL_MICROSECONDS = 1.0
GOAL_RATIO = 100
THOUSAND, RATE, TWO_THOUSAND = Decimal(1000), Decimal("1.25"), Decimal(2000)
CONTEXT: dict[str, Any] = {
    "amount": Decimal(1500),
    "region": "EU",
    "lead": {"amount": Decimal(1500), "region": "EU"},
    "orders": [{"price": Decimal(price)} for price in range(100)],
}

Python = Callable[[Mapping[str, Any]], Any]
ROWS: list[tuple[str, Python]] = [
    ('amount > 1000 and region = "EU"', lambda c: c["amount"] > THOUSAND and c["region"] == "EU"),
    (
        'lead.amount > 1000 and lead.region = "EU"',
        lambda c: c["lead"]["amount"] > THOUSAND and c["lead"]["region"] == "EU",
    ),
    ("amount * 1.25 > 1000", lambda c: c["amount"] * RATE > THOUSAND),
    ("amount in [1000..2000]", lambda c: THOUSAND <= c["amount"] <= TWO_THOUSAND),
    ('if region in ("EU", "NO") then 1 else 2', lambda c: 1 if c["region"] in ("EU", "NO") else 2),
    ("sum(orders[price > 50].price)", lambda c: sum(o["price"] for o in c["orders"] if o["price"] > Decimal(50))),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print(f"{'condition':45s} {'FEEL':>9s} {'Python':>9s} {'ratio':>7s}")
    figures = []
    for text, by_hand in ROWS:
        ours, theirs = measured(text, by_hand, rounds)
        figures.append((ours, ours / theirs))
        print(f"{text:45s} {ours:6.2f} us {theirs:6.2f} us {ours / theirs:6.1f}x")
    tests = compile_unary_tests('"EU", "NO"')
    print(f"{'unary tests ' + tests.text:45s} {fastest(lambda: tests.evaluate('EU', CONTEXT), rounds):6.2f} us")
    print(f"{'compile ' + ROWS[0][0]:45s} {fastest(lambda: compile_expression(ROWS[0][0]), rounds):6.2f} us")
    first, ratio = figures[0]
    times = against_pysfeel(first, rounds)
    print(f"{ROWS[0][0]}: {first:.2f} us (goal {GOAL_MICROSECONDS:.0f} us), {ratio:.1f} times Python by hand")
    print(f"ratio {times:.0f} to pySFeel (goal {GOAL_RATIO})")
    return 0 if first <= GOAL_MICROSECONDS and times >= GOAL_RATIO else 1


def measured(text: str, by_hand: Python, rounds: int) -> tuple[float, float]:
    """Microseconds per evaluation of both, after they have agreed on the answer."""
    expression = compile_expression(text)
    assert expression.evaluate(CONTEXT) == by_hand(CONTEXT), text
    ours = []
    theirs = []
    for _ in range(rounds):
        ours.append(once(lambda: expression.evaluate(CONTEXT)))
        theirs.append(once(lambda: by_hand(CONTEXT)))
    return min(ours), min(theirs)


def once(call: Callable[[], Any]) -> float:
    """Microseconds per call, over about ten milliseconds."""
    timer = timeit.Timer(call, timer=time.process_time)
    number = max(1, int(0.01 / max(timer.timeit(10) / 10, 1e-8)))
    return timer.timeit(number) / number * 1e6


def fastest(call: Callable[[], Any], rounds: int) -> float:
    return min(once(call) for _ in range(rounds))


def against_pysfeel(ours: float, rounds: int) -> float:
    """How many times as long pySFeel takes for the first row; 0 when it cannot be asked."""
    with peer("pysfeel") as other:
        if other is None:
            return 0.0
        theirs = min(other.seconds(100) for _ in range(rounds)) / 100 * 1e6
    print(f"{'pySFeel ' + ROWS[0][0]:45s} {theirs:6.2f} us")
    return theirs / ours


if __name__ == "__main__":
    sys.exit(main())
