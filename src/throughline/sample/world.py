"""
The world around the sample company: who might buy from it. Seeded, so that everybody has the same customers.

Persons and firms are put together from ``names.yaml`` by chance; nobody is called like somebody else of the same firm,
and no address or telephone number is given twice.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.db.models import Q

from throughline.core.records.text import fold
from throughline.crm.people.models import Contact, Organization

SEED = 20


@cache
def content(name: str) -> dict[str, Any]:
    """Return one of the content files of this package, read once."""
    found: dict[str, Any] = yaml.safe_load((files(__package__) / f"{name}.yaml").read_text("utf-8"))
    return found


def chance_of(*words: object) -> random.Random:
    """Return the chance of one thing: the same words, the same luck, whatever else happened."""
    return random.Random("/".join(map(str, (SEED, *words))))  # noqa: S311 - a history to look at, no secret


def drawn(chance: random.Random, shares: Mapping[str, float]) -> str:
    """Return one of the names, each as likely as its share says."""
    return chance.choices(list(shares), list(shares.values()))[0]


@dataclass(frozen=True, slots=True)
class Firm:
    """Somebody who might buy: a firm of a culture, with its place and trade."""

    name: str
    domain: str
    culture: str
    city: str
    country: str
    industry: str
    employees: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a firm."""

    first_name: str
    last_name: str
    email: str
    phone: str
    job_title: str


class World:
    """Makes firms and people that are not there yet; what the database holds already is taken."""

    def __init__(self) -> None:
        self._cultures: Mapping[str, Mapping[str, Any]] = content("names")
        self._firms = {fold(name) for name in Organization.objects.values_list("name", flat=True)}
        self._domains = set(Organization.objects.exclude(domain="").values_list("domain", flat=True))
        people = Contact.objects.filter(~Q(email="") | ~Q(phone="")).values_list("email", "phone")
        self._reached = {way for ways in people for way in ways if way}

    def firm(self, chance: random.Random) -> Firm:
        """Found a firm that there is not yet."""
        culture = drawn(chance, {key: each["share"] for key, each in self._cultures.items()})
        known = self._cultures[culture]
        while True:
            root, word = chance.choice(known["roots"]), chance.choice(list(known["words"]))
            place = chance.choice(known["cities"])
            stem = f"{root} {word}" if chance.random() < 0.7 else f"{root} {word} {place}"
            domain = f"{letters(stem)}.example"
            if fold(stem) not in self._firms and domain not in self._domains:
                break
        self._firms.add(fold(stem))
        self._domains.add(domain)
        form = chance.choice(known["forms"])
        size = min(20_000, max(4, round(chance.lognormvariate(4.6, 1.2))))
        return Firm(f"{stem} {form}".strip(), domain, culture, place, known["country"], known["words"][word], size)

    def person(self, chance: random.Random, *, culture: str, domain: str) -> Person:
        """Let somebody begin to work at a firm."""
        known = self._cultures[culture]
        while True:
            first, last = chance.choice(known["first"]), chance.choice(known["last"])
            email = f"{letters(first)}.{letters(last)}@{domain}"
            if email not in self._reached:
                break
        phone = self._number(known["phones"], chance) if chance.random() < 0.85 else ""
        self._reached |= {email, phone} - {""}
        return Person(first, last, email, phone, chance.choice(content("firm")["job_titles"]))

    def region(self, culture: str) -> str:
        """Return the region of sales that a culture belongs to."""
        return str(self._cultures[culture]["region"])

    def language(self, culture: str) -> str:
        """Return the language that is written there."""
        return str(self._cultures[culture]["language"])

    def culture_of(self, country: str) -> str:
        """Return the culture of a country; the first there is for one that is not described."""
        return next((key for key, each in self._cultures.items() if each["country"] == country), "germany")

    def _number(self, patterns: Sequence[str], chance: random.Random) -> str:
        """Return a number of a reserved range that nobody has yet; none when there are no more."""
        for _ in range(50 if patterns else 0):
            number = "".join(
                str(chance.randrange(10)) if letter == "#" else letter for letter in chance.choice(patterns)
            )
            if number not in self._reached:
                return number
        return ""


def letters(text: str) -> str:
    """Return what of a name can stand in an address."""
    plain = fold(
        text.replace("ß", "ss")
        .replace("ø", "o")
        .replace("Ø", "O")
        .replace("æ", "ae")
        .replace("ł", "l")
        .replace("Ł", "L")
        .replace("ı", "i")
    )
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
