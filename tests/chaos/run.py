"""
The chaos itself.

One installation is served (embedded PostgreSQL, web, worker under one parent), with a further worker beside as if on a
second machine. A mail server and a receiver of web hooks run here, outside of what is killed. First a few cases run
undisturbed: their ways are what every later case must have gone. Then leads come in while workers, the web server and
PostgreSQL are killed with -9 at random, until the time is over and every case has ended or the patience with it.

    python -m tests.chaos [--cases 3000] [--minutes 5] [--seed N] [--outages]

Ends with 0 when everything holds, and prints the seed, what was killed, and how often the outside was told twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.chaos.capture import REGIONS, name
from tests.operation.served import Served
from tests.outside.receiver import Receiver
from tests.outside.smtp import MailServer
from throughline.platform.cluster import any_free_port

VICTIMS = {"worker": 4, "worker of the second machine": 4, "web": 2, "database": 1}
"""What is killed, and how often compared with the others."""
MAIL_SECONDS, CALL_SECONDS = 0.05, 0.3
"""How long the outside takes to answer, having done what it was asked: many are killed while they wait for that."""
CALM_CASES = 6
AT_ONCE = 250
CALM_SECONDS = 60
"""How long the undisturbed cases may take, and a database that comes up."""
PATIENCE_SECONDS = 240
"""How long after the last kill the cases may take: leases run out, queues are drained."""


@dataclass
class Report:
    """What happened and what does not hold."""

    seed: int
    killed: Counter[str] = field(default_factory=Counter)
    mails: int = 0
    calls: int = 0
    repeated_mails: int = 0
    repeated_calls: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        killed = ", ".join(f"{count} × {what}" for what, count in sorted(self.killed.items())) or "nothing"
        told = (
            f"{self.mails} mails ({self.repeated_mails} repeated), {self.calls} calls ({self.repeated_calls} repeated)"
        )
        verdict = "\n".join(f"WRONG: {each}" for each in self.wrong) or "Everything holds."
        return f"seed {self.seed}, {self.seconds:.0f} s; killed: {killed}; outside: {told}\n{verdict}"


class Installation(Served):
    """What is served, asked in SQL past the product; with a second machine's worker beside."""

    def __init__(self, home: Path, mail_port: int) -> None:
        super().__init__(home)
        self._mail_port = mail_port
        self._second: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """The environment of all processes: the real settings, also under pytest; mail goes to our server."""
        mail = {"THROUGHLINE_MAIL": "on", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(self._mail_port)}
        settings = {"DJANGO_SETTINGS_MODULE": "throughline.config.settings", "SMTP_STARTTLS": "off"}
        return {**super().environment(), **mail, **settings}

    def ask(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Ask the database; wait for it while it recovers."""
        deadline = time.monotonic() + CALM_SECONDS
        while True:
            try:
                with psycopg.connect(self.url(), autocommit=True, connect_timeout=5) as connection:
                    return connection.execute(sql, params).fetchall()
            except (psycopg.OperationalError, FileNotFoundError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def url(self) -> str:
        """The address of the embedded database, for processes of other machines."""
        access = json.loads((self.home / "postgres" / "access.json").read_text())
        return f"postgres://throughline:{access['password']}@127.0.0.1:{access['port']}/throughline"

    def elsewhere(self) -> dict[str, str]:
        """The environment of a process of another machine: it knows the database and the secret key, not the folder."""
        own = {
            **self.environment(),
            "DATABASE_URL": self.url(),
            "SECRET_KEY": (self.home / "secret-key").read_text().strip(),
        }
        served = f"http://localhost:{self.port}"  # all machines serve one address
        return {**own, "THROUGHLINE_HOME": f"{self.home}-two", "THROUGHLINE_URL": served}

    def second_worker(self) -> subprocess.Popen[bytes]:
        """The worker of the second machine; started (again) when it does not run."""
        if self._second is None or self._second.poll() is not None:
            with self.log.open("ab") as log:
                self._second = subprocess.Popen(
                    [sys.executable, "-m", "throughline", "worker"], env=self.elsewhere(), stdout=log, stderr=log
                )
        return self._second

    def capture(self, first: int, last: int) -> None:
        """Let leads come in, again and again until they are there: the database may be killed meanwhile."""
        command = [sys.executable, "-m", "tests.chaos.capture", str(first), str(last)]
        for _ in range(20):
            with self.log.open("ab") as log:
                if subprocess.run(command, env=self.elsewhere(), stdout=log, stderr=log, check=False).returncode == 0:
                    return
            time.sleep(1)
        raise RuntimeError(
            f"Expected leads {first} to {last} to be captured, but they could not be:\n{self.said()[-3000:]}"
        )

    def close(self) -> None:
        """End everything."""
        if self._second is not None:
            self._second.kill()
            self._second.wait()
        self.stop()


class Chaos:
    """One run over one installation. ``cases`` come in over ``seconds``, during which something is killed at random."""

    def __init__(self, installation: Installation, mail: MailServer, receiver: Receiver, report: Report) -> None:
        self._in, self._mail, self._receiver, self.report = installation, mail, receiver, report
        self._chance = random.Random(report.seed)

    def run(self, cases: int, seconds: float, *, outages: bool = False) -> None:
        """Do it all and fill in the report."""
        began = time.monotonic()
        ways = self._calm()
        self._storm(cases, seconds, outages)
        self._settle(CALM_CASES + cases)
        self._judge(CALM_CASES + cases, ways)
        self.report.seconds = time.monotonic() - began

    # -- without faults ------------------------------------------------------------------------------------------------
    def _calm(self) -> dict[str, str]:
        """Return the way of an undisturbed case by region."""
        self._in.capture(0, CALM_CASES)
        self._until(lambda: self._ended() == CALM_CASES, CALM_SECONDS, "the undisturbed cases to end")
        ways = self._ways(0, CALM_CASES)
        by_region = {
            region: {ways[name(n)] for n in range(CALM_CASES) if REGIONS[n % 2] == region} for region in REGIONS
        }
        assert all(len(found) == 1 for found in by_region.values()), by_region
        return {region: found.pop() for region, found in by_region.items()}

    # -- with faults ---------------------------------------------------------------------------------------------------
    def _storm(self, cases: int, seconds: float, outages: bool) -> None:
        """Kill everything once, in any order, then at random, while the cases come in and until the time is over."""
        self._in.second_worker()
        coming = threading.Thread(target=self._come, args=(CALM_CASES, CALM_CASES + cases))
        coming.start()
        ends_at = time.monotonic() + seconds
        first = list(VICTIMS)
        self._chance.shuffle(first)
        while time.monotonic() < ends_at or first or coming.is_alive():
            time.sleep(self._chance.uniform(0.5, 2.5))
            self._in.second_worker()
            if first or time.monotonic() < ends_at:
                what = first[-1] if first else self._chance.choices(list(VICTIMS), weights=list(VICTIMS.values()))[0]
                if self._kill(what) and first:
                    first.pop()
            if outages and self._chance.random() < 0.1:
                self._outage()
        coming.join()
        self._in.second_worker()

    def _come(self, first: int, last: int) -> None:
        """Let leads come in."""
        try:
            for begin in range(first, last, AT_ONCE):
                self._in.capture(begin, min(begin + AT_ONCE, last))
        except RuntimeError as problem:
            self.report.wrong.append(str(problem))

    def _kill(self, what: str) -> bool:
        """Kill -9; False while the victim is coming up from the last time."""
        try:
            pids = self._pids(what)
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError, ValueError):
            return False
        if pids:
            self.report.killed[what] += 1
        return bool(pids)

    def _pids(self, what: str) -> Sequence[int]:
        if what == "database":
            return [self._in.postmaster()]
        if what == "worker of the second machine":
            return [self._in.second_worker().pid]
        return self._in.children(what)

    def _outage(self) -> None:
        self._mail.stop()
        time.sleep(self._chance.uniform(1, 4))
        self._mail.start()
        self.report.killed["mail server (away for seconds)"] += 1

    # -- afterwards ----------------------------------------------------------------------------------------------------
    def _settle(self, cases: int) -> None:
        try:
            self._until(lambda: self._ended() == cases, PATIENCE_SECONDS, "every case to end")
        except TimeoutError as problem:
            self.report.wrong.append(str(problem))
            self.report.wrong.append(str(self._in.ask(_STUCK)))

    def _judge(self, cases: int, ways: dict[str, str]) -> None:
        wrong = self.report.wrong
        went = self._ways(0, cases)
        astray = [n for n in range(cases) if went.get(name(n)) != ways[REGIONS[n % 2]]]
        if astray:
            wrong.append(
                f"{len(astray)} cases went another way, such as {name(astray[0])}: {went.get(name(astray[0]))}"
            )
        for what, (sql, expected) in _COUNTS.items():
            ((count,),) = self._in.ask(sql)
            if count != expected(cases):
                wrong.append(f"{what}: {count} instead of {expected(cases)}")
        self._judge_outside(cases)

    def _judge_outside(self, cases: int) -> None:
        wrong, report = self.report.wrong, self.report
        mails = Counter(str(message["Message-ID"]) for message in self._mail.messages)
        to = {str(message["Message-ID"]): str(message["To"]) for message in self._mail.messages}
        calls = Counter(call.key for call in self._receiver.calls)
        about = {call.key: call.json["lead"] for call in self._receiver.calls}
        report.mails, report.calls = mails.total(), calls.total()
        report.repeated_mails, report.repeated_calls = mails.total() - len(mails), calls.total() - len(calls)
        if sorted(to.values()) != sorted(f"{name(n)}@example.com" for n in range(cases)):
            wrong.append(
                f"mails: {len(mails)} ids for {len(set(to.values()))} people instead of one for each of {cases}"
            )
        if sorted(about.values()) != sorted(name(n) for n in range(cases)):
            wrong.append(
                f"calls: {len(calls)} keys for {len(set(about.values()))} leads instead of one for each of {cases}"
            )

    def _ended(self) -> int:
        ((count,),) = self._in.ask("SELECT count(*) FROM procedures_case WHERE status = 'finished'")
        return int(count)

    def _ways(self, first: int, last: int) -> dict[str, str]:
        rows = self._in.ask(_WAYS, [name(number) for number in range(first, last)])
        return dict(rows)

    def _until(self, true: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                raise TimeoutError(f"Expected {what} within {seconds} s, but they have not.")
            self._in.second_worker() if self.report.killed else None
            time.sleep(0.2)


_WAYS = """
SELECT l.external_id, string_agg(e.kind || ' ' || e.node, ' > ' ORDER BY e.seq)
FROM leads_lead l JOIN procedures_case c ON c.record_type = 'lead' AND c.record_id = l.id
JOIN procedures_case_event e ON e.case_id = c.id
WHERE l.external_id = ANY(%s) AND e.kind NOT LIKE 'incident%%' GROUP BY l.external_id, c.id
"""
_STUCK = """
SELECT c.status, c.held, t.node, t.waits_for, o.status, o.tries, o.failure, count(*)
FROM procedures_case c LEFT JOIN procedures_token t ON t.case_id = c.id
LEFT JOIN procedures_outbox o ON o.case_id = c.id AND o.activation = t.token
WHERE c.status <> 'finished' GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
_COUNTS: dict[str, tuple[str, Callable[[int], int]]] = {
    "leads": ("SELECT count(*) FROM leads_lead", lambda cases: cases),
    "cases": ("SELECT count(*) FROM procedures_case", lambda cases: cases),
    "finished cases": ("SELECT count(*) FROM procedures_case WHERE status = 'finished'", lambda cases: cases),
    "leads with exactly one tag": (
        "SELECT count(*) FROM leads_lead WHERE tags = ARRAY['chaos']::text[] OR tags::text[] = ARRAY['chaos']",
        lambda cases: cases,
    ),
    "journal: captured": ("SELECT count(*) FROM journal_entry WHERE event = 'lead.captured'", lambda cases: cases),
    "journal: tagged": ("SELECT count(*) FROM journal_entry WHERE event = 'record.tagged'", lambda cases: cases),
    "journal: mail sent": ("SELECT count(*) FROM journal_entry WHERE event = 'mail.sent'", lambda cases: cases),
    "journal: finished": ("SELECT count(*) FROM journal_entry WHERE event = 'case.finished'", lambda cases: cases),
    "wishes done": ("SELECT count(*) FROM procedures_outbox WHERE status = 'done'", lambda cases: 2 * cases),
    "wishes not done": ("SELECT count(*) FROM procedures_outbox WHERE status <> 'done'", lambda _: 0),
    "commands left": ("SELECT count(*) FROM procedures_inbox", lambda _: 0),
    "tokens left": ("SELECT count(*) FROM procedures_token", lambda _: 0),
    "timers left": ("SELECT count(*) FROM procedures_timer", lambda _: 0),
    "open incidents": ("SELECT count(*) FROM procedures_incident WHERE status = 'open'", lambda _: 0),
    "logs with a gap": (
        "SELECT count(*) FROM (SELECT case_id FROM procedures_case_input GROUP BY case_id"
        " HAVING count(*) <> max(number)) gaps",
        lambda _: 0,
    ),
}
"""What is counted afterwards, and what a run without faults has."""


def storm(*, cases: int, seconds: float, seed: int, outages: bool = False, folder: Path | None = None) -> Report:
    """Set everything up in a folder of its own, let it rage, take it down, and return what was found."""
    report = Report(seed)
    place = folder or Path(tempfile.mkdtemp(prefix="throughline-chaos-"))
    mail = MailServer(any_free_port())
    installation = Installation(place / "home", mail.port)
    with Receiver() as receiver:
        mail.delay_seconds, receiver.delay_seconds = MAIL_SECONDS, CALL_SECONDS
        mail.start()
        try:
            subprocess.run(
                [sys.executable, "-m", "tests.chaos.stage", receiver.url], env=installation.environment(), check=True
            )
            installation.start()
            installation.until_ready()
            Chaos(installation, mail, receiver, report).run(cases, seconds, outages=outages)
        finally:
            installation.close()
            mail.stop()
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options, do it, say what was found."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description="Kill -9 at random; everything must hold."
    )
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--outages", action="store_true", help="let the mail server go away for seconds, too")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    print(f"Chaos with seed {given.seed}: {given.cases} cases, {given.minutes} minutes.", flush=True)  # noqa: T201
    report = storm(cases=given.cases, seconds=given.minutes * 60, seed=given.seed, outages=given.outages)
    print(report)  # noqa: T201
    return 1 if report.wrong else 0
