"""
How long one input takes against a table of 1,000 rules, with the index and by trying all rules in sequence.

    python bench/dmn_table.py [--rules N] [--inputs N] [--seed S]

The table has three columns (equality of a text, range of a number, list of texts); a fifth of the cells are dashes.
Half of the inputs are made to match a rule, the others fall where they fall. Both ways evaluate the same compiled cells
over the same inputs in the same process, alternating; the answers are compared. Printed are the medians per input, in
time of the processor, and the ratio. Exits with 1 when an indexed decision takes longer than its goal.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from throughline.flow import dmn
from throughline.flow.dmn import model as m
from throughline.flow.feel import compile_unary_tests
from throughline.flow.values import Value

GOAL_MICROSECONDS = 200
REGIONS = [f"R{number}" for number in range(40)]
PRODUCTS = [f"P{number}" for number in range(60)]
ROUNDS = 7

Inputs = dict[str, Value]


@dataclass(frozen=True)
class Rule:
    """One rule: what it accepts of each column, None for a dash. Its output is its number."""

    region: str | None
    score: tuple[int, int] | None
    products: tuple[str, ...] | None

    @property
    def cells(self) -> tuple[str, str, str]:
        """The texts of the three cells."""
        return (
            "-" if self.region is None else f'"{self.region}"',
            "-" if self.score is None else "[{}..{})".format(*self.score),
            "-" if self.products is None else ", ".join(f'"{each}"' for each in self.products),
        )


def rules_of(count: int, chance: random.Random, *, unique: bool) -> list[Rule]:
    """
    Random rules, a fifth of their cells dashes.

    Unique ones get scores that no other rule has, so that at most one matches; their dashes are in the other columns.
    """
    dashes = (0.3, 0.0, 0.3) if unique else (0.2, 0.2, 0.2)
    made = []
    for number in range(count):
        low = number * 10 if unique else chance.randrange(0, 9_000)
        high = low + (10 if unique else chance.randrange(10, 600))
        cells = (chance.choice(REGIONS), (low, high), tuple(chance.sample(PRODUCTS, 12)))
        made.append(Rule(*(None if chance.random() < dash else cell for dash, cell in zip(dashes, cells, strict=True))))  # type: ignore[arg-type]
    return made


def inputs_of(rules: list[Rule], count: int, chance: random.Random) -> list[Inputs]:
    """Random inputs; every other one is what some rule asks for."""
    made: list[Inputs] = []
    for number in range(count):
        rule = chance.choice(rules) if number % 2 else Rule(None, None, None)
        low, high = rule.score or (0, 10 * len(rules))
        made.append(
            {
                "region": rule.region or chance.choice(REGIONS),
                "score": Decimal(chance.randrange(low, high)),
                "product": chance.choice(rule.products or PRODUCTS),
            }
        )
    return made


def model_of(rules: list[Rule], policy: m.HitPolicy) -> m.Definitions:
    table = m.DecisionTable(
        inputs=tuple(
            m.InputClause(input_expression=m.LiteralExpression(text=name)) for name in ("region", "score", "product")
        ),
        outputs=(m.OutputClause(name="owner"),),
        rules=tuple(
            m.DecisionRule(
                input_entries=tuple(m.UnaryTests(text=cell) for cell in rule.cells),
                output_entries=(m.LiteralExpression(text=str(number)),),
            )
            for number, rule in enumerate(rules)
        ),
        hit_policy=policy,
    )
    return m.Definitions(
        name="bench", namespace="urn:bench", drg_elements=(m.Decision(name="Route", expression=table),)
    )


def in_sequence(rules: list[Rule]) -> Callable[[Inputs], Value]:
    """A function that tries every rule, cell after cell, with the same compiled tests."""
    compiled = [
        ([None if cell == "-" else compile_unary_tests(cell) for cell in rule.cells], Decimal(number))
        for number, rule in enumerate(rules)
    ]

    def decide(inputs: Inputs) -> Value:
        values = list(inputs.values())
        return [
            output
            for cells, output in compiled
            if all(cell is None or cell.evaluate(value, {}) is True for cell, value in zip(cells, values, strict=True))
        ]

    return decide


def timed(work: Callable[[Inputs], Value], inputs: list[Inputs]) -> tuple[float, list[Value]]:
    """Microseconds per input, and the answers."""
    started = time.process_time()
    answers = [work(each) for each in inputs]
    return (time.process_time() - started) / len(inputs) * 1e6, answers


def measure(policy: m.HitPolicy, options: argparse.Namespace) -> bool:
    """Print how long one input takes both ways; say whether the goal is reached."""
    chance = random.Random(options.seed)
    unique = policy is m.HitPolicy.UNIQUE
    rules = rules_of(options.rules, chance, unique=unique)
    inputs = inputs_of(rules, options.inputs, chance)
    started = time.process_time()
    model = dmn.compile_model(model_of(rules, policy))
    compiling = (time.process_time() - started) * 1e3
    sequence = in_sequence(rules)
    indexed: list[float] = []
    plain: list[float] = []
    for _ in range(ROUNDS):
        spent, answers = timed(lambda each: model.decide("Route", each), inputs)
        indexed.append(spent)
        spent, expected = timed(sequence, inputs)
        plain.append(spent)
        wanted = [(each[0] if len(each) == 1 else None) if unique else each for each in expected]  # type: ignore[arg-type, index]
        if answers != wanted:
            raise SystemExit(f"Expected the same answers both ways ({policy}), but they differ.")
    dashes = sum(cell == "-" for rule in rules for cell in rule.cells) / len(rules) / 3
    ours, theirs = statistics.median(indexed), statistics.median(plain)
    print(
        f"{policy}: {len(rules)} rules, {dashes:.0%} dashes, compiled in {compiling:.0f} ms; "
        f"{sum(map(bool, expected)) / len(inputs):.0%} of {len(inputs)} inputs match\n"
        f"  indexed {ours:.1f} us (goal {GOAL_MICROSECONDS}), in sequence {theirs:.1f} us, ratio {theirs / ours:.0f}"
    )
    return ours <= GOAL_MICROSECONDS


def main() -> int:
    """Measure both hit policies; exit 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=1_000)
    parser.add_argument("--inputs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    reached = [measure(policy, options) for policy in (m.HitPolicy.UNIQUE, m.HitPolicy.COLLECT)]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
