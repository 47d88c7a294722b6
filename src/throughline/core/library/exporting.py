"""Making a pack of one's own procedures: their published drawings, the tables they ask, their test cases."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from throughline.core.library import parts
from throughline.core.library.packing import as_item
from throughline.core.library.parts import Listed
from throughline.core.library.queries import needs
from throughline.core.library.variants import listed_of
from throughline.core.procedures.models import DecisionPin, KeptTest, ProcedureVersion
from throughline.core.procedures.operations.proving import in_words
from throughline.core.procedures.queries.variants import find_variant
from throughline.core.records.custom.models import CustomField
from throughline.core.records.text import fold
from throughline.core.refusals import NotFound, Refusal
from throughline.packs import BadPack, Pack
from throughline.packs.model import FORMAT, VARIANTS
from throughline.packs.reading import MANIFEST, read_pack


def pack_of(
    *,
    keys: Sequence[str],
    name: str,
    version: str = "1.0",
    summary: str = "",
    listed: Mapping[str, Sequence[Listed]] | None = None,
) -> Pack:
    """
    Return a pack of these published procedures, with their variants and the fields of one's own that they read.

    A variant brings the procedure along that it is one of.

    ``listed``: what else goes along, by list of the manifest; of each item as much as names it
    (``{"pipelines": [{"key": "sales"}]}``).

    Raises:
        NotFound: one of them is not published, or something that is to go along is not there.
        Refusal: no pack can be made of them.
    """
    files: dict[str, bytes] = {}
    along = listed or {}
    procedures, decisions = [], {}
    fields: dict[str, dict[str, Any]] = {}
    bases = list(dict.fromkeys(found.base.key if (found := find_variant(key)) else key for key in keys))
    variants = listed_of(bases)
    for key in (*bases, *(each["key"] for each in variants)):
        live = (
            ProcedureVersion.objects.filter(procedure__key=key, status="published").select_related("procedure").first()
        )
        if live is None:
            raise NotFound(f"There is no published procedure “{key}”. Publish it first.")
        procedure = live.procedure
        files[f"{key}.bpmn"] = bytes(live.bpmn)
        entry = {"key": key, "name": procedure.name, "record": procedure.record_type, "chart": f"{key}.bpmn"}
        fields |= {
            f"{each['record']}.{each['key']}": each for each in _fields_of(procedure.record_type, bytes(live.bpmn))
        }
        procedures.append({member: value for member, value in entry.items() if value})
        for pin in DecisionPin.objects.filter(version=live).select_related("decision__table"):
            files[f"{pin.ref}.dmn"] = bytes(pin.decision.dmn)
            decisions[pin.ref] = {"key": pin.ref, "name": pin.decision.table.name, "model": f"{pin.ref}.dmn"}
        for test in KeptTest.objects.filter(procedure=procedure):
            members = {"chart": f"{key}.bpmn", **json.loads(json.dumps(test.members))}
            files[f"scenarios/{key}-{_slug(test.name)}.yaml"] = _written(members)
    manifest = {
        "format": FORMAT, "key": _slug(name), "name": name, "version": version, "summary": summary or name,
        "procedures": procedures, "decisions": list(decisions.values()),
        **({"fields": list(fields.values())} if fields else {}),
        **({VARIANTS: variants} if variants else {}),
        **{kind: [_as_it_stands(kind, each, name) for each in wanted] for kind, wanted in along.items() if wanted},
    }  # fmt: skip
    try:
        return read_pack({**files, MANIFEST: _written(manifest)})
    except BadPack as problem:
        raise Refusal("bad_pack", str(problem)) from None


def _fields_of(record: str, drawing: bytes) -> list[dict[str, Any]]:
    """Return the fields of one's own that a drawing reads or writes, as packs list them."""
    found = CustomField.objects.filter(record_type=record, key__in=needs(drawing).fields, retired_at=None)
    return [
        {name: value for name, value in as_item(each).items() if value not in (None, "", [], False)} for each in found
    ]


def _as_it_stands(kind: str, item: Listed, pack: str) -> Listed:
    found = parts.get(kind, pack).here(item)
    if found is None:
        raise NotFound("Something that is to go along is not there any more. Choose again.")
    return found


def _written(content: object) -> bytes:
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True)).encode()


def _slug(name: str) -> str:
    words = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in fold(in_words(name)).lower())
    return "-".join(part for part in words.split("-") if part)[:60] or "pack"
