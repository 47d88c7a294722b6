"""What the page of a deal shows beyond that of any record: its way through the stages, lines, people, papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from throughline.core import access
from throughline.core.records import registry
from throughline.core.records.queries import RecordPage
from throughline.crm.deals.approvals import may_decide
from throughline.crm.deals.lines import as_rules
from throughline.crm.deals.models import Approval, ApprovalStatus, Deal, StageKind
from throughline.crm.deals.rules import is_stale, totals
from throughline.crm.deals.stages import role_name, stages
from throughline.crm.quotes.letter import money, plain_number
from throughline.web.answers import Asked

APPROVALS = 3


def deal_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of a deal's page. Four queries."""
    deal: Deal = found.record
    may_edit = bool(found.can.get(access.EDIT))
    rights = access.field_rights(request.user, found.spec)
    lines = list(deal.lines.select_related("product")) if rights.reads("amount") else []
    sums = totals(as_rules(lines))
    return {
        "template": "deals/_panel.html",
        "stages": _stages(deal) if rights.reads("stage") else [],
        "stale": _stale(deal, request),
        "stage_url": reverse("web:deal_stage", args=[deal.pk]) if may_edit else "",
        "lines": [
            {
                "what": line.description,
                "quantity": plain_number(line.quantity),
                "net": money(as_rules([line])[0].net, deal.currency),
            }
            for line in lines
        ],
        "net": money(sums.net, deal.currency),
        "lines_url": reverse("web:deal_lines", args=[deal.pk]) if may_edit and rights.writes("amount") else "",
        "people": _people(deal, request),
        "people_url": reverse("web:deal_people", args=[deal.pk]) if may_edit else "",
        "approvals": _approvals(deal, request),
        "papers": _papers(deal, request),
    }


def _stages(deal: Deal) -> list[dict[str, Any]]:
    known = stages().of(deal.pipeline_id)
    position = deal.stage.position
    return [
        {
            "name": stage.name,
            "key": stage.key,
            "current": stage.key == deal.stage_id,
            "done": stage.kind == StageKind.OPEN and stage.position < position,
            "asks": bool(stage.approval_role),
        }
        for stage in known
    ]


def _stale(deal: Deal, request: Asked) -> str:
    stage = deal.stage
    if not deal.is_open or not is_stale(deal.stage_entered_at, stage.rots_after_days, request.at):
        return ""
    days = (request.at - deal.stage_entered_at).days
    told = ngettext(
        "%(days)d day in this stage; %(limit)d are usual.", "%(days)d days in this stage; %(limit)d are usual.", days
    )
    return told % {"days": days, "limit": stage.rots_after_days}


def _people(deal: Deal, request: Asked) -> list[dict[str, str]]:
    """Return who plays which part, as far as one may see the contacts."""
    spec = registry.get("contact")
    shown = deal.people.filter(contact__in=spec.model._default_manager.filter(access.visible(spec, request.user)))
    return [
        {
            "name": str(part.contact),
            "role": part.get_role_display(),
            "url": reverse("web:record", args=["contacts", part.contact_id]),
        }
        for part in shown.select_related("contact")
    ]


def _approvals(deal: Deal, request: Asked) -> list[dict[str, Any]]:
    return [approval_line(each, request) for each in deal.approvals.select_related("stage")[:APPROVALS]]


def approval_line(each: Approval, request: Asked) -> dict[str, Any]:
    """Return a question whether a deal may go to a stage, in words."""
    is_open = each.status == ApprovalStatus.ASKED
    return {
        "stage": each.stage.name,
        "role": role_name(each.role),
        "status": each.get_status_display(),
        "tone": {"Asked": "wait", "Granted": "good", "Refused": "late"}[each.status],
        "why": each.why,
        "by": each.asked_by,
        "at": each.asked_at,
        "decided_by": each.decided_by,
        "reason": each.reason,
        "decide_url": reverse("web:approval", args=[each.pk]) if is_open and may_decide(each, request.user) else "",
    }


def _papers(deal: Deal, request: Asked) -> list[dict[str, str]]:
    """Return the papers that can be begun now."""
    wanted = [("quote", _("Draft a quote"), "file-text"), ("contract", _("Draft a contract"), "gavel")]
    if deal.stage.kind == StageKind.WON:
        wanted.append(("invoice", _("Draft an invoice"), "file-text"))
    return [
        {"label": label, "icon": icon, "url": reverse("web:deal_paper", args=[deal.pk, kind])}
        for kind, label, icon in wanted
        if access.can(request.user, access.CREATE, registry.get(kind))
    ]
