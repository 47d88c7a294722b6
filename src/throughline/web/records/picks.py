"""
Choosing another record by its name: what is offered while somebody types, and what was meant by what is sent.

A link is written as its title with its number behind it, ``Acme Ltd (O-7)``; the number alone does, too, and so does a
name that only one record has. Offered and found is what the asker may see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import FieldSpec, FieldType, RecordSpec, registry
from throughline.core.records.search import search
from throughline.core.records.text import fold
from throughline.core.refusals import NotAllowed, Refusal
from throughline.web.answers import Asked, signed_in
from throughline.web.records.present import slug

OFFERED = 8
LOOKED_AT = 50
_KEY = re.compile(
    r"(?:(?P<prefix>[A-Za-z]+)-)?(?P<key>[0-9]{1,18})|.*\((?P<behind>[A-Z]+)-(?P<inner>[0-9]{1,18})\)", re.DOTALL
)


@signed_in
def offer(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show the records of a type that fit what was typed, as options."""
    if not access.can(request.user, access.VIEW, spec):
        raise NotAllowed(_("Your roles do not let you see these records. Ask an administrator."))
    hits = search(user=request.user, text=request.GET.get("q", ""), types=[spec.type], limit=OFFERED)
    offered = [
        {"title": hit.title, "subtitle": hit.subtitle, "written": written(spec, hit.title, hit.ref.id)} for hit in hits
    ]
    return render(request, "records/_picks.html", {"offered": offered, "icon": spec.icon})


def offers_of(described: FieldSpec) -> str:
    """Return where the values of a field are offered from; empty for one that is typed or chosen otherwise."""
    if described.type is not FieldType.RECORD:
        return ""
    return reverse("web:record_picks", args=[slug(registry.get(described.to))])


def written(spec: RecordSpec, title: str, key: int) -> str:
    """Return a record as a form writes it."""
    return f"{title} ({spec.model.number_prefix}-{key})"


def linked_in_words(described: FieldSpec, linked: Any) -> str:
    """Return a linked record as a form writes it."""
    spec = registry.get(described.to)
    return written(spec, spec.title(linked), linked.pk)


def key_meant(described: FieldSpec, text: str, user: User) -> str:
    """
    Return the key of the record that a text means.

    Raises:
        Refusal: nothing that ``user`` may see is called so, or several are.
    """
    spec, wanted = registry.get(described.to), text.strip()
    found = _KEY.fullmatch(wanted)
    prefix = (found["prefix"] or found["behind"] or "") if found else ""
    if found is not None and prefix.upper() in ("", spec.model.number_prefix):
        return found["key"] or found["inner"]
    called = [
        hit
        for hit in search(user=user, text=wanted, types=[spec.type], limit=LOOKED_AT)
        if fold(hit.title) == fold(wanted)
    ]
    if len(called) == 1:
        return str(called[0].ref.id)
    words = {"what": str(spec.label).lower(), "name": wanted}
    several = _("Several are called “%(name)s”. Choose one of those that are offered while you type.")
    none = _("You see no %(what)s called “%(name)s”. Choose one of those that are offered while you type.")
    raise Refusal("no_such_record", (several if called else none) % words, described.name)


def keys_meant(fields: Mapping[str, FieldSpec], values: Mapping[str, Any], user: User) -> dict[str, Any]:
    """
    Return values of a form with links read.

    Raises:
        Refusal: with a sentence for each link that means nothing, or too much.
    """
    read, wrong = dict(values), dict[str, str]()
    for name, value in values.items():
        if fields[name].type is FieldType.RECORD and isinstance(value, str):
            try:
                read[name] = key_meant(fields[name], value, user)
            except Refusal as refusal:
                wrong |= refusal.fields
    if wrong:
        raise Refusal("no_such_record", " ".join(wrong.values()), fields=wrong)
    return read
