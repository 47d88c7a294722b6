"""
How long one input takes against a table of 1,000 rules, with the index and by trying all rules in sequence.

    python bench/dmn_table.py [--rules N] [--inputs N] [--seed S] [--json]

The table has three columns (equality of a text, range of a number, list of texts); a fifth of the cells are dashes.
Both ways evaluate the same compiled cells over the same inputs in the same process, alternating; the answers are
compared. Printed are the medians per input and the ratio.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from decimal import Decimal

from throughline.flow import dmn
from throughline.flow.dmn import model as m
from throughline.flow.feel import compile_unary_tests
from throughline.flow.values import Value

REGIONS = [f"R{number}" for number in range(40)]
PRODUCTS = [f"P{number}" for number in range(60)]
ROUNDS = 7


def rules_of(count: int, chance: random.Random, *, unique: bool) -> list[tuple[tuple[str, str, str], str]]:
    """Random rules; unique ones get scores that no other rule has, so that at most one matches."""
    made = []
    for number in range(count):
        low = number * 10 if unique else chance.randrange(0, 9_000)
        high = low + (10 if unique else chance.randrange(10, 600))
        cells = [
            f'"{chance.choice(REGIONS)}"',
            f"[{low}..{high})",
            ", ".join(f'"{product}"' for product in chance.sample(PRODUCTS, 12)),
        ]
        dashes = [chance.random() < 0.2 for _ in cells]
        if unique:
            dashes[1] = False
        first, second, third = ("-" if dash else cell for dash, cell in zip(dashes, cells, strict=True))
        made.append(((first, second, third), str(number)))
    return made


def model_of(rules: list[tuple[tuple[str, str, str], str]], policy: m.HitPolicy) -> m.Definitions:
    table = m.DecisionTable(
        inputs=tuple(
            m.InputClause(input_expression=m.LiteralExpression(text=name)) for name in ("region", "score", "product")
        ),
        outputs=(m.OutputClause(name="owner"),),
        rules=tuple(
            m.DecisionRule(
                input_entries=tuple(m.UnaryTests(text=cell) for cell in cells),
                output_entries=(m.LiteralExpression(text=output),),
            )
            for cells, output in rules
        ),
        hit_policy=policy,
    )
    return m.Definitions(
        name="bench", namespace="urn:bench", drg_elements=(m.Decision(name="Route", expression=table),)
    )


def in_sequence(rules: list[tuple[tuple[str, str, str], str]]) -> object:
    """A function that tries every rule, cell after cell, with the same compiled tests."""
    compiled = [
        ([None if cell == "-" else compile_unary_tests(cell) for cell in cells], Decimal(output))
        for cells, output in rules
    ]

    def decide(inputs: dict[str, Value]) -> list[Decimal]:
        values = list(inputs.values())
        return [
            output
            for cells, output in compiled
            if all(cell is None or cell.evaluate(value, {}) is True for cell, value in zip(cells, values, strict=True))
        ]

    return decide


def timed(work: object, inputs: list[dict[str, Value]]) -> tuple[float, list[object]]:
    """Microseconds per input, and the answers."""
    started = time.perf_counter()
    answers = [work(each) for each in inputs]  # type: ignore[operator]
    return (time.perf_counter() - started) / len(inputs) * 1e6, answers


def measure(policy: m.HitPolicy, options: argparse.Namespace) -> dict[str, object]:
    chance = random.Random(options.seed)
    unique = policy is m.HitPolicy.UNIQUE
    rules = rules_of(options.rules, chance, unique=unique)
    inputs: list[dict[str, Value]] = [
        {
            "region": chance.choice(REGIONS),
            "score": Decimal(chance.randrange(0, 10 * options.rules)),
            "product": chance.choice(PRODUCTS),
        }
        for _ in range(options.inputs)
    ]
    started = time.perf_counter()
    model = dmn.compile_model(model_of(rules, policy))
    compiling = (time.perf_counter() - started) * 1e3
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
    return {
        "hit policy": str(policy),
        "rules": options.rules,
        "seed": options.seed,
        "compile ms": round(compiling, 1),
        "indexed us": round(statistics.median(indexed), 1),
        "in sequence us": round(statistics.median(plain), 1),
        "ratio": round(statistics.median(plain) / statistics.median(indexed), 1),
        "matching": sum(bool(each) for each in expected) / len(inputs),  # type: ignore[misc]
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=1_000)
    parser.add_argument("--inputs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = [measure(policy, options) for policy in (m.HitPolicy.UNIQUE, m.HitPolicy.COLLECT)]
    if options.json:
        print(json.dumps(results))
        return
    for result in results:
        print("  ".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
