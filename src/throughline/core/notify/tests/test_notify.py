"""The notification centre."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.notify.operations import Message, mark_read, notify_many
from throughline.core.notify.queries import centre, unread_count
from throughline.core.recordref import RecordRef
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

        with django_assert_max_num_queries(4):
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
