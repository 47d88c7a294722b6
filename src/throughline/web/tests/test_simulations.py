"""Pages of simulations: asking, looking, what if, side by side."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.procedures import operations
from throughline.core.tests.cast import Cast
from throughline.insight.errands import leases
from throughline.insight.simulation import computing
from throughline.insight.simulation.models import Experiment
from throughline.insight.simulation.operations import request_experiment
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.tables import figures

pytestmark = [pytest.mark.django_db, pytest.mark.req("I4")]

PAGE = "/procedures/call-first/simulations/"
SCENARIO: dict[str, Any] = {
    "arrivals": {"distribution": "exponential", "mean": "PT30M"},
    "cases": 200,
    "replications": 4,
    "warm_up": 0.1,
    "seed": 1,
    "resources": {"sellers": {"amount": 1, "cost_per_hour": 40}},
    "tasks": {"call": {"duration": {"distribution": "exponential", "mean": "PT25M"}, "resource": "sellers"}},
}


def kept(cast: Cast, at: datetime, name: str = "As it is", **changed: Any) -> Experiment:
    """Have an experiment asked for and computed."""
    scenario = {**SCENARIO, **changed}
    by = Actor.user(cast.omar)
    request_experiment(procedure="call-first", version=1, name=name, scenario=scenario, by=by, at=at)
    return compute(at)


def compute(at: datetime) -> Experiment:
    claimed = leases.claim(Experiment, at=at)
    assert claimed is not None
    computing.compute(claimed, clock=lambda: at + timedelta(seconds=5), wanted=lambda: True)
    claimed.refresh_from_db()
    return claimed


class TestList:
    def test_is_one_of_the_ways_to_look_at_a_procedure(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get("/procedures/call-first/live/").content.decode()

        assert f'href="{PAGE}"' in page

    def test_says_what_it_is_for_while_it_is_empty(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get(PAGE).content.decode()

        assert "Nothing simulated yet" in page
        assert f"{PAGE}new/" in page

    def test_who_may_not_draw_looks_only(self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime) -> None:
        kept(cast, at)

        page = sign_in(cast.maya).get(PAGE).content.decode()

        assert "As it is" in page
        assert f"{PAGE}new/" not in page


class TestNew:
    def test_begins_with_the_steps_and_roles_of_the_drawing(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get(f"{PAGE}new/").content.decode()

        assert "&quot;call&quot;" in page
        assert "PT30M" in page

    def test_asks_for_it(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).post(f"{PAGE}new/", form(name="Two sellers"))

        made = Experiment.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}{made.pk}/")
        assert (made.name, made.scenario["cases"], made.scenario["replications"]) == ("Two sellers", 300, 5)

    def test_takes_the_fields_instead_of_a_text(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        sign_in(cast.omar).post(
            f"{PAGE}new/",
            form(**SHOWN) | {
                "gap": "15", "rate": "100", "amount:sellers": "3", "cost:sellers": "40", "took:call": "50",
                "shape:call": "exponential", "who:call": "sellers", "outcome:call:reached": "75",
                "outcome:call:missed": "25",
            },
        )  # fmt: skip

        found = Experiment.objects.get().scenario
        assert found["arrivals"] == {"distribution": "exponential", "mean": "PT900S"}
        assert found["resources"]["sellers"] == {"amount": 3, "cost_per_hour": 40}
        assert found["tasks"]["call"]["duration"] == {"distribution": "exponential", "mean": "PT3000S"}
        assert found["tasks"]["call"]["outcomes"] == {"reached": 0.75, "missed": 0.25}

    def test_a_text_that_was_edited_counts_alone(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        sign_in(cast.omar).post(f"{PAGE}new/", form(**SHOWN, scenario="{}") | {"gap": "15"})

        assert "arrivals" not in Experiment.objects.get().scenario

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("gap", "soon", "“Minutes between two cases” needs a number."),
            ("amount:sellers", "0", "“How many: sellers” is at least 1."),
            ("amount:sellers", "1.5", "“How many: sellers” needs a whole number."),
            ("outcome:call:reached", "120", "“Percent answered “Reached”” lies between 0 and 100."),
        ],
    )
    def test_says_which_field_cannot_be(
        self, cast: Cast, procedure: str, sign_in: SignIn, field: str, value: str, sentence: str
    ) -> None:
        answer = sign_in(cast.omar).post(f"{PAGE}new/", form(**SHOWN) | {field: value})

        page = answer.content.decode()
        assert answer.status_code == 422
        assert sentence in page
        assert f'value="{value}" aria-invalid="true"' in page

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"name": ""}, "Give the simulation a name"),
            ({"scenario": "{"}, "The figures are not JSON: line 1, column 2."),
            ({"cases": "many"}, "Give a whole number."),
            (
                {"scenario": json.dumps({"tasks": {"nobody": {}}})},
                "Expected tasks to name a step of the chart (Make first contact), but &quot;nobody&quot; is none.",
            ),
        ],
    )
    def test_says_what_is_wrong_beside_the_field(
        self, cast: Cast, procedure: str, sign_in: SignIn, changed: dict[str, str], sentence: str
    ) -> None:
        answer = sign_in(cast.omar).post(f"{PAGE}new/", form(**changed))

        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert not Experiment.objects.exists()

    def test_takes_figures_from_history_and_says_what_it_is_silent_about(
        self, cast: Cast, procedure: str, sign_in: SignIn
    ) -> None:
        page = sign_in(cast.omar).get(f"{PAGE}new/?figures=history").content.decode()

        assert "Make first contact was measured 0 times, too few to say how long it takes" in page


class TestOne:
    def test_shows_how_far_it_is_and_looks_again(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        by = Actor.user(cast.omar)
        made = request_experiment(procedure="call-first", version=1, name="x", scenario=SCENARIO, by=by, at=at)

        page = sign_in(cast.omar).get(f"{PAGE}{made.pk}/").content.decode()

        assert f'hx-get="{PAGE}{made.pk}/progress/"' in page
        assert "Stop it" in page

    def test_the_page_is_loaded_anew_when_it_has_ended(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        made = kept(cast, at)

        answer = sign_in(cast.omar).get(f"{PAGE}{made.pk}/progress/")

        assert answer["HX-Refresh"] == "true"

    def test_shows_heat_figures_outcomes_and_assumptions(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        made = kept(cast, at)

        page = sign_in(cast.omar).get(f"{PAGE}{made.pk}/").content.decode()

        assert "is-heat-3" in page
        assert set(figures(page, "How long cases take")) == {
            "Time",
            "From arrival to end",
            "Waiting for people",
            "Being worked on",
            "Begun, but nobody on duty",
        }
        assert figures(page, "Steps")["Make first contact"][0] == "1.00"
        share, *times = figures(page, "How cases end")["Done"]
        all_took = figures(page, "How long cases take")["From arrival to end"]
        assert (share, times) == ("100.0%", all_took[: len(times)])
        assert len(times) == 4
        assert "tasks.call.outcomes: all equally likely" in page

    def test_shows_queues_and_people_over_time_as_plots_and_tables(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        made = kept(cast, at)

        page = sign_in(cast.omar).get(f"{PAGE}{made.pk}/").content.decode()

        told = made.result["series"]
        assert page.count('data-island="plot"') == page.count("As a table<")
        assert "Cases under way" in page
        assert [number for (number,) in figures(page, "Cases under way").values()][1:] == [
            f"{each:,.1f}" for each in told["in_progress"]
        ]
        assert all(f"At work: {name}" in page for name in told["busy"])

    def test_can_be_stopped(self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime) -> None:
        by = Actor.user(cast.omar)
        made = request_experiment(procedure="call-first", version=1, name="x", scenario=SCENARIO, by=by, at=at)

        sign_in(cast.omar).post(f"{PAGE}{made.pk}/cancellation/")

        made.refresh_from_db()
        assert made.status == "cancelled"

    def test_another_procedure_does_not_have_it(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        kept(cast, at)

        assert sign_in(cast.omar).get(f"{PAGE}9999/").status_code == 404


class TestWhatIf:
    def test_one_more_seller_is_asked_for_and_put_side_by_side(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        base = kept(cast, at)
        omar = sign_in(cast.omar)

        omar.post(f"{PAGE}{base.pk}/variants/", {"amount-sellers": "2", "arrivals": ""})
        other = compute(at)
        page = omar.get(f"{PAGE}comparison/?of={base.pk}&of={other.pk}").content.decode()

        assert (other.name, other.scenario["resources"]["sellers"]["amount"]) == ("2 × sellers", 2)
        waiting = figures(page, "Simulations side by side")["Waiting for people, mean"]
        assert "−" in waiting[1]
        assert 'data-tone="good"' in page

    def test_twice_the_cases_come_in_half_the_time(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        base = kept(cast, at)

        sign_in(cast.omar).post(f"{PAGE}{base.pk}/variants/", {"arrivals": "200", "name": "Twice the leads"})

        made = Experiment.objects.get(name="Twice the leads")
        assert made.scenario["arrivals"]["mean"] == "PT900S"

    def test_everything_else_can_be_changed_beginning_with_its_figures(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        base = kept(cast, at)
        omar = sign_in(cast.omar)

        page = omar.get(f"{PAGE}new/?from={base.pk}").content.decode()
        answer = omar.post(
            f"{PAGE}new/",
            form(**SHOWN) | {"name": "", "base": str(base.pk), "cases": "200", "runs": "4", "took:call": "10"},
        )
        other = compute(at)

        assert f"{PAGE}new/?from={base.pk}" in omar.get(f"{PAGE}{base.pk}/").content.decode()
        assert "Figures of “As it is”" in page
        assert 'name="took:call" inputmode="decimal" value="25"' in page
        assert other.name == "Make first contact in 10 minutes"
        assert answer["Location"] == f"{PAGE}{other.pk}/?base={base.pk}"
        beside = f"{PAGE}comparison/?of={base.pk}&amp;of={other.pk}"
        assert beside in omar.get(answer["Location"]).content.decode()
        assert (
            "−"
            in figures(omar.get(beside.replace("&amp;", "&")).content.decode(), "Simulations side by side")[
                "From arrival to end, mean"
            ][1]
        )

    def test_another_version_takes_the_figures_that_fit_it(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        base = kept(cast, at)
        drawing = CALL_FIRST.replace(b'"call"', b'"ring"').replace(b"Make first contact", b"Ring up")
        operations.save_draft(key="call-first", drawing=drawing, by=Actor.user(cast.admin), at=at)

        page = sign_in(cast.omar).get(f"{PAGE}new/?from={base.pk}&version=2").content.decode()

        assert 'name="took:ring"' in page
        assert 'name="took:call"' not in page
        assert 'name="gap" inputmode="decimal" value="30"' in page

    def test_nothing_changed_is_refused(self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime) -> None:
        base = kept(cast, at)

        answer = sign_in(cast.omar).post(f"{PAGE}{base.pk}/variants/", {"amount-sellers": "1"})

        assert "Change at least one figure" in answer.content.decode()
        assert Experiment.objects.count() == 1


OWN = ("cases", "replications", "seed")
SHOWN = {"shown": json.dumps({name: part for name, part in SCENARIO.items() if name not in OWN})}
"""What the page says that it showed, before anybody changed its text."""


def form(**changed: str) -> dict[str, str]:
    """The form of a new simulation as a browser sends it."""
    scenario = {name: part for name, part in SCENARIO.items() if name not in OWN}
    given = {"name": "As it is", "version": "1", "cases": "300", "runs": "5", "seed": "1"}
    return {**given, "scenario": json.dumps(scenario), **changed}
