from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from throughline.flow.mining.log import EventLog, Words, instant, of_rows, ordered
from throughline.insight.logs.tests.helpdesk import helpdesk_log
from throughline.insight.prediction import Learned, NotShown, learn_likelihood, learn_remaining_time
from throughline.insight.prediction.features import Encoder
from throughline.insight.prediction.learning import Split, split_by_time

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000


def _log(cases: int, seed: int, *, telling: bool, outcome: bool = False) -> EventLog:
    """
    Cases of some steps; spans are exponential. ``telling``: an attribute and the steps say how long the rest takes;
    otherwise nothing does, since each step is drawn anew and is the last one with the same probability.

    With ``outcome`` the last activity is won or lost, and the attribute tells which if it tells anything.
    """
    chance = np.random.default_rng(seed)
    names: list[str] = []
    activities: list[str] = []
    at: list[int] = []
    sizes: list[str | None] = []
    begin = 0.0
    for number in range(cases):
        begin += chance.exponential(2)
        size = "large" if chance.random() < 0.5 else "small"
        if telling:
            steps = ["a", "b", "c", "b", "c", "d"][: chance.integers(3, 7)]
        else:
            steps = list(chance.choice(["a", "b", "c", "d"], chance.geometric(0.25)))
        if outcome:
            won = chance.random() < ((0.9 if size == "large" else 0.1) if telling else 0.5)
            steps.append("won" if won else "lost")
        factor = (10 if size == "large" else 1) if telling else 4
        moment = begin
        for step in steps:
            names.append(f"c{number}")
            activities.append(step)
            at.append(int(moment * HOUR))
            sizes.append(size)
            moment += chance.exponential(factor)
    columns = {"size": Words.of(sizes)}
    return ordered(Words.of(names), Words.of(activities), np.array(at, dtype=np.int64), columns)


class TestSplitByTime:
    def test_teaches_only_what_was_over_before_the_examination_began(self) -> None:
        split = split_by_time(_log(800, 1, telling=True))

        assert isinstance(split, Split)
        assert split.teaching.at.max() < split.at <= split.examining.at.min()
        assert set(split.teaching.names).isdisjoint(split.examining.names)

    @pytest.mark.parametrize("cases", [0, 20, 139])
    def test_says_when_there_is_too_little(self, cases: int) -> None:
        found = split_by_time(_log(cases, 1, telling=True))

        assert isinstance(found, NotShown)
        assert found.reason.startswith(f"There is too little data: {cases} finished cases")


class TestEncoder:
    def test_knows_nothing_of_what_comes_later(self) -> None:
        log = _log(200, 3, telling=True)
        encoder = Encoder.of(log, ["size"])
        opened, closed = np.sort(log.at[log.first]), np.sort(log.at[log.last])
        moment = int(np.median(log.at))
        past = log.keep_events(log.at <= moment)

        whole = encoder.matrix(log, opened, closed)[log.at <= moment]

        known_then = encoder.matrix(past, opened[opened <= moment], closed[closed <= moment])
        np.testing.assert_array_equal(whole, known_then)


class TestLearnRemainingTime:
    def test_shows_what_it_learned(self) -> None:
        found = learn_remaining_time(_log(1_500, 5, telling=True))

        assert isinstance(found, Learned)
        assert found.validation.gain > 0.2
        assert found.validation.gain_interval[0] > 0

    @pytest.mark.parametrize("seed", range(4))
    def test_shows_nothing_on_pure_chance(self, seed: int) -> None:
        found = learn_remaining_time(_log(1_200, seed, telling=False))

        assert isinstance(found, NotShown)
        assert "not clearly better than what the last step alone tells" in found.reason
        assert found.validation is not None

    def test_counts_from_now_and_never_below_nothing(self) -> None:
        found = learn_remaining_time(_log(1_500, 5, telling=True))
        assert isinstance(found, Learned)
        open_case = of_rows([("new", "a", BEGIN)])
        open_case = open_case.with_column("size", Words.of(["large"]))

        at_once = found.model.for_open_cases(open_case, now=BEGIN)["new"]

        assert at_once > 0
        later = found.model.for_open_cases(open_case, now=BEGIN + timedelta(seconds=at_once / 2))["new"]
        assert later == pytest.approx(at_once / 2, rel=1e-3)
        assert found.model.for_open_cases(open_case, now=BEGIN + timedelta(days=900)) == {"new": 0.0}

    @pytest.mark.suites
    def test_beats_the_median_by_activity_on_the_helpdesk_log_by_a_fifth(self) -> None:
        found = learn_remaining_time(helpdesk_log())

        assert isinstance(found, Learned)
        assert found.validation.gain >= 0.2
        assert found.validation.split_at > instant(int(helpdesk_log().at.min()))
        assert len(found.validation.reliability) == 10


class TestLearnLikelihood:
    @staticmethod
    def _won(log: EventLog) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.asarray(log.activity.codes[log.last] == log.activity.code("won"))

    def test_shows_what_it_learned_and_is_calibrated(self) -> None:
        log = _log(1_500, 7, telling=True, outcome=True)

        found = learn_likelihood(log, self._won(log))

        assert isinstance(found, Learned)
        low, high = found.validation.reliability[0], found.validation.reliability[-1]
        assert [low.actual, high.actual] == pytest.approx([0.1, 0.9], abs=0.1)
        assert [low.predicted, high.predicted] == pytest.approx([0.1, 0.9], abs=0.1)

    def test_shows_nothing_on_pure_chance(self) -> None:
        log = _log(1_200, 9, telling=False, outcome=True)

        assert isinstance(learn_likelihood(log, self._won(log)), NotShown)

    def test_says_when_all_turned_out_the_same(self) -> None:
        log = _log(400, 9, telling=False)

        found = learn_likelihood(log, np.zeros(log.cases, dtype=np.bool_))

        assert isinstance(found, NotShown)
        assert "turned out the same" in found.reason
