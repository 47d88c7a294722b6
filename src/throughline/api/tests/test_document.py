"""The document that tells what can be asked."""

from __future__ import annotations

from typing import Any

import pytest

from throughline.api.tests.conftest import Program
from throughline.api.urls import ENDPOINTS
from throughline.core.records import registry

pytestmark = pytest.mark.req("J7")


@pytest.fixture
def document(maya: Program) -> Any:
    """Return the document as Maya's program gets it."""
    return maya.get("openapi.json")


class TestDocument:
    """The OpenAPI document."""

    def test_shows_every_endpoint_for_every_type(self, document: Any) -> None:
        operations = {
            operation["operationId"] for methods in document["paths"].values() for operation in methods.values()
        }

        per_type = {each.name for each in ENDPOINTS if each.per_type}
        assert {f"{name}_lead" for name in per_type} <= operations
        assert {each.name for each in ENDPOINTS if not each.per_type} <= operations
        assert document["openapi"] == "3.1.0"

    def test_describes_every_field_that_may_be_read(self, document: Any) -> None:
        described = set(document["components"]["schemas"]["Lead"]["properties"])

        assert set(registry.get("lead").by_name) <= described

    def test_leads_only_to_schemas_that_it_has(self, document: Any) -> None:
        def references(node: Any) -> set[str]:
            if isinstance(node, dict):
                own = {node["$ref"].rpartition("/")[2]} if "$ref" in node else set()
                return own.union(*map(references, node.values()))
            return set().union(*map(references, node)) if isinstance(node, list) else set()

        assert references(document["paths"]) <= set(document["components"]["schemas"])
