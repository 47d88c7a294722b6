"""Working together on a record's page: comments, files, marks, messages, and two people editing at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings

from throughline.connect.mail.queries import OFF
from throughline.core.actor import Actor
from throughline.core.files.models import Blob
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Mute, Notification, Ways
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures.operations.packs import install_pack
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import Tagging, tag_records, update_record
from throughline.core.teamwork.models import Comment, Follow
from throughline.core.teamwork.operations import add_comment, attach_file
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.packs import shipped
from throughline.web.tests.conftest import SignIn

HTMX = {"HX-Request": "true"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.mark.req("C4", "M4")
class TestComments:
    """On the page."""

    def test_a_mention_leads_the_colleague_to_the_comment(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        sign_in(cast.maya).post(
            f"/leads/{lead.pk}/notes/", {"body": "@Tom Berg <b>look</b>", "kind": "Comment"}, headers=HTMX
        )
        tom, comment = sign_in(cast.tom), Comment.objects.get()

        message = Notification.objects.get(user=cast.tom)
        answer = tom.get(f"/notifications/{message.pk}/")
        page = tom.get(f"/leads/{lead.pk}/").content.decode()

        assert answer["Location"] == f"/leads/{lead.pk}/#comment-{comment.pk}"
        assert f'id="comment-{comment.pk}"' in page
        assert '<strong class="mention">@Tom Berg</strong> &lt;b&gt;look&lt;/b&gt;' in page
        assert Notification.objects.get(pk=message.pk).read_at is not None
        assert "Seen by Tom Berg" in sign_in(cast.maya).get(f"/leads/{lead.pk}/").content.decode()

    def test_who_may_not_see_it_is_not_offered_and_not_told(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        offered = maya.get(f"/leads/{lead.pk}/people/?q=").json()["people"]
        answer = maya.post(f"/leads/{lead.pk}/notes/", {"body": "@Ines Duarte hi", "kind": "Comment"}, headers=HTMX)

        assert "Ines Duarte" not in [person["name"] for person in offered]
        assert answer.status_code == 422
        assert "Ines Duarte may not see this lead" in answer.content.decode()
        assert sign_in(cast.ines).get(f"/leads/{lead.pk}/people/").status_code == 404

    def test_one_changes_and_takes_back_ones_own(self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime) -> None:
        maya = sign_in(cast.maya)
        comment = add_comment(record=RecordRef("lead", lead.pk), body="Frist", by=Actor.user(cast.maya), at=at)

        changed = maya.post(f"/comments/{comment.pk}/", {"body": "First"}, headers=HTMX).content.decode()
        gone = maya.post(f"/comments/{comment.pk}/bin/", follow=True).content.decode()

        assert "First" in changed
        assert f'action="/comments/{comment.pk}/restoration/"' in gone
        assert f'id="comment-{comment.pk}"' not in gone
        maya.post(f"/comments/{comment.pk}/restoration/")
        assert f'id="comment-{comment.pk}"' in maya.get(f"/leads/{lead.pk}/").content.decode()
        assert sign_in(cast.tom).post(f"/comments/{comment.pk}/", {"body": "x"}).status_code == 403
        assert sign_in(cast.ines).get(f"/comments/{comment.pk}/").status_code == 404

    def test_an_answer_begins_with_the_name(self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime) -> None:
        comment = add_comment(record=RecordRef("lead", lead.pk), body="Hello", by=Actor.user(cast.maya), at=at)
        tom = sign_in(cast.tom)

        composer = tom.get(f"/leads/{lead.pk}/composer/?answer={comment.pk}", headers=HTMX).content.decode()
        tom.post(f"/leads/{lead.pk}/notes/", {"body": "Hi", "kind": "Comment", "answers": comment.pk})

        assert ">@Maya Lin </textarea>" in composer
        assert f'name="answers" value="{comment.pk}"' in composer
        assert Notification.objects.get(user=cast.maya).kind == "reply"


class TestFiles:
    """Files of a record."""

    def test_a_file_is_added_read_binned_and_restored(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        maya.post(f"/leads/{lead.pk}/files/", {"file": SimpleUploadedFile("<x>.html", b"<script>1</script>")})
        blob = Blob.objects.get()
        answer = maya.get(f"/files/{blob.pk}/")
        page = maya.get(f"/leads/{lead.pk}/").content.decode()

        assert b"".join(answer.streaming_content) == b"<script>1</script>"  # type: ignore[attr-defined]
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "&lt;x&gt;.html" in page
        maya.post(f"/files/{blob.pk}/bin/")
        assert maya.get(f"/files/{blob.pk}/").status_code == 404
        maya.post(f"/files/{blob.pk}/restoration/")
        assert maya.get(f"/files/{blob.pk}/").status_code == 200

    def test_pictures_are_shown_and_what_only_calls_itself_one_is_not(
        self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime
    ) -> None:
        ref, by, maya = RecordRef("lead", lead.pk), Actor.user(cast.maya), sign_in(cast.maya)
        real = attach_file(record=ref, content=BytesIO(PNG), name="a.png", by=by, at=at)
        false = attach_file(record=ref, content=BytesIO(b"<svg onload=x>"), name="b.png", by=by, at=at)

        shown = maya.get(f"/files/{real.pk}/preview/")

        assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
        assert maya.get(f"/files/{false.pk}/preview/").status_code == 404

    @pytest.mark.parametrize(("name", "says"), [("a.exe", "can run programs"), ("a.txt", "is empty")])
    def test_what_cannot_be_kept_is_said(self, cast: Cast, lead: Lead, sign_in: SignIn, name: str, says: str) -> None:
        content = b"" if name == "a.txt" else b"MZ"

        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/files/", {"file": SimpleUploadedFile(name, content)})

        assert (answer.status_code, says in answer.content.decode()) == (422, True)
        assert not Blob.objects.exists()

    def test_another_team_gets_404_at_every_door(self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime) -> None:
        blob = attach_file(
            record=RecordRef("lead", lead.pk), content=BytesIO(PNG), name="a.png", by=Actor.user(cast.maya), at=at
        )
        ines = sign_in(cast.ines)

        answers = [ines.get(f"/files/{blob.pk}/{door}").status_code for door in ("", "preview/")]
        answers += [ines.post(f"/files/{blob.pk}/{door}/").status_code for door in ("bin", "restoration")]
        answers += [ines.post(f"/leads/{lead.pk}/files/", {"file": SimpleUploadedFile("a.txt", b"x")}).status_code]

        assert answers == [404] * 5


class TestMarks:
    """Star, follow, mute."""

    def test_a_star_stands_in_the_navigation(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        maya.post(f"/leads/{lead.pk}/marks/", {"do": "star"})
        page = maya.get("/").content.decode()
        hand = maya.get("/at-hand/").content.decode()

        assert page.count(f'href="/leads/{lead.pk}/"') > hand.count("never")
        assert "Ada Byron" in page
        assert "Ada Byron" in hand
        assert sign_in(cast.ines).post(f"/leads/{lead.pk}/marks/", {"do": "star"}).status_code == 404

    def test_what_was_opened_is_found_again(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        assert "Ada Byron" not in maya.get("/at-hand/").content.decode()

        maya.get(f"/leads/{lead.pk}/")

        assert "Ada Byron" in maya.get("/at-hand/").content.decode()

    def test_following_and_muting_are_taken_back(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        for wish in ("follow", "mute"):
            maya.post(f"/leads/{lead.pk}/marks/", {"do": wish})
        assert (Follow.objects.count(), Mute.objects.count()) == (1, 1)
        for wish in ("unfollow", "unmute"):
            maya.post(f"/leads/{lead.pk}/marks/", {"do": wish})

        assert (Follow.objects.count(), Mute.objects.count()) == (0, 0)


@pytest.mark.req("M4")
class TestNotifications:
    """The centre."""

    def test_by_reason_muted_sent_and_counted(self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime) -> None:
        maya, by = sign_in(cast.maya), Actor.user(cast.tom)
        notify_many(
            messages=[Message(cast.maya.pk, "mention", "M-one"), Message(cast.maya.pk, "incident", "I-one")],
            by=by,
            at=at,
        )

        every = maya.get("/notifications/").content.decode()
        mentions = maya.get("/notifications/?reason=mention").content.decode()
        count = maya.get("/notifications/count/").json()
        sent = sign_in(cast.tom).get("/notifications/sent/").content.decode()

        assert "M-one" in every
        assert "I-one" in every
        assert "I-one" not in mentions
        assert count == {"unread": 2, "label": "Notifications, 2 unread"}
        assert "Maya Lin" in sent
        assert "not seen yet" in sent

    def test_one_is_marked_as_read_by_its_reader_only(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        notify_many(messages=[Message(cast.maya.pk, "mention", "m")], by=Actor.system(), at=at)
        message = Notification.objects.get()

        assert sign_in(cast.ines).post(f"/notifications/{message.pk}/read/").status_code == 404
        assert sign_in(cast.ines).get(f"/notifications/{message.pk}/").status_code == 404
        sign_in(cast.maya).post(f"/notifications/{message.pk}/read/")

        message.refresh_from_db()
        assert message.read_at == at

    def test_people_choose_what_they_hear(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        maya.post("/notifications/muted/", {"do": "mute", "procedure": "Call first"})
        page = maya.get("/notifications/wanted/").content.decode()

        assert 'aria-label="Hear again: Call first"' in page
        maya.post("/notifications/muted/", {"do": "unmute", "procedure": "Call first"})
        assert not Mute.objects.exists()


@pytest.mark.req("M4")
class TestByMail:
    """What people want by mail is offered where a procedure sends it."""

    @pytest.fixture
    def mailed(self, cast: Cast, settings: Settings, at: datetime) -> None:
        """Let mail be on, and the shipped procedures send messages."""
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        (pack,) = (each for each in shipped() if each.key == "notifications")
        install_pack(pack=pack, by=Actor.user(cast.admin), at=at)

    @pytest.mark.usefixtures("mailed")
    def test_people_choose_reasons_and_the_hour_of_a_digest(self, cast: Cast, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        maya.post("/notifications/ways/", {"mailed": ["promise", "mention"], "digest_hour": "17"})
        page = maya.get("/notifications/wanted/").content.decode()

        ways = Ways.objects.get()
        assert (ways.user_id, ways.mailed, ways.digest_hour) == (cast.maya.pk, ["mention", "promise"], 17)
        assert 'value="promise" checked' in page
        assert '<option value="17" selected>17:00' in page
        assert 'href="/procedures/daily-digest/live/"' in page

    @pytest.mark.usefixtures("mailed")
    def test_what_there_is_not_cannot_be_chosen(self, cast: Cast, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        assert maya.post("/notifications/ways/", {"mailed": ["anything"]}).status_code == 422
        assert maya.post("/notifications/ways/", {"digest_hour": "24"}).status_code == 422
        assert not Ways.objects.exists()

    def test_without_a_procedure_that_sends_nothing_is_offered(
        self, cast: Cast, settings: Settings, sign_in: SignIn
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        page = sign_in(cast.maya).get("/notifications/wanted/").content.decode()

        assert "No published procedure mails messages" in page
        assert 'name="digest_hour"' not in page

    def test_without_mail_nothing_is_offered(self, cast: Cast, settings: Settings, sign_in: SignIn) -> None:
        settings.EMAIL_BACKEND = OFF

        page = sign_in(cast.maya).get("/notifications/wanted/").content.decode()

        assert "sends no mail yet" in page


@pytest.mark.req("M2")
class TestTwoAtOnce:
    """Two people who edit one record lose nothing."""

    def test_fields_that_only_one_changed_are_both_kept(
        self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime
    ) -> None:
        sent = {
            "version": lead.version, "was.region": lead.region, "region": "Alps",
            "was.interest": lead.interest, "interest": lead.interest,
        }  # fmt: skip
        update_record(
            spec=registry.get("lead"), record_id=lead.pk, values={"interest": "Cards"}, by=Actor.user(cast.tom), at=at
        )

        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/edit/", sent)

        lead.refresh_from_db()
        assert (answer.status_code, lead.region, lead.interest) == (302, "Alps", "Cards")

    def test_a_real_conflict_shows_both_and_lets_one_choose(
        self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime
    ) -> None:
        sent = {"version": lead.version, "was.region": lead.region, "region": "Alps"}
        spec, by = registry.get("lead"), Actor.user(cast.tom)
        update_record(spec=spec, record_id=lead.pk, values={"region": "Nordics", "interest": "Cards"}, by=by, at=at)
        maya = sign_in(cast.maya)

        answer = maya.post(f"/leads/{lead.pk}/edit/", sent)
        page = answer.content.decode()

        assert answer.status_code == 409
        assert "Tom Berg changed Region" in page
        assert 'data-take="Nordics"' in page
        assert 'value="Alps"' in page
        assert 'name="interest" value="Cards"' in page
        lead.refresh_from_db()
        again = maya.post(
            f"/leads/{lead.pk}/edit/", {"version": lead.version, "was.region": "Nordics", "region": "Alps"}
        )
        lead.refresh_from_db()
        assert (again.status_code, lead.region, lead.interest) == (302, "Alps", "Cards")

    def test_in_place_the_same(self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime) -> None:
        sent = {"version": lead.version, "region": "Alps"}
        spec, by = registry.get("lead"), Actor.user(cast.tom)
        update_record(spec=spec, record_id=lead.pk, values={"region": "Nordics"}, by=by, at=at)

        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/fields/region/", sent, headers=HTMX)

        assert answer.status_code == 409
        assert 'data-take="Nordics"' in answer.content.decode()


class TestTimeline:
    """All in one, in stretches."""

    @pytest.mark.req("C4")
    def test_much_in_one_instant_is_told_once_each(self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime) -> None:
        spec, by = registry.get("lead"), Actor.user(cast.maya)
        for n in range(90):
            tag_records(spec=spec, taggings=[Tagging(lead.pk, add=[f"tag-{n}"])], by=by, at=at + timedelta(hours=1))
        maya = sign_in(cast.maya)

        page = maya.get(f"/leads/{lead.pk}/").content.decode()
        told = [page]
        while (begin := told[-1].find(f'hx-get="/leads/{lead.pk}/timeline/')) >= 0:
            address = told[-1][begin + 8 : told[-1].index('"', begin + 8)].replace("&amp;", "&")
            told.append(maya.get(address).content.decode())

        whole = "".join(told)
        assert [whole.count(f"Tagged tag-{n}<") for n in range(90)] == [1] * 90
        assert len(told) == 3
        assert Entry.objects.filter(event="record.tagged").count() == 90

    def test_a_place_that_is_none_is_said(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).get(f"/leads/{lead.pk}/timeline/?before=nonsense").status_code == 422
