"""What insight tells people leads to the page where they can act."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.notify.models import Notification
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.tests.cast import Cast
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.django_db]


class TestFollow:
    @pytest.mark.parametrize(
        ("kind", "place", "page"),
        [
            pytest.param("goal", "lead-conversion", "/insight/figures/lead-conversion/", marks=pytest.mark.req("I1")),
            pytest.param("goal", "", "/insight/goals/", marks=pytest.mark.req("I1")),
            pytest.param("step_band", "call-first", "/procedures/call-first/live/", marks=pytest.mark.req("I2")),
            pytest.param(
                "split_test", "call-first", "/procedures/call-first/split-tests/7/", marks=pytest.mark.req("I6")
            ),
        ],
    )
    def test_goes_to_its_page(
        self, cast: Cast, at: datetime, sign_in: SignIn, kind: str, place: str, page: str
    ) -> None:
        message = Message(cast.maya.pk, "told", "Look", about=RecordRef(kind, 7), place=place)
        notify_many(messages=[message], by=Actor.system(), at=at)

        answer = sign_in(cast.maya).get(f"/notifications/{Notification.objects.get().pk}/")

        assert answer["Location"] == page
