"""
The little pictures: kinds of tasks, triggers of events, signs in gateways, markers of activities.

Each is path data in a square of 16 by 16 with its middle at 8, 8. ``line`` is stroked, ``solid`` filled with the line
colour, ``hollow`` filled with the background and stroked. All are drawn for this renderer.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Icon(NamedTuple):
    """Paths of one picture by how they are painted, in the order hollow, line, solid."""

    line: str = ""
    solid: str = ""
    hollow: str = ""


USER = Icon(
    line="M2.5 14.5v-1a3.5 3.5 0 0 1 3.5-3.5h4a3.5 3.5 0 0 1 3.5 3.5v1z",
    hollow="M8 1.5a3 3 0 1 0 0 6a3 3 0 1 0 0-6z",
)
MANUAL = Icon(
    line="M5 8.2V3.7a1.1 1.1 0 0 1 2.2 0V7V2.6a1.1 1.1 0 0 1 2.2 0V7V3.4a1.1 1.1 0 0 1 2.2 0v4V5.6a1.1 1.1 0 0 1 2.2 0"
    "V10a5 5 0 0 1-5 5h-.4c-1.7 0-2.7-.6-3.6-1.8L1.7 9.6a1.1 1.1 0 0 1 1.8-1.3L5 10"
)
SERVICE = Icon(
    line="M8 5.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 1 0 0-4.8zM8 1v2M8 13v2M1 8h2M13 8h2M3.05 3.05l1.4 1.4"
    "M11.55 11.55l1.4 1.4"
    "M3.05 12.95l1.4-1.4M11.55 4.45l1.4-1.4M8 3.2a4.8 4.8 0 1 0 0 9.6a4.8 4.8 0 1 0 0-9.6z"
)
SCRIPT = Icon(
    line="M4.5 1.5h8c-1.8 1.3-2 3.2-.6 5.2s1.3 4.9-.6 6.3h-8c1.9-1.4 2-4.3.6-6.3s-1.2-3.9.6-5.2z"
    "M6 5h4.3M6.8 8h4.3M6 11h4.3"
)
RULE = Icon(line="M1.5 3h13v10.5h-13zM1.5 6.5h13M5.5 6.5v7M1.5 10h13", solid="M1.5 3h13v3.5h-13z")
ENVELOPE = Icon(line="M1.5 3.5h13v9h-13zM1.5 4l6.5 5L14.5 4")
ENVELOPE_SOLID = Icon(solid="M1.5 3h13l-6.5 5zM1.5 4.7L8 9.7l6.5-5v8.3h-13z")

TASKS: Final = {
    "userTask": USER,
    "manualTask": MANUAL,
    "serviceTask": SERVICE,
    "scriptTask": SCRIPT,
    "businessRuleTask": RULE,
    "sendTask": ENVELOPE_SOLID,
    "receiveTask": ENVELOPE,
}

_PENTAGON = "M8 1.2l6.6 4.8l-2.5 7.8H3.9L1.4 6z"
_BOLT = "M3 14L6 3.2l3.6 5.6L13 2l-3 11L6.5 7.4z"
_ARROW_UP = "M8 1.5l5 12.5l-5-4.5l-5 4.5z"
_REWIND = "M8 3.5v9L1.5 8zM14.5 3.5v9L8 8z"
_CROSS = "M3.5 1.5L8 6l4.5-4.5l2 2L10 8l4.5 4.5l-2 2L8 10l-4.5 4.5l-2-2L6 8L1.5 3.5z"
_LINK = "M1.5 5.5h8V2.5L15 8l-5.5 5.5v-3h-8z"
_TRIANGLE = "M8 1.5l6.5 11.5h-13z"
_PLUS = "M6 1.5h4V6h4.5v4H10v4.5H6V10H1.5V6H6z"

CATCH: Final = {
    "message": ENVELOPE,
    "timer": Icon(line="M8 1.2a6.8 6.8 0 1 0 0 13.6a6.8 6.8 0 1 0 0-13.6zM8 3.8V8l3 1.8"),
    "error": Icon(line=_BOLT),
    "escalation": Icon(line=_ARROW_UP),
    "conditional": Icon(line="M3 1.5h10v13H3zM5 5h6M5 8h6M5 11h6"),
    "link": Icon(line=_LINK),
    "signal": Icon(line=_TRIANGLE),
    "compensate": Icon(line=_REWIND),
    "cancel": Icon(line=_CROSS),
    "multiple": Icon(line=_PENTAGON),
    "parallelMultiple": Icon(line=_PLUS),
}
THROW: Final = {
    "message": ENVELOPE_SOLID,
    "error": Icon(solid=_BOLT),
    "escalation": Icon(solid=_ARROW_UP),
    "link": Icon(solid=_LINK),
    "signal": Icon(solid=_TRIANGLE),
    "compensate": Icon(solid=_REWIND),
    "cancel": Icon(solid=_CROSS),
    "multiple": Icon(solid=_PENTAGON),
    "terminate": Icon(solid="M8 .5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15z"),
}
GATEWAYS: Final = {
    "exclusiveGateway": Icon(line="M3.5 3.5l9 9M12.5 3.5l-9 9"),
    "parallelGateway": Icon(line="M8 1.5v13M1.5 8h13"),
    "inclusiveGateway": Icon(line="M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z"),
    "complexGateway": Icon(line="M8 1.5v13M1.5 8h13M3.4 3.4l9.2 9.2M12.6 3.4l-9.2 9.2"),
}
LOOP = Icon(line="M5.6 13.3a6 6 0 1 1 4.6.2M5.6 13.3H2.5M5.6 13.3V10")
PARALLEL = Icon(line="M4 2v12M8 2v12M12 2v12")
SEQUENTIAL = Icon(line="M2 4h12M2 8h12M2 12h12")
AD_HOC = Icon(line="M1.5 9.5c2-5 4.5-4 6.5-1.5s4.5 3.5 6.5-1.5")
COMPENSATION = Icon(line=_REWIND)
COLLAPSED = Icon(line="M1 1h14v14H1zM8 4v8M4 8h8")
COLLECTION = Icon(line="M4 2v12M8 2v12M12 2v12")
INTO = Icon(line=_LINK)
OUT_OF = Icon(solid=_LINK)
