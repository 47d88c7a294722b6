"""
Tryton and its module of leads and opportunities, filled and asked for a list as its own web client asks.

Runs in its own environment; peers.py knows the conversation. DATABASE_URL names the database, which is prepared the
first time: TRYTON_LEADS leads, as many parties, an employee. A list is what the client sends when somebody opens it:
*search* for the keys of the first 50, *search_count* (bounded to 10,000), *read* of the columns of the list, as
JSON-RPC with the session of who is signed in, to the WSGI application in this process: no network, no server, and no
browser that makes a page of the data. The answer is in seconds of wall clock, then those of this process's processor.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

ADDRESS = urlsplit(os.environ["DATABASE_URL"])
NAME = ADDRESS.path.strip("/")
os.environ["TRYTOND_DATABASE_URI"] = f"postgresql://{ADDRESS.netloc}/"
PASSWORD = secrets.token_urlsafe(24)
MODEL = "model.sale.opportunity"
LIST, COUNTED = 50, 10_000
COLUMNS = [
    "number", "reference", "start_date", "end_date", "employee", "employee.rec_name", "description", "party",
    "party.rec_name", "amount", "currency", "currency.rec_name", "state", "conversion_probability", "rec_name",
    "_timestamp", "_write", "_delete",
]  # fmt: skip
"""What its client reads for the columns of the list."""


def main() -> None:
    """Answer each number with the seconds that so many lists took."""
    prepare()
    awaken()
    ask = Client()
    for line in sys.stdin:
        began = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            open_list(ask)
        print(time.perf_counter() - began[0], time.process_time() - began[1], flush=True)


def open_list(ask: Client) -> None:
    """Ask for the first page of all leads, the newest first, and how many there are."""
    keys = ask(f"{MODEL}.search", [], 0, LIST, None)
    counted = ask(f"{MODEL}.search_count", [], 0, COUNTED)
    rows = ask(f"{MODEL}.read", keys, COLUMNS)
    if len(rows) != LIST or counted < LIST:
        sys.exit(f"Expected {LIST} leads of Tryton, but it gave {len(rows)} of {counted}.")


class Client:
    """Its web client, as far as the server sees of it."""

    def __init__(self) -> None:
        from trytond.wsgi import app
        from werkzeug.test import Client as Werkzeug

        self._client = Werkzeug(app)
        self._headers: dict[str, str] = {}
        user, session = self._send("common.db.login", ["admin", {"password": PASSWORD}, "en"])[:2]
        token = base64.b64encode(f"admin:{user}:{session}".encode()).decode()
        self._headers = {"Authorization": f"Session {token}"}
        self._context = self("model.res.user.get_preferences", True)

    def __call__(self, method: str, *given: Any) -> Any:
        return self._send(method, [*given, getattr(self, "_context", {})])

    def _send(self, method: str, given: list[Any]) -> Any:
        answer = self._client.post(
            f"/{NAME}/rpc/", json={"id": 1, "method": method, "params": given}, headers=self._headers
        )
        text = answer.get_data()
        said = json.loads(text) if answer.status_code == 200 else {}
        if "result" not in said:
            sys.exit(f"Expected an answer of Tryton to {method}, but it was {answer.status_code}: {text[:500]!r}")
        return said["result"]


# -- Preparing ---------------------------------------------------------------------------------------------------------


def prepare() -> None:
    """Make the database of Tryton where there is none yet, and let this process in."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        (known,) = connection.execute("SELECT to_regclass('sale_opportunity')").fetchone()
        administer("--password", *([] if known else ["-u", "sale_opportunity", "--activate-dependencies"]))
        if not connection.execute("SELECT EXISTS (SELECT FROM sale_opportunity)").fetchone()[0]:
            company, employee = found_company()
            fill(connection, company, employee, int(os.environ["TRYTON_LEADS"]))


def administer(*words: str) -> None:
    """Run ``trytond-admin``, with the password of this run for who signs in."""
    with tempfile.NamedTemporaryFile("w") as kept:
        kept.write(PASSWORD)
        kept.flush()
        program = str(Path(sys.executable).parent / "trytond-admin")
        command = [program, "-d", NAME, "--email", "admin@example.com", *words]
        subprocess.run(command, check=True, env={**os.environ, "TRYTONPASSFILE": kept.name}, stdout=sys.stderr)


def found_company() -> tuple[int, int]:
    """Make the company and an employee through Tryton, and put the administrator into it; return their keys."""
    from trytond.transaction import Transaction

    pool = awaken()
    with Transaction().start(NAME, 0, context={"_check_access": False}) as transaction:
        names = ("party.party", "currency.currency", "company.company", "company.employee", "res.user")
        party, currency, company, employee, user = map(pool.get, names)
        (euro,) = currency.create([{"name": "Euro", "code": "EUR", "symbol": "€"}])
        ours, maya = party.create([{"name": "Company"}, {"name": "Maya"}])
        (firm,) = company.create([{"party": ours.id, "currency": euro.id}])
        (person,) = employee.create([{"party": maya.id, "company": firm.id}])
        (admin,) = user.search([("login", "=", "admin")])
        groups = pool.get("res.group").search([("name", "in", ["Sale", "Sale Opportunity"])])
        user.write(
            [admin],
            {
                "companies": [("add", [firm.id])],
                "company": firm.id,
                "employees": [("add", [person.id])],
                "groups": [("add", [each.id for each in groups])],
            },
        )
        transaction.commit()
        return firm.id, person.id


def awaken() -> Any:
    """Load the models of Tryton, as its server does when it starts."""
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    Pool.start()
    pool = Pool(NAME)
    with Transaction().start(NAME, 0, readonly=True):
        pool.init()
    return pool


FILL = (
    "INSERT INTO party_party (name, code, active, create_date, create_uid) "
    "SELECT 'Party ' || n, 'P' || n, true, now(), 1 FROM generate_series(1, %(leads)s) n",
    "INSERT INTO sale_opportunity (number, party, company, currency, amount, start_date, description, "
    "conversion_probability, state, employee, create_date, create_uid) "
    "SELECT n::text, (SELECT min(id) FROM party_party WHERE code = 'P1') + n - 1, %(company)s, "
    "(SELECT currency FROM company_company WHERE id = %(company)s), (n * 97) %% 50000, current_date - n %% 730, "
    "'Enquiry ' || n, 0.5, (ARRAY['lead', 'opportunity', 'lost'])[1 + n %% 3], %(employee)s, now(), 1 "
    "FROM generate_series(1, %(leads)s) n",
)


def fill(connection: psycopg.Connection, company: int, employee: int, leads: int) -> None:
    """Write parties and leads, set-wise; their history is left out, since lists do not read it."""
    for statement in FILL:
        connection.execute(statement, {"leads": leads, "company": company, "employee": employee})
    connection.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
