"""Process trees made by chance, and traces played out of them."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from throughline.flow.mining.discover.tree import SILENT, Tree, leaf

LETTERS = "abcdef"
leaves = st.one_of(st.sampled_from(LETTERS).map(leaf), st.just(SILENT))


def _operators(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    several = st.tuples(st.sampled_from(["sequence", "choice", "parallel"]), parts)
    loops = st.tuples(st.just("loop"), st.tuples(inner, inner))
    return st.one_of(several, loops).map(lambda found: Tree(*found))


trees: st.SearchStrategy[Tree] = st.recursive(leaves, _operators, max_leaves=8)


def played(tree: Tree, chance: random.Random) -> tuple[str, ...]:
    """Return a trace that the tree allows."""
    match tree.operator:
        case "activity":
            return (tree.activity,)
        case "silent":
            return ()
        case "sequence":
            return tuple(word for part in tree.parts for word in played(part, chance))
        case "choice":
            return played(chance.choice(tree.parts), chance)
        case "parallel":
            return _shuffled([list(played(part, chance)) for part in tree.parts], chance)
        case "loop":
            trace = played(tree.parts[0], chance)
            while chance.random() < 0.4:
                trace += played(tree.parts[1], chance) + played(tree.parts[0], chance)
            return trace


def _shuffled(traces: list[list[str]], chance: random.Random) -> tuple[str, ...]:
    mixed = []
    while any(traces):
        own = chance.choice([trace for trace in traces if trace])
        mixed.append(own.pop(0))
    return tuple(mixed)
