"""Lists, counts, boards, pages and timelines, under the asker's rights."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import operations, queries, registry
from throughline.core.records.operations import Assignment, Tagging
from throughline.core.records.queries import ListQuery
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead

Some = dict[str, Any]


def names(page: queries.Page) -> list[str]:
    """Return the interests of a page's leads, by which the tests tell them apart."""
    return [lead.interest for lead in page.records]


def page_of(user: User, at: datetime, **query: Any) -> queries.Page:
    """Return a page of leads."""
    return queries.list_page(spec=registry.get("lead"), user=user, query=ListQuery(**query), at=at)


@pytest.fixture
def leads(cast: Cast, at: datetime) -> list[Lead]:
    """Give seven leads of Maya's, an hour apart, some with scores."""
    made = []
    for n, score in enumerate((50, None, 90, 50, None, 10, 50)):
        moment = at + timedelta(hours=n)
        lead = capture_lead(
            values={"interest": f"i{n}", "region": "EU" if n % 2 else "US"}, by=Actor.user(cast.maya), at=moment
        )
        Lead.objects.filter(pk=lead.pk).update(score=score)
        made.append(lead)
    return made


class TestListPage:
    """Pages by key."""

    @pytest.mark.parametrize(
        ("sort", "order"),
        [
            ("", "6543210"), ("created_at", "0123456"), ("-score", "2" + "630" + "5" + "41"),
            ("score", "5" + "036" + "2" + "14"), ("region", "1350246"), ("name", "0123456"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("limit", [1, 2, 3, 50])
    def test_pages_join_without_gap_or_repetition(
        self, cast: Cast, leads: list[Lead], at: datetime, sort: str, order: str, limit: int
    ) -> None:
        seen: list[str] = []
        after = ""
        while True:
            page = page_of(cast.maya, at, sort=sort, limit=limit, after=after)
            seen += names(page)
            after = page.after
            if not after:
                break

        assert seen == [f"i{n}" for n in order]

    @pytest.mark.req("L1")
    def test_another_team_sees_an_empty_list_and_counts_none(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        assert page_of(cast.ines, at).records == []
        assert queries.count(spec=registry.get("lead"), user=cast.ines, query=ListQuery(), at=at).number == 0
        assert len(page_of(cast.tom, at).records) == 7

    def test_a_page_takes_three_queries_whatever_its_length(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        page_of(cast.maya, at)

        with CaptureQueriesContext(connection) as few:
            page_of(cast.maya, at, limit=2)
        with CaptureQueriesContext(connection) as many:
            records = page_of(cast.maya, at, limit=50).records
            assert [registry.get("lead").title(record) for record in records]
            assert {record.owner.name for record in records} == {"Maya Lin"}

        assert (len(few), len(many)) == (3, 3)  # what the person takes part in, the keys of the page, its rows

    def test_the_bin_and_test_records_are_lists_of_their_own(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        operations.delete_records(spec=registry.get("lead"), ids=[leads[0].pk], by=Actor.user(cast.maya), at=at)
        capture_lead(values={"interest": "test"}, by=Actor.user(cast.maya), at=at, sandbox=True)

        assert "i0" not in names(page_of(cast.maya, at))
        assert names(page_of(cast.maya, at, deleted=True)) == ["i0"]
        assert names(page_of(cast.maya, at, sandbox=True)) == ["test"]

    def test_a_cursor_that_cannot_be_read_is_refused(self, cast: Cast, at: datetime) -> None:
        for cursor in ("nonsense", "W10", "WyJzdHIiLCAib25lIl0"):
            with pytest.raises(Refusal, match="Begin at the top"):
                page_of(cast.maya, at, after=cursor)

    @pytest.mark.req("L1")
    def test_a_hidden_field_can_be_neither_sorted_nor_filtered_nor_shown(
        self, cast: Cast, leads: list[Lead], at: datetime
    ) -> None:
        role = cast.maya.roles.get()
        role.permissions = {**role.permissions, "fields": {"lead": {"score": "hidden"}}}
        role.save()

        with pytest.raises(Refusal):
            page_of(cast.maya, at, sort="-score")
        with pytest.raises(Refusal):
            page_of(cast.maya, at, filter={"field": "score", "op": "gt", "value": 1})
        spec = registry.get("lead")
        assert "score" not in [column.name for column in queries.list_columns(spec, cast.maya)]
        page = queries.record_page(spec=spec, user=cast.maya, record_id=leads[0].pk)
        assert "score" not in [shown.spec.name for _, fields in page.sections for shown in fields]


@pytest.fixture
def varied(cast: Cast, at: datetime) -> dict[str, Lead]:
    """Give leads that differ in what can be filtered."""
    rows: dict[str, tuple[Some, timedelta]] = {
        "old": ({"region": "EU", "origin": "social", "employees": 5}, timedelta(days=-40)),
        "week": ({"region": "eu", "origin": "paid_search", "employees": 50}, timedelta(days=-6)),
        "today": ({"region": "US", "origin": "", "employees": None}, timedelta(hours=-1)),
        "late": ({"region": "", "origin": "social ads", "employees": 500}, timedelta(hours=14.5)),
    }
    made = {
        name: capture_lead(values={**values, "interest": name}, by=Actor.user(cast.maya), at=at + shift)
        for name, (values, shift) in rows.items()
    }
    spec, by = registry.get("lead"), Actor.user(cast.maya)
    operations.tag_records(spec=spec, taggings=[Tagging(made["old"].pk, add=["vip", "eu"])], by=by, at=at)
    operations.tag_records(spec=spec, taggings=[Tagging(made["week"].pk, add=["eu"])], by=by, at=at)
    wish = Assignment(made["today"].pk, owner_id=cast.tom.pk)
    operations.assign_records(spec=spec, assignments=[wish], by=by, at=at)
    return made


class TestFilter:
    """What a filter takes."""

    @pytest.mark.parametrize(
        ("filter_", "taken"),
        [
            ({}, {"old", "week", "today", "late"}),
            ({"field": "region", "op": "is", "value": "EU"}, {"old", "week"}),
            ({"field": "region", "op": "is_not", "value": "EU"}, {"today", "late"}),
            ({"field": "region", "op": "empty"}, {"late"}),
            ({"field": "origin", "op": "contains", "value": "SOCIAL"}, {"old", "late"}),
            ({"field": "origin", "op": "starts_with", "value": "paid"}, {"week"}),
            ({"field": "origin", "op": "contains", "value": "%"}, set()),
            ({"field": "status", "op": "one_of", "value": ["assigned", "New"]}, {"old", "week", "today", "late"}),
            ({"field": "employees", "op": "ge", "value": "50"}, {"week", "late"}),
            ({"field": "employees", "op": "between", "value": [5, 50]}, {"old", "week"}),
            ({"field": "employees", "op": "empty"}, {"today"}),
            ({"field": "owner", "op": "is", "value": "me"}, {"old", "week", "late"}),
            ({"field": "tags", "op": "has", "value": "vip, eu"}, {"old"}),
            ({"field": "tags", "op": "has_any", "value": ["vip", "eu"]}, {"old", "week"}),
            ({"field": "tags", "op": "has_not", "value": ["eu"]}, {"today", "late"}),
            ({"field": "tags", "op": "empty"}, {"today", "late"}),
            ({"field": "created_at", "op": "in", "value": "last_7_days"}, {"week", "today"}),
            ({"field": "created_at", "op": "in", "value": "today"}, {"today"}),
            ({"field": "created_at", "op": "on", "value": "2026-03-03"}, {"late"}),
            ({"field": "created_at", "op": "before", "value": "this_month"}, {"old", "week"}),
            ({"field": "created_at", "op": "after", "value": "2026-02-28"}, {"today", "late"}),
            ({"field": "created_at", "op": "between", "value": ["2026-02-01", "today"]}, {"week", "today"}),
            ({"field": "name", "op": "empty"}, {"old", "week", "today", "late"}),
            (
                {"all": [
                    {"any": [{"field": "region", "op": "is", "value": "EU"}, {"field": "region", "op": "empty"}]},
                    {"not": {"field": "tags", "op": "has", "value": "vip"}},
                ]},
                {"week", "late"},
            ),
        ],
    )  # fmt: skip
    def test_conditions_groups_and_relative_days(
        self, cast: Cast, varied: dict[str, Lead], at: datetime, filter_: Some, taken: set[str]
    ) -> None:
        cast.maya.time_zone = "Europe/Berlin"  # late: 2 March 23:30 UTC is 3 March there

        assert set(names(page_of(cast.maya, at, filter=filter_))) == taken
        assert queries.count(
            spec=registry.get("lead"), user=cast.maya, query=ListQuery(filter=filter_), at=at
        ) == queries.Count(len(taken), exact=True)

    @pytest.mark.parametrize(
        ("filter_", "told"),
        [
            ({"field": "colour", "op": "is", "value": 1}, "cannot be filtered"),
            ({"field": "employees", "op": "contains", "value": 1}, "cannot be compared"),
            ({"field": "employees", "op": "gt", "value": "many"}, "takes a number"),
            ({"field": "created_at", "op": "in", "value": "someday"}, "means no days"),
            ({"field": "owner", "op": "is", "value": "Maya"}, "choice from the list"),
            ({"any": [{"field": "region", "op": "is", "value": "x"}] * 51}, "more than 50"),
        ],
    )
    def test_what_makes_no_sense_is_refused_in_words(self, cast: Cast, at: datetime, filter_: Some, told: str) -> None:
        with pytest.raises(Refusal, match=told):
            page_of(cast.maya, at, filter=filter_)

    def test_words_narrow_the_list(self, cast: Cast, varied: dict[str, Lead], at: datetime) -> None:
        assert names(page_of(cast.maya, at, text="WEEK")) == ["week"]


class TestCount:
    """Counting without reading everything."""

    def test_beyond_the_cap_the_estimate_is_said_to_be_one(
        self, cast: Cast, leads: list[Lead], at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "COUNTED", 3)

        counted = queries.count(spec=registry.get("lead"), user=cast.maya, query=ListQuery(), at=at)

        assert not counted.exact
        assert counted.number >= 4
        assert str(counted).startswith("about ")

    @pytest.mark.parametrize(("planned", "number", "exact"), [(6, 7, True), (21, 21, False), (20, 11, False)])
    def test_only_far_beyond_the_cap_the_planner_is_believed_uncounted(
        self, cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch, planned: int, number: int, exact: bool
    ) -> None:
        monkeypatch.setattr(queries, "COUNTED", 10)
        monkeypatch.setattr(queries, "expected_each", lambda statements: [planned for _ in statements])
        monkeypatch.setattr(queries, "rows_up_to", lambda bound, _asked: min(number, bound))

        counted = queries.count(spec=registry.get("lead"), user=cast.maya, query=ListQuery(), at=at)

        assert (counted.number, counted.exact) == (max(planned, number) if not exact else number, exact)


class TestBoard:
    """Columns of a picklist."""

    def test_columns_hold_counts_and_first_cards(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        columns = queries.board(spec=registry.get("lead"), user=cast.maya, query=ListQuery(), at=at, cards=2)

        by_value = {column.value: column for column in columns}
        assert by_value["Assigned"].count == 7
        assert [lead.interest for lead in by_value["Assigned"].records] == ["i6", "i5"]
        assert (by_value["New"].count, by_value["New"].records) == (0, [])

    def test_long_columns_show_the_same_cards_as_short_ones(
        self, cast: Cast, leads: list[Lead], at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spec = registry.get("lead")
        short = queries.board(spec=spec, user=cast.maya, query=ListQuery(), at=at, cards=3)

        monkeypatch.setattr(queries, "LONG_COLUMN", 1)

        assert queries.board(spec=spec, user=cast.maya, query=ListQuery(), at=at, cards=3) == short

    @pytest.mark.req("L1")
    def test_another_team_sees_empty_columns(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        columns = queries.board(spec=registry.get("lead"), user=cast.ines, query=ListQuery(), at=at)

        assert {(column.count, len(column.records)) for column in columns} == {(0, 0)}

    def test_the_number_of_queries_does_not_grow(
        self, cast: Cast, leads: list[Lead], at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        with django_assert_max_num_queries(6):  # three of them read the rights
            queries.board(spec=registry.get("lead"), user=cast.maya, query=ListQuery(), at=at)


class TestRecordPage:
    """One record."""

    def test_the_page_says_what_may_be_done_and_why_it_is_seen(self, cast: Cast, leads: list[Lead]) -> None:
        page = queries.record_page(spec=registry.get("lead"), user=cast.tom, record_id=leads[0].pk)

        assert page.can == {"edit": True, "delete": False, "assign": True}
        assert page.why == ["It belongs to Sales North, and your role sees the work of your teams."]
        writable = {shown.spec.name for _, fields in page.sections for shown in fields if shown.writable}
        assert "interest" in writable
        assert not writable & {"score", "email", "assigned_reason"}

    @pytest.mark.req("L1")
    def test_another_team_finds_no_page_and_no_timeline(self, cast: Cast, leads: list[Lead]) -> None:
        spec = registry.get("lead")
        with pytest.raises(NotFound):
            queries.record_page(spec=spec, user=cast.ines, record_id=leads[0].pk)
        with pytest.raises(NotFound):
            queries.record_timeline(spec=spec, user=cast.ines, record_id=leads[0].pk)


class TestRecordTimeline:
    """The history of a record."""

    def test_the_person_behind_a_lead_is_part_of_its_history(self, cast: Cast, at: datetime) -> None:
        lead = capture_lead(values={"name": "Ada"}, by=Actor.user(cast.maya), at=at)

        entries = queries.record_timeline(spec=registry.get("lead"), user=cast.maya, record_id=lead.pk)

        assert [entry.event for entry in entries] == ["lead.captured", "contact.added"]

    @pytest.mark.req("L1")
    def test_changes_of_hidden_fields_are_left_out(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        spec = registry.get("lead")
        operations.update_record(
            spec=spec, record_id=leads[0].pk, values={"annual_revenue": "9", "region": "X"}, by=Actor.system(), at=at
        )
        role = cast.maya.roles.get()
        role.permissions = {**role.permissions, "fields": {"lead": {"annual_revenue": "hidden"}}}
        role.save()

        (entry, *_) = queries.record_timeline(spec=spec, user=cast.maya, record_id=leads[0].pk)

        assert entry.data["changes"] == {"region": ["US", "X"]}


class TestTagsInUse:
    """Which tags there are."""

    def test_the_most_used_come_first_and_only_of_what_is_seen(
        self, cast: Cast, varied: dict[str, Lead], at: datetime
    ) -> None:
        spec = registry.get("lead")

        assert queries.tags_in_use(spec=spec, user=cast.maya) == [("eu", 2), ("vip", 1)]
        assert queries.tags_in_use(spec=spec, user=cast.maya, begins="V") == [("vip", 1)]
        assert queries.tags_in_use(spec=spec, user=cast.ines) == []
