"""Who else may see a contact: whoever sees one of its enquiries."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.crm.leads.models import Lead


def enquirers(user: User) -> Q:
    """Return the contacts of leads that ``user`` may see."""
    leads = Lead.objects.filter(access.visible(registry.get("lead"), user), deleted_at=None, contact__isnull=False)
    return Q(pk__in=leads.values("contact_id"))


WIDENINGS: tuple[dict[str, Any], ...] = (
    {
        "record_type": "contact",
        "key": "leads",
        "reason": "It is the person behind a lead that you may see.",
        "predicate": enquirers,
    },
)
