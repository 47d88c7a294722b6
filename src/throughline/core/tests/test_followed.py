"""Objects by key with what they point at, by a statement that is written once: the same as the ORM gives."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record, delete_records
from throughline.core.records.queries import get_record, whole_record
from throughline.core.refusals import NotFound
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import ship_pipeline


class TestWholeRecords:
    def test_are_what_the_orm_gives_links_included(self, cast: Cast, at: datetime) -> None:
        ship_pipeline(by=Actor.system(), at=at)
        by, spec = Actor.user(cast.maya), registry.get("deal")
        firm = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=by, at=at)
        values = {"name": "Turbines", "amount": "12.50", "organization": firm.pk, "tags": ["big"]}
        deal = create_record(spec=spec, values=values, by=by, at=at)
        by_orm = spec.model._default_manager.select_related(*spec.select_related).get(pk=deal.pk)

        for _turn in range(2):
            whole = whole_record(spec, deal.pk)
            assert whole is not None
            assert {**vars(whole), "_state": None} == {**vars(by_orm), "_state": None}
            assert set(whole._state.fields_cache) == set(by_orm._state.fields_cache)
            assert (whole.amount, whole.organization.name, whole.owner) == (Decimal("12.50"), "Acme", cast.maya)
            assert whole.contact is None

    def test_with_other_keys_are_others_or_none(self, cast: Cast, at: datetime) -> None:
        by, spec = Actor.user(cast.maya), registry.get("organization")
        keys = [create_record(spec=spec, values={"name": name}, by=by, at=at).pk for name in ("Acme", "Beta")]

        assert [getattr(whole_record(spec, key), "name", None) for key in (*keys, 10**6, 10**30)] == [
            "Acme", "Beta", None, None,
        ]  # fmt: skip

    def test_in_the_bin_are_found_by_no_reader(self, cast: Cast, at: datetime) -> None:
        by, spec = Actor.user(cast.maya), registry.get("organization")
        firm = create_record(spec=spec, values={"name": "Acme"}, by=by, at=at)
        delete_records(spec=spec, ids=[firm.pk], by=by, at=at)

        assert whole_record(spec, firm.pk) is not None
        with pytest.raises(NotFound):
            get_record(spec=spec, user=cast.maya, record_id=firm.pk)
