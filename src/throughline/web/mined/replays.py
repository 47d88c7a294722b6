"""What moves over a drawing when cases are replayed: which arc a token is on, from when to when."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from throughline.flow.mining.flows import flow_graph
from throughline.flow.mining.log import EventLog
from throughline.flow.mining.map import arc_order
from throughline.insight.mined.travelled import travelled
from throughline.web.answers import Asked, signed_in_json
from throughline.web.mined.looking import Looked, look
from throughline.web.mined.pictures import looks_of

MOVES_AT_MOST = 20_000
CROSSING = 1 / 120
"""An arrow of a chart is taken in no time; on the drawing it is crossed in this part of the whole replay."""


def props(looked: Looked, on: str) -> dict[str, Any]:
    """Return the properties of the island that replays over a drawing: ``map`` or ``chart``."""
    address = looked.url("replay")
    return {
        "url": f"{address}{'&' if '?' in address else '?'}on={on}",
        "drawing": ".flow-map" if on == "map" else "#chart svg",
        "words": {"play": _("Play"), "pause": _("Pause"), "failed": _("The cases could not be loaded. Try again.")},
    }


@signed_in_json
def moves(request: Asked, kind: str, key: str) -> HttpResponse:
    """Give the moves of the filtered cases, in the order of their beginning."""
    looked = look(request, kind, str(key), "map")
    if isinstance(looked, HttpResponse):
        return looked
    is_chart = request.GET.get("on") == "chart" and looked.source.version_id is not None
    return JsonResponse(_on_chart(looked, request) if is_chart else _on_map(looked))


def _on_map(looked: Looked) -> dict[str, Any]:
    order = {
        arc: place for place, arc in enumerate(arc_order(looks_of(looked, flow_graph(looked.log, looked.elapsed))))
    }
    log, here = looked.log, looked.log.steps
    names = log.activity.words
    kinds = len(names)
    table = np.full(kinds * kinds, -1, dtype=np.int64)
    for (source, target), place in order.items():
        if source in names and target in names:
            table[log.activity.code(source) * kinds + log.activity.code(target)] = place
    flow = table[log.activity.codes[here].astype(np.int64) * kinds + log.activity.codes[here + 1]]
    shown = here[flow >= 0]
    chosen = np.argsort(log.at[shown], kind="stable")[:MOVES_AT_MOST]
    begins, ends = log.at[shown][chosen] / 1e6, log.at[shown + 1][chosen] / 1e6
    rows = zip(flow[flow >= 0][chosen].tolist(), begins.tolist(), ends.tolist(), strict=True)
    return _document(list(range(len(order))), [list(row) for row in rows], log)


def _on_chart(looked: Looked, request: Asked) -> dict[str, Any]:
    cases = [int(name) for name in looked.log.names] if looked.address.filters else None
    arrows = travelled(
        procedure=looked.source.key,
        user=request.user,
        version=looked.source.version,
        cases=cases,
        limit=MOVES_AT_MOST,
    )
    flows = list(dict.fromkeys(flow for flow, _at in arrows))
    place = {flow: number for number, flow in enumerate(flows)}
    seconds = [at.timestamp() for _flow, at in arrows]
    crossing = (max(seconds) - min(seconds)) * CROSSING if seconds else 0.0
    rows = [[place[flow], at, at + crossing] for (flow, _at), at in zip(arrows, seconds, strict=True)]
    return _document(flows, rows, looked.log)


def _document(flows: list[Any], rows: list[list[float]], log: EventLog) -> dict[str, Any]:
    begin = rows[0][1] if rows else 0.0
    end = max((row[2] for row in rows), default=begin)
    return {"flows": flows, "moves": rows, "begin": begin, "end": end, "cases": log.cases}
