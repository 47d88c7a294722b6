"""
What is said of records to somebody who may not read all of their fields: the line below the title, the words of search.

Both are worked out of several fields, so hiding a field must take it out of them, too. They say what they read
(``Derived``), and what somebody may not read is given to them as nothing. What a record is called (``title``) is told
to whoever sees the record: by it people know which one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.arrays import any_of
from throughline.core.identity.models import User
from throughline.core.records.glimpse import Glimpse
from throughline.core.records.models import SearchRow
from throughline.core.records.spec import NOTHING, Derived, FieldType, RecordSpec
from throughline.core.records.text import fold
from throughline.core.records.vocabulary import Choices
from throughline.core.refusals import NotAllowed

CANDIDATES = 300
"""So many records are looked at for words, where not all words of a record may be told."""

_TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL,
                    FieldType.CHOICE, FieldType.RECORD, FieldType.USER, FieldType.TEAM})  # fmt: skip
"""Types of fields of which nothing is an empty text; a link is read by a name."""


def subtitle_for(spec: RecordSpec, user: User) -> Callable[[Any], str]:
    """Return what is said below the title of records of a type, without what ``user`` may not read."""
    return _told(spec, spec.subtitle, access.field_rights(user, spec)) or NOTHING


def _told(spec: RecordSpec, said: Callable[[Any], Any], rights: access.FieldRights) -> Callable[[Any], Any] | None:
    """Return the same without hidden parts; None when nothing can be told of what it rests on."""
    if not isinstance(said, Derived):
        return said if all(rights.reads(each.name) for each in spec.fields) else None
    blanks = {path: _nothing(spec, path) for path in said.reads if not _reads(spec, rights, path)}
    return said.without(blanks) if blanks else said


def is_told(spec: RecordSpec, rights: access.FieldRights, said: Derived) -> bool:
    """Return whether all that something is worked out of may be read."""
    return all(_reads(spec, rights, path) for path in said.reads)


def _reads(spec: RecordSpec, rights: access.FieldRights, path: str) -> bool:
    """Return whether all fields at a path may be read: the one that ends there, and the links on the way."""
    fields = spec.declared.by_name.values()
    return all(rights.reads(each.name) for each in fields if each.source == path or path.startswith(f"{each.name}__"))


def _nothing(spec: RecordSpec, path: str) -> Any:
    ends = next((each for each in spec.declared.by_name.values() if each.source == path), None)
    if ends is not None and ends.type in (FieldType.TAGS, FieldType.LIST):
        return []
    return "" if ends is None or ends.type in _TEXTS else None


def require_field(by: Actor, spec: RecordSpec, name: str, *, to_write: bool = False) -> None:
    """
    Go on only when the actor may read (or change) a field: for what shows or sets its value in another form.

    Raises:
        NotAllowed: the person's roles hide the field, or let them only read it.
    """
    user = access.user_of(by)
    if user is None:
        return
    rights = access.field_rights(user, spec)
    if not (rights.writes(name) if to_write else rights.reads(name)):
        verb, label = "change" if to_write else "see", spec.field(name).label.lower()
        raise NotAllowed(
            f"Your roles do not let you {verb} the {label} of {spec.plural.lower()}. Ask an administrator."
        )


# -- Search ------------------------------------------------------------------------------------------------------------


def is_told_whole(spec: RecordSpec, user: User) -> bool:
    """Return whether everything that search knows of records of a type may be told to ``user``."""
    rights = access.field_rights(user, spec)
    derived = (spec.search_text, spec.subtitle)
    return all(_told(spec, said, rights) is said for said in derived) and all(
        rights.reads(each.name) for each in (*spec.shape.searched, spec.field("tags"))
    )


def tellable(spec: RecordSpec, user: User, ids: Sequence[int], words: Sequence[Choices]) -> dict[int, str]:
    """
    Return those of the records in which the words stand that ``user`` may read, with what may be said below them.

    ``words`` are folded; one of the choices for each must stand there. One query.
    """
    rights = access.field_rights(user, spec)
    glimpse = Glimpse(spec)
    key, title, below = glimpse.at("id"), glimpse.of(spec.title), glimpse.of(subtitle_for(spec, user))
    told = _told(spec, spec.search_text, rights)
    parts = [glimpse.of(told)] if told is not None else []
    parts += [glimpse.at(each.source) for each in spec.shape.searched if rights.reads(each.name)]
    parts += [glimpse.at("tags")] if rights.reads("tags") else []
    rows = glimpse.rows(spec.model._default_manager.filter(any_of("pk", list(ids))))
    texts = {
        key(row): fold(" ".join([title(row), f"{spec.model.number_prefix}-{key(row)}", *_words(row, parts)]))
        for row in rows
    }
    kept = {each for each, text in texts.items() if _holds(text, words)}
    return {key(row): below(row) for row in rows if key(row) in kept}


def _words(row: Any, parts: Sequence[Callable[[Any], Any]]) -> list[str]:
    found: list[str] = []
    for part in parts:
        said = part(row)
        found += (str(each) for each in (said if isinstance(said, (list, tuple)) else [said]) if each)
    return found


def _holds(text: str, words: Sequence[Choices]) -> bool:
    return all(any(choice in text for choice in choices) for choices in words)


def with_words(spec: RecordSpec, user: User, words: Sequence[str], seen: Any) -> Q:
    """
    Return the predicate for records of the rows ``seen`` in which all words stand and may be read by ``user``.

    Where not everything may be told, up to ``CANDIDATES`` records are looked at one by one.
    """
    found = Q()
    for word in words:
        rows = SearchRow.objects.filter(record_type=spec.type, text__contains=word)
        found &= Q(pk__in=rows.values("record_id"))
    if not words or is_told_whole(spec, user):
        return found
    ids = list(seen.filter(found).order_by("-pk").values_list("pk", flat=True)[:CANDIDATES])
    return Q(pk__in=list(tellable(spec, user, ids, [(word,) for word in words])))
