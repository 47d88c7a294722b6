"""The feed of the journal: everything that happens and the person may know of, in an order that never changes."""

from __future__ import annotations

import msgspec

from throughline.api.problems import Wrong
from throughline.api.records import LIMIT, MOST_ROWS, Event
from throughline.api.site import Answer, Call, Endpoint, Parameter
from throughline.core.journal.read import Cursor
from throughline.core.records import feed, registry


class Feed(msgspec.Struct):
    """Events in the order in which they became readable, and the cursor to go on from, also when there are none."""

    data: list[Event]
    cursor: str


def show_feed(call: Call) -> Answer:
    """Return what has happened since a cursor."""
    call.need("events")
    after = read_cursor(call.parameters.get("cursor", ""))
    wanted = [name for name in call.parameters.get("events", "").split(",") if name]
    found, following = feed.events_after(
        user=call.user,
        after=after,
        events=wanted,
        types=[spec.type for spec in registry.everything() if call.holder.scopes.reads(spec.type)],
        limit=call.number("limit", 100, MOST_ROWS),
    )
    return Answer({"data": [feed.as_sent(entry) for entry in found], "cursor": write_cursor(following)})


def write_cursor(cursor: Cursor) -> str:
    """Return a place in the journal as text."""
    return f"{cursor.era}-{cursor.txid}-{cursor.id}"


def read_cursor(text: str) -> Cursor:
    """
    Return the place in the journal that a text stands for; without one its beginning.

    Raises:
        Wrong: it stands for none.
    """
    if not text:
        return Cursor()
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        raise Wrong(422, "unreadable_cursor", "Expected the cursor that came with events, but this is none.")
    era, txid, key = map(int, parts)
    if era >= 2**15 or max(txid, key) >= 2**63:
        raise Wrong(422, "unreadable_cursor", "Expected the cursor that came with events, but this is none.")
    return Cursor(era, txid, key)


EVENTS = (
    Endpoint(
        "GET", "events", "events", "Follow what happens", show_feed, "events",
        told=lambda _user: Feed,
        parameters=(
            Parameter("cursor", "What the last answer gave as cursor.", {"type": "string"}),
            Parameter("events", "Names of events, with commas between; all without.", {"type": "string"}),
            LIMIT,
        ),
        refuses=(422,),
    ),
)  # fmt: skip
"""The feed."""
