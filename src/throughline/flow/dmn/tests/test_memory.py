"""Remembered answers are the answers that would have been given."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from throughline.flow import dmn
from throughline.flow.dmn import memory as module
from throughline.flow.dmn.memory import TRIAL, Memory
from throughline.flow.values import Date, Function

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PACK = files("throughline.packs") / "lead_to_deal"
ORIGINS = [None, "organic_search", "paid_search", "social", "email", "referral", "else"]
SOURCES = [None, "Referral", "Web", "Call"]


def shipped(name: str) -> dmn.DecisionModel:
    return dmn.compile_model(dmn.read((PACK / name).read_bytes()))


def table(expression: str, result: str = '"yes"', input_type: str = "") -> dmn.DecisionModel:
    typed = f' typeRef="{input_type}"' if input_type else ""
    return dmn.compile_model(
        dmn.read(
            f"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="t" name="t">
            <itemDefinition name="person"><itemComponent name="age"><typeRef>number</typeRef></itemComponent>
             <itemComponent name="name"><typeRef>string</typeRef></itemComponent></itemDefinition>
            <inputData id="i" name="who"><variable name="who"{typed}/></inputData>
            <decision id="d" name="Fits"><variable name="Fits"/>
             <informationRequirement><requiredInput href="#i"/></informationRequirement>
             <literalExpression><text>if {expression} then {result} else null</text></literalExpression>
            </decision></definitions>""".encode()
        )
    )


def lead(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "origin": chance.choice(ORIGINS),
        "source": chance.choice(SOURCES),
        "interest": chance.choice([None, "Analytics"]),
        "region": chance.choice([None, "North", "EU"]),
        "contact": chance.choice([None, Decimal(number)]),
        "external_id": f"m{number}",
    }


class TestMemory:
    @pytest.mark.parametrize(("name", "decision"), [("score-lead.dmn", "Lead score"), ("route-lead.dmn", "Route lead")])
    def test_a_thousand_leads_get_the_answers_of_a_model_without_memory(self, name: str, decision: str) -> None:
        seed = random.randrange(1_000_000)
        print("seed", seed)  # noqa: T201 (pytest shows it when the test fails)
        chance = random.Random(seed)
        remembering, forgetful = shipped(name), shipped(name)
        forgetful._memory = None

        for number in range(1000):
            inputs: dict[str, Any] = {"lead": lead(chance, number), "case": Decimal(number)}
            told = remembering.explain(decision, inputs, now=AT)
            expected = forgetful.explain(decision, inputs, now=AT)
            assert (told, told.reason) == (expected, expected.reason)

    def test_what_no_logic_reads_makes_no_difference(self) -> None:
        model = shipped("route-lead.dmn")
        alike = {"origin": "social", "source": None, "interest": None, "region": None}

        first = model.explain("Route lead", {"lead": {**alike, "external_id": "a"}}, now=AT)
        second = model.explain("Route lead", {"lead": {**alike, "external_id": "b"}}, now=AT)

        assert second is first

    def test_values_that_are_equal_in_python_only_are_told_apart(self) -> None:
        model = table("who = 1")

        assert model.explain("Fits", {"who": Decimal(1)}).value == "yes"
        assert model.explain("Fits", {"who": True}).value is None

    def test_digits_are_told_apart(self) -> None:
        model = table("true", "who")

        assert str(model.explain("Fits", {"who": Decimal("1.0")}).value) == "1.0"
        assert str(model.explain("Fits", {"who": Decimal("1.00")}).value) == "1.00"

    def test_a_member_that_nothing_reads_can_make_a_typed_input_unfit(self) -> None:
        model = table("who.age > 17", input_type="person")

        assert model.explain("Fits", {"who": {"age": Decimal(20), "name": "Maya"}}).value == "yes"
        assert model.explain("Fits", {"who": {"age": Decimal(20), "name": Decimal(7)}}).value is None

    def test_a_part_of_a_date_depends_on_the_whole_date(self) -> None:
        model = table("who.born.year > 2000")

        assert model.explain("Fits", {"who": {"born": Date(735_000)}}).value == "yes"
        assert model.explain("Fits", {"who": {"born": Date(700_000)}}).value is None

    def test_an_answer_that_depends_on_the_time_is_not_remembered(self) -> None:
        model = table("now() > date and time(who)")
        who = {"who": "2026-03-02T10:00:00Z"}

        assert model.explain("Fits", who, now=AT).value is None
        assert model.explain("Fits", who, now=AT.replace(hour=11)).value == "yes"

    def test_lists_are_alike_when_their_items_are(self) -> None:
        model = table("count(who) = 2")

        first = model.explain("Fits", {"who": [Decimal(1), "a"]})

        assert model.explain("Fits", {"who": [Decimal(1), "a"]}) is first
        assert model.explain("Fits", {"who": [Decimal(1), "b"]}) is not first
        assert model.explain("Fits", {"who": [Decimal(1)]}).value is None

    def test_an_answer_that_depends_on_a_function_is_not_remembered(self) -> None:
        model = table("who(1) = 1")

        def returning(value: int) -> Function:
            return Function("f", ("n",), lambda _arguments, _run: Decimal(value))

        assert model.explain("Fits", {"who": returning(1)}).value == "yes"
        assert model.explain("Fits", {"who": returning(2)}).value is None

    def test_it_starts_anew_when_it_is_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "KEPT", 1)
        model = table("who = 1")
        first = model.explain("Fits", {"who": Decimal(1)})
        assert model.explain("Fits", {"who": Decimal(1)}) is first

        model.explain("Fits", {"who": Decimal(2)})

        assert model.explain("Fits", {"who": Decimal(1)}) is not first

    def test_a_model_that_was_given_up_keeps_nothing(self) -> None:
        model = table("who = 1")
        for number in range(TRIAL - 1):
            model.explain("Fits", {"who": Decimal(number)})

        last = model.explain("Fits", {"who": Decimal(TRIAL)})

        assert model._memory is not None
        assert not model._memory.is_on
        assert not model._memory._known
        assert model.explain("Fits", {"who": Decimal(TRIAL)}) is not last

    def test_a_model_whose_inputs_are_never_alike_is_not_asked_again(self) -> None:
        memory = Memory([("who",)])

        for number in range(TRIAL):
            key = memory.key("Fits", {"who": Decimal(number)})
            assert key is not None
            memory.find(key)

        assert memory.key("Fits", {"who": Decimal(1)}) is None
