"""Where the steps of a case go: what fits, and the plan of a migration for one case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from throughline.core.procedures.models import Migration
from throughline.flow import values
from throughline.flow.engine import Chart, Node, Plan


def plan_for(migration: Migration, places: str) -> Plan:
    """
    Return the plan for one case; ``places`` is what was kept of it, as JSON.

    A case that is brought back goes by where it was: two steps that became one can be told apart again. Steps that it
    has not been at follow the mapping in reverse.
    """
    if migration.takes_back_id is None:
        return Plan(dict(migration.nodes))
    was = cast(dict[str, str], values.loads(places))
    back = {new: old for old, new in was.items()}
    merged = {**migration.nodes, **back}
    return Plan({node: target for node, target in merged.items() if node != target})


def fits(old: Chart, new: Chart, step: str, goal: str, nodes: Mapping[str, str] | None = None) -> str:
    """
    Say, in words for the person who moves cases, why a token at ``step`` cannot go on at ``goal``; empty if it can.

    ``nodes``: the mapping of the other steps, for what lies inside a sub-process that has another id now. This is what
    the two drawings say; what stands against a single case (a token that waits at a join for a flow that
    is gone) the kernel's preview tells.
    """
    before, after = old.by_id.get(step), new.by_id.get(goal)
    if before is None:
        return f"The old drawing has no step “{step}”."
    if after is None:
        return f"“{before.label}” is not in the new drawing. Choose where it goes on."
    if after.type != before.type:
        return f"“{before.label}” is a {_kind(before)} and “{after.label}” a {_kind(after)}. Choose one of its kind."
    if (after.loop is None) is not (before.loop is None):
        return f"“{before.label}” and “{after.label}” differ in being repeated. Choose another."
    home = _home(before)
    if (nodes or {}).get(home, home) != _home(after):
        return f"“{after.label}” lies in another part of the drawing than “{before.label}”. Choose one beside it."
    return ""


def choices(old: Chart, new: Chart, step: str, nodes: Mapping[str, str] | None = None) -> tuple[Node, ...]:
    """Return the steps of the new drawing at which a token from ``step`` could go on, in the order of the drawing."""
    return tuple(node for node in new.nodes if not fits(old, new, step, node.id, nodes))


def _home(node: Node) -> str:
    """Return where a node lies: its sub-process, or nothing for the procedure itself, whatever that is called."""
    return "" if node.body.parent is None else node.body.id


_KINDS = {
    "userTask": "human step",
    "manualTask": "human step",
    "serviceTask": "automatic step",
    "sendTask": "sending step",
    "receiveTask": "waiting step",
    "businessRuleTask": "decision",
    "scriptTask": "calculation",
    "intermediateCatchEvent": "waiting event",
    "intermediateThrowEvent": "sending event",
    "callActivity": "called procedure",
    "subProcess": "part of several steps",
    "eventBasedGateway": "wait for one of several events",
    "parallelGateway": "parallel gateway",
    "inclusiveGateway": "gateway",
    "exclusiveGateway": "decision point",
}


def _kind(node: Node) -> str:
    return _KINDS.get(node.type, node.type)
