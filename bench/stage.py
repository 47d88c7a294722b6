"""What the benchmarks with a database share: a scratch database, a file of leads, and honest clocks."""

from __future__ import annotations

import csv
import io
import os
import random
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from throughline.core.identity.models import User

ROOT = Path(__file__).resolve().parent.parent
MAPPING = ROOT / "docs" / "howto" / "marketing-funnel.yaml"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEADS = 8000
SEED = 7
ORIGINS = {
    "organic_search": 29, "paid_search": 20, "social": 17, "unknown": 14, "direct_traffic": 6, "email": 6,
    "referral": 4, "other": 3, "": 1,
}  # fmt: skip
"""Where generated leads come from, in parts of a hundred."""


@contextmanager
def scratch_database(*, keep: bool = False) -> Iterator[None]:
    """
    Set Django up for a fresh database that is dropped afterwards; with ``keep`` for the one of the last time, which
    stays.

    It is made beside the one that DATABASE_URL names; without that, in an embedded PostgreSQL of its own, as
    installations have it.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.config.testing")
    with ExitStack() as stack:
        if "DATABASE_URL" not in os.environ:
            from throughline.platform.cluster import Cluster

            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="throughline-bench-"))
            os.environ["DATABASE_URL"] = stack.enter_context(Cluster(Path(folder) / "postgres")).url
        import django
        from django.test.utils import setup_databases, teardown_databases

        django.setup()
        made = setup_databases(0, interactive=False, serialized_aliases=(), keepdb=keep)
        stack.callback(teardown_databases, made, 0, keepdb=keep)
        yield


def funnel() -> tuple[str, bytes]:
    """Return what is said of the file of leads, and the file: the public one where it lies, else a generated one."""
    suites = Path(os.environ.get("THROUGHLINE_SUITES", ROOT.parent / "shared"))
    real = suites / "data" / "marketing-funnel" / "leads.csv"
    return ("the public marketing funnel", real.read_bytes()) if real.is_file() else ("generated leads", _generated())


def import_funnel(content: bytes) -> None:
    """Import the file of leads into the company that is there."""
    from throughline.core.actor import Actor, ActorKind
    from throughline.core.records import registry
    from throughline.core.records.importing import import_rows
    from throughline.core.records.mapping import read_mapping

    import_rows(
        spec=registry.get("lead"),
        content=content,
        by=Actor(ActorKind.IMPORT, "leads.csv", "leads.csv"),
        at=AT,
        mapping=read_mapping(MAPPING.read_bytes()),
        file_name="leads.csv",
    )


def found_funnel() -> Mapping[str, User]:
    """Found the sample company without its history, import the leads, and return its people by key."""
    from throughline.sample.load import found_company

    people = found_company(password="only here", at=AT)
    import_funnel(funnel()[1])
    return people


def _generated() -> bytes:
    chance = random.Random(SEED)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["mql_id", "first_contact_date", "landing_page_id", "origin"])
    for _ in range(LEADS):
        day = date(2017, 6, 14) + timedelta(days=chance.randrange(350))
        origin = chance.choices(list(ORIGINS), list(ORIGINS.values()))[0]
        rows.writerow([f"{chance.getrandbits(128):032x}", f"{day:%d-%m-%Y}", f"{chance.getrandbits(128):032x}", origin])
    return text.getvalue().encode()


@dataclass
class Clock:
    """
    Measures parts: seconds of wall clock, of this process, and of its server process in the database.

    The server's are read from /proc, so they are there only when it runs on this machine.
    """

    parts: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure the block and print what it took."""
        server = server_process()
        began = (time.perf_counter(), time.process_time(), processor_seconds(server))
        yield
        ended = (time.perf_counter(), time.process_time(), processor_seconds(server))
        wall, own, theirs = (late - early for early, late in zip(began, ended, strict=True))
        self.parts[name] = wall, own, theirs
        print(f"{name:<44} {wall:7.2f} s   CPU {own + theirs:7.2f} s = {own:6.2f} here + {theirs:6.2f} in PostgreSQL")

    def wall(self, *names: str) -> float:
        """Return the seconds of wall clock of these parts together."""
        return sum(self.parts[name][0] for name in names)

    def cpu(self, *names: str) -> float:
        """Return the seconds of processor of these parts together, here and in the server."""
        return sum(sum(self.parts[name][1:]) for name in names)


def server_process() -> int:
    """Return the PID of the server process behind this connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def processor_seconds(pid: int) -> float:
    """Return the seconds of processor that a process of this machine has had; 0 for one elsewhere."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def machine() -> str:
    """Return what a reader of figures must know of the machine: processors and how busy it is."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return f"{os.cpu_count()} processors, load {load}; PostgreSQL {version}, fsync {fsync}"
