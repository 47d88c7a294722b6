"""Roles: who may do what, as a matrix of record types and actions; field levels and abilities below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core import access
from throughline.core.access.abilities import everything as abilities
from throughline.core.access.operations import save_role
from throughline.core.access.permissions import ANY, FieldRight, Permissions, Scope
from throughline.core.access.staff import make_role
from throughline.core.identity.models import Role
from throughline.core.identity.queries import roles_with_people
from throughline.core.records import RecordSpec, registry
from throughline.core.refusals import NotFound, Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice, FormField, FormSection

ACTIONS = {
    access.VIEW: gettext_lazy("See"),
    access.CREATE: gettext_lazy("Create"),
    access.EDIT: gettext_lazy("Change"),
    access.DELETE: gettext_lazy("Delete"),
    access.ASSIGN: gettext_lazy("Reassign"),
    access.IMPORT: gettext_lazy("Import"),
    access.EXPORT: gettext_lazy("Export"),
}
SCOPES = {
    Scope.NONE: gettext_lazy("nothing"),
    Scope.OWN: gettext_lazy("own"),
    Scope.TEAM_ONLY: gettext_lazy("own teams"),
    Scope.TEAM: gettext_lazy("teams and below"),
    Scope.ALL: gettext_lazy("all"),
}
RIGHTS = {
    FieldRight.HIDDEN: gettext_lazy("hidden"),
    FieldRight.MASKED: gettext_lazy("masked"),
    FieldRight.READ: gettext_lazy("read"),
    FieldRight.WRITE: gettext_lazy("change"),
}


def _asked_for(request: Asked) -> None:
    access.require_ability(
        request.user, access.MANAGE_ROLES, otherwise=_("Your roles do not let you change roles. Ask an administrator.")
    )


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show all roles with how many play them, and what each sees of each type."""
    _asked_for(request)
    kinds = registry.everything()
    context = {
        "kinds": [str(spec.plural) for spec in kinds],
        "new_url": reverse("web:settings_role_new"),
        "roles": [
            {
                "name": role.name,
                "people": people,
                "url": reverse("web:settings_role", args=[role.key]),
                "sees": [
                    {
                        "kind": str(spec.plural),
                        "scope": SCOPES[Permissions.read(role.permissions).scope(spec.type, access.VIEW)],
                    }
                    for spec in kinds
                ],
            }
            for role, people in roles_with_people()
        ],
    }
    return render(request, "settings/roles.html", context)


@signed_in
def create(request: Asked) -> HttpResponse:
    """Make a role that begins with what another may."""
    _asked_for(request)
    if request.method != "POST":
        return _new_page(request, {})
    given = {name: str(request.POST.get(name, "")) for name in ("name", "like")}
    try:
        role = make_role(name=given["name"], like=given["like"], by=request.by, at=request.at)
    except Refusal as refusal:
        return _new_page(request, given, refusal)
    said = _("Made. Say below what it may; people get it at People and teams.")
    return done(request, reverse("web:settings_role", args=[role.key]), said)


def _new_page(request: Asked, given: dict[str, str], refusal: Refusal | None = None) -> HttpResponse:
    errors = refusal.fields if refusal else {}
    like = tuple(Choice(role.key, role.name) for role in Role.objects.order_by("id"))
    name, begins = given.get("name", ""), given.get("like", "")
    fields = (
        FormField("name", _("Name"), "string", name, required=True, max_length=200, error=errors.get("name", "")),
        FormField(
            "like", _("Begins as"), "choice", begins, required=True, choices=like, error=errors.get("like", ""),
            help=_("It starts with what that role may do. You change it afterwards."),
        ),
    )  # fmt: skip
    all_url = reverse("web:settings_roles")
    form = {
        "title": _("New role"), "plural": _("Roles"), "list_url": all_url, "cancel_url": all_url,
        "action": reverse("web:settings_role_new"), "button": _("Make the role"),
        "error": refusal.message if refusal and not errors else "",
        "sections": [FormSection(_("The role"), fields)],
    }  # fmt: skip
    return render(request, "settings/rule.html", {"form": form}, status=refusal.status if refusal else 200)


