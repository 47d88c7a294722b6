"""
Models made by chance for properties.

The strategies are built from the same plans that the reader and the writer follow, so every field of every class
takes part, also one that is added tomorrow.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from throughline.flow.bpmn import model
from throughline.flow.bpmn.schema import Slot, Spec, accepted, plan_of
from throughline.flow.bpmn.xml import Xml, clark

ACME = "http://acme.example/bpmn"
IDS = st.from_regex(r"[a-z_][a-z0-9_.-]{0,6}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12)
BODIES = st.one_of(st.just(""), TEXTS.filter(str.strip), st.sampled_from(["a\nb", " a\tb ", "<&>\"'", "x\r\ny"]))
CROWD = 4
"""One of so many fields with elements inside is filled, so that files stay small enough to make many of them."""
NAMED = (model.FlowNode, model.SequenceFlow, model.Process)


def foreign_attributes() -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    """Give attributes of another tool, each name once."""
    names = IDS.map(lambda name: clark(ACME, name))
    return st.dictionaries(names, BODIES, max_size=2).map(lambda found: tuple(sorted(found.items())))


fragments = st.recursive(
    st.builds(Xml, tag=IDS.map(lambda name: clark(ACME, name)), text=BODIES),
    lambda inner: st.builds(
        Xml,
        tag=IDS.map(lambda name: clark(ACME, name)),
        attributes=foreign_attributes(),
        children=st.lists(inner, max_size=2).map(tuple),
    ),
    max_leaves=3,
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": BODIES,
    "bool": st.booleans(),
    "int": st.integers(0, 9),
    "number": st.one_of(st.integers(-999, 9999).map(float), st.floats(-1e5, 1e5, allow_nan=False)),
    "ref": IDS,
    "type": IDS.map(lambda name: f"t{name}"),
}


@cache
def made(cls: Any, depth: int) -> st.SearchStrategy[Any]:
    """Give instances of a class of the model, with at most ``depth`` levels inside."""
    fields = {slot.field: of_slot(slot, depth) for slot in plan_of(cls).written}
    if issubclass(cls, NAMED):
        fields["id"] = IDS
    fields["attributes"] = foreign_attributes()
    fields["rest"] = st.lists(fragments, max_size=1).map(tuple)
    return st.builds(cls, **fields)


def of_slot(slot: Slot, depth: int) -> st.SearchStrategy[Any]:
    """Give values for one field."""
    spec = slot.spec
    if spec.kind in ("attribute", "text"):
        values = VALUES[spec.codec]
        return values if spec.required or spec.kind == "text" else st.one_of(st.just(slot.default), values)
    if spec.kind == "verbatim":
        kept = st.builds(Xml, tag=st.sampled_from(spec.names), text=BODIES)
        return st.lists(kept, max_size=1).map(tuple)
    if spec.kind == "texts":
        return st.lists(VALUES[spec.codec], max_size=2).map(tuple) if spec.many else VALUES[spec.codec]
    if depth == 0:
        return st.just(slot.default)
    classes = sorted({each for _, each in accepted(spec) if each is not None}, key=lambda each: each.__name__)
    one = st.sampled_from(classes).flatmap(lambda each: made(each, depth - 1))
    some = st.lists(one, min_size=1, max_size=2).map(tuple) if spec.many else one
    return st.integers(0, CROWD).flatmap(lambda chance: some if chance == 0 else st.just(slot.default))


def definitions() -> st.SearchStrategy[model.Definitions]:
    """
    Give whole files: some elements of every kind at the top, processes that hold flow elements, pages with shapes.
    """
    return st.builds(
        model.Definitions,
        id=IDS,
        name=BODIES,
        elements=st.lists(_root_elements, max_size=3).map(tuple),
        diagrams=st.lists(made(model.Diagram, 3), max_size=1).map(tuple),
        imports=st.lists(made(model.Import, 0), max_size=1).map(tuple),
        namespaces=st.just((("acme", ACME),)),
    )


def _processes() -> st.SearchStrategy[model.Process]:
    one = st.sampled_from(_members(model.FlowElement)).flatmap(lambda each: made(each, 3))
    return st.builds(
        model.Process, id=IDS, elements=st.lists(one, max_size=3).map(tuple), artifacts=of_slot(_ARTIFACTS, 2)
    )


def _members(base: type) -> list[Any]:
    return sorted({each for _, each in accepted(Spec("children", family=(base,)))}, key=lambda each: each.__name__)


_ARTIFACTS = next(slot for slot in plan_of(model.Process).written if slot.field == "artifacts")
_root_elements = st.one_of(
    _processes(), st.sampled_from(_members(model.RootElement)).flatmap(lambda each: made(each, 2))
)
