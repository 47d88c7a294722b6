"""
``throughline invite``: an account for a person, and a link by which they choose their password.

There is no default password and no public sign-up: the first administrator of an empty system comes in by this door.
"""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from throughline.cli import OK, say
from throughline.cli.database import product
from throughline.platform.faults import Fault
from throughline.platform.home import Home

if TYPE_CHECKING:
    from throughline.core.identity.models import User

FIRST_ROLE = "administrator"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("email", metavar="EMAIL", help="the address to sign in with")
    parser.add_argument("name", metavar="NAME", help='the person\'s name, as in "Maya Lindqvist"')
    parser.add_argument(
        "--role", metavar="KEY", action="append", help=f"a role, may be repeated (default: {FIRST_ROLE})"
    )


def run(arguments: argparse.Namespace) -> int:
    """Make the account and print the link; for a known address print a new link only."""
    address = Home.find().run / "address"
    if address.exists():
        os.environ.setdefault("THROUGHLINE_URL", address.read_text())  # where it was served last
    with product():
        from django.contrib.auth import get_user_model

        email = arguments.email.strip().lower()
        user = get_user_model().objects.filter(email=email).first()
        if user is None:
            user = _create(email, arguments.name, arguments.role or [FIRST_ROLE])
            say(f"{user.name} has an account now.")
        print(sign_in_link(user))  # noqa: T201
    say("The link leads to the page where the password is chosen. It holds for three days and works once.")
    return OK


def _create(email: str, name: str, keys: list[str]) -> User:
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from throughline.core.access.operations import ship_roles
    from throughline.core.actor import Actor
    from throughline.core.identity.models import Role
    from throughline.core.identity.operations import create_user
    from throughline.crm.deals.operations import ship_pipeline

    try:
        validate_email(email)
    except ValidationError as error:
        raise Fault(f'"{email}" is no e-mail address.') from error
    by, at = Actor.system("throughline invite"), datetime.now(UTC)
    ship_roles(by=by, at=at)
    ship_pipeline(by=by, at=at)
    roles = list(Role.objects.filter(key__in=keys))
    if missing := set(keys) - {role.key for role in roles}:
        known = ", ".join(Role.objects.order_by("key").values_list("key", flat=True))
        raise Fault(f"There is no role {' and '.join(sorted(missing))}. Known are {known}.")
    return create_user(email=email, name=name, roles=roles, by=by, at=at)


def sign_in_link(user: User) -> str:
    """Return the address where the person chooses a password: once, within three days."""
    from throughline.web.settings.people import sign_in_link as link

    return link(user)
