"""Keys made of names: how addresses and programs call what people named."""

from __future__ import annotations

from itertools import chain, count

from django.db.models import Model

ROOM = 6
"""So many characters of a key are left for the number."""


def free_key(model: type[Model], stem: str, *, between: str = "-") -> str:
    """
    Return a key that no row of a table has: the stem, with a number behind it from the second one on.

    ``stem`` is cut so that the number fits in; ``between`` stands between both.
    """
    longest = getattr(model._meta.get_field("key"), "max_length", None)
    short = stem[: longest - ROOM] if longest else stem
    taken = set(model._default_manager.filter(key__startswith=short).values_list("key", flat=True))
    return next(key for key in chain([short], (f"{short}{between}{n}" for n in count(2))) if key not in taken)
