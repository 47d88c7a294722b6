"""Search: parts of words, similar words, and nothing that the asker may not see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from throughline.core import access
from throughline.core.access import rules
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records import search as searching
from throughline.core.records.operations import update_record
from throughline.core.records.search import search
from throughline.core.records.spec import RecordSpec
from throughline.core.tests.cast import Cast
from throughline.crm.activities.operations import log_activity
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's with a person and an activity."""
    values = {
        "name": "Zoë Ångström",
        "email": "zoe@fjord.example",
        "organization_name": "Fjord Labs",
        "interest": "Looms",
    }
    lead = capture_lead(values=values, by=Actor.user(cast.maya), at=at)
    log_activity(
        kind="Call",
        subject="Talked about zeppelins",
        about=[RecordRef("lead", lead.pk)],
        by=Actor.user(cast.maya),
        at=at,
    )
    return lead


def found(user: User, text: str, **narrowed: Any) -> list[str]:
    """Return what a person finds, as references."""
    return [hit.ref.type for hit in search(user=user, text=text, **narrowed)]


class TestSearch:
    """Finding records."""

    @pytest.mark.parametrize(
        "text", ["zoe", "ZOË ÅNG", "angstr zoe", "ström", "fjord.example", "Fjord Labs angstrom", "zoe@fjord"]
    )
    def test_parts_of_words_in_any_order_without_accents(self, cast: Cast, lead: Lead, text: str) -> None:
        assert "lead" in found(cast.maya, text)

    def test_a_slip_of_the_keyboard_is_forgiven(self, cast: Cast, lead: Lead) -> None:
        assert set(found(cast.maya, "angstrm")) == {"lead", "contact"}

    def test_a_record_is_found_by_its_number(self, cast: Cast, lead: Lead) -> None:
        assert found(cast.maya, lead.number) == ["lead"]

    def test_what_begins_with_the_words_comes_first(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.maya)
        for name in ("Joanna Ada", "Ada Lovelace", "Canada Ltd"):
            capture_lead(values={"name": name}, by=by, at=at)

        hits = search(user=cast.maya, text="ada", types=["contact"])

        assert [hit.title for hit in hits] == ["Ada Lovelace", "Joanna Ada", "Canada Ltd"]

    @pytest.mark.parametrize("by_index", [True, False])
    def test_each_is_found_once_on_every_way(
        self, cast: Cast, lead: Lead, monkeypatch: pytest.MonkeyPatch, by_index: bool
    ) -> None:
        monkeypatch.setattr(searching, "_goes_by_index", lambda _rows: by_index)
        monkeypatch.setattr(searching, "PATIENCE_MS", 60_000)

        assert sorted(found(cast.maya, "zoe")) == ["contact", "lead"]
        assert sorted(found(cast.omar, "zoe")) == ["contact", "lead"]
        assert found(cast.ines, "zoe") == []

    def test_what_the_planner_takes_for_far_too_many_is_not_looked_through(
        self, cast: Cast, lead: Lead, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rules, "FAR_BEYOND", 0)

        assert sorted(found(cast.maya, "zoe")) == ["contact", "lead"]
        assert found(cast.ines, "zoe") == []

    def test_types_narrow_it(self, cast: Cast, lead: Lead) -> None:
        assert found(cast.maya, "zoe", types=["contact"]) == ["contact"]
        assert found(cast.maya, "", types=["contact"]) == []

    def test_signs_of_patterns_mean_themselves(self, cast: Cast, lead: Lead) -> None:
        assert found(cast.maya, "%") == []
        assert found(cast.maya, "z_e") == []

    @pytest.mark.req("L1")
    @pytest.mark.parametrize("text", ["zoe", "angstrm", "zeppelins", "fjord", "L-"])
    def test_another_team_finds_nothing(self, cast: Cast, lead: Lead, text: str) -> None:
        assert found(cast.ines, text) == []
        assert found(cast.hana, text) == []

    @pytest.mark.req("L1")
    def test_who_takes_part_finds_the_record_its_person_and_what_was_done(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        part = access.Part(cast.ines.pk, RecordRef("lead", lead.pk), "You hold a step.")
        access.take_part_many(parts=[part], at=at)

        assert set(found(cast.ines, "zoe")) == {"lead", "contact"}
        assert found(cast.ines, "zeppelins") == ["activity"]

    def test_the_number_of_queries_does_not_grow_with_what_is_found(
        self, cast: Cast, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        access.grants(cast.alma)
        for n in range(30):
            capture_lead(values={"name": f"Zoe {n}", "origin": "ad"}, by=Actor.system(), at=at)

        with django_assert_max_num_queries(12):
            assert len(search(user=cast.alma, text="zoe", limit=50)) == 50


class TestRestsOn:
    """What a write must tell search."""

    def test_it_is_the_columns_of_words_and_of_whom_a_record_belongs_to(self) -> None:
        told = searching.rests_on(registry.get("deal"))

        assert told is not None
        assert {"name", "organization_id", "amount", "owner_id", "team_id", "tags", "custom", "deleted_at"} <= told
        assert told.isdisjoint({"stage_id", "probability", "updated_at", "version", "quality"})

    @pytest.mark.parametrize(
        "spec", [each for each in registry.everything() if each.in_search], ids=lambda each: each.type
    )
    def test_every_type_says_it_by_columns_it_has(self, spec: RecordSpec) -> None:
        told = searching.rests_on(spec)

        assert told is not None
        assert told <= {each.attname for each in spec.model._meta.concrete_fields}

    def test_other_writes_leave_the_table_of_words_alone(self, cast: Cast, lead: Lead, at: datetime) -> None:
        written = _written_by({"rating": "Hot"}, lead, cast, at), _written_by({"interest": "Spindles"}, lead, cast, at)

        assert [any("records_search" in each for each in statements) for statements in written] == [False, True]
        assert "lead" in found(cast.maya, "spindles")
        assert "lead" not in found(cast.maya, "looms")

    def test_words_of_what_it_points_at_stay_with_a_changed_record(self, cast: Cast, lead: Lead, at: datetime) -> None:
        _written_by({"interest": "Spindles"}, lead, cast, at)

        assert "lead" in found(cast.maya, "zoe spindles fjord.example")


def _written_by(values: dict[str, Any], lead: Lead, cast: Cast, at: datetime) -> list[str]:
    with CaptureQueriesContext(connection) as statements:
        update_record(spec=registry.get("lead"), record_id=lead.pk, values=values, by=Actor.user(cast.maya), at=at)
    return [each["sql"] or "" for each in statements.captured_queries]
