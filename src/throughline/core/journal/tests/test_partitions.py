"""Partitions of the journal: made once, whoever asks at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection, transaction

from throughline.core.journal.partitions import ensure_partitions

MONTH = {"first_on": date(2031, 5, 1), "last_on": date(2031, 5, 31)}
NAME = "journal_entry_2031_05"


@pytest.mark.django_db(transaction=True)
class TestEnsurePartitions:
    @pytest.fixture(autouse=True)
    def gone_afterwards(self) -> Iterator[None]:
        yield
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {NAME}")

    def test_makes_what_is_missing_and_nothing_twice(self) -> None:
        assert ensure_partitions(**MONTH) == [NAME]
        assert ensure_partitions(**MONTH) == []

    def test_one_of_two_at_the_same_time_makes_it_and_the_other_waits(self) -> None:
        answers: list[list[str]] = []
        other = threading.Thread(target=self.ask, args=(answers,))
        with transaction.atomic():
            made = ensure_partitions(**MONTH)
            other.start()
            self.until_somebody_waits()
        other.join(timeout=60)

        assert (made, answers) == ([NAME], [[]])

    def ask(self, answers: list[list[str]]) -> None:
        try:
            answers.append(ensure_partitions(**MONTH))
        finally:
            connection.close()

    def until_somebody_waits(self) -> None:
        sql = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'journal_entry'::regclass"
        for _ in range(600):
            with connection.cursor() as cursor:
                cursor.execute(sql)
                if cursor.fetchone() != (0,):
                    return
            threading.Event().wait(0.05)
        pytest.fail("The other one never asked for the journal.")
