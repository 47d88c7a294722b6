"""Scores of the public suites, the deviations, and the pages of documentation that show both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from throughline.flow import suites
from throughline.flow.dmn.support import markdown as dmn_page
from throughline.flow.engine.support import markdown as bpmn_page
from throughline.flow.feel.reference import reference as feel_page

DOCS = Path(__file__).parents[4] / "docs"
IN_THE_TREE = pytest.mark.skipif(not DOCS.is_dir(), reason="an installed package has no docs")


def kept() -> dict[str, suites.Score]:
    return suites.read_scores((DOCS / "scores.json").read_bytes())


@IN_THE_TREE
class TestPages:
    @pytest.mark.parametrize(
        ("name", "page"), [("bpmn-support.md", bpmn_page), ("dmn.md", dmn_page), ("feel.md", feel_page)]
    )
    def test_each_is_what_the_code_and_the_scores_say(self, name: str, page: Callable[[suites.Scores], str]) -> None:
        assert (DOCS / name).read_text("utf-8") == page(kept()), "make documents"


@IN_THE_TREE
class TestKeptScores:
    def test_every_suite_has_one(self) -> None:
        assert set(kept()) == {suite.pack for suite in suites.SUITES}

    def test_every_failing_case_has_its_reason(self) -> None:
        assert suites.unexplained(kept()) == []


class TestUnexplained:
    def test_a_failure_without_a_reason_is_told(self) -> None:
        scores = {**explained(), "soundness": suites.Score(58, 59, {"made soundness": (45, 46)})}

        assert suites.unexplained(scores) == [
            "Expected 0 failing cases in soundness/made soundness, but 1 fail.",
        ]

    def test_a_reason_without_its_failures_is_told(self) -> None:
        scores = explained()
        del scores["dmn-tck-level-3"]

        assert suites.unexplained(scores) == [
            "Expected 18 failing cases in dmn-tck-level-3/0076-feel-external-java, but 0 fail.",
        ]


class TestPercent:
    def test_almost_all_is_not_all(self) -> None:
        assert suites.Score(9_999, 10_000).percent == 99.9


class TestReadScores:
    def test_what_nobody_wrote_is_refused(self) -> None:
        with pytest.raises(msgspec.ValidationError):
            suites.read_scores(b'{"soundness": {"passed": 59}}')


class TestChapter:
    def test_shows_scores_and_why_a_case_fails(self) -> None:
        shown = suites.chapter("feel", {"feel-feelin": suites.Score(884, 889)})

        assert "| assertions of one line | nikku/feelin | 884 of 889 | 99.4 % |" in shown
        assert "tables 52 and 53" in shown

    def test_says_so_when_nothing_fails(self) -> None:
        scores = {suite.pack: suites.Score(2, 2) for suite in suites.SUITES}

        assert suites.chapter("bpmn", scores).endswith("No case fails.\n")


def explained() -> dict[str, suites.Score]:
    """Scores in which exactly what the deviations say fails."""
    scores = {suite.pack: suites.Score(100, 100) for suite in suites.SUITES}
    for each in suites.DEVIATIONS:
        short = scores[each.pack].short | {each.folder: (20 - each.cases, 20)}
        scores[each.pack] = suites.Score(90, 100, short)
    return scores
