"""Pages of variants: making one, its rule, what it does otherwise, deciding conflicts, and who would deserve one."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.notify.models import Notification
from throughline.core.procedures import operations
from throughline.core.procedures.models import ProcedureVersion, Variant
from throughline.core.procedures.operations.variants import make_variant
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("A6")]

ALL = "/procedures/call-first/variants/"
ONE = "/procedures/call-first-vip/variant/"
RULE = 'lead.region = "DACH"'


@pytest.fixture
def vip(cast: Cast, at: datetime, procedure: str) -> Variant:
    """A variant that runs, with four hours for the call."""
    by = Actor.user(cast.admin)
    made = make_variant(
        base=procedure, key="call-first-vip", name="VIP", rule=RULE, by=by, at=at, owner_id=cast.omar.pk
    )
    change("call-first-vip", "PT4H", cast, at)
    operations.publish(key="call-first-vip", by=by, at=at)
    return made


def change(key: str, due: str, cast: Cast, at: datetime) -> None:
    """Draw another due time for the call."""
    versions = ProcedureVersion.objects.filter(procedure__key=key).order_by("-number")
    drawing = bpmn.write(edit.set_work(bpmn.read(bytes(versions[0].bpmn)), node="call", due=due))
    operations.save_draft(key=key, drawing=drawing, by=Actor.user(cast.admin), at=at)


@pytest.fixture
def behind(cast: Cast, at: datetime, vip: Variant) -> Variant:
    """The same, after its base got another time for the call."""
    change("call-first", "PT12H", cast, at)
    operations.publish(key="call-first", by=Actor.user(cast.admin), at=at)
    return vip


class TestAll:
    def test_teaches_what_a_variant_is(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.omar).get(ALL))

        assert "Everybody is dealt with alike" in page
        assert f"{ALL}new/" in page

    def test_shows_whom_each_takes_and_how_it_fares(self, cast: Cast, vip: Variant, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.omar).get(ALL))

        assert "lead.region = &quot;DACH&quot;" in page
        assert "version 1 over 1" in page
        assert "not enough cases yet" in page

    def test_sales_may_look_but_make_none(self, cast: Cast, vip: Variant, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.maya).get(ALL))

        assert f"{ALL}new/" not in page
        assert sign_in(cast.maya).get(f"{ALL}new/").status_code == 403

    def test_of_a_variant_leads_to_its_own_page(self, cast: Cast, vip: Variant, sign_in: SignIn) -> None:
        assert sign_in(cast.omar).get("/procedures/call-first-vip/variants/")["Location"] == ONE

    def test_a_procedure_that_does_not_run_is_published_first(self, cast: Cast, at: datetime, sign_in: SignIn) -> None:
        by = Actor.user(cast.admin)
        operations.create_procedure(key="new", name="New", record_type="lead", by=by, at=at)
        operations.create_procedure(key="bare", name="Bare", by=by, at=at)

        assert "Nothing runs yet" in words_of(sign_in(cast.omar).get("/procedures/new/variants/"))
        assert "It travels with no record" in words_of(sign_in(cast.omar).get("/procedures/bare/variants/"))

    def test_the_library_counts_them(self, cast: Cast, vip: Variant, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.omar).get("/procedures/"))

        assert "1 variant" in page
        assert "Call first: VIP" not in page


class TestNew:
    def test_makes_one_and_opens_it(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).post(f"{ALL}new/", {"name": "VIP", "rule": RULE})

        assert answer["Location"] == ONE
        assert Variant.objects.get().procedure.owner == cast.omar

    def test_says_at_the_field_what_is_wrong(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        client = sign_in(cast.omar)

        for given, said in (
            ({"name": "", "rule": RULE}, "Give the variant a name"),
            ({"name": "VIP", "rule": "lead."}, "The rule cannot be read"),
        ):
            answer = client.post(f"{ALL}new/", given)
            assert answer.status_code == 422
            assert said in words_of(answer)

    def test_shows_what_a_rule_would_take(self, cast: Cast, at: datetime, procedure: str, sign_in: SignIn) -> None:
        for region in ("DACH", "Nordics"):
            values = {"name": f"Ada {region}", "region": region}
            capture_lead(values=values, by=Actor.user(cast.maya), at=at)

        taken = words_of(sign_in(cast.maya).post(f"{ALL}taken/", {"rule": RULE}))
        hidden = words_of(sign_in(cast.ines).post(f"{ALL}taken/", {"rule": RULE}))

        assert "It would take 1 of the last 2 records." in taken
        assert "Ada DACH" in taken
        assert "no record yet" in hidden
        assert "cannot be read" in words_of(sign_in(cast.maya).post(f"{ALL}taken/", {"rule": "lead."}))
        assert "Write a rule" in words_of(sign_in(cast.maya).post(f"{ALL}taken/", {"rule": ""}))


class TestOne:
    def test_shows_what_it_does_otherwise(self, cast: Cast, vip: Variant, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.omar).get(ONE))

        assert "due was" in page
        assert "now “4 hours”" in page
        assert 'data-change="changed"' in page

    def test_its_rule_is_changed_by_who_may_publish(self, cast: Cast, vip: Variant, sign_in: SignIn) -> None:
        given = {"name": "VIPs", "rule": 'lead.region = "Nordics"', "priority": "3"}

        assert sign_in(cast.maya).post(f"{ONE}rule/", given).status_code == 403
        assert sign_in(cast.admin).post(f"{ONE}rule/", given)["Location"] == ONE

        vip.refresh_from_db()
        assert (vip.name, vip.rule, vip.priority) == ("VIPs", 'lead.region = "Nordics"', 3)
        answer = sign_in(cast.admin).post(f"{ONE}rule/", {**given, "priority": "first"})
        assert (answer.status_code, "Write a whole number" in words_of(answer)) == (422, True)

    def test_conflicts_are_decided_with_a_click(self, cast: Cast, behind: Variant, sign_in: SignIn) -> None:
        client = sign_in(cast.admin)
        page = words_of(client.get(ONE))
        assert "Version 2 of the base waits" in page
        assert "Keep the variant&#x27;s" in page
        assert "Waits for a decision" in words_of(client.get(ALL))

        assert client.post(f"{ONE}decisions/", {}).status_code == 422
        answer = client.post(f"{ONE}decisions/", {"all": "base"})

        assert answer["Location"] == "/procedures/call-first-vip/publishing/"
        assert "waits" not in words_of(client.get(ONE))

    def test_one_by_one(self, cast: Cast, behind: Variant, sign_in: SignIn) -> None:
        sign_in(cast.admin).post(f"{ONE}decisions/", {"choice.1": "variant"})

        draft = ProcedureVersion.objects.get(procedure__key="call-first-vip", status="draft")
        assert b"PT4H" in bytes(draft.bpmn)

    def test_who_is_told_gets_there(self, cast: Cast, behind: Variant, sign_in: SignIn) -> None:
        message = Notification.objects.get(kind="variant")

        assert sign_in(cast.omar).get(f"/notifications/{message.pk}/")["Location"] == ONE

    def test_is_retired_with_a_reason(self, cast: Cast, vip: Variant, sign_in: SignIn) -> None:
        client = sign_in(cast.admin)

        assert client.post(f"{ONE}retirement/", {"reason": ""}).status_code == 422
        client.post(f"{ONE}retirement/", {"reason": "All alike."})

        page = words_of(client.get(ONE))
        assert "Retired" in page
        assert "Retire it" not in page

    def test_of_what_is_no_variant_there_is_none(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        assert sign_in(cast.omar).get("/procedures/call-first/variant/").status_code == 404


class TestPublishing:
    def test_the_base_says_before_what_it_means(self, cast: Cast, at: datetime, vip: Variant, sign_in: SignIn) -> None:
        change("call-first", "PT12H", cast, at)

        page = words_of(sign_in(cast.admin).get("/procedures/call-first/publishing/"))

        assert "Its variants" in page
        assert "waits for a decision" in page


class TestSegments:
    def test_says_that_there_is_not_enough(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.omar).get("/procedures/call-first/segments/"))

        assert "There are not enough cases yet" in page
        assert "Not enough data" in page

    def test_of_a_variant_leads_to_its_base(self, cast: Cast, vip: Variant, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).get("/procedures/call-first-vip/segments/")

        assert answer["Location"] == "/procedures/call-first/segments/"
