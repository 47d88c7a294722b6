"""
Numbers of invoices: a row per series and year, without gaps, however many are issued at once.

Theory of operation. A sequence of the database leaves a gap when a transaction fails. So the last number is a row: who
wants the next one changes it and holds its lock until the end of the transaction, and the others wait; a transaction
that fails gives its number back. Invoices of one series are therefore issued one after the other, which a row lock
allows hundreds of times a second (docs/adr/0052).
"""

from __future__ import annotations

from django.db import connection

from throughline.core.rows import fetch

_NEXT = """
INSERT INTO invoices_numberseries AS n (series, year, last) VALUES (%s, %s, 1)
ON CONFLICT (series, year) DO UPDATE SET last = n.last + 1
RETURNING last
"""


def next_number(series: str, year: int) -> int:
    """
    Return the next number of a series in a year, from 1 on; it is given back when the transaction fails.

    Raises:
        RuntimeError: there is no transaction, so a number could be lost.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Expected a number to be taken in the transaction that uses it, but there is none.")
    ((number,),) = fetch(_NEXT, [series, year])
    return int(number)


def written(series: str, year: int, number: int) -> str:
    """Return how an invoice number is written: ``INV-2026-0007``."""
    return f"{series}-{year}-{number:04d}"
