"""By what people and organizations are recognised as the same (``MatchingRule``). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from throughline.core.records.matching import (
    EQUAL,
    SIMILAR,
    MatchingRule,
    Measure,
    Trait,
    end,
    folded,
    sound,
    start,
    trigrams,
    whole,
)

_HOUSE = re.compile(r"\d+")
_NOT_DIGIT = re.compile(r"[^0-9]")
_LEGAL_FORMS = frozenset({
    "ab", "ag", "aps", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kg",
    "limited", "llc", "llp", "ltd", "nv", "oy", "plc", "pte", "pty", "sa", "sarl", "sas", "se", "spa", "srl", "the",
    "und", "and",
})  # fmt: skip
"""Words of a company's name that do not tell it from another."""

_TAIL = 8
"""So many last digits of a phone number are compared: the country and the leading zero are often left out."""


def street_of(address: Mapping[str, Any] | None) -> str:
    """Return the street of an address without the number of the house."""
    return folded(_HOUSE.sub("", _street(address), count=1))


def house_of(address: Mapping[str, Any] | None) -> str:
    """Return the number of the house, empty where there is none."""
    found = _HOUSE.search(_street(address))
    return found[0] if found else ""


def _street(address: Mapping[str, Any] | None) -> str:
    given = address or {}
    return str(given.get("street") or str(given.get("text", "")).partition("\n")[0])


def _part(name: str) -> Callable[[Mapping[str, Any] | None], str]:
    return lambda address: folded((address or {}).get(name))


def tail_of(*numbers: str | None) -> str:
    """Return the last digits of the first number there is, without its extension."""
    for number in numbers:
        if number:
            return _NOT_DIGIT.sub("", number.partition("x")[0])[-_TAIL:]
    return ""


def day_of(value: Any) -> str:
    """Return a day as digits, year first."""
    return _NOT_DIGIT.sub("", folded(value))


def core_of(name: str | None) -> str:
    """Return the name of an organization without punctuation and legal form: ``The Codehow Ltd.`` → ``codehow``."""
    words = re.sub(r"[^\w\s]", "", folded(name)).split()
    return " ".join([word for word in words if word not in _LEGAL_FORMS] or words)


CONTACT = MatchingRule(
    traits=(
        Trait(name="first_name", label="First name", reads=("first_name",), chance=0.005),
        Trait(name="last_name", label="Last name", reads=("last_name",), chance=0.003, exchanged_with="first_name"),
        Trait(name="email", label="E-mail", reads=("email",), chance=0.0001),
        Trait(
            name="phone", label="Phone", reads=("mobile", "phone"), of=tail_of, measure=Measure.CODE, chance=0.0001
        ),
        Trait(
            name="birthday_on", label="Birthday", reads=("birthday_on",), of=day_of, measure=Measure.CODE, chance=0.0001
        ),
        Trait(
            name="house", label="House number", reads=("address",), of=house_of, measure=Measure.CODE, chance=0.02,
            field="address",
        ),
        Trait(name="street", label="Street", reads=("address",), of=street_of, chance=0.001, field="address"),
        Trait(name="extra", label="Address", reads=("address",), of=_part("extra"), chance=0.001, field="address"),
        Trait(name="city", label="City", reads=("city",), chance=0.01),
        Trait(
            name="postcode", label="Postcode", reads=("address",), of=_part("postcode"), measure=Measure.CODE,
            chance=0.003, field="address",
        ),
        Trait(
            name="region", label="Region", reads=("address",), of=_part("region"), measure=Measure.SAME, chance=0.2,
            field="address",
        ),
        Trait(
            name="organization", label="Organization", reads=("organization_id",), measure=Measure.SAME, chance=0.005
        ),
    ),
    blocks=(
        (whole("email"),),
        (whole("phone"),),
        (whole("birthday_on"),),
        (sound("first_name"), sound("last_name")),
        (whole("last_name"),),
        (sound("last_name"), whole("postcode")),
        (sound("first_name"), whole("postcode")),
        (sound("last_name"), whole("organization")),
        (sound("last_name"), start("birthday_on", 4)),
        (sound("first_name"), end("birthday_on", 4)),
        (sound("last_name"), sound("city")),
        (whole("street"), whole("house")),
        (whole("house"), whole("postcode")),
        (sound("street"), whole("postcode")),
        (sound("street"), sound("city")),
        (whole("extra"), whole("city")),
    ),
    certain=("email", "mobile"),
    own=(("first_name", SIMILAR), ("email", EQUAL), ("phone", EQUAL), ("birthday_on", SIMILAR)),
)  # fmt: skip

ORGANIZATION = MatchingRule(
    traits=(
        Trait(name="name", label="Name", reads=("name",), of=core_of, chance=0.0005),
        Trait(name="domain", label="Domain", reads=("domain",), chance=0.0002),
        Trait(name="phone", label="Phone", reads=("phone",), of=tail_of, measure=Measure.CODE, chance=0.0005),
        Trait(name="tax_id", label="Tax number", reads=("tax_id",), measure=Measure.CODE, chance=0.0001),
        Trait(
            name="registration_no", label="Registration number", reads=("registration_no",), measure=Measure.CODE,
            chance=0.0001,
        ),
        Trait(name="country", label="Country", reads=("country",), measure=Measure.SAME, chance=0.3),
        Trait(name="industry", label="Industry", reads=("industry",), measure=Measure.SAME, chance=0.2),
    ),
    blocks=(
        (whole("name"),),
        (trigrams("name"),),
        (sound("name"), whole("country")),
        (whole("domain"),),
        (whole("phone"),),
        (whole("tax_id"),),
        (whole("registration_no"),),
    ),
    certain=("tax_id", "registration_no", "domain", "sort_name"),
)  # fmt: skip
