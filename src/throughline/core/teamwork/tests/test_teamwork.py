"""Working together around a record, and what those who may not see it learn of it: nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.notify.queries import centre
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import Assignment, assign_records, delete_records, update_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.teamwork import operations as team
from throughline.core.teamwork import queries
from throughline.core.teamwork.models import Comment, Visit
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's."""
    return capture_lead(values={"name": "Ada Byron", "email": "ada@x.org"}, by=Actor.user(cast.maya), at=at)


@pytest.fixture
def ref(lead: Lead) -> RecordRef:
    """Name it."""
    return RecordRef("lead", lead.pk)


def say(ref: RecordRef, body: str, by: User, at: datetime, answers: int | None = None) -> Comment:
    """Comment."""
    return team.add_comment(record=ref, body=body, by=Actor.user(by), at=at, answers=answers)


def heard(user: User) -> list[tuple[str, str]]:
    """Return reason and title of what somebody was told, the newest first."""
    return [(row.reason, row.title) for row in centre(user_id=user.pk).messages]


@pytest.mark.req("C4", "M4")
class TestComments:
    """Said to colleagues."""

    def test_a_mention_is_told_and_answered(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        said = say(ref, "@Tom Berg can you call her?", cast.maya, at)
        say(ref, "Done.", cast.tom, at + timedelta(minutes=5), said.pk)

        assert heard(cast.tom) == [("mention", "Maya Lin mentioned you: Ada Byron")]
        assert heard(cast.maya) == [("mention", "Tom Berg answered you: Ada Byron")]
        [message] = centre(user_id=cast.tom.pk).messages
        assert (message.record_type, message.record_id, message.place) == (*ref, f"comment-{said.pk}")

    def test_who_may_not_see_the_record_cannot_be_mentioned(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        with pytest.raises(Refusal, match="Ines Duarte may not see this lead") as refused:
            say(ref, "@Tom Berg, @Ines Duarte: look", cast.maya, at)

        assert refused.value.code == "may_not_see"
        assert not Comment.objects.exists()
        assert not Notification.objects.exists()

    def test_another_team_neither_reads_nor_writes(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        said = say(ref, "Secret", cast.maya, at)

        with pytest.raises(NotFound):
            say(ref, "Hello", cast.ines, at)
        with pytest.raises(NotFound):
            queries.get_comment(comment_id=said.pk, user=cast.ines)
        with pytest.raises(NotFound):
            queries.whom_to_mention(spec=registry.get("lead"), record_id=ref.id, begins="", user=cast.ines)
        with pytest.raises(NotFound):
            team.edit_comment(comment_id=said.pk, body="x", by=Actor.user(cast.ines), at=at)

    def test_offered_for_a_mention_are_those_who_see_it(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        spec = registry.get("lead")

        everybody = queries.whom_to_mention(spec=spec, record_id=ref.id, begins="", user=cast.maya)
        by_last_name = queries.whom_to_mention(spec=spec, record_id=ref.id, begins="be", user=cast.maya)

        names = [each.name for each in everybody]
        assert "Tom Berg" in names
        assert "Ines Duarte" not in names
        assert "Maya Lin" not in names
        assert [each.name for each in by_last_name] == ["Tom Berg"]

    def test_only_the_author_changes_and_takes_back_and_the_journal_knows(
        self, cast: Cast, ref: RecordRef, at: datetime
    ) -> None:
        said = say(ref, "Frist", cast.maya, at)
        by = Actor.user(cast.maya)
        with pytest.raises(NotAllowed, match="Only Maya Lin"):
            team.delete_comment(comment_id=said.pk, by=Actor.user(cast.tom), at=at)

        team.edit_comment(comment_id=said.pk, body="First, @Tom Berg", by=by, at=at)
        team.edit_comment(comment_id=said.pk, body="First, @Tom Berg", by=by, at=at)
        team.delete_comment(comment_id=said.pk, by=by, at=at)
        assert queries.comments(ids=[said.pk], user=cast.maya) == {}
        team.restore_comment(comment_id=said.pk, by=by, at=at)

        assert list(Comment.objects.values_list("body", flat=True)) == ["First, @Tom Berg"]
        events = Entry.objects.filter(event__startswith="comment.").order_by("id")
        assert [entry.event for entry in events] == [
            "comment.added",
            "comment.edited",
            "comment.deleted",
            "comment.restored",
        ]
        assert [reason for reason, _ in heard(cast.tom)] == ["mention"]

    def test_the_author_sees_who_has_seen_it(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        said = say(ref, "@Tom Berg @Omar Haddad", cast.maya, at)
        Notification.objects.filter(user=cast.tom).update(read_at=at)

        assert queries.comments(ids=[said.pk], user=cast.maya)[said.pk].seen == [
            ("Omar Haddad", None),
            ("Tom Berg", at),
        ]
        assert queries.comments(ids=[said.pk], user=cast.tom)[said.pk].seen == []

    @pytest.mark.parametrize("body", ["", " \n", "x" * 20_001])
    def test_nothing_and_too_much_are_refused(self, cast: Cast, ref: RecordRef, at: datetime, body: str) -> None:
        with pytest.raises(Refusal):
            say(ref, body, cast.maya, at)


@pytest.mark.req("M4")
class TestFollowing:
    """Being told what happens to a record."""

    def test_a_follower_is_told_once_and_not_of_own_doings(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        spec = registry.get("lead")
        team.follow(record=ref, by=Actor.user(cast.tom), at=at)
        team.follow(record=ref, by=Actor.user(cast.tom), at=at)

        update_record(spec=spec, record_id=ref.id, values={"interest": "X"}, by=Actor.user(cast.maya), at=at)
        update_record(spec=spec, record_id=ref.id, values={"interest": "Y"}, by=Actor.user(cast.tom), at=at)

        assert heard(cast.tom) == [("follow", "Changed: Ada Byron")]
        team.unfollow(record=ref, by=Actor.user(cast.tom), at=at)
        update_record(spec=spec, record_id=ref.id, values={"interest": "Z"}, by=Actor.user(cast.maya), at=at)
        assert len(heard(cast.tom)) == 1

    def test_who_lost_sight_of_it_is_told_nothing(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        tom = Actor.user(cast.tom)
        team.follow(record=ref, by=tom, at=at)
        team.star(record=ref, by=tom, at=at)
        team.remember_visit(record=ref, by=tom, at=at)

        to_ines = Assignment(ref.id, owner_id=cast.ines.pk)
        assign_records(spec=registry.get("lead"), assignments=[to_ines], by=Actor.system(), at=at)

        assert heard(cast.tom) == []
        for kept in (queries.followed, queries.favourites, queries.opened_lately):
            assert kept(user=cast.tom) == []

    def test_the_new_owner_is_told_and_a_follower_not_twice(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        team.follow(record=ref, by=Actor.user(cast.tom), at=at)

        to_tom = Assignment(ref.id, owner_id=cast.tom.pk, reason="Knows her")
        assign_records(spec=registry.get("lead"), assignments=[to_tom], by=Actor.user(cast.maya), at=at)

        assert heard(cast.tom) == [("assigned", "Ada Byron is yours now")]
        assert centre(user_id=cast.tom.pk).messages[0].body == "Knows her"

    def test_taking_it_oneself_tells_nobody(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        to_tom = Assignment(ref.id, owner_id=cast.tom.pk)

        assign_records(spec=registry.get("lead"), assignments=[to_tom], by=Actor.user(cast.tom), at=at)

        assert heard(cast.tom) == []

    def test_another_team_cannot_follow_or_star(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        for mark in (team.follow, team.star):
            with pytest.raises(NotFound):
                mark(record=ref, by=Actor.user(cast.ines), at=at)


class TestMarks:
    """Favourites, and what was opened lately."""

    def test_stars_keep_their_order_and_deleted_records_go(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        by, spec = Actor.user(cast.maya), registry.get("lead")
        second = capture_lead(values={"name": "Mei Lin"}, by=by, at=at)
        team.star(record=ref, by=by, at=at)
        team.star(record=RecordRef("lead", second.pk), by=by, at=at + timedelta(minutes=1))
        assert [kept.title for kept in queries.favourites(user=cast.maya)] == ["Ada Byron", "Mei Lin"]
        assert queries.marks_of(record=ref, user=cast.maya) == queries.Marks(
            follows=False, starred=True, muted=False, followers=0
        )

        team.unstar(record=RecordRef("lead", second.pk), by=by, at=at)
        delete_records(spec=spec, ids=[ref.id], by=by, at=at)

        assert queries.favourites(user=cast.maya) == []

    def test_the_latest_visit_comes_first_and_old_ones_are_forgotten(
        self, cast: Cast, ref: RecordRef, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from throughline.core.teamwork.operations import marks

        monkeypatch.setattr(marks, "KEPT_VISITS", 2)
        by = Actor.user(cast.maya)
        leads = [capture_lead(values={"name": f"P {n}"}, by=by, at=at) for n in range(3)]

        for n, lead in enumerate([*leads, leads[1]]):
            team.remember_visit(record=RecordRef("lead", lead.pk), by=by, at=at + timedelta(minutes=n))

        assert [kept.title for kept in queries.opened_lately(user=cast.maya)][:2] == ["P 1", "P 2"]
        assert Visit.objects.count() <= 3


class TestAttachments:
    """Files of a record."""

    def test_a_file_is_kept_binned_and_brought_back(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        by = Actor.user(cast.maya)

        blob = team.attach_file(record=ref, content=BytesIO(b"hello"), name="C:\\temp\\offer.pdf", by=by, at=at)
        assert (blob.name, blob.media_type) == ("offer.pdf", "application/pdf")
        team.bin_attachment(file_id=blob.pk, by=by, at=at)
        assert queries.files_of_record(record=ref) == ([], [blob])
        with pytest.raises(NotFound):
            queries.get_attachment(file_id=blob.pk, user=cast.maya)
        team.restore_attachment(file_id=blob.pk, by=by, at=at)

        assert queries.get_attachment(file_id=blob.pk, user=cast.tom) == blob
        told = Entry.objects.filter(event__startswith="file.", record_type="lead", record_id=ref.id).order_by("id")
        assert [entry.event for entry in told] == ["file.stored", "file.binned", "file.restored"]

    @pytest.mark.parametrize(
        ("name", "code"), [("run.EXE", "file_runs"), ("a.pdf.js", "file_runs"), ("", "file_unnamed")]
    )
    def test_what_runs_is_not_kept(self, cast: Cast, ref: RecordRef, at: datetime, name: str, code: str) -> None:
        with pytest.raises(Refusal) as refused:
            team.attach_file(record=ref, content=BytesIO(b"x"), name=name, by=Actor.user(cast.maya), at=at)

        assert refused.value.code == code

    def test_another_team_learns_nothing(self, cast: Cast, ref: RecordRef, at: datetime) -> None:
        blob = team.attach_file(record=ref, content=BytesIO(b"x"), name="a.txt", by=Actor.user(cast.maya), at=at)
        ines = Actor.user(cast.ines)

        with pytest.raises(NotFound):
            queries.get_attachment(file_id=blob.pk, user=cast.ines)
        with pytest.raises(NotFound):
            team.attach_file(record=ref, content=BytesIO(b"x"), name="a.txt", by=ines, at=at)
        with pytest.raises(NotFound):
            team.bin_attachment(file_id=blob.pk, by=ines, at=at)
