"""The playbook of a chart, and its questions."""

from __future__ import annotations

import pytest

from throughline.flow import bpmn
from throughline.flow.charts.guide import Part, filled_in, guide, in_words, questions
from throughline.flow.charts.tests.test_exchange import LEAD_TO_DEAL

pytestmark = pytest.mark.req("A8")

BOOK = guide(bpmn.read(LEAD_TO_DEAL))


def part(name: str) -> Part:
    """Return the part of that name."""
    return next(each for each in BOOK.parts if each.name == name)


class TestGuide:
    """What a step of the shipped procedure tells."""

    def test_tells_what_until_when_and_what_is_asked(self) -> None:
        demo = part("Hold the demo")

        assert demo.what.startswith("Show only what answers their need.")
        assert (demo.due, demo.clock, demo.role) == ("5 days", "business", "sales")
        assert demo.asked == ("What they asked for",)

    def test_tells_what_follows_each_outcome(self) -> None:
        follows = {turn.label: turn.words for turn in part("Follow up the proposal").turns}

        assert follows == {
            "Agreed: won": "Mark as won → Won",
            "Still deciding": "A week to decide",
            "Declined: lost": "Mark as lost → Lost",
        }

    def test_tells_what_happens_on_its_own_when_it_is_late(self) -> None:
        assert part("Send the proposal").late == ("2 days: Tell the manager about the proposal → Manager knows",)

    def test_tells_the_words_that_are_sent(self) -> None:
        told = part("Tell the manager about the proposal")

        assert not told.by_hand
        assert told.texts[0] == ("title", "Proposal later than two days: {lead.name}")

    def test_fills_in_what_a_record_says_and_leaves_the_rest_in_braces(self) -> None:
        told = part("Tell the manager about the proposal")

        assert filled_in(told, {"lead": {"name": "Ada"}})[0] == ("title", "Proposal later than two days: Ada")
        assert filled_in(told, {"lead": {"name": None}})[0] == told.texts[0]
        assert filled_in(told, {})[0] == told.texts[0]

    def test_is_told_by_role_in_the_order_of_work(self) -> None:
        names = [each.name for each in BOOK.of_role("sales") if each.by_hand]

        assert names.index("Make first contact") < names.index("Hold the demo") < names.index("Send the proposal")
        assert BOOK.roles["sales"] == "Sales"

    def test_changes_its_digest_with_what_is_said_and_with_nothing_else(self) -> None:
        other = guide(bpmn.read(LEAD_TO_DEAL.replace(b"their words, their need, one price", b"in two pages")))
        before = {each.id: each.digest for each in BOOK.parts}

        assert [each.id for each in other.parts if each.digest != before[each.id]] == ["proposal"]

    def test_a_chart_without_a_process_is_none(self) -> None:
        empty = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t"/>'

        with pytest.raises(LookupError):
            guide(bpmn.read(empty))


class TestWords:
    """Lengths of time."""

    @pytest.mark.parametrize(
        ("due", "words"),
        [
            ('duration("PT24H")', "24 hours"),
            ("P1D", "1 day"),
            ('=duration("P1DT2H")', "1 day 2 hours"),
            ('lead.created_at + duration("P2D")', 'lead.created_at + duration("P2D")'),
            ("", ""),
        ],
    )
    def test_are_told_in_words_unless_they_are_reckoned(self, due: str, words: str) -> None:
        assert in_words(due) == words


class TestQuestions:
    """The short check."""

    def test_are_few_the_same_each_time_and_have_one_right_answer(self) -> None:
        first, again = questions(BOOK, role="sales"), questions(BOOK, role="sales")

        assert first == again
        assert 1 <= len(first) <= 3
        for each in first:
            assert each.answer in each.choices
            assert len(set(each.choices)) == len(each.choices) >= 2

    def test_are_about_what_has_changed_first(self) -> None:
        assert questions(BOOK, role="sales", about=["follow_up"])[0].step == "follow_up"

    def test_ask_what_follows_an_outcome(self) -> None:
        (question, *_) = questions(BOOK, role="sales", about=["follow_up"])

        assert question.text == "“Follow up the proposal” ended with “Agreed: won”. What follows?"
        assert question.answer == "Mark as won → Won"
