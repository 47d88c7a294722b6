"""Queues on pages: what waits, taking the next one, who belongs to one, and their names where steps are shown."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import Role, RoleMembership, User
from throughline.core.identity.operations import enter_absence
from throughline.core.procedures import worker
from throughline.core.procedures.models import WorkItem
from throughline.core.queues.keeping import add_queues
from throughline.core.queues.models import Queue
from throughline.core.queues.operations import take_next
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn, words_of
from throughline.web.tests.guarded import text_of

pytestmark = pytest.mark.req("B2")


@pytest.fixture
def queue(cast: Cast, lead: Lead, at: datetime) -> Queue:
    """Give the queue that the published drawing names, with two leads of Maya's waiting in it, the older one late."""
    capture_lead(values={"name": "Grace Hopper"}, by=Actor.user(cast.maya), at=at)
    worker.drain(limit=50, at=at)
    first, _second = WorkItem.objects.order_by("pk")
    WorkItem.objects.update(assignee=None)
    WorkItem.objects.filter(pk=first.pk).update(due_at=at - timedelta(hours=3))
    found = Queue.objects.get(key="sales")
    Queue.objects.update(name="First calls", sort_name="first calls", description="Call within the hour.")
    found.refresh_from_db()
    return found


class TestThePage:
    def test_it_shows_what_waits_who_takes_it_and_what_feeds_it(
        self, cast: Cast, queue: Queue, sign_in: SignIn, at: datetime
    ) -> None:
        since, until = at - timedelta(days=1), at + timedelta(days=2)
        enter_absence(user=cast.tom, away_from=since, away_until=until, by=Actor.user(cast.admin), at=at)

        page = words_of(sign_in(cast.maya).get(f"/queues/{queue.pk}/"))

        for said in (
            "First calls", "Call within the hour.", "Make first contact", "Ada Byron", "Grace Hopper", "1 overdue",
            "Take the next one", "Tom Berg", "away", "Call first", "/procedures/call-first/live/",
        ):  # fmt: skip
            assert said in page, said
        assert page.index("Ada Byron") < page.index("Grace Hopper"), "what is due first comes first"
        assert "Add or remove people" not in page

    @pytest.mark.req("L1")
    def test_nobody_reads_or_counts_what_they_may_not_see(self, cast: Cast, queue: Queue, sign_in: SignIn) -> None:
        for person in (cast.ines, cast.hana, cast.petra):
            page = words_of(sign_in(person).get(f"/queues/{queue.pk}/"))
            assert "Nothing waits here of what you may see" in page, person.name
            for secret in ("Ada", "Grace", "overdue", "Take the next one"):
                assert secret not in page, (person.name, secret)

    def test_who_does_not_belong_to_it_sees_what_waits_and_takes_nothing(
        self, cast: Cast, queue: Queue, sign_in: SignIn
    ) -> None:
        client = sign_in(cast.omar)

        page = words_of(client.get(f"/queues/{queue.pk}/"))

        assert ("Ada Byron" in page, "Take the next one" in page) == (True, False)
        refused = client.post(f"/queues/{queue.pk}/next/")
        assert (refused.status_code, "You do not belong to First calls" in words_of(refused)) == (403, True)

    def test_it_says_when_nobody_would_take_what_waits(self, cast: Cast, queue: Queue, sign_in: SignIn) -> None:
        RoleMembership.objects.filter(role=queue.role).delete()

        assert "Nobody belongs to this queue" in words_of(sign_in(cast.omar).get(f"/queues/{queue.pk}/"))


class TestTakingTheNextOne:
    def test_it_leads_to_the_step_on_the_page_of_its_record(
        self, cast: Cast, queue: Queue, lead: Lead, sign_in: SignIn
    ) -> None:
        item = WorkItem.objects.get(record_id=lead.pk)

        answer = sign_in(cast.tom).post(f"/queues/{queue.pk}/next/")

        assert (answer.status_code, answer["Location"]) == (302, f"/leads/{lead.pk}/#step-{item.pk}")
        item.refresh_from_db()
        assert item.assignee == cast.tom

    def test_when_the_last_one_is_gone_that_is_said(
        self, cast: Cast, queue: Queue, sign_in: SignIn, at: datetime
    ) -> None:
        for _each in range(2):
            take_next(queue_id=queue.pk, by=Actor.user(cast.tom), at=at)

        answer = sign_in(cast.maya).post(f"/queues/{queue.pk}/next/", follow=True)

        assert "Nothing waits in First calls for you now" in words_of(answer)


