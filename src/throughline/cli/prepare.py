"""``throughline prepare``: bring the database to this version, load the sample company. ``serve`` runs it."""

from __future__ import annotations

import argparse
import secrets
import time
from datetime import UTC, datetime

from throughline.cli import OK, say
from throughline.cli.database import bring_up_to_date, one_at_a_time
from throughline.platform.faults import Fault
from throughline.platform.home import Home
from throughline.platform.surroundings import entered


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--demo", action="store_true", help="load the sample company into an empty database")


def run(arguments: argparse.Namespace) -> int:
    """Prepare the database."""
    with entered(say) as surroundings:
        import django

        django.setup()
        _refuse_missing_assets()
        with one_at_a_time():
            bring_up_to_date()
            if arguments.demo:
                _load_sample_company(surroundings.home)
    return OK


def _refuse_missing_assets() -> None:
    from django.conf import settings

    if not settings.BUILT_MANIFEST.exists():
        raise Fault("The pages' scripts and styles are not built. Run `make assets` once.")


def _load_sample_company(home: Home) -> None:
    from throughline import wiring

    password = home.kept("demo-password", lambda: secrets.token_urlsafe(9))
    started_at = time.monotonic()
    email = wiring.load_sample_company(password=password, at=datetime.now(UTC))
    if email is None:
        return
    sign_in = home.folder / "sign-in"
    sign_in.touch(mode=0o600)
    sign_in.write_text(f"{email} with the password {password}\n")
    say(f"Loaded the sample company in {time.monotonic() - started_at:.1f} s.")
