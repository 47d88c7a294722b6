"""pySFeel on the first condition of feel_condition.py. Runs in its own environment; peers.py knows the conversation."""

from __future__ import annotations

import sys
import time

from pySFeel import SFeelParser

VARIABLES = ("amount <- 1500", 'region <- "EU"')
CONDITION = '(amount > 1000) and (region = "EU")'
"""With brackets: without them it answers false."""


def main() -> None:
    """Answer each number with the seconds that so many evaluations took; each parses anew, there is no compiling."""
    parser = SFeelParser()
    for setting in VARIABLES:
        parser.sFeelParse(setting)
    for line in sys.stdin:
        begin = time.process_time()
        for _ in range(int(line)):
            status, result = parser.sFeelParse(CONDITION)
        spent = time.process_time() - begin
        assert (status, result) == ({}, True), (status, result)
        print(spent, flush=True)


if __name__ == "__main__":
    main()
