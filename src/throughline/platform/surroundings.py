"""What any command with a database needs first: a data folder, a database, and the environment that names both."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from throughline.platform import server
from throughline.platform.address import DatabaseAddress
from throughline.platform.cluster import Cluster
from throughline.platform.home import Home


@dataclass(frozen=True)
class Surroundings:
    """The data folder, the database's address, and its cluster when that is ours."""

    home: Home
    address: DatabaseAddress
    cluster: Cluster | None


@contextmanager
def entered(report: Callable[[str], None]) -> Iterator[Surroundings]:
    """
    Use DATABASE_URL if it is set, else our embedded PostgreSQL for the length of the block.

    Sets DATABASE_URL, SECRET_KEY and DJANGO_SETTINGS_MODULE where they are missing, for this process and its children.

    Raises:
        Fault: the data folder or the database cannot be used.
    """
    home = Home.find()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.config.settings")
    if not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = home.secret_key()
    given = os.environ.get("DATABASE_URL")
    if given:
        address = DatabaseAddress.parse(given)
        server.examine(address)
        yield Surroundings(home, address, None)
        return
    cluster = Cluster(home.postgres, report=report)
    try:
        address = cluster.enter()
        os.environ["DATABASE_URL"] = address.url
        yield Surroundings(home, address, cluster)
    finally:
        os.environ.pop("DATABASE_URL", None)
        cluster.leave()
