"""Where calls may go, how they are signed, what they carry."""

from __future__ import annotations

from decimal import Decimal

import pytest

from throughline.connect.hooks import rules
from throughline.flow.values import from_python


@pytest.mark.req("B3", "J7")
class TestMayBeCalled:
    @pytest.mark.parametrize(
        ("address", "outside", "inside"),
        [
            ("93.184.216.34", True, True),
            ("2606:2800:220:1::1", True, True),
            ("127.0.0.1", False, True),
            ("::1", False, True),
            ("10.1.2.3", False, True),
            ("172.16.0.9", False, True),
            ("192.168.1.1", False, True),
            ("fd00::1", False, True),
            ("::ffff:10.0.0.1", False, True),
            ("::ffff:93.184.216.34", True, True),
            ("2002:0a00:0001::", False, True),
            ("169.254.169.254", False, False),
            ("fe80::1%eth0", False, False),
            ("0.0.0.0", False, False),
            ("::", False, False),
            ("224.0.0.1", False, False),
            ("100.64.0.1", False, False),
            ("240.0.0.1", False, True),
        ],
    )
    def test_public_ones_always_private_ones_when_allowed_and_those_of_clouds_never(
        self, address: str, outside: bool, inside: bool
    ) -> None:
        assert rules.may_be_called(address, inside=False) is outside
        assert rules.may_be_called(address, inside=True) is inside


class TestProblemWith:
    @pytest.mark.parametrize("url", ["https://example.com", "http://example.com:8080/a?b=c", "https://[::1]/x"])
    def test_an_address_of_a_web_server_has_none(self, url: str) -> None:
        assert rules.problem_with(url) == ""

    @pytest.mark.parametrize(
        "url",
        ["", "example.com", "ftp://example.com", "file:///etc/passwd", "https://", "https://a:b@example.com",
         "https://example.com/#x", "https://example.com:99999"],
    )  # fmt: skip
    def test_anything_else_has(self, url: str) -> None:
        assert rules.problem_with(url)


class TestSignature:
    def test_is_the_one_of_the_published_example(self) -> None:
        """The example of github.com/standard-webhooks/standard-webhooks."""
        import base64

        secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

        signed = rules.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

        assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


class TestBodyOf:
    def test_values_are_plain_json(self) -> None:
        from datetime import date, timedelta

        body = {"name": "Ada", "score": Decimal("80.50"), "on": date(2026, 3, 2), "in": timedelta(hours=24), "no": None}

        written = rules.body_of({"body": from_python(body)}, key="7:3", record="lead:7")

        assert written == b'{"name": "Ada", "score": 80.50, "on": "2026-03-02", "in": "P1D", "no": null}'

    def test_without_one_it_says_what_the_case_travels_with(self) -> None:
        assert rules.body_of({}, key="7:3", record="lead:7") == b'{"key": "7:3", "record": "lead:7"}'

    def test_a_very_long_one_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at most 256 KB"):
            rules.body_of({"body": {"text": "x" * 300_000}}, key="7:3", record=None)
