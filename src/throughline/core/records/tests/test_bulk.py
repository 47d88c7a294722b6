"""Writing many rows at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from throughline.core.actor import Actor
from throughline.core.records import bulk
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead

BY = Actor("import", "1", "leads.csv")


def rows(keys: list[str], at: datetime, **more: Any) -> list[dict[str, Any]]:
    """Return rows of leads with these external keys."""
    blank = bulk.defaults_of(Lead) | bulk.stamp(BY, at) | more
    return [
        {**blank, "id": key, "external_id": external}
        for key, external in zip(bulk.new_ids(Lead, len(keys)), keys, strict=True)
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

    def test_where_none_may_be_left_out_it_fails(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(IntegrityError):
            bulk.insert_many(Lead, rows(["a", "a"], at))

    def test_nothing_is_written_for_nothing(self, cast: Cast) -> None:
        with CaptureQueriesContext(connection) as asked:
            assert bulk.insert_many(Lead, []) == set()

        assert len(asked) == 0
