"""Keys from names: how programs and charts call what people named."""

from __future__ import annotations

from django.utils.text import slugify
from django.utils.translation import gettext as _

from throughline.core.refusals import Refusal


def named(given: str, *, otherwise: str) -> str:
    """
    Return the name that a form sent.

    Raises:
        Refusal: there is none; ``otherwise`` says what to do.
    """
    name = given.strip()
    if not name:
        raise Refusal("nameless", otherwise, "name")
    return name


def key_of(name: str) -> str:
    """
    Return the key made from a name: ``lead-to-deal`` for “Lead to deal”.

    Raises:
        Refusal: nothing in the name can stand in a key.
    """
    key = slugify(name)
    if not key:
        raise Refusal("no_key", _("Use at least one Latin letter in the name; it becomes part of addresses."), "name")
    return key
