"""The words that search knows, and which may be meant by one with a slip in it."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.records import vocabulary
from throughline.core.records.models import SearchWord
from throughline.core.records.operations import delete_records
from throughline.core.records.search import search
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.leads.record import LEAD
from throughline.crm.people.record import CONTACT


def lead(cast: Cast, at: datetime, name: str, firm: str = "") -> Lead:
    """Make a lead of Maya's."""
    values = {"name": name, "organization_name": firm, "origin": "ad"}
    return capture_lead(values=values, by=Actor.user(cast.maya), at=at)


def known() -> list[str]:
    """Return the words that are kept, in order."""
    return sorted(SearchWord.objects.values_list("word", flat=True))


class TestLearning:
    """Which words are kept."""

    def test_words_of_letters_are_kept_once(self, cast: Cast, at: datetime) -> None:
        lead(cast, at, "Zoë Ångström", "Loire-Bleue S.A., Rennes 35")
        lead(cast, at, "Ana Ångström", "Loire-Bleue")

        assert set(known()) >= {"angstrom", "bleue", "loire", "rennes"}
        assert len(known()) == len(set(known()))
        assert all(word.isalpha() and len(word) >= vocabulary.SHORTEST for word in known())

    def test_what_stands_nowhere_any_more_is_forgotten(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.omar)
        gone, _kept = lead(cast, at, "Zebulon Quill"), lead(cast, at, "Yolanda Quill")
        SearchWord.objects.create(word="quill")  # two learned it at once
        delete_records(spec=LEAD, ids=[gone.pk], by=by, at=at)
        delete_records(spec=CONTACT, ids=[gone.contact_id or 0], by=by, at=at)

        assert vocabulary.forget_unused() == 2
        assert "zebulon" not in known()
        assert {"quill", "yolanda"} <= set(known())
        assert known().count("quill") == 1


class TestNear:
    """Which words may be meant."""

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("logistk", "logistik"),  # a letter too few
            ("loggistik", "logistik"),  # one too many
            ("logistic", "logistik"),  # another one
            ("lgoistik", "logistik"),  # two changed places
            ("lgistk", "logistik"),  # two slips in a long word
            ("messtechnk", "messtechnik"),
            ("vidl", "vidal"),
            ("webre", "weber"),
            ("webrr", "weber"),
            ("vdl", None),
            ("wbe", None),
            ("wld", "wald"),
            ("wxbrr", None),  # two slips in a short word
            ("abc", None),
            ("logistik7", None),
        ],
    )
    def test_slips_are_forgiven_up_to_a_point(self, typed: str, meant: str | None, db: None) -> None:
        for word in ("logistik", "messtechnik", "vidal", "weber", "wald"):
            SearchWord.objects.create(word=word)

        assert vocabulary.near([typed]) == [(meant, typed) if meant else (typed,)]

    def test_the_beginning_of_a_word_may_have_a_slip_too(self, db: None) -> None:
        SearchWord.objects.create(word="krahenberg")

        assert vocabulary.near(["krahnbe"]) == [("krahenberg", "krahnbe")]

    def test_the_nearest_come_first_and_each_word_has_its_own(self, db: None) -> None:
        for word in ("hannover", "hanover", "hangover", "jakob"):
            SearchWord.objects.create(word=word)

        assert vocabulary.near(["hannovr", "jacob"]) == [
            ("hannover", "hanover", "hangover", "hannovr"),
            ("jakob", "jacob"),
        ]


class TestSearch:
    """What search makes of it."""

    @pytest.mark.parametrize("text", ["wintre", "wintermnn gartn", "gartenbua winterm", "Wintrmann L-"])
    def test_records_are_found_by_words_with_slips(self, cast: Cast, at: datetime, text: str) -> None:
        made = lead(cast, at, "Ida Wintermann", "Gartenbau Nord")

        assert made.pk in [hit.ref.id for hit in search(user=cast.maya, text=text, types=["lead"])]

    def test_the_nearest_word_comes_first(self, cast: Cast, at: datetime) -> None:
        far, close = lead(cast, at, "Herr Wintersund"), lead(cast, at, "Frau Wintersand")

        hits = search(user=cast.maya, text="wintersamd", types=["lead"])

        assert [hit.ref.id for hit in hits] == [close.pk, far.pk]

    @pytest.mark.req("L1")
    def test_a_word_of_records_that_one_may_not_see_leads_to_nothing(self, cast: Cast, at: datetime) -> None:
        lead(cast, at, "Ida Wintermann")

        assert search(user=cast.ines, text="wintermnn") == []
        assert search(user=cast.maya, text="wintermnn") != []
