"""Settings are loud about an environment that they cannot use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from throughline.config import environment

LOAD = "import throughline.config.settings as s; print(s.SESSION_COOKIE_SECURE, s.ALLOWED_HOSTS[0], s.DEBUG)"
ENOUGH = {"DATABASE_URL": "postgres://maya@db/crm", "SECRET_KEY": "x" * 50}


def _load(**variables: str) -> subprocess.CompletedProcess[str]:
    surroundings = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    return subprocess.run([sys.executable, "-c", LOAD], env=surroundings, capture_output=True, text=True, check=False)


class TestSettings:
    def test_switch_to_secure_cookies_with_an_https_address(self) -> None:
        assert _load(**ENOUGH, THROUGHLINE_URL="https://crm.example.com").stdout == "True crm.example.com False\n"

    def test_load_with_a_plain_local_address(self) -> None:
        assert _load(**ENOUGH).stdout == "False localhost False\n"

    @pytest.mark.parametrize(
        ("variables", "sentence"),
        [
            ({"SECRET_KEY": "x"}, "Expected DATABASE_URL to be set, but it is not."),
            ({"DATABASE_URL": "postgres://db/crm"}, "Expected SECRET_KEY to be set, but it is not."),
            ({**ENOUGH, "DATABASE_URL": "crm"}, 'DATABASE_URL is "crm", but it must look like'),
            ({**ENOUGH, "THROUGHLINE_MAIL": "yes"}, 'Expected THROUGHLINE_MAIL to be one of off, on, but it is "yes".'),
            ({**ENOUGH, "THROUGHLINE_MAIL": "on"}, "Expected SMTP_HOST to be set, but it is not."),
            ({**ENOUGH, "THROUGHLINE_URL": "crm.example.com"}, "Expected THROUGHLINE_URL to look like https://"),
            ({**ENOUGH, "THROUGHLINE_FORM_SITES": "example.com"}, 'but it names "example.com".'),
            (
                {**ENOUGH, "DATABASE_POOL": "-1"},
                'Expected DATABASE_POOL to be a whole number from 0 on, but it is "-1".',
            ),
        ],
    )
    def test_stop_with_one_sentence(self, variables: dict[str, str], sentence: str) -> None:
        done = _load(**variables)

        assert done.returncode == 1
        assert sentence in done.stderr.splitlines()[-1]

    def test_do_not_mind_the_mail_variable_of_login_shells(self) -> None:
        assert _load(**ENOUGH, MAIL="/var/mail/maya").returncode == 0


class TestNumber:
    def test_refuses_digits_of_other_scripts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_POOL", "٣")

        with pytest.raises(environment.Expected):
            environment.number("DATABASE_POOL", 1)


class TestOrigins:
    @pytest.mark.req("L2")
    def test_are_sites_separated_by_spaces(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SITES", " https://www.example.com  http://localhost:3000 https://[::1]:8443 ")

        assert environment.origins("SITES") == [
            "https://www.example.com",
            "http://localhost:3000",
            "https://[::1]:8443",
        ]

    def test_are_none_when_not_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SITES", raising=False)

        assert environment.origins("SITES") == []

    @pytest.mark.parametrize(
        "site",
        [
            "*",
            "www.example.com",
            "https://*.example.com",
            "https://example.com/",
            "https://example.com/contact",
            "https://example.com;script-src",
            "https://a.org,https://b.org",
            "ftp://example.com",
            "https://bücher.example",
            "'self'",
        ],
    )
    def test_refuse_what_is_no_site(self, monkeypatch: pytest.MonkeyPatch, site: str) -> None:
        monkeypatch.setenv("SITES", f"https://good.example {site}")

        with pytest.raises(environment.Expected) as refused:
            environment.origins("SITES")

        assert f'but it names "{site}".' in str(refused.value)
