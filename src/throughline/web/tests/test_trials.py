"""The pages of a trial: beginning, walking in the real pages, what was caught, remarks, cleaning up."""

from __future__ import annotations

from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import Case, Trial, WorkItem
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn, words_of

URL = "/procedures/call-first/trial/"


@pytest.fixture
def draft(cast: Cast, procedure: str, at: Any) -> None:
    """Give a draft in which the first step is called otherwise."""
    drawing = CALL_FIRST.replace(b"Make first contact", b"Write first")
    operations.save_draft(key=procedure, drawing=drawing, by=Actor.user(cast.omar), at=at)


@pytest.fixture
def trial(cast: Cast, draft: None, at: Any) -> None:
    """Let Maya try the draft."""
    operations.start_trial(key="call-first", testers=[cast.maya.pk], by=Actor.user(cast.omar), at=at)


@pytest.mark.req("A13")
class TestTrial:
    """From the first click to the last."""

    def test_a_manager_begins_it_with_named_people(self, cast: Cast, draft: None, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        assert "Who tries it" in words_of(omar.get(URL))

        omar.post(URL, {"tester": [str(cast.maya.pk)]})

        assert "Version 2 is tried since" in words_of(omar.get(URL))
        assert omar.post(URL, {"tester": [str(cast.maya.pk)]}).status_code == 422

    def test_a_tester_walks_it_in_the_real_pages_which_say_that_it_is_a_trial(
        self, cast: Cast, trial: None, at: Any, sign_in: SignIn
    ) -> None:
        maya = sign_in(cast.maya)

        answer = maya.post(f"{URL}walks/", {"name": "Test of the fair"})
        worker.drain(at=at)

        page = words_of(maya.get(answer["Location"]))
        assert "This test record tries a draft" in page
        assert "Write first" in page
        item = WorkItem.objects.get()
        lead = Lead.objects.get(sandbox=True)
        sent = {"outcome": "", "record": f"lead:{lead.pk}"}
        assert maya.post(f"/work/{item.pk}/completion/", sent).status_code == 422
        maya.post(f"/work/{item.pk}/completion/", sent | {"outcome": "reached", "note": "Fine"})
        worker.drain(at=at)
        assert Case.objects.get(sandbox=True).status == "finished"

    def test_a_step_is_in_nobodys_work_and_the_record_in_nobodys_list(
        self, cast: Cast, trial: None, at: Any, sign_in: SignIn
    ) -> None:
        answer = sign_in(cast.maya).post(f"{URL}walks/", {"name": "Xylophone"})
        worker.drain(at=at)

        for person in (cast.maya, cast.tom, cast.omar, cast.ines):
            client = sign_in(person)
            assert "Xylophone" not in words_of(client.get("/leads/"))
            assert "Write first" not in words_of(client.get("/"))
            assert "Xylophone" not in words_of(client.get("/search/?q=Xylophone")).replace('value="Xylophone"', "")
        assert sign_in(cast.tom).get(answer["Location"]).status_code == 404

    def test_a_remark_is_kept_at_its_step(self, cast: Cast, trial: None, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        maya.post(f"{URL}remarks/", {"node": "call", "words": "Which template?"})

        page = words_of(maya.get(URL))
        assert "Which template?" in page
        assert maya.post(f"{URL}remarks/", {"node": "call", "words": ""}).status_code == 422

    def test_one_click_cleans_up(self, cast: Cast, trial: None, at: Any, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        maya.post(f"{URL}walks/", {"name": ""})
        worker.drain(at=at)

        maya.post(f"{URL}end/")

        assert Trial.objects.get().ended_at == at
        assert not Case.objects.filter(sandbox=True).exists()

    @pytest.mark.req("L1")
    def test_others_look_but_do_not_walk(self, cast: Cast, trial: None, sign_in: SignIn) -> None:
        tom = sign_in(cast.tom)

        assert "You are not among those who try it." in words_of(tom.get(URL))
        assert tom.post(f"{URL}walks/", {"name": ""}).status_code == 403
        assert tom.post(f"{URL}end/").status_code == 403
        assert not Lead.objects.filter(sandbox=True).exists()
