"""Reports as attachments of mails: ``report:5:7`` is report 5 as person 7 sees it, and goes to that person only."""

from __future__ import annotations

import re

from throughline.core import access
from throughline.core.actions import ActionRequest
from throughline.core.attachments import Attachment, Source, too_large
from throughline.core.paper import PDF
from throughline.core.refusals import Refusal
from throughline.insight.dashboards.models import Report
from throughline.insight.dashboards.paper import printed
from throughline.insight.kpis.definitions import SEE_REPORTS


def _report(request: ActionRequest, key: str, to: str, largest: int) -> Attachment:
    number, _, person = key.partition(":")
    report = Report.objects.select_related("dashboard").filter(pk=int(number)).first() if number.isdecimal() else None
    user = report.receivers.filter(pk=int(person), is_active=True).first() if report and person.isdecimal() else None
    if report is None or user is None or user.email != to or not access.allows(user, SEE_REPORTS):
        raise Refusal("no_such_file", f"Expected report {key} to go to {to}, but it does not (any more).")
    words = re.sub(r"[^\w -]+", "", report.name).strip() or "Report"
    name = f"{words} {request.at:%Y-%m-%d}.pdf"
    content = printed(report, user=user, at=request.at)
    if len(content) > largest:
        raise too_large(name)
    return Attachment(name, PDF, content)


ATTACHMENTS: dict[str, Source] = {"report": _report}
