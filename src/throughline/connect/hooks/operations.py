"""Allowing addresses that charts may call, and taking that back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from throughline.connect.hooks import rules, secret
from throughline.connect.hooks.events import HookAllowed, HookDisallowed, HookSecretRenewed
from throughline.connect.hooks.models import HookTarget
from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal


@transaction.atomic
def allow_target(
    *, key: str, title: str, url: str, by: Actor, at: datetime, inside: bool = False
) -> tuple[HookTarget, str]:
    """
    Let charts call an address as ``key``, and return the target with its secret, which is shown this once.

    Allowing a key again gives it another address and a new secret. ``inside``: the address may lie in a private network
    or on this machine.

    Raises:
        NotAllowed: the person behind the actor may not manage connections; the sentence names who can.
        Refusal: key or address cannot be used (``field``).
    """
    _require(by)
    if not key or not key.replace("-", "").replace("_", "").isalnum() or not key.isascii():
        raise Refusal("unreadable_key", "Use letters, digits, hyphens and underscores for the key.", "key")
    problem = rules.problem_with(url)
    if problem:
        raise Refusal("unreadable_url", problem, "url")
    made = secret.make()
    target, _ = HookTarget.objects.update_or_create(
        key=key,
        defaults={"title": title or key, "url": url, "secret": secret.seal(made), "inside": inside, "active": True},
        create_defaults={
            "title": title or key,
            "url": url,
            "secret": secret.seal(made),
            "inside": inside,
            "created_at": at,
            "created_by": by.label,
        },
    )
    journal.record(HookAllowed(key=key, url=url, inside=inside), by=by, at=at, about=_about(target))
    return target, made


@transaction.atomic
def disallow_target(*, key: str, by: Actor, at: datetime, reason: str) -> None:
    """
    Let charts call an address no more. Steps that ask for it show an incident.

    Raises:
        NotAllowed: the person behind the actor may not manage connections; the sentence names who can.
        NotFound: there is no such target.
    """
    _require(by)
    target = _target(key)
    target.active = False
    target.save(update_fields=["active"])
    journal.record(HookDisallowed(key=key, reason=reason), by=by, at=at, about=_about(target))


@transaction.atomic
def renew_secret(*, key: str, by: Actor, at: datetime) -> str:
    """
    Make a new secret for a target and return it, which is shown this once; the old one signs nothing any more.

    Raises:
        NotAllowed: the person behind the actor may not manage connections; the sentence names who can.
        NotFound: there is no such target.
    """
    _require(by)
    target = _target(key)
    made = secret.make()
    target.secret = secret.seal(made)
    target.save(update_fields=["secret"])
    journal.record(HookSecretRenewed(key=key), by=by, at=at, about=_about(target))
    return made


def _require(by: Actor) -> None:
    user = access.user_of(by)
    if user is None:
        return
    names = " or ".join(person.name for person in access.people_with(access.MANAGE_CONNECTIONS)[:3])
    otherwise = f"Your roles do not let you manage connections. Ask {names or 'an administrator'}."
    access.require_ability(user, access.MANAGE_CONNECTIONS, otherwise=otherwise)


def _target(key: str) -> HookTarget:
    target = HookTarget.objects.select_for_update().filter(key=key, active=True).first()
    if target is None:
        raise NotFound(f"There is no target “{key}”.")
    return target


def _about(target: HookTarget) -> RecordRef:
    return RecordRef("hook", target.pk)
