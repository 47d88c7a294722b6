"""Calls to a real receiver on this machine: signed, with the key, refused where they may not go."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.outside.receiver import Receiver
from throughline.connect.hooks import actions, call, operations, rules
from throughline.connect.hooks.models import HookTarget
from throughline.core.actions import ActionRequest
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, Refusal
from throughline.core.tests.cast import Cast
from throughline.flow.values import from_python

pytestmark = [pytest.mark.django_db, pytest.mark.req("B3", "J7")]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def allow(url: str, *, inside: bool = True, key: str = "crm") -> str:
    """Allow an address, and return the secret."""
    _, made = operations.allow_target(key=key, title="The CRM", url=url, inside=inside, by=Actor.system(), at=AT)
    return made


def ask(number: int = 1, target: str = "crm", **inputs: Any) -> ActionRequest:
    """Return the wish of step ``number`` of case 7."""
    given = {"target": target, "body": from_python({"number": number}), **inputs}
    return ActionRequest(7, number, RecordRef("lead", 3), given, Actor("procedure", "7", "Test"), AT)


class TestCall:
    def test_is_signed_and_carries_the_key_and_its_answer_is_the_result(self, receiver: Receiver) -> None:
        secret = allow(receiver.url)

        (result,) = actions.call_many([ask()])

        (received,) = receiver.calls
        expected = rules.signature(base64.b64decode(secret[6:]), "7:1", int(AT.timestamp()), received.body)
        assert received.headers["webhook-signature"] == expected
        assert received.headers["webhook-id"] == received.key == "7:1"
        assert received.headers["content-type"] == "application/json"
        assert (received.path, received.json) == ("/hooks/in", {"number": 1})
        assert result.result == from_python({"status": 200, "body": {"ok": True}})

    def test_many_go_side_by_side_and_each_gets_its_own_answer(self, receiver: Receiver) -> None:
        allow(receiver.url)

        results = actions.call_many([ask(number) for number in range(1, 21)])

        assert [result.failure for result in results] == [None] * 20
        assert {received.key for received in receiver.calls} == {f"7:{number}" for number in range(1, 21)}

    @pytest.mark.parametrize(
        ("status", "retryable", "unreachable", "code"),
        [
            (400, False, False, "hook_refused"),
            (404, False, False, "hook_refused"),
            (429, True, False, None),
            (500, True, False, None),
            (503, True, True, None),
            (302, False, False, "hook_refused"),
        ],
    )
    def test_a_no_is_for_good_or_for_now(
        self, receiver: Receiver, status: int, retryable: bool, unreachable: bool, code: str | None
    ) -> None:
        allow(receiver.url)
        receiver.status, receiver.answer = status, b"No such thing."
        receiver.headers = {"Location": receiver.url}

        (result,) = actions.call_many([ask()])

        assert result.failure == f"Expected The CRM to take the call, but it answered {status}: No such thing."
        assert (result.retryable, result.unreachable, result.code) == (retryable, unreachable, code)
        assert len(receiver.calls) == 1  # redirects are not followed

    def test_nobody_there_is_said_so(self) -> None:
        with Receiver() as gone:
            allow(gone.url)

        (result,) = actions.call_many([ask()])

        assert result.unreachable
        assert "Connection refused" in str(result.failure)

    def test_one_that_does_not_answer_in_time_is_nobody(self, receiver: Receiver) -> None:
        receiver.hold.clear()

        with pytest.raises(call.NobodyThere):
            call.post(receiver.url, b"{}", {}, inside=True, timeout=0.3)

    def test_an_address_inside_is_not_called_unless_that_is_allowed(self, receiver: Receiver) -> None:
        allow(receiver.url, inside=False)

        (result,) = actions.call_many([ask()])

        assert receiver.calls == []
        assert result.code == "hook_target"
        assert "leads to 127.0.0.1, which is inside" in str(result.failure)
        assert not result.retryable

    def test_a_name_that_leads_inside_is_found_out(self, receiver: Receiver) -> None:
        allow(receiver.url.replace("127.0.0.1", "localhost"), inside=False)

        (result,) = actions.call_many([ask()])

        assert (receiver.calls, result.code) == ([], "hook_target")

    def test_a_target_that_nobody_allowed_is_not_called(self, receiver: Receiver) -> None:
        (result,) = actions.call_many([ask(target=receiver.url)])

        assert (receiver.calls, result.code) == ([], "hook_target")


class TestAllowTarget:
    def test_the_secret_is_kept_encrypted(self) -> None:
        made = allow("https://example.com/in", inside=False)

        assert made not in HookTarget.objects.get().secret
        assert made[6:] not in str(list(Entry.objects.values()))

    def test_renewing_makes_another(self) -> None:
        made = allow("https://example.com/in", inside=False)

        assert operations.renew_secret(key="crm", by=Actor.system(), at=AT) != made

    def test_is_for_administrators(self, cast: Cast) -> None:
        for person in (cast.maya, cast.omar):
            with pytest.raises(NotAllowed, match="Ask Admin Root"):
                operations.allow_target(key="crm", title="", url="https://example.com", by=Actor.user(person), at=AT)
        assert operations.allow_target(key="crm", title="", url="https://example.com", by=Actor.user(cast.admin), at=AT)

    @pytest.mark.parametrize(("key", "url"), [("a b", "https://example.com"), ("crm", "ftp://example.com")])
    def test_what_cannot_be_used_is_refused(self, key: str, url: str) -> None:
        with pytest.raises(Refusal):
            operations.allow_target(key=key, title="", url=url, by=Actor.system(), at=AT)

    def test_a_disallowed_one_is_called_no_more(self, receiver: Receiver) -> None:
        allow(receiver.url)
        operations.disallow_target(key="crm", by=Actor.system(), at=AT, reason="They left.")

        (result,) = actions.call_many([ask()])

        assert (receiver.calls, result.code) == ([], "hook_target")
