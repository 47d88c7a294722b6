"""
How long the server works on a page when the company has 8,000 leads.

    DATABASE_URL=postgres://… python bench/pages.py [--times N] [--seconds N]

The sample company is founded in a scratch database, the leads are imported and brought to their first work item; then
Maya (sales, sees her team's) and Omar (manager) open pages through Django's test client: no network, no browser, but
every middleware. Printed are medians per page: all of it, what the database took of it, the templates, the rest (views
and middleware), the processor time of this process and of its server process in the database, and the number of
queries. Then two client processes ask the real web server for full pages without a pause (``bench/served.py``). The
exit is 1 when a list of 50 leads or a lead's page is above its limit of 60 ms.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.served import CLIENTS, SERVERS, rate
from bench.stage import AT, LEADS, found_funnel, machine, processor_seconds, scratch_database, server_process

if TYPE_CHECKING:
    from throughline.core.identity.models import User

LIMIT_SECONDS = 0.060
WARM_UP = 3


@dataclass(slots=True)
class Sight:
    """One answered request, in seconds; ``processor`` is that of this process, ``server`` that of the database's."""

    whole: float = 0.0
    processor: float = 0.0
    server: float = 0.0
    database: float = 0.0
    templates: float = 0.0
    queries: int = 0

    @property
    def rest(self) -> float:
        """What neither the database nor the templates took."""
        return self.whole - self.database - self.templates


class Watch:
    """Takes the time of requests; what the database takes inside of a template counts for the database only."""

    def __init__(self) -> None:
        self.sight = Sight()
        self.depth = 0

    def query(self, execute: Callable[..., Any], *call: Any) -> Any:
        """Stand around every statement."""
        began = time.perf_counter()
        try:
            return execute(*call)
        finally:
            self.sight.database += time.perf_counter() - began
            self.sight.queries += 1

    def render(self, original: Callable[..., str]) -> Callable[..., str]:
        """Stand around the outermost template."""

        def timed(*args: Any, **named: Any) -> str:
            self.depth += 1
            began, asked = time.perf_counter(), self.sight.database
            try:
                return original(*args, **named)
            finally:
                self.depth -= 1
                if not self.depth:
                    self.sight.templates += time.perf_counter() - began - (self.sight.database - asked)

        return timed

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch everything in the block."""
        from django.db import connection
        from django.template.base import Template

        original = Template.render
        Template.render = self.render(original)  # type: ignore[method-assign,assignment]
        try:
            with connection.execute_wrapper(self.query):
                yield
        finally:
            Template.render = original  # type: ignore[method-assign]


def look(user: User, path: str, times: int, headers: Mapping[str, str] | None = None) -> list[Sight]:
    """Open a page again and again, sending along further headers where some are given."""
    from django.test import Client

    client = Client(SERVER_NAME="localhost", headers=headers)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    watch = Watch()
    sights = []
    server = server_process()
    with watch.watching():
        for turn in range(WARM_UP + times):
            if turn == WARM_UP:
                before = processor_seconds(server)
            watch.sight = Sight()
            began, worked = time.perf_counter(), time.process_time()
            answer = client.get(path)
            watch.sight.whole, watch.sight.processor = time.perf_counter() - began, time.process_time() - worked
            if answer.status_code != 200:
                sys.exit(f"Expected {path} to be shown to {user.name}, but the answer was {answer.status_code}.")
            sights.append(watch.sight)
    worked = (processor_seconds(server) - before) / times  # the clock of another process ticks too slowly for one
    return [replace(sight, server=worked) for sight in sights[WARM_UP:]]


def report(name: str, sights: list[Sight], *, is_limited: bool) -> bool:
    """Print the medians of a page and return whether it keeps the limit."""
    whole = median(sight.whole for sight in sights)
    parts = ("whole", "database", "templates", "rest", "processor", "server")
    shown = "".join(f"{1000 * median(getattr(sight, part) for sight in sights):10.1f}" for part in parts)
    slowest = max(sight.whole for sight in sights)
    limit = f"  limit {1000 * LIMIT_SECONDS:.0f}" if is_limited else ""
    print(f"{name:<40}{shown}{sights[-1].queries:10}{1000 * slowest:10.1f}{limit}")
    return not is_limited or whole <= LIMIT_SECONDS


def run(times: int, seconds: float) -> bool:
    """Open all pages as both and return whether the limits were kept."""
    from django.db import connection

    from throughline.core.procedures import worker
    from throughline.crm.leads.models import Lead

    people: Mapping[str, User] = found_funnel()
    worker.drain(at=AT, outside=False)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum does within a minute
    lead = Lead.objects.filter(owner=people["maya"]).order_by("-id")[:1].get()
    pages = {
        "list of 50 leads": ("/leads/", True),
        "  sorted by score": ("/leads/?sort=-score", False),
        "a lead's page": (f"/leads/{lead.pk}/", True),
        "board of leads": ("/leads/board/", False),
        "my work": ("/", False),
        "the procedure, live": ("/procedures/lead-to-deal/live/", False),
        "  its figures": ("/procedures/lead-to-deal/live.json", False),
        "search for “social”": ("/search/?q=social", False),
    }
    print(f"{machine()}; milliseconds, medians of {times}\n")
    names = ("page", "database", "templates", "rest", "CPU here", "CPU in DB", "queries", "slowest")
    print(" " * 40 + "".join(f"{name:>10}" for name in names))
    kept = True
    for key in ("maya", "omar"):
        for name, (path, is_limited) in pages.items():
            sights = look(people[key], path, times)
            kept &= report(f"{people[key].name.split()[0]}: {name}", sights, is_limited=is_limited)
    print(f"\nfrom {SERVERS} processes of the web server to {CLIENTS} of clients:")
    for name in ("list of 50 leads", "a lead's page"):
        for key in ("maya", "omar"):
            print(f"{people[key].name.split()[0]}: {name:<24} {rate(people[key], pages[name][0], seconds)}", flush=True)
    return kept


def main() -> int:
    """Run the benchmark; the exit is 1 above a limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=30, help="how often each page is opened (default 30)")
    parser.add_argument("--seconds", type=float, default=8, help="how long the web server is asked (default 8)")
    arguments = parser.parse_args()
    with scratch_database():
        print(f"{LEADS:,} leads, each with a running case; ", end="", flush=True)
        return 0 if run(arguments.times, arguments.seconds) else 1


if __name__ == "__main__":
    sys.exit(main())
