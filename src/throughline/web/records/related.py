"""What belongs to a record: the leads of a contact, the contacts of an organization, found from the declared links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from throughline.core import access
from throughline.core.records import FieldSpec, FieldType, RecordSpec, registry
from throughline.core.records.discretion import subtitle_for
from throughline.core.records.glimpse import Glimpse
from throughline.core.records.pointing import links_in_use
from throughline.core.records.queries import ListQuery, listing
from throughline.web.answers import Asked
from throughline.web.parts import SearchHit
from throughline.web.records.columns import ways_to
from throughline.web.records.filters import OF_THE_ADDRESS, address
from throughline.web.records.present import slug

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Related:
    """Lines of one kind that belong to a record, the newest first; ``url`` lists them all when there are more."""

    title: str
    hits: tuple[SearchHit, ...]
    url: str


TOLD_ABOVE = frozenset({("contact", "organization")})
"""Links whose records stand in the panel of the page, with more about them than here."""


def related_to(spec: RecordSpec, record_id: int, request: Asked) -> list[Related]:
    """Return what belongs to a record, as far as the asker may see it. One query, and one per link that is in use."""
    used = links_in_use(links=list(_links_to(spec)), record_id=record_id)
    found = [_pointing(other, described, record_id, request) for other, described in used]
    return [each for each in found if each.hits]


def _links_to(spec: RecordSpec) -> Iterator[tuple[RecordSpec, FieldSpec]]:
    for other in registry.everything():
        for described in other.fields:
            if (other.type, described.name) in TOLD_ABOVE:
                continue
            if described.type is FieldType.RECORD and described.to == spec.type and not described.is_through:
                yield other, described


def _pointing(other: RecordSpec, described: FieldSpec, record_id: int, request: Asked) -> Related:
    if not access.field_rights(request.user, other).reads(described.name):
        return Related("", (), "")
    condition = {"field": described.name, "op": "is", "value": record_id}
    query = ListQuery(filter=condition, sort="-created_at", limit=SHOWN)
    glimpse, way = Glimpse(other), ways_to(other)
    key, title, subtitle = glimpse.at("id"), glimpse.of(other.title), glimpse.of(subtitle_for(other, request.user))
    page = listing(glimpse=glimpse, user=request.user, query=query, at=request.at, counted=False)
    hits = tuple(SearchHit(other.icon, title(row), way(key(row)), subtitle(row)) for row in page.rows)
    listable = described.name not in OF_THE_ADDRESS and page.after
    base = reverse("web:record_list", args=[slug(other)])
    url = f"{base}?{address({described.name: str(record_id)})}" if listable else ""
    return Related(_title(other, described), hits, url)


def _title(other: RecordSpec, described: FieldSpec) -> str:
    if described.name == described.to:
        return str(other.plural)
    return f"{other.plural}: {described.label}"
