"""
Where a log and a chart part: fitness, deviations per element and per case, and precision.

Theory of operation. Activities are matched with nodes of the chart by a given map, else by id, else by name. What a log
can tell of a chart are its activities with a name, and those events whose name or id is an activity of the log; all
else is silent. Each variant is aligned once (:mod:`align`); what that finds counts for all its cases.

Definitions. *Trace fitness* is 1 − cost / (events of the trace + shortest run of the chart); *log fitness* the same
with sums over all cases (Adriansyah, van Dongen, van der Aalst, "Conformance checking using cost-based fitness
analysis", 2011). *Precision* counts, over all prefixes of the aligned runs, how many of the activities that the chart
allows next were ever taken next there (escaping edges; Adriansyah, Muñoz-Gama et al., "Measuring precision of modeled
behavior", 2015). Events that are no activity of the chart are deviations, never left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from throughline.flow.bpmn import model as bpmn
from throughline.flow.mining.align import Aligner, Alignment
from throughline.flow.mining.log import EventLog
from throughline.flow.mining.play import activities, play_of
from throughline.flow.mining.runs import SITUATIONS_AT_MOST, Following, NeverEnds, Runs, TooManySituations, runs_of
from throughline.flow.mining.search import Searcher
from throughline.flow.mining.variants import Variants, variants

Kind = Literal["skipped", "extra"]


class NotComparable(ValueError):
    """The log cannot be laid over the chart; the message says why, to the person who has both."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """
    Something that happens against the chart. ``skipped``: the step ``node`` was not done; ``extra``: ``activity`` was
    done where the chart does not have it (``node`` is the step of that name, None when there is none).

    ``how`` tells an extra further: ``unknown`` to the chart, ``repeated``, ``out of order`` (the same step is missing
    elsewhere in the case), ``misplaced`` otherwise. ``cases``: in how many; ``moves``: how often.
    """

    kind: Kind
    node: str | None
    activity: str
    how: str
    cases: int
    moves: int


@dataclass(frozen=True, slots=True)
class Conformance:
    """
    How a log and a chart agree. ``alignments``: per variant; ``names``: the name of each node that can be skipped.
    """

    variants: Variants
    alignments: tuple[Alignment, ...]
    shortest: int
    nodes: Mapping[int, frozenset[str]]
    names: Mapping[str, str]
    precision: float | None
    warnings: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether every alignment is known to be optimal."""
        return all(each.is_exact for each in self.alignments)

    @property
    def cases(self) -> int:
        """How many cases were compared."""
        return sum(self.variants.counts)

    @property
    def conforming_cases(self) -> int:
        """How many cases follow the chart."""
        return sum(count for each, count in self._each() if each.cost == 0)

    @property
    def total_cost(self) -> int:
        """The cost of all cases together."""
        return sum(each.cost * count for each, count in self._each())

    @property
    def trace_fitness_mean(self) -> float:
        """The mean of the fitness of the cases; 1 for a log without cases."""
        if not self.cases:
            return 1.0
        return sum(self.fitness(n) * count for n, count in enumerate(self.variants.counts)) / self.cases

    @property
    def log_fitness(self) -> float:
        """The fitness of the log as a whole."""
        events = sum(
            len(each) * count for each, count in zip(self.variants.sequences, self.variants.counts, strict=True)
        )
        worst = events + self.shortest * self.cases
        return 1 - self.total_cost / worst if worst else 1.0

    def fitness(self, variant: int) -> float:
        """Return the fitness of the cases of a variant."""
        worst = len(self.variants.sequences[variant]) + self.shortest
        return 1 - self.alignments[variant].cost / worst if worst else 1.0

    def _each(self) -> Iterator[tuple[Alignment, int]]:
        return zip(self.alignments, self.variants.counts, strict=True)

    def deviations(self) -> tuple[Deviation, ...]:
        """Return what happens against the chart, the one of most cases first."""
        cases: Counter[tuple[Kind, str | None, str, str]] = Counter()
        moves: Counter[tuple[Kind, str | None, str, str]] = Counter()
        for variant, count in enumerate(self.variants.counts):
            found = Counter(self.deviations_of(variant))
            for key, times in found.items():
                cases[key] += count
                moves[key] += count * times
        made = (Deviation(*key, cases[key], moves[key]) for key in cases)
        return tuple(
            sorted(made, key=lambda each: (-each.cases, -each.moves, each.kind, each.activity, each.node or ""))
        )

    def deviations_of(self, variant: int) -> Iterator[tuple[Kind, str | None, str, str]]:
        """Give kind, node, activity and how of each deviation of a variant, in order."""
        sequence, words = self.variants.sequences[variant], self.variants.words
        steps = self.alignments[variant].steps
        skipped = {step.node for step in steps if step.event is None}
        times = Counter(sequence)
        for step in steps:
            if step.event is None:
                yield "skipped", step.node, self.names.get(step.node or "", ""), ""
                continue
            label = sequence[step.event]
            if step.node is None:
                own = sorted(self.nodes.get(label, ()))
                yield "extra", own[0] if own else None, words[label], _how(own, skipped, repeated=times[label] > 1)


