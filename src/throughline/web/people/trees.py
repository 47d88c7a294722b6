"""What an organization's page shows of the tree that it is part of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import formats

from throughline.core import access
from throughline.core.records.queries import RecordPage
from throughline.crm.deals.trees import Branch, tree_of
from throughline.web.answers import Asked
from throughline.web.records.filters import address


def tree_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of an organization's page. Four queries, one where it stands alone."""
    if access.grants(request.user).scope("deal", access.VIEW) is access.Scope.NONE:
        return {"template": "people/_tree.html", "rows": []}
    tree = tree_of(organization_id=found.record.pk, user=request.user, at=request.at)
    if tree is None:
        return {"template": "people/_tree.html", "rows": []}
    return {
        "template": "people/_tree.html",
        "currency": tree.currency,
        "unrated": tree.unrated,
        "with_amounts": tree.branches[0].won_amount is not None,
        "rows": [_row(branch, is_here=branch.id == found.record.pk) for branch in tree.branches],
    }


def _row(branch: Branch, *, is_here: bool) -> dict[str, Any]:
    open_ones = {
        "all": [
            {"field": "organization", "op": "one_of", "value": [str(key) for key in branch.members]},
            {"field": "closed_at", "op": "empty"},
        ]
    }
    listed = address({"view": "all", "f": json.dumps(open_ones, separators=(",", ":"))})
    return {
        "name": branch.name,
        "url": reverse("web:record", args=["organizations", branch.id]),
        "here": is_here,
        "depth": min(branch.depth, 6),
        "open": branch.open,
        "open_url": f"{reverse('web:record_list', args=['deals'])}?{listed}" if branch.open else "",
        "open_amount": _money(branch.open_amount),
        "won": branch.won,
        "won_amount": _money(branch.won_amount),
    }


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else formats.number_format(amount, decimal_pos=0, force_grouping=True)
