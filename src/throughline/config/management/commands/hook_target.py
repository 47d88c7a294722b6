"""``throughline manage hook_target``: say where charts may call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from throughline.connect.hooks import operations
from throughline.connect.hooks.models import HookTarget
from throughline.core.actor import Actor
from throughline.core.refusals import Refusal


class Command(BaseCommand):
    """Allows, disallows and lists targets; whoever may run commands on the machine is an administrator."""

    help = "Allow an address that charts may call as KEY (prints its secret once), disallow it, or list all."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("key", nargs="?", help="the name that charts use; without it all targets are listed")
        parser.add_argument("url", nargs="?", help="the address; an allowed one gets a new secret")
        parser.add_argument("--title", default="", help="what people call it")
        parser.add_argument("--inside", action="store_true", help="the address may lie in a private network")
        parser.add_argument("--disallow", metavar="REASON", help="let charts call it no more")

    def handle(self, *_: Any, **given: Any) -> None:
        """Do what is asked."""
        by, at = Actor.system("Command line"), datetime.now(UTC)
        try:
            if given["key"] and given["disallow"]:
                operations.disallow_target(key=given["key"], by=by, at=at, reason=given["disallow"])
                self.stdout.write(f"Charts call “{given['key']}” no more.")
            elif given["key"] and given["url"]:
                target, secret = operations.allow_target(
                    key=given["key"], title=given["title"], url=given["url"], inside=given["inside"], by=by, at=at
                )
                self.stdout.write(f"Charts may call {target.url} as “{target.key}”. Its secret, shown this once:")
                self.stdout.write(secret)
            elif given["key"]:
                raise CommandError("Give an address to allow, or --disallow with a reason.")
            else:
                self._list()
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal

    def _list(self) -> None:
        for target in HookTarget.objects.filter(active=True):
            place = "inside" if target.inside else "outside"
            self.stdout.write(f"{target.key}\t{target.url}\t{place}\t{target.title}")
