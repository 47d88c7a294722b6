"""The two plain answers for load balancers."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client


class TestHealthz:
    def test_answers_without_asking_the_database(self, client: Client) -> None:
        response = client.get("/healthz")

        assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.req("N2")
@pytest.mark.django_db
class TestReadyz:
    def test_is_ready_when_every_migration_is_applied(self, client: Client) -> None:
        response = client.get("/readyz")

        assert (response.status_code, response.content) == (200, b"ready\n")

    def test_says_how_many_migrations_are_missing(self, client: Client) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")

        response = client.get("/readyz")

        assert (response.status_code, response.content) == (503, b"1 migrations are to be applied\n")
