"""
The public suites that the kernel is put to, and each place where it deviates from one, as data.

The scores themselves are measured (``make scores`` writes docs/scores.json); this module says what the suites are, why
a case that fails fails, and what of both the pages of documentation show. A deviation names the paragraph of the
standard that it stands on. Scores and deviations must add up: what fails without a reason is a fault, and
``unexplained`` tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec


class Suite(NamedTuple):
    """A pack of cases: its title, where it comes from, and the page of documentation that shows its score."""

    pack: str
    title: str
    origin: str
    page: str


SUITES: tuple[Suite, ...] = (
    Suite("betsy-run", "executable processes", "uniba-dsg/betsy, half of it", "bpmn"),
    Suite("betsy-check", "charts that must be refused", "uniba-dsg/betsy, half of it", "bpmn"),
    Suite("token-simulation", "golden traces", "bpmn-io/bpmn-js-token-simulation", "bpmn"),
    Suite("soundness", "verdicts of soundness", "timKraeuter/rust_bpmn_analyzer and our own, half of it", "bpmn"),
    Suite("import-miwg-reference", "reference models", "bpmn-miwg/bpmn-miwg-test-suite", "bpmn"),
    Suite("import-engines", "charts of other engines' tests", "Camunda 7, Flowable", "bpmn"),
    Suite("dmn-tck-level-2", "conformance level 2", "dmn-tck/tck", "dmn"),
    Suite("dmn-tck-level-3", "conformance level 3", "dmn-tck/tck, half of it", "dmn"),
    Suite("feel-feelin", "assertions of one line", "nikku/feelin", "feel"),
)


class Deviation(NamedTuple):
    """Cases of a suite that fail on purpose: how many of which folder, what they ask, why not, and the paragraph."""

    pack: str
    folder: str
    cases: int
    asked: str
    reason: str
    paragraph: str


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "dmn-tck-level-3",
        "0076-feel-external-java",
        18,
        "calls of functions written in Java",
        "There is no Java here. Such a function can be defined, is a problem of the model, and gives null when called. "
        "Four of the cases expect null and get it, but count only beside one that expects a value.",
        "DMN 1.5, 10.3.2.13.3",
    ),
    Deviation(
        "feel-feelin",
        "builtins-conversion",
        3,
        "`string([1..3])`, `string(< 10)`, `string(function(a) a)` give `<range>` and `<function>`",
        "The standard asks for the value as text and names no text for these kinds. Here it is the expression that "
        "gives the value.",
        "DMN 1.5, 10.3.4.1, table 72",
    ),
    Deviation(
        "feel-feelin",
        "language-filterexpression",
        2,
        "`[[1], [2], [3]][item = 1 or item = 3]` gives `[[1], [3]]`",
        "Comparing a list with a number is null. A list of one becomes its item where a type is asked for (arguments, "
        "results), and a comparison asks for none.",
        "DMN 1.5, tables 52 and 53; 10.3.2.9.4",
    ),
)


class Score(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a suite went. ``short``: of each folder that did not pass whole, how many passed and how many there are."""

    passed: int
    total: int
    short: dict[str, tuple[int, int]] = {}

    @property
    def percent(self) -> float:
        """What of a hundred cases passed, cut to one digit: 99.96 is 99.9."""
        return self.passed * 1000 // self.total / 10


Scores = Mapping[str, Score]


def read_scores(content: bytes) -> dict[str, Score]:
    """Read what ``make scores`` wrote, by pack. Raises msgspec.ValidationError."""
    return msgspec.json.decode(content, type=dict[str, Score])


def unexplained(scores: Scores) -> list[str]:
    """Say where scores and deviations do not add up: a failure without a reason, or a reason without its failures."""
    told = {(each.pack, each.folder): each.cases for each in DEVIATIONS}
    failing = {
        (pack, folder): total - passed
        for pack, score in scores.items()
        for folder, (passed, total) in score.short.items()
    }
    return [
        f"Expected {told.get(place, 0)} failing cases in {'/'.join(place)}, but {failing.get(place, 0)} fail."
        for place in sorted({*told, *failing})
        if told.get(place) != failing.get(place)
    ]


def chapter(page: str, scores: Scores) -> str:
    """Return the chapter of a page about the suites it names: the last scores, and each deviation with its reason."""
    suites = [suite for suite in SUITES if suite.page == page]
    deviations = [each for each in DEVIATIONS if each.pack in {suite.pack for suite in suites}]
    lines = ["", "## The public suites", "", "The last scores, written by `make scores`.", ""]
    lines += ["| Suite | Origin | Passed | |", "|---|---|---|---|"]
    lines += [_row(suite, scores[suite.pack]) for suite in suites]
    lines += ["", *(_told(deviations) if deviations else ["No case fails."])]
    return "\n".join(lines) + "\n"


def _row(suite: Suite, score: Score) -> str:
    return f"| {suite.title} | {suite.origin} | {score.passed:,} of {score.total:,} | {score.percent:.1f} % |"


def _told(deviations: Iterable[Deviation]) -> list[str]:
    rows = ["| Deviation | Cases | Why | Paragraph |", "|---|---|---|---|"]
    return rows + [
        f"| {each.asked} | {each.cases} of `{each.folder}` | {each.reason} | {each.paragraph} |" for each in deviations
    ]
