"""Scenarios: what is understood, and the one sentence for what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from throughline.flow.engine.tests.walking import settings
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
from throughline.flow.simulate.reading import BadScenario, known_members, read_scenario
from throughline.flow.simulate.tests.stage import ONE_STEP, setting

WAYS = "startEvent start\nexclusiveGateway which\nendEvent a\nendEvent b\nstart > which\nwhich -a-> a\nwhich -b-> b"


def duration_of(distribution: Any) -> Any:
    return read_scenario({"tasks": {"Serve": {"duration": distribution}}}).tasks["Serve"].duration


class TestReadScenario:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("PT90S", Constant(90)),
            ({"distribution": "constant", "mean": "PT1M"}, Constant(60)),
            ({"distribution": "exponential", "mean": "PT1H"}, Exponential(3_600)),
            ({"distribution": "normal", "mean": "PT1M", "deviation": "PT10S"}, Normal(60, 10)),
            ({"distribution": "lognormal", "mean": "PT1M", "deviation": "PT10S"}, Lognormal(60, 10)),
            ({"distribution": "gamma", "mean": "PT1M", "deviation": "PT10S"}, Gamma(60, 10)),
            ({"distribution": "uniform", "min": "PT1M", "max": "PT2M"}, Uniform(60, 120)),
            ({"distribution": "triangular", "min": "PT0S", "mode": "PT1M", "max": "P1D"}, Triangular(0, 60, 86_400)),
            (
                {"distribution": "empirical", "values": ["PT1M", "PT2M"], "weights": [1, 3]},
                Empirical((60, 120), (1, 3)),
            ),
            (
                {"distribution": "empirical", "bins": [{"from": "PT0S", "to": "PT1M", "weight": 2}]},
                Empirical((0,), (2,), (60,)),
            ),
        ],
        ids=lambda each: each["distribution"] if isinstance(each, dict) else "",
    )
    def test_understands_every_distribution(self, text: Any, expected: Any) -> None:
        assert duration_of(text) == expected

    @pytest.mark.parametrize(
        ("scenario", "sentence"),
        [
            ([], "Expected a scenario to be an object, but it is []."),
            (
                {"case": 5},
                "Expected a scenario to have no members but process, start, arrivals, cases, replications, "
                'warm_up, seed, calendars, resources, tasks, flows, messages, variables, records, but it has "case".',
            ),
            ({"cases": 0}, "Expected cases to be a whole number from 1 to 10000000, but it is 0."),
            ({"cases": True}, "Expected cases to be a whole number from 1 to 10000000, but it is true."),
            ({"warm_up": 1}, "Expected warm_up to be a share below 1, but it is 1."),
            ({"seed": -1}, "Expected seed to be a whole number from 0 to 9223372036854775807, but it is -1."),
            ({"arrivals": {}}, "Expected arrivals to have a distribution, windows or times, but it has none of them."),
            (
                {"arrivals": {"distribution": "poisson", "mean": "PT1M"}},
                "Expected arrivals.distribution to be one of constant, exponential, normal, lognormal, gamma, uniform, "
                'triangular, empirical, but it is "poisson".',
            ),
            (
                {"arrivals": {"distribution": "exponential", "mean": 60}},
                "Expected arrivals.mean to be a duration such as PT30M or P1DT4H, but it is 60.",
            ),
            (
                {"arrivals": {"distribution": "exponential", "mean": "PT0S"}},
                'Expected arrivals.mean to be above 0, but it is "PT0S".',
            ),
            (
                {"arrivals": {"distribution": "exponential"}},
                "Expected arrivals.mean to be given, but it is not.",
            ),
            (
                {"tasks": {"Serve": {"duration": {"distribution": "constant", "mean": "P1M"}}}},
                "Expected tasks.Serve.duration.mean to be a duration such as PT30M or P1DT4H, not in months or years, "
                'whose length differs, but it is "P1M".',
            ),
            (
                {"tasks": {"Serve": {"duration": {"distribution": "uniform", "min": "PT2H", "max": "PT1H"}}}},
                'Expected tasks.Serve.duration.min to be no more than max, but it is "PT2H".',
            ),
            (
                {"tasks": {"Serve": {"duration": {"distribution": "uniform", "mean": "PT1H", "deviation": "PT2H"}}}},
                "Expected tasks.Serve.duration to stay above 0, but its deviation is so large that durations would be "
                "negative; give min and max instead.",
            ),
            (
                {"tasks": {"Serve": {"duration": {"distribution": "normal", "mean": "PT1H", "sigma": "PT1M"}}}},
                "Expected tasks.Serve.duration to have no members but distribution, deviation, mean, but it has "
                '"sigma".',
            ),
            ({"flows": {"f": 1.5}}, "Expected flows.f to be a number from 0 to 1, but it is 1.5."),
            (
                {"resources": {"R": {"amount": 0}}},
                "Expected resources.R.amount to be a whole number from 1 to 1000000, but it is 0.",
            ),
            ({"resources": {"R": 1}}, "Expected resources.R to be an object, but it is 1."),
            (
                {"calendars": {"o": {"hours": [{"days": "XX", "from": "09:00", "to": "17:00"}]}}},
                'Expected calendars.o.hours[0].days to be days such as MO-FR or MO,WE,SA, but it is "XX".',
            ),
            (
                {"calendars": {"o": {"hours": [{"days": "MO", "from": "9", "to": "17:00"}]}}},
                'Expected calendars.o.hours[0].from to be a time such as 09:00, at most 24:00, but it is "9".',
            ),
            (
                {"calendars": {"o": {"hours": [], "holidays": ["Christmas"]}}},
                'Expected calendars.o.holidays[0] to be a day such as 2026-12-25, but it is "Christmas".',
            ),
            (
                {"start": "tomorrow"},
                'Expected start to be a date and time such as 2026-01-05T09:00:00Z, but it is "tomorrow".',
            ),
        ],
    )
    def test_says_what_is_wrong_in_one_sentence(self, scenario: Any, sentence: str) -> None:
        with pytest.raises(BadScenario) as caught:
            read_scenario(scenario)

        assert str(caught.value) == sentence

    def test_an_unknown_zone_is_named(self) -> None:
        with pytest.raises(BadScenario, match="calendars.o to be a calendar, but .*Mars/Olympus"):
            read_scenario({"calendars": {"o": {"zone": "Mars/Olympus", "hours": []}}})


class TestSetUp:
    @pytest.mark.parametrize(
        ("scenario", "sentence"),
        [
            ({"tasks": {"Serv": {}}}, 'Expected tasks to name a step of the chart (Serve), but "Serv" is none.'),
            (
                {"flows": {"x": 0.5}},
                'Expected flows to name a flow of the chart (Serve_to_end, start_to_Serve), but "x" is none.',
            ),
            (
                {"messages": {"m": {"delay": "PT1H"}}},
                'Expected messages to name a message or event that is waited for (there is none), but "m" is none.',
            ),
            (
                {"resources": {"R": {"calendar": "o"}}},
                'Expected resources.R.calendar to name one of the calendars (none are given), but it is "o".',
            ),
            (
                {"tasks": {"Serve": {"resource": "R"}}},
                'Expected tasks.Serve.resource to name one of the resources (none are given), but it is "R".',
            ),
            ({"tasks": {"Serve": {"priority": "1 +"}}}, "Expected tasks.Serve.priority to be a number or FEEL, but"),
            (
                {"arrivals": {"times": ["2026-01-05T09:00:00Z"]}, "cases": 2},
                "Expected cases to be at most the 1 of arrivals.times, but it is 2.",
            ),
        ],
    )
    def test_says_what_does_not_fit_the_chart(self, scenario: Any, sentence: str) -> None:
        with pytest.raises(BadScenario) as caught:
            setting(ONE_STEP, **scenario)

        assert str(caught.value).startswith(sentence)

    @pytest.mark.parametrize("flows", [{"which_a": 0.5, "which_b": 0.4}, {"which_a": 0.7, "which_b": 0.4}])
    def test_shares_add_up(self, flows: dict[str, float]) -> None:
        with pytest.raises(BadScenario, match="the flows which_a and which_b to add up to 1, but they add up to"):
            setting(WAYS, flows=flows)

    def test_takes_figures_from_the_chart(self) -> None:
        figures = '<tl:simulation distribution="normal" mean="PT1H" deviation="PT5M" cost="2.5" resource="R"/>'

        joined = setting(ONE_STEP.replace("userTask Serve", f"userTask Serve {settings(figures)}"), resources={"R": {}})

        station = joined.stations["Serve"]
        assert (station.duration, station.cost, station.pools) == (Normal(3_600, 300), 2.5, (0,))
        assert not any("duration" in each for each in joined.assumptions)

    def test_the_scenario_stands_above_the_chart(self) -> None:
        figures = '<tl:simulation distribution="constant" mean="PT1H"/>'

        joined = setting(
            ONE_STEP.replace("userTask Serve", f"userTask Serve {settings(figures)}"),
            tasks={"Serve": {"duration": "PT5M"}},
        )

        assert joined.stations["Serve"].duration == Constant(300)

    def test_lists_what_it_assumed(self) -> None:
        joined = setting(ONE_STEP)

        assert joined.assumptions == (
            "arrivals: exponential, one hour apart on average",
            "tasks.Serve.duration: exponential, 30 minutes on average",
            "resources: none are given, so nobody is ever waited for",
            "cases: 1000",
            "replications: 10",
            "warm_up: 0.1",
            "seed: 1",
        )

    def test_says_which_name_a_condition_lacks(self) -> None:
        conditions = WAYS.replace("-a->", "-a| score > 5->").replace("-b->", "-b| score <= 5->".replace("<", "&lt;"))

        joined = setting(conditions.replace("&lt;", "not=").replace("not==", "!="))

        assert any("nothing says what score is" in each for each in joined.assumptions)


class TestHowto:
    def test_the_scenario_of_the_page_is_understood(self) -> None:
        page = (Path(__file__).parents[5] / "docs/howto/simulate.md").read_text("utf-8")
        text = page.partition("```json")[2].partition("```")[0]

        scenario = read_scenario(json.loads(text))

        assert scenario.tasks["Make first contact"].outcomes == {"reached": 0.4, "voicemail": 0.6}
        assert set(json.loads(text)) <= set(known_members())
