"""The playbook on its page, on paper, and who has read it."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.playbook.models import Reading
from throughline.core.playbook.queries import book
from throughline.core.procedures import operations
from throughline.core.procedures.models import Procedure
from throughline.core.tests.cast import Cast
from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.flow.bpmn.layout import lay_out
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.req("A8"), pytest.mark.django_db]

LANE = b"""<bpmn:laneSet id="lanes"><bpmn:lane id="lane" name="Sales"><bpmn:extensionElements>
<tl:role key="sales"/></bpmn:extensionElements><bpmn:flowNodeRef>captured</bpmn:flowNodeRef>
<bpmn:flowNodeRef>call</bpmn:flowNodeRef><bpmn:flowNodeRef>end</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
<bpmn:startEvent id="captured\""""
PAGE = "/procedures/call-first/playbook/"


def drawing(guidance: bytes = b"Ask who decides.") -> bytes:
    """Return the drawing of the tests with a lane for sales and this guidance."""
    bare = replace_diagram(CALL_FIRST).replace(b'<bpmn:startEvent id="captured"', LANE, 1)
    return bpmn.write(lay_out(bpmn.read(bare.replace(b"Ask who decides.", guidance))))


def replace_diagram(content: bytes) -> bytes:
    """Return a BPMN file without its pictures."""
    return re.sub(rb"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", b"", content, flags=re.DOTALL)


@pytest.fixture
def published(cast: Cast, procedure: str, at: datetime) -> str:
    """Publish the drawing with a lane; give the key of the procedure."""
    publish(cast, at)
    return procedure


def publish(cast: Cast, at: datetime, guidance: bytes = b"Ask who decides.") -> None:
    """Publish a version with this guidance."""
    by = Actor.user(cast.admin)
    operations.save_draft(key="call-first", drawing=drawing(guidance), by=by, at=at)
    operations.publish(key="call-first", by=by, at=at)


def confirm(client: Client, cast: Cast, *, wrong: bool = False) -> str:
    """Answer the check as Maya, rightly or not, and return the page that follows."""
    told = book(procedure="call-first", user=cast.maya, role="sales")
    answers = {}
    for number, each in enumerate(told.questions, start=1):
        others = [choice for choice in each.choices if choice != each.answer]
        answers[f"answer.{number}"] = others[0] if wrong else each.answer
    answer = client.post(f"{PAGE}reading/", {"role": "sales", **answers}, follow=True)
    return answer.content.decode()


class TestPlaybook:
    """What it tells."""

    def test_tells_ones_own_role_what_to_do_until_when_and_what_follows(
        self, cast: Cast, published: str, sign_in: SignIn
    ) -> None:
        page = sign_in(cast.maya).get(PAGE).content.decode()

        assert "Ask who decides." in page
        assert "within 24 hours, every hour counts" in page
        assert "What was said (needed), Budget" in page
        assert 'aria-current="page"' in page
        assert "<svg" in page

    def test_is_a_pdf_too(self, cast: Cast, published: str, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).get(f"{PAGE}?as=pdf")

        assert answer.content.startswith(b"%PDF")
        assert answer["Content-Disposition"] == 'attachment; filename="call-first-playbook-2.pdf"'

    def test_a_version_that_is_none_is_not_found(self, cast: Cast, published: str, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).get(f"{PAGE}?version=9").status_code == 404