class TestPeople:
    def test_people_are_added_and_removed_where_that_is_allowed(
        self, cast: Cast, queue: Queue, sign_in: SignIn
    ) -> None:
        client = sign_in(cast.admin)
        assert "Add or remove people" in words_of(client.get(f"/queues/{queue.pk}/"))
        page = words_of(client.get(f"/queues/{queue.pk}/people/"))
        assert "plays the role Sales" in page

        client.post(f"/queues/{queue.pk}/people/", {"person": str(cast.petra.pk)})
        assert queue.role.memberships.filter(user=cast.petra).exists()
        client.post(f"/queues/{queue.pk}/people/{cast.petra.pk}/end/")
        assert not queue.role.memberships.filter(user=cast.petra).exists()

        nobody = client.post(f"/queues/{queue.pk}/people/", {"person": ""})
        assert (nobody.status_code, "Choose somebody to add" in words_of(nobody)) == (422, True)

    def test_others_are_refused(self, cast: Cast, queue: Queue, sign_in: SignIn) -> None:
        client = sign_in(cast.omar)

        assert client.get(f"/queues/{queue.pk}/people/").status_code == 403
        assert client.post(f"/queues/{queue.pk}/people/", {"person": str(cast.omar.pk)}).status_code == 403
        assert client.post(f"/queues/{queue.pk}/people/{cast.maya.pk}/end/").status_code == 403
        assert queue.role.memberships.filter(user=cast.maya).exists()

    def test_a_role_that_a_lane_names_in_other_letters_has_its_pages(
        self, cast: Cast, sign_in: SignIn, at: datetime
    ) -> None:
        add_queues([{"key": "销售", "name": "销售"}], by=Actor.system(), at=at)
        client, queue = sign_in(cast.admin), Queue.objects.get()

        for path in (f"/queues/{queue.pk}/people/", "/settings/roles/", "/settings/roles/销售/"):
            assert client.get(path).status_code == 200, path

    def test_the_last_administrator_stays(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.admin)
        client.post("/queues/new/", {"name": "Administrator"})
        queue = Queue.objects.get()

        answer = client.post(f"/queues/{queue.pk}/people/{cast.admin.pk}/end/")

        assert (answer.status_code, "last administrator" in words_of(answer)) == (422, True)


class TestTheRecordType:
    def test_one_is_made_by_form_listed_found_and_exported(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.admin)

        made = client.post("/queues/new/", {"name": "Night shift", "description": "After eight."})

        queue = Queue.objects.get()
        assert (made.status_code, queue.key, Role.objects.get(key="night-shift").permissions) == (
            302,
            "night-shift",
            {},
        )
        assert "Night shift" in words_of(client.get("/queues/"))
        assert f"/queues/{queue.pk}/" in client.get("/search/?q=night").content.decode()
        assert "Night shift" in text_of(client.get("/queues/export/csv/"))
        page = words_of(sign_in(cast.maya).get(f"/queues/{queue.pk}/"))
        assert "No published procedure names it" in page
        assert sign_in(cast.maya).get("/queues/new/").status_code == 403
        assert 'href="/queues/"' in sign_in(cast.maya).get("/").content.decode()

    def test_one_in_use_is_not_binned(self, cast: Cast, queue: Queue, sign_in: SignIn) -> None:
        answer = sign_in(cast.admin).post(f"/queues/{queue.pk}/bin/", follow=True)

        queue.refresh_from_db()
        assert queue.deleted_at is None
        assert "Work waits in First calls" in words_of(answer)


class TestNames:
    def test_my_work_groups_what_waits_by_queue(self, cast: Cast, queue: Queue, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.maya).get("/?show=queue"))

        for said in (f'href="/queues/{queue.pk}/"', "First calls", "2 waiting", "1 overdue", "Take the next one"):
            assert said in page, said
        assert "First calls" not in words_of(sign_in(cast.ines).get("/?show=queue"))

    def test_a_step_that_nobody_has_names_its_queue_everywhere(
        self, cast: Cast, queue: Queue, lead: Lead, sign_in: SignIn
    ) -> None:
        client, link = sign_in(cast.maya), f'href="/queues/{queue.pk}/"'

        for path in (f"/leads/{lead.pk}/", "/procedures/call-first/steps/call/"):
            page = words_of(client.get(path))
            assert "First calls" in page, path
            assert link in page.partition("<main")[2], path

    def test_who_may_not_see_the_queue_reads_the_name_of_the_role(
        self, cast: Cast, queue: Queue, lead: Lead, sign_in: SignIn
    ) -> None:
        role = Role.objects.get(key="sales")
        role.permissions["records"]["queue"] = {"*": "none"}
        role.save()

        page = words_of(sign_in(User.objects.get(pk=cast.maya.pk)).get(f"/leads/{lead.pk}/"))

        assert ("Anybody of Sales" in page, "First calls" in page) == (True, False)
