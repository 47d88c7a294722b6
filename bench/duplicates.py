"""
How well and how fast duplicates are found: the public FEBRL sets 1 and 2, as contacts, with nothing set for them.

    python bench/duplicates.py [--data ../shared/data/duplicates] [--peer]

Pairs are asked for over all records of a set; `soc_sec_id` is not read. F1 is the harmonic mean of precision and
recall. Seconds are those of the processor. With --peer the package `recordlinkage` (no dependency: install it beside)
does the same with its own recommended settings for FEBRL: blocking by given name, thresholds by hand, no learning.
Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import sys
import time
from collections import defaultdict
from pathlib import Path

from throughline.core.records.matching.pairing import duplicates_among
from throughline.crm.people.likeness import CONTACT

GOALS = {1: 0.97, 2: 0.95}
GOAL_SECONDS = 5.0
Pair = tuple[int, int]


def read(path: Path) -> tuple[list[dict[str, str]], set[Pair]]:
    """Return the lines of a set, and the pairs that are one person."""
    people = defaultdict(list)
    lines = []
    with path.open(encoding="utf-8", newline="") as stream:
        for place, line in enumerate(csv.DictReader(stream, skipinitialspace=True)):
            lines.append({name.strip(): (value or "").strip() for name, value in line.items()})
            people[lines[-1]["rec_id"].split("-")[1]].append(place)
    return lines, {pair for places in people.values() for pair in itertools.combinations(places, 2)}


def ours(lines: list[dict[str, str]]) -> set[Pair]:
    """Return the pairs that the rule of contacts finds."""
    texts = []
    for line in lines:
        address = {
            "street": f"{line['street_number']} {line['address_1']}",
            "extra": line["address_2"],
            "postcode": line["postcode"],
            "region": line["state"],
        }
        row = {
            "first_name": line["given_name"],
            "last_name": line["surname"],
            "address": address,
            "city": line["suburb"],
            "birthday_on": line["date_of_birth"],
        }
        texts.append(CONTACT.texts([row.get(path) for path in CONTACT.paths]))
    return {(near.one, near.other) for near in duplicates_among(CONTACT, texts)}


def peers(lines: list[dict[str, str]]) -> set[Pair]:
    """Return the pairs that recordlinkage finds with the settings of its guide to removing duplicates."""
    import pandas  # type: ignore[import-not-found, unused-ignore]
    import recordlinkage  # type: ignore[import-not-found, unused-ignore]

    table = pandas.DataFrame(lines).replace("", None)
    indexer = recordlinkage.Index()
    indexer.block(left_on="given_name")
    candidates = indexer.index(table)
    compared = recordlinkage.Compare()
    compared.exact("given_name", "given_name")
    compared.string("surname", "surname", method="jarowinkler", threshold=0.85)
    compared.exact("date_of_birth", "date_of_birth")
    compared.exact("suburb", "suburb")
    compared.exact("state", "state")
    compared.string("address_1", "address_1", threshold=0.85)
    features = compared.compute(candidates, table)
    found = features[features.sum(axis=1) > 3].index
    return {(min(pair), max(pair)) for pair in found}


def quality(found: set[Pair], truth: set[Pair]) -> tuple[float, float, float]:
    """Return precision, recall and F1."""
    right = len(found & truth)
    precision, recall = right / max(1, len(found)), right / len(truth)
    return precision, recall, 2 * right / (len(found) + len(truth))


def main() -> int:
    """Measure, say so, and say whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "duplicates")
    parser.add_argument("--peer", action="store_true")
    arguments = parser.parse_args()
    met = True
    for number, goal in GOALS.items():
        lines, truth = read(arguments.data / f"febrl_dataset{number}.csv")
        for name, find in (("ours", ours), *((("recordlinkage", peers),) if arguments.peer else ())):
            begin = time.process_time()
            found = find(lines)
            seconds = time.process_time() - begin
            precision, recall, f1 = quality(found, truth)
            print(
                f"FEBRL {number}, {len(lines)} records, {name}: F1 {f1:.4f}"
                f" (precision {precision:.4f}, recall {recall:.4f}) in {seconds:.2f} s"
            )
            met = met and (name != "ours" or (f1 >= goal and seconds <= GOAL_SECONDS))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
