"""Schemathesis tries what the document says, with what nobody thought of."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from throughline.api.tests.conftest import Program
from throughline.config.wsgi import application
from throughline.crm.leads.models import Lead

LEFT_OUT = [ignored_auth, positive_data_acceptance]
"""No session stands in for a key here; and what has the right shape may still mean nothing (a key of nobody): 422."""
TYPES = ("leads", "contacts")
"""Two record types stand for all; they have every kind of field."""


@pytest.fixture
def schema(maya: Program, leads: list[Lead]) -> Any:
    """Load the document as Maya's program gets it."""
    headers = {"Authorization": f"Bearer {maya.text}"}
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, headers=headers)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("J7")
def test_finds_no_answer_that_the_document_does_not_tell(schema: Any, maya: Program) -> None:
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path.startswith("/records/") and operation.path.split("/")[2] not in TYPES:
            continue
        _try(operation, maya.text)
        tried += 1
    assert tried > 20


def _try(operation: Any, key: str) -> None:
    """Try one operation with valid and with invalid requests."""

    @given(case=operation.as_strategy())
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=LEFT_OUT)

    check()
