"""
By what open enquiries are recognised as the same (``MatchingRule``). Pure.

An enquiry of a known person belongs to that person; what is looked for here is the same enquiry twice: the same
somebody, asking for the same, while the first one is still open. Who asks for something else has a second enquiry, and
who comes back after the first was closed begins a new one.
"""

from __future__ import annotations

from throughline.core.records.matching import (
    EQUAL,
    SIMILAR,
    MatchingRule,
    Measure,
    Trait,
    sound,
    whole,
)
from throughline.crm.people.likeness import core_of, tail_of

LEAD = MatchingRule(
    traits=(
        Trait(name="first_name", label="First name", reads=("contact__first_name",), chance=0.005),
        Trait(
            name="last_name", label="Last name", reads=("contact__last_name",), chance=0.003,
            exchanged_with="first_name",
        ),
        Trait(name="email", label="E-mail", reads=("contact__email",), chance=0.0001),
        Trait(
            name="phone", label="Phone", reads=("contact__mobile", "contact__phone"), of=tail_of, measure=Measure.CODE,
            chance=0.0001,
        ),
        Trait(name="organization_name", label="Organization", reads=("organization_name",), of=core_of, chance=0.002),
        Trait(name="subject", label="Subject", reads=("subject",), chance=0.02),
        Trait(name="interest", label="Interest", reads=("interest",), chance=0.1),
        Trait(name="country", label="Country", reads=("country",), measure=Measure.SAME, chance=0.3),
    ),
    blocks=(
        (whole("email"),),
        (whole("phone"),),
        (sound("first_name"), sound("last_name")),
        (sound("last_name"), whole("organization_name")),
        (sound("first_name"), whole("organization_name")),
        (whole("organization_name"), whole("subject")),
    ),
    own=(("first_name", SIMILAR), ("email", EQUAL), ("phone", EQUAL)),
    matter=(("subject", SIMILAR), ("interest", SIMILAR)),
    only_open=True,
    is_asked=False,
)  # fmt: skip
