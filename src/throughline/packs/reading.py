"""
Reading a pack from its files.

Theory of operation. A pack is a set of files by path: ``pack.yaml`` (the manifest), the charts and tables that it
names, and scenarios in ``scenarios/``. Where the files lie (a folder of this package, a zip file somebody sent) is not
this module's matter. Every part is looked at while it is read, and the first thing that is wrong is told in one
sentence that names the part; what was read whole can be installed, shown and written again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from throughline.flow import bpmn, dmn
from throughline.packs.model import (
    FORMAT,
    LISTED,
    VARIANTS,
    BadPack,
    Pack,
    PackedDecision,
    PackedProcedure,
    PackedScenario,
    Question,
)

MANIFEST = "pack.yaml"
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){0,2}")
KINDS = ("procedures", "starter")
SCENARIOS = "scenarios/"
RECORDLESS = ""


def read_pack(files: Mapping[str, bytes]) -> Pack:
    """
    Return the pack that these files are, by path.

    Raises:
        BadPack: they are none; the sentence names the first part that is wrong.
    """
    manifest = _mapping(_yaml(files, MANIFEST), MANIFEST)
    _require_format(manifest)
    bases = {item.get("key"): item.get("of") for item in _items(manifest, VARIANTS)}
    procedures = tuple(_procedure(item, files, bases) for item in _items(manifest, "procedures"))
    decisions = tuple(_decision(item, files) for item in _items(manifest, "decisions"))
    _require_different([*(each.key for each in procedures)], "procedures")
    _require_different([*(each.key for each in decisions)], "decisions")
    _require_variants(_items(manifest, VARIANTS), {each.key: each for each in procedures})
    charts = {item.get("chart"): item["key"] for item in _items(manifest, "procedures")}
    pack = Pack(
        key=_key(manifest, MANIFEST),
        name=_text(manifest, "name", MANIFEST),
        summary=_text(manifest, "summary", MANIFEST),
        procedures=procedures,
        decisions=decisions,
        version=_version(manifest),
        origin=str(manifest.get("origin", "")),
        kind=_kind(manifest),
        area=str(manifest.get("area", "")),
        review_months=_months(manifest),
        includes=tuple(str(key) for key in manifest.get("includes") or ()),
        questions=tuple(_question(item) for item in _items(manifest, "questions")),
        scenarios=tuple(_scenarios(files, charts)),
        listed={name: tuple(_items(manifest, name)) for name in LISTED if manifest.get(name)},
        files=dict(files),
    )
    if not pack.procedures and not pack.includes and not pack.listed:
        raise BadPack(f"The pack “{pack.name}” is empty: it has neither procedures nor anything else.")
    return pack


# --- the manifest -----------------------------------------------------------------------------------------------------
def _yaml(files: Mapping[str, bytes], path: str) -> Any:
    content = _file(files, path)
    try:
        return yaml.safe_load(content.decode("utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as problem:
        raise BadPack(f"The pack's {path} cannot be read: {' '.join(str(problem).split())}") from None


def _file(files: Mapping[str, bytes], path: str) -> bytes:
    if path not in files:
        raise BadPack(f"The pack lacks {path}. Export it again where it comes from.")
    return files[path]


def _mapping(content: Any, path: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise BadPack(f"The pack's {path} should hold names with values, but it does not.")
    return content


def _items(manifest: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    items = manifest.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadPack(f"The pack's manifest should list its {name}, but {name} is no such list.")
    return items


def _require_format(manifest: Mapping[str, Any]) -> None:
    written = manifest.get("format", FORMAT)
    if written != FORMAT:
        raise BadPack(
            f"The pack is written in format {written}, and this version reads format {FORMAT}. "
            "Update Throughline, or ask for an older export."
        )


def _text(item: Mapping[str, Any], name: str, where: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadPack(f"The pack's {where} should say its {name}, but it is missing.")
    return value.strip()


def _key(item: Mapping[str, Any], where: str) -> str:
    key = _text(item, "key", where)
    if KEY.fullmatch(key) is None:
        raise BadPack(f"“{key}” in the pack's {where} is no key: use small letters, digits and hyphens.")
    return key


def _version(manifest: Mapping[str, Any]) -> str:
    version = str(manifest.get("version", "1.0"))
    if VERSION.fullmatch(version) is None:
        raise BadPack(f"The pack says its version is “{version}”; a version is written as 1.0 or 1.0.3.")
    return version


def _kind(manifest: Mapping[str, Any]) -> str:
    kind = str(manifest.get("kind", KINDS[0]))
    if kind not in KINDS:
        raise BadPack(f"The pack says it is a “{kind}”, but a pack is one of: {', '.join(KINDS)}.")
    return kind


def _months(manifest: Mapping[str, Any]) -> int:
    months = manifest.get("review_months", 4)
    if not isinstance(months, int) or not 3 <= months <= 6:
        raise BadPack("The pack's review_months should be a number from 3 to 6.")
    return months


def _require_different(keys: list[str], what: str) -> None:
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise BadPack(f"Two of the pack's {what} have the key “{twice}”.")


def _require_variants(items: list[dict[str, Any]], procedures: Mapping[str, PackedProcedure]) -> None:
    """Refuse variants of which the drawing or the base is not in the pack, or that do not say what they take."""
    variants = {_key(item, VARIANTS) for item in items}
    _require_different([item["key"] for item in items], VARIANTS)
    for item in items:
        name, base = _text(item, "name", VARIANTS), procedures.get(_text(item, "of", VARIANTS))
        drawing = procedures.get(item["key"])
        _text(item, "rule", VARIANTS)
        if drawing is None or base is None or base.key in variants or drawing.record != base.record:
            raise BadPack(f"The pack's variant “{name}” needs its drawing and another procedure that it is one of.")


def _question(item: Mapping[str, Any]) -> Question:
    kind = str(item.get("kind", "text"))
    if kind not in ("text", "team"):
        raise BadPack(f"The pack asks for a “{kind}”, but a question is about a text or a team.")
    return Question(_key(item, "questions"), _text(item, "label", "questions"), str(item.get("default", "")), kind)


# --- the parts --------------------------------------------------------------------------------------------------------
def _procedure(item: Mapping[str, Any], files: Mapping[str, bytes], bases: Mapping[Any, Any]) -> PackedProcedure:
    path = _text(item, "chart", "procedures")
    chart = _file(files, path)
    try:
        definitions = bpmn.read(chart)
    except bpmn.Unreadable as problem:
        raise BadPack(f"The pack's chart {path} cannot be read: {problem}") from None
    found = PackedProcedure(
        _key(item, "procedures"), _text(item, "name", "procedures"), str(item.get("record") or RECORDLESS), chart
    )
    said = [each.extensions.procedure for each in definitions.processes if each.extensions.procedure is not None]
    if said and said[0].key not in ("", found.key, bases.get(found.key)):  # a variant is drawn over its base
        raise BadPack(f"The chart {path} says it is “{said[0].key}”, but the pack calls it “{found.key}”.")
    return found


def _decision(item: Mapping[str, Any], files: Mapping[str, bytes]) -> PackedDecision:
    path = _text(item, "model", "decisions")
    model = _file(files, path)
    try:
        dmn.read(model)
    except dmn.Unreadable as problem:
        raise BadPack(f"The pack's decision table {path} cannot be read: {problem}") from None
    return PackedDecision(_key(item, "decisions"), _text(item, "name", "decisions"), model)


def _scenarios(files: Mapping[str, bytes], charts: Mapping[Any, str]) -> Iterator[PackedScenario]:
    for path in sorted(files):
        if path.startswith(SCENARIOS) and path.endswith(".yaml"):
            members = _mapping(_yaml(files, path), path)
            chart = members.pop("chart", None)
            if chart not in charts:
                raise BadPack(f"The pack's {path} runs the chart “{chart}”, which is none of its procedures.")
            if not isinstance(members.get("expect"), dict):
                raise BadPack(f"The pack's {path} should say what to expect, but it does not.")
            yield PackedScenario(path.removeprefix(SCENARIOS).removesuffix(".yaml"), charts[chart], members)
