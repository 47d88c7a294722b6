"""Duplicates among records in memory: the public sets of FEBRL, and what makes the rule what it is."""

from __future__ import annotations

import csv
import itertools
import time
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from throughline.core.records.matching.blocks import BANDS, COMMON, keys_of, pairs_sharing
from throughline.core.records.matching.compare import EXCHANGED, UNKNOWN, levels_of
from throughline.core.records.matching.pairing import duplicates_among
from throughline.core.records.matching.rule import MatchingRule, Texts, Trait, sound, trigrams, whole
from throughline.core.records.matching.soundex import sound_of
from throughline.core.records.matching.weights import (
    LARGEST,
    SMALLEST,
    THRESHOLD,
    explain,
    first_guess,
    learn,
    scores,
    sureness,
)
from throughline.crm.people.likeness import CONTACT, ORGANIZATION
from throughline.testing.suites import suites


def person(**values: Any) -> Texts:
    """Return the texts of a contact with these values."""
    return CONTACT.texts([values.get(path) for path in CONTACT.paths])


def company(**values: Any) -> Texts:
    """Return the texts of an organization with these values."""
    return ORGANIZATION.texts([values.get(path) for path in ORGANIZATION.paths])


def febrl(number: int) -> tuple[list[Texts], set[tuple[int, int]]]:
    """Return the records of a public set as contacts, and the pairs that are one person."""
    path = suites() / "data" / "duplicates" / f"febrl_dataset{number}.csv"
    texts, people = [], defaultdict(list)
    with path.open(encoding="utf-8", newline="") as stream:
        for place, line in enumerate(csv.DictReader(stream, skipinitialspace=True)):
            row = {name.strip(): (value or "").strip() for name, value in line.items()}
            people[row["rec_id"].split("-")[1]].append(place)
            texts.append(
                person(
                    first_name=row["given_name"],
                    last_name=row["surname"],
                    address={
                        "street": f"{row['street_number']} {row['address_1']}",
                        "extra": row["address_2"],
                        "postcode": row["postcode"],
                        "region": row["state"],
                    },
                    city=row["suburb"],
                    birthday_on=row["date_of_birth"],
                )
            )
    return texts, {pair for places in people.values() for pair in itertools.combinations(places, 2)}


class TestFebrl:
    """Sets with known duplicates, read as contacts, out of the box: nothing is set for them."""

    @pytest.mark.req("K1")
    @pytest.mark.suites
    @pytest.mark.parametrize(("number", "pairs", "goal"), [(1, 500, 0.97), (2, 1934, 0.95)])
    def test_pairs_are_found_without_labels(self, number: int, pairs: int, goal: float) -> None:
        texts, truth = febrl(number)
        assert len(truth) == pairs

        begin = time.process_time()
        found = {(likeness.one, likeness.other) for likeness in duplicates_among(CONTACT, texts)}
        seconds = time.process_time() - begin

        right = len(found & truth)
        assert 2 * right / (len(found) + len(truth)) >= goal
        assert seconds <= 5

    @pytest.mark.req("K1")
    @pytest.mark.suites
    def test_first_guesses_alone_find_most(self) -> None:
        texts, truth = febrl(2)

        found = {(near.one, near.other) for near in duplicates_among(CONTACT, texts, first_guess(CONTACT))}

        assert 2 * len(found & truth) / (len(found) + len(truth)) >= 0.95


class TestBlocks:
    """Who is compared."""

    def test_records_that_share_a_key_are_paired_once(self) -> None:
        keys = [[1, 2], [2, 1], [3], [1], []]

        assert pairs_sharing(keys).tolist() == [[0, 1], [0, 3], [1, 3]]

    def test_a_common_key_tells_nothing(self) -> None:
        assert len(pairs_sharing([[7]] * COMMON)) == COMMON * (COMMON - 1) // 2
        assert len(pairs_sharing([[7]] * (COMMON + 1))) == 0
        assert len(pairs_sharing([])) == 0

    def test_what_is_unknown_makes_no_key(self) -> None:
        rule = MatchingRule(
            (Trait(name="a", label="A", reads=("a",)),), ((whole("a"),), (sound("a"),), (trigrams("a"),))
        )

        assert keys_of(rule, ("",)) == []
        assert len(keys_of(rule, ("codehow",))) == 2 + BANDS

    def test_names_that_share_most_trigrams_meet(self) -> None:
        one = keys_of(ORGANIZATION, company(name="Betasoloin Group"))
        other = keys_of(ORGANIZATION, company(name="Betasolin Group"))
        far = keys_of(ORGANIZATION, company(name="Xx-holding"))

        assert set(one) & set(other)
        assert not set(one) & set(far)

    @pytest.mark.parametrize(
        ("word", "code"), [("robert", "r163"), ("rupert", "r163"), ("ashcraft", "a261"), ("", ""), ("王小明", "王小明")]
    )
    def test_words_that_sound_alike_have_one_code(self, word: str, code: str) -> None:
        assert sound_of(word) == code


