"""The customer's journey as a picture."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from throughline.insight.guide.answers import Answers, PainPoint, Persona, Touchpoint
from throughline.insight.guide.picture import Words, columns_of, journey, told

pytestmark = pytest.mark.req("A3")

WORDS = Words(
    title="The journey",
    persons="Who",
    touchpoints="Where",
    pains="What hurts",
    elsewhere="Behind the scenes",
    kinds={"late": "Comes too late", "frustrating": "Frustrating", "wasteful": "Wasted work"},
    fates={"removed": "is gone", "eased": "gets better", "stays": "stays"},
)
FORM, CALL = Touchpoint(moment="Sends the form", channel="Web"), Touchpoint(moment="Is called")
WAITS = PainPoint(text="Waits for days", moment="Is called", fate="removed", how="An alarm")
TYPED = PainPoint(text="Typed twice", kind="wasteful")
TOLD = Answers(personas=(Persona(name="Owner", wants="An answer"),), touchpoints=(FORM, CALL), pains=(WAITS, TYPED))


def texts(svg: str) -> list[str]:
    """Return what stands in a picture, line by line."""
    return [each.text or "" for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}tspan")]


class TestColumns:
    def test_are_the_touchpoints_with_what_hurts_there_and_the_rest_last(self) -> None:
        found = [(each.touchpoint, each.pains) for each in columns_of(TOLD)]

        assert found == [(FORM, ()), (CALL, (WAITS,)), (None, (TYPED,))]

    def test_what_hurts_at_a_touchpoint_that_is_gone_stands_last(self) -> None:
        [column] = columns_of(Answers(pains=(WAITS,)))

        assert (column.touchpoint, column.pains) == (None, (WAITS,))


class TestPicture:
    def test_shows_persons_touchpoints_and_what_hurts_with_what_becomes_of_it(self) -> None:
        shown = texts(journey(TOLD, WORDS))

        assert {"Owner", "An answer", "Sends the form", "Web", "1", "2", "Waits for days"} <= set(shown)
        assert "Comes too late" in shown
        assert "→ is gone: An alarm" in shown

    def test_says_all_of_it_in_sentences_for_who_listens(self) -> None:
        said = told(TOLD, WORDS)

        assert said == (
            "Owner: An answer. 1. Sends the form (Web). 2. Is called. Comes too late: Waits for days – is gone: An "
            "alarm. Behind the scenes. Wasted work: Typed twice."
        )

    def test_of_nothing_is_empty(self) -> None:
        assert journey(Answers(), WORDS) == ""

    @pytest.mark.parametrize(
        "answers",
        [
            Answers(personas=TOLD.personas),
            Answers(touchpoints=(FORM,)),
            Answers(pains=(TYPED,)),
            Answers(pains=(PainPoint(text="x" * 300, kind="frustrating", fate="eased"),), touchpoints=(FORM,) * 9),
        ],
    )
    def test_holds_what_it_shows(self, answers: Answers) -> None:
        root = ElementTree.fromstring(journey(answers, WORDS))
        _x, _y, width, height = (float(each) for each in root.attrib["viewBox"].split())

        boxes = [each.attrib for each in root.iter("{http://www.w3.org/2000/svg}rect")]
        assert all(float(each["x"]) + float(each["width"]) <= width for each in boxes)
        assert all(float(each["y"]) + float(each["height"]) <= height for each in boxes)

    def test_writes_letters_that_mean_something_to_svg(self) -> None:
        shown = texts(journey(Answers(personas=(Persona(name="<b> & co"),)), WORDS))

        assert "<b> & co" in shown