def _how(own: Sequence[str], skipped: set[str | None], *, repeated: bool) -> str:
    if not own:
        return "unknown"
    if skipped & set(own):
        return "out of order"
    return "repeated" if repeated else "misplaced"


def conform(
    log: EventLog,
    definitions: bpmn.Definitions,
    *,
    mapping: Mapping[str, str | Sequence[str]] | None = None,
    process: str | None = None,
    situations_at_most: int = SITUATIONS_AT_MOST,
) -> Conformance:
    """
    Lay a log over a chart.

    ``mapping``: the name or id of the node, or several, that an activity of the log stands for, where names differ.
    ``process``: the id of the process, where the chart has several; otherwise the one that knows the most activities.

    Raises:
        NotComparable: the chart has no process or end, or the map names what there is not.
    """
    ways = variants(log)
    chosen = _chosen_process(definitions, process, ways.words)
    everything = list(activities(definitions, chosen))
    matched = _matched(ways.words, everything, mapping or {})
    recorded = frozenset().union(*matched.values()) if matched else frozenset[str]()
    play = play_of(definitions, chosen, _visibility(recorded))
    names = {node.id: " ".join(node.name.split()) or node.id for node in everything}
    following = Following(play)
    try:
        runs = _runs(following, situations_at_most)
        alignments, shortest = _aligned(following, runs, matched, ways)
    except NeverEnds as problem:
        raise NotComparable("No way through the chart reaches an end, so nothing can conform to it.") from problem
    precision = _precision(runs, ways, alignments, names) if runs is not None else None
    return Conformance(ways, alignments, shortest, matched, names, precision, _doubts(everything, matched, ways.words))


def _runs(following: Following, situations_at_most: int) -> Runs | None:
    try:
        return runs_of(following, situations_at_most)
    except TooManySituations:
        return None


def _aligned(
    following: Following, runs: Runs | None, matched: Mapping[int, frozenset[str]], ways: Variants
) -> tuple[tuple[Alignment, ...], int]:
    if runs is not None:
        return tuple(Aligner(runs, matched).align(ways.sequences)), runs.shortest
    searcher = Searcher(following, matched)
    return tuple(searcher.align(each) for each in ways.sequences), searcher.align(()).cost


def _chosen_process(definitions: bpmn.Definitions, asked: str | None, words: Sequence[str]) -> bpmn.Process:
    candidates = [process for process in definitions.processes if process.nodes]
    if asked is not None:
        found = next((process for process in candidates if asked in (process.id, process.name)), None)
        if found is None:
            raise NotComparable(f"The chart has no process “{asked}” with steps.")
        return found
    if not candidates:
        raise NotComparable("The chart has no process with steps, so a log cannot be compared with it.")
    known = {word.casefold() for word in words}
    return max(candidates, key=lambda each: sum(n.name.casefold() in known for n in activities(definitions, each)))


def _matched(
    words: Sequence[str], nodes: Sequence[bpmn.FlowNode], mapping: Mapping[str, str | Sequence[str]]
) -> dict[int, frozenset[str]]:
    """Which nodes each activity stands for; activities that stand for none are left out."""
    candidates = [node for node in nodes if isinstance(node, bpmn.Activity | bpmn.Event)]
    by_id = {node.id: frozenset([node.id]) for node in candidates}
    exact: dict[str, frozenset[str]] = defaultdict(frozenset)
    loose: dict[str, frozenset[str]] = defaultdict(frozenset)
    for node in candidates:
        if node.name.strip():
            exact[node.name] |= {node.id}
            loose[_loosely(node.name)] |= {node.id}
    unknown = set(mapping) - set(words)
    if unknown:
        raise NotComparable(f"The map names “{sorted(unknown)[0]}”, which is no activity of the log.")
    found: dict[int, frozenset[str]] = {}
    for number, word in enumerate(words):
        if word in mapping:
            asked = mapping[word]
            targets = [asked] if isinstance(asked, str) else list(asked)
            own = frozenset[str]().union(*(_asked(target, by_id, exact, loose) for target in targets))
        else:
            own = by_id.get(word) or exact.get(word) or loose.get(_loosely(word)) or frozenset()
        if own:
            found[number] = own
    return found


