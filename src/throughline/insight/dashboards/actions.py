"""What charts may ask of dashboards: a report as mails to those who get it. Sending them is a mail step's matter."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python
from throughline.insight.dashboards.reports import Letter, letters_of


def _write_all(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    return [_write(request) for request in requests]


def _write(request: ActionRequest) -> ActionResult:
    key = request.inputs.get("report")
    if not isinstance(key, Decimal):
        return ActionResult.failed("Expected the key of a report, but the step names none.", code="no_report")
    letters = [] if request.sandbox else letters_of(report_id=int(key))
    return ActionResult(from_python({"letters": [_told(letter) for letter in letters]}))


def _told(letter: Letter) -> dict[str, object]:
    return {
        "person": letter.user_id,
        "to": letter.to,
        "subject": letter.subject,
        "text": letter.text,
        "files": [letter.file],
    }


ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="report.letters",
            title="Write a report as mails",
            summary="For each who gets a report: one mail, with the dashboard as they see it to attach.",
            inputs=(Parameter(name="report", title="Key of the report", type="number", required=True),),
            outputs=(Parameter(name="letters", title="Mails: person, to, subject, text, files", type="list"),),
        ),
        _write_all,
    ),
]
