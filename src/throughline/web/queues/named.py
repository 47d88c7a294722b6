"""How pages call queues: by name, with a link for who may see the record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from throughline.core.queues.queries import called
from throughline.core.records import registry
from throughline.web.answers import Asked
from throughline.web.records.present import url_of


class Named(NamedTuple):
    """A queue as a page writes it; ``url`` is empty where the reader may not see it."""

    name: str
    url: str
    id: int | None = None


NOBODY = Named("", "")


def queues_named(request: Asked, keys: Collection[str]) -> Mapping[str, Named]:
    """Return how queues are written, by key; see ``queries.called`` for what is asked of the database."""
    spec = registry.get("queue")
    return {
        key: Named(each.name, url_of(spec, each.id) if each.id is not None else "", each.id)
        for key, each in called(keys=keys, user=request.user).items()
    }


def queue_named(request: Asked, key: str) -> Named:
    """Return how one queue is written; nothing for no queue."""
    return queues_named(request, [key]).get(key, NOBODY)
