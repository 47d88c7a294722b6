"""What became of fields, in words: each value as the page shows it, and links by the names that the reader may know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.identity.queries import names_of_people
from throughline.core.journal.read import TimelineEntry
from throughline.core.recordref import RecordRef
from throughline.core.records import FieldSpec, FieldType, RecordSpec, registry
from throughline.core.records.spec import LINKS
from throughline.core.records.titles import record_titles
from throughline.core.records.values import read_value
from throughline.web import moments
from throughline.web.records.present import cell_with

LONGEST = 80
"""So many characters of a value are shown."""
CHANGED = "record.updated"


class Changes:
    """
    Tells what changes of fields among ``facts`` say to ``user``.

    What links are called is read once for all: one query for people, two for each type of record.
    """

    def __init__(self, facts: Iterable[TimelineEntry], user: User) -> None:
        self._teams = access.grants(user).team_names
        links = [
            (described, int(value))
            for fact in facts
            for described, pair in _changed(fact)
            if described is not None and described.type in LINKS
            for value in pair
            if _is_key(value)
        ]
        has_people = any(described.type is FieldType.USER for described, _key in links)
        self._people = dict(names_of_people()) if has_people else {}
        refs = {RecordRef(each.to, key) for each, key in links if each.type is FieldType.RECORD}
        self._records = record_titles(list(_seen(refs, user)))

    def told(self, fact: TimelineEntry) -> tuple[str, str]:
        """Return a heading, and below it the fields one by one where there are several."""
        names = {**fact.data.get("changes", {}), **fact.data.get("personal_changes", {})}
        labels = [
            name if each is None else str(each.label) for name, (each, _) in zip(names, _changed(fact), strict=True)
        ]
        lines = [
            _("%(field)s: %(old)s → %(new)s")
            % {"field": label, "old": self._shown(described, old), "new": self._shown(described, new)}
            for label, (described, (old, new)) in zip(labels, _changed(fact), strict=True)
        ]
        if len(lines) == 1:
            return lines[0], ""
        return _("Changed %(fields)s") % {"fields": ", ".join(labels)}, "\n".join(lines)

    def _shown(self, described: FieldSpec | None, value: Any) -> str:
        text = "" if value in (None, "", []) else self._text(described, value)
        return f"{text[: LONGEST - 1]}…" if len(text) > LONGEST else text or "–"

    def _text(self, described: FieldSpec | None, value: Any) -> str:
        if described is None or described.masked:
            return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if described.type in LINKS and _is_key(value):
            return self._called(described, int(value))
        try:
            stored = read_value(described, value)
        except ValueError:  # a choice that is no longer offered, a type that was another one then
            return str(value)
        if isinstance(stored, datetime):
            return moments.date_and_time(stored)
        cell = cell_with(described, stored)
        return ", ".join(cell.tags) or cell.text

    def _called(self, described: FieldSpec, key: int) -> str:
        if described.type is FieldType.USER:
            return self._people.get(key, _("somebody who is gone"))
        if described.type is FieldType.TEAM:
            return self._teams.get(key, _("another team"))
        known = self._records.get(RecordRef(described.to, key))
        return known or f"{registry.get(described.to).model.number_prefix}-{key}"


Pair = Sequence[Any]


def _changed(fact: TimelineEntry) -> Iterator[tuple[FieldSpec | None, Pair]]:
    """Give the fields that a fact changed, None for one that is gone, with what they were and became."""
    if fact.event != CHANGED:
        return
    spec: RecordSpec | None = registry.find(fact.about.type)
    fields: Mapping[str, FieldSpec] = {} if spec is None else spec.by_name
    changes: Mapping[str, Pair] = {**fact.data.get("changes", {}), **fact.data.get("personal_changes", {})}
    yield from ((fields.get(name), pair) for name, pair in changes.items())


def _is_key(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _seen(refs: Iterable[RecordRef], user: User) -> Iterator[RecordRef]:
    """Give those of some records that somebody may see."""
    by_type: dict[str, list[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.type, []).append(ref.id)
    for kind, keys in by_type.items():
        spec = registry.find(kind)
        if spec is not None:
            rows = spec.model._default_manager.filter(access.visible(spec, user), pk__in=keys)
            yield from (RecordRef(kind, key) for key in rows.values_list("pk", flat=True))