class TestReading:
    """Read and understood."""

    def test_is_confirmed_with_right_answers_and_told_to_the_journal(
        self, cast: Cast, published: str, sign_in: SignIn
    ) -> None:
        page = confirm(sign_in(cast.maya), cast)

        assert "you have read version 2" in page
        reading = Reading.objects.get()
        assert (reading.user_id, reading.number, reading.role, reading.tries) == (cast.maya.pk, 2, "sales", 1)
        assert Entry.objects.filter(event="playbook.read").count() == 1

    def test_a_wrong_answer_is_said_at_its_question_and_counts_as_a_try(
        self, cast: Cast, published: str, sign_in: SignIn
    ) -> None:
        client = sign_in(cast.maya)

        page = confirm(client, cast, wrong=True)
        confirm(client, cast)

        assert "Not yet: look at these steps again" in page
        assert 'href="#step-call"' in page
        reading = Reading.objects.get()
        assert reading.confirmed_at is not None
        assert reading.tries == 2

    def test_no_answer_is_asked_for(self, cast: Cast, published: str, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post(f"{PAGE}reading/", {"role": "sales"})

        assert answer.status_code == 422
        assert not Reading.objects.exists()

    def test_after_a_change_what_is_new_comes_first_and_is_confirmed_again(
        self, cast: Cast, published: str, sign_in: SignIn, at: datetime
    ) -> None:
        client = sign_in(cast.maya)
        confirm(client, cast)

        publish(cast, at, b"Ask who pays.")

        page = client.get(PAGE).content.decode()
        assert "1 step is new to you since you read it last" in page
        assert page.index("New to you") < page.index("Ask who pays.")
        told = Notification.objects.get(user=cast.maya, kind="playbook")
        assert told.title == "The playbook of Call first has changed: read what is new"
        assert "you have read version 3" in confirm(client, cast)

    def test_a_version_that_says_the_same_asks_for_nothing(
        self, cast: Cast, published: str, sign_in: SignIn, at: datetime
    ) -> None:
        client = sign_in(cast.maya)
        confirm(client, cast)

        publish(cast, at)

        assert "You have read this and understood it." in client.get(PAGE).content.decode()
        assert not Notification.objects.filter(kind="playbook").exists()


class TestReaders:
    """Who has read it."""

    @pytest.mark.req("L1")
    def test_is_for_the_owner_and_those_who_publish(
        self, cast: Cast, published: str, sign_in: SignIn, at: datetime
    ) -> None:
        confirm(sign_in(cast.maya), cast)
        seen = sign_in(cast.admin).get(PAGE).content.decode()
        before = sign_in(cast.ines).get(PAGE).content.decode()
        Procedure.objects.filter(key="call-first").update(owner=cast.ines)

        after = sign_in(cast.ines).get(PAGE).content.decode()

        assert "Who has read it" in seen
        assert "Maya Lin" in seen
        assert "not yet" in seen
        assert "Who has read it" not in before
        assert "Who has read it" in after


class TestCheck:
    """Its questions."""

    def test_are_others_after_a_wrong_try_and_the_answers_of_before_count_no_more(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        by = Actor.user(cast.admin)
        operations.save_draft(key="call-first", drawing=MANY_STEPS, by=by, at=at)
        operations.publish(key="call-first", by=by, at=at)
        client = sign_in(cast.maya)
        first = book(procedure="call-first", user=cast.maya).questions
        wrong = {
            f"answer.{number}": next(choice for choice in each.choices if choice != each.answer)
            for number, each in enumerate(first, start=1)
        }

        client.post(f"{PAGE}reading/", {"role": "", "try": "0", **wrong})
        again = client.post(f"{PAGE}reading/", {"role": "", "try": "0", **wrong})

        told = book(procedure="call-first", user=cast.maya)
        assert told.tries == 1
        assert [each.key for each in told.questions] != [each.key for each in first]
        assert "These are other questions now." in again.content.decode()
        assert Reading.objects.get().tries == 1

    def test_are_the_same_as_long_as_nobody_answers_and_others_for_others(
        self, cast: Cast, procedure: str, at: datetime
    ) -> None:
        operations.save_draft(key="call-first", drawing=MANY_STEPS, by=Actor.user(cast.admin), at=at)
        operations.publish(key="call-first", by=Actor.user(cast.admin), at=at)

        def asked(user: User) -> list[str]:
            return [each.key for each in book(procedure="call-first", user=user).questions]

        people = (cast.maya, cast.tom, cast.omar, cast.petra, cast.alma, cast.ines)
        assert asked(cast.maya) == asked(cast.maya)
        assert len({tuple(asked(each)) for each in people}) > 1

    def test_are_as_many_as_who_publishes_says(self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime) -> None:
        by = Actor.user(cast.admin)
        operations.save_draft(key="call-first", drawing=MANY_STEPS, by=by, at=at)
        operations.publish(key="call-first", by=by, at=at)

        answer = sign_in(cast.admin).post(f"{PAGE}check/", {"questions": "5"})

        assert answer.status_code == 302
        assert len(book(procedure="call-first", user=cast.maya).questions) == 5
        assert Entry.objects.get(event="playbook.check_set").data["questions"] == 5
        assert sign_in(cast.admin).post(f"{PAGE}check/", {"questions": "99"}).status_code == 422

    @pytest.mark.req("L1")
    def test_are_not_set_by_others(self, cast: Cast, published: str, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).post(f"{PAGE}check/", {"questions": "5"}).status_code == 403
        assert len(book(procedure="call-first", user=cast.maya).questions) <= 3


class TestMails:
    """Mails that a step sends."""

    def test_are_shown_as_who_gets_them_reads_them(
        self, cast: Cast, procedure: str, sign_in: SignIn, at: datetime
    ) -> None:
        step = edit.template({"element": "bpmn:SendTask", "name": "Thank them"})
        chart, mail = edit.add_after(bpmn.read(MANY_STEPS), after="step4", step=step)
        chart = edit.set_action(chart, node=mail, action="mail.send", inputs=MAIL)
        by = Actor.user(cast.admin)
        operations.save_draft(key="call-first", drawing=bpmn.write(chart), by=by, at=at)

        page = sign_in(cast.omar).get(f"{PAGE}?version=2").content.decode()

        assert "<strong>Your enquiry, Alex Example</strong>" in page
        assert "We call until {deadline}.<br>Sam Sample" in page
        assert "With the values of a made-up record." in page
        assert "{lead.name}" not in page
        pdf = sign_in(cast.omar).get(f"{PAGE}?version=2&as=pdf")
        assert pdf.status_code == 200


MAIL = {
    "to": "lead.email",
    "subject": '"Your enquiry, " + lead.name',
    "text": '"We call until " + deadline + ".\\n" + lead.owner_name',
}


def many_steps() -> bytes:
    """Return the drawing of the tests with five more steps, each to be done in its own time."""
    chart = bpmn.read(CALL_FIRST)
    after = "call"
    for number in range(5):
        step = edit.template({"element": "bpmn:UserTask", "name": f"Step {number}"})
        chart, after = edit.add_after(chart, after=after, step=step, node_id=f"step{number}")
        chart = edit.set_work(chart, node=after, due=f'duration("PT{number + 1}H")', queue='"sales"')
    return bpmn.write(chart)


MANY_STEPS = many_steps()
