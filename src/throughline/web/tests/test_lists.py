"""Lists as readers meet them: views, the filter builder, groups, sums, columns, calendar, timeline, cells, bin."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from throughline.core.actor import Actor
from throughline.core.records import operations, registry
from throughline.core.records.models import FirstView, SavedView
from throughline.core.records.views import Look, save_view
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn, words_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def leads(cast: Cast, at: datetime) -> list[Lead]:
    """Give three leads of Maya's, of two regions, and one of Ines's."""
    made = []
    for name, region, by in (
        ("Ada", "EU", cast.maya),
        ("Bob", "US", cast.maya),
        ("Cem", "EU", cast.maya),
        ("Dan", "EU", cast.ines),
    ):
        values = {"name": name, "region": region, "email": f"{name}@x.org"}
        made.append(capture_lead(values=values, by=Actor.user(by), at=at))
    return made


@pytest.fixture
def deals(cast: Cast, at: datetime) -> list[Deal]:
    """Give two deals of Maya's that are to close in March."""
    ship_pipeline(by=Actor.system(), at=at)
    spec, by = registry.get("deal"), Actor.user(cast.maya)
    return [
        operations.create_record(
            spec=spec,
            values={
                "name": f"D{n}",
                "amount": 100 * n,
                "expected_close_on": f"2026-03-1{n}",
                "engaged_on": "2026-03-01",
            },
            by=by,
            at=at,
        )
        for n in (1, 2)
    ]


def shown(page: str) -> list[str]:
    """Return the names in the first column of a list."""
    return re.findall(r'class="grid-table__main" href="[^"]+">([^<]+)<', page)


def filter_of(location: str) -> Any:
    """Return the filter in an address."""
    return json.loads(parse_qs(urlsplit(location).query)["f"][0])


