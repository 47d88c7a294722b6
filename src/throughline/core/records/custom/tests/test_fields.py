"""Custom fields: defined once, they are everywhere a built-in field is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import facts, operations, queries, registry
from throughline.core.records.custom import live
from throughline.core.records.custom.operations import (
    Wish,
    change_field,
    define_field,
    key_of,
    restore_field,
    retire_field,
)
from throughline.core.records.queries import ListQuery
from throughline.core.records.search import search
from throughline.core.records.spec import FieldType as T
from throughline.core.refusals import NotAllowed, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead, capture_leads
from throughline.crm.leads.models import Lead

Define = Callable[..., Any]

EVERY_TYPE: tuple[tuple[T, Any, Any, dict[str, Any]], ...] = (
    (T.TEXT, " blue ", "blue", {}),
    (T.LONG_TEXT, "one\ntwo", "one\ntwo", {}),
    (T.INTEGER, "42", 42, {}),
    (T.NUMBER, "0.1", Decimal("0.1"), {}),
    (T.MONEY, "1250.5", Decimal("1250.50"), {}),
    (T.DATE, "2026-03-31", date(2026, 3, 31), {}),
    (T.DATETIME, "2026-03-31T14:00+02:00", datetime(2026, 3, 31, 12, tzinfo=UTC), {}),
    (T.BOOLEAN, "yes", True, {}),
    (T.CHOICE, "Gold", "gold", {"choices": (("gold", "Gold"), ("tin", "Tin"))}),
    (T.MULTI_CHOICE, "Gold, tin", ["gold", "tin"], {"choices": (("gold", "Gold"), ("tin", "Tin"))}),
    (T.EMAIL, "A@X.ORG", "a@x.org", {}),
    (T.PHONE, "+49 30 1234", "+49301234", {}),
    (T.URL, "https://x.org", "https://x.org", {}),
)


@pytest.fixture
def define(cast: Cast, at: datetime) -> Define:
    """Give what adds a field to leads."""

    def defined(label: str = "Budget", kind: T = T.MONEY, **more: Any) -> Any:
        wish = Wish(label=label, type=kind, **more)
        return define_field(record_type="lead", wish=wish, by=Actor.user(cast.admin), at=at)

    return defined


def listed(user: Any, at: datetime, **query: Any) -> list[str]:
    """Return the interests of the leads of a list."""
    page = queries.list_page(spec=registry.get("lead"), user=user, query=ListQuery(**query), at=at)
    return [lead.interest for lead in page.records]


@pytest.mark.req("K1")
class TestValues:
    """Every type, by every door."""

    @pytest.mark.parametrize(("kind", "given", "kept", "more"), EVERY_TYPE, ids=lambda part: str(part)[:12])
    def test_is_read_kept_told_and_given_back(
        self, cast: Cast, define: Define, at: datetime, kind: T, given: Any, kept: Any, more: Any
    ) -> None:
        define("Extra", kind, **more)
        spec = registry.get("lead")
        lead = capture_lead(values={"interest": "x", "extra": given}, by=Actor.user(cast.maya), at=at)

        lead = Lead.objects.get(pk=lead.pk)

        assert spec.field("extra").value_of(lead) == kept
        assert Lead.objects.values_list(spec.field("extra").column, flat=True).get() == kept
        operations.update_record(spec=spec, record_id=lead.pk, values={"extra": None}, by=Actor.user(cast.maya), at=at)
        assert Lead.objects.get().custom == {}
        changes = Entry.objects.filter(event="record.updated").latest("id").data["changes"]
        assert "extra" in changes

    def test_of_links_lead_to_people_and_records(self, cast: Cast, define: Define, at: datetime) -> None:
        define("Sponsor", T.USER)
        define("Sister", T.RECORD, to="lead")
        spec = registry.get("lead")
        first = capture_lead(values={"interest": "a"}, by=Actor.user(cast.maya), at=at)
        values = {"interest": "b", "sponsor": cast.omar.email, "sister": first.pk}
        second = capture_lead(values=values, by=Actor.user(cast.maya), at=at)

        assert spec.field("sponsor").linked(second) == cast.omar
        assert spec.field("sister").linked(second) == first
        assert listed(cast.maya, at, filter={"field": "sister", "op": "is", "value": str(first.pk)}) == ["b"]

    def test_that_do_not_fit_are_refused_at_the_field(self, cast: Cast, define: Define, at: datetime) -> None:
        define()

        with pytest.raises(Refusal) as refused:
            capture_lead(values={"interest": "x", "budget": "much"}, by=Actor.user(cast.maya), at=at)

        assert set(refused.value.fields) == {"budget"}

    def test_required_and_default_hold(self, cast: Cast, define: Define, at: datetime) -> None:
        define("Wave", T.TEXT, required=True)
        define("Rank", T.INTEGER, default="3")

        with pytest.raises(Refusal, match="Wave is needed"):
            capture_lead(values={"interest": "x"}, by=Actor.user(cast.maya), at=at)
        lead = capture_lead(values={"interest": "x", "wave": "1"}, by=Actor.user(cast.maya), at=at)

        assert registry.get("lead").field("rank").value_of(lead) == 3

    def test_reach_expressions_of_charts_under_their_key(self, cast: Cast, define: Define, at: datetime) -> None:
        define()
        lead = capture_lead(values={"interest": "x", "budget": "1250.5"}, by=Actor.user(cast.maya), at=at)

        context = facts(RecordRef("lead", lead.pk))

        assert context["budget"] == Decimal("1250.50")

    def test_reach_the_hot_path_of_charts_as_they_reach_the_plain_one(
        self, cast: Cast, define: Define, at: datetime
    ) -> None:
        from throughline.core.procedures.facts import facts_of_records

        define()
        define("Since", T.DATE)
        values = {"interest": "x", "budget": "7", "since": "2026-01-05"}
        ref = RecordRef("lead", capture_lead(values=values, by=Actor.user(cast.maya), at=at).pk)

        quick = facts_of_records([ref], frozenset({"budget", "since"}))[ref].context

        assert quick == {name: facts(ref)[name] for name in ("budget", "since")}

    def test_are_found_by_search_when_the_field_is_searched(self, cast: Cast, define: Define, at: datetime) -> None:
        define("Nickname", T.TEXT, searched=True)
        capture_lead(values={"interest": "x", "nickname": "Quicksilver"}, by=Actor.user(cast.maya), at=at)

        assert len(search(user=cast.maya, text="quicksil")) == 1
        assert search(user=cast.ines, text="quicksil") == []


@pytest.mark.req("K1")
class TestLists:
    """Filtering and sorting."""

    @pytest.fixture
    def leads(self, cast: Cast, define: Define, at: datetime) -> None:
        """Give four leads, one without any value."""
        define("Budget", T.MONEY)
        define("Note", T.TEXT)
        define("Since", T.DATE)
        define("Metals", T.MULTI_CHOICE, choices=(("gold", "Gold"), ("tin", "Tin")))
        rows: list[dict[str, Any]] = [
            {"interest": "a", "budget": Decimal(90), "note": "Red", "since": date(2026, 1, 1), "metals": ["gold"]},
            {"interest": "b", "budget": Decimal(1000), "note": "blue", "metals": ["gold", "tin"]},
            {"interest": "c", "budget": Decimal(-5), "since": date(2026, 3, 2)},
            {"interest": "d"},
        ]
        capture_leads([{**row, "owner": cast.maya.pk} for row in rows], by=Actor.system(), at=at)

    @pytest.mark.parametrize(
        ("field", "op", "value", "found"),
        [
            ("budget", "gt", "80", "ab"), ("budget", "is", "90.00", "a"), ("budget", "is_not", "90", "bcd"),
            ("budget", "empty", None, "d"), ("budget", "not_empty", None, "abc"),
            ("budget", "between", ["-9", "90"], "ac"),
            ("note", "is", "red", "a"), ("note", "is_not", "red", "bcd"), ("note", "contains", "LU", "b"),
            ("note", "empty", None, "cd"), ("note", "one_of", ["Red", "blue"], "ab"),
            ("since", "on", "today", "c"), ("since", "before", "2026-02-01", "a"), ("since", "empty", None, "bd"),
            ("metals", "has", ["tin"], "b"), ("metals", "has_any", ["gold"], "ab"),
            ("metals", "has_not", ["gold"], "cd"),
            ("metals", "empty", None, "cd"),
        ],
    )  # fmt: skip
    @pytest.mark.usefixtures("leads")
    def test_are_filtered(self, cast: Cast, at: datetime, field: str, op: str, value: Any, found: str) -> None:
        condition = {"field": field, "op": op, "value": value}

        assert sorted(listed(cast.maya, at, filter=condition)) == list(found)

    @pytest.mark.parametrize(
        ("sort", "order"),
        [("budget", "cabd"), ("-budget", "bacd"), ("since", "acbd"), ("note", "cdab")],
    )
    @pytest.mark.usefixtures("leads")
    def test_are_sorted_by_page_without_gap(self, cast: Cast, at: datetime, sort: str, order: str) -> None:
        shown: list[str] = []
        after = ""
        for _ in order:
            page = queries.list_page(
                spec=registry.get("lead"), user=cast.maya, query=ListQuery(sort=sort, after=after, limit=1), at=at
            )
            shown += [lead.interest for lead in page.records]
            after = page.after

        assert sorted(shown) == list("abcd")
        if sort != "note":
            assert "".join(shown) in (order, order[:2] + order[3] + order[2])


@pytest.mark.req("K1")
class TestDefinitions:
    """Making, renaming, retiring."""

    def test_only_who_may_change_settings_makes_fields(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(NotAllowed):
            define_field(record_type="lead", wish=Wish(label="X"), by=Actor.user(cast.maya), at=at)

    def test_a_label_changes_and_the_key_stays(self, cast: Cast, define: Define, at: datetime) -> None:
        define()
        lead = capture_lead(values={"interest": "x", "budget": "5"}, by=Actor.user(cast.maya), at=at)
        wish = Wish(label="Means", type=T.MONEY)

        change_field(record_type="lead", key="budget", wish=wish, by=Actor.user(cast.admin), at=at)

        described = registry.get("lead").field("budget")
        assert (described.label, described.value_of(lead)) == ("Means", 5)

    def test_retired_it_is_nowhere_and_restored_it_has_its_values(
        self, cast: Cast, define: Define, at: datetime
    ) -> None:
        define()
        admin = Actor.user(cast.admin)
        lead = capture_lead(values={"interest": "x", "budget": "5"}, by=Actor.user(cast.maya), at=at)

        retire_field(record_type="lead", key="budget", by=admin, at=at)
        assert "budget" not in registry.get("lead").by_name
        with pytest.raises(Refusal):
            listed(cast.maya, at, filter={"field": "budget", "op": "is", "value": "5"})
        operations.update_record(
            spec=registry.get("lead"), record_id=lead.pk, values={"interest": "y"}, by=admin, at=at
        )
        restore_field(record_type="lead", key="budget", by=admin, at=at)

        assert registry.get("lead").field("budget").value_of(Lead.objects.get()) == 5

    @pytest.mark.parametrize(
        "key", ["name", "status", "owner_name", "flagged", "custom", "deleted_at", "Bad", "a__b", ""]
    )
    def test_a_key_that_is_taken_or_none_is_refused(self, cast: Cast, define: Define, key: str) -> None:
        with pytest.raises(Refusal):
            define("" if not key else "Label", T.TEXT, key=key)

    def test_a_retired_key_is_not_given_twice(self, cast: Cast, define: Define, at: datetime) -> None:
        define()
        retire_field(record_type="lead", key="budget", by=Actor.user(cast.admin), at=at)

        with pytest.raises(Refusal, match="Restore it"):
            define("Budget", T.TEXT)

    def test_a_type_that_would_lose_values_stays(self, cast: Cast, define: Define, at: datetime) -> None:
        define()

        with pytest.raises(Refusal, match="The type stays"):
            change_field(
                record_type="lead", key="budget", wish=Wish(label="B", type=T.DATE), by=Actor.user(cast.admin), at=at
            )

    def test_keys_are_made_of_labels(self) -> None:
        assert [key_of(label) for label in ("Budget (EUR)", "3D model", "Größe", "预算")] == [
            "budget_eur", "f_3d_model", "grosse", "f",
        ]  # fmt: skip

    def test_another_process_takes_a_change_up_and_a_rolled_back_one_is_none(
        self, cast: Cast, define: Define, at: datetime
    ) -> None:
        define()
        live.forget()
        assert "budget" not in registry.get("lead").by_name

        live.look()
        assert "budget" in registry.get("lead").by_name
        with transaction.atomic():
            define("Gone", T.TEXT)
            transaction.set_rollback(True)
        live.look()

        assert "gone" not in registry.get("lead").by_name

    def test_nothing_is_read_again_while_nothing_has_changed(
        self, define: Define, django_assert_num_queries: Any
    ) -> None:
        define()

        with django_assert_num_queries(1):
            live.look()
