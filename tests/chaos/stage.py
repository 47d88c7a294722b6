"""
What the chaos needs in a fresh installation, run in a process of its own: ``python -m tests.chaos.stage URL``.

A procedure whose cases need nobody: a tag (inside the database), a mail, a web hook, a moment of waiting, and an end
that depends on the lead. Captured leads start it.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from tests.procedures import charts as c

CHART = c.chart(
    c.captured(),
    c.action("mark", "record.tag", {"tags": '["chaos"]'}),
    c.action(
        "thank",
        "mail.send",
        {
            "to": 'lead.external_id + "@example.com"',
            "subject": '"Enquiry " + lead.external_id',
            "text": '"Dear {{name}}, thank you."',
            "values": "{name: lead.external_id}",
        },
        {"sent": "result.sent"},
    ),
    c.action("tell", "hook.call", {"target": '"chaos"', "body": "{lead: lead.external_id, sent: sent}"}),
    c.element(
        "intermediateCatchEvent",
        "rest",
        "",
        '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT2S</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition>",
    ),
    c.element("exclusiveGateway", "where", default="where_south"),
    c.end("north"),
    c.end("south"),
    c.flows("captured > mark > thank > tell > rest > where", 'where >[lead.region = "north"] north', "where > south"),
    key="chaos",
)


def main() -> None:
    """Make people, the procedure, and the target of its hook."""
    from throughline.cli.database import product

    with product():
        from throughline.connect.hooks.operations import allow_target
        from throughline.core.actor import Actor
        from throughline.core.procedures import operations

        by, at = Actor.system("Chaos"), datetime.now(UTC)
        allow_target(key="chaos", title="The receiver", url=sys.argv[1], inside=True, by=by, at=at)
        operations.create_procedure(key="chaos", name="Chaos", record_type="lead", by=by, at=at)
        operations.save_draft(key="chaos", drawing=CHART, by=by, at=at)
        operations.publish(key="chaos", by=by, at=at)


if __name__ == "__main__":
    main()