class TestWeights:
    """What likeness means."""

    def test_an_equal_address_of_mail_and_name_is_enough_and_a_name_alone_is_not(self) -> None:
        texts = [
            person(first_name="Ada", last_name="Byron", email="ada@x.org"),
            person(first_name="Ada", last_name="Byron", email="ada@x.org", city="London"),
            person(first_name="Adam", last_name="Bryson"),
        ]

        found = duplicates_among(CONTACT, texts, first_guess(CONTACT))

        assert [(near.one, near.other) for near in found] == [(0, 1)]
        assert {reason.trait for reason in found[0].reasons} == {"first_name", "last_name", "email"}

    def test_a_company_is_known_whatever_its_legal_form(self) -> None:
        texts = [company(name="Codehow Ltd.", domain="codehow.com"), company(name="The Codehow", domain="codehow.com")]

        (found,) = duplicates_among(ORGANIZATION, texts, first_guess(ORGANIZATION))

        assert found.reasons[0].level == "equal"

    def test_a_family_at_one_firm_is_not_one_person(self) -> None:
        shared = {"last_name": "Castillo", "city": "Denver", "organization_id": 7}
        trevor = person(first_name="Trevor", email="trevor.castillo@blueridge.org", phone="+1 303 555 0101", **shared)
        ethan = person(first_name="Ethan", email="ethan.castillo@blueridge.org", phone="+1 303 555 0102", **shared)
        ethan_again = person(first_name="Ethan", email="castillo@blueridge.org", **shared)

        found = duplicates_among(CONTACT, [trevor, ethan, ethan_again], first_guess(CONTACT))

        assert [(near.one, near.other) for near in found] == [(1, 2)]

    def test_colleagues_teach_nothing_about_what_is_the_same(self) -> None:
        firm = [
            person(first_name=first, last_name=last, city="Denver", organization_id=number)
            for number in range(150)
            for first, last in (("Trevor", f"Castle{number:03}"), ("Ethan", f"Castle{number:03}"))
        ]

        (found, *others) = duplicates_among(CONTACT, [*firm, firm[0]])

        assert not others
        assert (found.one, found.other) == (0, 300)

    def test_names_that_changed_places_count_once(self) -> None:
        texts = [person(first_name="Gabriel", last_name="Moulton"), person(first_name="Moulton", last_name="Gabriel")]

        levels = levels_of(CONTACT, texts, np.array([[0, 1]]))

        assert levels[0, CONTACT.place["last_name"]] == EXCHANGED
        assert levels[0, CONTACT.place["first_name"]] == UNKNOWN

    def test_equal_names_have_not_changed_places(self) -> None:
        texts = [person(first_name="James", last_name="James"), person(first_name="James", last_name="James")]

        levels = levels_of(CONTACT, texts, np.array([[0, 1]]))

        assert levels[0, CONTACT.place["last_name"]] == 3

    def test_what_is_unknown_says_nothing(self) -> None:
        levels = levels_of(CONTACT, [person(), person(first_name="Ada")], np.array([[0, 1]]))

        assert set(levels[0].tolist()) == {UNKNOWN}
        assert scores(CONTACT, first_guess(CONTACT), levels).tolist() == [0.0]
        assert explain(CONTACT, first_guess(CONTACT), levels[0]) == ()

    def test_weights_rise_with_the_level_and_stay_in_bounds(self) -> None:
        nothing = levels_of(CONTACT, [], np.zeros((0, 2), np.int64))
        for weights in (first_guess(CONTACT), learn(CONTACT, nothing, nothing)):
            for bits in weights.values():
                assert bits == sorted(bits)
                assert SMALLEST <= bits[0] < 0 < bits[-1] <= LARGEST

    def test_sureness_is_even_at_the_threshold(self) -> None:
        assert sureness(THRESHOLD) == 50
        assert sureness(-100) == 1
        assert sureness(100) == 99
