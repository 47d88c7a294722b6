"""The table of boxed expressions: which module compiles which kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, Static
from throughline.flow.dmn.logic.conditional import compile_conditional
from throughline.flow.dmn.logic.context import compile_context
from throughline.flow.dmn.logic.function import compile_function
from throughline.flow.dmn.logic.invocation import compile_invocation
from throughline.flow.dmn.logic.iteration import compile_every, compile_filter, compile_for, compile_some
from throughline.flow.dmn.logic.lists import compile_list
from throughline.flow.dmn.logic.literal import compile_literal
from throughline.flow.dmn.logic.relation import compile_relation
from throughline.flow.dmn.logic.table import compile_table

KINDS: Mapping[type[m.Expression], Callable[[Any, Static], Logic]] = {
    m.LiteralExpression: compile_literal,
    m.DecisionTable: compile_table,
    m.Context: compile_context,
    m.ListExpression: compile_list,
    m.Relation: compile_relation,
    m.Invocation: compile_invocation,
    m.FunctionDefinition: compile_function,
    m.Conditional: compile_conditional,
    m.For: compile_for,
    m.Every: compile_every,
    m.Some: compile_some,
    m.Filter: compile_filter,
}
