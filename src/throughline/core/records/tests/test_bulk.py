"""Writing many rows at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from throughline.core.actor import Actor
from throughline.core.arrays import any_of, any_text
from throughline.core.copying import take_keys
from throughline.core.records import bulk
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead

BY = Actor("import", "1", "leads.csv")


def rows(keys: list[str], at: datetime, **more: Any) -> list[dict[str, Any]]:
    """Return rows of leads with these external keys."""
    blank = bulk.defaults_of(Lead) | bulk.stamp(BY, at) | more
    return [
        {**blank, "id": key, "external_id": external}
        for key, external in zip(take_keys(Lead._meta.db_table, len(keys)), keys, strict=True)
    ]


@pytest.mark.parametrize("copied", [1, 1_000], ids=["by COPY", "as a document"])
class TestInsertMany:
    """Few rows and many are written alike."""

    @pytest.fixture(autouse=True)
    def way(self, copied: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """Choose the way."""
        monkeypatch.setattr(bulk, "COPIED", copied)

    def test_values_of_every_kind_arrive(self, cast: Cast, at: datetime) -> None:
        given = rows(
            ["a", "b"], at, tags=["x, y", 'q"'], custom={"budget": "12.50", "it's": [1]}, score_reasons=["a\\b"],
            annual_revenue=Decimal("1234.505"), first_contact_on=date(2026, 3, 2), employees=7, owner_id=cast.maya.pk,
            closed_at=datetime(2026, 3, 2, 9, tzinfo=UTC), description="two\nlines\tand — more", deleted_at=None,
        )  # fmt: skip

        written = bulk.insert_many(Lead, given, skip_conflicts=True)

        assert written == {row["id"] for row in given}
        for lead in Lead.objects.all():
            assert (lead.tags, lead.custom) == (["x, y", 'q"'], {"budget": "12.50", "it's": [1]})
            assert (lead.score_reasons, lead.annual_revenue) == (["a\\b"], Decimal("1234.51"))
            assert (lead.first_contact_on, lead.employees, lead.owner) == (date(2026, 3, 2), 7, cast.maya)
            assert lead.closed_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
            assert (lead.description, lead.score, lead.deleted_at) == ("two\nlines\tand — more", None, None)

    def test_rows_that_are_there_are_left_out_and_the_others_written(self, cast: Cast, at: datetime) -> None:
        bulk.insert_many(Lead, rows(["b"], at))
        given = rows(["a", "b", "c", "a", "", ""], at)

        written = bulk.insert_many(Lead, given, skip_conflicts=True)

        assert written == {given[place]["id"] for place in (0, 2, 4, 5)}
        assert sorted(Lead.objects.values_list("external_id", flat=True)) == ["", "", "a", "b", "c"]

    def test_rows_that_are_made_when_asked_for_are_all_written_even_after_a_conflict(
        self, cast: Cast, at: datetime
    ) -> None:
        bulk.insert_many(Lead, rows(["b"], at))

        written = bulk.insert_many(Lead, (row for row in rows(["a", "b", "c", "d"], at)), skip_conflicts=True)

        assert len(written) == 3
        assert sorted(Lead.objects.values_list("external_id", flat=True)) == ["a", "b", "c", "d"]

    def test_where_none_may_be_left_out_it_fails(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(IntegrityError):
            bulk.insert_many(Lead, rows(["a", "a"], at))

    def test_nothing_is_written_for_nothing(self, cast: Cast) -> None:
        with CaptureQueriesContext(connection) as asked:
            assert bulk.insert_many(Lead, []) == set()

        assert len(asked) == 0


class TestAnyOf:
    """One parameter for many values."""

    def test_texts_are_found_whatever_letters_are_in_them(self, cast: Cast, at: datetime) -> None:
        odd = ["plain", 'say "hi"', "back\\slash", "{a,b}", "two\nlines", "NULL", "Größe, 量", "it's 5 %"]
        bulk.insert_many(Lead, rows([*odd, "other"], at))

        found = Lead.objects.filter(any_text("external_id", odd)).values_list("external_id", flat=True)

        assert set(found) == set(odd)

    @pytest.mark.parametrize(
        ("column", "values", "count"),
        [("employees", [7, -7], 2), ("first_contact_on", [date(2026, 3, 2)], 1), ("employees", [], 0)],
        ids=["numbers", "days", "none"],
    )
    def test_other_values_are_found_too(
        self, column: str, values: list[Any], count: int, cast: Cast, at: datetime
    ) -> None:
        for key, employees, day in (("a", 7, date(2026, 3, 2)), ("b", -7, None), ("c", 8, None)):
            bulk.insert_many(Lead, rows([key], at, employees=employees, first_contact_on=day))

        assert Lead.objects.filter(any_of(column, values)).count() == count
