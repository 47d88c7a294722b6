"""Validation rules, formulas and roll-ups: asked and kept true at every door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.records import operations, registry, unit_of_work
from throughline.core.records.custom import rules, upkeep
from throughline.core.records.custom.models import CustomField
from throughline.core.records.custom.operations import (
    Wish,
    change_field,
    define_field,
    make_type,
    retire_field,
    retire_rule,
    set_rule,
)
from throughline.core.records.spec import FieldType as T
from throughline.core.refusals import Conflict, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead, capture_leads
from throughline.crm.leads.models import Lead

Make = Callable[..., Any]


@pytest.fixture
def define(cast: Cast, at: datetime) -> Make:
    """Give what adds a field to a type."""

    def defined(record_type: str, label: str, kind: T = T.NUMBER, **more: Any) -> Any:
        wish = Wish(label=label, type=kind, **more)
        return define_field(record_type=record_type, wish=wish, by=Actor.user(cast.admin), at=at)

    return defined


@pytest.fixture
def rule(cast: Cast, at: datetime) -> Make:
    """Give what makes a rule for leads."""

    def made(condition: str, **more: Any) -> Any:
        said = {"name": "Rule", "message": "Not so.", "record_type": "lead", **more}
        return set_rule(condition=condition, by=Actor.user(cast.admin), at=at, **said)

    return made


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's."""
    return capture_lead(values={"interest": "x", "employees": 5}, by=Actor.user(cast.maya), at=at)


def update(lead: Lead, values: dict[str, Any], by: Any, at: datetime) -> Any:
    """Change a lead as a form does."""
    return operations.update_record(
        spec=registry.get("lead"), record_id=lead.pk, values=values, by=Actor.user(by), at=at
    )


@pytest.mark.req("K1")
class TestRules:
    """What must hold."""

    def test_hold_by_form_inline_and_bulk(self, cast: Cast, lead: Lead, rule: Make, at: datetime) -> None:
        rule("lead.employees = null or lead.employees > 0", field="employees")

        with pytest.raises(Refusal) as refused:
            update(lead, {"employees": -1}, cast.maya, at)

        assert refused.value.fields == {"employees": "Not so."}
        assert Lead.objects.get().employees == 5

    def test_hold_for_new_records_and_imports(self, cast: Cast, rule: Make, at: datetime) -> None:
        rule("lead.employees > 0", field="employees")

        with pytest.raises(Refusal):
            capture_lead(values={"interest": "y"}, by=Actor.user(cast.maya), at=at)
        with pytest.raises(Refusal, match="k-1"):
            capture_leads([{"interest": "y", "employees": 0, "external_id": "k-1"}], by=Actor.system(), at=at)
        assert not Lead.objects.exists()

    def test_hold_for_what_charts_do(self, cast: Cast, lead: Lead, rule: Make, at: datetime) -> None:
        rule('not("vip" = lead.region)')

        with pytest.raises(Refusal):
            operations.update_records(
                spec=registry.get("lead"),
                edits=[operations.Edit(lead.pk, {"region": "vip"})],
                by=Actor("procedure", "1:1", "Chart"),
                at=at,
            )

    def test_are_not_asked_of_what_was_there_while_other_things_change(
        self, cast: Cast, lead: Lead, rule: Make, at: datetime
    ) -> None:
        rule("lead.employees > 100")

        changed = update(lead, {"interest": "z"}, cast.maya, at)

        assert changed.interest == "z"

    def test_know_the_day(self, cast: Cast, lead: Lead, rule: Make, at: datetime) -> None:
        rule("lead.first_contact_on <= today()")

        update(lead, {"first_contact_on": "2026-03-02"}, cast.maya, at)
        with pytest.raises(Refusal):
            update(lead, {"first_contact_on": "2026-03-03"}, cast.maya, at)

    @pytest.mark.parametrize("condition", ["lead.employees >", "lead.nonsense > 1", "deal.amount > 1", "budget > 1"])
    def test_that_cannot_be_asked_are_refused(self, rule: Make, condition: str) -> None:
        with pytest.raises(Refusal) as refused:
            rule(condition)

        assert "condition" in refused.value.fields

    def test_retired_are_asked_no_more(self, cast: Cast, lead: Lead, rule: Make, at: datetime) -> None:
        made = rule("lead.employees > 0")
        retire_rule(record_type="lead", rule_id=made.pk, by=Actor.user(cast.admin), at=at)

        assert update(lead, {"employees": -1}, cast.maya, at).employees == -1

    def test_cost_nothing_where_there_are_none(self, lead: Lead) -> None:
        assert not rules.is_bound(registry.get("lead"))

    def test_a_field_is_required_at_a_column_of_the_board(
        self, cast: Cast, lead: Lead, define: Make, at: datetime
    ) -> None:
        define("lead", "Need", T.TEXT, required_at=("Qualified",))

        with pytest.raises(Refusal, match="Need is needed at Qualified") as refused:
            update(lead, {"status": "Qualified"}, cast.maya, at)
        assert set(refused.value.fields) == {"need"}
        assert update(lead, {"status": "Qualified", "need": "speed"}, cast.maya, at).status == "Qualified"
        with pytest.raises(Refusal):
            update(lead, {"need": ""}, cast.maya, at)


