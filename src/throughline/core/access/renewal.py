"""
What a new version ships reaches the roles of an installation; what an administrator decided stays. Pure.

Theory of operation. Permissions are seen as entries: the scope of an action on a type, the right to a field, a pool
that is seen, an ability. Three states of each are compared: as it was shipped when the role was last brought up
(``base``), as it stands here (``here``), as this version ships it (``new``). An entry that nobody here has touched
follows the product; one that differs from what was shipped is somebody's decision, and stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from throughline.core.access.permissions import ANY, Permissions

Entry = tuple[str, ...]
"""``records``, type, action; ``fields``, type, field; ``pool``, type; or ``abilities``, ability."""


def renewed(*, base: Mapping[str, Any], here: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return stored permissions, with what has been shipped since ``base`` where nobody here has decided otherwise.

    Raises:
        msgspec.ValidationError: something is not a permission.
    """
    before, kept, shipped = _entries(base), _entries(here), _entries(new)
    for entry in [*before, *(each for each in shipped if each not in before)]:
        if before.get(entry) == shipped.get(entry) or kept.get(entry) != before.get(entry):
            continue
        if entry in shipped:
            kept[entry] = shipped[entry]
        else:
            del kept[entry]
    return _stored(kept)


def _entries(stored: Mapping[str, Any]) -> dict[Entry, str]:
    read: dict[str, Any] = msgspec.to_builtins(Permissions.read(stored))
    named: dict[Entry, str] = {
        (part, kind, name): str(level)
        for part in ("records", "fields")
        for kind, levels in read[part].items()
        for name, level in levels.items()
    }
    return {**named, **{(part, name): "" for part in ("pool", "abilities") for name in read[part]}}


def _stored(entries: Mapping[Entry, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"records": {}, "pool": [], "fields": {}, "abilities": []}
    for entry, level in entries.items():
        match entry:
            case (part, kind, name):
                found[part].setdefault(kind, {})[name] = level
            case (part, name):
                found[part].append(name)
    if ANY in found["abilities"]:
        found["abilities"] = [ANY]
    return found
