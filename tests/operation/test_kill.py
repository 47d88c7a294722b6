"""
Kill -9 in the middle of the work: of the import, the worker, the web server, the database, and all of them at once.

Whatever is killed, everything is there afterwards exactly once: leads, their cases, every step of them, their work
items, their entries in the journal, and what people were told.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.operation.served import RECOVERY_SECONDS, Served, until

pytestmark = [
    pytest.mark.req("B7", "N1"),
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the processes in /proc"),
]

LEADS = 1200
ORIGINS = ("organic_search", "paid_search", "social", "email")
IMPORT_LOCK = 7_461_003
"""The advisory lock that an import holds while it writes (core/records/importing.py)."""
FOUND = """
from datetime import UTC, datetime
from throughline.cli.database import product
with product():
    from throughline.sample.load import found_company
    found_company(password="only here", at=datetime.now(UTC))
"""
COUNTS = {
    "leads": "mine",
    "cases": "cases",
    "cases that run and are not held": "procedures_case WHERE id IN (TABLE cases) AND status = 'running' AND NOT held",
    "tokens": "procedures_token WHERE case_id IN (TABLE cases)",
    "tokens at the first contact": "procedures_token WHERE case_id IN (TABLE cases) AND node = 'first_contact'",
    "work items": "procedures_workitem WHERE case_id IN (TABLE cases)",
    "open work items at the first contact": "procedures_workitem WHERE case_id IN (TABLE cases)"
    " AND node = 'first_contact' AND status = 'open'",
    "leads with an owner, a team and a tag": "leads_lead WHERE id IN (TABLE mine) AND owner_id IS NOT NULL"
    " AND team_id IS NOT NULL AND cardinality(tags) = 1",
    "waits for the deal": "procedures_messagewait WHERE case_id IN (TABLE cases) AND name = 'deal won'",
    "notifications": "notify_notification WHERE record_type = 'lead' AND record_id IN (TABLE mine)",
    "commands left": "procedures_inbox WHERE case_id IN (TABLE cases)",
    "incidents": "procedures_incident WHERE case_id IN (TABLE cases)",
    "ways that cases went": "(SELECT DISTINCT string_agg(seq || kind || node, ' ' ORDER BY seq) FROM"
    " procedures_case_event WHERE case_id IN (TABLE cases) GROUP BY case_id) each",
    "ways that cases were fed": "(SELECT DISTINCT array_agg(number ORDER BY number) FROM procedures_case_input"
    " WHERE case_id IN (TABLE cases) GROUP BY case_id) each",
}
"""What is counted of the leads of one file, by name: what stands after ``SELECT count(*) FROM``."""
NONE = ("notifications", "commands left", "incidents")
EACH_ONCE = {name: 0 if name in NONE else 1 if name.startswith("ways") else LEADS for name in COUNTS}
ENTRIES = dict.fromkeys(
    ("lead.captured", "lead.response_due", "lead.scored", "record.assigned", "record.tagged"), LEADS
)


class Company(Served):
    """The sample company, served; questions are asked past the product, in SQL."""

    def ask(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Ask the database; wait for it while it recovers."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                with psycopg.connect(**self._where(), autocommit=True) as connection:
                    return connection.execute(sql, params).fetchall()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, self.said()
                time.sleep(0.05)

    def _where(self) -> dict[str, Any]:
        access = json.loads((self.home / "postgres" / "access.json").read_text())
        entry = {"host": "127.0.0.1", "port": access["port"], "password": access["password"], "connect_timeout": 5}
        return {**entry, "user": "throughline", "dbname": "throughline"}

    def importing(self, file: Path) -> subprocess.Popen[bytes]:
        """Start an import, without waiting."""
        command = [sys.executable, "-m", "throughline", "import", "lead", str(file)]
        with file.with_suffix(".log").open("ab") as log:
            return subprocess.Popen(command, env=self.environment(), stdout=log, stderr=log)

    def until_import_writes(self) -> None:
        """Wait until an import is in the middle of its transaction."""
        held = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND granted"
        until(lambda: bool(self.ask(held, IMPORT_LOCK)), self.said)

    def until_some(self, key: str, what: str) -> None:
        """Wait until some of the leads of a file have come so far, and make sure that others have not."""
        count, deadline = 0, time.monotonic() + RECOVERY_SECONDS
        while not count:
            assert time.monotonic() < deadline, self.said()
            count = self.count(key, what)
        assert count < LEADS, f"everything was done before anything could be killed: {what}"

    def count(self, key: str, what: str) -> int:
        """Count something of the leads of one file; ``what`` stands after ``SELECT count(*) FROM``."""
        ((count,),) = self.ask(
            "WITH mine AS MATERIALIZED (SELECT id FROM leads_lead WHERE external_id LIKE %s), cases AS MATERIALIZED"
            " (SELECT id FROM procedures_case WHERE record_type = 'lead' AND record_id IN (TABLE mine))"
            f" SELECT count(*) FROM {what}",
            f"{key}-%",
        )
        return int(count)

    def entries(self, key: str) -> dict[str, int]:
        """Count the entries of the journal about the leads of one file, by event."""
        return dict(
            self.ask(
                "SELECT event, count(*) FROM journal_entry WHERE record_type = 'lead' AND record_id IN"
                " (SELECT id FROM leads_lead WHERE external_id LIKE %s) GROUP BY event",
                f"{key}-%",
            )
        )

    def expect_each_once(self, key: str) -> None:
        """Wait until the leads of a file rest, and hold that everything is there exactly once."""
        until(lambda: self.count(key, COUNTS["work items"]) >= LEADS, self.said)

        assert {name: self.count(key, what) for name, what in COUNTS.items()} == EACH_ONCE
        assert self.entries(key) == ENTRIES


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The sample company before its first enquiry, served by real processes; every test leaves it running."""
    company = Company(tmp_path_factory.mktemp("kill") / "home")
    subprocess.run([sys.executable, "-c", FOUND], env=company.environment(), check=True)
    company.start()
    try:
        company.until_ready()
        yield company
    finally:
        company.stop()


