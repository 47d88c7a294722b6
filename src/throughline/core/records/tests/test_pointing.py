"""Which links lead to a record: asked once for all, and every one can be asked quickly."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db.models import Model, Q

from throughline.core.actor import Actor
from throughline.core.records import FieldType, registry
from throughline.core.records.custom.operations import Wish, define_field
from throughline.core.records.pointing import Link, links_in_use
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead


def links_to(record_type: str) -> list[Link]:
    """Return all links to records of a type."""
    fields = ((spec, each) for spec in registry.everything() for each in spec.fields)
    return [
        (spec, each)
        for spec, each in fields
        if each.type is FieldType.RECORD and each.to == record_type and not each.is_through
    ]


def names(links: list[Link]) -> list[tuple[str, str]]:
    return [(spec.type, described.name) for spec, described in links]


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's with a person behind it."""
    return capture_lead(values={"name": "Ada Byron", "email": "ada@example.com"}, by=Actor.user(cast.maya), at=at)


def is_indexed(model: type[Model], name: str) -> bool:
    """Return whether the rows of a table that point to a record are found by an index; one of what points will do."""
    column: Any = model._meta.get_field(name)
    partial = (None, Q(**{f"{name}__isnull": False}))
    begun = [index.condition in partial for index in model._meta.indexes if index.fields[:1] == [name]]
    return column.db_index or column.unique or any(begun)


class TestLinksInUse:
    """Asking before what belongs to a record is read."""

    def test_are_those_by_which_something_points_here(self, lead: Lead, django_assert_num_queries: Any) -> None:
        links = links_to("contact")

        with django_assert_num_queries(1):
            found = links_in_use(links=links, record_id=lead.contact_id or 0)

        assert ("deal", "contact") in names(links)
        assert names(found) == [("lead", "contact")]

    def test_come_and_go_with_what_points(self, lead: Lead) -> None:
        contact = lead.contact_id or 0
        Lead.objects.update(contact=None)

        assert links_in_use(links=links_to("contact"), record_id=contact) == []

    def test_a_custom_field_is_not_looked_into(self, cast: Cast, at: datetime, lead: Lead) -> None:
        wish = Wish(label="Rival", type=FieldType.RECORD, to="contact")
        define_field(record_type="lead", wish=wish, by=Actor.user(cast.admin), at=at)
        custom = [link for link in links_to("contact") if link[1].custom]

        assert len(custom) == 1
        assert links_in_use(links=custom, record_id=lead.pk) == custom

    @pytest.mark.parametrize("record_type", ["lead", "contact", "organization", "deal", "quote"])
    def test_every_link_has_an_index(self, db: None, record_type: str) -> None:
        links = [(spec.model, each.source) for spec, each in links_to(record_type) if not each.custom]

        assert links
        assert [f"{model.__name__}.{column}" for model, column in links if not is_indexed(model, column)] == []