def _asked(
    target: str,
    by_id: Mapping[str, frozenset[str]],
    exact: Mapping[str, frozenset[str]],
    loose: Mapping[str, frozenset[str]],
) -> frozenset[str]:
    own = by_id.get(target) or exact.get(target) or loose.get(_loosely(target))
    if own is None:
        raise NotComparable(f"The map names “{target}”, but the chart has no step with that name or id.")
    return own


def _loosely(name: str) -> str:
    return " ".join(name.split()).casefold()


def _visibility(recorded: frozenset[str]) -> Any:
    """Activities with a name can be skipped; events only count when the log knows them."""

    def is_visible(node: bpmn.FlowNode) -> bool:
        if node.id in recorded:
            return not (isinstance(node, bpmn.SubProcess) and _any_recorded(node, recorded))
        if not isinstance(node, bpmn.Activity) or not node.name.strip():
            return False
        return not (isinstance(node, bpmn.SubProcess) and node.nodes)

    return is_visible


def _any_recorded(container: bpmn.SubProcess, recorded: frozenset[str]) -> bool:
    return any(
        node.id in recorded or (isinstance(node, bpmn.SubProcess) and _any_recorded(node, recorded))
        for node in container.nodes
    )


def _doubts(
    nodes: Sequence[bpmn.FlowNode], matched: Mapping[int, frozenset[str]], words: Sequence[str]
) -> tuple[str, ...]:
    doubts = []
    unknown = [word for number, word in enumerate(words) if number not in matched]
    if unknown and len(unknown) == len(words):
        doubts.append("No activity of the log is a step of the chart. Say with --map which step each one is.")
    elif unknown:
        listed = ", ".join(f"“{word}”" for word in unknown[:5]) + (" …" if len(unknown) > 5 else "")
        doubts.append(
            f"{len(unknown)} of {len(words)} activities are no step of the chart and count as extra: {listed}."
        )
    unnamed = sum(isinstance(node, bpmn.Task) and not node.name.strip() for node in nodes)
    if unnamed:
        doubts.append(f"{unnamed} steps of the chart have no name, so a log cannot tell of them.")
    return tuple(doubts)


# --- precision --------------------------------------------------------------------------------------------------------
def _precision(runs: Runs, ways: Variants, alignments: Sequence[Alignment], names: Mapping[str, str]) -> float | None:
    """The share of what the chart allows next that was ever taken next, over the prefixes of the aligned runs."""
    taken: dict[tuple[str, ...], set[str]] = defaultdict(set)
    allowed: dict[tuple[str, ...], set[str]] = {}
    weight: Counter[tuple[str, ...]] = Counter()
    for alignment, count in zip(alignments, ways.counts, strict=True):
        prefix: tuple[str, ...] = ()
        places = set(runs.beginnings)
        for node in [step.node for step in alignment.steps if step.node is not None]:
            ahead = [(each, there) for place in places for each, there in runs.moves[place]]
            allowed.setdefault(prefix, {names[each] for each, _ in ahead})
            taken[prefix].add(names[node])
            weight[prefix] += count
            prefix = (*prefix, node)
            places = {there for each, there in ahead if each == node}
        allowed.setdefault(prefix, {names[each] for place in places for each, _ in runs.moves[place]})
        weight[prefix] += count
    possible = sum(weight[prefix] * len(found) for prefix, found in allowed.items())
    used = sum(weight[prefix] * len(taken[prefix] & found) for prefix, found in allowed.items())
    return used / possible if possible else None


def document(found: Conformance) -> dict[str, Any]:
    """Return what ``throughline conform`` says, with stable names."""
    return {
        "cases": found.cases,
        "conforming_cases": found.conforming_cases,
        "total_cost": found.total_cost,
        "trace_fitness_mean": found.trace_fitness_mean,
        "log_fitness": found.log_fitness,
        "precision": found.precision,
        "shortest_path": found.shortest,
        "method": "exact" if found.is_exact else "approximate",
        "deviations": [
            {
                "kind": each.kind,
                "node": each.node,
                "activity": each.activity,
                "how": each.how or None,
                "cases": each.cases,
                "moves": each.moves,
            }
            for each in found.deviations()
        ],
        "warnings": list(found.warnings),
    }
