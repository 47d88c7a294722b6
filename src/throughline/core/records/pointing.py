"""Which links lead to a record at all: asked once for all of them, before what they lead from is read link by link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.db import connection
from django.db.models import Field

from throughline.core.records.spec import FieldSpec, RecordSpec
from throughline.core.rows import fetch

Link = tuple[RecordSpec, FieldSpec]
"""A field of a record type that points at records."""


def links_in_use(*, links: Sequence[Link], record_id: int) -> list[Link]:
    """
    Return those of the links by which some record may point at the given one, whoever may see it. One query, and none
    where all are custom fields: those are not looked into, and always returned.
    """
    own = [link for link in links if not link[1].custom]
    if not own:
        return list(links)
    ((*used,),) = fetch(f"SELECT {', '.join(map(_exists, own))}", [record_id] * len(own))
    unused = [link for link, is_used in zip(own, used, strict=True) if not is_used]
    return [link for link in links if link not in unused]


def _exists(link: Link) -> str:
    spec, described = link
    quoted, field = connection.ops.quote_name, cast("Field[Any, Any]", spec.model._meta.get_field(described.source))
    return f"EXISTS (SELECT FROM {quoted(spec.model._meta.db_table)} WHERE {quoted(str(field.column))} = %s)"
