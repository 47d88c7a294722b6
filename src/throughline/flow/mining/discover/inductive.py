"""
The inductive miner for logs with rare behaviour (IMf): a process tree that is sound whatever the log.

Theory of operation (Leemans, Fahland, van der Aalst, 2014). A log of one activity, or none, is a leaf. Otherwise the
flow graph is searched for a cut; the log is split by it and each part mined the same way. Where there is no cut, rare
arcs are left out of the graph and it is searched again. Where there is none then either, something more general is
tried that allows the log and perhaps more: parts that may be skipped, an activity beside the rest, repetition, and at
last any order of all activities. Every step makes the log smaller, so it ends, and only trees come out, so the result
can always finish.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from throughline.flow.mining.discover import cuts, splits
from throughline.flow.mining.discover.graph import Graph, Trace, Traces, graph_of
from throughline.flow.mining.discover.tree import SILENT, Operator, Tree, leaf, simplified

Cut = Callable[[Graph], "cuts.Parts | None"]
Split = Callable[[Traces, cuts.Parts], list[Traces]]

KINDS: tuple[tuple[Operator, Cut, Split], ...] = (
    ("choice", cuts.choice_cut, splits.choice_split),
    ("sequence", cuts.sequence_cut, splits.sequence_split),
    ("parallel", cuts.parallel_cut, splits.parallel_split),
    ("loop", cuts.loop_cut, splits.loop_split),
)


def mined_tree(traces: Mapping[Trace, int], *, noise: float = 0.2) -> Tree:
    """
    Return the process tree of traces and how often each occurs.

    ``noise``: from 0, every trace fits, to 1; behaviour rarer than this share of the most frequent beside it may be
    left out.
    """
    return simplified(_mined(Counter(traces), noise))


def _mined(traces: Traces, noise: float) -> Tree:
    total = sum(traces.values())
    empty = traces.pop((), 0)
    if not traces:
        return SILENT
    if empty and empty > noise * total:
        return Tree("choice", (SILENT, _mined(traces, noise)))
    graph = graph_of(traces)
    if len(graph.activities) == 1:
        return _single(traces, next(iter(graph.activities)), noise)
    found = _by_cut(traces, graph, noise)
    if found is None and noise:
        found = _by_cut(traces, graph.without_rare(noise), noise)
    return found or _fallen_through(traces, graph, noise)


def _single(traces: Traces, activity: str, noise: float) -> Tree:
    """
    One activity, repeated or not. To allow repetition costs little and to miss it much, so it counts as rare only below
    a quarter of the threshold; the paper's measure would leave out what two traces of five do.
    """
    total = sum(traces.values())
    repeated = sum(count for trace, count in traces.items() if len(trace) > 1)
    return Tree("loop", (leaf(activity), SILENT)) if repeated > noise / 4 * total else leaf(activity)


def _by_cut(traces: Traces, graph: Graph, noise: float) -> Tree | None:
    for operator, cut, split in KINDS:
        parts = cut(graph)
        if parts is not None:
            return Tree(operator, tuple(_mined(each, noise) for each in split(traces, parts)))
    return None


# --- when there is no cut ---------------------------------------------------------------------------------------------
def _fallen_through(traces: Traces, graph: Graph, noise: float) -> Tree:
    return (
        _once_per_trace(traces, graph, noise)
        or _beside(traces, graph, noise)
        or _repeated(traces, graph, noise)
        or _flower(graph)
    )


def _once_per_trace(traces: Traces, graph: Graph, noise: float) -> Tree | None:
    """An activity that occurs exactly once in every trace runs beside the rest."""
    for activity in sorted(graph.activities):
        if all(trace.count(activity) == 1 for trace in traces):
            rest = _without(traces, activity)
            return Tree("parallel", (leaf(activity), _mined(rest, noise)))
    return None


def _beside(traces: Traces, graph: Graph, noise: float) -> Tree | None:
    """An activity without which the rest has a cut runs beside it, as often as it likes."""
    for activity in sorted(graph.activities):
        rest = _without(traces, activity)
        own: Traces = Counter()
        for trace, count in traces.items():
            own[tuple(word for word in trace if word == activity)] += count
        some = Counter({trace: count for trace, count in rest.items() if trace})
        if any(cut(graph_of(some)) for _, cut, _ in KINDS):
            return Tree("parallel", (_mined(own, noise), _mined(rest, noise)))
    return None


def _repeated(traces: Traces, graph: Graph, noise: float) -> Tree | None:
    """Traces that start anew: cut wherever an end is followed by a start, and let the pieces repeat."""
    pieces: Traces = Counter()
    for trace, count in traces.items():
        begin = 0
        for place in range(1, len(trace)):
            if trace[place] in graph.starts and trace[place - 1] in graph.ends:
                pieces[trace[begin:place]] += count
                begin = place
        pieces[trace[begin:]] += count
    if sum(pieces.values()) == sum(traces.values()):
        return None
    return Tree("loop", (_mined(pieces, noise), SILENT))


def _flower(graph: Graph) -> Tree:
    """Anything in any order, at least once."""
    return Tree("loop", (Tree("choice", tuple(leaf(each) for each in sorted(graph.activities))), SILENT))


def _without(traces: Traces, activity: str) -> Traces:
    rest: Traces = Counter()
    for trace, count in traces.items():
        rest[tuple(word for word in trace if word != activity)] += count
    return rest
