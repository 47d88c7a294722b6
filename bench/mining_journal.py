"""
The flow graph of a procedure's own cases in PostgreSQL: counts and mean times per arrow and node.

    DATABASE_URL=postgres://… python bench/mining_journal.py [--events 10000000] [--keep]

In a scratch database beside the one that DATABASE_URL names, rows like those of the engine are made (pre-linked: node,
the node before, arrow, elapsed time), in one month's partition, and the statement of ``insight.mined.drawing`` is timed
on the wall clock, warm. The bar is one second for ten million events.
"""

from __future__ import annotations

import argparse
import os
import time

import psycopg

BAR = 1.0
MADE = """
    insert into procedures_case_event (case_id, seq, at, kind, node, flow, token, version_id, actor_kind, actor_id,
                                       previous_node, elapsed_us, sandbox)
    select n / 14 + 1, n %% 14 + 1, timestamptz '2026-03-01' + n * interval '100 milliseconds',
           case n %% 2 when 0 then 'entered' else 'completed' end, 'step_' || n %% 14 / 2, 'flow_' || n %% 14 / 2, 1, 7,
           'user', '1', 'step_' || (n %% 14 / 2 + 6) %% 7, case n %% 2 when 0 then null else n %% 100000 end, false
    from generate_series(0, %s - 1) as n
"""
TABLE = """
    create table procedures_case_event (
        case_id bigint not null, seq bigint not null, at timestamptz not null, kind text not null, node text not null,
        flow text not null, token integer, version_id bigint not null, actor_kind text not null, actor_id text not null,
        previous_node text not null, elapsed_us bigint, sandbox boolean not null
    ) partition by range (at);
    create table procedures_case_event_2026_03 partition of procedures_case_event
        for values from ('2026-03-01') to ('2026-04-01');
    create index on procedures_case_event using brin (at, version_id);
"""
ASKED = """
    SELECT kind, node, flow, count(*), count(elapsed_us), sum(elapsed_us)::bigint FROM procedures_case_event
    WHERE version_id = 7 AND NOT sandbox GROUP BY 1, 2, 3
"""


def main() -> None:
    """Print the seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=10_000_000)
    events = parser.parse_args().events
    server, _, name = os.environ["DATABASE_URL"].rpartition("/")
    scratch = f"{name}_bench"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f'drop database if exists "{scratch}"')
        admin.execute(f'create database "{scratch}"')
        try:
            with psycopg.connect(f"{server}/{scratch}", autocommit=True) as connection:
                measure(connection, events)
        finally:
            admin.execute(f'drop database "{scratch}"')


def measure(connection: psycopg.Connection[tuple[object, ...]], events: int) -> None:
    """Fill the table and time the statement."""
    connection.execute(TABLE)
    begin = time.monotonic()
    connection.execute(MADE, [events])
    connection.execute("vacuum analyze procedures_case_event")
    print(f"{events:,} events made in {time.monotonic() - begin:.0f} s")
    seconds = []
    for _ in range(4):
        begin = time.monotonic()
        rows = connection.execute(ASKED).fetchall()
        seconds.append(time.monotonic() - begin)
    best, bar = min(seconds), BAR * events / 10_000_000
    print(f"{len(rows)} arcs and nodes in {best:.2f} s (bar {bar:.2f} s: {'ok' if best <= bar else 'MISSED'})")


if __name__ == "__main__":
    main()
