"""Scores of people and organizations: typed and imported, as they are measured elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.filters import Reading, predicate
from throughline.core.records.importing import import_rows
from throughline.core.records.imports.faults import FileRefused
from throughline.core.records.operations import create_record, update_record
from throughline.core.refusals import Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.people.models import Contact

pytestmark = [pytest.mark.django_db, pytest.mark.req("C5")]

SCORES = [("contact", "nps_last", 10), ("contact", "advocate_score", 100), ("organization", "health_score", 100)]


def made(kind: str, user: User, at: datetime, **values: Any) -> Any:
    """Make a record that is called Acme."""
    named = {"last_name": "Acme"} if kind == "contact" else {"name": "Acme"}
    return create_record(spec=registry.get(kind), values={**named, **values}, by=Actor.user(user), at=at)


@pytest.mark.parametrize(("kind", "name", "most"), SCORES)
class TestTyped:
    def test_they_are_kept_and_found(self, cast: Cast, at: datetime, kind: str, name: str, most: int) -> None:
        spec = registry.get(kind)
        best = made(kind, cast.maya, at, **{name: most})
        made(kind, cast.maya, at, **{name: "0"})

        meant = predicate(spec, {"field": name, "op": "ge", "value": most}, Reading(cast.maya, at))

        assert list(spec.model._default_manager.filter(access.visible(spec, cast.maya), meant)) == [best]
        assert name in {field for section in spec.sections for field in section.fields}, "the form asks for it"

    @pytest.mark.parametrize("is_above", [False, True])
    def test_they_are_refused_beyond_their_bounds(
        self, cast: Cast, at: datetime, kind: str, name: str, most: int, is_above: bool
    ) -> None:
        known, value = made(kind, cast.maya, at, **{name: 1}), most + 1 if is_above else -1

        with pytest.raises(Refusal, match=f"goes from 0 to {most}, but “{value}” lies outside"):
            update_record(
                spec=registry.get(kind), record_id=known.pk, values={name: value}, by=Actor.user(cast.maya), at=at
            )
        known.refresh_from_db()
        assert getattr(known, name) == 1


@pytest.mark.req("K1")
class TestImported:
    def test_they_come_by_their_usual_names(self, cast: Cast, at: datetime) -> None:
        self._bring("Last name,NPS\nByron,9\nLin,\n", cast, at)

        assert list(Contact.objects.order_by("last_name").values_list("nps_last", flat=True)) == [9, None]

    def test_a_line_beyond_the_bounds_is_refused(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(FileRefused, match="goes from 0 to 10"):
            self._bring("Last name,NPS\nByron,11\n", cast, at)

    def _bring(self, text: str, cast: Cast, at: datetime) -> None:
        spec, content = registry.get("contact"), text.encode()
        import_rows(spec=spec, content=content, by=Actor.user(cast.alma), at=at, mapping=None, file_name="nps.csv")
