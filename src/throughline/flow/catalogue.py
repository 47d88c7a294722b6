"""What a chart may ask of the CRM, as data: the palette of actions that editors offer and checks know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """
    A named value that goes into or comes out of an action.

    ``type`` is one of FEEL's: string, number, boolean, date, "date and time", "days and time duration", list, context,
    Any.
    """

    name: str
    title: str = ""
    type: str = "Any"
    required: bool = False
    summary: str = ""


class ActionSpec(msgspec.Struct, frozen=True, kw_only=True):
    """
    An action: what it is called, what it needs and gives, and whether it leaves the database (``outside``).

    ``binds``: what it does binds the company although it stays in the database (the number of an invoice), so whoever
    tries a draft is only shown it. ``binds_when``: the input that makes it bind when it is true. ``tells``: it reaches
    a person, or says that something leaves the house; to whoever tries a draft it is done on test records, and shown.
    """

    name: str
    title: str
    summary: str = ""
    inputs: tuple[Parameter, ...] = ()
    outputs: tuple[Parameter, ...] = ()
    place: Literal["database", "outside"] = "database"
    binds: bool = False
    binds_when: str = ""
    tells: bool = False


Catalogue: TypeAlias = Mapping[str, ActionSpec]