class TestViews:
    """Saving how one looks, and sharing it."""

    def test_what_is_seen_is_saved_and_is_an_address_to_send(
        self, cast: Cast, leads: list[Lead], sign_in: SignIn
    ) -> None:
        maya = sign_in(cast.maya)
        page = maya.get("/leads/?region=EU&sort=name&columns=name,region").content.decode()
        [state] = set(re.findall(r'name="state" value="([^"]*)"', page))

        sent = {"name": "Europe", "state": state.replace("&amp;", "&"), "audience": str(cast.north.pk)}
        answer = maya.post("/leads/views/", sent)

        view = SavedView.objects.get()
        assert answer["Location"] == f"/leads/?view={view.pk}"
        tom = sign_in(cast.tom).get(answer["Location"]).content.decode()
        assert shown(tom) == ["Ada", "Cem"]
        assert "Region contains “EU”" in tom
        assert 'aria-current="page"' in tom[tom.index("view-tabs") : tom.index("toolbar")]

    @pytest.mark.req("L1")
    def test_each_reader_of_a_shared_view_sees_only_their_own(
        self, cast: Cast, leads: list[Lead], at: datetime, sign_in: SignIn
    ) -> None:
        look = Look(filter={"field": "region", "op": "is", "value": "EU"})
        view = save_view(spec=registry.get("lead"), name="Europe", user=cast.omar, at=at, look=look, shared=True)

        assert shown(sign_in(cast.ines).get(f"/leads/?view={view.pk}").content.decode()) == ["Dan"]
        assert sorted(shown(sign_in(cast.omar).get(f"/leads/?view={view.pk}").content.decode())) == [
            "Ada",
            "Cem",
            "Dan",
        ]

    @pytest.mark.req("L1")
    def test_a_view_that_is_not_shared_is_not_found(
        self, cast: Cast, leads: list[Lead], at: datetime, sign_in: SignIn
    ) -> None:
        view = save_view(spec=registry.get("lead"), name="Mine", user=cast.maya, at=at, look=Look())

        for path in (f"/leads/?view={view.pk}", f"/leads/views/{view.pk}/", f"/leads/board/?view={view.pk}"):
            assert sign_in(cast.ines).get(path).status_code == 404

    @pytest.mark.req("L1")
    def test_a_view_by_a_hidden_field_says_so_and_shows_nothing(
        self, cast: Cast, deals: list[Deal], at: datetime, sign_in: SignIn
    ) -> None:
        look = Look(filter={"field": "amount", "op": "gt", "value": 1}, sort="-amount", columns=("name", "amount"))
        view = save_view(spec=registry.get("deal"), name="Big", user=cast.maya, at=at, look=look, team_id=cast.north.pk)

        page = sign_in(cast.ivo).get(f"/deals/?view={view.pk}").content.decode()

        assert "cannot be filtered by" in page
        assert (shown(page), "100.00" in page) == ([], False)

    def test_the_list_opens_with_the_view_one_chose(
        self, cast: Cast, leads: list[Lead], at: datetime, sign_in: SignIn
    ) -> None:
        maya, spec = sign_in(cast.maya), registry.get("lead")
        us = save_view(
            spec=spec,
            name="US",
            user=cast.maya,
            at=at,
            look=Look(filter={"field": "region", "op": "is", "value": "US"}),
        )
        board = save_view(spec=spec, name="B", user=cast.maya, at=at, look=Look(layout="board"))
        maya.post("/leads/views/first/", {"view": us.pk})

        assert shown(maya.get("/leads/").content.decode()) == ["Bob"]
        assert len(shown(maya.get("/leads/?view=all").content.decode())) == 3
        maya.post("/leads/views/first/", {"view": board.pk})
        assert maya.get("/leads/")["Location"] == f"/leads/board/?view={board.pk}"
        maya.post("/leads/views/first/", {"view": ""})
        assert not FirstView.objects.exists()

    def test_one_is_renamed_shared_and_deleted(
        self, cast: Cast, leads: list[Lead], at: datetime, sign_in: SignIn
    ) -> None:
        maya = sign_in(cast.maya)
        view = save_view(spec=registry.get("lead"), name="Mine", user=cast.maya, at=at, look=Look())

        maya.post(f"/leads/views/{view.pk}/", {"name": "Ours", "audience": str(cast.north.pk)})
        view.refresh_from_db()
        assert (view.name, view.team_id) == ("Ours", cast.north.pk)
        refused = maya.post(f"/leads/views/{view.pk}/", {"name": " ", "audience": ""})
        assert (refused.status_code, "Give the view a name." in refused.content.decode()) == (422, True)
        maya.post(f"/leads/views/{view.pk}/", {"name": "Ours", "do": "delete"})
        assert not SavedView.objects.exists()


