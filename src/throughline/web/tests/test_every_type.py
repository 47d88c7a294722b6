"""One declaration gives all of it: what every record type has, shown for every record type there is, own ones too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.records import RecordSpec, registry
from throughline.core.records.imports.guessing import guess_columns
from throughline.core.records.merging import links
from throughline.core.records.operations import make_record
from throughline.core.tests.cast import Cast
from throughline.web import moments
from throughline.web.records.present import slug
from throughline.web.tests import guarded
from throughline.web.tests.conftest import SignIn, words_of
from throughline.web.tests.guarded import SECRET, Guarded, text_of

pytestmark = pytest.mark.req("K1")


@pytest.fixture
def filled(cast: Cast, procedure: str, at: datetime) -> Guarded:
    """Give a record of every type, Maya's where it is anybody's."""
    made, by = guarded.make(cast, at), Actor.user(cast.admin)
    for kind in ("product", "price_book", "subscription", "territory", "queue"):
        if kind not in made.records:
            values = {"name": SECRET, "owner": cast.maya.pk}
            made.records[kind] = make_record(spec=registry.get(kind), values=values, by=by, at=at).pk
    return made


@pytest.fixture
def admin(cast: Cast, sign_in: SignIn) -> Client:
    """Sign in who may do everything."""
    return sign_in(cast.admin)


def types(filled: Guarded) -> Iterator[tuple[RecordSpec, str, str]]:
    """Give every type with the address of its list and of a record of it."""
    for spec in registry.everything():
        if spec.type in filled.records:
            place = f"/{slug(spec)}/"
            yield spec, place, f"{place}{filled.records[spec.type]}/"


TOLD = {"version", "updated_at", "updated_by"}
"""Columns that say that something was done."""


def kept(spec: RecordSpec, key: int) -> tuple[dict[str, Any], dict[str, int]]:
    """Give all that is kept of a record, and how much of each kind hangs on it; visits and news come and go."""
    (row,) = links.whole(spec.model, [key])
    hanging = {label: count for label, count in links.counted(spec, key) if label not in ("visits", "notifications")}
    return {name: value for name, value in row.items() if name not in TOLD}, hanging


class TestEveryType:
    """Seen as an administrator."""

    def test_there_is_a_record_of_each(self, filled: Guarded) -> None:
        assert {spec.type for spec in registry.everything()} == filled.records.keys()

    @pytest.mark.parametrize(
        "part",
        ["", "calendar/", "filter/", "columns/", "bin/", "changes/", "?q=quetz", "?group=owner", "?sort=-created_at"],
    )
    def test_has_every_way_to_look_at_many(self, filled: Guarded, admin: Client, part: str) -> None:
        wrong = [place for _, place, _ in types(filled) if admin.get(place + part).status_code != 200]

        assert wrong == []

    def test_has_a_board_and_bars_where_its_fields_give_columns_and_spans(self, filled: Guarded, admin: Client) -> None:
        for spec, place, _ in types(filled):
            page = admin.get(place).content.decode()
            assert f'href="{place}calendar/' in page, "every record was made on some day"
            for way, is_offered in (
                ("board", bool(spec.board_column)),
                ("timeline", f'href="{place}timeline/' in page),
            ):
                assert (f'href="{place}{way}/' in page) is is_offered, spec.type
                assert admin.get(f"{place}{way}/").status_code in ((200,) if is_offered else (200, 404, 422)), spec.type

    def test_narrows_by_a_relative_day_and_by_this_or_that(self, filled: Guarded, admin: Client) -> None:
        for spec, place, _ in types(filled):
            recent = '{"field":"created_at","op":"in","value":"this_week"}'
            either = '{"any":[' + recent + ',{"field":"owner","op":"is","value":"me"}]}'
            page = admin.get(place, {"f": either, "view": "all"})
            assert page.status_code == 200, (spec.type, text_of(page)[:300])
            assert SECRET in text_of(page), spec.type

    def test_goes_out_as_a_table(self, filled: Guarded, admin: Client) -> None:
        for spec, place, _ in types(filled):
            for form in ("csv", "xlsx"):
                assert SECRET in text_of(admin.get(f"{place}export/{form}/")), (spec.type, form)

    def test_has_a_page_with_all_that_hangs_on_a_record(self, filled: Guarded, admin: Client) -> None:
        for spec, _, here in types(filled):
            page = words_of(admin.get(here))
            for what in ("Timeline", "Files", "Why can I see this?", "Mute this record"):
                assert what in page, (spec.type, what)
            assert admin.get(f"{here}access/").status_code == 200
            assert admin.get(f"{here}edit/").status_code == 200, spec.type

    def test_is_followed_starred_tagged_talked_about_and_given_files(self, filled: Guarded, admin: Client) -> None:
        for spec, place, here in types(filled):
            for do in ("follow", "star"):
                assert admin.post(f"{here}marks/", {"do": do}).status_code == 302, spec.type
            sent = SimpleUploadedFile("scan.txt", b"words")
            assert admin.post(f"{here}files/", {"file": sent}).status_code in (200, 302), spec.type
            said = admin.post(f"{here}notes/", {"body": "Look here", "kind": "Comment"})
            assert said.status_code in (200, 302), spec.type
            assert "Look here" in words_of(admin.get(here)), spec.type
            if "tags" in spec.by_name and not spec.by_name["tags"].read_only:
                assert admin.post(f"{here}tags/", {"add": "vip"}).status_code in (200, 302), spec.type
                assert "vip" in text_of(admin.get(place + "?tags=vip")), spec.type
        hand = text_of(admin.get("/at-hand/"))
        assert all(f'href="{here}"' in hand for _, _, here in types(filled))

    @pytest.mark.req("M2")
    def test_goes_to_the_bin_and_comes_back_a_day_later_as_it_was(
        self, filled: Guarded, admin: Client, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for spec, place, here in types(filled):
            before = kept(spec, filled.records[spec.type])
            monkeypatch.setattr(moments, "now", lambda: at)
            binned = admin.post(f"{here}bin/")
            assert binned.status_code in (302, 422), spec.type
            monkeypatch.setattr(moments, "now", lambda: at + timedelta(days=1))
            if binned.status_code == 302:
                assert SECRET in text_of(admin.get(f"{place}bin/")), spec.type
                admin.post(f"{here}restoration/")
            assert admin.get(here).status_code == 200, spec.type
            assert kept(spec, filled.records[spec.type]) == before, spec.type


class TestOwnField:
    """A field that was made here is wherever a built-in one is."""

    def test_is_at_every_door(self, cast: Cast, filled: Guarded, admin: Client, sign_in: SignIn) -> None:
        maya, spec = sign_in(cast.maya), registry.get("lead")
        here, narrowed = f"/leads/{filled.records['lead']}/", f"/leads/?codename={SECRET}&view=all"
        condition = '{"field":"codename","op":"is","value":"' + SECRET + '"}'
        shown = {
            "list": maya.get("/leads/?view=all"),
            "page": maya.get(here),
            "form": maya.get(f"{here}edit/"),
            "new": maya.get("/leads/new/"),
            "filter": maya.get("/leads/filter/"),
            "columns": maya.get("/leads/columns/"),
            "bulk": maya.post("/leads/bulk/", {"record": [str(filled.records["lead"])], "do": "change"}),
            "roles": admin.get("/settings/roles/sales/?fields=lead"),
        }

        assert [name for name, page in shown.items() if "Codename" not in text_of(page)] == []
        for address in (narrowed, f"/leads/?f={condition}&view=all", "/leads/?sort=codename", "/leads/?group=codename"):
            assert SECRET in text_of(maya.get(address)), address
        assert "Codename" in text_of(admin.get("/leads/export/csv/")).splitlines()[0]
        assert guess_columns(spec, ["Code name", "codename"], [["x", "y"]])[1].field == "codename"
        assert here in text_of(maya.get(f"/search/?q={SECRET}"))
