"""Who else may see a contact: whoever sees one of its enquiries."""

from __future__ import annotations

from django.db.models import QuerySet

from throughline.core import access
from throughline.core.records import registry
from throughline.crm.leads.models import Lead


def of_known_people(seen: access.Seen) -> QuerySet[Lead]:
    """Return the leads with a contact that the person sees."""
    return Lead.objects.filter(seen.those(registry.get("lead")), deleted_at=None, contact__isnull=False)


BEHIND_LEADS = access.Widening(
    key="leads",
    reason="It is the person behind a lead that you may see.",
    rows=of_known_people,
    column="contact_id",
    through=lambda: [registry.get("lead")],
)

WIDENINGS = (("contact", BEHIND_LEADS),)
