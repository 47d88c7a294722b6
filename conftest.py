"""
Plumbing of all tests: a database for those that ask for one.

With DATABASE_URL the tests use that server. Without it the first test that touches a database starts an embedded
PostgreSQL in a temporary folder (no fsync: it holds nothing anybody will miss), shared by all xdist workers and stopped
by the last process that leaves.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.outside.smtp import MailServer

# Others on the machine, or measuring, may make any example slow: that says nothing about what is tested.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

CLUSTER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Agree on one folder for the session; xdist hands it to its workers."""
    given = getattr(config, "workerinput", {}).get("cluster")
    config.stash[CLUSTER] = Path(given or tempfile.mkdtemp(prefix="throughline-tests-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell an xdist worker the folder."""
    node.workerinput["cluster"] = str(node.config.stash[CLUSTER])  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder; the workers have ended by now."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(config.stash[CLUSTER], ignore_errors=True)


@pytest.fixture(scope="session")
def embedded_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Point Django at an embedded cluster, unless DATABASE_URL names a server."""
    from django.conf import settings
    from django.db import connections

    from throughline.config.testing import NO_DATABASE_YET
    from throughline.platform.address import DatabaseAddress
    from throughline.platform.cluster import Cluster

    default = settings.DATABASES["default"]
    unset = DatabaseAddress.parse(NO_DATABASE_YET)
    if (default["HOST"], default["PORT"]) != (unset.host, str(unset.port)):
        yield
        return
    with Cluster(request.config.stash[CLUSTER], durable=False) as address:
        connections["default"].settings_dict.update(
            NAME=address.name, HOST=address.host, PORT=str(address.port), USER=address.user, PASSWORD=address.password
        )
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(embedded_database: None, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Start the database before pytest-django makes the test database in it."""


@pytest.fixture
def silent_server(settings: Settings) -> Iterator[MailServer]:
    """Give a mail server that the settings name and that does not listen yet; it goes away after the test."""
    from tests.outside.smtp import MailServer
    from throughline.platform.cluster import any_free_port

    made = MailServer(any_free_port())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", made.port, False
    yield made
    made.stop()


@pytest.fixture
def server(silent_server: MailServer) -> MailServer:
    """Give a mail server that takes all mail, and have mail sent to it."""
    silent_server.start()
    return silent_server
