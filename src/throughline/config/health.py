"""Two plain answers for load balancers: am I alive, and can I work."""

from __future__ import annotations

import logging

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

log = logging.getLogger(__name__)


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that this process serves requests; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer whether the database is reachable and holds the tables of this version (503 with the reason if not)."""
    try:
        missing = _unapplied()
    except DatabaseError:
        log.warning("readyz: the database does not answer", exc_info=True)
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    if missing:
        return HttpResponse(f"{missing} migrations are to be applied\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


def _unapplied() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
