"""The notification centre."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.notify.operations import Message, Muted, choose_ways, mark_read, mute, notify_many, unmute
from throughline.core.notify.queries import centre, seen_by, sent, silence_of, unread_count, ways_to
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Refusal
from throughline.core.tests.cast import Cast

BY = Actor.system()


@pytest.mark.req("M4")
class TestNotifyMany:
    """Messages to people."""

    def test_the_centre_shows_the_newest_first_and_pages_back(self, cast: Cast, at: datetime) -> None:
        for n in range(5):
            message = Message(cast.maya.pk, "mention", f"m{n}", about=RecordRef("lead", n))
            notify_many(messages=[message], by=BY, at=at + timedelta(minutes=n))

        first = centre(user_id=cast.maya.pk, limit=3)
        last = first.messages[-1]
        second = centre(user_id=cast.maya.pk, limit=3, before=(last.at, last.pk))

        assert [row.title for row in (*first.messages, *second.messages)] == ["m4", "m3", "m2", "m1", "m0"]
        assert (first.more, second.more, first.unread) == (True, False, 5)
        assert centre(user_id=cast.tom.pk).messages == []

    def test_the_same_key_reaches_a_person_once(self, cast: Cast, at: datetime) -> None:
        messages = [Message(cast.maya.pk, "x", "a", key="k"), Message(cast.tom.pk, "x", "a", key="k")]

        assert notify_many(messages=messages, by=BY, at=at) == 2
        assert notify_many(messages=messages, by=BY, at=at) == 0
        assert unread_count(user_id=cast.maya.pk) == 1

    def test_many_take_as_many_queries_as_one(
        self, cast: Cast, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        messages = [Message(cast.maya.pk, "x", f"m{n}", key=str(n)) for n in range(300)]

        with django_assert_max_num_queries(6):
            notify_many(messages=messages, by=BY, at=at)

        assert unread_count(user_id=cast.maya.pk) == 100


class TestMarkRead:
    """Having seen them."""

    def test_one_and_then_all_are_read_and_nobody_elses(self, cast: Cast, at: datetime) -> None:
        people = [cast.maya.pk] * 3 + [cast.tom.pk]
        notify_many(messages=[Message(person, "x", "m") for person in people], by=BY, at=at)
        others = centre(user_id=cast.tom.pk).messages[0].pk

        assert mark_read(user_id=cast.maya.pk, ids=[centre(user_id=cast.maya.pk).messages[0].pk, others], at=at) == 1
        assert mark_read(user_id=cast.maya.pk, at=at) == 2
        assert (unread_count(user_id=cast.maya.pk), unread_count(user_id=cast.tom.pk)) == (0, 1)

    def test_messages_about_one_record_are_read_together(self, cast: Cast, at: datetime) -> None:
        about = [RecordRef("lead", 7), RecordRef("lead", 7), RecordRef("lead", 8)]
        notify_many(messages=[Message(cast.maya.pk, "follow", "m", about=ref) for ref in about], by=BY, at=at)

        assert mark_read(user_id=cast.maya.pk, about=RecordRef("lead", 7), at=at) == 2
        assert unread_count(user_id=cast.maya.pk) == 1

    def test_the_sender_sees_who_has_seen_it(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.maya)
        messages = [Message(person.pk, "mention", "m", key="comment:1") for person in (cast.tom, cast.omar)]
        notify_many(messages=messages, by=by, at=at)
        mark_read(user_id=cast.tom.pk, at=at)

        shown, more = sent(user_id=cast.maya.pk)

        assert sorted((row.to, row.seen_at) for row in shown) == [("Omar Haddad", None), ("Tom Berg", at)]
        assert not more
        assert seen_by(keys=["comment:1"]) == {"comment:1": [("Omar Haddad", None), ("Tom Berg", at)]}
        assert sent(user_id=cast.tom.pk) == ([], False)


@pytest.mark.req("M4")
class TestMute:
    """What somebody does not want to hear."""

    @pytest.mark.parametrize(
        ("muted", "message", "quiet"),
        [
            (Muted(record=RecordRef("lead", 7)), {"kind": "follow", "about": RecordRef("lead", 7)}, True),
            (Muted(record=RecordRef("lead", 7)), {"kind": "follow", "about": RecordRef("lead", 8)}, False),
            (Muted(record=RecordRef("lead", 7)), {"kind": "mention", "about": RecordRef("lead", 7)}, False),
            (Muted(reason="mention"), {"kind": "mention"}, True),
            (Muted(reason="follow"), {"kind": "assigned"}, False),
            (Muted(procedure="Lead to deal"), {"kind": "escalation", "procedure": "Lead to deal"}, True),
            (Muted(procedure="Lead to deal"), {"kind": "escalation", "procedure": "Renewal"}, False),
        ],
    )
    def test_what_is_muted_is_kept_and_not_counted(
        self, cast: Cast, at: datetime, muted: Muted, message: dict[str, Any], quiet: bool
    ) -> None:
        by = Actor.user(cast.maya)
        mute(muted=muted, by=by, at=at)
        mute(muted=muted, by=by, at=at)

        notify_many(messages=[Message(cast.maya.pk, title="m", **message)], by=BY, at=at)

        assert [row.title for row in centre(user_id=cast.maya.pk, quiet=quiet).messages] == ["m"]
        assert unread_count(user_id=cast.maya.pk) == (0 if quiet else 1)

    def test_what_is_muted_no_more_is_heard(self, cast: Cast, at: datetime) -> None:
        by, muted = Actor.user(cast.maya), Muted(reason="follow")
        mute(muted=muted, by=by, at=at)
        assert silence_of(user_id=cast.maya.pk).reasons == {"follow"}

        unmute(muted=muted, by=by, at=at)

        assert silence_of(user_id=cast.maya.pk).reasons == frozenset()

    @pytest.mark.parametrize("muted", [Muted(), Muted(reason="noise"), Muted(reason="follow", procedure="x")])
    def test_nothing_and_two_things_cannot_be_muted(self, cast: Cast, at: datetime, muted: Muted) -> None:
        with pytest.raises(Refusal):
            mute(muted=muted, by=Actor.user(cast.maya), at=at)


@pytest.mark.req("M4")
class TestWays:
    """Mail for some reasons, a digest at some hour."""

    def test_what_is_wanted_by_mail_is_told_to_the_journal_once(self, cast: Cast, at: datetime) -> None:
        choose_ways(mailed=["mention"], digest_hour=8, by=Actor.user(cast.maya), at=at)
        messages = [
            Message(cast.maya.pk, "mention", "wanted", key="a"),
            Message(cast.maya.pk, "follow", "not wanted", key="b"),
            Message(cast.tom.pk, "mention", "somebody else's", key="a"),
        ]

        notify_many(messages=messages, by=BY, at=at)
        notify_many(messages=messages, by=BY, at=at)

        told = [entry.data["notification"] for entry in Entry.objects.filter(event="notification.wants_mail")]
        assert [Notification.objects.get(pk=key).title for key in told] == ["wanted"]

    def test_muted_ones_are_not_mailed(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.maya)
        choose_ways(mailed=["mention"], digest_hour=None, by=by, at=at)
        mute(muted=Muted(reason="mention"), by=by, at=at)

        notify_many(messages=[Message(cast.maya.pk, "mention", "m")], by=BY, at=at)

        assert not Entry.objects.filter(event="notification.wants_mail").exists()

    @pytest.mark.parametrize(("mailed", "hour"), [(["noise"], None), ([], 24)])
    def test_unknown_reasons_and_hours_are_refused(
        self, cast: Cast, at: datetime, mailed: list[str], hour: int | None
    ) -> None:
        with pytest.raises(Refusal):
            choose_ways(mailed=mailed, digest_hour=hour, by=Actor.user(cast.maya), at=at)

        assert ways_to(user_id=cast.maya.pk).digest_hour is None