@pytest.fixture
def leads(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[str, Path]:
    """The key of a file of leads, unlike that of any other test, and the file."""
    key = "".join(letter for letter in request.node.name if letter.isalnum())
    file = tmp_path / "leads.csv"
    rows = [f"{key}-{number},{ORIGINS[number % len(ORIGINS)]}" for number in range(LEADS)]
    file.write_text("\n".join(["external_id,origin", *rows]))
    return key, file


Leads = tuple[str, Path]


def kill_web(company: Company) -> None:
    os.kill(min(company.children("web")), signal.SIGKILL)


def kill_worker(company: Company) -> None:
    os.kill(min(company.children("worker")), signal.SIGKILL)


def kill_database(company: Company) -> None:
    os.kill(company.postmaster(), signal.SIGKILL)


def kill_everybody(company: Company) -> None:
    for pid in (company.parent.pid, *company.everybody(), company.postmaster()):
        with suppress(ProcessLookupError):  # it ended with the one before
            os.kill(pid, signal.SIGKILL)
    company.parent.wait()
    company.start()


class TestKilledInTheMiddleOfAnImport:
    def test_nothing_is_left_of_it_and_the_next_one_is_whole(self, company: Company, leads: Leads) -> None:
        key, file = leads
        importing = company.importing(file)
        company.until_import_writes()

        importing.kill()

        assert importing.wait() == -signal.SIGKILL
        assert company.count(key, "mine") == 0
        assert company.importing(file).wait() == 0
        company.expect_each_once(key)

    @pytest.mark.parametrize("kill", [kill_database, kill_everybody])
    def test_nor_when_the_database_goes(self, company: Company, leads: Leads, kill: Callable[[Company], None]) -> None:
        key, file = leads
        importing = company.importing(file)
        company.until_import_writes()

        kill(company)

        assert importing.wait() == 2
        assert "What it had not finished is undone; run it again." in file.with_suffix(".log").read_text()
        company.until_ready()
        assert company.count(key, "mine") == 0
        assert company.importing(file).wait() == 0
        company.expect_each_once(key)

    def test_the_same_file_again_changes_nothing(self, company: Company, leads: Leads) -> None:
        key, file = leads
        assert company.importing(file).wait() == 0
        company.expect_each_once(key)

        assert company.importing(file).wait() == 0

        company.expect_each_once(key)


class TestKilledWhileCasesAreStepped:
    @pytest.mark.parametrize("kill", [kill_web, kill_worker, kill_database, kill_everybody])
    def test_every_case_comes_to_its_first_step_once(
        self, company: Company, leads: Leads, kill: Callable[[Company], None]
    ) -> None:
        key, file = leads
        importing = company.importing(file)
        company.until_some(key, COUNTS["work items"])  # the leads are there; the command may still be telling so

        kill(company)

        importing.wait()
        company.until_ready()
        company.expect_each_once(key)


class TestKilledWhileDeadlinesFallDue:
    @pytest.mark.parametrize("kill", [kill_worker, kill_database])
    def test_every_manager_is_told_once(self, company: Company, leads: Leads, kill: Callable[[Company], None]) -> None:
        key, file = leads
        told = COUNTS["notifications"]
        assert company.importing(file).wait() == 0
        company.expect_each_once(key)
        timers = "(SELECT id FROM procedures_case WHERE record_type = 'lead' AND record_id IN"
        timers += " (SELECT id FROM leads_lead WHERE external_id LIKE %s))"
        company.ask(
            f"WITH moved AS (UPDATE procedures_timer SET due_at = now() WHERE case_id IN {timers} RETURNING 1)"
            " SELECT count(*), pg_notify('throughline_work', '') FROM moved",
            f"{key}-%",
        )
        company.until_some(key, told)

        kill(company)

        until(lambda: company.count(key, told) >= LEADS, company.said)
        assert company.count(key, told) == LEADS
        assert company.count(key, f"(SELECT DISTINCT record_id FROM {told}) each") == LEADS
        assert company.count(key, "leads_lead WHERE id IN (TABLE mine) AND flagged_at IS NOT NULL") == LEADS
        assert company.count(key, COUNTS["open work items at the first contact"]) == LEADS
        assert company.entries(key) == {**ENTRIES, "lead.first_contact_missed": LEADS}
