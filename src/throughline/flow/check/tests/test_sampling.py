"""What is called impossible never happens: generated conditions against generated values."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from throughline.flow.check.sampling import Question, Trials, around, given
from throughline.flow.feel import compile_expression
from throughline.flow.values import Value

pytestmark = pytest.mark.req("A10")

NUMBERS = st.integers(-3, 3)
TEXTS = st.sampled_from(['"a"', '"ab"', '"b"', '""'])
OPERATORS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
ATOMS = st.one_of(
    st.builds("lead.n {} {}".format, OPERATORS, NUMBERS),
    st.builds("{1} {0} lead.n".format, OPERATORS, NUMBERS),
    st.builds("s {} {}".format, OPERATORS, TEXTS),
    st.builds("lead.n between {} and {}".format, NUMBERS, NUMBERS),
    st.builds("lead.n in [{}..{})".format, NUMBERS, NUMBERS),
    st.builds("lead.n in (> {}, {})".format, NUMBERS, NUMBERS),
    st.builds("s in ({}, {})".format, TEXTS, TEXTS),
    st.builds("{} = null".format, st.sampled_from(["lead.n", "s", "b"])),
    st.sampled_from(["b", "not(b)", "lead.n + 1 > 3", 'contains(s, "a")', "true", "false", "null", "lead.n > m"]),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not({})".format, inner),
        st.builds("if {} then {} else {}".format, inner, inner, inner),
    ),
    max_leaves=5,
)
NUMBER_VALUES = st.one_of(st.none(), st.integers(-9, 9).map(lambda half: Decimal(half) / 2))
TEXT_VALUES = st.one_of(st.none(), st.text("ab", max_size=3))


def can_hold(text: str) -> bool:
    question = Question(compile_expression(text))
    trials = Trials([question], {}, frozenset())
    return not trials.complete or any(question.holds(given(question, trial)) for trial in trials)


class TestTrials:
    @settings(max_examples=400, deadline=None)
    @given_by(text=CONDITIONS, n=NUMBER_VALUES, m=NUMBER_VALUES, s=TEXT_VALUES, b=st.sampled_from([True, False, None]))
    def test_what_no_trial_makes_true_no_value_does(
        self, text: str, n: Decimal | None, m: Decimal | None, s: str | None, *, b: bool | None
    ) -> None:
        context: dict[str, Value] = {"lead": {"n": n}, "m": m, "s": s, "b": b}

        if compile_expression(text).evaluate(context) is True:
            assert can_hold(text)

    @settings(max_examples=150, deadline=None)
    @given_by(low=NUMBERS, high=NUMBERS)
    def test_two_ends_exclude_each_other_just_when_they_cross(self, low: int, high: int) -> None:
        assert can_hold(f"n > {low} and n < {high}") == (low < high)
        assert can_hold(f"n >= {low} and n <= {high}") == (low <= high)

    def test_trying_is_bounded(self) -> None:
        text = " and ".join(f"n{name} > {number}" for name in range(8) for number in range(4))
        question = Question(compile_expression(text))
        trials = Trials([question], {}, frozenset())

        assert not trials.complete
        assert len(list(trials)) == 600


class TestAround:
    def test_the_values_around_a_truth_are_both_truths(self) -> None:
        assert set(around({True})) >= {True, False}
