"""
From a BPMN file to a chart that runs.

The process and its sub-processes become bodies of nodes joined by flows; every element gets its behaviour from
:mod:`throughline.flow.engine.elements`, every expression becomes a closure, and what is known beforehand is worked
out: starts, listeners, handlers of compensation, links, and what lies upstream of gateways that wait for whatever can
still come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from throughline.flow.bpmn import model as bpmn
from throughline.flow.engine.chart import Chart
from throughline.flow.engine.compile import graph, starts
from throughline.flow.engine.compile.global_tasks import global_tasks
from throughline.flow.engine.compile.problems import ChartRefused, Problem
from throughline.flow.engine.compile.workshop import Workshop
from throughline.flow.engine.elements.call_activity import CallRule

if TYPE_CHECKING:
    from throughline.flow.dmn.compile import DecisionModel

__all__ = ["ChartRefused", "Problem", "compile_chart"]


def compile_chart(
    definitions: bpmn.Definitions,
    *,
    process: str | None = None,
    decisions: Mapping[str, DecisionModel] | None = None,
    by_hand: Collection[str] = (),
) -> Chart:
    """
    Compile one process of a file.

    ``process`` is its id, or that of a global task (None: the only process, or the first with a plain start event, or
    the first). ``decisions`` are the decision models that business rule tasks ask, by the ``ref`` of ``tl:decision``.
    Activities whose ids are in ``by_hand`` are offered to a person whatever they are: for scenarios. In a procedure
    that only watches, so is what the chart says how to prove; what else would act is passed by.

    Raises:
        ChartRefused: the chart cannot run; the exception lists all problems.
    """
    chosen = _choose(definitions, process)
    shop = Workshop(definitions, chosen, decisions or {}, by_hand)
    assembly = graph.assemble(shop)
    if shop.problems:
        raise ChartRefused(shop.problems)
    procedure = chosen.extensions.procedure
    return Chart(
        id=chosen.id,
        name=chosen.name or chosen.id,
        digest=_digest(definitions, chosen, by_hand),
        key=procedure.key if procedure is not None and procedure.key else chosen.id,
        record=procedure.record or None if procedure is not None else None,
        root=assembly.root,
        nodes=tuple(assembly.nodes),
        starts=starts.starting_points(shop, assembly),
        by_id={node.id: node for node in assembly.nodes},
        bodies=assembly.bodies,
        calls=frozenset(node.rule.called for node in assembly.nodes if isinstance(node.rule, CallRule)),
        joins=assembly.joins,
        conditions=any(each.trigger == "conditional" for node in assembly.nodes for each in node.definitions),
        watches=shop.watches,
    )


def _choose(definitions: bpmn.Definitions, wanted: str | None) -> bpmn.Process:
    processes = definitions.processes
    if wanted is not None:
        found = next((each for each in processes if each.id == wanted), None) or global_tasks(definitions).get(wanted)
        if found is None:
            known = ", ".join(each.id for each in processes) or "none"
            raise ChartRefused(
                [Problem("process", wanted, f"Expected a process of the file ({known}), but {wanted!r}.")]
            )
        return found
    if not processes:
        raise ChartRefused([Problem("process", "", "Expected a process in the file, but there is none.")])
    return next((each for each in processes if _has_plain_start(definitions, each)), processes[0])


def _has_plain_start(definitions: bpmn.Definitions, process: bpmn.Process) -> bool:
    return any(isinstance(node, bpmn.StartEvent) and not definitions.triggers(node) for node in process.nodes)


def _digest(definitions: bpmn.Definitions, process: bpmn.Process, by_hand: Collection[str]) -> str:
    """Return a hash of what the process means: itself and everything it can refer to, without the picture."""
    shared = [each for each in definitions.elements if not isinstance(each, bpmn.Process | bpmn.Collaboration)]
    return hashlib.sha256(repr((process, shared, sorted(by_hand))).encode()).hexdigest()[:32]