@pytest.mark.req("K1")
class TestFormulas:
    """Values worked out of the record."""

    def test_follow_every_write_in_the_order_they_rest_on_one_another(
        self, cast: Cast, define: Make, at: datetime
    ) -> None:
        define("lead", "Half", formula="lead.employees / 2")
        define("lead", "Quarter", formula="lead.half / 2")
        made = capture_lead(values={"interest": "x", "employees": 8}, by=Actor.user(cast.maya), at=at)
        quarter = registry.get("lead").field("quarter")
        assert quarter.value_of(Lead.objects.get()) == 2

        update(made, {"employees": 6}, cast.maya, at)

        assert quarter.value_of(Lead.objects.get()) == Decimal("1.5")
        assert Lead.objects.filter(**{f"{quarter.column}__lt": 2}).exists()

    def test_fill_records_that_were_there(self, lead: Lead, define: Make) -> None:
        define("lead", "Double", formula="lead.employees * 2")

        assert registry.get("lead").field("double").value_of(Lead.objects.get()) == 10

    def test_of_many_records_are_worked_out_behind(
        self, cast: Cast, lead: Lead, define: Make, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(upkeep, "WITHIN_THE_CHANGE", 0)
        define("lead", "Double", formula="lead.employees * 2")
        assert Lead.objects.get().custom == {}

        upkeep.look_after(at=at)

        assert registry.get("lead").field("double").value_of(Lead.objects.get()) == 10
        assert not CustomField.objects.filter(stale=True).exists()

    def test_in_a_circle_are_refused(self, cast: Cast, define: Make, at: datetime) -> None:
        define("lead", "A")
        define("lead", "B", formula="lead.a + 1")

        with pytest.raises(Refusal, match="rest on one another"):
            change_field(
                record_type="lead", key="a", wish=Wish(label="A", type=T.NUMBER, formula="lead.b + 1"),
                by=Actor.user(cast.admin), at=at,
            )  # fmt: skip

    @pytest.mark.parametrize("formula", ["today()", "lead.x + lead.x", "lead.nothing", "1 +"])
    def test_of_time_themselves_or_nothing_are_refused(self, define: Make, formula: str) -> None:
        with pytest.raises(Refusal):
            define("lead", "X", formula=formula)

    def test_are_written_by_nobody(self, cast: Cast, lead: Lead, define: Make, at: datetime) -> None:
        define("lead", "Double", formula="lead.employees * 2")

        with pytest.raises(Refusal):
            update(lead, {"double": 7}, cast.maya, at)

    def test_that_are_used_hold_their_fields(self, cast: Cast, define: Make, at: datetime) -> None:
        define("lead", "A")
        define("lead", "B", formula="lead.a + 1")

        with pytest.raises(Conflict, match="the formula B"):
            retire_field(record_type="lead", key="a", by=Actor.user(cast.admin), at=at)


@pytest.mark.req("K1")
class TestRollups:
    """Figures over what points here."""

    @pytest.fixture
    def visit(self, cast: Cast, define: Make, at: datetime) -> Make:
        """Make a type of visits to leads with two roll-ups, and give what makes one."""
        make_type(key="visit", label="Visit", plural="Visits", number_prefix="VIS", by=Actor.user(cast.admin), at=at)
        define("visit", "Minutes", T.INTEGER)
        define("visit", "To", T.RECORD, key="goal", to="lead")
        over = {"type": "visit", "link": "goal"}
        define("lead", "Visits", T.INTEGER, rollup={**over, "function": "count"})
        long = {**over, "function": "sum", "field": "minutes", "where": {"name": "Long"}}
        define("lead", "Minutes", T.INTEGER, rollup=long)
        define("lead", "Hours", formula="lead.minutes / 60")

        def made(**values: Any) -> Any:
            by = Actor.user(cast.maya)
            return operations.create_record(spec=registry.get("visit"), values={"name": "V", **values}, by=by, at=at)

        return made

    @staticmethod
    def figures(lead: Lead) -> tuple[Any, ...]:
        """Return what is kept of a lead."""
        spec, kept = registry.get("lead"), Lead.objects.get(pk=lead.pk)
        return tuple(spec.field(key).value_of(kept) for key in ("visits", "minutes", "hours"))

    def test_follow_new_moved_changed_binned_and_restored_records(
        self, cast: Cast, lead: Lead, visit: Make, at: datetime
    ) -> None:
        other = capture_lead(values={"interest": "other"}, by=Actor.user(cast.maya), at=at)
        spec, by = registry.get("visit"), Actor.user(cast.maya)
        visit(goal=lead.pk, minutes=30)
        long = visit(name="Long", goal=lead.pk, minutes=90)
        assert self.figures(lead) == (2, 90, Decimal("1.5"))

        operations.update_record(spec=spec, record_id=long.pk, values={"minutes": 60}, by=by, at=at)
        assert self.figures(lead) == (2, 60, 1)
        operations.update_record(spec=spec, record_id=long.pk, values={"goal": other.pk}, by=by, at=at)
        assert (self.figures(lead), self.figures(other)) == ((1, 0, 0), (1, 60, 1))
        operations.delete_records(spec=spec, ids=[long.pk], by=by, at=at)
        assert self.figures(other) == (0, 0, 0)
        operations.restore_records(spec=spec, ids=[long.pk], by=by, at=at)
        assert self.figures(other) == (1, 60, 1)

    def test_follow_what_is_made_in_sets(self, cast: Cast, lead: Lead, visit: Make, at: datetime) -> None:
        rows = [{"name": "Long", "goal": lead.pk, "minutes": n, "external_id": str(n)} for n in (1, 2)]

        registry.get("visit").creating(rows, by=Actor.user(cast.maya), at=at)

        assert self.figures(lead)[:2] == (2, 3)

    def test_follow_within_a_unit_of_work(self, cast: Cast, lead: Lead, visit: Make, at: datetime) -> None:
        spec, by = registry.get("visit"), Actor.user(cast.maya)
        made = visit(name="Long", goal=lead.pk, minutes=30)

        with transaction.atomic(), unit_of_work.unit_of_work():
            update(lead, {"interest": "put off"}, cast.maya, at)
            operations.update_record(spec=spec, record_id=made.pk, values={"minutes": 45}, by=by, at=at)
            update(lead, {"region": "EU"}, cast.maya, at)

        assert self.figures(lead)[1] == 45
        assert (Lead.objects.get().interest, Lead.objects.get().region) == ("put off", "EU")

    def test_count_what_was_there_before(self, cast: Cast, lead: Lead, visit: Make, define: Make) -> None:
        visit(goal=lead.pk, minutes=7)

        define("lead", "Shortest", T.INTEGER, rollup={
            "type": "visit", "link": "goal", "function": "min", "field": "minutes",
        })  # fmt: skip

        assert registry.get("lead").field("shortest").value_of(Lead.objects.get()) == 7

    def test_round_a_circle_are_refused(self, visit: Make, define: Make) -> None:
        define("lead", "Of", T.RECORD, key="of_visit", to="visit")

        with pytest.raises(Refusal, match="in a circle"):
            define("visit", "Leads", T.INTEGER, rollup={"type": "lead", "link": "of_visit", "function": "count"})

    @pytest.mark.parametrize(
        "rollup",
        [
            {"type": "nothing", "link": "goal", "function": "count"},
            {"type": "visit", "link": "minutes", "function": "count"},
            {"type": "visit", "link": "goal", "function": "average"},
            {"type": "visit", "link": "goal", "function": "sum", "field": "name"},
            {"type": "visit", "link": "goal", "function": "count", "where": {"minutes": "many"}},
            {"type": "visit"},
        ],
    )
    def test_over_nothing_are_refused(self, visit: Make, define: Make, rollup: dict[str, Any]) -> None:
        with pytest.raises(Refusal):
            define("lead", "None", T.INTEGER, key="none_of_it", rollup=rollup)
