"""What the page of a territory shows beyond that of any record: what it opens, to whom, and how much falls in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from throughline.core import access
from throughline.core.records import RecordSpec, registry
from throughline.core.records.queries import RecordPage
from throughline.core.territories.models import Territory
from throughline.core.territories.queries import Extent, extent, people_on
from throughline.core.territories.rules import Where, as_filter, dividable, in_words
from throughline.web.answers import Asked
from throughline.web.records.filters import address
from throughline.web.records.present import slug, url_of
from throughline.web.records.state import ALL, as_text


def territory_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of a territory's page; how much falls in is told as far as the asker sees it."""
    territory: Territory = found.record
    may = bool(found.can.get(access.EDIT)) and access.allows(request.user, access.MANAGE_ROLES)
    rule_url = reverse("web:territory_rule", args=[territory.pk])
    panel = {"template": "territories/_panel.html", "in_use": territory.in_use, "may": may}
    if not access.field_rights(request.user, found.spec).reads("which"):
        return {**panel, "is_hidden": True}
    rule = territory.rule
    if rule is None:
        kinds = [{"label": str(each.plural), "url": f"{rule_url}?kind={each.type}"} for each in dividable()]
        return {**panel, "kinds": kinds if may else []}
    spec = registry.find(rule.record_type)
    size = extent(record_type=rule.record_type, where=rule.where, user=request.user)
    return {
        **panel,
        "rule": in_words(rule.record_type, rule.where),
        "kind": str(spec.plural) if spec else rule.record_type,
        "people": [name for _key, name in people_on(territory)],
        "may_edit": rule.may_edit,
        "rule_url": rule_url if may and spec else "",
        "size": sized(size) if size else "",
        "list_url": _list_url(spec, rule.where) if spec and size else "",
        "examples": examples(rule.record_type, size),
    }


def _list_url(spec: RecordSpec, where: Where) -> str:
    """Return the address of the list of what falls in; empty where a field is gone, and nothing does."""
    if not where.keys() <= spec.by_name.keys():
        return ""
    asked = {"f": as_text(as_filter(spec, where)), "view": ALL}
    return f"{reverse('web:record_list', args=[slug(spec)])}?{address(asked)}"


def sized(size: Extent) -> str:
    """Return how many records fall in, in words."""
    number = number_format(size.number, force_grouping=True)
    told = ngettext("%(n)s record", "%(n)s records", size.number) % {"n": number}
    return told if size.exact else _("more than %(records)s") % {"records": told}


def examples(record_type: str, size: Extent | None) -> list[dict[str, str]]:
    """Return the newest records that fall in."""
    spec = registry.find(record_type)
    return [{"label": title, "url": url_of(spec, key)} for key, title in size.examples] if size and spec else []
