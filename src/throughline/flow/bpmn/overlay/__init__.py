"""
A variant of a chart as an overlay: what is done otherwise, as data, and never a copy of the rest.

Theory of operation. People edit the chart they would like to have (the *effective* one) in the ordinary editor;
:func:`derive` compares it with its base and writes the difference down as a list of operations, each known by the id of
the element that it touches. Steps that went and steps that were put into one way become operations of their own
(:class:`Bypass`, :class:`Insert`), because these can be done to a base that has changed around them meanwhile; all the
rest is :class:`Add`, :class:`Set` and :class:`Remove`, down to a single setting of a step. Deriving carries the
operations out while it finds them and looks at what is left over, so that ``apply(base, derive(base, edited))`` is the
edited chart, whatever was done to it: but for where things lie, for what the head of the file says, and for the order
of elements where it means nothing.

:func:`apply` puts an overlay onto a base, the one it was derived from or a later one. Every operation knows what it
expects to find. Where the base says something else meanwhile, that is a :class:`Conflict` with one sentence, and
whoever looks after the variant says whether the variant's word or the base's holds. :func:`rebase` gives the overlay
that says the same over the new base.

All of it is pure and deterministic. The picture is that of the base, or of another chart that is given, as far as it
fits.
"""

from throughline.flow.bpmn.overlay.applying import Applied, Conflict, apply, rebase
from throughline.flow.bpmn.overlay.coding import BadOverlay, from_json, to_json
from throughline.flow.bpmn.overlay.deriving import derive
from throughline.flow.bpmn.overlay.operations import Add, Bypass, Insert, Operation, Overlay, Remove, Set

__all__ = [
    "Add",
    "Applied",
    "BadOverlay",
    "Bypass",
    "Conflict",
    "Insert",
    "Operation",
    "Overlay",
    "Remove",
    "Set",
    "apply",
    "derive",
    "from_json",
    "rebase",
    "to_json",
]
