"""
The OpenAPI 3.1 document, made from the table of endpoints and the record types as one person may see them.

Record types and fields that somebody made yesterday are in it today: it is made when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from throughline import __version__
from throughline.api.problems import MEDIA_TYPE, Problem
from throughline.api.shapes import slug
from throughline.api.site import READING, Endpoint, Parameter
from throughline.core import access
from throughline.core.identity.keys import Holder
from throughline.core.identity.models import User
from throughline.core.journal.events import kinds
from throughline.core.records import registry
from throughline.core.records.spec import RecordSpec

REFERENCE = "#/components/schemas/{name}"
ALWAYS = (401, 403, 429)
"""What every endpoint may refuse with."""
AGAIN = Parameter(
    "Idempotency-Key",
    "A text of your own for this wish: sent again with the same, it is answered as before and done once.",
    {"type": "string", "maxLength": 200},
    place="header",
)


def document(endpoints: Sequence[Endpoint], *, user: User, holder: Holder | None = None) -> dict[str, Any]:
    """Return the document for a person, and for a key when one asks."""
    specs = [spec for spec in registry.everything() if _is_shown(spec, user, holder)]
    made = [one for endpoint in endpoints for one in _each(endpoint, specs, user)]
    types = {kind for one in made for kind in (one.shape, one.told) if kind is not None}
    ordered = sorted({*types, Problem}, key=lambda kind: str(getattr(kind, "__name__", kind)))
    schemas, components = msgspec.json.schema_components(ordered, ref_template=REFERENCE)
    by_type = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in made:
        paths.setdefault(one.path, {})[one.endpoint.method.lower()] = one.operation(by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Throughline",
            "version": __version__,
            "description": _DESCRIPTION.format(events=", ".join(sorted(kind.name for kind in kinds))),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "tags": [{"name": name} for name in dict.fromkeys(one.tag for one in made)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key of yours."}},
        },
    }


_DESCRIPTION = """Everything that the pages do with records, for programs that hold a key.

Lists are paged by cursor; filters are those of the pages. Numbers with decimals are text. Everything that writes takes
an Idempotency-Key. Refusals are problem documents (RFC 9457). Events: {events}."""


def _is_shown(spec: RecordSpec, user: User, holder: Holder | None) -> bool:
    if holder is not None and not holder.scopes.reads(spec.type):
        return False
    return access.grants(user).scope(spec.type, access.VIEW) is not access.Scope.NONE


class _One:
    """An endpoint for one record type, or one that is about none."""

    def __init__(self, endpoint: Endpoint, spec: RecordSpec | None, user: User) -> None:
        self.endpoint, self.spec = endpoint, spec
        types = () if spec is None else (spec,)
        self.shape = endpoint.shape(user, *types) if endpoint.shape else None
        self.told = endpoint.told(user, *types) if endpoint.told else None
        self.tag = endpoint.tag if spec is None else str(spec.plural)

    @property
    def path(self) -> str:
        address = self.endpoint.address
        if self.spec is not None:
            address = address.replace("<slug:kind>", slug(self.spec))
        return "/" + re.sub(r"<int:(\w+)>", r"{\1}", address)

    def operation(self, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
        endpoint = self.endpoint
        named = {"label": "", "plural": ""}
        if self.spec is not None:
            named = {"label": str(self.spec.label).lower(), "plural": str(self.spec.plural).lower()}
        operation: dict[str, Any] = {
            "operationId": endpoint.name if self.spec is None else f"{endpoint.name}_{self.spec.type}",
            "summary": endpoint.summary.format(**named),
            "tags": [self.tag],
            "parameters": [*self._in_path(), *self._parameters()],
            "responses": self._responses(schemas),
        }
        if self.shape is not None:
            operation["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": schemas[self.shape]}},
            }
        return operation

    def _in_path(self) -> Iterator[dict[str, Any]]:
        for name in re.findall(r"<int:(\w+)>", self.endpoint.address):
            number = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
            yield {"name": name, "in": "path", "required": True, "schema": number}

    def _parameters(self) -> Iterator[dict[str, Any]]:
        extra = () if self.endpoint.method in READING else (AGAIN,)
        for each in (*self.endpoint.parameters, *extra):
            yield {
                "name": each.name,
                "in": each.place,
                "description": each.summary,
                "required": each.required,
                "schema": dict(each.schema),
            }

    def _responses(self, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
        endpoint = self.endpoint
        done: dict[str, Any] = {"description": HTTPStatus(endpoint.status).phrase}
        if self.told is not None:
            done["content"] = {"application/json": {"schema": schemas[self.told]}}
        found = {str(endpoint.status): done}
        writes = (400, 413, 415) if self.shape is not None else ()
        again = () if endpoint.method in READING else (422,)
        for status in sorted({*ALWAYS, *writes, *again, *endpoint.refuses}):
            found[str(status)] = {
                "description": HTTPStatus(status).phrase,
                "content": {MEDIA_TYPE: {"schema": schemas[Problem]}},
            }
        return found


def _each(endpoint: Endpoint, specs: Sequence[RecordSpec], user: User) -> Iterator[_One]:
    if endpoint.per_type:
        yield from (_One(endpoint, spec, user) for spec in specs)
    else:
        yield _One(endpoint, None, user)
