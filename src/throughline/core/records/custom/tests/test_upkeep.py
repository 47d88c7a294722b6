"""Indexes of custom fields: made behind, used by lists, and what a list without one says."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from throughline.core.actor import Actor
from throughline.core.records import patience, registry
from throughline.core.records.custom import live, upkeep
from throughline.core.records.custom.models import CustomField
from throughline.core.records.custom.operations import INDEXES_PER_TYPE, Wish, define_field, retire_field
from throughline.core.records.queries import ListQuery, count, list_page
from throughline.core.records.spec import FieldType as T
from throughline.core.refusals import Refusal
from throughline.core.rows import fetch
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_leads
from throughline.crm.leads.models import Lead


def define(cast: Cast, at: datetime, kind: T = T.NUMBER, label: str = "Budget", **more: Any) -> CustomField:
    """Add a field that wishes for an index."""
    wish = Wish(label=label, type=kind, indexed=True, **more)
    return define_field(record_type="lead", wish=wish, by=Actor.user(cast.admin), at=at)


def indexes(custom: CustomField) -> int:
    """Count the index of a field."""
    return int(fetch("SELECT count(*) FROM pg_indexes WHERE indexname = %s", [upkeep.index_name(custom)])[0][0])


@pytest.mark.req("K1")
class TestIndexes:
    """Made and dropped by a worker."""

    @pytest.mark.parametrize(
        ("kind", "more"),
        [
            (T.NUMBER, {}), (T.TEXT, {}), (T.DATE, {}), (T.DATETIME, {}), (T.BOOLEAN, {}), (T.USER, {}),
            (T.MULTI_CHOICE, {"choices": (("a", "A"),)}),
        ],
    )  # fmt: skip
    def test_are_made_behind_for_every_kind_and_dropped_with_the_field(
        self, cast: Cast, at: datetime, kind: T, more: Any
    ) -> None:
        custom = define(cast, at, kind, **more)
        assert indexes(custom) == 0

        assert upkeep.look_after(at=at) == 1
        assert indexes(custom) == 1
        assert registry.get("lead").field("budget").indexed
        assert upkeep.look_after(at=at) == 0
        retire_field(record_type="lead", key="budget", by=Actor.user(cast.admin), at=at)
        upkeep.look_after(at=at)

        assert indexes(custom) == 0

    @pytest.mark.parametrize(
        ("kind", "condition"),
        [
            (T.NUMBER, {"op": "is", "value": "77"}), (T.NUMBER, {"op": "gt", "value": "1990"}),
            (T.DATE, {"op": "before", "value": "2001-01-05"}),
        ],
    )  # fmt: skip
    def test_serve_filters(self, cast: Cast, at: datetime, kind: T, condition: dict[str, Any]) -> None:
        custom = define(cast, at, kind)
        value = Decimal if kind is T.NUMBER else lambda n: date(2001, 1, 1) + timedelta(days=n)
        rows = [
            {"subject": f"s{n}", "budget": value(n)} for n in range(2000)
        ]  # written once: no index waits for others
        capture_leads(rows, by=Actor.system(), at=at)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the worker makes indexes outside of transactions
        upkeep.look_after(at=at)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE leads_lead")
            cursor.execute("SET LOCAL enable_seqscan = off")  # whether it can serve, not whether it pays for so few
        described = registry.get("lead").field("budget")
        from throughline.core.records.filters import Reading, predicate

        found = predicate(registry.get("lead"), {"field": "budget", **condition}, Reading(cast.admin, at))

        plan = Lead.objects.filter(found, deleted_at=None).order_by().values("pk").explain()

        assert upkeep.index_name(custom) in plan, (described, plan)

    def test_are_so_many_and_no_more(self, cast: Cast, at: datetime) -> None:
        fields = [
            CustomField(record_type="lead", key=f"f{n}", label="F", type="text", indexed=True, created_at=at)
            for n in range(INDEXES_PER_TYPE)
        ]
        CustomField.objects.bulk_create(fields)
        live.changed("many")

        with pytest.raises(Refusal, match="At most"):
            define(cast, at)


@pytest.mark.req("K1")
class TestPatience:
    """A filter by a field without an index."""

    def test_is_given_up_in_time_and_says_which_field(
        self, cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(patience, "PATIENCE_MS", 1)
        define(cast, at, T.TEXT, "Remark")
        capture_leads([{"subject": f"s{n}", "remark": "x" * 900} for n in range(3000)], by=Actor.system(), at=at)
        query = ListQuery(filter={"all": [{"field": "remark", "op": "contains", "value": "xy"}] * 20})

        for ask in (list_page, count):
            with pytest.raises(Refusal, match="because Remark has no index"):
                ask(spec=registry.get("lead"), user=cast.admin, query=query, at=at)

        assert fetch("SELECT current_setting('statement_timeout')")[0][0] == "0"

    def test_is_not_asked_of_other_filters(self, cast: Cast, at: datetime, django_assert_num_queries: Any) -> None:
        query = ListQuery(filter={"field": "region", "op": "is", "value": "x"})
        list_page(spec=registry.get("lead"), user=cast.admin, query=query, at=at)

        with django_assert_num_queries(1):
            list_page(spec=registry.get("lead"), user=cast.admin, query=query, at=at)