@signed_in
def change(request: Asked, key: str) -> HttpResponse:
    """Show what a role may, or change it."""
    _asked_for(request)
    role = Role.objects.filter(key=key).first()
    if role is None:
        raise NotFound(_("There is no such role. Look at the list."))
    permissions = Permissions.read(role.permissions)
    if request.method != "POST":
        return _page(request, role, permissions)
    try:
        save_role(
            key=key,
            name=request.POST.get("name", ""),
            permissions=read_permissions(request.POST, permissions),
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _page(request, role, permissions, refusal)
    return done(request, reverse("web:settings_roles"), _("Saved. It holds from the next page on."))


def read_permissions(sent: QueryDict, before: Permissions) -> dict[str, Any]:
    """Return permissions as the form gives them; what equals the rule for all types is not repeated for one."""
    kinds = [ANY, *(spec.type for spec in registry.everything())]
    records: dict[str, dict[str, str]] = {
        kind: {name: str(scope) for name, scope in actions.items()}
        for kind, actions in before.records.items()
        if kind not in kinds
    }
    for kind in kinds:
        chosen = {action: sent.get(f"{kind}.{action}", "") for action in ACTIONS}
        said = {action: scope for action, scope in chosen.items() if scope in set(Scope)}
        if said:
            records[kind] = said
    fields: dict[str, dict[str, str]] = {
        kind: {name: str(right) for name, right in rules.items()} for kind, rules in before.fields.items()
    }
    for spec in registry.everything():
        for name in spec.by_name:
            right = sent.get(f"field.{spec.type}.{name}")
            if right in set(FieldRight):
                fields.setdefault(spec.type, {})[name] = right
            elif right == "":
                fields.get(spec.type, {}).pop(name, None)
    return {
        "records": records,
        "pool": _ticked(sent.getlist("pool"), before.pool, [spec.type for spec in registry.everything()]),
        "fields": {kind: rules for kind, rules in fields.items() if rules},
        "abilities": _ticked(sent.getlist("ability"), before.abilities, abilities()),
    }


def _ticked(sent: list[str], before: list[str], offered: Iterable[str]) -> list[str]:
    """Return what was ticked; everything stays everything, and what the form does not offer stays as it was."""
    known = list(offered)
    if ANY in before and set(sent) >= set(known):
        return [ANY]
    return [*sent, *(name for name in before if name not in known and name != ANY)]


def _page(request: Asked, role: Role, permissions: Permissions, refusal: Refusal | None = None) -> HttpResponse:
    kinds = registry.everything()
    context = {
        "role": {"name": role.name, "key": role.key, "shipped": role.shipped},
        "all_url": reverse("web:settings_roles"),
        "error": refusal.message if refusal else "",
        "actions": list(ACTIONS.values()),
        "rows": [
            _row(ANY, _("All others"), permissions),
            *(_row(spec.type, str(spec.plural), permissions) for spec in kinds),
        ],
        "pool": [
            {"value": kind, "label": label, "is_set": permissions.sees_pool(kind)}
            for kind, label in [(spec.type, str(spec.plural)) for spec in kinds]
        ],
        "abilities": [
            {"value": name, "label": label, "is_set": permissions.allows(name)} for name, label in abilities().items()
        ],
        "kinds": [_fields_of(spec, permissions, request.GET.get("fields", "")) for spec in kinds],
    }
    return render(request, "settings/role.html", context, status=refusal.status if refusal else 200)


def _row(kind: str, label: str, permissions: Permissions) -> dict[str, Any]:
    said: Mapping[str, Scope] = permissions.records.get(kind, {})
    return {
        "label": label,
        "cells": [
            {
                "name": f"{kind}.{action}",
                "label": f"{label}: {words}",
                "action": words,
                "choices": [
                    {"value": "", "label": _("as above"), "chosen": action not in said and ANY not in said},
                    *(
                        {"value": str(scope), "label": words_of, "chosen": said.get(action, said.get(ANY)) is scope}
                        for scope, words_of in SCOPES.items()
                    ),
                ],
            }
            for action, words in ACTIONS.items()
        ],
    }


def _fields_of(spec: RecordSpec, permissions: Permissions, opened: str) -> dict[str, Any]:
    rules = permissions.fields.get(spec.type, {})
    named = [each for each in spec.by_name.values() if each.name in rules or spec.type == opened]
    return {
        "label": str(spec.plural),
        "open_url": f"?fields={spec.type}#fields-{spec.type}",
        "key": spec.type,
        "is_open": spec.type == opened,
        "fields": [
            {
                "name": f"field.{spec.type}.{each.name}",
                "label": str(each.label),
                "choices": [
                    {"value": "", "label": _("no rule"), "chosen": each.name not in rules},
                    *(
                        {"value": str(right), "label": words, "chosen": rules.get(each.name) is right}
                        for right, words in RIGHTS.items()
                    ),
                ],
            }
            for each in named
        ],
    }