class TestFilterBuilder:
    """Conditions and groups as a form."""

    def test_it_shows_what_the_list_shows_in_words(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        tree = {"any": [{"field": "owner", "op": "is", "value": "me"}, {"all": [
            {"field": "created_at", "op": "within_last", "value": 7},
            {"not": {"any": [{"field": "status", "op": "one_of", "value": ["New", "Working"]}]}},
        ]}]}  # fmt: skip

        page = sign_in(cast.maya).get("/leads/filter/", {"f": json.dumps(tree)}).content.decode()

        assert "Owner is me or (Created is within the last 7 days and not (Status is one of New or Working))" in page
        assert 'name="mode:0.1.1"' in page
        assert re.search(r'<option value="none" selected>', page)

    def test_without_a_script_a_filter_is_built_step_by_step(
        self, cast: Cast, leads: list[Lead], sign_in: SignIn
    ) -> None:
        maya, path = sign_in(cast.maya), "/leads/filter/"
        base = {
            "base": "sort=name&layout=list",
            "mode:0": "all",
            "field:0.0": "region",
            "op:0.0": "is",
            "value:0.0": "EU",
        }
        page = maya.post(path, {**base, "do": "group:0"}).content.decode()
        assert 'name="field:0.1.1"' in page
        page = maya.post(path, {**base, "do": "add:0"}).content.decode()
        assert 'name="field:0.1"' in page
        page = maya.post(path, {**base, "do": "remove:0.0"}).content.decode()
        assert 'name="field:0.0"' not in page

        group = {"mode:0.1": "any", "field:0.1.0": "owner", "op:0.1.0": "is", "value:0.1.0": "me"}
        answer = maya.post(path, {**base, **group, "field:0.2": "", "do": "apply"})

        assert filter_of(answer["Location"]) == {
            "all": [
                {"field": "region", "op": "is", "value": "EU"},
                {"any": [{"field": "owner", "op": "is", "value": "me"}]},
            ]
        }
        assert shown(maya.get(answer["Location"]).content.decode()) == ["Ada", "Cem"]

    def test_what_is_wrong_is_told_at_its_condition(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        sent = {
            "base": "", "do": "apply", "mode:0": "all", "field:0.0": "", "mode:0.1": "none",
            "field:0.1.0": "score", "op:0.1.0": "gt", "value:0.1.0": "many",
        }  # fmt: skip

        answer = sign_in(cast.maya).post("/leads/filter/", sent, headers=HTMX)

        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'id="wrong-0.1.0"' in page
        assert "Score takes a number" in page
        assert 'value="many"' in page

    @pytest.mark.req("M1")
    def test_enter_in_a_field_applies_it_and_removes_nothing(self, cast: Cast, sign_in: SignIn) -> None:
        sent = {"mode:0": "all", "field:0.0": "region", "op:0.0": "is", "value:0.0": "EU"}

        page = sign_in(cast.maya).post("/leads/filter/", sent).content.decode()

        buttons = re.findall(r'<button[^>]* name="do" value="([^"]*)"', page)
        assert buttons[:2] == ["apply", "remove:0.0"], "A browser presses the first button of a form."

    @pytest.mark.parametrize(
        "do", ["", "add:0.7", "group:0.0.0", "remove:0.9", "remove:0", "add:0..", "add:0.9999999999"]
    )
    @pytest.mark.parametrize("sent", [{}, {"field:0": "region", "value:0": "EU"}, {"mode:0": "none"}])
    def test_what_no_form_of_it_sends_is_a_form_again(
        self, cast: Cast, sign_in: SignIn, sent: dict[str, str], do: str
    ) -> None:
        answer = sign_in(cast.maya).post("/leads/filter/", {**sent, "do": do})

        assert answer.status_code == 200
        assert 'name="mode:0"' in answer.content.decode()

    def test_the_fields_of_the_bar_become_conditions(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/leads/filter/?status=New&owner=me").content.decode()

        assert "Status is New and Owner is me" in page

    @pytest.mark.req("L1")
    def test_hidden_fields_are_not_offered(self, cast: Cast, deals: list[Deal], sign_in: SignIn) -> None:
        page = sign_in(cast.ivo).get("/deals/filter/").content.decode()

        assert 'value="stage"' in page
        assert 'value="amount"' not in page


class TestGroups:
    """Groups that unfold, and sums."""

    def test_each_has_its_count_and_gives_its_rows(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        page = maya.get("/leads/?group=region").content.decode()

        assert re.findall(r'group__label">([^<]+)</span><span class="pill">(\d+)', page) == [("EU", "2"), ("US", "1")]
        rows = [url.replace("&amp;", "&") for url in re.findall(r'hx-get="(/leads/rows/[^"]+)"', page)]
        assert sorted(shown(maya.get(rows[0]).content.decode())) == ["Ada", "Cem"]
        assert shown(maya.get(rows[1]).content.decode()) == ["Bob"]

    @pytest.mark.req("L1")
    def test_another_team_counts_only_its_own(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        page = sign_in(cast.ines).get("/leads/?group=region").content.decode()

        assert re.findall(r'group__label">([^<]+)</span><span class="pill">(\d+)', page) == [("EU", "1")]

    @pytest.mark.req("L1")
    def test_sums_stand_below_the_list_and_not_for_everybody(
        self, cast: Cast, deals: list[Deal], sign_in: SignIn
    ) -> None:
        assert "300.00" in sign_in(cast.maya).get("/deals/totals/").content.decode()
        assert "300.00" in sign_in(cast.maya).get("/deals/?group=owner").content.decode()
        for person in (cast.ines, cast.ivo, cast.hana):
            assert "300" not in words_of(sign_in(person).get("/deals/totals/"))
            assert "300" not in words_of(sign_in(person).get("/deals/?group=owner"))


class TestColumns:
    """Which columns, in what order."""

    def test_they_are_chosen_step_by_step_by_addresses(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        page = maya.get("/leads/columns/?columns=name,region&add=rating").content.decode()
        ways = [url.replace("&amp;", "&") for url in re.findall(r'href="(/leads/columns/[^"]+)"', page)]

        assert any("columns=name%2Crating%2Cregion" in way for way in ways)
        assert any("columns=region%2Crating" in way for way in ways)
        listed = maya.get("/leads/?columns=region,name").content.decode()
        assert re.findall(r'class="grid-table__sort" href="[^"]+">(\w+)', listed) == ["Region", "Name"]

    def test_the_title_stands_before_a_first_column_that_leads_nowhere(
        self, cast: Cast, leads: list[Lead], sign_in: SignIn
    ) -> None:
        page = sign_in(cast.maya).get("/leads/?sort=name&columns=score,region").content.decode()

        assert shown(page) == ["Ada", "Bob", "Cem"]
        heads = re.findall(r'<th scope="col"[^>]*>\s*(?:<a[^>]*>)?\s*(\w+)', page)
        assert heads == ["Lead", "Score", "Region"]


class TestInTime:
    """Calendar and timeline."""

    def test_the_calendar_has_each_on_its_day(self, cast: Cast, deals: list[Deal], sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/deals/calendar/?by=expected_close_on").content.decode()

        day = page[page.index('data-day="2026-03-11"') :]
        assert f'href="/deals/{deals[0].pk}/"' in day[: day.index("</ul>")]
        assert page.count("data-movable") == 2
        week = sign_in(cast.maya).get("/deals/calendar/?by=expected_close_on&scale=week&on=2026-03-11").content.decode()
        assert week.count("data-day=") == 7

    @pytest.mark.req("L1")
    def test_another_team_sees_empty_days(self, cast: Cast, deals: list[Deal], sign_in: SignIn) -> None:
        for path in ("/deals/calendar/?by=expected_close_on", "/deals/timeline/?by=engaged_on,expected_close_on"):
            assert "/deals/1" not in sign_in(cast.ines).get(path).content.decode()
            assert "D1" not in words_of(sign_in(cast.ines).get(path))

    @pytest.mark.parametrize(("sent", "day"), [({"days": "7"}, 18), ({"to": "2026-03-20"}, 20), ({"days": "-1"}, 10)])
    def test_one_is_moved_to_another_day(
        self, cast: Cast, deals: list[Deal], sign_in: SignIn, sent: dict[str, str], day: int
    ) -> None:
        path = f"/deals/{deals[0].pk}/dates/?by=expected_close_on"
        sent = {**sent, "fields": "expected_close_on", "version": str(deals[0].version)}

        answer = sign_in(cast.maya).post(path, sent, headers=HTMX)

        deals[0].refresh_from_db()
        page = answer.content.decode()
        assert (answer.status_code, deals[0].expected_close_on.day) == (200, day)  # type: ignore[union-attr]
        assert f'data-day="2026-03-{day}"' in page
        assert "Moved." in page

    def test_a_refused_move_is_told_and_the_calendar_comes_back(
        self, cast: Cast, deals: list[Deal], sign_in: SignIn
    ) -> None:
        sent = {"fields": "expected_close_on", "to": "soon"}

        answer = sign_in(cast.maya).post(f"/deals/{deals[0].pk}/dates/?by=expected_close_on", sent, headers=HTMX)

        assert answer.status_code == 422
        assert "Choose the day" in answer.content.decode()
        assert sign_in(cast.ines).post(f"/deals/{deals[0].pk}/dates/", {**sent, "to": "2026-03-20"}).status_code == 404

    def test_the_timeline_has_bars_that_are_moved_whole(self, cast: Cast, deals: list[Deal], sign_in: SignIn) -> None:
        query = "?by=engaged_on,expected_close_on&on=2026-03-01&scale=month"
        page = sign_in(cast.maya).get(f"/deals/timeline/{query}").content.decode()
        assert re.findall(r'<rect x="(\d+)" width="(\d+)"', page) == [("0", "354"), ("0", "387")]

        sent = {"fields": "engaged_on,expected_close_on", "days": "1"}
        sign_in(cast.maya).post(f"/deals/{deals[0].pk}/dates/{query}", sent)

        deals[0].refresh_from_db()
        assert (str(deals[0].engaged_on), str(deals[0].expected_close_on)) == ("2026-03-02", "2026-03-12")


class TestCells:
    """Changing a value where it stands."""

    def test_it_is_changed_and_drawn_again(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        maya, path = sign_in(cast.maya), f"/leads/{leads[0].pk}/cells/region/"
        form = maya.get(f"{path}?version={leads[0].version}", headers=HTMX).content.decode()
        assert f'name="version" value="{leads[0].version}"' in form
        assert 'value="EU"' in form

        answer = maya.post(path, {"region": "Alps", "version": leads[0].version}, headers=HTMX)

        assert answer.content.decode().startswith("Alps<span data-version=")
        leads[0].refresh_from_db()
        assert leads[0].region == "Alps"

    def test_somebody_elses_change_is_told_and_what_was_typed_stays(
        self, cast: Cast, leads: list[Lead], sign_in: SignIn
    ) -> None:
        path, sent = f"/leads/{leads[0].pk}/cells/region/", {"version": leads[0].version}
        sign_in(cast.tom).post(path, {**sent, "region": "Alps"}, headers=HTMX)

        answer = sign_in(cast.maya).post(path, {**sent, "region": "Nordics"}, headers=HTMX)

        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Tom Berg changed Region" in page
        assert 'value="Nordics"' in page

    @pytest.mark.req("L1")
    def test_what_may_not_be_changed_is_refused(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        assert sign_in(cast.ines).get(f"/leads/{leads[0].pk}/cells/region/", headers=HTMX).status_code == 404
        assert sign_in(cast.maya).get(f"/leads/{leads[0].pk}/cells/score/", headers=HTMX).status_code == 403
        assert sign_in(cast.maya).get(f"/leads/{leads[0].pk}/cells/colour/", headers=HTMX).status_code == 404

    def test_rows_that_may_be_changed_say_so(self, cast: Cast, leads: list[Lead], sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/leads/").content.decode()
        assert f'data-cells="/leads/{leads[0].pk}/cells/"' in page
        assert 'data-cell="region"' in page
        assert 'data-cell="score"' not in page


class TestBin:
    """What was put away."""

    @pytest.mark.req("M2", "L1")
    def test_it_is_shown_with_who_and_when_and_comes_back(
        self, cast: Cast, leads: list[Lead], at: datetime, sign_in: SignIn
    ) -> None:
        spec, by = registry.get("lead"), Actor.user(cast.maya)
        operations.delete_records(spec=spec, ids=[leads[0].pk], by=by, at=at + timedelta(hours=1))
        operations.delete_records(spec=spec, ids=[leads[1].pk], by=by, at=at)
        maya = sign_in(cast.maya)

        page = maya.get("/leads/bin/").content.decode()

        assert page.index("Ada") < page.index("Bob")
        assert "Maya Lin" in page
        assert "Ada" not in words_of(sign_in(cast.ines).get("/leads/bin/"))
        assert 'type="checkbox"' not in sign_in(cast.tom).get("/leads/bin/").content.decode()
        assert sign_in(cast.tom).post("/leads/bin/restorations/", {"record": [leads[0].pk]}).status_code == 403
        maya.post("/leads/bin/restorations/", {"record": [leads[0].pk, leads[1].pk]})
        assert Lead.objects.filter(deleted_at=None).count() == 4


@pytest.mark.req("K1")
class TestPicks:
    """Another record is chosen by its name."""

    @pytest.fixture
    def acme(self, cast: Cast, at: datetime) -> int:
        """Give an organization of Maya's, one of that name of Ines's, and a pipeline."""
        ship_pipeline(by=Actor.system(), at=at)
        spec = registry.get("organization")
        for who in (cast.ines, cast.maya):
            key: int = operations.create_record(spec=spec, values={"name": "Acme (2)"}, by=Actor.user(who), at=at).pk
        return key

    def test_what_fits_and_is_ones_own_is_offered(self, cast: Cast, acme: int, sign_in: SignIn) -> None:
        offered = sign_in(cast.maya).get("/organizations/picks/?q=acm").content.decode()

        assert re.findall(r'data-name="([^"]*)"', offered) == [f"Acme (2) (O-{acme})"]
        assert sign_in(cast.maya).get("/organizations/picks/?q=").content.decode().strip() == ""

    @pytest.mark.parametrize("text", ["Acme (2) (O-{key})", "O-{key}", "o-{key}", "{key}", " acme (2) "])
    def test_the_name_the_number_or_both_mean_it(self, cast: Cast, acme: int, sign_in: SignIn, text: str) -> None:
        sign_in(cast.maya).post("/deals/new/", {"name": "D", "organization": text.format(key=acme)})

        assert Deal.objects.get().organization_id == acme

    @pytest.mark.parametrize("text", ["Acne", "C-1"])
    def test_what_means_none_comes_back_with_a_sentence(
        self, cast: Cast, acme: int, sign_in: SignIn, text: str
    ) -> None:
        answer = sign_in(cast.maya).post("/deals/new/", {"name": "D", "organization": text})

        assert answer.status_code == 422
        assert f"You see no organization called “{text}”" in answer.content.decode()
        assert f'value="{text}"' in answer.content.decode()

    def test_several_of_one_name_are_told_apart_first(
        self, cast: Cast, acme: int, at: datetime, sign_in: SignIn
    ) -> None:
        spec = registry.get("organization")
        operations.create_record(spec=spec, values={"name": "Acme (2)"}, by=Actor.user(cast.maya), at=at)

        answer = sign_in(cast.maya).post("/deals/new/", {"name": "D", "organization": "Acme (2)"})

        assert "Several are called “Acme (2)”" in answer.content.decode()

    @pytest.mark.parametrize(("who", "shown"), [("maya", "Acme (2) (O-{key})"), ("ines", "{key}")])
    def test_an_address_may_bring_one_along_and_the_form_names_it_to_who_sees_it(
        self, cast: Cast, acme: int, sign_in: SignIn, who: str, shown: str
    ) -> None:
        page = sign_in(getattr(cast, who)).get(f"/deals/new/?organization={acme}").content.decode()

        assert f'value="{shown.format(key=acme)}"' in page

    def test_a_filter_begins_with_the_field_alone(self, cast: Cast, acme: int, sign_in: SignIn) -> None:
        sent = {"mode:0": "all", "field:0.0": "organization", "do": "refresh"}

        form = sign_in(cast.maya).post("/deals/filter/", sent).content.decode()

        assert 'data-picks="/organizations/picks/"' in form

    @pytest.mark.parametrize("text", ["Acme (2)", "O-{key}"])
    def test_a_filter_is_written_so_too(self, cast: Cast, acme: int, sign_in: SignIn, text: str) -> None:
        sent = {
            "mode:0": "all", "field:0.0": "organization", "op:0.0": "is", "value:0.0": text.format(key=acme),
        }  # fmt: skip

        went = sign_in(cast.maya).post("/deals/filter/", {**sent, "do": "apply"})
        shown = sign_in(cast.maya).post("/deals/filter/", {**sent, "do": "refresh"}).content.decode()

        asked = json.loads(parse_qs(urlsplit(went["Location"]).query)["f"][0])
        assert str(acme) in json.dumps(asked)
        assert f'value="Acme (2) (O-{acme})"' in shown
