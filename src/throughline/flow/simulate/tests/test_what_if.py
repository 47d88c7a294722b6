"""Scenarios side by side, figures taken from history, past cases in a draft."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from throughline.flow import engine
from throughline.flow.calendars import BusinessCalendar
from throughline.flow.engine.tests.walking import draw, message, on_message, on_timer, value
from throughline.flow.simulate.calibration import Execution, calendar_document, calibrate
from throughline.flow.simulate.chance import generator
from throughline.flow.simulate.comparison import Incomparable, comparison, differences
from throughline.flow.simulate.distributions import (
    Constant,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
)
from throughline.flow.simulate.dry_run import Changed, Given, PastCase, Sent, dry_run
from throughline.flow.simulate.experiment import Result, Runner, simulate
from throughline.flow.simulate.fitting import TooFew, as_scenario, fit, incomplete_gamma, iso
from throughline.flow.simulate.log import executions
from throughline.flow.simulate.reading import Place, duration, read_scenario
from throughline.flow.simulate.setting import set_up
from throughline.flow.simulate.student import interval
from throughline.flow.simulate.tests.stage import MINUTE_APART, ONE_STEP, exponential, run, setting

pytestmark = pytest.mark.req("I4")

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def busy(**changed: Any) -> Result:
    """One step at which a queue forms."""
    scenario: dict[str, Any] = {
        "arrivals": MINUTE_APART,
        "cases": 1_000,
        "replications": 10,
        "warm_up": 0.1,
        "seed": 1,
        "resources": {"R": {"amount": 1, "cost_per_hour": 30}},
        "tasks": {"Serve": {"duration": exponential(48), "resource": "R"}},
    }
    return run(ONE_STEP, **{**scenario, **changed})


class TestDifferences:
    def test_the_same_scenario_differs_in_nothing(self) -> None:
        found = differences(busy(), busy())

        assert {each.difference for each in found.values()} == {0.0}
        assert not any(each.certain for each in found.values())

    def test_one_more_person_shortens_the_wait_for_certain(self) -> None:
        found = differences(busy(), busy(resources={"R": {"amount": 2, "cost_per_hour": 30}}))

        waiting = found["steps.Serve.waiting.mean"]
        assert waiting.certain
        assert waiting.difference < -50
        assert waiting.ci95 is not None
        assert waiting.ci95[1] < 0

    def test_shared_chance_says_more_than_two_separate_runs(self) -> None:
        slow, fast = busy(), busy(tasks={"Serve": {"duration": exponential(46), "resource": "R"}})

        paired = differences(slow, fast)["cycle_time.mean"].ci95

        apart = [interval([each.cycle.mean for each in result.replications]) for result in (slow, fast)]
        assert paired is not None
        widths = [each[1] - each[0] for each in apart if each is not None]
        assert paired[1] - paired[0] < math.hypot(*widths) / 3

    def test_the_same_cases_take_as_long_in_both(self) -> None:
        one, two = busy(), busy(resources={"R": {"amount": 5}})

        assert [each.processing.mean for each in one.replications] == [
            each.processing.mean for each in two.replications
        ]

    def test_another_seed_cannot_be_compared(self) -> None:
        with pytest.raises(Incomparable, match="the same seed, but they have 1 and 2"):
            differences(busy(), busy(seed=2))


class TestComparison:
    def test_puts_reports_and_differences_side_by_side(self) -> None:
        found = comparison({"now": busy(), "one more": busy(resources={"R": {"amount": 2}})})

        assert list(found["scenarios"]) == ["now", "one more"]
        assert found["base"] == "now"
        shown = found["differences"]["one more"]["cycle_time.mean"]
        assert shown["difference"] == pytest.approx(shown["other"] - shown["base"], abs=1e-5)
        assert shown["certain"] is True


class TestFit:
    @pytest.mark.parametrize(
        "true",
        [
            Exponential(600),
            Normal(600, 60),
            Lognormal(600, 600),
            Gamma(600, 300),
            Uniform(100, 900),
            Triangular(60, 120, 900),
            Constant(90),
        ],
        ids=lambda each: type(each).__name__,
    )
    def test_finds_what_the_durations_come_from(self, true: Any) -> None:
        seconds = true.sample(generator(3, 0, "fit"), 4_000)

        found = fit(np.clip(seconds, 0, None).tolist())

        assert type(found.distribution) is type(true)
        assert found.distribution.mean == pytest.approx(true.mean, rel=0.06)
        assert found.good
        assert found.distance < 0.03

    def test_keeps_what_fits_no_curve_as_it_is(self) -> None:
        seconds = [60.0 + number % 7 for number in range(500)] + [7_200.0 + number % 7 for number in range(500)]

        found = fit(seconds)

        assert isinstance(found.distribution, Empirical)
        assert not found.good
        assert found.distribution.mean == pytest.approx(sum(seconds) / len(seconds), rel=0.02)

    def test_shows_what_else_was_tried(self) -> None:
        found = fit(Exponential(60).sample(generator(3, 0, "fit"), 500).tolist())

        assert [each.distance for each in found.tried] == sorted(each.distance for each in found.tried)
        assert {"exponential", "gamma", "lognormal", "uniform", "triangular"} <= {each.name for each in found.tried}

    def test_refuses_a_handful(self) -> None:
        with pytest.raises(TooFew, match="at least 5 durations to fit a distribution, but there are 3"):
            fit([1, 2, 3])

    @pytest.mark.parametrize(
        ("shape", "x", "exact"),
        [(1, 1, 1 - math.exp(-1)), (0.5, 0.5, math.erf(math.sqrt(0.5))), (3, 10, 0.9972306042844884)],
    )
    def test_knows_the_incomplete_gamma_function(self, shape: float, x: float, exact: float) -> None:
        assert incomplete_gamma(shape, x) == pytest.approx(exact, abs=1e-12)

    @pytest.mark.parametrize(
        ("seconds", "text"), [(90, "PT90S"), (0.5, "PT0.5S"), (-1, "PT0S"), (1 / 3, "PT0.333333S")]
    )
    def test_writes_durations_as_iso(self, seconds: float, text: str) -> None:
        assert iso(seconds) == text

    @pytest.mark.parametrize(
        "distribution",
        [
            Exponential(60),
            Normal(60, 5),
            Uniform(1, 2),
            Triangular(1, 2, 4),
            Empirical((1.0, 5.0), (1.0, 2.0), (1.0, 2.0)),
        ],
        ids=lambda each: type(each).__name__,
    )
    def test_what_is_written_is_read(self, distribution: Any) -> None:
        assert duration(Place("", as_scenario(distribution))) == distribution


REWORK = (
    "startEvent start\nuserTask Check\nexclusiveGateway fine\nuserTask Ship\nendEvent end\nendEvent thrown_away\n"
    "start > Check > fine\nfine -yes-> Ship\nfine -again-> Check\nfine -no-> thrown_away\nShip > end"
)


class TestCalibrate:
    @pytest.fixture(scope="class")
    @classmethod
    def history(cls) -> list[Execution]:
        """A simulated past with figures that are known."""
        joined = setting(
            REWORK,
            arrivals=exponential(600),
            cases=2_000,
            replications=1,
            warm_up=0,
            seed=5,
            resources={"Maya": {}, "Tom": {}, "Petra": {}},
            tasks={
                "Check": {
                    "duration": {"distribution": "normal", "mean": "PT5M", "deviation": "PT1M"},
                    "resource": ["Maya", "Tom"],
                },
                "Ship": {"duration": exponential(120), "resource": "Petra"},
            },
            flows={"fine_yes": 0.7, "fine_again": 0.2},
        )
        rows = executions(joined, Runner(joined).replicate(0))

        def at(micros: int) -> datetime:
            return joined.start + timedelta(microseconds=micros)

        return [Execution(str(case), activity, at(begun), at(ended), who) for case, activity, begun, ended, who in rows]

    @pytest.fixture(scope="class")
    @classmethod
    def chart(cls) -> engine.Chart:
        return draw(REWORK, by_hand=())

    def test_finds_the_figures_again(self, chart: engine.Chart, history: list[Execution]) -> None:
        found = calibrate(chart, history)

        assert isinstance(found.durations["Check"].distribution, Normal)
        assert found.durations["Check"].distribution.mean == pytest.approx(300, rel=0.02)
        assert isinstance(found.durations["Ship"].distribution, Exponential)
        assert found.arrivals is not None
        assert found.arrivals.distribution.mean == pytest.approx(600, rel=0.08)
        assert {way.flow: way.count / way.of for way in found.ways} == pytest.approx(
            {"fine_yes": 0.7, "fine_again": 0.2, "fine_no": 0.1}, abs=0.02
        )
        assert found.people == {"group 1": ("Maya", "Tom"), "Petra": ("Petra",)}

    def test_gives_a_scenario_that_runs_and_says_the_same(self, chart: engine.Chart, history: list[Execution]) -> None:
        from throughline.flow import bpmn
        from throughline.flow.engine.tests.walking import xml

        scenario = {**calibrate(chart, history).scenario, "replications": 3, "seed": 1, "warm_up": 0.1}

        result = simulate(set_up(bpmn.read(xml(REWORK)), read_scenario(scenario)))

        cycle = {each.case: [] for each in history}  # type: ignore[var-annotated]
        for each in history:
            assert each.start is not None
            cycle[each.case].extend([each.start, each.complete])
        was = sum((max(each) - min(each)).total_seconds() for each in cycle.values()) / len(cycle)
        assert result.estimate(lambda figures: figures.cycle.mean).mean == pytest.approx(was, rel=0.15)

    def test_measures_working_time_by_a_calendar(self, chart: engine.Chart) -> None:
        office = BusinessCalendar.of(zone="UTC", hours={day: [("09:00", "17:00")] for day in ("mon", "tue", "wed")})
        evening, morning = datetime(2026, 1, 5, 16, tzinfo=UTC), datetime(2026, 1, 6, 10, tzinfo=UTC)
        rows = [Execution(str(case), "Check", evening, morning, "Maya") for case in range(6)]

        found = calibrate(chart, rows, calendar=office)

        assert found.durations["Check"].distribution == Constant(7_200)
        assert found.scenario["resources"] == {"Maya": {"amount": 1, "calendar": "office"}}
        assert found.scenario["calendars"]["office"] == calendar_document(office)
        read_scenario(found.scenario)

    def test_names_what_the_log_is_silent_about(self, chart: engine.Chart) -> None:
        found = calibrate(chart, [Execution("1", "Elsewhere", None, NOON)])

        assert found.silent == (
            "There are only 1 cases, too few to say how often they come.",
            "Check was measured 0 times, too few to say how long it takes (at least 5).",
            "Ship was measured 0 times, too few to say how long it takes (at least 5).",
            "Nothing in the log tells which way cases went at fine.",
            "The chart has no step called Elsewhere; these executions were left out.",
        )


CALL = (
    "startEvent start\nuserTask Call\nexclusiveGateway hot default=hot_no\nuserTask Visit\n"
    "endEvent won\nendEvent lost\n"
    "start > Call > hot\nhot -yes| score >= {limit}-> Visit\nhot -no-> lost\nVisit > won"
)


class TestDryRun:
    def cases(self) -> list[PastCase]:
        """Ten leads with scores from 0 to 90; those from 50 on were visited."""
        return [
            PastCase(
                f"lead {score}",
                NOON,
                {"score": value(score)},
                answers={"Call": [Given(after=timedelta(hours=1))], **({"Visit": [Given()]} if score >= 50 else {})},
            )
            for score in range(0, 100, 10)
        ]

    def test_the_same_chart_changes_nothing(self) -> None:
        chart = draw(CALL.format(limit=50))

        found = dry_run(chart, chart, self.cases())

        assert found.counts == {"same": 10}
        assert {each.before.end for each in found.cases} == {"won", "lost"}

    def test_tells_which_cases_would_have_gone_elsewhere(self) -> None:
        found = dry_run(draw(CALL.format(limit=50)), draw(CALL.format(limit=70)), self.cases())

        assert found.counts == {"same": 8, "elsewhere": 2}
        assert [each.key for each in found.cases if each.verdict == "elsewhere"] == ["lead 50", "lead 60"]
        assert found.elsewhere == {("Visit", ""): 2}
        assert found.outcomes == {("lost", "lost"): 5, ("won", "won"): 3, ("won", "lost"): 2}

    def test_does_not_make_up_answers_that_nobody_gave(self) -> None:
        found = dry_run(draw(CALL.format(limit=50)), draw(CALL.format(limit=30)), self.cases())

        unknown = [each for each in found.cases if each.verdict == "unknown"]
        assert [each.key for each in unknown] == ["lead 30", "lead 40"]
        assert unknown[0].now.waits_at == ("Visit",)

    def test_a_shorter_deadline_strikes_those_who_were_slow(self) -> None:
        drawing = (
            "startEvent start\nuserTask Call\nendEvent reached\nendEvent missed\n"
            "boundaryEvent late attachedToRef=Call {timer}\nstart > Call > reached\nlate > missed"
        )
        slow = PastCase("slow", NOON, answers={"Call": [Given(after=timedelta(hours=20))]})
        quick = PastCase("quick", NOON, answers={"Call": [Given(after=timedelta(hours=2))]})

        found = dry_run(
            draw(drawing.format(timer=on_timer("PT24H"))), draw(drawing.format(timer=on_timer("PT4H"))), [slow, quick]
        )

        assert [(each.key, each.before.end, each.now.end) for each in found.cases] == [
            ("slow", "reached", "missed"),
            ("quick", "reached", "reached"),
        ]

    def test_no_deadline_strikes_where_nobody_was_asked(self) -> None:
        drawing = (
            "startEvent start\nuserTask {step}\nendEvent reached\nendEvent missed\n"
            f"boundaryEvent late attachedToRef={{step}} {on_timer('PT24H')}\nstart > {{step}} > reached\nlate > missed"
        )
        case = PastCase("one", NOON, answers={"Call": [Given(after=timedelta(hours=1))]}, asked=frozenset({"Call"}))

        (found,) = dry_run(draw(drawing.format(step="Call")), draw(drawing.format(step="Visit")), [case]).cases

        assert (found.verdict, found.now.end, found.now.waits_at) == ("unknown", "", ("Visit",))

    def test_the_record_changes_when_it_changed(self) -> None:
        drawing = (
            "startEvent start\nuserTask Call\nexclusiveGateway hot default=hot_no\nendEvent won\nendEvent lost\n"
            "start > Call > hot\nhot -yes| lead.score >= {limit}-> won\nhot -no-> lost"
        )
        case = PastCase(
            "one", NOON, facts={"lead": {"score": value(10)}}, answers={"Call": [Given(after=timedelta(hours=2))]},
            changes=[Changed(timedelta(hours=1), {"lead": {"score": value(60)}}, ("lead.score",))],
        )  # fmt: skip

        (found,) = dry_run(draw(drawing.format(limit=50)), draw(drawing.format(limit=70)), [case]).cases

        assert (found.before.end, found.now.end) == ("won", "lost")
        assert found.now.travelled == (
            "start", "start_to_Call", "Call", "Call_to_hot", "hot", "hot_no", "lost",
        )  # fmt: skip

    def test_messages_come_when_they_came(self) -> None:
        drawing = (
            "startEvent start\neventBasedGateway wait\n"
            f"intermediateCatchEvent answer {on_message('answer')}\nintermediateCatchEvent silence {{timer}}\n"
            "endEvent won\nendEvent lost\nstart > wait\nwait > answer > won\nwait > silence > lost"
        )
        published, draft = (
            draw(drawing.format(timer=on_timer(span)), roots=message("answer")) for span in ("P7D", "P2D")
        )
        case = PastCase("one", NOON, messages=[Sent("answer", timedelta(days=3))])

        (found,) = dry_run(published, draft, [case]).cases

        assert (found.before.end, found.now.end, found.verdict) == ("won", "lost", "elsewhere")

    def test_can_be_stopped(self) -> None:
        chart = draw(CALL.format(limit=50))

        assert len(dry_run(chart, chart, self.cases(), watch=lambda done: done < 3).cases) == 3
